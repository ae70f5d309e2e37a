"""Prints how long symcost takes and what it holds, as ratios measured in one run beside their bars.

    python benchmarks/run.py                    all, and a table at the end
    python benchmarks/run.py --only growth      one benchmark; may be given several times
    python benchmarks/run.py --json             the same as one JSON object

A missed bar is shown, not punished: the exit code is 0, since a busy machine is no bug. A number
that differs from another way to it ends the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import commands
from counters import counters
from engines import engines
from growth import growth
from lines import Line, table
from streams import streams
from terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 15


def _inside(name: str) -> Callable[[int], list[Line]]:
    def run(pairs: int) -> list[Line]:
        import inside  # with symcost, which the processes that are measured must not begin with

        return getattr(inside, name)(pairs)

    return run


def _by_hand(pairs: int) -> list[Line]:
    from byhand import by_hand

    return by_hand(pairs)


BENCHMARKS: dict[str, Callable[[int], list[Line]]] = {
    **{row[0]: lambda pairs, name=row[0]: commands.measured(name, pairs) for row in commands.LINES},
    "torch": counters,
    "growth": growth,
    "check-terms": terms,
    "sweeps": streams,
    "duckdb": engines,
    "by-hand": _by_hand,
    "layers": _inside("layers"),
    "questions": _inside("questions"),
}


def machine() -> dict[str, str]:
    """What the figures are figures of."""
    found = {"processor": platform.processor() or platform.machine(), "cores": str(os.cpu_count())}
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line.partition(":") for line in info.read_text().splitlines()]
        found["processor"] = next((v.strip() for k, _, v in lines if k.strip() == "model name"), "")
    found["Python"] = platform.python_version()
    for name in ("sympy", "torch", "transformers", "numpy", "duckdb"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What symcost takes, as ratios beside their bars.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--only", action="append", choices=[*BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS)
    )
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"runs of each (usually {PAIRS})")
    chosen = parser.parse_args()
    os.chdir(Path(__file__).parent.parent)
    began = time.monotonic()
    found: list[Line] = []
    told = sys.stderr if chosen.json else sys.stdout
    held = machine()
    print("; ".join(f"{name} {value}" for name, value in held.items()), file=told, flush=True)
    for name in chosen.only or BENCHMARKS:
        for line in BENCHMARKS[name](chosen.pairs):
            found.append(line)
            print(line.text(), file=told, flush=True)
    if chosen.json:
        print(
            json.dumps(
                {**held, "pairs": chosen.pairs, "results": [e.plain() for e in found]}, indent=2
            )
        )
        return
    print(f"\n{table(found)}\n\n{time.monotonic() - began:,.0f} s in all")


if __name__ == "__main__":
    main()
