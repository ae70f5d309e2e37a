"""What was done to a declaration that gives a number: single changes, tried in plain numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.changes import Hand, changes
from symcost.checking.explain import Explanation, Step, applied
from symcost.checking.naming import Namer
from symcost.checking.numeric import rounds_to
from symcost.checking.pieces import Piece, total
from symcost.checking.truth import Change, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number
    from symcost.checking.letters import Letters
    from symcost.checking.verdict import Edit

LIKELY = 10  # from a number alone only common errors are guessed
GENERIC = frozenset({"wrong_size", "size_too_many", "size_forgotten", "counted_twice"})


class Judged(Protocol):
    """What a guess has to know of a question."""

    @property
    def letters(self) -> Letters:
        """The letters' tags."""

    @property
    def quantity(self) -> frozenset[str]:
        """What is counted."""


def explained_number(
    pieces: tuple[Piece, ...], sizes: Mapping[Dim, Number], given: Fraction, asked: Judged
) -> tuple[Edit, ...]:
    """The likeliest single error that makes the declaration give this number, to its digits."""
    truth = Truth(pieces, asked.letters)
    namer = Namer(truth, asked.quantity)
    amounts = [_at(each, sizes) for each in truth.pieces]
    declared = Hand((), (), tuple(Ratio.of(Poly.of(each)) for each in sizes))
    fitting = [
        each for each in changes(truth, declared) if _gives(each, truth, amounts, sizes, given)
    ]
    # A factor 8 may be bits, or 64 heads over 8: what names a size says more.
    for change in sorted(fitting, key=lambda each: namer.cost(each) + 4 * _is_number(each)):
        names = {part.mistake.name for part in namer.parts(change)}
        if namer.cost(change) > LIKELY or names & GENERIC:
            continue
        return Explanation((Step(change, truth, namer),), namer.cost(change)).edits
    return ()


def _is_number(change: Change) -> bool:
    return change.op == "scale" and not change.factor.dims()


def _at(piece: Piece, sizes: Mapping[Dim, Number]) -> Fraction:
    return Fraction(piece.amount.at(dict(sizes)))


def _gives(
    change: Change,
    truth: Truth,
    amounts: list[Fraction],
    sizes: Mapping[Dim, Number],
    given: Fraction,
) -> bool:
    places = set(change.pieces())
    rest = sum(amount for at, amount in enumerate(amounts) if at not in places)
    if change.op == "missing":
        changed = Fraction(0)
    elif not set(change.factor.dims()) <= set(sizes):
        return False
    elif change.swapped is None:
        factor = Fraction(change.factor.at(dict(sizes)))
        changed = factor * sum(amounts[at] for at in places)
    else:
        after = applied([truth.pieces[at] for at in sorted(places)], _whole(change), truth)
        changed = Fraction(total(after).at(dict(sizes)))
    return rounds_to(rest + changed, given)


def _whole(change: Change) -> Change:
    """The change of exactly the pieces concerned, counted from the first."""
    mask = (1 << change.mask.bit_count()) - 1
    return change.on(mask)
