"""Where an approximation is good enough: the whole numbers for which |dropped| <= p % of kept.

The inequality is solved exactly: both of its sides are polynomials in the one symbol that is left
free, and `intervals` finds every whole number that satisfies them. Each end is then tried once more
in plain arithmetic, inside and one further.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, stand_in
from symcost.algebra.poly import Poly
from symcost.questions.cases import cases
from symcost.questions.cost import QuestionError
from symcost.questions.intervals import Interval, both, joined, not_negative

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from symcost.algebra.identity import Relation

KEPT = stand_in("kept", 1)
MOST_TRIED = 100_000  # whole numbers looked through for one at which all sizes are whole


@final
@dataclass(frozen=True)
class Edge:
    """The last whole number inside and the first one outside, with dropped/kept at both."""

    inside: int
    error: Fraction
    outside: int
    error_outside: Fraction


@final
@dataclass(frozen=True)
class Region:
    """The whole numbers from 1 up where the error stays within `share` of what is kept.

    `edges` are the ends of the intervals (1 and infinity have none); `whole` gives for an end the
    next number inside at which every size that follows from the symbol is whole.
    """

    by: Dim
    share: Fraction
    intervals: tuple[Interval, ...]
    edges: tuple[Edge, ...]
    whole: Mapping[int, int]


def region(
    kept: Poly,
    dropped: Poly,
    by: Dim,
    share: Fraction,
    values: Mapping[Dim, int],
    following: Sequence[Relation] = (),
) -> Region:
    """Solves |dropped| <= share x kept in one symbol, all others at `values`.

    `following` are the relations that are put in; sizes that they make of the symbol need not be
    whole for the inequality, so the nearest number where they are is given beside it. Raises
    `QuestionError` where another symbol has no value, or where the cost moves in steps.
    """
    if share <= 0:
        raise QuestionError("the share must be positive, such as --within 5")
    others = {each: number for each, number in values.items() if each is not by}
    mixed = (kept * Poly.of(KEPT) + dropped).substitute(others)
    missing = [each for each in mixed.dims() if each not in (by, KEPT)]
    if missing:
        flags = " ".join(f"--set {each.symbol}=..." for each in missing)
        names = ", ".join(each.symbol for each in missing)
        raise QuestionError(f"the region in {by.symbol} depends on {names}: give {flags}")
    found: list[Interval] = []
    for case in cases(mixed, by):
        parts = case.poly.coefficients(KEPT)
        more, less = parts.get(1, Poly()) * share, parts.get(0, Poly())
        inside = both(not_negative(more - less, by), not_negative(more + less, by))
        for condition in case.conditions:
            inside = both(inside, not_negative(condition.large - condition.small, by))
        found += inside
    intervals = joined(found)

    def error(number: int) -> Fraction:
        point = {**others, by: number}
        return Fraction(dropped.at(point)) / Fraction(kept.at(point))

    edges = tuple(_edge(inside, outside, error, share) for inside, outside in _ends(intervals))
    whole = _whole(intervals, [each for each in following if by in each.value.dims()], others, by)
    return Region(by, share, intervals, edges, whole)


def _ends(intervals: Sequence[Interval]) -> list[tuple[int, int]]:
    found = []
    for low, high in intervals:
        if low > 1:
            found.append((low, low - 1))
        if high is not None:
            found.append((high, high + 1))
    return found


def _edge(inside: int, outside: int, error: Callable[[int], Fraction], share: Fraction) -> Edge:
    here, there = error(inside), error(outside)
    if not abs(here) <= share < abs(there):
        raise AssertionError(f"the boundary between {inside} and {outside} is wrong")
    return Edge(inside, here, outside, there)


def _whole(
    intervals: Sequence[Interval],
    following: Sequence[Relation],
    values: Mapping[Dim, int],
    by: Dim,
) -> dict[int, int]:
    """For every end the nearest number inside at which the sizes that follow are whole."""
    found: dict[int, int] = {}
    for low, high in intervals if following else ():
        for end, step in ((low, 1), (high, -1)):
            if end is None or (end == 1 and step == 1):
                continue
            for number in range(end, end + step * MOST_TRIED, step):
                if number < low or (high is not None and number > high):
                    break
                if all(_is_whole(each, {**values, by: number}) for each in following):
                    found[end] = number
                    break
    return found


def _is_whole(relation: Relation, values: Mapping[Dim, int]) -> bool:
    if any(each not in values for each in relation.value.dims()):
        return True
    size = Fraction(relation.value.at(values))
    return size.denominator == 1 and size >= 1
