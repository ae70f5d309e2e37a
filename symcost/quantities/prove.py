"""From a ledger to a derivation: one claim for each component, the sum, the closed form.

The first line of a claim lists what the component does itself and names its parts; the next put
the closed forms of the parts in and rewrite. Every line is a proved step, and the last one is
held against the ledger's own total.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.form import (
    Form,
    Named,
    Num,
    Product,
    Under,
    expanded,
    polynomial,
    product,
    reordered,
    total,
    unbraced,
)
from symcost.algebra.identity import put_in
from symcost.algebra.phrase import joined, say
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Derivation, Rule, Step, hidden, rewritten
from symcost.graph.component import Component, Part
from symcost.quantities.ledger import Ledger, Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation


class LostTermError(AssertionError):
    """A derivation that does not end at its ledger's total: a fault of the engine."""


@final
@dataclass(frozen=True)
class Wish:
    """How the closed form is to be written: a style, and the symbol it looks at.

    The style "parts" stops at the sum over the parts.
    """

    style: str | None = None
    by: Dim | None = None


# The claim of a part is a plain sum; only the whole, and a sum of many terms, is brought into its
# shortest form.
PLAIN = Wish("expanded")
# A part whose closed form has more terms keeps its name in the lines of the whole.
OPENED = 6


@final
@dataclass(frozen=True)
class _Book:
    """What all claims of a derivation read: terms and names by place, relations by dimension."""

    letter: str
    below: Mapping[tuple[str, ...], Sequence[Term]]
    labels: Mapping[tuple[str, ...], str]
    relations: tuple[Relation, ...]

    @cached_property
    def _by_dim(self) -> dict[Dim, list[int]]:
        found: dict[Dim, list[int]] = {}
        for at, each in enumerate(self.relations):
            found.setdefault(each.dim, []).append(at)
        return found

    def about(self, dims: Iterable[Dim]) -> list[Relation]:
        """The relations that replace one of these dimensions, in their order."""
        places = [at for each in dims for at in self._by_dim.get(each, ())]
        return [self.relations[at] for at in sorted(places)]


def derive(
    ledger: Ledger,
    root: Component,
    letter: str,
    relations: tuple[Relation, ...] = (),
    wish: Wish | None = None,
) -> Derivation:
    """The derivation of a ledger's total, component by component."""
    below = _below(ledger.terms)
    book = _Book(letter, below, _labels(root, below), relations)
    found = _claim(root, (), book, wish or Wish())
    if found is None:
        return Derivation(Named(letter, "", Num(0)), (), "nothing is counted", (), Num(0))
    if put_in(ledger.total - polynomial(found.start), relations):
        raise LostTermError(
            f"the derivation of {ledger.quantity} starts at {people(found.start)}, "
            f"the ledger has {people(expanded(ledger.total))}"
        )
    return found


def _below(terms: tuple[Term, ...]) -> dict[tuple[str, ...], list[Term]]:
    """The terms of every place, those of the places inside it included."""
    found: dict[tuple[str, ...], list[Term]] = {}
    for term in terms:
        for depth in range(len(term.path)):
            found.setdefault(term.path[:depth], []).append(term)
    return found


def _labels(
    root: Component, below: dict[tuple[str, ...], list[Term]]
) -> dict[tuple[str, ...], str]:
    """A name for every place: the part's own name, with its parent's where that is not enough.

    Parts of one name that cost the same (attention in two kinds of layers) share it.
    """
    places = _places(root, (), 0)
    costs: dict[str, set[_Cost]] = {}
    for place, outside in places.items():
        costs.setdefault(place[-1], set()).add(_cost(place, outside, below.get(place, [])))
    labels: dict[tuple[str, ...], str] = {}
    for place in places:
        alone = len(costs[place[-1]]) == 1
        names = place[-1:] if alone else place[-2:]
        labels[place] = joined(" ", [say(each.replace("_", " ")) for each in names])
    return labels


def _places(
    component: Component, here: tuple[str, ...], outside: int
) -> dict[tuple[str, ...], int]:
    """Every part, and how many repeats stand around one copy of it."""
    found = {here: outside} if here else {}
    for item in component.body:
        if isinstance(item, Part):
            inside = outside + (item.times != 1)
            found.update(_places(item.component, (*here, item.name), inside))
    return found


_Cost: TypeAlias = "tuple[tuple[tuple[str, ...], Form, tuple[tuple[str, Poly], ...]], ...]"


def _cost(place: tuple[str, ...], outside: int, terms: list[Term]) -> _Cost:
    """What one copy of a part costs, line by line as it is written down."""
    return tuple((term.path[len(place) :], term.form(), term.repeats[outside:]) for term in terms)


def _claim(
    component: Component,
    here: tuple[str, ...],
    book: _Book,
    wish: Wish,
) -> Derivation | None:
    """The claim of one component, or None where nothing in it is counted."""
    depth = len(here)
    mine = book.below.get(here)
    if not mine:
        return None
    named: list[Form] = []
    opened: list[Form] = []
    children: list[Derivation] = []
    own = _own_lines([term for term in mine if len(term.path) == depth + 1])
    parts = {item.name: item for item in component.body if isinstance(item, Part)}
    for step in dict.fromkeys(term.path[depth] for term in mine):
        if step in own:
            named.append(own[step])
            opened.append(unbraced(own[step]))
            continue
        part = parts[step]
        child = _claim(part.component, (*here, step), book, PLAIN)
        if child is not None:
            children.append(child)
            named.append(_times(part.times, child.name))
            shown = child.name.value if _is_short(child.name.value) else child.name
            opened.append(_times(part.times, shown))
    start, inside = total(named), total(opened)
    ripe = _ripe(inside, component, here, book)
    if children:
        steps = []
        if inside != start:
            steps = [Step(start, inside, Rule.OPEN, "", _cited(children))]
        if wish.style != "parts":
            later = rewritten(inside, ripe, _style(inside, wish), wish.by)
            only_order = len(later) == 1 and reordered(later[0].after, inside)
            steps += () if only_order else later
    else:
        # Braces and the order of factors alone are no reason for one more line.
        style = None if wish.style == "parts" else _style(inside, wish)
        steps = list(rewritten(start, ripe, style, wish.by))
        if len(steps) == 1 and reordered(steps[0].after, inside):
            steps = []
    result = steps[-1].after if steps else inside
    name = Named(book.letter, book.labels.get(here, ""), result)
    return Derivation(name, tuple(steps), component.law, tuple(children), start)


def _is_short(form: Form) -> bool:
    """Whether a closed form is short enough to be put into the lines of the whole."""
    return _length(form) <= OPENED


def _length(form: Form) -> int:
    """How many terms a form has when it is multiplied out, its names left as they are."""
    return len(polynomial(hidden(form)[0]).terms)


def _style(form: Form, wish: Wish) -> str | None:
    """The style wished for; a part with many terms takes its shortest form."""
    return None if wish is PLAIN and _length(form) > OPENED else wish.style


def _ripe(
    form: Form, component: Component, here: tuple[str, ...], book: _Book
) -> tuple[Relation, ...]:
    """The relations to put in here.

    d_h = d/h waits inside one head, where it would only leave fractions, until h has come in:
    as an axis that cancels, or as the number of heads. The whole model puts all of them in.
    """
    if not here:
        return book.relations
    poly = polynomial(form)
    counted = {
        each for item in component.body if isinstance(item, Part) for each in item.times.dims()
    }
    ripe = []
    for each in book.about(poly.dims()):
        below = {atom for m in each.value.terms for atom, power in m if power < 0}
        whole = all(power > 0 for m in put_in(poly, [each]).terms for _, power in m)
        if below <= set(poly.dims()) and (whole or below & counted):
            ripe.append(each)
    return tuple(ripe)


def _times(count: Poly, form: Form) -> Form:
    """count * form, its number first: 4 L d and not L 4 d."""
    if isinstance(form, Product) and isinstance(form.factors[0], Num):
        return product([form.factors[0], expanded(count), *form.factors[1:]])
    return product([expanded(count), form])


def _cited(children: list[Derivation]) -> tuple[Relation, ...]:
    return tuple(dict.fromkeys(each for child in children for each in child.given))


def _own_lines(terms: list[Term]) -> dict[str, Form]:
    """The form of each operation: equal terms counted, a brace with its name below."""
    by_op: dict[str, list[Term]] = {}
    for term in terms:
        by_op.setdefault(term.path[-1], []).append(term)
    lines: dict[str, Form] = {}
    for name, group in by_op.items():
        forms = [term.form() for term in group]
        counted = dict.fromkeys(forms, 0)
        for form in forms:
            counted[form] += 1
        lines[name] = Under(
            total(product([Num(times), form]) for form, times in counted.items()), name
        )
    return lines
