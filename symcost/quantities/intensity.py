"""Arithmetic intensity: work for each byte moved, a quotient of two closed forms.

Source: Williams, Waterman and Patterson 2009, Roofline, doi 10.1145/1498765.1498785.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Named, Quotient
from symcost.algebra.identity import put_in
from symcost.algebra.proof import Derivation, Rule, Step
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import ratio_form, simplest
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.traffic import TRAFFIC, TRAFFIC_TRAIN

if TYPE_CHECKING:
    from symcost.algebra.identity import Relation
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Ledger


@final
@dataclass(frozen=True)
class Divided:
    """One quantity for each unit of another, both of a whole batch."""

    name: str
    letter: str
    unit: str
    meaning: str
    top: Measured
    bottom: Measured

    def ledgers(self, root: Component, convention: Convention) -> tuple[Ledger, Ledger]:
        """The terms above and below."""
        return (
            self.top.ledger(root, convention, "batch"),
            self.bottom.ledger(root, convention, "batch"),
        )

    def ratio(
        self, root: Component, convention: Convention, relations: tuple[Relation, ...] = ()
    ) -> Ratio:
        """The closed form, relations put in."""
        above, below = self.ledgers(root, convention)
        return Ratio(put_in(above.total, relations), put_in(below.total, relations))

    def derive(
        self, root: Component, convention: Convention, relations: tuple[Relation, ...] = ()
    ) -> Derivation:
        """The quotient of the two closed forms, then what cancels, as a proved step."""
        parts = [
            Named(quantity.letter, "", simplest(put_in(ledger.total, relations)).form)
            for quantity, ledger in zip(
                (self.top, self.bottom), self.ledgers(root, convention), strict=True
            )
        ]
        start = Quotient(parts[0], parts[1])
        opened = Quotient(parts[0].value, parts[1].value)
        short = ratio_form(self.ratio(root, convention, relations))
        steps = [Step(start, opened, Rule.OPEN)]
        if short != opened:
            steps.append(Step(opened, short, Rule.FACTOR, "what divides both sides cancels"))
        name = Named(self.letter, "", steps[-1].after)
        return Derivation(name, tuple(steps), "work for each byte moved", (), start)


ARITHMETIC_INTENSITY = Divided(
    "arithmetic_intensity",
    "I",
    "FLOP per byte",
    "work for each byte moved in one forward pass: flops_forward / traffic_bytes",
    FLOPS_FORWARD,
    TRAFFIC,
)
ARITHMETIC_INTENSITY_TRAIN = Divided(
    "arithmetic_intensity_train",
    "I_t",
    "FLOP per byte",
    "work for each byte moved in one training step: flops_train / traffic_train_bytes",
    FLOPS_TRAIN,
    TRAFFIC_TRAIN,
)
