"""Training work: forward plus backward, plus what a convention recomputes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.interpret import FLOP, Combined
from symcost.quantities.recompute import again

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger


def _train(root: Component, convention: Convention, scope: str) -> Ledger:
    forward = FLOPS_FORWARD.ledger(root, convention, scope)
    both = forward + FLOPS_BACKWARD.ledger(root, convention, scope)
    both = both + again(forward, root)
    return replace(both, quantity="flops_train")


FLOPS_TRAIN = Combined(
    "flops_train",
    "C",
    FLOP,
    "work of one training step: forward and backward",
    _train,
)
