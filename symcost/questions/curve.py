"""A cost as a function of one symbol, in numbers: monotone by proof, inverted by bisection."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Form, evaluate, expanded
from symcost.algebra.poly import Call, Poly, tidy
from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number

# No network has a size of more digits; a search that gets there says so.
MOST_BITS = 256


@final
@dataclass(frozen=True)
class Curve:
    """A Laurent polynomial in one symbol, floor, ceil, min and max of it included."""

    poly: Poly
    by: Dim

    @cached_property
    def _form(self) -> Form:
        return expanded(self.poly)

    @cached_property
    def smooth(self) -> bool:
        """Whether it is a Laurent polynomial alone, so that it has values between integers."""
        return not any(isinstance(atom, Call) for atom in self.poly.atoms())

    def at(self, x: Number) -> Number:
        """The exact value."""
        return tidy(evaluate(self._form, {self.by: x}))

    @cached_property
    def trend(self) -> int:
        """+1 where it never falls from x = 1 on, -1 where it never rises: proved by signs.

        The derivative times a power of x is written in x - 1: where all its coefficients have one
        sign, the derivative has it for every x >= 1. floor, ceil, min and max of what never falls
        never fall, nor do products of such with positive coefficients. Raises `QuestionError`
        where this proves neither.
        """
        calls = Poly({m: c for m, c in self.poly.terms.items() if _has_call(m)})
        signs = _signs(_derivative(self.poly - calls, self.by))
        signs |= {_term_sign(m, c, self.by) for m, c in calls.terms.items()}
        signs.discard(0)
        if len(signs) > 1 or None in signs:
            raise QuestionError(
                f"whether the cost grows with {self.by.symbol} is not proved by the signs of its "
                "terms, so that bisection could miss an answer; ask about another symbol"
            )
        return 1 if 1 in signs else -1 if -1 in signs else 0

    @cached_property
    def cap(self) -> Number | None:
        """A bound that the cost never exceeds: every minimum with a number in it taken as that.

        None where this leaves the symbol in the cost, or where a term is subtracted.
        """
        if any(number < 0 for number in self.poly.terms.values()):
            return None
        held = sum((Poly.of(c) * _capped(m) for m, c in self.poly.terms.items()), Poly())
        return None if held.dims() else held.at({})

    def edge(self, target: Number, strict: bool, scale: int = 1) -> int | None:
        """How many of 1/scale, 2/scale, ... stand before the target is crossed.

        A rising cost has crossed where it is above the target, or with `strict` where it has
        reached it; a falling one where it is at most the target, or with `strict` below it.
        None: no number of `MOST_BITS` bits crosses.
        """

        def crossed(n: int) -> bool:
            value = self.at(n if scale == 1 else Fraction(n, scale))
            above = value >= target if strict else value > target
            return above if self.trend > 0 else not above

        high = 1
        while not crossed(high):
            high *= 2
            if high.bit_length() > MOST_BITS:
                return None
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            if crossed(middle):
                high = middle
            else:
                low = middle
        return low


def root_in_hundredths(curve: Curve, target: Number) -> int | None:
    """100 times the real number where the target is met, rounded; None where there is none.

    Of a cost with floor, ceil, min or max there is none to show: it jumps.
    """
    if not curve.smooth:
        return None
    halves = curve.edge(target, strict=False, scale=200)
    return None if not halves else (halves + 1) // 2


def _capped(monomial: tuple[tuple[Dim | Call, int], ...]) -> Poly:
    product = Poly.of(1)
    for atom, power in monomial:
        numbers = [a.at({}) for a in atom.args if not a.dims()] if isinstance(atom, Call) else []
        capped = isinstance(atom, Call) and atom.function == "min" and numbers and power > 0
        product = product * Poly.of(min(numbers) if capped else atom) ** power
    return product


def _has_call(monomial: tuple[tuple[Dim | Call, int], ...]) -> bool:
    return any(isinstance(atom, Call) for atom, _ in monomial)


def _derivative(poly: Poly, by: Dim) -> Poly:
    """The derivative times the power of the symbol that leaves no negative power."""
    powers = {p: p * c for p, c in poly.coefficients(by).items() if p}
    least = min(powers, default=0)
    x = Poly.of(by)
    return sum((c * x ** (p - least) for p, c in powers.items()), Poly())


def _signs(poly: Poly) -> set[int | None]:
    """The signs of the coefficients in x - 1."""
    shifted = poly.substitute({each: Poly.of(each) + 1 for each in poly.dims()})
    return {1 if number > 0 else -1 for number in shifted.terms.values()}


def _term_sign(monomial: tuple[tuple[Dim | Call, int], ...], number: Number, by: Dim) -> int | None:
    """+1 or -1 for a term that never falls or never rises; None where that is not seen."""
    if not any(by in Poly.of(atom).dims() for atom, _ in monomial):
        return 0
    if any(power < 0 or not _never_falls(atom, by) for atom, power in monomial):
        return None
    return 1 if number > 0 else -1


def _never_falls(atom: Dim | Call, by: Dim) -> bool:
    """Whether an atom never falls and is never negative."""
    if not isinstance(atom, Call):
        return True
    return all(
        all(number > 0 for number in arg.terms.values())
        and all(power > 0 and _never_falls(inner, by) for m in arg.terms for inner, power in m)
        for arg in atom.args
    )
