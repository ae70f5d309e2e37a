"""Prints where the time of the main paths goes, and what commands and checks cost: Markdown.

    python benchmarks/paths.py              the tables of benchmarks/profiles.md
    python benchmarks/paths.py --runs 3     sooner and rougher

Each path is a whole process. Its time is that of the processor, its memory the most that it held,
both beside a process that imports SymPy, run in turn with it. Its parts are told by looking at the
stack a few hundred times a second, in runs of their own.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timing import HERE, Pairs, Spent, environment, in_turn, median, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 15
PROFILED = 12
EVERY = 0.001  # seconds of the processor between two looks; the system may make it longer
LEAST = 3  # per cent that a part must have to be named
SHOWN = 6
CONFIG = {"model_type": "llama", "hidden_size": 2048, "num_hidden_layers": 16} | {
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 8192,
    "vocab_size": 128256, "tie_word_embeddings": True,
}  # fmt: skip
WRONG = "L*(3*d*d + h*d*d + 2*d*d_ff)"
OF_LECTURE = ("--model", "lecture", "-q", "params_non_embedding")


@dataclass(frozen=True)
class MainPath:
    """A main path: its name, its words, and whether what earlier runs left may be used."""

    name: str
    words: tuple[str, ...]
    kept: bool = False


PATHS = (
    MainPath("eval, again", ("eval", "gpt2"), kept=True),
    MainPath("eval, the first time", ("eval", "gpt2")),
    MainPath("check, right", ("check", "--formula", "12*L*d**2", *OF_LECTURE)),
    MainPath("check, wrong", ("check", "--formula", WRONG, *OF_LECTURE)),
    MainPath("check, a script", ("check", "{homework}", "--model", "lecture")),
    MainPath("derive, text", ("derive", "gpt2")),
    MainPath("derive, HTML", ("derive", "gpt2", "-o", "{folder}/page.html", "--force")),
    MainPath("load a config", ("explain", "{folder}/config.json")),
    MainPath(
        "sweep of 20,000 rows",
        ("sweep", "gpt2", "-q", "flops_forward", "--set", "B=1", "--grid", "s=1:1000", "--grid",
         "d=768:15360:768", "-o", "{folder}/out.csv", "--force"),
    ),
)  # fmt: skip

STARTS = (
    "--help", "check --help", "chek", "check --nope", "eval gpt2", "list models",
    "list quantities", "derive lecture -q params", "explain gpt2", "show gpt2",
    "solve gpt2 params=1e9 --for d", "sweep gpt2 -q params --grid L=6,12,24",
    "export gpt2 -q params", "traffic gpt2 --set B=1 --set s=1024",
    "sensitivity gpt2 -q params", "compare gpt2 llama-3-8b -q params", "which 84934656",
    "completion bash", "verify {folder}/page.json",
)  # fmt: skip

# What code is about, by the beginning of its file's path below the package; the first that fits.
# Algebra that is called by what has a part of its own is counted there.
PARTS = (
    ("checking/naming", "naming changes"),
    ("checking/factors", "naming changes"),
    ("checking/mistakes", "naming changes"),
    ("checking/letters", "naming changes"),
    ("checking/search", "searching"),
    ("checking/changes", "making changes"),
    ("checking/truth", "making changes"),
    ("checking/residues", "making changes"),
    ("checking/explain", "proving changes"),
    ("checking/freely", "readings of the letters"),
    ("checking/alignment", "readings of the letters"),
    ("checking/subject", "readings of the letters"),
    ("checking/targets", "what a line is about"),
    ("checking/marks", "what a line is about"),
    ("checking/", "reading the work"),
    ("config/", "configuration"),
    ("catalog/", "finding the model"),
    ("models/", "declaration"),
    ("components/", "declaration"),
    ("graph/", "declaration"),
    ("quantities/", "ledgers and derivations"),
    ("algebra/simplify", "simplifying"),
    ("algebra/symbolic", "simplifying"),
    ("algebra/proof", "proving steps"),
    ("algebra/identity", "proving steps"),
    ("sweep/", "sweeping"),
    ("render/", "writing the page"),
    ("export/", "exporting"),
    ("files", "writing files"),
    ("commands/", "command line"),
    ("cli", "command line"),
)


def part(frame: Any) -> str:
    """What a process is at, told from its stack, the innermost first."""
    loading = False
    if frame is not None and _makes_classes(frame):
        return "making dataclasses"
    while frame is not None:
        name = frame.f_code.co_filename
        loading = loading or "importlib._bootstrap" in name
        if frame.f_code.co_name == "<module>" or loading:
            owner = _owner(frame)
            if owner:
                return f"loading {owner}"
        elif "/symcost/" in name:
            below = name.rpartition("/symcost/")[2]
            found = next((said for begin, said in PARTS if below.startswith(begin)), "")
            if found:
                return found
        elif "/jinja2/" in name or "/tomllib/" in name:
            return "templates" if "jinja2" in name else "tables of data"
        frame = frame.f_back
    return "the rest"


def _makes_classes(frame: Any) -> bool:
    while frame is not None and not frame.f_code.co_filename.endswith("dataclasses.py"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name != "replace"


def _owner(frame: Any) -> str:
    """Whose module is being loaded: that of the nearest module whose body is run, or is read."""
    while frame is not None:
        if frame.f_code.co_name in ("<module>", "_load_unlocked"):
            spec = frame.f_locals.get("spec")
            name = getattr(spec, "name", None) or frame.f_globals.get("__name__", "")
            top = name.partition(".")[0]
            return top if top in ("symcost", "jinja2", "sympy") else "Python's library"
        frame = frame.f_back
    return ""


def watched(words: Sequence[str]) -> int:
    """Runs a command in this process and writes what it was at to the standard error."""
    seen: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, lambda _, frame: seen.update([part(frame)]))
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    from symcost.quick import main

    sys.argv = ["symcost", *words]
    try:
        main()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        print("\n" + json.dumps(seen), file=sys.stderr)
    return 0


def run_of(words: Sequence[str], *, kept: bool = False) -> Callable[[], Spent]:
    """A whole command, whatever its answer is."""
    return process("-m", "symcost", *words, codes=(0, 1, 2), more=lambda: _entries(kept))


def _entries(kept: bool) -> dict[str, str]:
    """Where entries of `eval` are: in the usual place, or nowhere."""
    return {} if kept else {"SYMCOST_CACHE": "off"}


def beside_sympy(words: Sequence[str], runs: int, *, kept: bool = False) -> Pairs:
    """A command and `import sympy` in turn."""
    return in_turn(run_of(words, kept=kept), process("-c", "import sympy"), runs)


def shown(found: Pairs) -> str:
    """Time and memory of a command, each with how many times that of SymPy it is, as columns."""
    seconds, memory = median(found.measured, "cpu"), median(found.measured, "memory")
    return (
        f"{seconds * 1000:.0f} ms | {found.ratio('cpu'):.2f} "
        f"| {memory / 1024:.0f} MiB | {found.ratio('memory'):.2f} |"
    )


def parts(words: Sequence[str], runs: int, *, kept: bool) -> Counter[str]:
    """How often a command was at what, in so many runs."""
    seen: Counter[str] = Counter()
    for _ in range(runs):
        run = subprocess.run(
            [sys.executable, __file__, "--watch", *words],
            capture_output=True, text=True, check=False, env=environment(**_entries(kept)),
        )  # fmt: skip
        seen.update(json.loads(run.stderr.splitlines()[-1]))
    return seen


def rows_of_paths(folder: str, runs: int) -> Iterator[str]:
    """A row for each path."""
    bare = process("-c", "pass")
    start = median(tuple(bare() for _ in range(runs)), "cpu")
    for path in PATHS:
        words = _filled(path.words, folder)
        found = beside_sympy(words, runs, kept=path.kept)
        seen = parts(words, max(2, runs * PROFILED // RUNS), kept=path.kept)
        # What Python takes before it can look at anything.
        own = min(100, round(100 * start / median(found.measured, "cpu")))
        total = max(1, seen.total())
        shares = [(round(count * (100 - own) / total), name) for name, count in seen.items()]
        shares = sorted([(own, "Python's start"), *shares], reverse=True)
        named = [f"{name} {share}%" for share, name in shares if share >= LEAST][:SHOWN]
        yield f"| {path.name} | {shown(found)} {', '.join(named)} |"


def rows_of_starts(folder: str, runs: int) -> Iterator[str]:
    """A row for each command."""
    for line in STARTS:
        found = beside_sympy(_filled(line.split(), folder), runs)
        yield f"| `symcost {line.replace('{folder}/', '')}` | {shown(found)}"


def rows_of_checks(runs: int) -> Iterator[str]:
    """A row for each formula of `formulas.jsonl`."""
    for line in (HERE / "formulas.jsonl").read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        words = ("check", "--formula", each["formula"], "--model", each["model"])
        found = beside_sympy((*words, "-q", each["quantity"]), runs)
        yield (
            f"| `{each['formula']}` | {each['model']} | `{each['quantity']}` | {each['verdict']} "
            f"| {found.ratio('cpu'):.2f} | {found.ratio('wall'):.2f} |"
        )


def _filled(words: Sequence[str], folder: str) -> tuple[str, ...]:
    homework = HERE.parent / "docs" / "homework" / "homework.py"
    return tuple(each.format(folder=folder, homework=homework) for each in words)


def main() -> int:
    if sys.argv[1:2] == ["--watch"]:
        return watched(sys.argv[2:])
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--runs", type=int, default=RUNS, help=f"(default: {RUNS})")
    runs = reader.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(json.dumps(CONFIG))
        page = ("derive", "lecture", "--format", "certificate", "-o", f"{folder}/page.json")
        run_of(page)()
        print("| path | time | x SymPy | memory | x SymPy | where the time goes |")
        print("|---|--:|--:|--:|--:|---|")
        for row in rows_of_paths(folder, runs):
            print(row, flush=True)
        print("\n| command | time | x SymPy | memory | x SymPy |\n|---|--:|--:|--:|--:|")
        for row in rows_of_starts(folder, runs):
            print(row, flush=True)
    print("\n| formula | model | quantity | verdict | time x SymPy | clock x SymPy |")
    print("|---|---|---|---|--:|--:|")
    for row in rows_of_checks(runs):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
