"""Closed forms as the checker shows them, without a computer algebra system.

What all terms share is pulled out; a sum that is a product of a sum in one size and another sum is
written as that product: (L - 1) (2 d + d_ff).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Form, Num, Product, Quotient, expanded, product
from symcost.algebra.phrase import numbered
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly
from symcost.algebra.simplify import content

if TYPE_CHECKING:
    from symcost.algebra.ratio import Ratio

MOST_TERMS = 60


def form_of(value: Ratio) -> Form:
    """The closed form to show."""
    if len(value.bottom.terms) == 1:
        return poly_form(value.top / value.bottom)
    return Quotient(poly_form(value.top), poly_form(value.bottom))


def show(value: Ratio) -> str:
    """The closed form as text for people."""
    return numbered(people(form_of(value)))


def poly_form(poly: Poly) -> Form:
    """A Laurent polynomial, what all terms share in front."""
    if len(poly.terms) < 2 or len(poly.terms) > MOST_TERMS:
        return expanded(poly)
    outside = content(poly)
    factors = [each for each in _factors(poly / outside) if each != 1]
    if outside == 1 and len(factors) == 1:
        return expanded(poly)
    sign, inner = _signed(outside)
    made = [expanded(each) for each in factors]
    front = expanded(inner)
    if isinstance(front, Quotient):
        top = product([front.top, *made]) if front.top != Num(1) else product(made)
        shown: Form = Quotient(top, front.bottom)
    else:
        shown = product(made if inner == 1 else [front, *made])
    return shown if sign > 0 else Product((Num(-1), shown))


def _signed(poly: Poly) -> tuple[int, Poly]:
    number = next(iter(poly.terms.values()))
    return (1, poly) if number > 0 else (-1, -poly)


def _factors(poly: Poly) -> list[Poly]:
    """Two sums whose product the polynomial is, if one of them is in a single size."""
    if len(poly.terms) < 4:
        return [poly]
    for atom in poly.atoms():
        powers = poly.coefficients(atom)
        if len(powers) < 2:
            continue
        first = powers[max(powers)]
        shares = {power: _share(each, first) for power, each in powers.items()}
        if all(each is not None for each in shares.values()):
            single = Poly()
            for power, share in shares.items():
                assert share is not None
                single = single + Poly.of(atom) ** power * share
            return [single, *_factors(first)]
    return [poly]


def _share(one: Poly, other: Poly) -> Fraction | None:
    """one / other where that is a number."""
    if len(one.terms) != len(other.terms):
        return None
    monomial, number = next(iter(other.terms.items()))
    found = one.terms.get(monomial)
    if found is None:
        return None
    share = Fraction(found) / Fraction(number)
    return share if one == other * share else None
