"""What a change is called, how likely it is, and how it is said: from fingerprints to sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.ratio import Ratio
from symcost.checking.classes import shape
from symcost.checking.factors import BESIDE
from symcost.checking.mistakes import Look, Mistake, like, mistake, named
from symcost.checking.search import DEAR
from symcost.checking.search import LEAST as CONVENTION
from symcost.checking.truth import mask_of, places_of

if TYPE_CHECKING:
    from symcost.checking.factors import Bit, Factors, Taken
    from symcost.checking.truth import Change, Truth


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
class Terms:
    """Some terms of a truth, as far as the name of a change of them depends on them."""

    def __init__(self, truth: Truth, mask: int) -> None:
        self.places = places_of(mask)
        pieces = [truth.pieces[at] for at in self.places]
        self.look = Look(
            "scale",
            classes=tuple(each.classes for each in pieces),
            tags=frozenset(tag for each in pieces for tag in truth.letters.of_ratio(each.amount)),
            everything=mask == truth.everything,
        )
        self.fits: dict[str, bool] = {}  # entries by name
        # By identity of what fits the change, and of a factor taken apart; both are held.
        self.entries: dict[int, tuple[tuple[Mistake, ...], Mistake | None]] = {}
        self.scales: dict[int, tuple[Taken, tuple[Part, ...]]] = {}
        self.wholes: dict[str, bool] = {}


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
        self._factors: Factors = truth.letters.factors
        self._terms: dict[int, Terms] = {}
        self._odd: dict[int, bool] = {}
        # By identity; each change is held.
        self._parts: dict[int, tuple[Change, tuple[Part, ...]]] = {}
        self._costs: dict[int, int] = {}

    def of(self, truth: Truth) -> Namer:
        """A namer of the same kind for a truth that was made of this one's."""
        return Namer(truth, self.quantity, free=self.free, barred=self.barred)

    @cached_property
    def context(self) -> frozenset[str]:
        """The tags of all sizes in the truth."""
        return frozenset(
            tag for each in self.truth.pieces for tag in self.truth.letters.of_ratio(each.amount)
        )

    def cost(self, change: Change) -> int:
        """How unlikely a change is as an error."""
        found = self._costs.get(id(change))
        if found is None:
            parts = self.parts(change)
            # Errors in one of several equal terms are less likely than in all of their kind.
            found = sum(CONVENTION if each.convention else each.mistake.cost for each in parts)
            found += BESIDE * (len(parts) - 1) + self._oddness(change, parts)
            self._costs[id(change)] = found
        return found

    def parts(self, change: Change) -> tuple[Part, ...]:
        """The errors that a change consists of."""
        found = self._parts.get(id(change))
        if found is None:
            found = change, self._as_convention(change, self._find(change))
            self._parts[id(change)] = found
        return found[1]

    def _terms_of(self, mask: int) -> Terms:
        found = self._terms.get(mask)
        if found is None:
            found = self._terms[mask] = Terms(self.truth, mask)
        return found

    def _as_convention(self, change: Change, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """The parts, marked where they are a way to count: all terms of a kind, or the whole."""
        one = len(parts) == 1 and parts[0].mistake.is_convention
        if not self.free or not one or "activations" in self.quantity:
            return parts
        if not self._whole_kind(change.mask, parts[0].mistake):
            return parts
        phrase = parts[0].mistake.fields["convention"]
        return (replace(parts[0], convention=phrase),)

    def _whole_kind(self, mask: int, kind: Mistake) -> bool:
        """Whether a change concerns every term of the kinds that an entry is about."""
        wholes = self._terms_of(mask).wholes
        found = wholes.get(kind.name)
        if found is None:
            wanted = set(kind.fields.get("on", ()))
            about = mask_of(bool(wanted & each.classes) for each in self.truth.pieces)
            found = wholes[kind.name] = not wanted or mask == about
        return found

    def _name(self, look: Look, change: Change) -> Mistake | None:
        """The likeliest entry; a way to count only where it is applied to all terms of its kind."""
        if self.free:
            found = named(look, self.quantity, free=True, barred=self.barred)
            if found is None or not found.is_convention:
                return found
            if self._whole_kind(change.mask, found):
                return found
        return named(look, self.quantity, barred=self.barred)

    def _among(self, entries: tuple[Mistake, ...], mask: int) -> Mistake | None:
        """The same of the entries that fit a change: what fits the terms too."""
        terms = self._terms_of(mask)
        found = terms.entries.get(id(entries))
        if found is None:
            found = entries, self._likeliest(entries, mask, terms)
            terms.entries[id(entries)] = found
        return found[1]

    def _likeliest(self, entries: tuple[Mistake, ...], mask: int, terms: Terms) -> Mistake | None:
        first: Mistake | None = None
        for each in entries:
            if each.name in self.barred or (first is not None and not each.is_convention):
                continue
            fits = terms.fits.get(each.name)
            if fits is None:
                fits = terms.fits[each.name] = each.fits_terms(terms.look, self.quantity)
            if not fits:
                continue
            if not self.free:
                return each
            if each.is_convention:
                whole = self._whole_kind(mask, each)
                return each if whole else (first or each)
            first = each
        return first

    def _oddness(self, change: Change, parts: tuple[Part, ...]) -> int:
        terms = self._terms_of(change.mask)
        likely = {name for each in parts for name in each.mistake.fields.get("likely", ())}
        odd = int(change.once)
        if likely and any(likely.isdisjoint(each) for each in terms.look.classes):
            odd += 1
        if change.op == "scale" and not terms.look.tags:
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
        if change.op != "scale" or change.factor.dims():
            return False
        found = self._odd.get(change.mask)
        if found is None:
            found = self._odd[change.mask] = self._has_equal_beside(change.pieces())
        return found

    def _has_equal_beside(self, places: tuple[int, ...]) -> bool:
        pieces, amounts = self.truth.pieces, self.truth.amounts
        beside = {
            (each.where[:-1], amounts[at]) for at, each in enumerate(pieces) if at not in places
        }
        return (
            any((pieces[at].where[:-1], amounts[at]) in beside for at in places)
            and len(pieces[places[0]].where) > 2
        )

    def _part_of_a_kind(self, change: Change, kind: Mistake) -> bool:
        """Whether biases or norms are missing, but not all that stand in the same place."""
        wanted = set(kind.fields.get("on", ()))
        if not wanted & {"bias", "norm"}:
            return False
        tops = {self.truth.pieces[at].where[:1] for at in change.pieces()}
        mask = mask_of(
            bool(wanted & each.classes) and each.where[:1] in tops for each in self.truth.pieces
        )
        return mask != change.mask

    def _find(self, change: Change) -> tuple[Part, ...]:
        if change.op == "causal":
            return (Part(mistake("causal_pairs")),)
        if change.op in ("missing", "extra"):
            look = replace(self._look(change), op=change.op, context=self.context)
            return (Part(self._name(look, change) or mistake("term_missing")),)
        if change.swapped is not None:
            swap = (change.swapped[0].tag, change.swapped[1].tag)
            by_swap = self._among(like(Look("swap", swapped=swap)), change.mask)
            if by_swap is None or not self._many_times(change):
                by_factor = self._by_factor(change)
                if by_swap is None or self._rather_a_factor(change, by_factor, by_swap):
                    return by_factor
            ups, downs = (change.swapped[1].value,), (change.swapped[0].value,)
            return (Part(by_swap, Fraction(1), ups, downs),)
        return self._by_factor(change)

    def _look(self, change: Change) -> Look:
        look = self._terms_of(change.mask).look
        if change.op != "extra":
            return look
        tags = self.truth.letters.of_ratio(change.factor)
        return replace(look, classes=(frozenset(shape(tags, self.quantity)),), tags=tags)

    def _rather_a_factor(
        self, change: Change, by_factor: tuple[Part, ...], by_swap: Mistake
    ) -> bool:
        """A factor that is missing, or one too many, rather than a size for another."""
        taken = self._factors.taken(change.factor)
        plain = len(change.factor.top.terms) == 1
        one_sided = plain and (not taken.ups or not taken.downs)
        cost = sum(each.mistake.cost for each in by_factor) - 2 * one_sided
        return cost < by_swap.cost

    def _many_times(self, change: Change) -> bool:
        """Whether a swapped size stands in some term more than once: then it is no factor."""
        assert change.swapped is not None
        print_ = change.swapped[0].print
        return not change.once and any(
            self.truth.slots[at].count(print_) > 1 for at in change.pieces()
        )

    def _by_factor(self, change: Change) -> tuple[Part, ...]:
        taken = self._factors.taken(change.factor)
        scales = self._terms_of(change.mask).scales
        found = scales.get(id(taken))
        if found is None:
            found = scales[id(taken)] = taken, self._scaled(taken, change.mask)
        return found[1]

    def _scaled(self, taken: Taken, mask: int) -> tuple[Part, ...]:
        """The errors that together make a factor, the cheapest way to take it apart."""
        alone = mask == self.truth.everything and len(self.truth.pieces) < 3
        if taken.squares and (alone or taken.heads):
            kind = mistake("quotient_upside_down")
            return (Part(kind, taken.number, taken.ups, taken.downs),)
        best: list[tuple[Mistake, Bit]] = []
        least = DEAR
        for floor, option in taken.options:
            if floor >= least:
                continue
            cost = BESIDE * (len(option) - 1)
            made: list[tuple[Mistake, Bit]] = []
            for bit in option:
                found = bit.kind.sure or self._among(bit.kind.entries, mask)
                if found is None:
                    break
                cost += found.cost
                if cost >= least:
                    break
                made.append((found, bit))
            else:
                best, least = made, cost
        if not best:
            return (Part(mistake("sizes_mixed"), taken.number, taken.ups, taken.downs),)
        return tuple(Part(found, bit.number, bit.ups, bit.downs) for found, bit in best)
