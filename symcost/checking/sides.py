"""One side of a formula in symbols that are known, as its normal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import all_dims, find
from symcost.algebra.poly import Poly
from symcost.checking.reading import read_any
from symcost.checking.tree import meaning, python

if TYPE_CHECKING:
    from symcost.algebra.ratio import Ratio


class SideError(ValueError):
    """A formula where one expression is wanted and another thing came."""


@final
@dataclass(frozen=True)
class Side:
    """An expression: how it was read, what it means, and what could be read in two ways."""

    read: str
    value: Ratio
    notes: tuple[str, ...]


def one_side(text: str) -> Side:
    """The expression in a text, its names taken for symbols or their aliases.

    Raises `ReadError` with the column, `DimensionError` for a name that nobody knows, `SideError`
    for a chain of equal sides.
    """
    known = {name for each in all_dims() for name in (each.symbol, each.word, *each.aliases)}
    reading, _ = read_any(text, known)
    sides = [side for chain in reading.chains for side in chain.sides]
    if len(sides) != 1:
        raise SideError(f"{text[:60]!r} has {len(sides)} sides; one expression is wanted")
    value = meaning(sides[0], lambda name: Poly.of(find(name)))
    return Side(python(sides[0]), value, reading.notes)
