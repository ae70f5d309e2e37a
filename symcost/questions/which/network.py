"""A network at given sizes: the ledgers that a search needs, each summed by place and role once."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Number, UnboundError, tidy
from symcost.catalog import find as catalog
from symcost.graph.tensor import Role
from symcost.quantities.convention import ConventionError
from symcost.quantities.ledger import SCOPES
from symcost.questions.which.recipe import layer_of, untied_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger, Term
    from symcost.questions.which.choices import Choice

# Of each role how much there is; None where a size has no value.
Roles: TypeAlias = "dict[Role, Number | None]"
# A quantity, a way to count it, and a scope.
Counting: TypeAlias = "tuple[str, Convention, str]"
# By place: () is the whole network, a path one copy of the layer that stands there.
Sums: TypeAlias = "dict[tuple[str, ...], Roles]"


@final
@dataclass(frozen=True)
class Setting:
    """Sizes in force: nobody gave those `assumed`, and `choice` says a length that is tried."""

    values: Mapping[Dim, int]
    assumed: frozenset[Dim] = frozenset()
    choice: Choice | None = None


@final
@dataclass
class Network:
    """A declaration, and its ledgers under conventions that leave nothing out."""

    architecture: Architecture
    root: Component
    open: set[Dim] = field(default_factory=set)
    _ledgers: dict[Counting, Ledger | None] = field(default_factory=dict)
    _summed: dict[Counting, Sums] = field(default_factory=dict)
    _values: Mapping[Dim, int] = field(default_factory=dict)

    def scopes(self, setting: Setting) -> tuple[str, ...]:
        """What work can be counted for. A batch of one is a sequence; not all have tokens."""
        one, tokens = setting.values.get(dim("batch")) == 1, dim("time") in self.root.dims
        left_out = ["sequence"] * one + ["token"] * (not tokens)
        return tuple(each for each in SCOPES if each not in left_out)

    def ledger(self, quantity: str, convention: Convention, scope: str) -> Ledger | None:
        """A ledger, built once; None where the network has no such count (no causal square)."""
        key = (quantity, convention, scope)
        if key not in self._ledgers:
            try:
                found = catalog.quantity(quantity).ledger(self.root, convention, scope)
            except ConventionError:
                self._ledgers[key] = None
            else:
                self._ledgers[key] = found
        return self._ledgers[key]

    def sums(
        self, quantity: str, convention: Convention, scope: str, values: Mapping[Dim, int]
    ) -> Sums:
        """What a ledger comes to, by place and role; empty where there is no such ledger."""
        if values is not self._values:
            self._values = values
            self._summed.clear()
        key = (quantity, convention, scope)
        if key not in self._summed:
            self._summed[key] = self._sums(self.ledger(*key), values)
        return self._summed[key]

    def _sums(self, ledger: Ledger | None, values: Mapping[Dim, int]) -> Sums:
        found: Sums = {(): {}}
        for term in ledger.terms if ledger is not None else ():
            number = self._value(term, values)
            _add(found[()], term.role, number)
            layer = layer_of(term)
            if layer:
                copies = term.repeats[0][1].at(values) if number is not None else 1
                each = None if number is None else _share(number, copies)
                _add(found.setdefault(layer, {}), term.role, each)
        return found if found[()] else {}

    def untied(self, values: Mapping[Dim, int]) -> Number | None:
        """What a head of its own would hold; None where it has one, or there is none."""
        terms = untied_head(self.root)
        numbers = [self._value(term, values) for term in terms]
        return sum(n for n in numbers if n is not None) if terms and None not in numbers else None

    def _value(self, term: Term, values: Mapping[Dim, int]) -> Number | None:
        try:
            return term.at(values)
        except UnboundError:
            pass
        try:  # what is divided by s may not need it: the closed form knows
            return term.amount.at(values)
        except UnboundError as error:
            self.open.update(error.dims)
            return None


def _share(number: Number, copies: Number) -> Number:
    """One copy's: copies are alike, so this divides, but for shares of a token."""
    if isinstance(number, int) and isinstance(copies, int) and number % copies == 0:
        return number // copies
    return tidy(Fraction(number) / copies)


def _add(roles: Roles, role: Role, number: Number | None) -> None:
    before = roles.get(role, 0)
    roles[role] = None if before is None or number is None else tidy(before + number)


def together(one: Sums, other: Sums) -> Sums:
    """Two sums added place by place: forward and backward are training."""
    found = {place: dict(roles) for place, roles in one.items()}
    for place, roles in other.items():
        for role, number in roles.items():
            _add(found.setdefault(place, {}), role, number)
    return found
