"""Which few changes turn the truth into the formula: differences of fingerprints in a hash table.

One change, pairs, triples, and pairs of pairs, never two on one piece. What is found is only as
sure as a fingerprint; whoever asks proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.checking.residues import PRIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from symcost.checking.truth import Change

MOST_IN_TRIPLES = 420
MOST_IN_PAIRS_OF_PAIRS = 240
MOST_ANSWERS = 4_000
DEAR = 10**6
END = 2**30 - 1
LEAST = 2  # what any change costs at least
ANOTHER = 3  # what a change more costs, beside what it is


@final
@dataclass(frozen=True)
class Found:
    """Changes that together explain a difference, and what they cost."""

    changes: tuple[Change, ...]
    cost: int


class OutOfStepsError(Exception):
    """The bound was hit; what had been found by then stands."""


@final
class Budget:
    """How many steps may be taken: a count, not a clock, so that every machine finds the same.

    A second holds about `A_SECOND` of them.
    """

    def __init__(self, steps: int, within: Budget | None = None) -> None:
        self._left, self._within = steps, within

    @property
    def left(self) -> int:
        """The steps that may still be taken, `within` a larger budget where there is one."""
        return self._left if self._within is None else min(self._left, self._within.left)

    def spend(self, steps: int) -> None:
        """Takes steps. Raises `OutOfStepsError` where there are none left."""
        if self.left <= 0:
            raise OutOfStepsError
        self._left -= steps
        if self._within is not None:
            self._within.spend(steps)


A_SECOND = 1_000_000


def least_cost(changes: int) -> int:
    """What so many changes cost at least."""
    return LEAST * changes + ANOTHER * (changes - 1)


ROUGH = {"missing": 8, "causal": 6, "swap": 10, "extra": 14}


def rough_cost(change: Change) -> int:
    """About how unlikely a change is, without asking for its name."""
    known = ROUGH.get(change.op)
    if known is not None:
        return known + change.once
    poly = change.factor.poly
    if poly is None or len(poly.terms) > 1:
        return 30
    ((monomial, number),) = poly.terms.items()
    sizes = sum(abs(power) for _, power in monomial)
    return 8 + 3 * sizes + (0 if number in (1, 2, 3) else 1)


@final
class Search:
    """A search for differences, under a bound of steps each.

    `cost` says how likely a change is as an error: the less the likelier.
    """

    def __init__(self, changes: Sequence[Change], cost: Callable[[Change], int]) -> None:
        self._cost = cost
        self._changes = list(changes)
        self._at = {id(each): at for at, each in enumerate(self._changes)}
        self._table: dict[int, list[Change]] = {}
        for each in self._changes:
            self._table.setdefault(each.delta, []).append(each)

    def run(
        self,
        difference: int,
        budget: Budget,
        most: int = 4,
        least: int = 1,
        dearest: int = DEAR,
    ) -> list[Found]:
        """The cheapest explanations of `least` to `most` changes, the cheapest first.

        Three that together cost more than `dearest` are not looked for, which takes as many steps.

        Three and four are tried only while nothing as cheap as a common error each is known.
        """
        best: list[Found] = []
        steps: tuple[Callable[[int, Budget], Iterator[tuple[Change, ...]]], ...] = (
            self._ones,
            self._twos,
            self._threes,
            self._fours,
        )
        try:
            for count, step in enumerate(steps[:most], 1):
                if count < least:
                    continue
                if count > 2 and min((each.cost for each in best), default=DEAR) <= 12 * (
                    count - 1
                ):
                    break
                if count == 3 and least_cost(count) > dearest:
                    step = self._nothing
                for each in step(difference, budget):
                    cost = sum(map(self._cost, each)) + ANOTHER * (len(each) - 1)
                    best.append(Found(each, cost))
                    if len(best) > MOST_ANSWERS:
                        break
        except OutOfStepsError:
            pass
        return sorted(best, key=lambda found: (found.cost, len(found.changes)))

    def _before(self, first: Change, second: Change) -> bool:
        """Whether a change stands before another: each pair is looked at once, in one order."""
        return self._at[id(first)] < self._at[id(second)]

    def _ones(self, difference: int, _: Budget) -> Iterator[tuple[Change, ...]]:
        for each in self._table.get(difference, ()):
            yield (each,)

    def _twos(self, difference: int, budget: Budget) -> Iterator[tuple[Change, ...]]:
        budget.spend(len(self._changes))
        for first in self._changes:
            for second in self._table.get((difference - first.delta) % PRIME, ()):
                if self._before(first, second) and not first.mask & second.mask:
                    yield first, second

    def _likely(self, count: int) -> list[Change]:
        """The likeliest changes, before they are named."""
        return sorted(self._changes, key=rough_cost)[:count]

    def _nothing(self, _: int, budget: Budget) -> Iterator[tuple[Change, ...]]:
        """The steps of `_threes`, and no more."""
        for left in range(min(len(self._changes), MOST_IN_TRIPLES), 0, -1):
            budget.spend(left)
        yield from ()

    @cached_property
    def _ends(self) -> frozenset[int]:
        """What a difference of fingerprints may end in for one change to make it.

        Only the last bits are looked at, which tells most of what cannot be in small numbers.
        """
        ends = {(each - turns * PRIME) & END for each in self._table for turns in (0, 1, 2)}
        return frozenset(each - turn for each in ends for turn in (0, END + 1))

    def _promising(self, difference: int, some: Sequence[Change]) -> Iterator[bool]:
        """For each change whether it, one behind it and a third may make the difference."""
        ends = [each.delta & END for each in some]
        for at, end in enumerate(ends):
            rest = (difference - end) & END
            yield not self._ends.isdisjoint([rest - each for each in ends[at + 1 :]])

    def _threes(self, difference: int, budget: Budget) -> Iterator[tuple[Change, ...]]:
        few = len(self._changes) <= MOST_IN_TRIPLES
        if few and not any(self._promising(difference, self._changes)):
            yield from self._nothing(difference, budget)
            return
        likely = self._likely(MOST_IN_TRIPLES)
        for at, promising in enumerate(self._promising(difference, likely)):
            first = likely[at]
            budget.spend(len(likely) - at)
            if not promising:
                continue
            for second in likely[at + 1 :]:
                if first.mask & second.mask:
                    continue
                left = (difference - first.delta - second.delta) % PRIME
                for third in self._table.get(left, ()):
                    if not third.mask & (first.mask | second.mask):
                        yield first, second, third

    def _fours(self, difference: int, budget: Budget) -> Iterator[tuple[Change, ...]]:
        likely = self._likely(MOST_IN_PAIRS_OF_PAIRS)
        made = [(each.mask, each.delta) for each in likely]
        sums: set[int] = set()
        for at, (mask, delta) in enumerate(made):
            budget.spend(len(likely) - at)
            sums.update(
                [(delta + more) % PRIME for other, more in made[at + 1 :] if not mask & other]
            )
        if sums.isdisjoint([(difference - each) % PRIME for each in sums]):
            for _ in range(0, len(sums), 1000):  # as many steps as if they were looked at
                budget.spend(1000)
            return
        pairs: dict[int, list[tuple[Change, Change]]] = {}
        for at, first in enumerate(likely):
            for second in likely[at + 1 :]:
                if not first.mask & second.mask:
                    delta = (first.delta + second.delta) % PRIME
                    pairs.setdefault(delta, []).append((first, second))
        for count, (delta, some) in enumerate(pairs.items()):
            if count % 1000 == 0:
                budget.spend(1000)
            for other in pairs.get((difference - delta) % PRIME, ()):
                for pair in some:
                    masks = pair[0].mask | pair[1].mask
                    if self._before(pair[0], other[0]) and not masks & (
                        other[0].mask | other[1].mask
                    ):
                        yield (*pair, *other)
