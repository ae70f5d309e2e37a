"""The sizes of a page that follows them: what may be typed, what is computed, what is refused.

The script binds sizes as `Architecture.bind` does, from the same rules, in the same order, and
refuses with the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import dim
from symcost.algebra.form import Sym, expanded
from symcost.algebra.phrase import verbatim
from symcost.algebra.plain import people, show
from symcost.render.page import Value
from symcost.render.words import WORDS
from symcost.render.writer import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly
    from symcost.render.formulas import Formulas
    from symcost.render.html import HtmlWriter
    from symcost.render.page import Live


@final
@dataclass(frozen=True)
class Field:
    """An input of the page, or a size that it computes."""

    place: int
    symbol: str
    shown: Raw
    meaning: str
    value: str
    worth: Raw
    typed: bool
    note: str


def fields(live: Live, writer: HtmlWriter, say: Callable[[str], str]) -> list[Field]:
    """One for each size, in the order of the page."""
    rules = {dim(word): size for word, (size, _) in live.architecture.sizes.items()}
    found = []
    for place, each in enumerate(live.dims):
        bound, tied = live.binding.get(each), _tied(live, each)
        rule = rules.get(each)
        follows = rule if tied is None else tied
        note = "" if follows is None or isinstance(follows, int) else f"= {show(follows)}"
        found.append(
            Field(
                place=place,
                symbol=each.symbol,
                shown=writer.show(Sym(each)),
                meaning=say(each.meaning),
                value=str(bound.value) if bound else "",
                worth=writer.show(Value(bound.value if bound else None, Sym(each))),
                typed=tied is None,
                note=note,
            )
        )
    return found


def _tied(live: Live, each: Dim) -> Poly | None:
    """What a relation makes of a size, where nobody gives it one."""
    bound = live.binding.get(each)
    if bound is not None and bound.origin == "given":
        return None
    for relation in live.architecture.relations:
        if relation.dim is each and set(relation.value.dims()) <= set(live.dims):
            return relation.value
    return None


def checks(
    live: Live, order: Mapping[Dim, int], formulas: Formulas, say: Callable[[str], str]
) -> dict[str, Any]:
    """Sizes, rules, relations and limits as data."""
    architecture = live.architecture

    def rule(poly: Poly) -> dict[str, Any]:
        dims = sorted(order[each] for each in poly.dims())
        return {"value": formulas.place(expanded(poly)), "text": show(poly), "dims": dims}

    return {
        "words": {name: say(text) for name, text in WORDS.items()},
        "sizes": [_size(live, each, formulas, say) for each in order],
        "published": [
            {"dim": order[dim(word)], "origin": say(verbatim(origin))}
            | ({"number": str(size)} if isinstance(size, int) else rule(size))
            for word, (size, origin) in architecture.sizes.items()
        ],
        "relations": [
            {
                "dim": order[each.dim],
                "left": people(each.sides()[0]),
                "right": people(each.sides()[1]),
                "reason": say(each.reason),
                **rule(each.value),
            }
            for each in architecture.relations
        ],
        "limits": [
            {
                "small": order[dim(each.small)],
                "large": order[dim(each.large)],
                "more": rule(each.more),
                "reason": say(each.reason),
            }
            for each in architecture.limits
        ],
        "counts": [{**rule(count), "reason": say(reason)} for count, reason in architecture.counts],
    }


def _size(live: Live, each: Dim, formulas: Formulas, say: Callable[[str], str]) -> dict[str, Any]:
    bound = live.binding.get(each)
    given = str(bound.value) if bound is not None and bound.origin == "given" else None
    return {
        "symbol": each.symbol,
        "meaning": say(each.meaning),
        "names": [each.word, *each.aliases],
        "given": given,
        "place": formulas.place(Sym(each)),
        "order": list(each.key),
    }
