"""Rational functions as they are shown: a number where top and bottom only differ by one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Form, expanded
from symcost.algebra.poly import Poly
from symcost.algebra.simplify import content, ratio_form

if TYPE_CHECKING:
    from symcost.algebra.ratio import Ratio


def shortest(ratio: Ratio) -> Form:
    """The ratio with single terms cancelled, and with equal sums cancelled."""
    if ratio.top and ratio.poly is None:
        above, below = content(ratio.top), content(ratio.bottom)
        if ratio.top / above == ratio.bottom / below:
            return expanded(above / below)
    return ratio_form(ratio)


def constant(poly: Poly) -> Fraction | None:
    """The number that a polynomial without symbols is; None where symbols are left."""
    return None if poly.atoms() else Fraction(poly.at({}))
