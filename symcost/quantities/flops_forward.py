"""Forward work: a contraction costs one multiplication and one addition for each combination of
its axes, so 2 x shared x rows x inner x columns.
"""

from __future__ import annotations

from symcost.graph.functions import FUNCTIONS
from symcost.graph.tensor import Kind, Op
from symcost.quantities.interpret import FLOP, Count, Quantity, nothing, product_axes


def _contract(op: Op) -> tuple[Count, ...]:
    return (Count(2 * (len(op.reads) - 1), product_axes(op), op.name, op.role),)


def _map(op: Op) -> tuple[Count, ...]:
    cost = FUNCTIONS[op.function].forward
    return (Count(cost, op.writes.axes, op.name, op.role),)


FLOPS_FORWARD = Quantity(
    "flops_forward",
    "F",
    FLOP,
    "work of one forward pass",
    rules={
        Kind.CONTRACT: _contract,
        Kind.MAP: _map,
        Kind.GATHER: nothing("looking a row up computes nothing"),
        Kind.ROUTE: nothing("choosing experts compares scores, it multiplies nothing"),
        Kind.WINDOW: nothing("slices are views of what is there"),
        Kind.CARRY: nothing("handing a state on multiplies nothing"),
        Kind.REMEMBER: nothing("keeping keys and values moves bytes but multiplies nothing"),
    },
)
