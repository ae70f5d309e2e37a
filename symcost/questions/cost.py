"""A cost to ask about: the ledger of one quantity of one model, its relations and its sizes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, final

from symcost.algebra.dim import dim, find
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Number, Poly
from symcost.catalog import find as catalog
from symcost.graph.architecture import SizeError, dims_of_model
from symcost.quantities.convention import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.graph.architecture import Architecture, Bound
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Ledger


class QuestionError(ValueError):
    """A question that has no answer; the message says why, and what to ask instead."""


class Declared(Protocol):
    """What `symcost.load` returns: a declaration with the sizes of one published model."""

    @property
    def architecture(self) -> Architecture:
        """Name, sizes and relations."""

    @property
    def root(self) -> Component:
        """The declaration, frozen."""

    def binding(self, **sizes: int) -> dict[Dim, Bound]:
        """The sizes in force, each with its origin."""

    def ledger(self, quantity: str, *, convention: Convention, scope: str | None = None) -> Ledger:
        """The terms of a quantity."""


@final
@dataclass(frozen=True)
class Cost:
    """One quantity of one model under one convention.

    `relations` hold for every size; `cited` are proportions that hold for the sizes in force
    (d_ff = 4 d). `values` are those sizes; symbols without a value stay free.
    """

    name: str
    quantity: Measured
    ledger: Ledger
    relations: tuple[Relation, ...]
    cited: tuple[Relation, ...]
    values: Mapping[Dim, int]

    @property
    def total(self) -> Poly:
        """The closed form, the relations put in."""
        return put_in(self.ledger.total, self.relations)

    @property
    def unit(self) -> str:
        """The unit, with the scope it is counted for."""
        unit, scope = self.ledger.unit, self.ledger.scope
        return unit if scope == "model" else f"{unit} per {scope}"


def cost(
    model: Declared,
    quantity: str,
    convention: Convention = DEFAULT,
    scope: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Cost:
    """The cost of a loaded model; `sizes` by symbol or alias.

    Raises `UnknownNameError` for an unknown quantity, `SizeError` for sizes the model refuses, and
    `QuestionError` where nothing is counted.
    """
    architecture = model.architecture
    measured = catalog.quantity(quantity)
    values = {each: bound.value for each, bound in model.binding(**(sizes or {})).items()}
    ledger = model.ledger(quantity, convention=convention, scope=scope)
    if not ledger.total:
        raise QuestionError(
            f"{architecture.name} has no {quantity} under the convention {convention.name}: "
            "nothing is counted; choose another quantity or convention"
        )
    cited = architecture.proportions(values)
    return Cost(architecture.name, measured, ledger, architecture.relations, cited, values)


def fitting(models: Iterable[Declared], sizes: Mapping[str, int]) -> list[dict[str, int]]:
    """For each of several models the sizes that it has; `SizeError` for one that none has."""
    every = list(models)
    known = [_dims(model) for model in every]
    for name in sizes:
        each = find(name)
        if not any(each in dims for dims in known):
            names = ", ".join(model.architecture.name for model in every)
            raise SizeError(f"no model of {names} has the symbol {each.symbol} ({each.meaning})")
    return [{name: sizes[name] for name in sizes if find(name) in dims} for dims in known]


def _dims(model: Declared) -> set[Dim]:
    found = set(dims_of_model(model.root))
    found.update(dim(word) for word in model.architecture.sizes)
    found.update(each.dim for each in model.architecture.relations)
    return found


def asked(cost: Cost, poly: Poly, name: str) -> Dim:
    """The symbol that a question is about; `QuestionError` where the cost does not have it."""
    each = find(name)
    if each in poly.dims():
        return each
    for relation in (*cost.relations, *cost.cited):
        if relation.dim is each and each in cost.ledger.total.dims():
            others = ", ".join(one.symbol for one in relation.value.dims()) or "nothing else"
            raise QuestionError(
                f"{each.symbol} of {cost.name} follows from {others} ({relation.reason}); ask "
                "for one of these, or add --alone to move it by itself"
            )
    has = ", ".join(one.symbol for one in poly.dims())
    raise QuestionError(
        f"{cost.ledger.quantity} of {cost.name} does not depend on {each.symbol} "
        f"({each.meaning}); it depends on {has}"
    )


def decimal(value: Number, digits: int = 4) -> str:
    """An exact number rounded half away from zero, in decimals."""
    exact = Fraction(value)
    scaled = abs(exact) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if exact < 0 and whole else ""
    front, back = divmod(whole, 10**digits)
    return f"{sign}{front:,}" + (f".{back:0{digits}d}" if digits else "")


def per_cent(value: Number, digits: int = 4) -> str:
    """A share in per cent, rounded."""
    return f"{decimal(Fraction(value) * 100, digits)} %"


def exactly(value: Number) -> str:
    """An exact number, thousands separated above and below the bar."""
    exact = Fraction(value)
    top = f"{exact.numerator:,}"
    return top if exact.denominator == 1 else f"{top}/{exact.denominator:,}"
