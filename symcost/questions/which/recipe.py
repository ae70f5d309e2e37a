"""How a number is made: a ledger of the catalog, what is left out, and what is done to the rest.

The search adds plain integers. A recipe is the same thing said to the ledgers: it builds the one
ledger that the set of conventions means, so that every answer is proved by the ordinary machinery.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly
from symcost.catalog import find as catalog
from symcost.graph.tensor import Kind, Op, Role
from symcost.quantities.convention import DEFAULT, Convention
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.interpret import FLOP
from symcost.quantities.ledger import Ledger, Term
from symcost.quantities.params import PARAMS
from symcost.questions.which.choices import said

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.questions.which.choices import Choice

MODEL = "model"  # the scope of what does not grow with the tokens


@final
@dataclass(frozen=True)
class Recipe:
    """`times` the ledger of `taken`, under a convention and in a scope, called `quantity`.

    With `tokens` it is multiplied by the tokens of the scope (6 N of a sequence), with `attention`
    the work of attention's products is added. `untied` counts the head besides the table that it
    shares; `layer` is the path of the repeated layer that is counted once.
    """

    quantity: str
    taken: str
    scope: str = MODEL
    convention: Convention = DEFAULT
    choices: tuple[Choice, ...] = ()
    left_out: frozenset[Role] = field(default_factory=frozenset)
    times: int = 1
    tokens: bool = False
    attention: bool = False
    untied: bool = False
    layer: tuple[str, ...] = ()

    @property
    def is_estimate(self) -> bool:
        """Whether it is a number times N."""
        return self.tokens

    @property
    def is_plain(self) -> bool:
        """Whether it is a quantity of the catalog under a convention, and nothing else is done."""
        changed = self.times != 1 or self.tokens or self.attention or self.untied or self.layer
        return self.taken == self.quantity and not changed

    @property
    def words(self) -> tuple[str, ...]:
        """The choices in words."""
        return said(self.choices, of="N" if self.is_estimate else "")

    @property
    def weight(self) -> tuple[int, int]:
        """How far from the default: the number of choices, then how unusual they are."""
        return len(self.choices), sum(each.weight for each in self.choices)

    def chosen(self) -> Convention:
        """The convention with everything that is left out."""
        base = self.convention
        return replace(
            base,
            name=f"{DEFAULT.name} ({'; '.join(self.words)})" if self.choices else DEFAULT.name,
            params=base.params - self.left_out,
            flops=base.flops - self.left_out,
        )

    def ledger(self, root: Component) -> Ledger:
        """The terms that this recipe counts."""
        convention = self.chosen()
        scope = None if self.scope == MODEL else self.scope
        found = catalog.quantity(self.taken).ledger(root, convention, scope)
        if self.untied and Role.HEAD not in self.left_out:
            found = replace(found, terms=(*found.terms, *untied_head(root)))
        if self.layer:
            found = one_layer(found, self.layer)
        if self.times != 1 or self.tokens or self.quantity != self.taken:
            unit = catalog.quantity(self.quantity).unit
            factor = self.times * (_tokens(root, self.scope) if self.tokens else Poly.of(1))
            unit = convention.unit if unit == FLOP else unit
            found = found.scaled(factor, self.quantity, unit, self.scope)
        if self.attention:
            work = FLOPS_TRAIN.ledger(root, self.convention, scope).of_roles(Role.ATTENTION)
            found = found + replace(work, quantity=self.quantity, convention=convention)
        return found


def _tokens(root: Component, scope: str) -> Poly:
    if scope == "token":
        return Poly.of(1)
    time = root.size("time")
    return time if scope == "sequence" else root.size("batch") * time


def untied_head(root: Component) -> tuple[Term, ...]:
    """The weights of a head that shares the token table, as if it had a table of its own."""
    shared = {
        id(weight)
        for component in root.walk()
        for op in component.body
        if isinstance(op, Op) and op.kind is Kind.CONTRACT and op.role is Role.HEAD
        for weight in op.weights
        if weight.role is Role.EMBEDDING
    }
    if not shared:
        return ()
    everything = PARAMS.ledger(root, DEFAULT)
    return tuple(
        replace(term, path=("head", *term.path), label=f"head's own {term.label}", role=Role.HEAD)
        for term in everything.terms
        if term.op is not None
        and any(id(w) in shared and w.name == term.label for w in term.op.weights)
    )


def layer_of(term: Term) -> tuple[str, ...]:
    """The path of the repeated layer that a term stands in; empty outside of all."""
    if not term.chained or not term.repeats or term.repeats[0][0] not in term.path:
        return ()
    return term.path[: term.path.index(term.repeats[0][0]) + 1]


def one_layer(ledger: Ledger, layer: tuple[str, ...]) -> Ledger:
    """The terms of one copy of a layer."""
    terms = (
        replace(term, repeats=term.repeats[1:]) for term in ledger.terms if layer_of(term) == layer
    )
    return replace(ledger, terms=tuple(terms))
