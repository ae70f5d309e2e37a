"""Ten million configurations of gpt2's forward FLOPs, beside NumPy expressions written by hand.

    python benchmarks/sweep.py

The hand-written one is the best that works on whole arrays: factored, numbers gathered, six passes
in place over one array. The blocked one does the same six in pieces that stay in the cache. Both
compute blindly: they look for no overflow and check no size.
"""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
from timing import in_turn

import symcost

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 10_000_000
PAIRS = 15
BLOCK = 32_768
BAR, MEMORY_BAR = 1.2, 2.0


def configurations() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    random = np.random.default_rng(0)
    return random.integers(4, 129, ROWS) * 64, random.integers(1, 8193, ROWS)


def by_hand(d: NDArray[np.int64], s: NDArray[np.int64]) -> NDArray[np.int64]:
    """2 s d (12 (12 d + 2 s) + 50257)."""
    found = d * 6
    found += s
    found *= 48
    found += 100_514
    found *= d
    found *= s
    return found


def by_hand_in_blocks(d: NDArray[np.int64], s: NDArray[np.int64]) -> NDArray[np.int64]:
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


MODEL = symcost.load("gpt2")


def main() -> None:
    """Measures and prints."""
    d, s = configurations()

    def sweep() -> None:
        MODEL.sweep("flops_forward", B=1, d=d, s=s)

    assert (MODEL.sweep("flops_forward", B=1, d=d, s=s) == by_hand(d, s)).all()
    for name, against, bar in (("by hand", by_hand, BAR), ("in blocks", by_hand_in_blocks, None)):
        pairs = in_turn(sweep, lambda run=against: run(d, s), PAIRS)
        verdict = "for information" if bar is None else f"bar {bar}"
        seconds = [sorted(each)[PAIRS // 2] * 1000 for each in (pairs.measured, pairs.against)]
        print(
            f"sweep / {name:10} {pairs.ratio:5.2f}   {verdict}   "
            f"{seconds[0]:.0f} ms, {seconds[1]:.0f} ms",
            flush=True,
        )
    tracemalloc.start()  # NumPy reports its arrays to it
    sweep()
    peak = tracemalloc.get_traced_memory()[1] / (ROWS * 8)
    print(f"peak memory / output {peak:5.2f}   bar {MEMORY_BAR}")


if __name__ == "__main__":
    main()
