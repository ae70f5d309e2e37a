"""From a ledger to a derivation: one claim for each component, the sum, the closed form.

The first line of a claim lists what the component does itself and names its parts; the next put
the closed forms of the parts in and rewrite. Every line is a proved step, and the last one is
held against the ledger's own total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

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
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Derivation, Rule, Step, rewritten
from symcost.algebra.simplify import simplest
from symcost.graph.component import Component, Part
from symcost.quantities.ledger import Ledger, Term

if TYPE_CHECKING:
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


# The claim of a part is a plain sum; only the whole is brought into its shortest form.
PLAIN = Wish("expanded")


def derive(
    ledger: Ledger,
    root: Component,
    letter: str,
    relations: tuple[Relation, ...] = (),
    wish: Wish | None = None,
) -> Derivation:
    """The derivation of a ledger's total, component by component."""
    labels = _labels(root)
    found = _claim(root, (), ledger.terms, letter, labels, relations, wish or Wish())
    if found is None:
        return Derivation(Named(letter, "", Num(0)), (), "nothing is counted", (), Num(0))
    if put_in(ledger.total - polynomial(found.start), relations):
        raise LostTermError(
            f"the derivation of {ledger.quantity} starts at {people(found.start)}, "
            f"the ledger has {people(expanded(ledger.total))}"
        )
    return found


def _labels(root: Component) -> dict[tuple[str, ...], str]:
    """A name for every place: the part's own name, with its parent's where that is not enough."""
    places = list(_places(root, ()))
    labels: dict[tuple[str, ...], str] = {}
    for place in places:
        alone = sum(other[-1:] == place[-1:] for other in places) == 1
        labels[place] = " ".join(place[-1:] if alone else place[-2:]).replace("_", " ")
    return labels


def _places(component: Component, here: tuple[str, ...]) -> list[tuple[str, ...]]:
    found = [here] if here else []
    for item in component.body:
        if isinstance(item, Part):
            found += _places(item.component, (*here, item.name))
    return found


def _claim(
    component: Component,
    here: tuple[str, ...],
    terms: tuple[Term, ...],
    letter: str,
    labels: dict[tuple[str, ...], str],
    relations: tuple[Relation, ...],
    wish: Wish,
) -> Derivation | None:
    """The claim of one component, or None where nothing in it is counted."""
    depth = len(here)
    mine = [term for term in terms if term.path[:depth] == here]
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
        child = _claim(part.component, (*here, step), terms, letter, labels, relations, PLAIN)
        if child is not None:
            children.append(child)
            named.append(_times(part.times, child.name))
            opened.append(_times(part.times, child.name.value))
    start, inside = total(named), total(opened)
    ripe = _ripe(inside, component, here, relations)
    if children:
        steps = [Step(start, inside, Rule.OPEN, "", _cited(children))]
        if wish.style != "parts":
            steps += rewritten(inside, ripe, wish.style, wish.by)
    else:
        # Braces and the order of factors alone are no reason for one more line.
        style = None if wish.style == "parts" else wish.style
        steps = list(rewritten(start, ripe, style, wish.by))
        if len(steps) == 1 and reordered(steps[0].after, inside):
            steps = []
    result = steps[-1].after if steps else inside
    name = Named(letter, labels.get(here, ""), result)
    return Derivation(name, tuple(steps), component.law, tuple(children), start)


def _ripe(
    form: Form, component: Component, here: tuple[str, ...], relations: tuple[Relation, ...]
) -> tuple[Relation, ...]:
    """The relations to put in here.

    d_h = d/h waits inside one head, where it would only leave fractions, until h has come in:
    as an axis that cancels, or as the number of heads. The whole model puts all of them in.
    """
    if not here:
        return relations
    poly = polynomial(form)
    counted = {
        each for item in component.body if isinstance(item, Part) for each in item.times.dims()
    }
    ripe = []
    for each in relations:
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


def closed_form(ledger: Ledger, relations: tuple[Relation, ...]) -> Form:
    """The simplest form of a ledger's total, relations put in."""
    return simplest(put_in(ledger.total, relations)).form
