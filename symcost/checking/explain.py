"""The smallest and likeliest set of errors that turns a truth into a formula, proved.

Fingerprints find candidates; each is applied to the pieces of the truth, and the result compared
with the formula as a rational function. What is not equal is not an explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.ratio import Ratio
from symcost.checking.changes import Hand, changes, framing, local, ways_to_count
from symcost.checking.naming import Namer
from symcost.checking.pieces import Piece, Slot, total
from symcost.checking.search import A_SECOND, DEAR, LEAST, Budget, Found, Search, least_cost
from symcost.checking.shown import form_of, show
from symcost.checking.truth import Change, Truth
from symcost.checking.verdict import Edit
from symcost.checking.wording import sentence, terms_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.form import Form
    from symcost.checking.letters import Letters

GOOD = 13  # an explanation as cheap as a single common error ends the search
FRAME_COST = 3
NEAR = 6  # an explanation that costs this much more is still worth a mention
MINOR = frozenset({"scores", "mix", "bias", "norm", "router", "logits", "position", "softmax"})
TOKEN_AXES = ("time", "past", "cached")
MOST_PROVED = 40
MOST_SHOWN = 4  # the likeliest, and what else it may be
MOST_FRAMES = 40
A_FRAME = 20_000  # steps that it takes to set one up
MOST_TERMS = 150
# Each piece of the truth is held against each term: about a second's work.
MOST_PAIRS = 2_500
TOO_DEAR = 75  # so many unlikely errors explain nothing
DEARER = 40  # three or four errors in single terms are looked for only beyond this


@final
@dataclass(frozen=True)
class Step:
    """A change, named, of the truth as it stood before it."""

    change: Change
    truth: Truth
    namer: Namer


@final
@dataclass(frozen=True)
class Explanation:
    """Changes that turn the truth into the formula, and how unlikely they are together."""

    steps: tuple[Step, ...]
    cost: int

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The errors, each with its sentence."""
        return tuple(edit for step in self.steps for edit in _edits(step))

    @cached_property
    def conventions(self) -> tuple[str, ...]:
        """What is no error but another way to count."""
        parts = [part for step in self.steps for part in step.namer.parts(step.change)]
        return tuple(dict.fromkeys(part.convention for part in parts if part.convention))

    @property
    def dropped(self) -> Ratio | None:
        """The terms that are left out, those of conventions apart; None if more was done."""
        gone = Ratio.of(0)
        for step in self.steps:
            if any(part.convention for part in step.namer.parts(step.change)):
                continue
            if step.change.op != "missing":
                return None
            gone = gone + total(step.truth.pieces[at] for at in step.change.pieces())
        return gone

    @property
    def keeps_matrices(self) -> bool:
        """Whether no matrix of the layers is among what is left out: that is never small."""
        return all(
            not step.truth.pieces[at].classes.isdisjoint(MINOR)
            for step in self.steps
            for at in step.change.pieces()
            if step.change.op == "missing"
        )


def explanations(
    formula: Ratio,
    hand: Hand,
    pieces: Sequence[Piece],
    letters: Letters,
    quantity: frozenset[str],
    steps: int = A_SECOND,
    *,
    free: bool = False,
    barred: frozenset[str] = frozenset(),
    within: Budget | None = None,
    dearest: int = TOO_DEAR,
) -> list[Explanation]:
    """Explanations of formula minus truth, the likeliest first; none if nothing small explains it.

    `steps` bounds each of the two searches, `within` the budget of several explanations. With
    `free` other ways to count are no errors; what is `barred` is not thought of. What costs more
    than `dearest`, or much more than the likeliest, is not asked for.
    """
    terms = len(formula.top.terms)
    if max(terms, len(pieces)) > MOST_TERMS or terms * len(pieces) > MOST_PAIRS:
        return []  # nobody has written this by hand
    namer = Namer(Truth(pieces, letters), quantity, free=free, barred=barred)
    hunt = _Hunt(formula, hand, namer, steps, within)
    # With less to do, more would be left for others: what they find would depend on what is asked.
    found = hunt.found(TOO_DEAR if within is not None else min(dearest, TOO_DEAR))
    return _distinct(sorted(found, key=lambda each: each.cost))


@final
class _Hunt:
    """The search for what was done to one truth."""

    def __init__(
        self, formula: Ratio, hand: Hand, namer: Namer, steps: int, within: Budget | None
    ) -> None:
        self._formula, self._hand, self._namer, self._truth = formula, hand, namer, namer.truth
        self._steps, self._within = steps, within
        self._pool = changes(self._truth, hand)
        self._most = TOO_DEAR

    def found(self, dearest: int) -> list[Explanation]:
        """The explanations that cost at most this much, and not much more than the cheapest."""
        self._most = dearest
        budget = Budget(self._steps, self._within)
        some = Search(self._pool, self._namer.cost).run(
            self._truth.off(self._formula), budget, most=2
        )
        found = _proved(some, (), self._namer, self._formula, max(dearest, GOOD))
        self._heed(found)
        if not found or found[0].cost > GOOD:
            found += self._framed(budget)
        if min((each.cost for each in found), default=DEAR) > DEARER:
            few = self._few()
            if few and dearest < DEARER:
                # These are asked for only where nothing up to `DEARER` is known, and what costs
                # more than `dearest` was not looked for.
                return self.found(TOO_DEAR)
            found += few
        return [each for each in found if each.cost <= self._most]

    def _heed(self, found: Sequence[Explanation]) -> None:
        """What costs much more than what is known is of no use any more."""
        self._most = min(self._most, *(each.cost + NEAR for each in found), DEAR)

    def _framed(self, budget: Budget) -> list[Explanation]:
        """First something done to all terms, then one or two things to single ones."""
        truth, namer = self._truth, self._namer
        found: list[Explanation] = []
        for change in sorted(framing(truth, self._pool), key=namer.cost)[:MOST_FRAMES]:
            best = min((each.cost for each in found), default=DEAR)
            cost = namer.cost(change) + FRAME_COST
            if budget.left <= 0 or cost >= best or cost + LEAST > self._most:
                break
            budget.spend(A_FRAME)
            changed = applied(truth.pieces, change, truth)
            if not changed:
                continue
            inner = namer.of(Truth(changed, truth.letters, truth))
            difference = inner.truth.off(self._formula)
            if not difference:
                continue
            search = Search(local(inner.truth, self._hand), inner.cost)
            some = search.run(difference, budget, most=3, dearest=self._most - cost)
            step = Step(change, truth, namer)
            found += _proved(some, (step,), inner, self._formula, self._most)
            self._heed(found)
        return found

    def _few(self) -> list[Explanation]:
        """What several errors make of a term is seen in the writer's own terms."""
        if least_cost(3) > self._most:
            return []
        search = Search(local(self._truth, self._hand), self._namer.cost)
        budget = Budget(self._steps, self._within)
        some = search.run(self._truth.off(self._formula), budget, least=3)
        found = _proved(some, (), self._namer, self._formula, self._most)
        self._heed(found)
        return found


@final
class Ways:
    """The other ways to count that a truth leaves open, held against one formula after the other.

    What is `barred` is not thought of.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        letters: Letters,
        quantity: frozenset[str],
        barred: frozenset[str] = frozenset(),
    ) -> None:
        truth = Truth(pieces, letters)
        self._first = _Open(truth, Namer(truth, quantity, free=True, barred=barred))
        self._inner: dict[int, _Open] = {}  # by the place of what is done before

    def fewest(self, formula: Ratio) -> Explanation | None:
        """The fewest conventions that turn the truth into the formula, None if none do."""
        first, budget = self._first, Budget(A_SECOND)
        proved = first.explain(formula, budget, ())
        for at, change in enumerate(first.pool):
            if proved:
                break
            if change.op == "scale":
                step = Step(change, first.truth, first.namer)
                proved = self._after(at, step).explain(formula, budget, (step,))
        return min(proved, key=lambda each: each.cost) if proved else None

    def _after(self, at: int, step: Step) -> _Open:
        found = self._inner.get(at)
        if found is None:
            inner = Truth(
                applied(step.truth.pieces, step.change, step.truth), step.truth.letters, step.truth
            )
            found = self._inner[at] = _Open(inner, step.namer.of(inner))
        return found


@final
class _Open:
    """A truth, and the changes of it that are conventions."""

    def __init__(self, truth: Truth, namer: Namer) -> None:
        self.truth, self.namer = truth, namer
        self.pool = [each for each in ways_to_count(truth) if _is_convention(namer, each)]
        self._search = Search(self.pool, namer.cost)

    def explain(
        self, formula: Ratio, budget: Budget, before: tuple[Step, ...]
    ) -> list[Explanation]:
        found = self._search.run(self.truth.off(formula), budget)
        return _proved(found, before, self.namer, formula, DEAR)


def _is_convention(namer: Namer, change: Change) -> bool:
    return any(part.convention for part in namer.parts(change))


def _proved(
    candidates: Sequence[Found],
    before: tuple[Step, ...],
    namer: Namer,
    formula: Ratio,
    most: int,
) -> list[Explanation]:
    """The candidates that are equal to the formula, as long as they do not cost too much more."""
    truth = namer.truth
    proved: list[Explanation] = []
    sensible = [each for each in candidates if not _another_formula(each, truth)]
    if not sensible:
        return proved
    wanted = formula - truth.total
    more = sum(step.namer.cost(step.change) + FRAME_COST for step in before)
    for each in sensible[:MOST_PROVED]:
        if each.cost + more > most:
            break
        if _added(each.changes, truth) == wanted:
            steps = (*before, *(Step(change, truth, namer) for change in each.changes))
            proved.append(Explanation(steps, each.cost + more))
            most = min(most, each.cost + more + NEAR)
    return proved


def _another_formula(found: Found, truth: Truth) -> bool:
    """All of the truth missing and something else in its place explains nothing."""
    gone = sum(each.mask for each in found.changes if each.op == "missing")
    added = any(each.op == "extra" for each in found.changes)
    return added and bool(gone) and gone == truth.everything


def _distinct(found: Sequence[Explanation]) -> list[Explanation]:
    """Each set of named errors once."""
    once: dict[object, Explanation] = {}
    for each in found:
        named = sorted((edit.kind, edit.term, edit.factor) for edit in each.edits)
        key = tuple(named), each.conventions
        once.setdefault(key, each)
        if len(once) >= MOST_SHOWN:
            break
    return list(once.values())


def _added(chosen: Sequence[Change], truth: Truth) -> Ratio:
    """What some changes, none of which concerns a piece of another, add to the truth."""
    places = [at for change in chosen for at in change.pieces()]
    assert len(set(places)) == len(places), "changes of one piece exclude each other"
    added = Ratio.of(0)
    for change in chosen:
        if change.op == "extra":
            added = added + change.factor
        for at in change.pieces():
            piece = truth.pieces[at]
            after = _after(piece, change, truth)
            added = added - piece.amount if after is None else added + after.amount - piece.amount
    return added


def applied(pieces: Sequence[Piece], change: Change, truth: Truth) -> tuple[Piece, ...]:
    """The pieces after a change of some of them."""
    concerned = set(change.pieces())
    result = (
        _after(each, change, truth) if at in concerned else each for at, each in enumerate(pieces)
    )
    return tuple(each for each in result if each is not None)


def _after(piece: Piece, change: Change, truth: Truth) -> Piece | None:
    if change.op == "missing":
        return None
    if change.swapped is None:
        return Piece(piece.where, piece.number, (*piece.slots, Slot(change.factor)), piece.classes)
    size, target = change.swapped
    slots: list[Slot] = []
    done = False
    for slot in piece.slots:
        here = (
            slot.dim is not None and slot.dim.word in TOKEN_AXES and slot.power > 0
            if change.axis is not None
            else truth.slot_print(slot) == size.print
        )
        if here and not (change.once and done):
            slots.append(Slot(target.value, slot.dim, slot.power))
            done = True
        else:
            slots.append(slot)
    return Piece(piece.where, piece.number, tuple(slots), piece.classes)


def _edits(step: Step) -> list[Edit]:
    change, truth = step.change, step.truth
    before = total(truth.pieces[at] for at in change.pieces()) if change.mask else None
    made = []
    for part in step.namer.parts(change):
        if part.convention:
            continue
        given, true = _sides(change, truth, before)
        factor = (
            "" if change.op == "extra" else "0" if change.op == "missing" else show(part.factor)
        )
        made.append(
            Edit(
                part.mistake.name,
                terms_in_words(truth, change),
                sentence(truth, change, part),
                factor,
                given,
                true,
            )
        )
    return made


def _sides(change: Change, truth: Truth, before: Ratio | None) -> tuple[Form | None, Form | None]:
    if before is None:
        return form_of(change.factor), None
    kept = [truth.pieces[at] for at in change.pieces()]
    alone = Truth(kept, truth.letters)
    inside = change.on(alone.everything)
    after = total(applied(kept, inside, alone))
    return (None if change.op == "missing" else form_of(after)), form_of(before)
