"""Batches of sequences of unequal lengths, by the sums of their lengths and of the squares.

A cost of B sequences of s tokens is a sum of terms in B, B s and B s^2. Summed up over sequences of
lengths s_1, s_2, ... they are B, S_1 and S_2. So one closed form holds for every batch, and what
padding to one length adds is the difference of two closed forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.form import total
from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Rule, Step
from symcost.algebra.simplify import simplest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.poly import Monomial, Number

BATCH = dim("batch")


class MomentError(ValueError):
    """A cost that the sums of lengths and of squares do not tell."""


@final
@dataclass(frozen=True)
class Moments:
    """The symbols for one kind of length: the length itself, its sums, what is padded to."""

    length: Dim
    sums: tuple[Dim, ...]
    padded: Dim

    def values(self, lengths: Sequence[int]) -> dict[Dim, int]:
        """The numbers of a batch: how many sequences, their sums, the longest.

        Raises `MomentError` for no lengths, and for lengths that are not positive.
        """
        if not lengths or min(lengths) < 1:
            raise MomentError("a batch has at least one sequence, of at least one token each")
        found = {BATCH: len(lengths), self.padded: max(lengths)}
        for power, each in enumerate(self.sums, start=1):
            found[each] = sum(length**power for length in lengths)
        return found


NEW = Moments(dim("time"), (dim("all_tokens"), dim("all_squares")), dim("padded"))
CACHED = Moments(dim("cached"), (dim("all_cached"),), dim("padded_cache"))


@final
@dataclass(frozen=True)
class Batch:
    """One cost of a batch: exact by its moments, padded to one length, and the waste of that.

    `step` proves padded = exact + waste.
    """

    exact: Poly
    padded: Poly
    step: Step

    @property
    def waste(self) -> Poly:
        """What padding adds."""
        return self.padded - self.exact


def unequal(cost: Poly, moments: Moments) -> Batch:
    """A cost of B sequences of one length, for sequences of unequal lengths.

    What does not grow with B is done once for all sequences, so for the longest. Raises
    `MomentError` for a term that the sums do not tell, such as B min(s, W).
    """
    exact = Poly()
    for monomial, number in cost.terms.items():
        exact = exact + _summed(monomial, number, moments)
    padded = cost.substitute({moments.length: moments.padded})
    both = total([simplest(exact).form, simplest(padded - exact).form])
    return Batch(exact, padded, Step(simplest(padded).form, both, Rule.GATHER))


def _summed(monomial: Monomial, number: Number, moments: Moments) -> Poly:
    powers = dict(monomial)
    term = Poly({monomial: number})
    copies, power = powers.get(BATCH, 0), powers.get(moments.length, 0)
    calls = (each for each in term.atoms() if not isinstance(each, Dim))
    hidden = any({BATCH, moments.length}.intersection(Poly.of(each).dims()) for each in calls)
    told = {0: range(2), 1: range(len(moments.sums) + 1)}
    if hidden or power not in told.get(copies, ()):
        known = ", ".join(each.symbol for each in (BATCH, *moments.sums))
        raise MomentError(
            f"the term {show(term)}, summed up over unequal {moments.length.symbol}, is not told "
            f"by {known}"
        )
    if not copies:
        return term.substitute({moments.length: moments.padded})
    if not power:
        return term
    rest = term / (Poly.of(BATCH) * Poly.of(moments.length) ** power)
    return rest * moments.sums[power - 1]
