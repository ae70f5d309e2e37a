"""Configurations from the command line: ranges and lists of sizes, crossed with each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symcost.algebra.dim import Dim, find
from symcost.sweep.columns import Along, Column, Few, Steps, Values
from symcost.sweep.listed import Listed, ListedColumn, size
from symcost.sweep.machine import LARGEST, SweepError
from symcost.sweep.run import Table, checked, integers

if TYPE_CHECKING:
    from collections.abc import Sequence


def grid(text: str) -> tuple[Dim, Values]:
    """`d=256:8192:64` (from, to, step; the end counts if it is met) or `s=1024,2048`.

    Raises `SweepError`, and `DimensionError` for a symbol that nobody knows.
    """
    name, equals, values = text.partition("=")
    wrong = SweepError(
        f"--grid {text[:60]}: write s=1024,2048, or d=256:8192:64 for from, to (included) and step"
    )
    if not equals:
        raise wrong
    parts = [part.strip() for part in re.split("[:,]", values)]
    numbers = [each for each in map(size, parts) if each is not None]
    if len(numbers) < len(parts) or (":" in values and "," in values):
        raise wrong
    if ":" not in values:
        return find(name.strip()), Few(integers(numbers))
    if len(numbers) not in (2, 3) or numbers[-1] < 1 or numbers[1] < numbers[0]:
        raise wrong
    low, high, step = (*numbers, 1)[:3]
    if high > LARGEST - step:
        raise SweepError(f"--grid {text}: a range ends below 2^63; list larger sizes one by one")
    return find(name.strip()), Steps(low, step, (high - low) // step + 1)


def crossed(listed: Listed | None, grids: Sequence[tuple[Dim, Values]]) -> Table:
    """Every row of the list with every point of the grid; the last grid changes fastest.

    Raises `SweepError` for a symbol that is given twice, for a size below 1 and for more rows
    than can be counted.
    """
    shape = tuple(len(values) for _, values in grids)
    if listed is not None:
        shape = (listed.count, *shape)
    inner = [1]
    for length in reversed(shape):
        inner.append(inner[-1] * length)
    if inner.pop() > LARGEST:
        raise SweepError("the grids make 2^63 rows or more: sweep fewer")
    inner.reverse()
    found: dict[Dim, Column] = {}
    if listed is not None:
        columns = enumerate(listed.dims)
        found = {each: Along(ListedColumn(listed, at), inner[0]) for at, each in columns}
    for (each, values), times in zip(grids, inner[len(inner) - len(grids) :], strict=True):
        if each in found:
            raise SweepError(f"{each.symbol} is given twice: by --grid and once more")
        found[each] = Along(values, times)
    return checked(found, shape)
