"""Steps, derivations and estimates. What is false cannot be built.

A `Step` is proved in its constructor, twice: as rational functions modulo the relations it cites,
and in plain integers at large points. A `Derivation` is a claim with the chain that proves it. An
`Estimate` is not a step: it carries what it drops.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, stand_in
from symcost.algebra.form import (
    Form,
    Named,
    Sym,
    evaluate,
    exchanged,
    expanded,
    names_in,
    polynomial,
    total,
    unbraced,
)
from symcost.algebra.identity import Relation, reduced, same, same_in_integers
from symcost.algebra.phrase import joined, say
from symcost.algebra.plain import people
from symcost.algebra.poly import Call, Number, Poly
from symcost.algebra.ratio import Ratio
from symcost.algebra.shown import Shown
from symcost.algebra.simplify import written

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rule(Enum):
    """Why one line follows from the one before. The value is what the page prints."""

    DEFINITION = "definition"
    SHAPES = "a weight has the product of its axes"
    MATMUL = "a product of matrices costs 2 x rows x inner x columns"
    GRADIENT = "one such product for each gradient"
    PARTS = "sum over the parts"
    OPEN = "put in the parts"
    SUBSTITUTE = "substitute"
    EXPAND = "multiply out"
    GATHER = "gather like terms"
    COLLECT = "collect"
    FACTOR = "pull out common factors"
    LEAD = "pull out the leading term"
    NUMBERS = "put in the numbers"


STYLE_RULES = {
    "expanded": Rule.EXPAND,
    "factored": Rule.FACTOR,
    "collected": Rule.COLLECT,
    "leading": Rule.LEAD,
}


class FalseStepError(ValueError):
    """The two sides of a step are not equal. The message shows both and their difference."""


@final
@dataclass(frozen=True)
class Step:
    """before = after, by a rule, given relations. Building one proves it.

    `by` is the symbol that a collection looks at; the page prints it behind the reason.
    """

    before: Form
    after: Form
    rule: Rule
    reason: str = ""
    given: tuple[Relation, ...] = ()
    by: Dim | None = None

    def __post_init__(self) -> None:
        """Raises `FalseStepError` unless both decisions agree that the sides are equal."""
        exact = same(self.before, self.after, self.given)
        integers = same_in_integers(self.before, self.after, self.given)
        if not (exact and integers):
            raise FalseStepError(self._complaint())

    def _complaint(self) -> str:
        difference = reduced(self.before, self.given) - reduced(self.after, self.given)
        given = "; ".join(f"{people(a)} = {people(b)}" for a, b in map(Relation.sides, self.given))
        return (
            f"'{self.rule.value}' is false{f' given {given}' if given else ''}: "
            f"left {people(self.before)}, right {people(self.after)}, "
            f"left minus right {_people(difference)}"
        )


def _people(ratio: Ratio) -> str:
    top = people(expanded(ratio.top))
    return top if ratio.poly is not None else f"({top})/({people(expanded(ratio.bottom))})"


class BrokenChainError(ValueError):
    """A derivation whose steps do not join, or do not end at what it claims."""


@final
@dataclass(frozen=True)
class Derivation(Shown):
    """A claim `name` = closed form, the chain that proves it, and the claims it builds on.

    `why` says in words what the first line states. Each child's name occurs in a line of ours.
    """

    name: Named
    steps: tuple[Step, ...]
    why: str
    children: tuple[Derivation, ...]
    start: Form

    def __repr__(self) -> str:
        return f"<symcost claim {people(self.name)} = {people(self.result)}>"

    def __post_init__(self) -> None:
        """Raises `BrokenChainError` where the steps do not lead from the start to the claim."""
        here = self.start
        for step in self.steps:
            if here != step.before:
                raise BrokenChainError(
                    f"the chain for {people(self.name)} breaks: one line is {people(here)}, "
                    f"the next step begins at {people(step.before)}"
                )
            here = step.after
        if unbraced(here) != unbraced(self.name.value):
            raise BrokenChainError(
                f"the chain ends at {people(here)}, "
                f"but {people(self.name)} is {people(self.name.value)}"
            )

    @property
    def given(self) -> tuple[Relation, ...]:
        """Every relation that the chain cites."""
        return tuple(dict.fromkeys(each for step in self.steps for each in step.given))

    @property
    def result(self) -> Form:
        """The closed form."""
        return self.name.value

    def evaluate(self, values: Mapping[Dim, Number]) -> Number:
        """The value read from the first line, so that explanation and number cannot part."""
        return evaluate(self.start, values)


def rewritten(
    start: Form,
    relations: tuple[Relation, ...] = (),
    style: str | None = None,
    by: Dim | None = None,
) -> tuple[Step, ...]:
    """The steps from a form to its simplest (or wanted) form, relations put in where they act.

    Names in the form stay as they stand; what is around them is rewritten.
    """
    nameless, names = hidden(start)
    if names:
        return tuple(
            replace(step, before=exchanged(step.before, names), after=exchanged(step.after, names))
            for step in rewritten(nameless, relations, style, by)
        )
    steps: list[Step] = []
    current = start
    before = polynomial(start)
    gathered = expanded(before)
    if gathered != current and relations_act(before, relations):
        steps.append(Step(current, gathered, Rule.GATHER))
        current = gathered
    acting = tuple(each for each in relations if each.dim in before.dims())
    after = reduced(current, acting).poly
    if after is not None and after != before:
        replaced = expanded(after)
        reasons = joined("; ", [say(each.reason) for each in acting])
        steps.append(Step(current, replaced, Rule.SUBSTITUTE, reasons, acting))
        current, before = replaced, after
    chosen = written(before, style, by)
    if chosen.form != current:
        rule = STYLE_RULES[chosen.style]
        steps.append(Step(current, chosen.form, rule, chosen.reason, (), chosen.by))
    return tuple(steps)


def hidden(form: Form) -> tuple[Form, dict[Form, Form]]:
    """The form with a symbol in the place of each name, and the names by those symbols."""
    ins: dict[Form, Form] = {
        each: Sym(stand_in(f"name_{at}", at)) for at, each in enumerate(names_in(form))
    }
    return exchanged(form, ins), {symbol: each for each, symbol in ins.items()}


def relations_act(poly: Poly, relations: tuple[Relation, ...]) -> bool:
    """Whether putting the relations in would change the polynomial."""
    dims = poly.dims()
    return any(each.dim in dims for each in relations)


@final
@dataclass(frozen=True)
class Estimate:
    """exact = kept + dropped: an approximation that carries its remainder in closed form."""

    exact: Form
    kept: Form
    dropped: Form
    given: tuple[Relation, ...] = ()

    def __post_init__(self) -> None:
        """Raises `FalseStepError` unless exact = kept + dropped."""
        Step(self.exact, total([self.kept, self.dropped]), Rule.DEFINITION, "", self.given)

    @property
    def sign(self) -> str:
        """'+', '-', '0' for all sizes, or '?' where it depends on them."""
        top = reduced(self.dropped, self.given).poly
        if top is None:
            return "?"
        signs = {number > 0 for number in top.terms.values()}
        return "0" if not signs else "?" if len(signs) == 2 else "+" if signs == {True} else "-"

    @property
    def relative(self) -> Ratio:
        """dropped / kept, as a rational function."""
        return reduced(self.dropped, self.given) / reduced(self.kept, self.given)

    def limit(self, dim: Dim) -> Poly | None:
        """The limit of dropped/kept as one dimension grows without bound; None if infinite."""
        return limit(self.relative, dim)


def limit(ratio: Ratio, dim: Dim) -> Poly | None:
    """The limit of a rational function in one dimension; None where it grows without bound.

    Raises `ValueError` where the limit is a quotient of sums, which has no polynomial form.
    """
    for poly in (ratio.top, ratio.bottom):
        if any(isinstance(atom, Call) and dim in Poly.of(atom).dims() for atom in poly.atoms()):
            raise ValueError(f"the limit for {people(Sym(dim))} meets floor, ceil, min or max")
    above, below = ratio.top.degree(dim), ratio.bottom.degree(dim)
    if not ratio.top:
        return Poly()
    if above > below:
        return None
    if above < below:
        return Poly()
    leading = Ratio(ratio.top.coefficients(dim)[above], ratio.bottom.coefficients(dim)[below])
    found = leading.poly
    if found is None:
        raise ValueError(f"the limit for {people(Sym(dim))} is a quotient of sums")
    return found
