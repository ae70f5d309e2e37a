"""Fuzzes targets, guided by coverage: python -m fuzz.run formula --runs 1000000

Half of the inputs are changed as bytes, half as what they mean (`fuzz.mutate`). Prints how many
were answered and refused, the slowest one and the memory at the end; `--report FILE` adds the same
as a line of JSON, `--keep` stores a few inputs that reach new code. A finding is kept under
fuzz/findings and makes the exit code 1. Needs the package atheris.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import pkgutil
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from math import inf
from pathlib import Path
from random import Random

import atheris

sys.dont_write_bytecode = True

# What builds and counts networks is not a reader: to follow it costs more than it tells.
FOLLOWED = {
    "include": ["symcost"],
    "exclude": ["symcost.algebra", "symcost.components", "symcost.graph", "symcost.models"],
    "enable_loader_override": False,
}

with atheris.instrument_imports(**FOLLOWED):
    import symcost
    from fuzz.kept import keep
    from fuzz.mutate import Mutator
    from fuzz.targets import FOLDER, TARGETS
    from fuzz.watch import FindingError, Watch

    # Modules that load late would make their classes by running code.
    for each in pkgutil.walk_packages(symcost.__path__, "symcost."):
        if not each.name.endswith("__main__"):
            importlib.import_module(each.name)

FINDINGS = Path(__file__).parent / "findings"
SECONDS = 30  # after which libFuzzer ends the process; what takes too long is told by the watch
MEGABYTES = 500
MOST_FINDINGS = 20


class Count:
    """What the inputs came to."""

    def __init__(self, name: str, watch: Watch) -> None:
        self.name, self.watch, self.target = name, watch, TARGETS[name]
        self.answers = {"answered": 0, "refused": 0, "findings": 0}
        self.slowest, self.began, self.done = 0.0, time.process_time(), 0
        self.found: dict[str, str] = {}

    def one(self, data: bytes) -> None:
        """One input; what is found is kept once for each place in the code."""
        self.done += 1
        began = time.thread_time()
        try:
            self.answers[self.watch.run(self.target, data)] += 1
        except Exception as error:
            self.answers["findings"] += 1
            self._keep(data, error)
        self.slowest = max(self.slowest, time.thread_time() - began)

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [each for each in frames if "/symcost/" in each.filename] or frames
        what = str(error)[:60] if isinstance(error, FindingError) else ""
        place = f"{type(error).__name__} {ours[-1].filename}:{ours[-1].lineno} {what}"
        if place in self.found or len(self.found) >= MOST_FINDINGS:
            return
        FINDINGS.mkdir(exist_ok=True)
        path = FINDINGS / f"{self.name}-{len(self.found) + 1}"
        path.write_bytes(data)
        self.found[place] = f"{type(error).__name__}: {error}"[:300]
        told = "".join(traceback.format_exception(error, limit=-6))
        print(f"FINDING in {path}: {data[:300]!r}\n{told}", flush=True)

    def report(self) -> dict[str, object]:
        """What a line of the report says."""
        return {
            "target": self.name,
            "inputs": self.done,
            **self.answers,
            "slowest": round(self.slowest, 3),
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "seconds": round(time.process_time() - self.began, 1),
            "found": list(self.found.values()),
        }

    def sentence(self) -> str:
        """The line of the report for people."""
        told = self.report()
        return (
            f"{self.name}: {self.done:,} inputs, {self.answers['answered']:,} answered, "
            f"{self.answers['refused']:,} refused, slowest {self.slowest:.2f} s, "
            f"{told['megabytes']} MB at most, {told['seconds']} CPU s, {len(self.found)} findings"
        )


def warm_up(name: str) -> list[bytes]:
    """The seeds that are answered. Read unwatched: some things are made or loaded but once."""
    target, answered = TARGETS[name], []
    for seed in target.seeds():
        with contextlib.suppress(*target.refuses):
            target.run(seed)
            answered.append(seed)
    return answered


def fuzz(chosen: argparse.Namespace) -> None:
    """Runs libFuzzer in this process; it does not return."""
    corpus = Path(tempfile.mkdtemp(prefix=f"symcost-corpus-{chosen.target}-"))
    seeds = warm_up(chosen.target)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    target = TARGETS[chosen.target]
    mutate = Mutator(target.grammar, seeds)
    count = Count(chosen.target, Watch())

    def one(data: bytes) -> None:
        count.one(data)
        late = time.process_time() - count.began > chosen.seconds
        if count.done == chosen.runs or late:  # libFuzzer leaves without telling Python
            _finish(count, chosen, corpus)

    def changed(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.random() < 0.5:
            return atheris.Mutate(data, most)
        return mutate(data, most, chance)

    options = [
        sys.argv[0],
        str(corpus),
        f"-seed={chosen.seed}",
        f"-max_len={target.longest}",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={FINDINGS}/{chosen.target}-",
        "-len_control=0",  # a seed cut short is no file any more
        "-mutate_depth=2",
        "-print_final_stats=0",
        "-verbosity=0",
    ]
    FINDINGS.mkdir(exist_ok=True)
    atheris.Setup(options, one, custom_mutator=changed)
    atheris.Fuzz()


def _finish(count: Count, chosen: argparse.Namespace, corpus: Path) -> None:
    print(count.sentence(), flush=True)
    if chosen.report is not None:
        with chosen.report.open("a", encoding="utf-8") as file:
            file.write(json.dumps(count.report()) + "\n")
    if chosen.keep:
        signal.setitimer(signal.ITIMER_REAL, 0)  # libFuzzer would take this for a long input
        print(keep(count.name, [path.read_bytes() for path in corpus.iterdir()]), flush=True)
    for folder in (corpus, FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1 if count.found else 0)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=inf, help="of CPU, if it takes longer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, metavar="FILE", help="add a line of JSON to it")
    parser.add_argument(
        "--keep", action="store_true", help="store inputs that reach new code for the tests"
    )
    fuzz(parser.parse_args())


if __name__ == "__main__":
    main()
