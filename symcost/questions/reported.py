"""Several quantities at once as plain data: what `symcost eval --json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from symcost.algebra.identity import put_in
from symcost.algebra.plain import python
from symcost.algebra.simplify import ratio_form, written
from symcost.catalog import find as catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Number
    from symcost.graph.architecture import Bound
    from symcost.quantities.convention import Convention
    from symcost.questions.cost import Declared


class Entry(NamedTuple):
    """One quantity: its closed form as it is shown, and how to compute it."""

    shown: Form
    unit: str
    scope: str
    dims: Iterable[Dim]
    at: Callable[[Mapping[Dim, int]], Number]


def report(
    model: Declared,
    quantities: Sequence[str],
    convention: Convention,
    binding: Mapping[Dim, Bound],
    *,
    scope: str | None,
    style: str | None,
    cite: bool,
) -> dict[str, Any]:
    """Values, closed forms and units by quantity; what has no value yet is under `unbound`."""
    values = {each: bound.value for each, bound in binding.items()}
    cited = model.architecture.proportions(values) if cite else ()
    found: dict[str, Any] = {
        "model": model.architecture.name,
        "convention": convention.name,
        "counted": convention.sentence(),
        "values": {},
        "expressions": {},
        "units": {},
        "scopes": {},
        "unbound": {},
        "sizes": {
            each.symbol: {"value": bound.value, "origin": bound.origin}
            for each, bound in sorted(binding.items(), key=lambda pair: pair[0].key)
        },
    }
    for name in quantities or catalog.HEADLINES:
        entry = _quotient(model, name, convention, cited)
        if entry is None:
            entry = _quantity(model, name, convention, scope, style, cited)
        found["expressions"][name] = python(entry.shown)
        found["units"][name], found["scopes"][name] = entry.unit, entry.scope
        missing = [each.symbol for each in entry.dims if each not in values]
        if missing:
            found["unbound"][name] = missing
        else:
            found["values"][name] = plain_number(entry.at(values))
    return found


def plain_number(value: Number) -> int | str:
    """An int as it is, a fraction as text: JSON knows no exact fraction."""
    return value if isinstance(value, int) else f"{value.numerator}/{value.denominator}"


def _quantity(
    model: Declared,
    name: str,
    convention: Convention,
    scope: str | None,
    style: str | None,
    cited: tuple[Relation, ...],
) -> Entry:
    ledger = model.ledger(name, convention=convention, scope=scope)
    total = put_in(ledger.total, model.architecture.relations)
    shown = written(put_in(total, cited), style).form
    return Entry(shown, ledger.unit, ledger.scope, total.dims(), ledger.at)


def _quotient(
    model: Declared, name: str, convention: Convention, cited: tuple[Relation, ...]
) -> Entry | None:
    found = catalog.quotients().get(name)
    if found is None:
        return None
    relations = model.architecture.relations
    ratio = found.ratio(model.root, convention, relations)
    shown = ratio_form(found.ratio(model.root, convention, (*relations, *cited)))
    return Entry(shown, found.unit, "model", ratio.dims(), ratio.at)
