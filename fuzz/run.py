"""Fuzzes one target, guided by coverage: python -m fuzz.run formula --runs 1000000

Prints how many inputs were answered and refused, the slowest one and the memory at the end. A
finding is kept under fuzz/findings and ends the run with exit code 1. Needs the package atheris.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["symcost"], enable_loader_override=False):
    from fuzz.targets import TARGETS, Target
    from fuzz.watch import Watch

FINDINGS = Path(__file__).parent / "findings"
SECONDS = 2  # an input that takes longer is a finding
MEGABYTES = 500


class Count:
    """What the inputs came to."""

    def __init__(self, name: str, watch: Watch) -> None:
        self.name, self.watch, self.target = name, watch, TARGETS[name]
        self.answers = {"answered": 0, "refused": 0}
        self.slowest, self.began = 0.0, time.monotonic()

    def one(self, data: bytes) -> None:
        """One input; libFuzzer keeps it where this raises."""
        began = time.perf_counter()
        self.answers[self.watch.run(self.target, data)] += 1
        self.slowest = max(self.slowest, time.perf_counter() - began)

    def sentence(self) -> str:
        """The line of the report."""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        total = sum(self.answers.values())
        return (
            f"{self.name}: {total:,} inputs, {self.answers['answered']:,} answered, "
            f"{self.answers['refused']:,} refused, slowest {self.slowest:.2f} s, "
            f"{memory} MB at most, {time.monotonic() - self.began:.0f} s"
        )


def warm_up(target: Target) -> None:
    """Reads the seeds unwatched: modules that load late make their data classes by running code."""
    with atheris.instrument_imports(include=["symcost"], enable_loader_override=False):
        for seed in target.seeds():
            with contextlib.suppress(*target.refuses):
                target.run(seed)


def main() -> None:
    """Runs libFuzzer in this process; it does not return."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    corpus = Path(tempfile.mkdtemp(prefix=f"symcost-corpus-{chosen.target}-"))
    for number, seed in enumerate(TARGETS[chosen.target].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    FINDINGS.mkdir(exist_ok=True)
    count = Count(chosen.target, Watch())
    warm_up(count.target)
    done = [0]

    def one(data: bytes) -> None:
        count.one(data)
        done[0] += 1
        if done[0] == chosen.runs:  # libFuzzer leaves without telling Python
            print(count.sentence(), flush=True)
            os._exit(0)

    options = [
        sys.argv[0],
        str(corpus),
        f"-seed={chosen.seed}",
        f"-max_len={count.target.longest}",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={FINDINGS}/{chosen.target}-",
        "-print_final_stats=0",
        "-verbosity=0",
    ]
    atheris.Setup(options, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
