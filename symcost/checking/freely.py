"""A formula held against a model where the ways to count are open: right, right under, or wrong.

Readings of the names, scopes (batch, sequence, token) and relations between widths are tried, the
likeliest first. Only conventions first, for all of them; then errors, for the closest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.phrase import Phrase, decimal, every, joined, say
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.alignment import STRANGE, Aligned, Meant, alignments, not_known
from symcost.checking.changes import Hand
from symcost.checking.classes import quantity_classes
from symcost.checking.explain import NEAR, Explanation, Ways, explanations
from symcost.checking.judge import Question, judge
from symcost.checking.letters import Letters
from symcost.checking.numeric import follows, people, rounds_to, wrong_number
from symcost.checking.pieces import Piece, compact_pieces, formula_pieces, put_in, sums_in, total
from symcost.checking.search import A_SECOND, DEAR, Budget
from symcost.checking.shown import form_of, show
from symcost.checking.tree import (
    Apply,
    Name,
    Number,
    Over,
    Times,
    exchanged,
    meaning,
    names_of,
    python,
)
from symcost.checking.verdict import Meaning, Numbers, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number as Exact
    from symcost.checking.subject import Subject
    from symcost.checking.tree import Node

CLOSE = Fraction(3, 4)  # an approximation keeps at least this share of the truth
MOST_SEARCHED = 3
SCOPES = ("batch", "sequence", "token")


@final
@dataclass(frozen=True)
class Asked:
    """A formula and what it is said to be; `pieces` are the truth where it is known already.

    `let` are the user's readings of names, `values` the numbers that a work gives to names, `words`
    what it says of them. `barred` are ways to count that the work itself speaks against,
    `standing` what its earlier lines are, `aligned` what its names are. `steps` bound one search,
    `within` is what is left for all. `leading` lets a formula leave small terms out. With `strict`
    the convention is the one that is given, and no other.
    """

    node: Node
    quantity: str
    source: str
    scope: str | None = None
    pieces: tuple[Piece, ...] | None = None
    let: Mapping[str, str] | None = None
    values: Mapping[str, int] | None = None
    words: Mapping[str, str] | None = None
    claimed: Fraction | None = None
    strict: bool = False
    notes: tuple[str, ...] = ()
    steps: int = A_SECOND // 2
    within: Budget | None = None
    standing: Mapping[str, Poly] | None = None
    aligned: Aligned | None = None
    barred: frozenset[str] = frozenset()
    leading: bool = True


@final
@dataclass(frozen=True)
class Frame:
    """One way to hold the formula against the truth: names, a scope, relations put in.

    `true` is the sum of `truth`. Where two frames have the same truth it is one object.
    """

    aligned: Aligned
    scope: str
    formula: Ratio
    hand: Hand
    truth: tuple[Piece, ...]
    true: Ratio
    conditions: tuple[str, ...]
    rank: int


def check_freely(subject: Subject, asked: Asked) -> Verdict:
    """The verdict on a formula, with the readings and conventions that suit it best."""
    if not names_of(asked.node):
        by_value = check_value(subject, asked)
        if by_value is not None:
            return by_value
    frames = list(_frames(subject, asked))
    found = _right_frame(frames, asked)
    if found is not None:
        return _right(subject, asked, *found)
    return _wrong(subject, asked, frames, quantity_classes(asked.quantity), Letters())


def right_freely(subject: Subject, asked: Asked) -> Verdict | None:
    """The verdict on a formula that is right, as it stands or under conditions; None for others."""
    found = _right_frame(list(_frames(subject, asked)), asked)
    return _right(subject, asked, *found) if found is not None else None


def _right_frame(frames: list[Frame], asked: Asked) -> tuple[Frame, Explanation | None] | None:
    """The frame with the fewest conditions in which the formula is right, and the ways to count."""
    quantity = quantity_classes(asked.quantity)
    letters = Letters()
    ways: dict[int, Ways] = {}  # by the identity of a truth, which the frames hold
    best: tuple[tuple[int, int], Frame, Explanation | None] | None = None
    for frame in frames:
        if frame.formula == frame.true:
            rank = (len(frame.conditions), frame.rank)
            if best is None or rank < best[0]:
                best = rank, frame, None
        elif not asked.strict:
            if id(frame.truth) not in ways:
                ways[id(frame.truth)] = Ways(frame.truth, letters, quantity, asked.barred)
            found = ways[id(frame.truth)].fewest(frame.formula)
            if found is not None:
                rank = (len(frame.conditions) + len(found.conventions), frame.rank)
                if best is None or rank < best[0]:
                    best = rank, frame, found
    return None if best is None else best[1:]


def check_value(subject: Subject, asked: Asked) -> Verdict | None:
    """A formula of numbers only, at the model's sizes: its value decides, if it is that of a count.

    A bare number may be rounded. None where its value fits nothing.
    """
    given = meaning(asked.node, lambda _: Poly.of(0))
    quantity = quantity_classes(asked.quantity)
    for scope, pieces in _valued(subject, asked):
        truth = total(pieces)
        conditions: tuple[str, ...] = () if scope is None else (per(scope),)
        found = None
        status = Status.RIGHT
        if truth.dims():
            continue
        rounded = isinstance(asked.node, Number) and rounds_to(
            Fraction(truth.at({})), Fraction(given.at({}))
        )
        if given != truth:
            if not asked.strict:
                found = Ways(pieces, Letters(), quantity, asked.barred).fewest(given)
            if found is None and not rounded:
                continue
            status = Status.APPROXIMATION if found is None else Status.RIGHT_UNDER
        if found is not None:
            conditions = (*conditions, *found.conventions)
        if conditions and status is Status.RIGHT:
            status = Status.RIGHT_UNDER
        remark = say("the number, at the model's sizes")
        if status is Status.APPROXIMATION:
            exact = people(Fraction(truth.at({})))
            remark = say("{0}, rounded to the digits that are written", exact)
        blank = Verdict(status, asked.source, conditions=conditions, remark=remark)
        hand = Hand((), (), ())
        frame = Frame(Aligned(()), scope or "", given, hand, pieces, truth, (), 0)
        return _filled(subject, asked, frame, blank)
    return None


def _valued(subject: Subject, asked: Asked) -> Iterator[tuple[str | None, tuple[Piece, ...]]]:
    """The truth's pieces in numbers, in each scope that may be meant; a batch of one."""
    sizes: dict[Dim, Exact] = {dim("batch"): 1, **subject.sizes}
    if asked.pieces is not None:
        yield None, put_in(asked.pieces, sizes)
        return
    usual = subject.ledger(asked.quantity).scope
    scopes = (asked.scope,) if asked.scope or usual == "model" else SCOPES
    for scope in scopes:
        pieces = put_in(subject.pieces(asked.quantity, scope), sizes)
        yield (None if scope in (usual, asked.scope) else scope), pieces


def _right(subject: Subject, asked: Asked, frame: Frame, found: Explanation | None) -> Verdict:
    conditions = (*frame.conditions, *(found.conventions if found is not None else ()))
    status = Status.RIGHT_UNDER if conditions else Status.RIGHT
    return _filled(subject, asked, frame, Verdict(status, asked.source, conditions=conditions))


def _wrong(
    subject: Subject,
    asked: Asked,
    frames: list[Frame],
    quantity: frozenset[str],
    letters: Letters,
) -> Verdict:
    found: list[tuple[int, Frame, Explanation]] = []
    for frame in _closest(subject, frames):
        more = 3 * len(frame.conditions) + frame.rank
        useful = min((cost for cost, _, _ in found), default=DEAR) + NEAR
        some = explanations(
            frame.formula,
            frame.hand,
            frame.truth,
            letters,
            quantity,
            asked.steps,
            free=not asked.strict,
            barred=asked.barred,
            within=asked.within,
            dearest=useful - more,
        )
        found += [(each.cost + more, frame, each) for each in some]
    if not found:
        frame = _closest(subject, frames)[0]
        return _judged(subject, asked, frame, quantity)
    found.sort(key=lambda each: each[0])
    _, frame, first = found[0]
    conditions = (*frame.conditions, *first.conventions)
    verdict = Verdict(Status.WRONG, asked.source, conditions=conditions, edits=first.edits)
    near = [each for each in found[1:4] if each[0] <= found[0][0] + NEAR]
    others = [each.edits for _, one, each in near if one is frame and each.edits]
    verdict = replace(verdict, alternatives=tuple(others))
    if asked.leading and not asked.strict:
        verdict = _approximation(subject, frame, first, verdict)
    return _filled(subject, asked, frame, verdict)


def _approximation(subject: Subject, frame: Frame, found: Explanation, verdict: Verdict) -> Verdict:
    """A formula that only leaves small terms out keeps the leading order."""
    dropped = found.dropped
    if dropped is None or not found.keeps_matrices:
        return verdict
    kept = _share(subject, frame, frame.formula + dropped)
    if kept is None or not CLOSE <= kept < 1:
        return verdict
    percent = _percent(1 - kept)
    return replace(
        verdict,
        status=Status.APPROXIMATION,
        edits=(),
        alternatives=(),
        dropped=form_of(dropped),
        remark=say(
            "leaves out {0}: {1}, {2} at the model's sizes", _terms(found), show(dropped), percent
        ),
    )


def _terms(found: Explanation) -> str:
    named = dict.fromkeys(each.term for each in found.edits)
    return every([*named] or [say("terms")])


def _percent(share: Fraction) -> str:
    tenths = round(share * 1000)
    if not tenths:
        return say("less than {0}", decimal("0.1%"))
    return decimal(f"{tenths // 10}.{tenths % 10}%")


def _judged(subject: Subject, asked: Asked, frame: Frame, quantity: frozenset[str]) -> Verdict:
    """What the judge of given declarations says: numbers, quotients upside down, roundings."""
    verdict = judge(
        Question(
            frame.formula,
            frame.hand,
            frame.truth,
            Letters(),
            quantity,
            (_numbers_of(subject),),
            asked.claimed,
            asked.steps,
            Verdict(Status.UNKNOWN, asked.source, conditions=frame.conditions),
        )
    )
    return _filled(subject, asked, frame, verdict)


def _filled(subject: Subject, asked: Asked, frame: Frame, verdict: Verdict) -> Verdict:
    """The verdict with what every report shows."""
    truth = frame.true
    values = _numbers_of(subject)
    given, true = _at(frame.formula, values), _at(truth, values)
    shown = {*frame.formula.dims(), *truth.dims()}
    sizes = tuple((each.symbol, subject.sizes[each]) for each in subject.sizes if each in shown)
    remark = verdict.remark
    if asked.claimed is not None and given is not None:
        remark = both(remark, printed_remark(asked.claimed, given, true))
        right = verdict.status in (Status.RIGHT, Status.RIGHT_UNDER)
        if right and asked.leading and not follows(asked.claimed, Fraction(given)):
            verdict = replace(
                verdict,
                status=Status.WRONG,
                edits=(wrong_number(asked.claimed, Fraction(given)),),
            )
            remark = say("the formula is right; its number is not")
    dropped = verdict.dropped
    if verdict.status is Status.RIGHT_UNDER and frame.formula != truth and dropped is None:
        dropped = form_of(truth - frame.formula)
        kept = _share(subject, frame)
        if kept is not None and 0 < kept < 1:
            left = show(truth - frame.formula), _percent(1 - kept)
            remark = both(remark, say("leaves out {0}, {1} of the whole", *left))
    strangers = [each.name for each in frame.aligned.meant if each.why == STRANGE]
    if strangers and verdict.status is Status.WRONG:
        verdict = replace(
            verdict, status=Status.UNKNOWN, edits=(), alternatives=(), conditions=frame.conditions
        )
        remark = not_known(strangers, truth.dims())
    return replace(
        verdict,
        read=python(asked.node),
        quantity=asked.quantity,
        model=subject.architecture.name,
        convention=subject.convention.name,
        scope=frame.scope,
        given=form_of(frame.formula),
        true=form_of(truth),
        difference=form_of(frame.formula - truth),
        dropped=dropped,
        numbers=Numbers(given, true, asked.claimed, sizes),
        meanings=tuple(Meaning(each.name, said(each), each.why) for each in frame.aligned.meant),
        notes=asked.notes,
        remark=remark,
    )


def said(meant: Meant) -> str:
    """What a name was taken for, in words."""
    value = meant.value
    dims = value.dims()
    if len(dims) == 1 and value == dims[0]:
        words = say(dims[0].meaning or meant.word or "unknown")
        return words if dims[0].symbol == meant.name else joined(", ", (dims[0].symbol, words))
    return joined(": ", (say(meant.word), show(Ratio.of(value))))


def per(scope: str) -> Phrase:
    """A scope as a condition."""
    return say(f"per {scope}")


def both(first: str, second: str) -> str:
    """Two remarks as one, either of which may be empty."""
    return joined("; ", (first, second)) if first and second else first or second


def printed_remark(claimed: Fraction, given: Exact | None, true: Exact | None) -> str:
    """What a printed number says against the formula and the truth, "" where it fits."""
    if given is None:
        return ""
    shown = people(Fraction(claimed))
    if claimed == given or rounds_to(Fraction(given), claimed):
        return ""
    if true is not None and (claimed == true or rounds_to(Fraction(true), claimed)):
        key = "the number {0} is the true one, but the formula gives {1}"
    else:
        key = "the number {0} does not follow: the formula gives {1}"
    return say(key, shown, people(Fraction(given)))


def _numbers_of(subject: Subject) -> dict[Dim, Exact]:
    return dict(subject.sizes)


def _at(value: Ratio, values: Mapping[Dim, Exact]) -> Exact | None:
    if not set(value.dims()) <= set(values):
        return None
    return value.at(values)


# -- frames ----------------------------------------------------------------------------------------


def _frames(subject: Subject, asked: Asked) -> Iterator[Frame]:
    scopes: Sequence[str | None] = [asked.scope]
    scoped = asked.pieces is None and getattr(subject, "ledger", None) is not None
    if asked.scope is None and scoped and subject.ledger(asked.quantity).scope != "model":
        scopes = SCOPES
    usual = subject.ledger(asked.quantity).scope if asked.pieces is None else (asked.scope or "")
    for rank, scope in enumerate(scopes):
        pieces = asked.pieces if asked.pieces is not None else subject.pieces(asked.quantity, scope)
        truths = _Truths(pieces)
        for node, lifted in _lifted(subject, asked):
            for place, aligned in enumerate(_aligned(subject, asked, node, truths.need)):
                conditions = lifted
                if scope is not None and scope != usual and asked.scope is None:
                    conditions = (*conditions, per(scope))
                yield _frame(
                    subject, asked, node, aligned, truths, scope or usual, conditions,
                    place + rank + len(lifted),
                )  # fmt: skip


@final
class _Truths:
    """The truth of a scope, with relations put in: each once, and what is found of it is kept."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self.need = {each for piece in pieces for each in piece.amount.dims()}
        self._known: dict[object, tuple[tuple[Piece, ...], Ratio]] = {}

    def with_(self, replaced: Mapping[Dim, Poly]) -> tuple[tuple[Piece, ...], Ratio]:
        """The pieces and their sum."""
        key = frozenset(replaced.items())
        found = self._known.get(key)
        if found is None:
            pieces = put_in(self._pieces, replaced) if replaced else self._pieces
            found = self._known[key] = pieces, total(pieces)
        return found


def _aligned(subject: Subject, asked: Asked, node: Node, need: set[Dim]) -> list[Aligned]:
    relevant = {*subject.dims, *need}
    own = dict(asked.standing or {})
    if asked.aligned is not None:
        known = {*asked.aligned.table(), *(asked.standing or ())}
        # A number that is read as a size has its symbol for a name.
        sizes = {each.symbol: each for each in subject.sizes if each.symbol not in known}
        more = [
            Meant(name, Poly.of(sizes[name]), sizes[name].word, "its usual meaning", sizes[name])
            for name in dict.fromkeys(names_of(node))
            if name in sizes
        ]
        return [replace(asked.aligned, meant=(*asked.aligned.meant, *more))]
    names = [name for name in names_of(node) if name not in own]
    return alignments(
        names,
        relevant,
        subject.standing,
        asked.let or {},
        asked.values or {},
        subject.sizes,
        asked.words,
    )


def _frame(
    subject: Subject,
    asked: Asked,
    node: Node,
    aligned: Aligned,
    truths: _Truths,
    scope: str,
    conditions: tuple[str, ...],
    rank: int,
) -> Frame:
    table = {**aligned.table(), **(asked.standing or {})}

    def stands_for(name: str) -> Poly:
        return table[name].substitute(subject.solved)

    node, divides = exactly(node, stands_for, subject)
    conditions = (*conditions, *divides)

    hand = Hand(
        formula_pieces(node, stands_for, lambda _: frozenset()),
        compact_pieces(node, stands_for),
        tuple(sums_in((node,), stands_for)),
    )
    formula = total(hand.written)
    have = set(formula.dims())
    replaced: dict[Dim, Poly] = {}
    for each, value, why in subject.missing(have, truths.need):
        replaced[each] = value
        conditions = (*conditions, "for one sequence" if each.word == "batch" else why)
    if replaced:
        formula = formula.substitute(replaced)
    truth, true = truths.with_(replaced)
    return Frame(aligned, scope, formula, hand, truth, true, conditions, rank)


def exactly(
    node: Node, stands_for: Callable[[str], Poly], subject: Subject
) -> tuple[Node, tuple[str, ...]]:
    """d // h as d / h where h divides d: by a relation, or at the model's sizes, a condition."""
    known = [Ratio.of(value) for value in subject.solved.values()]
    said: list[str] = []

    def opened(each: Node) -> Node | None:
        if not isinstance(each, Apply) or each.function not in ("floor", "ceil"):
            return None
        (inside,) = each.args
        value = meaning(inside, stands_for)
        if any(value == one for one in known):
            return inside
        at = _at(value, _numbers_of(subject))
        if at is None or Fraction(at).denominator != 1 or not isinstance(inside, Over):
            return each
        said.append(say("{0} divides {1}", python(inside.bottom), python(inside.top)))
        return inside

    return exchanged(node, opened), tuple(dict.fromkeys(said))


def _lifted(subject: Subject, asked: Asked) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The formula as it stands; with numbers that are sizes of the model read as those."""
    from symcost.checking.lifting import lifted

    yield asked.node, ()
    # 12 * layer is about all layers.
    match asked.node:
        case Times((Number(), Name(text))) | Times((Name(text), Number())):
            alone = text in (asked.standing or {})
        case _:
            alone = False
    yield from lifted(asked.node, subject.sizes, small_alone=alone)


def _closest(subject: Subject, frames: list[Frame]) -> list[Frame]:
    """The frames whose number is nearest to the truth, at the model's sizes."""

    def off(frame: Frame) -> tuple[int, Fraction]:
        share = _share(subject, frame)
        if share is None or share <= 0:
            return frame.rank + len(frame.conditions) + 10, Fraction(0)
        return frame.rank + len(frame.conditions), max(share, 1 / share)

    ranked = sorted(frames, key=lambda each: (_score(off(each)), each.rank))
    return ranked[:MOST_SEARCHED]


def _score(pair: tuple[int, Fraction]) -> Fraction:
    """A reading two places further down has to be four times closer to be preferred."""
    rank, off = pair
    return (off or Fraction(1000)) * Fraction(2**rank)


def _share(subject: Subject, frame: Frame, whole: Ratio | None = None) -> Fraction | None:
    """The formula as a share of a whole, the truth unless another is given, at the sizes."""
    of = whole if whole is not None else frame.true
    values: dict[Dim, Exact] = dict(subject.sizes)
    for each in {*frame.formula.dims(), *of.dims()} - set(values):
        values[each] = {"batch": 2, "time": 1024}.get(each.word, 0)
        if not values[each]:
            return None
    given, true = _at(frame.formula, values), _at(of, values)
    if given is None or not true:
        return None
    return Fraction(given) / Fraction(true)
