"""The cache of a decoder: every tensor that is remembered, at the convention's element size."""

from __future__ import annotations

from symcost.graph.tensor import Kind, Op
from symcost.quantities.interpret import BYTE, Count, Quantity, nothing


def _remember(op: Op) -> tuple[Count, ...]:
    axes = tuple(op.keep if op.keep and axis == "past" else axis for axis in op.writes.axes)
    return (Count(1, axes, op.name, op.role),)


def _carry(op: Op) -> tuple[Count, ...]:
    return (Count(1, op.writes.axes, op.name, op.role),)


KV_CACHE = Quantity(
    "kv_cache_bytes",
    "M",
    BYTE,
    "bytes of keys, values and states kept for later tokens",
    rules={
        Kind.CONTRACT: nothing("a product keeps nothing for the next token"),
        Kind.MAP: nothing("an elementwise function keeps nothing for the next token"),
        Kind.GATHER: nothing("a look-up keeps nothing for the next token"),
        Kind.ROUTE: nothing("a choice is made anew for each token"),
        Kind.WINDOW: nothing("what a window needs later is carried, and counted there"),
        Kind.REMEMBER: _remember,
        Kind.CARRY: _carry,
    },
)
