"""Rational functions: one polynomial over another, compared by cross-multiplication."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.poly import Number, Poly, UnboundError, tidy
from symcost.algebra.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from symcost.algebra.dim import Dim

UNIT = Poly.of(1)
Exact: TypeAlias = "Ratio | Poly | Dim | Number"


@final
class Ratio(Shown):
    """top / bottom. A bottom of one term is divided out, so a Laurent polynomial has bottom 1.

    a/b = c/d exactly when a d - b c is the zero polynomial: no common divisor is ever needed.
    """

    __slots__ = ("bottom", "top")

    def __init__(self, top: Poly, bottom: Poly | None = None) -> None:
        below = bottom if bottom is not None else UNIT
        if below is not UNIT and len(below.terms) < 2:
            if not below:
                raise ZeroDivisionError("division of a cost by zero")
            top, below = (top if below == UNIT else top / below), UNIT
        self.top = top
        self.bottom = below

    @staticmethod
    def of(value: Exact) -> Ratio:
        """The rational function that a polynomial, a dimension or an exact number is."""
        return value if isinstance(value, Ratio) else Ratio(Poly.of(value))

    @property
    def poly(self) -> Poly | None:
        """The Laurent polynomial this is, or None where the bottom is a sum."""
        return self.top if self.bottom is UNIT else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ratio):
            return False
        if self.bottom is UNIT and other.bottom is UNIT:
            return self.top == other.top
        return self.top * other.bottom == other.top * self.bottom

    def __hash__(self) -> int:
        raise TypeError("equal ratios may be written differently, so a ratio has no hash")

    def __bool__(self) -> bool:
        return bool(self.top)

    def __repr__(self) -> str:
        return f"Ratio({self.top!r}, {self.bottom!r})"

    def __add__(self, other: Exact) -> Ratio:
        right = Ratio.of(other)
        if self.bottom is UNIT and right.bottom is UNIT:
            return Ratio(self.top + right.top)
        return Ratio(self.top * right.bottom + right.top * self.bottom, self.bottom * right.bottom)

    __radd__ = __add__

    @staticmethod
    def sum(parts: Iterable[Ratio]) -> Ratio:
        """All parts together: first those without a bottom, at once."""
        broken: list[Ratio] = []

        def tops() -> Iterator[Poly]:
            for each in parts:
                if each.poly is None:
                    broken.append(each)
                else:
                    yield each.poly

        whole = Ratio(Poly.sum(tops()))
        return reduce(lambda x, y: x + y, broken, whole)

    def __neg__(self) -> Ratio:
        return Ratio(-self.top, self.bottom)

    def __sub__(self, other: Exact) -> Ratio:
        return self + -Ratio.of(other)

    def __mul__(self, other: Exact) -> Ratio:
        right = Ratio.of(other)
        if self.bottom is UNIT and right.bottom is UNIT:
            return Ratio(self.top * right.top)
        return Ratio(self.top * right.top, self.bottom * right.bottom)

    __rmul__ = __mul__

    def __truediv__(self, other: Exact) -> Ratio:
        right = Ratio.of(other)
        if self.bottom is UNIT and right.bottom is UNIT:
            return Ratio(self.top, right.top)
        return Ratio(self.top * right.bottom, self.bottom * right.top)

    def __pow__(self, power: int) -> Ratio:
        if power < 0:
            return Ratio(self.bottom, self.top) ** -power
        return Ratio(self.top**power, self.bottom**power)

    def substitute(self, replacements: Mapping[Dim, Poly | Dim | Number]) -> Ratio:
        """Replaces dimensions above and below."""
        return Ratio(self.top.substitute(replacements), self.bottom.substitute(replacements))

    def dims(self) -> tuple[Dim, ...]:
        """The dimensions above and below, in the order of a product."""
        if self.bottom is UNIT:
            return self.top.dims()
        found = {*self.top.dims(), *self.bottom.dims()}
        return tuple(sorted(found, key=lambda each: each.key))

    def at(self, values: Mapping[Dim, Number]) -> Number:
        """The exact value at these sizes; `UnboundError` names what has none."""
        missing = [each for each in self.dims() if each not in values]
        if missing:
            raise UnboundError(missing)
        return tidy(Fraction(self.top.at(values)) / Fraction(self.bottom.at(values)))
