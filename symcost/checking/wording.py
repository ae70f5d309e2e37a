"""How a change is said: where it is, and the sentence of its entry filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.algebra.ratio import Ratio
from symcost.checking.shown import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.phrase import Phrase
    from symcost.checking.naming import Part
    from symcost.checking.pieces import Piece
    from symcost.checking.truth import Change, Truth


def terms_in_words(truth: Truth, change: Change) -> str:
    """The terms that a change concerns, as short as they can be said."""
    if change.op == "extra":
        return show(change.factor)
    pieces = [truth.pieces[at] for at in change.pieces()]
    if len({id(each.slots) for each in pieces}) == 1 and not _placed(pieces[0]):
        return show(_total(pieces))
    if len(pieces) == len(truth.pieces):
        return say("everything") if len(pieces) > 1 else places(pieces)
    if not _placed(pieces[0]):
        return show(_total(pieces))
    return places(pieces)


def _placed(piece: Piece) -> bool:
    """Whether a piece has a place in a model, and is no term of a reference formula."""
    return bool(piece.where) and not piece.where[0].startswith("term ")


def places(pieces: Sequence[Piece]) -> str:
    """Where pieces stand: the parts or weights by name, a common beginning said once."""
    names = list(dict.fromkeys(each.name for each in pieces))
    if len(names) == 1:
        return names[0]
    common = _common([each.where for each in pieces])
    rest = list(dict.fromkeys(".".join(each.where[len(common) :]) for each in pieces))
    front = ".".join(common)
    shown = ", ".join(rest)
    if len(rest) > 6:
        shown = say("{0} and {1} more", ", ".join(rest[:5]), len(rest) - 5)
    return say("{0} ({1})", front, shown) if front else shown


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(paths), max(paths)
    count = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        count += 1
    return first[:count]


def _total(pieces: Sequence[Piece]) -> Ratio:
    return sum((each.amount for each in pieces), Ratio.of(0))


def sentence(truth: Truth, change: Change, part: Part) -> Phrase:
    """The explanation of one error, its template filled in."""
    terms = terms_in_words(truth, change)
    ups = " ".join(map(show, part.ups))
    downs = " ".join(map(show, part.downs))
    true = "" if change.op == "extra" else show(_total([truth.pieces[a] for a in change.pieces()]))
    fields = {
        "terms": terms,
        "factor": "0" if change.op == "missing" else _factor_text(part),
        "up": ups or show(Ratio.of(part.number)),
        "down": downs or "1",
        "to": ups or "1",
        "from": downs or "1",
        "true": true,
        "given": show(_given(truth, change, part)),
        "n_of": _n_of(change, part, ups, downs),
        "width": "",
    }
    # That it is everything goes without saying.
    return part.mistake.sentence(fields, headed=terms != "everything")


def _given(truth: Truth, change: Change, part: Part) -> Ratio:
    """What the writer has in the place of the terms."""
    if change.op == "extra":
        return change.factor
    before = _total([truth.pieces[at] for at in change.pieces()])
    return Ratio.of(0) if change.op == "missing" else before * part.factor


def _factor_text(part: Part) -> str:
    return show(part.factor) if part.ups or part.downs else str(part.number)


def _n_of(change: Change, part: Part, ups: str, downs: str) -> str:
    if change.op == "missing":
        return say("it is missing")
    if change.op == "extra":
        return say("it does not belong there")
    if ups and downs:
        return say("{0} stands where {1} belongs", ups, downs)
    if ups:
        if part.number != 1:
            return say("a factor {0} too many ({1} of it)", ups, str(part.number))
        return say("a factor {0} too many", ups)
    if downs:
        return say("the factor {0} is missing", downs)
    return say("counted {0} times", str(part.number))
