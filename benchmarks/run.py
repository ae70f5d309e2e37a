"""Prints how long symcost takes, as ratios measured in one run beside the bars they should keep.

    python benchmarks/run.py            a table
    python benchmarks/run.py --json     the same as one JSON object

A ratio above its bar is shown, not punished: the exit code is 0, since a busy machine is no bug.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timing import Pairs, in_turn, process

import symcost
from symcost.catalog import find

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 15


@dataclass(frozen=True)
class Benchmark:
    """Something measured against something else; without a bar it is there for information."""

    name: str
    measured: str
    against: str
    bar: float | None
    run: Callable[[int], Pairs]


def processes(
    name: str, measured: tuple[str, ...], against: tuple[str, ...], bar: float | None
) -> Benchmark:
    """Whole processes of the interpreter that runs this file."""
    return Benchmark(
        name,
        _shown(measured),
        _shown(against),
        bar,
        lambda pairs: in_turn(process(*measured), process(*against), pairs),
    )


def _shown(arguments: tuple[str, ...]) -> str:
    words = [f'"{each}"' if " " in each else each for each in arguments]
    return f"python {' '.join(words)}"


def ask_every_preset() -> None:
    """The width for a billion parameters, and where attention overtakes the rest."""
    for name in find.presets():
        model = symcost.load(name)
        for ask in (
            lambda each=model: each.solve("params = 1e9", "d"),
            lambda each=model: each.crossover("attention", "rest", "s"),
        ):
            with contextlib.suppress(ValueError):  # a model without this symbol refuses
                ask()


def load_every_preset() -> None:
    """What it takes to have the models at all."""
    for name in find.presets():
        _ = symcost.load(name).root


def derive_everything(layers: int) -> None:
    """Every quantity of a GPT-2 with this many layers: its ledger, its derivation, its page."""
    model = symcost.load("gpt2")
    for quantity in find.quantities():
        model.ledger(quantity)
        model.derive(quantity, B=1, s=1024, L=layers).to_text()


BENCHMARKS = (
    processes("import", ("-c", "import symcost"), ("-c", "import sympy"), 1.1),
    processes("derive", ("-m", "symcost", "derive", "gpt2"), ("-c", "import sympy, jinja2"), 3.0),
    Benchmark(
        "layers",
        "every quantity of gpt2 derived in process, L = 1000",
        "the same, L = 12",
        1.1,
        lambda pairs: in_turn(
            lambda: derive_everything(1000), lambda: derive_everything(12), pairs
        ),
    ),
    Benchmark(
        "questions",
        "two questions (solve, crossover) to each preset, in process",
        "loading each preset",
        None,
        lambda pairs: in_turn(ask_every_preset, load_every_preset, pairs),
    ),
    processes("eval", ("-m", "symcost", "eval", "gpt2"), ("-c", "import sympy"), None),
    processes("eval-bare", ("-m", "symcost", "eval", "gpt2"), ("-c", "pass"), None),
)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="How long symcost takes, as ratios.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"runs of each (at least {PAIRS})")
    chosen = parser.parse_args()
    pairs = max(PAIRS, chosen.pairs)
    if chosen.json:
        results = [_plain(each, each.run(pairs)) for each in BENCHMARKS]
        found = {"python": platform.python_version(), "pairs": pairs, "results": results}
        print(json.dumps(found, indent=2))
        return
    for each in BENCHMARKS:
        print(_lines(each, each.run(pairs)), flush=True)


def _plain(benchmark: Benchmark, pairs: Pairs) -> dict[str, Any]:
    return {
        "name": benchmark.name,
        "measured": benchmark.measured,
        "against": benchmark.against,
        "measured_seconds": statistics.median(pairs.measured),
        "against_seconds": statistics.median(pairs.against),
        "ratio": pairs.ratio,
        "bar": benchmark.bar,
        "within": None if benchmark.bar is None else pairs.ratio <= benchmark.bar,
    }


def _lines(benchmark: Benchmark, pairs: Pairs) -> str:
    result = _plain(benchmark, pairs)
    if benchmark.bar is None:
        verdict = "for information"
    else:
        verdict = f"bar {benchmark.bar:.1f}: {'kept' if result['within'] else 'MISSED'}"
    return (
        f"{benchmark.name:10} {result['ratio']:6.2f}   {verdict}\n"
        f"{'':10} {result['measured_seconds'] * 1000:6.0f} ms   {benchmark.measured}\n"
        f"{'':10} {result['against_seconds'] * 1000:6.0f} ms   {benchmark.against}"
    )


if __name__ == "__main__":
    main()
