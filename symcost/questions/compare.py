"""Two costs set side by side: what each part costs in both, and what each single difference costs.

The sizes are changed one at a time, in a stated order, from the first network's to the second's;
then the parts that are built otherwise are exchanged. Each change has its effect as a closed form,
and the effects add up to the whole difference exactly, because each begins where the one before
ended. What is left to the order is stated: the effect of a size depends on those changed before.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim, find, primed
from symcost.algebra.form import Form, Num, Sum, Sym, expanded, negate, product, total
from symcost.algebra.identity import Relation, put_in
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Rule, Step
from symcost.algebra.shown import Shown
from symcost.algebra.simplify import simplest
from symcost.questions.cost import Cost, QuestionError, cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger
    from symcost.questions.cost import Declared

Place: TypeAlias = "tuple[str, ...]"
Sizes: TypeAlias = "dict[Dim, Poly]"


@final
@dataclass(frozen=True)
class Row:
    """A part of both networks: its closed forms, and its values; None where it is not there.

    A value is a number, or a polynomial in the symbols that have no value.
    """

    place: Place
    left: Poly | None
    right: Poly | None
    left_value: Poly
    right_value: Poly

    @property
    def difference(self) -> Poly:
        """Second minus first."""
        return self.right_value - self.left_value


@final
@dataclass(frozen=True)
class Effect:
    """What one change costs: its closed form, and its value.

    `name` says what changes; `before` and `after` are its two values, where it is a size. `step`
    proves the closed form: the cost after the change minus the cost before it.
    """

    name: str
    by: Dim | None
    before: Poly | None
    after: Poly | None
    form: Form
    value: Poly
    step: Step | None = None


@final
@dataclass(frozen=True)
class Comparison(Shown):
    """Two costs, part by part, and the effects that lead from the first to the second.

    `structure` are effects of parts that only one has, or that are built otherwise. The sum of all
    effects is `difference` exactly; building a comparison checks it.
    """

    left: Cost
    right: Cost
    relations: tuple[Relation, ...]
    rows: tuple[Row, ...]
    sizes: tuple[Effect, ...]
    structure: tuple[Effect, ...]
    difference: Poly

    def __repr__(self) -> str:
        names = f"{self.left.name} and {self.right.name}"
        return f"<symcost comparison of {names}: {self.left.ledger.quantity}>"

    def __post_init__(self) -> None:
        """Raises `AssertionError` where the effects do not add up: a fault of the engine."""
        added = sum((each.value for each in (*self.sizes, *self.structure)), Poly())
        parts = sum((each.difference for each in self.rows), Poly())
        if added != self.difference or parts != self.difference:
            raise AssertionError(
                f"effects {added!r}, parts {parts!r}, difference {self.difference!r}"
            )


def compare(left: Cost, right: Cost, order: Sequence[str] = ()) -> Comparison:
    """Compares one quantity of two models.

    `order` names the sizes to change first, by symbol; the others follow in the order in which
    symbols stand in a product. Raises `QuestionError` for two quantities, units or scopes, or for
    a symbol in `order` that does not differ.
    """
    _refuse_unlike(left, right)
    relations = shared_relations(left, right)
    ours, theirs = (_values(each) for each in (left, right))
    mine = _places(left.ledger, relations)
    other = _places(right.ledger, relations)
    changing = _changing(mine, other, ours, theirs, order)
    rows = tuple(
        Row(
            place,
            mine.get(place),
            other.get(place),
            mine.get(place, Poly()).substitute(ours),
            other.get(place, Poly()).substitute(theirs),
        )
        for place in _merged(mine, other)
    )
    first = sum(mine.values(), Poly())
    sizes, reached = _size_effects(first, changing, ours, theirs)
    return Comparison(
        left,
        right,
        relations,
        rows,
        sizes,
        _structure(mine, other, reached, theirs),
        sum(other.values(), Poly()).substitute(theirs) - first.substitute(ours),
    )


def shared_relations(left: Cost, right: Cost) -> tuple[Relation, ...]:
    """The relations that follow from those of each of the two, so that they may be put into both.

    A network with h_kv = h obeys h_kv r = h as well, which one with grouped queries obeys too.
    """

    def follows(each: Relation, cost: Cost) -> bool:
        return not put_in(Poly.of(each.dim) - each.value, cost.relations)

    def absent(each: Relation, cost: Cost) -> bool:
        return each.dim not in cost.ledger.total.dims()

    pair = (left, right)
    every = dict.fromkeys((*right.relations, *left.relations))
    strict = [each for each in every if all(follows(each, cost) for cost in pair)]
    # What one of them has nowhere may be put into the other, if that changes neither of the two.
    wide = [each for each in every if all(follows(each, c) or absent(each, c) for c in pair)]
    for kept in (wide, strict):
        unique = tuple({(each.dim, each.value): each for each in kept}.values())
        if all(put_in(put_in(c.ledger.total, unique), c.relations) == c.total for c in pair):
            return unique
    return ()


def _refuse_unlike(left: Cost, right: Cost) -> None:
    for what in ("quantity", "unit", "scope"):
        mine, theirs = getattr(left.ledger, what), getattr(right.ledger, what)
        if mine != theirs:
            raise QuestionError(f"two {what}s cannot be compared: {mine} and {theirs}")


def _values(cost: Cost) -> Sizes:
    return {each: Poly.of(number) for each, number in cost.values.items()}


def _places(ledger: Ledger, relations: tuple[Relation, ...]) -> dict[Place, Poly]:
    """What every operation or weight costs, in the order of the model."""
    found: dict[Place, Poly] = {}
    for term in ledger.terms:
        last = term.path[-1] if term.label == term.path[-1] else f"{term.path[-1]}: {term.label}"
        place = (*term.path[:-1], last)
        found[place] = found.get(place, Poly()) + term.amount
    return {place: put_in(amount, relations) for place, amount in found.items()}


def _merged(mine: Mapping[Place, Poly], other: Mapping[Place, Poly]) -> tuple[Place, ...]:
    """The places of both: those of the second stand behind the last one of the same part."""
    found = list(mine)
    for place in other:
        if place not in mine:
            alike = [at for at, each in enumerate(found) if each[:-1] == place[:-1]]
            found.insert(alike[-1] + 1 if alike else len(found), place)
    return tuple(found)


def _changing(
    mine: Mapping[Place, Poly],
    other: Mapping[Place, Poly],
    ours: Sizes,
    theirs: Sizes,
    order: Sequence[str],
) -> tuple[Dim, ...]:
    """The sizes of the first that the second has too, with another value."""
    shared = {each for amount in mine.values() for each in amount.dims()}
    known = {each for amount in other.values() for each in amount.dims()} | set(theirs)
    differ = {
        each
        for each in shared & known
        if ours.get(each, Poly.of(each)) != theirs.get(each, Poly.of(each))
    }
    first = [find(name) for name in order]
    for each in first:
        if each not in differ:
            others = ", ".join(one.symbol for one in sorted(differ, key=lambda one: one.key))
            raise QuestionError(
                f"{each.symbol} does not differ between the two; these do: {others or 'none'}"
            )
    rest = sorted(differ - set(first), key=lambda each: each.key)
    return tuple(dict.fromkeys((*first, *rest)))


def _size_effects(
    cost: Poly, changing: Sequence[Dim], ours: Sizes, theirs: Sizes
) -> tuple[tuple[Effect, ...], Sizes]:
    """The effects of the sizes, one after the other, and the sizes that are then reached."""
    found: list[Effect] = []
    here = cost  # changed sizes are primed
    reached = dict(ours)
    second = {primed(each): theirs.get(each, Poly.of(each)) for each in changing}
    for each in changing:
        later = here.substitute({each: primed(each)})
        form, step = _factored(here, later, each)
        value = (later - here).substitute({**ours, **second})
        before, after = ours.get(each, Poly.of(each)), theirs.get(each, Poly.of(each))
        found.append(Effect(each.symbol, each, before, after, form, value, step))
        here = later
        reached[each] = after
    return tuple(found), reached


def _factored(before: Poly, after: Poly, each: Dim) -> tuple[Form, Step]:
    """after - before as (x' - x) times the rest, proved; a plain difference under floor or min."""
    start = expanded(after - before)
    new = primed(each)
    try:
        rest = _quotient(before, each, new)
    except ValueError:
        form = simplest(after - before).form
    else:
        falling = bool(rest) and all(number < 0 for number in rest.terms.values())
        ends = (each, new) if falling else (new, each)  # 1/h falls: ... (h - h')
        change = Sum((Sym(ends[0]), negate(Sym(ends[1]))))
        amount = simplest(-rest if falling else rest).form
        form = product([amount, change]) if rest else Num(0)
    return form, Step(start, form, Rule.FACTOR, f"what {each.symbol} costs")


def _quotient(cost: Poly, old: Dim, new: Dim) -> Poly:
    """(C(x') - C(x)) / (x' - x), which is a Laurent polynomial again, power by power."""
    found = Poly()
    x, y = Poly.of(old), Poly.of(new)
    for power, held in cost.coefficients(old).items():
        if old in held.dims():
            raise ValueError("the size stands inside a call")
        if power >= 0:
            parts = sum((y**p * x ** (power - 1 - p) for p in range(power)), Poly())
        else:
            parts = -sum((y ** (p + power) * x ** (-1 - p) for p in range(-power)), Poly())
        found = found + held * parts
    return found


def _structure(
    mine: Mapping[Place, Poly], other: Mapping[Place, Poly], reached: Sizes, theirs: Sizes
) -> tuple[Effect, ...]:
    """Parts that only one has, or that are built otherwise, at the second network's sizes.

    The first's own symbols keep their values: nothing of the second could replace them.
    """
    found = []
    for place in _merged(mine, other):
        left, right = mine.get(place, Poly()), other.get(place, Poly())
        if left == right and left.substitute(reached) == right.substitute(theirs):
            continue
        value = right.substitute(theirs) - left.substitute(reached)
        how = "only first" if place not in other else "only second"
        if place in mine and place in other:
            how = "other form"
        parts = [simplest(right).form] if right else []
        parts += [negate(simplest(left).form)] if left else []
        found.append(Effect(f"{how}| {', '.join(place)}", None, None, None, total(parts), value))
    return tuple(found)


# -- two conventions -------------------------------------------------------------------------------


@final
@dataclass(frozen=True)
class ConventionEffect:
    """What one choice of a convention costs: its field, its two values, the difference."""

    choice: str
    before: str
    after: str
    form: Form
    value: Poly


@final
@dataclass(frozen=True)
class ConventionComparison(Shown):
    """One quantity of one model under two conventions, term by term and choice by choice."""

    left: Cost
    right: Cost
    rows: tuple[Row, ...]
    effects: tuple[ConventionEffect, ...]
    difference: Poly

    def __repr__(self) -> str:
        names = " and ".join(each.ledger.convention.name for each in (self.left, self.right))
        return f"<symcost comparison of {names}: {self.left.ledger.quantity} of {self.left.name}>"

    def __post_init__(self) -> None:
        """Raises `AssertionError` where the effects do not add up: a fault of the engine."""
        added = sum((each.value for each in self.effects), Poly())
        if added != self.difference or self.difference != sum(
            (each.difference for each in self.rows), Poly()
        ):
            raise AssertionError(f"effects {added!r}, difference {self.difference!r}")


def compare_conventions(
    model: Declared,
    quantity: str,
    conventions: tuple[Convention, Convention],
    scope: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> ConventionComparison:
    """One quantity of one model under two conventions.

    The choices are changed one at a time, in the order of the fields of a convention. Raises what
    `cost` raises.
    """
    left, right = (cost(model, quantity, each, scope, sizes) for each in conventions)
    values = _values(left)
    mine, other = (_places(each.ledger, left.relations) for each in (left, right))
    rows = tuple(
        Row(
            place,
            mine.get(place),
            other.get(place),
            mine.get(place, Poly()).substitute(values),
            other.get(place, Poly()).substitute(values),
        )
        for place in _merged(mine, other)
    )
    effects: list[ConventionEffect] = []
    here, before = left.ledger.convention, left.total
    for name in _choices(here, right.ledger.convention):
        later = replace(here, **{name: getattr(right.ledger.convention, name)})
        ledger = left.quantity.ledger(model.root, later, scope)
        after = put_in(ledger.total, left.relations)
        old, new = (_shown(getattr(each, name)) for each in (here, later))
        change = after - before
        effects.append(
            ConventionEffect(name, old, new, simplest(change).form, change.substitute(values))
        )
        here, before = later, after
    difference = (right.total - left.total).substitute(values)
    return ConventionComparison(left, right, rows, tuple(effects), difference)


def _choices(left: Convention, right: Convention) -> tuple[str, ...]:
    """The fields that differ; MACs come last where they are taken up, first where given up."""
    differ = [
        each.name
        for each in fields(left)
        if each.name not in ("name", "source", "mac")
        and getattr(left, each.name) != getattr(right, each.name)
    ]
    if left.mac != right.mac:
        differ.insert(len(differ) if right.mac else 0, "mac")
    return tuple(differ)


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(getattr(each, "value", str(each)) for each in value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
