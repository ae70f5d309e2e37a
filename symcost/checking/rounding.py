"""floor and ceil in one way where two are usual: -(-V//64) and (V+63)//64 are both ceil(V/64)."""

from __future__ import annotations

from math import lcm

from symcost.algebra.dim import Dim
from symcost.algebra.poly import Monomial, Poly, called

OTHER = {"floor": "ceil", "ceil": "floor"}


def rounded(function: str, inside: Poly) -> Poly:
    """floor or ceil of a polynomial in whole numbers.

    floor(-x) = -ceil(x), and floor(x + 1 - 1/m) = ceil(x) where m x is whole.
    """
    if inside.terms and all(number < 0 for number in inside.terms.values()):
        return -rounded(OTHER[function], -inside)
    least = _least(inside)
    if least is not None:
        step = least - 1 if function == "floor" else 1 - least
        if len((inside + step).terms) < len(inside.terms):
            return called(OTHER[function], [inside + step])
    return called(function, [inside])


def _least(poly: Poly) -> Poly | None:
    """1/m, for the least m that makes m times the polynomial whole; None where it has floors."""
    powers: dict[Dim, int] = {}
    for monomial in poly.terms:
        for atom, power in monomial:
            if not isinstance(atom, Dim):
                if power < 0 or atom.function not in OTHER:
                    return None
                continue  # floor and ceil of anything are whole
            powers[atom] = min(powers.get(atom, 0), power)
    below: Monomial = tuple(
        sorted(((a, p) for a, p in powers.items() if p), key=lambda pair: pair[0].key)
    )
    numbers = lcm(*(number.denominator for number in poly.terms.values()))
    return Poly({below: 1}) / numbers
