"""What is found: sets of conventions that make a number, and the misses that come near."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

from symcost.catalog import find as catalog
from symcost.quantities.interpret import FLOP
from symcost.questions.cost import exactly, per_cent
from symcost.questions.which.claim import MAC

if TYPE_CHECKING:
    from symcost.algebra.poly import Number
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger
    from symcost.questions.which.recipe import Recipe

LEAST = Fraction(1, 10**6)  # a share that four decimals of a per cent still show


@final
@dataclass(frozen=True)
class Answer:
    """A set of conventions that makes a number, proved by the ledger that it means.

    `number` is exact; `distance` is how far it is from the claim, as a share of the claim. `models`
    are all those for which the same set with the same closed form makes the number. `assumed` are
    sizes that nobody gave and that the closed form needs; `also` other simple sets with the same
    closed form, `named` the conventions of the catalog that count the same.
    """

    models: tuple[str, ...]
    recipe: Recipe
    number: Number
    distance: Fraction
    ledger: Ledger
    formula: str
    assumed: tuple[tuple[str, int], ...]
    named: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def quantity(self) -> str:
        """The quantity of the catalog."""
        return self.recipe.quantity

    @property
    def conventions(self) -> tuple[str, ...]:
        """The choices in words; none for the plain default."""
        return self.recipe.words

    @property
    def convention(self) -> Convention:
        """What counts, for `Model.ledger` and `Model.value`."""
        return self.recipe.chosen()

    @property
    def unit(self) -> str:
        """The unit, with the scope it is counted for."""
        scope = self.ledger.scope
        return self.ledger.unit if scope == "model" else f"{self.ledger.unit} per {scope}"

    @property
    def default(self) -> str:
        """The quantity in words, for where no choice is made."""
        meaning = catalog.quantity(self.quantity).meaning
        return "all parameters" if self.quantity == "params" else meaning

    @property
    def shown(self) -> str:
        """The exact number, thousands separated."""
        return exactly(self.number)

    @property
    def how_far(self) -> str:
        """How far the number is from the claim, in words."""
        if not self.distance:
            return "exactly"
        return f"{percent(self.distance)} {'above' if self.distance > 0 else 'below'}"

    @property
    def counted(self) -> str:
        """What the convention counts, in the words of every output; empty where it is moot."""
        parameters, _, work = self.ledger.convention.sentence().partition("; work: ")
        if self.recipe.is_estimate or self.recipe.layer:
            return ""
        if self.ledger.unit in (FLOP, MAC):
            return work
        return parameters if self.recipe.taken == "params" and self.recipe.left_out else ""

    def report(self) -> dict[str, Any]:
        """The answer as plain data."""
        number = self.number
        return {
            "models": list(self.models),
            "quantity": self.quantity,
            "conventions": list(self.conventions),
            "counted": self.counted,
            "named": list(self.named),
            "also": list(self.also),
            "formula": self.formula,
            "value": number if isinstance(number, int) else exactly(number).replace(",", ""),
            "unit": self.ledger.unit,
            "scope": self.ledger.scope,
            "assumed": dict(self.assumed),
            "distance": percent(self.distance) if self.distance else None,
        }


def percent(share: Fraction) -> str:
    """The size of a share in per cent; one too small for four decimals says so."""
    return per_cent(abs(share)) if abs(share) >= LEAST else "less than 0.0001 %"


@final
@dataclass(frozen=True)
class Near:
    """A simple count that misses the claim: by `distance`, claim minus number as a share of it."""

    model: str
    recipe: Recipe
    number: Number
    distance: Fraction

    @property
    def sentence(self) -> str:
        """How far the claim is from it."""
        way = "above" if self.distance > 0 else "below"
        words = f" ({'; '.join(self.recipe.words)})" if self.recipe.words else ""
        what = f"{self.model} {self.recipe.quantity}{words} = {exactly(self.number)}"
        return f"{percent(self.distance)} {way} {what}"
