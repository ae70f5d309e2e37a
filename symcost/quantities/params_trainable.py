"""Parameters that training changes: all but frozen weights and tables that are fixed by design."""

from __future__ import annotations

from symcost.graph.tensor import Kind, Op
from symcost.quantities.interpret import PARAMETER, Count, Quantity


def _trained(op: Op) -> tuple[Count, ...]:
    return tuple(
        Count(1, weight.axes, weight.name, weight.role, weight)
        for weight in op.weights
        if weight.role is not None and weight.trainable
    )


PARAMS_TRAINABLE = Quantity(
    "params_trainable",
    "P_train",
    PARAMETER,
    "parameters that training changes",
    rules=dict.fromkeys(Kind, _trained),
    once=True,
    scoped=False,
)
