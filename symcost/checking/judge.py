"""A formula held against a truth: equal, equal but for something small, or explained.

The order is the order of kindness: right; right once a letter has its value; an overhead on top of
the truth; then errors, those of the whole formula first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim
from symcost.algebra.phrase import joined, say
from symcost.algebra.poly import Call, Number, Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.changes import Hand
from symcost.checking.explain import NEAR, Explanation, explanations
from symcost.checking.guess import explained_number
from symcost.checking.mistakes import Look, mistake, named
from symcost.checking.numeric import follows, judge_number, wrong_number
from symcost.checking.pieces import Piece, Slot, in_units, put_in, total
from symcost.checking.search import A_SECOND
from symcost.checking.shown import form_of, show
from symcost.checking.verdict import Edit, Numbers, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.checking.letters import Letters

# A margin that people put on top of a number; what it is for cannot be derived.
MARGINS = tuple(Fraction(text) for text in ["21/20", "11/10", "23/20", "6/5", "5/4", "13/10"])
SMALL = Fraction(1, 50)
INSIDE = "inside a rounding or a bound {0} stands where {1} belongs"
OTHER = {"floor": "ceil", "ceil": "floor"}
MEMORY = frozenset({"bytes", "cache", "activations", "states"})


@final
@dataclass(frozen=True)
class Question:
    """What is asked: the formula with its products as written, the truth in pieces, the letters.

    `closed` are the pieces with plain sums such as (n + 1) as one size. `values` are the sizes at
    which numbers are given, one configuration after the other. Where a declaration has numbers
    only, `symbolic` are its pieces before they are put in.
    """

    formula: Ratio
    hand: Hand
    truth: tuple[Piece, ...]
    letters: Letters
    quantity: frozenset[str]
    values: tuple[Mapping[Dim, Number], ...] = ()
    claimed: Fraction | None = None
    steps: int = 2 * A_SECOND
    blank: Verdict = field(default_factory=lambda: Verdict(Status.UNKNOWN, ""))
    closed: tuple[Piece, ...] = ()
    symbolic: tuple[Piece, ...] = ()
    symbolic_sizes: Mapping[Dim, Number] = field(default_factory=dict)

    @property
    def true(self) -> Ratio:
        """The truth as one closed form."""
        return total(self.truth)


def judge(asked: Question) -> Verdict:
    """The verdict on a formula."""
    verdict = _judge(asked)
    return replace(
        verdict,
        given=form_of(asked.formula),
        true=form_of(asked.true),
        difference=form_of(asked.formula - asked.true),
        numbers=_numbers(asked),
    )


def _judge(asked: Question) -> Verdict:
    if asked.formula == asked.true:
        return _with_its_number(asked)
    for attempt in (
        _with_values,
        _a_number,
        _nothing,
        _with_margin,
        _upside_down,
        _rounded,
        _rounded_otherwise,
        _not_rounded,
        _inside,
    ):
        found = attempt(asked)
        if found is not None:
            return found
    return _searched(asked)


def _with_its_number(asked: Question) -> Verdict:
    """A right formula; the number printed under it may be another matter."""
    right = replace(asked.blank, status=Status.RIGHT)
    given = [each for each in _at_all(asked, asked.formula) if each]
    if asked.claimed is None or not given:
        return right
    if any(follows(asked.claimed, each) for each in given):
        return right
    edit = wrong_number(asked.claimed, given[0])
    return replace(_wrong(asked, (edit,)), remark=say("the formula is right; its number is not"))


def _at_all(asked: Question, value: Ratio) -> list[Fraction]:
    """The value of a closed form at every configuration that says enough."""
    return [
        Fraction(value.at(dict(values)))
        for values in asked.values
        if set(value.dims()) <= set(values)
    ]


def _wrong(asked: Question, edits: tuple[Edit, ...]) -> Verdict:
    return replace(asked.blank, status=Status.WRONG, edits=edits)


def _with_values(asked: Question) -> Verdict | None:
    """A letter that the truth does not know, with the one value that it has everywhere."""
    known = set(asked.true.dims())
    fixed: dict[Dim, Number] = {}
    for dim in {*asked.formula.dims(), *known}:
        tag = asked.letters.tag(dim)
        values = {each[dim] for each in asked.values if dim in each}
        if tag == "unit":
            fixed[dim] = 1
        elif tag == "recompute" and dim not in known and len(values) == 1:
            fixed[dim] = values.pop()
    if not fixed:
        return None
    inner = replace(
        asked,
        formula=asked.formula.substitute(fixed),
        hand=Hand(
            put_in(asked.hand.written, fixed),
            put_in(asked.hand.compact, fixed),
            tuple(each.substitute(fixed) for each in asked.hand.sums),
        ),
        truth=put_in(asked.truth, fixed),
        closed=put_in(asked.closed, fixed),
    )
    found = _judge(inner)
    at = [joined(" = ", (dim.symbol, str(value))) for dim, value in fixed.items()]
    units = all(asked.letters.tag(dim) == "unit" for dim in fixed)
    conditions = found.conditions if units else (*found.conditions, say("at {0}", joined(", ", at)))
    status = found.status
    if status is Status.RIGHT and not units:
        status = Status.RIGHT_UNDER
    return replace(found, conditions=conditions, status=status)


def _a_number(asked: Question) -> Verdict | None:
    """A bare number for the formula."""
    if asked.formula.dims() or not asked.formula:
        return None
    given = asked.formula.at({})
    true: Number | None = None
    if not asked.true.dims():
        true = asked.true.at({})
    elif asked.values and set(asked.true.dims()) <= set(asked.values[0]):
        true = asked.true.at(dict(asked.values[0]))
    if true is None:
        return None
    found = judge_number(asked.blank, Fraction(given), Fraction(true), asked.quantity)
    if found.status is Status.WRONG and asked.symbolic and asked.symbolic_sizes:
        edits = explained_number(asked.symbolic, asked.symbolic_sizes, Fraction(given), asked)
        found = replace(found, edits=(*edits, *found.edits)) if edits else found
    return found


def _nothing(asked: Question) -> Verdict | None:
    """A formula that is 0: everything is missing, and why is told by what it is."""
    if asked.formula:
        return None
    look = Look(
        "nothing",
        classes=tuple(each.classes for each in asked.truth),
        tags=asked.letters.of_ratio(asked.true),
        everything=True,
    )
    gone = named(replace(look, op="missing"), asked.quantity)
    kinds = [each for each in (named(look, asked.quantity), gone) if each is not None]
    kind = min(kinds, key=lambda each: each.cost)
    true = show(asked.true)
    fields = dict.fromkeys(("factor", "up", "down", "to", "from", "given", "width"), "0")
    all_of_it = say("everything")
    text = kind.sentence({**fields, "terms": all_of_it, "true": true, "n_of": say("it is missing")})
    edit = Edit(kind.name, all_of_it, text, "0", None, form_of(asked.true))
    return _wrong(asked, (edit,))


def _with_margin(asked: Question) -> Verdict | None:
    """A constant a little above 1, in memory: an overhead that nobody derives."""
    quotient = _constant(asked.formula, asked.true)
    if quotient not in MARGINS or not asked.quantity & MEMORY:
        return None
    more = (quotient - 1) * 100
    return replace(
        asked.blank,
        status=Status.APPROXIMATION,
        dropped=form_of(asked.true - asked.formula),
        remark=say("the truth with an overhead of {0}% on top, which cannot be derived", str(more)),
    )


def _constant(left: Ratio, right: Ratio) -> Fraction | None:
    """left / right, where that is a number."""
    if not left or not right:
        return None
    top, bottom = left.top * right.bottom, right.top * left.bottom
    monomial, number = next(iter(bottom.terms.items()))
    found = top.terms.get(monomial)
    if found is None:
        return None
    quotient = Fraction(found) / Fraction(number)
    return quotient if top == bottom * quotient else None


def _upside_down(asked: Question) -> Verdict | None:
    polys = asked.formula.poly, asked.true.poly
    if all(each is not None and len(each.terms) > 1 for each in polys):
        return None  # a sum times a sum is no number
    if not asked.formula or _constant(asked.formula * asked.true, Ratio.of(1)) != 1:
        return None
    kind = mistake("quotient_upside_down")
    text = kind.sentence(_both(asked.formula, asked.true))
    edit = Edit(kind.name, show(asked.true), text, "", form_of(asked.formula), form_of(asked.true))
    return _wrong(asked, (edit,))


def _rounded(asked: Question) -> Verdict | None:
    """Whole-number division where none belongs: without it the formula is right."""
    plain = unrounded(asked.formula)
    if plain is None or plain != asked.true:
        return None
    kind = mistake("whole_division")
    inside = next(
        atom
        for atom in (*asked.formula.top.atoms(), *asked.formula.bottom.atoms())
        if isinstance(atom, Call)
    )
    given = Ratio.of(Poly.of(inside))
    true = Ratio.of(inside.args[0])
    text = kind.sentence(_both(given, true))
    return _wrong(asked, (Edit(kind.name, show(given), text, "", form_of(given), form_of(true)),))


def _rounded_otherwise(asked: Question) -> Verdict | None:
    """floor where ceil belongs, or the other way round."""
    calls = [each for each in asked.formula.top.atoms() if isinstance(each, Call)]
    for call in calls:
        if call.function not in OTHER:
            continue
        other = Call(OTHER[call.function], call.args)
        if _exchanged(asked.formula, call, other) == asked.true:
            kind = mistake("rounded_the_other_way")
            given, true = Ratio.of(Poly.of(call)), Ratio.of(Poly.of(other))
            text = kind.sentence(_both(given, true))
            edit = Edit(kind.name, show(true), text, "", form_of(given), form_of(true))
            return _wrong(asked, (edit,))
    return None


def _not_rounded(asked: Question) -> Verdict | None:
    """A truth that is rounded, and a formula that is the same without."""
    if unrounded(asked.true) != asked.formula:
        return None
    look = Look("inside", tags=asked.letters.of_ratio(asked.true))
    special = named(look, asked.quantity)
    forgotten = mistake("rounding_forgotten")
    kind = special if special and special.name != "constant_inside" else forgotten
    stands = say("{0} stands where {1} belongs", show(asked.formula), show(asked.true))
    fields = dict.fromkeys(("factor", "up", "down", "to", "from", "width"), "")
    whole = say("the whole")
    text = kind.sentence(
        {**fields, **_both(asked.formula, asked.true), "terms": whole, "n_of": stands}
    )
    sides = form_of(asked.formula), form_of(asked.true)
    return _wrong(asked, (Edit(kind.name, show(asked.true), text, "", *sides),))


def unrounded(value: Ratio) -> Ratio | None:
    """The closed form without floor and ceil around its quotients, None where it has none."""
    calls = {
        atom
        for poly in (value.top, value.bottom)
        for atom in poly.atoms()
        if isinstance(atom, Call) and atom.function in ("floor", "ceil")
    }
    if not calls:
        return None
    return Ratio(_opened(value.top), _opened(value.bottom))


def _opened(poly: Poly) -> Poly:
    total_ = Poly()
    for monomial, number in poly.terms.items():
        product = Poly.of(number)
        for atom, power in monomial:
            rounds = isinstance(atom, Call) and atom.function in ("floor", "ceil")
            inside = atom.args[0] if isinstance(atom, Call) and rounds else Poly.of(atom)
            product = product * inside**power
        total_ = total_ + product
    return total_


def _inside(asked: Question) -> Verdict | None:
    """Two formulas that differ inside one floor, ceil, min or max only."""
    pair = _differing(asked.formula, asked.true)
    if pair is None:
        return None
    given, true = pair
    look = Look("inside", tags=asked.letters.of_ratio(asked.true))
    kind = named(look, asked.quantity) or mistake("constant_inside")
    stands = say(INSIDE, show(given), show(true))
    fields = dict.fromkeys(("factor", "up", "down", "to", "from", "width"), "")
    text = kind.sentence(
        {**fields, **_both(given, true), "terms": show(asked.true), "n_of": stands}
    )
    edit = Edit(kind.name, show(true), text, "", form_of(given), form_of(true))
    return _wrong(asked, (edit,))


def _both(given: Ratio, true: Ratio) -> dict[str, str]:
    return {"given": show(given), "true": show(true)}


def _differing(left: Ratio, right: Ratio) -> tuple[Ratio, Ratio] | None:
    """What stands in the place of what, inside the only opaque atom that is not the same."""
    mine = [each for each in left.top.atoms() if isinstance(each, Call)]
    theirs = [each for each in right.top.atoms() if isinstance(each, Call)]
    only_mine = [each for each in mine if each not in theirs]
    only_theirs = [each for each in theirs if each not in mine]
    if len(only_mine) != 1 or len(only_theirs) != 1:
        return None
    one, other = only_mine[0], only_theirs[0]
    if one.function != other.function or _exchanged(left, one, other) != right:
        return None
    first = [each for each in one.args if each not in other.args]
    second = [each for each in other.args if each not in one.args]
    if len(first) != 1 or len(second) != 1:
        return None
    pair = Ratio.of(first[0]), Ratio.of(second[0])
    return _differing(*pair) or pair


def _exchanged(value: Ratio, old: Call, new: Call) -> Ratio:
    def poly(each: Poly) -> Poly:
        return Poly(
            {
                tuple(
                    sorted(
                        ((new if atom == old else atom, power) for atom, power in monomial),
                        key=lambda pair: pair[0].key,
                    )
                ): number
                for monomial, number in each.terms.items()
            }
        )

    return Ratio(poly(value.top), poly(value.bottom))


def _searched(asked: Question) -> Verdict:
    """The errors that explain the difference, or the difference alone."""
    found = _explained(asked, asked.formula, asked.truth)
    if asked.closed:
        found += _explained(asked, asked.formula, asked.closed)
        found.sort(key=lambda each: each.cost)
    opened = unrounded(asked.true)
    if opened is not None and unrounded(asked.formula) is None:
        # The truth rounds and the formula does not: that is one error, and the rest another.
        pieces = tuple(_open_piece(each) for each in asked.truth)
        if total(pieces) == opened:
            found = [*_explained(asked, asked.formula, pieces), *found]
    otherwise = named(Look("otherwise"), asked.quantity)
    if otherwise is not None and (not found or found[0].cost > otherwise.cost):
        text = otherwise.sentence(_both(asked.formula, asked.true))
        sides = form_of(asked.formula), form_of(asked.true)
        return _wrong(asked, (Edit(otherwise.name, say("everything"), text, "", *sides),))
    if not found:
        return replace(asked.blank, status=Status.UNKNOWN)
    first, *others = found
    if _only_vectors(asked, first):
        dropped = asked.true - asked.formula
        return replace(
            asked.blank,
            status=Status.APPROXIMATION,
            dropped=form_of(dropped),
            remark=say("leaves out all biases and norms: {0}", show(dropped)),
        )
    return replace(
        asked.blank,
        status=Status.WRONG,
        edits=first.edits,
        alternatives=tuple(each.edits for each in others[:3] if each.cost <= first.cost + NEAR),
    )


def _only_vectors(asked: Question, found: Explanation) -> bool:
    """Whether nothing is left out but all vectors, which are next to nothing at the sizes given."""
    vectors = [each for each in asked.truth if each.classes & {"bias", "norm"}]
    kinds = frozenset().union(*(each.classes for each in vectors))
    if not kinds >= {"bias", "norm"} or found.dropped != total(vectors):
        return False
    assert found.dropped is not None
    pairs = zip(_at_all(asked, found.dropped), _at_all(asked, asked.true), strict=False)
    shares = [dropped / whole for dropped, whole in pairs if whole]
    return bool(shares) and all(share <= SMALL for share in shares)


def _open_piece(piece: Piece) -> Piece:
    slots: list[Slot] = []
    for slot in piece.slots:
        opened = unrounded(slot.value)
        slots.append(slot if opened is None else replace(slot, value=opened))
    return replace(piece, slots=tuple(slots))


def _explained(asked: Question, formula: Ratio, truth: tuple[Piece, ...]) -> list[Explanation]:
    return explanations(
        formula,
        asked.hand,
        in_units(truth) if _from_formula(truth) else truth,
        asked.letters,
        asked.quantity,
        asked.steps,
    )


def _from_formula(pieces: tuple[Piece, ...]) -> bool:
    return bool(pieces) and pieces[0].where[:1] != () and pieces[0].where[0].startswith("term ")


def _numbers(asked: Question) -> Numbers:
    """Formula and truth at the first sizes that are given."""
    if not asked.values:
        return Numbers(claimed=asked.claimed)
    values = dict(asked.values[0])

    def at(value: Ratio) -> Number | None:
        if not set(value.dims()) <= set(values):
            return None
        return value.at(values)

    sizes = tuple((dim.symbol, value) for dim, value in values.items() if isinstance(value, int))
    return Numbers(at(asked.formula), at(asked.true), asked.claimed, sizes)
