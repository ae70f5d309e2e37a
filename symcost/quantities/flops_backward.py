"""Backward work: the einsums of the gradients, one for each operand that needs one.

For y = x W the gradient of W is x^T g and the gradient of x is g W^T: two products over the same
axes as the forward one. The factor 2 is thus counted, not assumed; with a frozen W, or an x that
nothing trainable lies below, it is 1.
"""

from __future__ import annotations

from symcost.graph.functions import FUNCTIONS
from symcost.graph.tensor import Kind, Op, Role
from symcost.quantities.interpret import FLOP, Count, Quantity, nothing, product_axes


def _contract(op: Op) -> tuple[Count, ...]:
    cost = 2 * (len(op.reads) - 1)
    return tuple(
        Count(cost, product_axes(op), f"gradient of {tensor.name}", op.role)
        for tensor in op.reads
        if tensor.needs_gradient
    )


def _map(op: Op) -> tuple[Count, ...]:
    if not op.writes.needs_gradient:
        return ()
    cost = FUNCTIONS[op.function].backward
    return (Count(cost, op.writes.axes, f"gradient of {op.name}", op.role),)


def _gather(op: Op) -> tuple[Count, ...]:
    if not op.writes.needs_gradient:
        return ()
    # Each token adds its gradient to one row of the table: elementwise, never a product.
    return (Count(1, op.writes.axes, f"gradient of {op.name}", Role.EMBEDDING),)


FLOPS_BACKWARD = Quantity(
    "flops_backward",
    "F_b",
    FLOP,
    "work of one backward pass",
    rules={
        Kind.CONTRACT: _contract,
        Kind.MAP: _map,
        Kind.GATHER: _gather,
        Kind.ROUTE: nothing("the gradient goes straight into the slices that were chosen"),
        Kind.WINDOW: nothing("gradients of overlapping slices are added, not multiplied"),
        Kind.CARRY: nothing("the gradient of a state is handed back as it is"),
        Kind.REMEMBER: nothing("the gradient of what is kept is the gradient of what was made"),
    },
)
