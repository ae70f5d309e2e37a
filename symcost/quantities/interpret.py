"""The one interpreter: it walks a declaration and asks a quantity's table of rules at every op.

It knows nothing of attention, and no rule knows a component. A quantity without a rule for some
kind of operation cannot be made, so nothing is ever silently counted as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.graph.component import Component, Part
from symcost.graph.tensor import Kind, Op, Role, Tensor
from symcost.quantities.ledger import SCOPES, Ledger, LedgerError, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from symcost.quantities.convention import Convention

FLOP, PARAMETER, BYTE = "FLOP", "parameter", "byte"


@final
@dataclass(frozen=True)
class Count:
    """What a rule says of one operation: `factor` x the product of `axes`.

    `of` is the weight counted, for quantities that count each weight once.
    """

    factor: int
    axes: tuple[str, ...]
    label: str
    role: Role
    of: Tensor | None = None


Rule: TypeAlias = "Callable[[Op], tuple[Count, ...]]"


class MissingRuleError(TypeError):
    """A quantity without a rule for some kind of operation."""


@final
@dataclass(frozen=True)
class Quantity:
    """A table of local rules, one for each kind of operation.

    `letter` names it on the page. With `once`, terms are gathered by weight: a tied table counts
    once. `scoped` quantities grow with the tokens; others do not know a scope.
    """

    name: str
    letter: str
    unit: str
    meaning: str
    rules: Mapping[Kind, Rule]
    once: bool = False
    scoped: bool = True
    default_scope: str = "batch"

    def __post_init__(self) -> None:
        """Raises `MissingRuleError` unless every kind of operation has its rule."""
        missing = [kind.value for kind in Kind if kind not in self.rules]
        if missing:
            raise MissingRuleError(
                f"the quantity '{self.name}' has no rule for {', '.join(missing)}; "
                "write one, or nothing('why')"
            )

    def ledger(self, root: Component, convention: Convention, scope: str | None = None) -> Ledger:
        """The terms of this quantity under a convention, in a scope."""
        chosen = checked_scope(scope or self.default_scope)
        found = _Walk(self, convention, chosen).run(root)
        unit = convention.unit if self.unit == FLOP else self.unit
        return Ledger(self.name, unit, convention, chosen if self.scoped else "model", found)


@final
@dataclass(frozen=True)
class Combined:
    """A quantity made of others: training is forward plus backward. It has no rules of its own."""

    name: str
    letter: str
    unit: str
    meaning: str
    combine: Callable[[Component, Convention, str], Ledger]
    scoped: bool = True
    default_scope: str = "batch"

    def ledger(self, root: Component, convention: Convention, scope: str | None = None) -> Ledger:
        """The terms of this quantity under a convention, in a scope."""
        return self.combine(root, convention, checked_scope(scope or self.default_scope))


def shared(terms: Iterable[Term], root: Component, scope: str) -> tuple[Term, ...]:
    """The terms of a batch as the share of a sequence or of a token, on the average."""
    share = Poly.of(1)
    if scope in ("sequence", "token"):
        share = share * root.size("batch")
    if scope == "token":
        need_tokens(root)
        share = share * _tokens(root)
    return tuple(replace(term, over=term.over * share) for term in terms)


def need_tokens(root: Component) -> None:
    """Raises `LedgerError` for what is asked per token of a network that has none."""
    if not set(root.size("time").dims()) <= set(root.dims):
        raise LedgerError(f"{root.name} has no tokens: ask for a sequence, one input of the batch")


def _tokens(component: Component) -> Poly:
    """The tokens of a sequence, by which a share is divided. Raises `LedgerError` for a sum."""
    tokens = component.size("time")
    if len(tokens.terms) != 1:
        raise LedgerError(
            f"{component.name} sees {show(tokens)} tokens, a sum, and a share of its work for "
            "one of them is not worked out: ask for a sequence, and divide"
        )
    return tokens


Measured: TypeAlias = "Quantity | Combined"


def checked_scope(scope: str) -> str:
    """The scope, if it is one."""
    if scope not in SCOPES:
        raise LedgerError(f"'{scope}' is not a scope: choose {', '.join(SCOPES)}")
    return scope


def nothing(why: str) -> Rule:
    """The rule of an operation that adds nothing, with the reason."""

    def rule(_: Op) -> tuple[Count, ...]:
        return ()

    rule.__doc__ = why
    return rule


def product_axes(op: Op) -> tuple[str, ...]:
    """The axes of a contraction as shared, rows, inner, columns: the order of the page."""
    shared, rows, inner, columns = matrix_axes(op)
    return (*shared, *rows, *inner, *columns)


def matrix_axes(op: Op) -> tuple[tuple[str, ...], ...]:
    """(shared, rows, inner, columns) of a contraction of two operands.

    Shared axes are in both operands and in the result, rows in the first and the result, inner
    axes are summed over, columns come from the second. With more operands the first is split
    against the rest together.
    """
    left = op.reads[0].axes
    right = tuple(dict.fromkeys(axis for tensor in op.reads[1:] for axis in tensor.axes))
    result = op.writes.axes
    return (
        tuple(a for a in left if a in right and a in result),
        tuple(a for a in left if a not in right and a in result),
        tuple(a for a in (*left, *(b for b in right if b not in left)) if a not in result),
        tuple(a for a in right if a not in left and a in result),
    )


@final
@dataclass(frozen=True)
class _Home:
    """Where a weight is declared: a tied weight counts there, once."""

    path: tuple[str, ...]
    repeats: tuple[tuple[str, Poly], ...]
    chained: bool
    component: Component


class _Walk:
    """One pass over a declaration."""

    def __init__(self, quantity: Quantity, convention: Convention, scope: str) -> None:
        self._quantity, self._convention, self._scope = quantity, convention, scope
        self._homes: dict[int, _Home] = {}
        self._seen: set[int] = set()

    def run(self, root: Component) -> tuple[Term, ...]:
        if self._quantity.scoped and self._scope == "token":
            need_tokens(root)
        return tuple(self._component(_Home((), (), False, root)))

    def _component(self, here: _Home) -> Iterator[Term]:
        for weight in here.component.weights:
            self._homes[id(weight)] = here
        for item in here.component.body:
            if isinstance(item, Part):
                yield from self._component(_inside(here, item))
            else:
                yield from self._operation(here, item)

    def _operation(self, here: _Home, op: Op) -> Iterator[Term]:
        for count in self._quantity.rules[op.kind](op):
            home = here
            if self._quantity.once:
                assert count.of is not None, "a quantity counted once names the weight"
                if id(count.of) in self._seen:
                    continue
                self._seen.add(id(count.of))
                home = self._homes[id(count.of)]
            term = self._term(home, op, count)
            if term is not None:
                yield term

    def _term(self, home: _Home, op: Op, count: Count) -> Term | None:
        convention, component = self._convention, home.component
        scale, factor = Poly.of(1), count.factor
        if self._quantity.unit == FLOP:
            if count.role not in convention.flops:
                return None
            if convention.mac:
                factor //= 2  # a rule's factor for a product is 2 a multiply-add, so this is exact
            if op.mask == "causal":
                scale = convention.pairs(component.size("time"), component.size("past"))
        elif self._quantity.unit == BYTE:
            factor *= convention.element_bytes
        elif count.role not in convention.params:
            return None
        term = Term(
            (*home.path, op.name if not self._quantity.once else count.label),
            count.label,
            count.role,
            factor,
            count.axes,
            tuple(component.size(axis) for axis in count.axes),
            home.repeats,
            scale,
            chained=home.chained,
            op=op,
        )
        return self._scoped(term, component) if self._quantity.scoped else term

    def _scoped(self, term: Term, component: Component) -> Term:
        """A sequence has no batch axis; a token has no time axis either, on the average."""
        if self._scope == "batch":
            return term
        term = _without(term, "batch")
        if self._scope == "sequence":
            return term
        if "time" in term.axes:
            return _without(term, "time")
        if "past" in term.axes and component.size("past") == component.size("time"):
            return _without(term, "past")  # what is kept of every token
        return replace(term, over=_tokens(component))


def _inside(here: _Home, part: Part) -> _Home:
    repeats = here.repeats if part.times == 1 else (*here.repeats, (part.name, part.times))
    return _Home((*here.path, part.name), repeats, here.chained or part.chained, part.component)


def _without(term: Term, axis: str) -> Term:
    kept = [index for index, name in enumerate(term.axes) if name != axis]
    return replace(
        term,
        axes=tuple(term.axes[index] for index in kept),
        sizes=tuple(term.sizes[index] for index in kept),
    )
