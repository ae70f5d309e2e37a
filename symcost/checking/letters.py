"""What the letters of a formula are: dimensions with tags; and the tags of closed forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.algebra.ratio import Ratio


@final
@dataclass(frozen=True)
class Letters:
    """Tags of the dimensions that a check is about; one without a tag of its own is its word."""

    tags: dict[Dim, str] = field(default_factory=dict)

    def tag(self, dim: Dim) -> str:
        """What a size is: `groups`, `model`, `tensor_ranks`."""
        return self.tags.get(dim, dim.word)

    def of_poly(self, poly: Poly) -> frozenset[str]:
        """The tags of all sizes in a closed form."""
        return frozenset(self.tag(each) for each in poly.dims())

    def of_ratio(self, ratio: Ratio) -> frozenset[str]:
        """The tags of all sizes in a quotient."""
        return frozenset(self.tag(each) for each in ratio.dims())

    def value_tag(self, ratio: Ratio) -> str:
        """A size as one tag: `head`, `model/heads`, `nope+rope`, "number"; "" for a mixture."""
        poly = ratio.poly
        if poly is None:
            return ""
        if not poly.dims():
            return "number"
        if len(poly.terms) > 1:
            parts = []
            for monomial, number in poly.terms.items():
                if number != 1 or len(monomial) != 1 or monomial[0][1] != 1:
                    return ""
                atom = monomial[0][0]
                if not isinstance(atom, Dim):
                    return ""
                parts.append(self.tag(atom))
            return "+".join(sorted(parts))
        ((monomial, number),) = poly.terms.items()
        ups: list[str] = []
        downs: list[str] = []
        for atom, power in monomial:
            if not isinstance(atom, Dim):
                inside = atom.args[0] if atom.function == "floor" else None
                if len(monomial) == 1 and power == 1 and number == 1 and inside is not None:
                    from symcost.algebra.ratio import Ratio

                    return self.value_tag(Ratio.of(inside))
                return ""
            (ups if power > 0 else downs).extend([self.tag(atom)] * abs(power))
        if number != 1:
            return ""
        top = "*".join(sorted(ups))
        return f"{top}/{'*'.join(sorted(downs))}" if downs else top


@final
@dataclass(frozen=True)
class Factor:
    """A factor taken apart: an exact number, and sizes above and below the bar."""

    number: Fraction
    ups: tuple[Ratio, ...]
    downs: tuple[Ratio, ...]
