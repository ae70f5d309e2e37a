"""Closed forms as one table of instructions, for a program that knows nothing of forms.

Every instruction takes the results of earlier ones; equal parts of formulas share one place.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
    evaluate,
)
from symcost.algebra.poly import UnboundError, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number

Instruction: TypeAlias = "tuple[str | int, ...]"
SIGNS = {Sum: "+", Product: "*"}


@final
class Formulas:
    """The table, filled as places are asked for.

    An instruction is ("size", which), ("number", top, bottom), ("^", place, exponent), or "+",
    "*", "/", "floor", "ceil", "min", "max", "abs" with the places of its operands.
    """

    def __init__(self, sizes: Mapping[Dim, int]) -> None:
        """`sizes` says by which number the page calls each dimension."""
        self._sizes = dict(sizes)
        self._places: dict[Instruction, int] = {}

    @property
    def table(self) -> list[Instruction]:
        """All instructions in the order of their places."""
        return list(self._places)

    def knows(self, form: Form) -> bool:
        """Whether all symbols of the form are sizes of the page."""
        match form:
            case Sym(dim):
                return dim in self._sizes
            case Named(_, _, inner) | Under(inner, _) | Power(inner, _):
                return self.knows(inner)
            case Product(parts) | Sum(parts) | Function(_, parts):
                return all(map(self.knows, parts))
            case Quotient(top, bottom):
                return self.knows(top) and self.knows(bottom)
        return True

    def place(self, form: Form) -> int:
        """The place of the form's value."""
        match form:
            case Num(value):
                exact = Fraction(value)
                return self._put("number", str(exact.numerator), str(exact.denominator))
            case Sym(dim):
                return self._put("size", self._sizes[dim])
            case Named(_, _, inner) | Under(inner, _):
                return self.place(inner)
            case Product(parts) | Sum(parts):
                places = [self.place(part) for part in parts]
                return places[0] if len(places) == 1 else self._put(SIGNS[type(form)], *places)
            case Power(base, exponent):
                return self._put("^", self.place(base), exponent)
            case Quotient(top, bottom):
                return self._put("/", self.place(top), self.place(bottom))
            case Function(function, args):
                return self._put(function, *map(self.place, args))

    def _put(self, *instruction: str | int) -> int:
        return self._places.setdefault(instruction, len(self._places))


def positive(form: Form) -> bool:
    """Whether the form is a positive whole number for all sizes, at sight."""
    match form:
        case Num(value):
            return value > 0 and Fraction(value).denominator == 1
        case Sym():
            return True
        case Named(_, _, inner) | Under(inner, _):
            return positive(inner)
        case Power(base, exponent):
            return exponent >= 0 and positive(base)
        case Product(parts) | Sum(parts):
            return all(map(positive, parts))
        case Function("min" | "max", args):
            return all(map(positive, args))
    return False


def value(form: Form, sizes: Mapping[Dim, Number]) -> Number | None:
    """The exact value, None where a size is missing or something is divided by nothing."""
    try:
        return tidy(Fraction(evaluate(form, sizes)))
    except (UnboundError, ZeroDivisionError):
        return None


def never_negative(form: Form) -> bool:
    """Whether the form is nowhere below zero, at sight."""
    match form:
        case Num(number):
            return number >= 0
        case Sym() | Function("abs"):
            return True
        case Named(_, _, inner) | Under(inner, _) | Power(inner, _):
            return never_negative(inner)
        case Product(parts) | Sum(parts) | Function(_, parts):
            return all(map(never_negative, parts))
        case Quotient(top, bottom):
            return never_negative(top) and never_negative(bottom)
