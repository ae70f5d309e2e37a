"""What the letters of a formula are: dimensions with tags; and the tags of closed forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, all_dims, power_of
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.factors import Factors
from symcost.checking.residues import Fingerprints

if TYPE_CHECKING:
    from symcost.algebra.poly import Call


@final
@dataclass(frozen=True)
class Letters:
    """Tags of the dimensions that a check is about; one without a tag of its own is its word."""

    tags: dict[Dim, str] = field(default_factory=dict)

    @cached_property
    def factors(self) -> Factors:
        """Takes factors in these letters apart."""
        return Factors(self.value_tag)

    @cached_property
    def prints(self) -> Fingerprints:
        """Fingerprints of what is written in these letters."""
        return Fingerprints()

    def tag(self, dim: Dim) -> str:
        """What a size is: `groups`, `model`, `tensor_ranks`."""
        if power_of(dim) is not None:  # 2^n: halved or doubled n times
            return "merge"
        return self.tags.get(dim, dim.word)

    def of_poly(self, poly: Poly) -> frozenset[str]:
        """The tags of all sizes in a closed form."""
        return frozenset(self.tag(each) for each in poly.dims())

    def of_ratio(self, ratio: Ratio) -> frozenset[str]:
        """The tags of all sizes in a quotient."""
        return frozenset(self.tag(each) for each in ratio.dims())

    def value_tag(self, ratio: Ratio) -> str:
        """A size as one tag: `head`, `model/heads`, `nope+rope`, `1+time`, `multiple of model`.

        "number" is a bare number, "" what is no size.
        """
        poly = ratio.poly
        if poly is None:
            return ""
        if not poly.dims():
            return "number"
        if len(poly.terms) > 1:
            return self._sum_tag(poly)
        ((monomial, number),) = poly.terms.items()
        ups: list[str] = []
        downs: list[str] = []
        for atom, power in monomial:
            if not isinstance(atom, Dim):
                return self._tag_with_call(atom, poly) if power == 1 else ""
            (ups if power > 0 else downs).extend([self.tag(atom)] * abs(power))
        if number != 1:
            return f"multiple of {ups[0]}" if len(ups) == 1 and not downs and number > 0 else ""
        top = "*".join(sorted(ups))
        return f"{top}/{'*'.join(sorted(downs))}" if downs else top

    def _sum_tag(self, poly: Poly) -> str:
        """A sum or difference of sizes, each once: the tags joined."""
        parts = set()
        for monomial, number in poly.terms.items():
            if not monomial:
                parts.add("1")
            elif abs(number) == 1 and len(monomial) == 1 and not isinstance(monomial[0][0], Dim):
                parts.add(self._call_tag(monomial[0][0]) if monomial[0][1] > 0 else "")
            elif abs(number) == 1:
                parts.add(self.value_tag(Ratio.of(Poly({monomial: 1}))))
            else:
                return ""
        return "" if "" in parts else "+".join(sorted(parts))

    def is_size(self, ratio: Ratio) -> bool:
        """Whether it may be the extent of one axis: a width, h d_h, B s, no product of others."""
        tags = self.value_tag(ratio).removeprefix("multiple of ").split("+")
        poly = ratio.poly or Poly()
        if poly.dims() and any(abs(Fraction(each)) > LARGEST for each in poly.terms.values()):
            return False  # 14336 d is a product of two sizes
        return "" not in tags and all(_extents(each) <= 1 for each in tags)

    def _tag_with_call(self, call: Call, poly: Poly) -> str:
        """A rounding, alone or of a multiple: ceil(V/m) m is as V."""
        around = poly / Poly.of(call)
        if around == 1:
            return self._call_tag(call)
        if call.function not in ("floor", "ceil"):
            return ""
        return self.value_tag(Ratio.of(around * call.args[0]))

    def _call_tag(self, call: Call) -> str:
        """floor and ceil are as what they round; min and max are as all that is in them."""
        tags = [self.value_tag(Ratio.of(each)) for each in call.args]
        if call.function in ("floor", "ceil"):
            return tags[0]
        return "" if "" in tags else "+".join(sorted(tags))


WORDS = frozenset(each.word for each in all_dims())
LARGEST = 64  # what a size may be multiplied by
# Products that are one extent: all heads side by side, all tokens.
AXES = (("heads", "head"), ("groups", "head"), ("heads", "value_head"), ("batch", "time"))


def _extents(tag: str) -> int:
    """How many extents a product of sizes has: 2 for model*feed, 1 for heads*head.

    What nobody knows is taken for a number.
    """
    top, _, bottom = tag.partition("/")
    ups = [each for each in top.split("*") if each in WORDS]
    if "model" in ups and "heads" in bottom.split("*"):
        ups[ups.index("model")] = "head"
    for pair in AXES:
        if set(pair) <= set(ups):
            ups.remove(pair[0])
    return len(ups)
