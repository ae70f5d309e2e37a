"""An architecture: a declaration together with the sizes one published model gives its symbols."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.phrase import joined, say
from symcost.algebra.plain import people, show
from symcost.algebra.poly import Poly, UnboundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.identity import Relation
    from symcost.graph.component import Component, Declaration, Flag

Size: TypeAlias = "int | Poly"
# Products of a few such sizes still have fewer digits than Python writes down (4,300).
LARGEST_SIZE = 10**300


class SizeError(ValueError):
    """A size that cannot be: not a whole number, not positive, or against a relation."""


@final
@dataclass(frozen=True)
class Bound:
    """The value of a dimension, and where it comes from."""

    value: int
    origin: str


Binding: TypeAlias = "Mapping[Dim, Bound]"


@final
@dataclass(frozen=True)
class AtMost:
    """`small` + `more` <= `large`, with the reason: a table has no row for later places."""

    small: str
    large: str
    reason: str
    more: Poly = field(default_factory=Poly)


@final
@dataclass(frozen=True)
class Architecture:
    """A named model.

    `sizes` gives words of dimensions a number, or a rule over other dimensions (`feed` = 4
    `model`), each with its origin. `relations` hold for every size and are put into closed forms;
    `cited` ones hold for the published sizes only and are put in as a last, separate line.
    `counts` must not be empty, with the reason: layers that a variant cuts a stack into.

    >>> gpt2 = symcost.load("gpt2").architecture
    >>> gpt2.title, gpt2.sizes["model"]
    ('GPT-2 small', (768, 'Radford et al. 2019, table 2'))
    """

    name: str
    title: str
    declaration: Declaration
    source: str
    sizes: Mapping[str, tuple[Size, str]]
    flags: Mapping[str, Flag] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    cited: tuple[Relation, ...] = ()
    limits: tuple[AtMost, ...] = ()
    notes: tuple[str, ...] = ()
    page: str = "model"
    counts: tuple[tuple[Poly, str], ...] = ()

    def bind(self, given: Mapping[Dim, int], root: Component) -> dict[Dim, Bound]:
        """Values for the dimensions: what the caller gives, then what the model publishes.

        Raises `SizeError` for a size that is not a positive whole number, for a symbol that the
        model does not have, and for sizes against a relation or a limit.
        """
        bound = self._given(given, root)
        follow = self._following(bound)
        for word, (size, origin) in self.sizes.items():
            if isinstance(size, int) and dim(word) not in follow:
                bound.setdefault(dim(word), Bound(size, origin))
        for word, (size, origin) in self.sizes.items():
            if isinstance(size, Poly) and dim(word) not in bound:
                value = _whole(word, size, _numbers(size, bound))
                bound[dim(word)] = Bound(value, joined(": ", (show(size), origin)))
        for relation in self.relations:
            self._relate(relation, bound)
        for limit in self.limits:
            _obey(limit, bound)
        for count, reason in self.counts:
            values = _numbers(count, bound)
            if len(values) == len(count.dims()) and count.at(values) < 1:
                raise SizeError(f"{show(count)} would be {count.at(values)}: {reason}")
        known = set(self.dims(root))
        return {each: held for each, held in bound.items() if each in known}

    def proportions(self, values: Mapping[Dim, int]) -> tuple[Relation, ...]:
        """The cited relations that hold for these sizes."""
        return tuple(
            each
            for each in self.cited
            if all(one in values for one in (each.dim, *each.value.dims())) and each.holds(values)
        )

    def dims(self, root: Component) -> tuple[Dim, ...]:
        """The dimensions of the declaration, and those that relations and rules tie to them."""
        found = dict.fromkeys(dims_of_model(root))
        rules = [(each.dim, each.value) for each in self.relations]
        rules += [
            (dim(word), size) for word, (size, _) in self.sizes.items() if isinstance(size, Poly)
        ]
        values: dict[Dim, list[Poly]] = {}
        for each, value in rules:
            values.setdefault(each, []).append(value)
        waiting = list(found)
        while waiting:
            for value in values.get(waiting.pop(), ()):
                new = [each for each in value.dims() if each not in found]
                found.update(dict.fromkeys(new))
                waiting += new
        return tuple(sorted(found, key=lambda each: each.key))

    def _following(self, given: Mapping[Dim, Bound]) -> set[Dim]:
        """Dimensions that a relation makes of what the caller gives: the published number of one
        no longer holds.
        """
        reading: dict[Dim, set[Dim]] = {}
        for each in self.relations:
            for one in each.value.dims():
                reading.setdefault(one, set()).add(each.dim)
        follow: set[Dim] = set()
        waiting = list(given)
        while waiting:
            new = reading.get(waiting.pop(), set()) - follow
            follow |= new
            waiting += new
        return follow - set(given)

    def _given(self, given: Mapping[Dim, int], root: Component) -> dict[Dim, Bound]:
        bound: dict[Dim, Bound] = {}
        known = dict.fromkeys(self.dims(root))
        for each, value in given.items():
            if each not in known:
                names = ", ".join(one.symbol for one in known)
                raise SizeError(
                    f"{self.name} has no symbol {each.symbol} ({each.meaning}); it has {names}"
                )
            if isinstance(value, bool) or not isinstance(value, int):
                raise SizeError(
                    f"{each.symbol} ({each.meaning}) must be a whole number, not {value!r}"
                )
            if abs(value) >= LARGEST_SIZE:
                raise SizeError(f"{each.symbol} ({each.meaning}) has more than 300 digits")
            if value < 1:
                raise SizeError(f"{each.symbol} ({each.meaning}) must be at least 1, not {value}")
            bound[each] = Bound(value, say("given"))
        return bound

    def _relate(self, relation: Relation, bound: dict[Dim, Bound]) -> None:
        try:
            value = relation.value.at(_numbers(relation.value, bound))
        except UnboundError:
            return
        if relation.dim in bound:
            if bound[relation.dim].value != value:
                left, right = map(people, relation.sides())
                raise SizeError(
                    f"{left} = {right} ({relation.reason}), but "
                    f"{_values(bound, relation)}; change one of them"
                )
            return
        bound[relation.dim] = Bound(
            _whole(relation.dim.word, relation.value, _numbers(relation.value, bound)),
            joined(": ", (show(relation.value), say(relation.reason))),
        )


def dims_of_model(root: Component) -> tuple[Dim, ...]:
    """Every dimension in a declaration, in the order of a product."""
    return root.dims


def _numbers(rule: Poly, bound: Mapping[Dim, Bound]) -> dict[Dim, int]:
    """The values that a rule reads, as far as they are known."""
    return {each: bound[each].value for each in rule.dims() if each in bound}


def _whole(word: str, rule: Poly, values: Mapping[Dim, int]) -> int:
    exact = Fraction(rule.at(values))
    given = ", ".join(f"{each.symbol} = {values[each]}" for each in rule.dims())
    if exact.denominator != 1 or exact < 1:
        raise SizeError(
            f"{dim(word).symbol} = {show(rule)} would be {exact} at {given}, which is no positive "
            "whole number; choose sizes that divide"
        )
    return exact.numerator


def _values(bound: Mapping[Dim, Bound], relation: Relation) -> str:
    dims = sorted({relation.dim, *relation.value.dims()}, key=lambda each: each.key)
    return ", ".join(f"{each.symbol} = {bound[each].value}" for each in dims)


def _obey(limit: AtMost, bound: Mapping[Dim, Bound]) -> None:
    small, large = dim(limit.small), dim(limit.large)
    if not {small, large, *limit.more.dims()} <= set(bound):
        return
    more = limit.more.at(_numbers(limit.more, bound))
    if bound[small].value + more > bound[large].value:
        together = f" and {more} more are" if more else " is"
        raise SizeError(
            f"{small.symbol} = {bound[small].value}{together} more than {large.symbol} = "
            f"{bound[large].value}: {limit.reason}"
        )
