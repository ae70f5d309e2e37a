"""How time and memory grow with the number of different blocks: see `stack.py`."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from lines import Line
from timing import Spent, median, process

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = (10, 30, 100, 300, 1000)
FITTED = 100  # from here on the slope is taken
ASKED = ("-q", "params", "-q", "flops_forward")
SIZES = ("--set", "B=1", "--set", "s=128")
BAR = 1.1


def slope(places: Sequence[int], values: Sequence[float]) -> float:
    """The exponent of a power law: least squares in logarithms."""
    xs, ys = [log(each) for each in places], [log(each) for each in values]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum(
        (a - x) ** 2 for a in xs
    )


def growth(pairs: int) -> list[Line]:
    """Deriving, and loading and evaluating; what one block takes, the start, is taken off."""
    return [
        *_grown("derive", "parameters and forward FLOPs of n blocks derived and written", pairs),
        *_grown("eval", "the same loaded and evaluated, with their closed forms", pairs),
    ]


def _grown(command: str, says: str, pairs: int) -> list[Line]:
    start = _runs(command, 1, 5)
    first, held = median(start, "cpu"), median(start, "memory")
    times, peaks = [], []
    rows = [f"start {first * 1000:,.0f} ms, {held / 1024:,.0f} MiB"]
    for count in BLOCKS:
        runs = _runs(command, count, 3 if count < 300 else 1 + pairs // 15)
        times.append(median(runs, "cpu") - first)
        peaks.append(median(runs, "memory") - held)
        each, room = times[-1] / count * 1000, peaks[-1] / count
        rows.append(f"n = {count:5,}: {each:7.2f} ms and {room:5.1f} KiB for each block")
    upper = [at for at, count in enumerate(BLOCKS) if count >= FITTED]
    places = [BLOCKS[at] for at in upper]
    name = f"growth-{command}"
    return [
        Line(name, f"{says}: exponent of n", slope(places, [times[at] for at in upper]), BAR,
             unit="exponent", notes=tuple(rows)),
        Line(f"{name}-memory", f"{says}: exponent of the memory",
             slope(places, [peaks[at] for at in upper]), BAR, unit="exponent"),
    ]  # fmt: skip


def _runs(command: str, count: int, runs: int) -> tuple[Spent, ...]:
    run = process("-m", "symcost", command, f"stack:stack_{count}", *ASKED, *SIZES)
    return tuple(run() for _ in range(runs))
