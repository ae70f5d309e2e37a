"""What a line of a work is about: the part of a model that it equals, or that it speaks of.

Small closed forms equal many things, so a line is about what it equals only where its words agree;
where it equals nothing that they speak of, it is about what they fit best, and wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.checking.targets import (
    KINDS,
    NAMES_A_PART,
    PARTS,
    Target,
    fit,
    is_of,
    is_whole,
    speaks_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from symcost.algebra.ratio import Ratio

LEAST_FIT, LEAST_NAMED = 5, 4  # of a line, and of one that surely names a part
LEAST_SUPPORT = 3
NEAR, NEAR_ALONE = 3, 5  # what a word of the remark counts, and that of a line without a name
NOT_ALL = 4  # what a formula without a name is less about all of a model beside a part's name
PRODUCTS = frozenset({"scores", "mix"})
ONE_PASS = frozenset({"train", "backward"})
TOKENS = ("time", "batch", "cached")


@final
@dataclass(frozen=True)
class Words:
    """The terms in a line's name, in its remark, in the heading above it, and in what was asked."""

    own: frozenset[str]
    near: frozenset[str]
    far: frozenset[str]
    asked: frozenset[str]

    def said(self) -> frozenset[str]:
        """All that the writer says."""
        return self.own | self.near | self.far


@final
@dataclass(frozen=True)
class Choice:
    """What a line is about; `alike` is "given" where it equals that as it stands, "carried" where
    it does with the earlier lines as they should be, else "no". `others` it may be about if it is
    right about them.
    """

    target: Target | None
    alike: str = "no"
    others: tuple[Target, ...] = ()


@final
@dataclass(frozen=True)
class About:
    """A line whose target is looked for.

    `given` is what it is worth as the writer has it, `carried` with the earlier lines as they
    should be. The remark may be about an earlier line; `every_layer` says that the line is for
    all layers, `estimated` that it is a rule of thumb, `growing` that it adds to a sum, so that
    it may be about what stands nowhere, `unnamed` that it is a formula alone; `read_as` are
    the sizes that its numbers are. Quantities that are `excluded` are not it.
    """

    given: Ratio
    carried: Ratio
    words: Words
    remark_is_taken: bool
    every_layer: bool
    estimated: bool
    growing: bool
    unnamed: bool
    read_as: frozenset[str]
    excluded: AbstractSet[str]

    def found(self, targets: Sequence[Target], equal: Callable[[Ratio], list[Target]]) -> Choice:
        """The target that it equals, or else the likeliest."""
        for words in self._readings():

            def backed(each: Target, value: Ratio, words: Words = words) -> bool:
                return self._is_backed(each, value, words)

            found = self._first(equal, words, backed)
            if found is not None:
                return found
        found = self._first(equal, self.words, self._is_all)
        found = found or self._first(equal, self.words, self._is_plain)
        if found is not None:
            return found
        first = self._likeliest(targets, self.words)
        if first is not None and self.unnamed and not self.words.asked:
            # A formula in passing is about what is named beside it, or about all layers.
            whole = targets[first].label == "model" or not self.words.said() & NAMES_A_PART
            lacks = targets[first].dims - self._dims
            first = None if whole and "layers" in lacks else first
        beside = NEAR if self.words.own else NEAR_ALONE
        others = [self._likeliest(targets, words, beside) for words in self._readings()]
        if first is not None:  # for another number of tokens
            same = targets[first].quantity, targets[first].label
            others += [at for at, e in enumerate(targets) if (e.quantity, e.label) == same]
        more = (targets[at] for at in dict.fromkeys(others) if at not in (None, first))
        return Choice(None if first is None else targets[first], "no", tuple(more))

    @property
    def _has_tokens(self) -> bool:
        return any(each.word in TOKENS for each in self.given.dims())

    @property
    def _dims(self) -> frozenset[str]:
        return self.read_as.union(each.word for each in self.given.dims())

    def _readings(self) -> Iterator[Words]:
        """The words, and what they may mean where the heading says more than it is about."""
        said = self.words
        yield said
        if said.far & ONE_PASS:  # training is said above the parts of a forward pass too
            yield Words(said.own, said.near, said.far - ONE_PASS | {"flops"}, said.asked)
        near = said.near - (KINDS.keys() if self.remark_is_taken else ONE_PASS)
        if not self._has_tokens and not (said.own | near) & KINDS.keys():
            # So are numbers of weights, which grow with no token.
            yield Words(said.own, near, said.far - KINDS.keys() | {"params"}, said.asked)

    def _is_backed(self, target: Target, value: Ratio, words: Words) -> bool:
        """Whether the words speak for a target that the line equals."""
        if target.quantity in self.excluded or not self._speaks_of(target, words):
            return False
        if self.every_layer and target.is_of_one_layer:
            return False
        if target.value != value and not is_of(target, words.own | words.near):
            return False
        return target.label == "model" or self._is_named(target, words)

    def _is_named(self, target: Target, words: Words) -> bool:
        """Whether a word names this part."""
        said = words.said()
        weights = {each for each in said if each.startswith("W_")}
        if said >= PRODUCTS and len(target.of_part & PRODUCTS) == 1:
            return False  # said of both products
        if not target.called & said and not (weights and weights == target.weights):
            return False
        return fit(target, words.own, words.near, words.far) >= LEAST_SUPPORT

    def _speaks_of(self, target: Target, words: Words) -> bool:
        return speaks_of(
            target, words.own, words.near, words.far, words.asked, with_tokens=self._has_tokens
        )

    def _is_all(self, target: Target, _value: Ratio) -> bool:
        """What equals all of a model is about that, whatever the heading; so is a line below a
        remark about an earlier one.
        """
        near = frozenset[str]() if self.remark_is_taken else self.words.near
        return target.quantity not in self.excluded and is_whole(
            target, self.words.own, near, self.words.asked
        )

    def _is_plain(self, target: Target, value: Ratio) -> bool:
        """Where no part is named, as in a running sum, one that it equals without a condition."""
        named = self.words.said() & NAMES_A_PART
        return (
            not named
            and not self.estimated
            and target.value == value
            and self._speaks_of(target, self.words)
        )

    def _first(
        self,
        equal: Callable[[Ratio], list[Target]],
        words: Words,
        fits: Callable[[Target, Ratio], bool],
    ) -> Choice | None:
        """The target among those that fit which the line equals as it stands, else as carried.

        Words choose, and before them that it is equal without a condition; then the smaller part.
        """
        for value, alike in ((self.given, "given"), (self.carried, "carried")):
            found = [each for each in equal(value) if fits(each, value)]
            if found:
                ranked = [
                    (each.value == value, fit(each, words.own, words.near, words.far), each.depth)
                    for each in found
                ]
                return Choice(found[ranked.index(max(ranked))], alike)
        return None

    def _likeliest(self, targets: Sequence[Target], words: Words, beside: int = NEAR) -> int | None:
        """Where the target is that the words fit best; of two alike, of which it is a multiple."""
        dims = self._dims
        partly = self.unnamed and bool(words.near & PARTS - {"layer", "one_head"})
        ranked = [
            (
                fit(each, words.own, words.near, words.far, dims, beside)
                - NOT_ALL * (partly and each.label == "model"),
                not (self.given / each.value).dims(),
                -at,
            )
            for at, each in enumerate(targets)
            if each.value and each.quantity not in self.excluded and self._speaks_of(each, words)
        ]
        score, _, at = max(ranked, default=(0, False, 0))
        named = words.near & PARTS and words.own & PARTS
        least = LEAST_NAMED if named else LEAST_FIT
        unsaid = score < least or not dims
        unclear = unsaid or self.growing or "states" in words.own | words.near
        return None if unclear else -at
