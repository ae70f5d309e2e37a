"""What a sweep computes: a closed form in the swept sizes alone, and what those must satisfy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.form import Form, Sym, dims_of, exchanged, expanded, meaning
from symcost.algebra.plain import people, show
from symcost.algebra.poly import Poly
from symcost.algebra.program import Program, program
from symcost.algebra.simplify import written
from symcost.algebra.whole import Const, fraction
from symcost.graph.architecture import SizeError, dims_of_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component

Must: TypeAlias = Literal["whole", "zero", "natural"]


@final
@dataclass(frozen=True)
class Check:
    """A number that must be whole, zero or natural at every configuration, and what it says."""

    must: Must
    program: Program
    says: str


@final
@dataclass(frozen=True)
class Plan:
    """The program of a closed form over the swept dimensions, and its checks.

    `unasked` are published sizes that relations and limits hold against what is swept, and that the
    closed form does not have.
    """

    program: Program
    checks: tuple[Check, ...]
    unasked: tuple[Dim, ...] = ()


@final
@dataclass(frozen=True)
class Spread:
    """The degrees of a plan that have a value, and the quotients that must be whole, in words."""

    degrees: Mapping[Dim, int]
    quotients: Mapping[Poly, str]

    def dims(self) -> set[Dim]:
        """Every dimension that the quotients speak of."""
        return {each for poly in self.quotients for each in poly.dims()}


ALONE = Spread({}, {})


def plan(
    form: Form,
    architecture: Architecture,
    root: Component,
    swept: Iterable[Dim],
    fixed: Mapping[Dim, int],
    what: str,
    spread: Spread = ALONE,
) -> Plan:
    """The form with published numbers and rules put in for all that is neither swept nor fixed.

    What is swept or fixed must agree with the relations, rules and limits among it and the symbols
    of the form; a published size that the form does not have (heads, the length of a table) is not
    asked. `spread` are the degrees of a plan, and what they must divide.
    Raises `SizeError` for a dimension that the model does not have, or that has no value.
    """
    named = tuple(dict.fromkeys((*swept, *fixed)))
    sizes = _Sizes(architecture, frozenset(named), {**fixed, **spread.degrees})
    known = {*dims_of(form), *dims_of_model(root), *sizes.tied(), *spread.dims()}
    for each in named:
        if each in spread.degrees:
            raise SizeError(f"{each.symbol} is given by the plan: leave one of the two out")
        if each not in known:
            names = ", ".join(one.symbol for one in sorted(known, key=lambda one: one.key))
            raise SizeError(
                f"{architecture.name} has no symbol {each.symbol} ({each.meaning}); it has {names}"
            )
        if fixed.get(each, 1) < 1:
            raise SizeError(f"{each.symbol} ({each.meaning}) must be at least 1, not {fixed[each]}")
    missing = sorted(
        {each for one in dims_of(form) for each in sizes.open(one)}, key=lambda each: each.key
    )
    if missing:
        listed = ", ".join(f"{each.symbol} ({each.meaning})" for each in missing)
        flags = " ".join(f"--set {each.symbol}=..." for each in missing)
        raise SizeError(f"{what} has no value for {listed}; give one with {flags}, or sweep it")
    checks = (*_checks(form, architecture, sizes), *_divided(spread, sizes))
    return Plan(_program(sizes.into(form)), checks, _unasked(form, architecture, sizes))


def _unasked(form: Form, architecture: Architecture, sizes: _Sizes) -> tuple[Dim, ...]:
    met = sizes.named | set(dims_of(form))
    held = [set(each.value.dims()) for each in architecture.relations]
    held += [{dim(each.small), dim(each.large), *each.more.dims()} for each in architecture.limits]
    found = {
        each
        for dims in held
        if sizes.moved(dims)
        for each in dims - met
        if isinstance(sizes.rule(each), int)
    }
    return tuple(sorted(found, key=lambda each: each.key))


def _divided(spread: Spread, sizes: _Sizes) -> Iterable[Check]:
    """The degrees of a plan divide what they split, in every row."""
    for poly, says in spread.quotients.items():
        if any(sizes.open(each) for each in poly.dims()):
            continue  # a symbol that this cost does not need has no value to be divided
        put = _put(poly, sizes)
        if fraction(expanded(put)).bottom != Const(1):
            yield from _check("whole", put, says)


@final
class _Sizes:
    """What stands for each dimension: itself where it is swept, else what the model publishes."""

    def __init__(
        self, architecture: Architecture, named: frozenset[Dim], fixed: Mapping[Dim, int]
    ) -> None:
        self.named = named
        self.fixed = fixed
        self.published = {dim(word): size for word, (size, _) in architecture.sizes.items()}
        self.relations = {each.dim: each.value for each in architecture.relations}

    def tied(self) -> set[Dim]:
        """The dimensions that relations and rules speak of."""
        rules = [value for value in self.published.values() if isinstance(value, Poly)]
        return {
            *self.relations,
            *(d for each in (*rules, *self.relations.values()) for d in each.dims()),
        }

    def rule(self, each: Dim) -> Poly | int | None:
        """What gives a dimension its value; None for one that is swept or has no value."""
        if each in self.fixed:
            return self.fixed[each]
        if each in self.named:
            return None
        return self.published.get(each, self.relations.get(each))

    def open(self, each: Dim) -> set[Dim]:
        """The dimensions below this one that have no value."""
        rule = self.rule(each)
        if rule is None:
            return set() if each in self.named else {each}
        if isinstance(rule, int):
            return set()
        return {below for one in rule.dims() for below in self.open(one)}

    def poly(self, each: Dim) -> Poly:
        """The dimension in the swept ones."""
        rule = self.rule(each)
        if rule is None:
            return Poly.of(each)
        if isinstance(rule, int):
            return Poly.of(rule)
        return rule.substitute({one: self.poly(one) for one in rule.dims()})

    def rules(self, dims: Iterable[Dim]) -> set[Dim]:
        """The dimensions that a rule with a swept dimension gives, below these."""
        found: set[Dim] = set()
        for each in dims:
            rule = self.rule(each)
            if isinstance(rule, Poly):
                found |= {each, *self.rules(rule.dims())}
        return found

    def moved(self, dims: Iterable[Dim]) -> set[Dim]:
        """Those that the caller gives, or that a rule makes of what the caller gives."""
        found: set[Dim] = set()
        for each in dims:
            rule = self.rule(each)
            if each in self.named or (isinstance(rule, Poly) and self.moved(rule.dims())):
                found.add(each)
        return found

    def into(self, form: Form) -> Form:
        """The form in the swept dimensions, in its shortest writing."""
        table = {each: self.poly(each) for each in dims_of(form)}
        found = meaning(form).substitute(table).poly
        if found is not None:
            return written(found).form
        return exchanged(form, {Sym(each): expanded(poly) for each, poly in table.items()})


def _program(form: Form) -> Program:
    return program(fraction(form))


def _checks(form: Form, architecture: Architecture, sizes: _Sizes) -> Iterable[Check]:
    """The relations, rules, limits and counts that speak of what is swept."""
    met = sizes.named | set(dims_of(form))

    def asked(dims: Iterable[Dim]) -> bool:
        """Whether all of them are met, and one of them is the caller's."""
        held = set(dims)
        return held <= met and bool(held & sizes.moved(held))

    for each in sorted(sizes.rules(met), key=lambda one: one.key):
        yield from _whole(each, sizes.poly(each), sizes)
    for relation in architecture.relations:
        if relation.dim in sizes.named:
            difference = Poly.of(relation.dim) - relation.value
            if not any(sizes.open(one) for one in difference.dims()):
                left, right = map(people, relation.sides())
                says = f"{left} = {right} ({relation.reason})"
                yield from _check("zero", _put(difference, sizes), says)
        elif asked(relation.value.dims()):
            yield from _whole(relation.dim, relation.value, sizes)
    for limit in architecture.limits:
        room = Poly.of(dim(limit.large)) - dim(limit.small) - limit.more
        if asked(room.dims()):
            more = f" + {show(limit.more)}" if limit.more else ""
            says = f"{dim(limit.small).symbol}{more} <= {dim(limit.large).symbol}: {limit.reason}"
            yield from _check("natural", _put(room, sizes), says)
    for count, reason in architecture.counts:
        if asked(count.dims()):
            yield from _check("natural", _put(count - 1, sizes), f"{show(count)} >= 1: {reason}")


def _whole(each: Dim, value: Poly, sizes: _Sizes) -> Iterable[Check]:
    put = _put(value, sizes)
    if fraction(expanded(put)).bottom != Const(1):
        yield from _check("whole", put, f"{each.symbol} = {show(value)} must be a whole number")


def _put(poly: Poly, sizes: _Sizes) -> Poly:
    return poly.substitute({one: sizes.poly(one) for one in poly.dims()})


def _check(must: Must, poly: Poly, says: str) -> Iterable[Check]:
    """A check of every configuration; where nothing of it is swept, it is made at once."""
    if poly.dims():
        yield Check(must, _program(expanded(poly)), says)
        return
    value = poly.at({})
    wrong = {"whole": value != value // 1, "zero": value != 0, "natural": value < 0}
    if wrong[must]:
        raise SizeError(f"{says}; the sizes given are against it")
