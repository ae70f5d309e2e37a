"""Ten million configurations of gpt2's forward FLOPs, beside NumPy expressions written by hand.

The hand-written one is the best that works on whole arrays: factored, numbers gathered, six passes
in place over one array. The blocked one does the same six in pieces that stay in the cache. Both
compute blindly: they look for no overflow and check no size.
"""

from __future__ import annotations

import tracemalloc
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lines import Line
from timing import here, in_turn, median

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 10_000_000
BLOCK = 32_768
BAR, MEMORY_BAR = 1.2, 2.0


def whole(d: Any, s: Any) -> Any:
    """2 s d (12 (12 d + 2 s) + 50257)."""
    found = d * 6
    found += s
    found *= 48
    found += 100_514
    found *= d
    found *= s
    return found


def blocked(d: Any, s: Any) -> Any:
    """The same in blocks."""
    import numpy as np

    found = np.empty(len(d), np.int64)
    for start in range(0, len(d), BLOCK):
        width, length = d[start : start + BLOCK], s[start : start + BLOCK]
        out = found[start : start + BLOCK]
        np.multiply(width, 6, out=out)
        out += length
        out *= 48
        out += 100_514
        out *= width
        out *= length
    return found


def by_hand(pairs: int) -> list[Line]:
    """The whole arrays, the blocks, and the peak of memory against the output."""
    if find_spec("numpy") is None:
        print("by-hand: not measured: it needs the extra `sweep`", flush=True)
        return []
    import numpy as np

    import symcost

    random = np.random.default_rng(0)
    d, s = random.integers(4, 129, ROWS) * 64, random.integers(1, 8193, ROWS)
    model = symcost.load("gpt2")

    def sweep() -> Any:
        return model.sweep("flops_forward", B=1, d=d, s=s)

    if not (sweep() == whole(d, s)).all():
        raise RuntimeError("the sweep and the expression by hand differ")
    tracemalloc.start()  # NumPy reports its arrays to it
    sweep()
    peak = tracemalloc.get_traced_memory()[1] / (ROWS * 8)
    tracemalloc.stop()
    found = [
        _line("by-hand", "whole arrays", sweep, lambda: whole(d, s), pairs, BAR),
        _line("by-hand-blocks", "blocks", sweep, lambda: blocked(d, s), pairs, None),
    ]
    says = f"{ROWS:,} rows in memory: the peak / the output"
    return [*found, Line("by-hand-memory", says, peak, MEMORY_BAR)]


def _line(
    name: str,
    how: str,
    sweep: Callable[[], Any],
    hand: Callable[[], Any],
    pairs: int,
    bar: float | None,
) -> Line:
    pairs_ = in_turn(here(sweep), here(hand), pairs)
    times = [median(each, "cpu") * 1000 for each in (pairs_.measured, pairs_.against)]
    says = f"{ROWS:,} rows in memory: sweep / NumPy by hand in {how}"
    notes = (f"processor {times[0]:,.0f} ms / {times[1]:,.0f} ms",)
    return Line(name, says, pairs_.ratio("cpu"), bar, notes=notes)
