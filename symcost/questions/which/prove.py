"""Matches become answers: the ledger that a set of conventions means is built and evaluated.

Sets with the same closed form are one answer, the one with the fewest choices, which comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.identity import put_in
from symcost.algebra.plain import python
from symcost.algebra.poly import UnboundError
from symcost.algebra.simplify import simplest
from symcost.catalog import find as catalog
from symcost.quantities.convention import DEFAULT, ConventionError
from symcost.quantities.interpret import BYTE
from symcost.questions.which.answers import Answer
from symcost.questions.which.choices import MOST_LIKELY, likely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number, Poly
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Ledger
    from symcost.questions.which.choices import Choice
    from symcost.questions.which.network import Setting
    from symcost.questions.which.recipe import Recipe
    from symcost.questions.which.search import Match

MOST_ALSO = 2


@final
@dataclass
class Prover:
    """Turns matches into answers, one for each closed form of a model, in the order they come.

    With `least`, a set that only adds choices to another of the same quantity is dropped: the
    digits of a rounded number cannot tell whether they were made.
    """

    least: bool
    answers: list[Answer] = field(default_factory=list)
    dropped: int = 0
    _places: dict[tuple[str, str, Number, Poly], int] = field(default_factory=dict)
    _taken: dict[tuple[str, str], list[frozenset[Choice]]] = field(default_factory=dict)

    def take(self, match: Match) -> None:
        """Takes one match; it becomes an answer, or part of one, or is dropped."""
        model, recipe = match.network.architecture.name, match.recipe
        tried = match.setting.choice
        choices = frozenset(each for each in recipe.choices if each is not tried)
        before = self._taken.setdefault((model, recipe.quantity), [])
        if self.least and any(fewer <= choices for fewer in before):
            self.dropped += 1
            return
        ledger = recipe.ledger(match.network.root)
        if _value(ledger, match.setting.values) != match.number:
            raise AssertionError(f"{recipe} is not {match.number}: a fault of the engine")
        total = put_in(ledger.total, match.network.architecture.relations)
        key = (model, ledger.unit, match.number, _without_ones(total, match.setting))
        if key in self._places:
            if tried is None:
                self._also(self._places[key], recipe)
            return
        before.append(choices)
        self._places[key] = self._put(_answer(match, ledger, total))

    def _put(self, answer: Answer) -> int:
        """The place of an answer; of another model with the same set it joins the models."""
        for at, before in enumerate(self.answers):
            if _alike(before, answer):
                self.answers[at] = replace(before, models=(*before.models, *answer.models))
                return at
        self.answers.append(answer)
        return len(self.answers) - 1

    def _also(self, at: int, recipe: Recipe) -> None:
        """Another set with the same closed form, if it is about as simple and not the same."""
        before = self.answers[at]
        mine, choices = set(before.recipe.choices), set(recipe.choices)
        only_more = choices == mine or (recipe.quantity == before.quantity and mine < choices)
        simple = len(choices) <= len(mine) + 1 and likely(recipe.quantity) < MOST_LIKELY
        if only_more or not simple or len(before.also) >= MOST_ALSO:
            return
        said = f"{recipe.quantity}: {'; '.join(recipe.words)}"
        if said not in before.also:
            self.answers[at] = replace(before, also=(*before.also, said))


def _value(ledger: Ledger, values: Mapping[Dim, int]) -> Number:
    """The exact value, also where only the closed form shows that a size is not needed."""
    try:
        return ledger.at(values)
    except UnboundError:
        return ledger.total.at(values)


def _without_ones(total: Poly, setting: Setting) -> Poly:
    """A batch of one is a sequence: the two are not told apart."""
    batch = dim("batch")
    return total.substitute({batch: 1}) if setting.values.get(batch) == 1 else total


def _alike(one: Answer, other: Answer) -> bool:
    """Whether two models have the same set with the same closed form and number."""
    return (one.number, one.quantity, one.conventions, one.formula, one.assumed) == (
        other.number,
        other.quantity,
        other.conventions,
        other.formula,
        other.assumed,
    )


def _answer(match: Match, ledger: Ledger, total: Poly) -> Answer:
    values, shown = match.setting.values, total.dims()
    assumed = [
        each for each in sorted(match.setting.assumed, key=lambda one: one.key) if each in shown
    ]
    return Answer(
        (match.network.architecture.name,),
        match.recipe,
        match.number,
        match.distance,
        ledger,
        python(simplest(total).form),
        tuple((each.symbol, values[each]) for each in assumed),
        _named(match.recipe, ledger, match.network.root) if match.recipe.is_plain else (),
    )


def _named(recipe: Recipe, ledger: Ledger, root: Component) -> tuple[str, ...]:
    """The named conventions that count the same; none where the default does."""
    if ledger.unit == BYTE:
        return ()
    scope = None if ledger.scope == "model" else ledger.scope
    measured = catalog.quantity(recipe.taken)
    alike = [
        name
        for name, convention in catalog.conventions().items()
        if convention.unit == ledger.convention.unit
        and _total(measured, root, convention, scope) == ledger.total
    ]
    return () if DEFAULT.name in alike else tuple(alike)


def _total(
    measured: Measured, root: Component, convention: Convention, scope: str | None
) -> Poly | None:
    try:
        return measured.ledger(root, convention, scope).total
    except ConventionError:  # no causal square to halve
        return None
