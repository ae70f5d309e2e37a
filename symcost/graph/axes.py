"""Axes by name: `"batch time model"`, arrows (`"model -> heads head"`), einsums of contractions.

An axis is a word. Its size is the dimension with that word, a size declared by the author, or,
for `past`, the size of `time`: in a full pass a token attends over the sequence it stands in.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import DimensionError, dim
from symcost.algebra.poly import Poly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Axes: TypeAlias = "tuple[str, ...]"
Sizes: TypeAlias = "Mapping[str, Poly]"

# An axis that has the size of another, but is not the same axis: scores are time by past.
SAME_SIZE = {"past": "time"}


class AxisError(ValueError):
    """An axis is unknown, missing or written twice. The author wraps it with thing and place."""


@final
@dataclass(frozen=True)
class Arrow:
    """`eaten -> made`: the axes a weight takes away and those it gives instead."""

    eaten: Axes
    made: Axes


def read_axes(text: str) -> Axes:
    """Axis words separated by spaces, none twice."""
    axes = tuple(text.split())
    for axis in axes:
        if axes.count(axis) > 1:
            raise AxisError(f"the axis '{axis}' stands twice in '{text.strip()}'")
    return axes


def read_arrow(text: str) -> Arrow:
    """`"model -> heads head"`; an empty side is allowed, a missing arrow is not."""
    left, arrow, right = text.partition("->")
    if not arrow:
        raise AxisError(f"'{text}' has no '->': write the axes eaten, '->', the axes made")
    return Arrow(read_axes(left), read_axes(right))


def read_contraction(text: str) -> tuple[tuple[Axes, ...], Axes]:
    """`"a b, b c -> a c"` as (operands, result). Every axis of the result comes from an operand."""
    left, arrow, right = text.partition("->")
    if not arrow:
        raise AxisError(f"'{text}' has no '->': write the operands, '->', the result")
    operands = tuple(read_axes(each) for each in left.split(","))
    result = read_axes(right)
    for axis in result:
        if not any(axis in operand for operand in operands):
            raise AxisError(f"the result has the axis '{axis}', which no operand has")
    return operands, result


def size_of(axis: str, sizes: Sizes) -> Poly:
    """The size of an axis: declared by the author, borrowed from another axis, or a dimension."""
    if axis in sizes:
        return sizes[axis]
    if axis in SAME_SIZE:
        return size_of(SAME_SIZE[axis], sizes)
    try:
        return _of_word(axis)
    except DimensionError as error:
        raise AxisError(f"{error} An axis of your own is made with a.axis(name, size).") from None


@cache
def _of_word(word: str) -> Poly:
    """The polynomial of a dimension; asked for often, and a word never changes its dimension."""
    return Poly.of(dim(word))


def nearest(axis: str, known: Iterable[str]) -> str:
    """` Did you mean 'model'?`, or nothing."""
    close = difflib.get_close_matches(axis, list(known), n=1, cutoff=0.5)
    return f" Did you mean '{close[0]}'?" if close else ""
