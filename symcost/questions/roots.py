"""An equation in one symbol solved in closed form: linear, a root of one power, quadratic.

What is shown is proved: a linear solution and a power are put back in, and a square is completed as
an identity. Anything else has no closed solution here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim
from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Quotient,
    Sym,
    evaluate,
    expanded,
    negate,
    power,
    product,
    total,
)
from symcost.algebra.poly import Call, Number, Poly, UnboundError
from symcost.algebra.proof import Rule, Step
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import content, operations, symbols, written

if TYPE_CHECKING:
    from collections.abc import Mapping


BACK = "put the solution in"


@final
@dataclass(frozen=True)
class PowerRoot:
    """x^power = `value`; the solution itself where the power is 1. `check` puts it in: 0."""

    by: Dim
    power: int
    value: Form
    check: Step
    kind: str = "power"

    @property
    def left(self) -> Form:
        """x, or a power of it."""
        return power(Sym(self.by), self.power)


@final
@dataclass(frozen=True)
class QuadraticRoot:
    """a x^2 + b x + c = 0 by its square: (2 a x + b)^2 = 4 a (a x^2 + b x + c) + b^2 - 4 a c."""

    by: Dim
    a: Named
    b: Named
    c: Named
    square: Step
    kind: str = "quadratic"

    @property
    def discriminant(self) -> Form:
        """b^2 - 4 a c."""
        return total([Power(self.b, 2), negate(product([Num(4), self.a, self.c]))])

    def numbers(self, values: Mapping[Dim, int]) -> tuple[int, int, int] | None:
        """a, b and c at these sizes, all times one positive number; None where a size is open."""
        try:
            held = [Fraction(evaluate(each, dict(values))) for each in (self.a, self.b, self.c)]
        except UnboundError:
            return None
        scale = lcm(*(each.denominator for each in held))
        a, b, c = (int(each * scale) for each in held)
        return a, b, c

    @property
    def root(self) -> Form:
        """The root with the greater numerator, to be looked at: algebra knows no square roots."""
        under = Function("sqrt", (self.discriminant,))
        return Quotient(total([under, negate(self.b)]), product([Num(2), self.a]))


Root: TypeAlias = "PowerRoot | QuadraticRoot"


def closed_root(equation: Poly, by: Dim) -> Root | None:
    """The solution of `equation` = 0; None where no closed form is looked for.

    That is: the symbol stands inside floor, ceil, min or max, or in three powers that are not
    0, 1 and 2.
    """
    inside = [a for a in equation.atoms() if isinstance(a, Call)]
    if not equation or any(by in Poly.of(each).dims() for each in inside):
        return None
    part, _ = lift(equation, by)
    powers = part.coefficients(by)
    if set(powers) == {0, 1, 2}:
        return _quadratic(powers, by)
    if len(powers) == 2 and 0 in powers:
        (degree,) = set(powers) - {0}
        return _one_power(powers[0], powers[degree], degree, by)
    return None


def lift(equation: Poly, by: Dim) -> tuple[Poly, Poly]:
    """(part, divisor): equation = divisor * part, the divisor a single term.

    The part has no common factor and no negative power of the symbol, and a leading coefficient
    that is not negative throughout.
    """
    shared = content(equation)
    part = equation / shared
    part = part * Poly.of(by) ** -min(part.coefficients(by))
    if all(number < 0 for number in part.coefficients(by)[part.degree(by)].terms.values()):
        part = -part
    monomial = next(iter(part.terms))
    for term, number in equation.terms.items():
        divisor = Poly({term: number}) / Poly({monomial: part.terms[monomial]})
        if divisor * part == equation:
            return part, divisor
    raise ValueError("a common factor was lost")


def short(poly: Poly) -> Form:
    """The shortest of the forms that take no factorisation: an answer is wanted at once."""
    found = [written(poly, "expanded").form]
    if len(poly.terms) > 1:
        repeats = [each for each in poly.atoms() if isinstance(each, Dim)]
        found += [written(poly, "collected", each).form for each in repeats]
    return min(found, key=lambda form: (operations(form), symbols(form)))


def _quotient(ratio: Ratio) -> Form:
    """A quotient of two sums, what is shared by all of each side cancelled."""
    above, below = content(ratio.top), content(ratio.bottom)
    common = expanded(above / below)
    top, bottom = short(ratio.top / above), short(ratio.bottom / below)
    if isinstance(common, Quotient):
        return Quotient(product([common.top, top]), product([common.bottom, bottom]))
    return Quotient(product([common, top]), bottom)


def _one_power(rest: Poly, factor: Poly, degree: int, by: Dim) -> Root:
    found = Ratio(-rest, factor)
    value = expanded(found.top) if found.poly is not None else _quotient(found)
    before = total([product([short(factor), value]), short(rest)])
    return PowerRoot(by, degree, value, Step(before, Num(0), Rule.SUBSTITUTE, BACK))


def _quadratic(powers: Mapping[int, Poly], by: Dim) -> Root:
    a, b, c = (Named(name, "", short(powers[p])) for name, p in zip("abc", (2, 1, 0), strict=True))
    x = Sym(by)
    left = Power(total([product([Num(2), a, x]), b]), 2)
    whole = total([product([a, Power(x, 2)]), product([b, x]), c])
    right = total([product([Num(4), a, whole]), Power(b, 2), negate(product([Num(4), a, c]))])
    return QuadraticRoot(by, a, b, c, Step(left, right, Rule.EXPAND, "complete the square"))


@final
@dataclass(frozen=True)
class Bracket:
    """least^2 <= `of` < (least + 1)^2 in whole numbers: where the square root lies."""

    of: int
    least: int

    def __post_init__(self) -> None:
        """Raises `ValueError` unless it holds."""
        if not self.least**2 <= self.of < (self.least + 1) ** 2:
            raise ValueError(f"the square root of {self.of} does not begin with {self.least}")


def bracket(number: Number) -> Bracket | None:
    """The bracket of a whole number that is not negative; None for others."""
    if number.denominator != 1 or number < 0:
        return None
    return Bracket(number.numerator, isqrt(number.numerator))
