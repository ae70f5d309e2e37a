"""What a change is called, how likely it is, and how it is said: from fingerprints to sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.ratio import Ratio
from symcost.checking.classes import shape
from symcost.checking.factors import partitions, taken_apart
from symcost.checking.mistakes import Look, Mistake, mistake, named

if TYPE_CHECKING:
    from symcost.checking.truth import Change, Truth

BINARY = {Fraction(1024, 1000) ** power for power in (-4, -3, -2, -1, 1, 2, 3, 4)}
CONVENTION = 2
ONE = Fraction(1)
HEADS = {"heads", "groups"}


@final
@dataclass(frozen=True)
class Part:
    """One error inside a change: the entry that names it, and the factor it stands for.

    `convention` says that it is no error but a way to count, where these are open.
    """

    mistake: Mistake
    number: Fraction = Fraction(1)
    ups: tuple[Ratio, ...] = ()
    downs: tuple[Ratio, ...] = ()
    convention: str = ""

    @cached_property
    def factor(self) -> Ratio:
        """What the terms are multiplied by."""
        product = Ratio.of(self.number)
        for each in self.ups:
            product = product * each
        for each in self.downs:
            product = product / each
        return product


@final
class Namer:
    """Names changes of one truth, for one quantity.

    With `free` a named convention is no error and costs little. What is `barred` is not named.
    """

    def __init__(
        self,
        truth: Truth,
        quantity: frozenset[str],
        *,
        free: bool = False,
        barred: frozenset[str] = frozenset(),
    ) -> None:
        self.truth = truth
        self.quantity = quantity
        self.free = free
        self.barred = barred
        self.context = frozenset(
            tag for each in truth.pieces for tag in truth.letters.of_ratio(each.amount)
        )
        self._parts: dict[int, tuple[tuple[Part, ...], int]] = {}

    def cost(self, change: Change) -> int:
        """How unlikely a change is as an error."""
        return self._named(change)[1]

    def parts(self, change: Change) -> tuple[Part, ...]:
        """The errors that a change consists of."""
        return self._named(change)[0]

    def _named(self, change: Change) -> tuple[tuple[Part, ...], int]:
        found = self._parts.get(id(change))
        if found is None:
            parts = self._as_convention(change, self._find(change))
            # Errors in one of several equal terms are less likely than in all of their kind.
            cost = sum(CONVENTION if each.convention else each.mistake.cost for each in parts)
            cost += 2 * (len(parts) - 1)
            found = self._parts[id(change)] = parts, cost + self._oddness(change, parts)
        return found

    def _as_convention(self, change: Change, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """The parts, marked where they are a way to count: all terms of a kind, or the whole."""
        one = len(parts) == 1 and parts[0].mistake.is_convention
        if not self.free or not one or "activations" in self.quantity:
            return parts
        if not self._whole_kind(change, parts[0].mistake):
            return parts
        phrase = parts[0].mistake.fields["convention"]
        return (replace(parts[0], convention=phrase),)

    def _whole_kind(self, change: Change, kind: Mistake) -> bool:
        """Whether a change concerns every term of the kinds that an entry is about."""
        wanted = set(kind.fields.get("on", ()))
        mask = sum(1 << at for at, each in enumerate(self.truth.pieces) if wanted & each.classes)
        return not wanted or change.mask == mask

    def _name(self, look: Look, change: Change) -> Mistake | None:
        """The likeliest entry; a way to count only where it is applied to all terms of its kind."""
        if self.free:
            found = named(look, self.quantity, free=True, barred=self.barred)
            if found is None or not found.is_convention:
                return found
            if self._whole_kind(change, found):
                return found
        return named(look, self.quantity, barred=self.barred)

    def _oddness(self, change: Change, parts: tuple[Part, ...]) -> int:
        likely = {name for each in parts for name in each.mistake.fields.get("likely", ())}
        odd = int(change.once)
        if likely and any(likely.isdisjoint(each) for each in self._classes(change)):
            odd += 1
        if change.op == "scale" and not self._tags(change):
            odd += 2  # a bare number times a size: more likely something else is wrong
        if change.op in ("scale", "swap") and self._strange(change):
            odd += 8  # a letter that nobody knows is hardly the size of something known
        if self._some_of_equal(change) or self._beside_its_equal(change):
            odd += 3  # some of several equal terms: more likely all of them, or a whole kind
        if change.op == "missing" and self._part_of_a_kind(change, parts[0].mistake):
            odd += 2
        return odd

    def _strange(self, change: Change) -> bool:
        """Whether a change brings in a letter that neither the truth nor the words know."""
        return any(
            each.is_foreign and each not in self.truth.letters.tags for each in change.factor.dims()
        )

    def _some_of_equal(self, change: Change) -> bool:
        places = change.pieces()
        kinds = {id(self.truth.pieces[at].slots) for at in places}
        if len(kinds) != 1:
            return False
        (kind,) = kinds
        return len(places) < sum(id(each.slots) == kind for each in self.truth.pieces)

    def _beside_its_equal(self, change: Change) -> bool:
        """Whether one of two terms that cost the same, side by side, is multiplied by a number."""
        places = set(change.pieces())
        if change.op != "scale" or change.factor.dims():
            return False
        beside = {
            (self.truth.pieces[at].where[:-1], self.truth.amounts[at])
            for at in range(len(self.truth.pieces))
            if at not in places
        }
        return (
            any(
                (self.truth.pieces[at].where[:-1], self.truth.amounts[at]) in beside
                for at in places
            )
            and len(self.truth.pieces[next(iter(places))].where) > 2
        )

    def _part_of_a_kind(self, change: Change, kind: Mistake) -> bool:
        """Whether biases or norms are missing, but not all that stand in the same place."""
        wanted = set(kind.fields.get("on", ()))
        if not wanted & {"bias", "norm"}:
            return False
        tops = {self.truth.pieces[at].where[:1] for at in change.pieces()}
        mask = sum(
            1 << at
            for at, each in enumerate(self.truth.pieces)
            if wanted & each.classes and each.where[:1] in tops
        )
        return mask != change.mask

    def _classes(self, change: Change) -> tuple[frozenset[str], ...]:
        return tuple(self.truth.pieces[at].classes for at in change.pieces())

    def _tags(self, change: Change) -> frozenset[str]:
        if change.op == "extra":
            return self.truth.letters.of_ratio(change.factor)
        return frozenset(
            tag
            for at in change.pieces()
            for tag in self.truth.letters.of_ratio(self.truth.pieces[at].amount)
        )

    def _find(self, change: Change) -> tuple[Part, ...]:
        classes, tags = self._classes(change), self._tags(change)
        everything = change.mask == self.truth.everything
        if change.op == "causal":
            return (Part(mistake("causal_pairs")),)
        if change.op in ("missing", "extra"):
            if change.op == "extra":
                classes = (frozenset(shape(tags, self.quantity)),)
            look = Look(
                change.op,
                classes=classes,
                tags=tags,
                everything=everything,
                context=self.context,
            )
            return (Part(self._name(look, change) or mistake("term_missing")),)
        if change.swapped is not None:
            swap = (change.swapped[0].tag, change.swapped[1].tag)
            look = Look("swap", classes=classes, tags=tags, swapped=swap, everything=everything)
            by_swap = self._name(look, change)
            if by_swap is None or not self._many_times(change):
                by_factor = self._by_factor(change, classes, tags, everything)
                _, above, below = taken_apart(change.factor)
                plain = len(change.factor.top.terms) == 1
                # A factor that is missing, or one too many, rather than a size for another.
                one_sided = plain and (not above or not below)
                cost = sum(each.mistake.cost for each in by_factor) - 2 * one_sided
                if by_swap is None or cost < by_swap.cost:
                    return by_factor
            ups, downs = (change.swapped[1].value,), (change.swapped[0].value,)
            return (Part(by_swap, Fraction(1), ups, downs),)
        return self._by_factor(change, classes, tags, everything)

    def _many_times(self, change: Change) -> bool:
        """Whether a swapped size stands in some term more than once: then it is no factor."""
        assert change.swapped is not None
        print_ = change.swapped[0].print
        return not change.once and any(
            sum(self.truth.slot_print(slot) == print_ for slot in self.truth.pieces[at].slots) > 1
            for at in change.pieces()
        )

    def _by_factor(
        self,
        change: Change,
        classes: tuple[frozenset[str], ...],
        tags: frozenset[str],
        everything: bool,
    ) -> tuple[Part, ...]:
        number, ups, downs = taken_apart(change.factor)
        squares = len(ups) == len(downs) == 2 and _twice(ups) and _twice(downs)
        heads = {self.truth.letters.value_tag(each) for each in (*ups, *downs)} == HEADS
        alone = everything and len(self.truth.pieces) < 3
        if squares and number == 1 and (alone or heads):
            return (Part(mistake("quotient_upside_down"), number, ups, downs),)
        best: tuple[Part, ...] | None = None
        for option in partitions(number, ups, downs):
            parts = []
            for some, up, down in option:
                look = Look(
                    "scale",
                    some,
                    tuple(self.truth.letters.value_tag(each) for each in up),
                    tuple(self.truth.letters.value_tag(each) for each in down),
                    classes,
                    tags,
                    everything=everything,
                )
                found = (
                    mistake("binary_for_decimal")
                    if some in BINARY and not up and not down
                    else self._name(look, change)
                )
                if found is None:
                    break
                parts.append(Part(found, some, up, down))
            else:
                made = tuple(parts)
                if best is None or _sum(made) < _sum(best):
                    best = made
        return best or (Part(mistake("sizes_mixed"), number, ups, downs),)


def _twice(sizes: tuple[Ratio, ...]) -> bool:
    return sizes[0] == sizes[1]


def _sum(parts: tuple[Part, ...]) -> int:
    return sum(each.mistake.cost for each in parts) + 2 * (len(parts) - 1)
