"""Parameters: the product of every weight's shape, each weight once.

A table that is used twice (tied head) is one tensor, so it counts once.
"""

from __future__ import annotations

from symcost.graph.tensor import Kind, Op
from symcost.quantities.interpret import PARAMETER, Count, Quantity


def _weights(op: Op) -> tuple[Count, ...]:
    return tuple(
        Count(1, weight.axes, weight.name, weight.role, weight)
        for weight in op.weights
        if weight.role is not None
    )


PARAMS = Quantity(
    "params",
    "P",
    PARAMETER,
    "parameters, shared tensors once",
    rules=dict.fromkeys(Kind, _weights),
    once=True,
    scoped=False,
)
