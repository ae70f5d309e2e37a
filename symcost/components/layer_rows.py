"""Rows for the layers: each layer reads a narrow row of its own for every token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import gated_feed_forward
from symcost.components.mixture import mixture_of_experts
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def layer_rows(a: Author, *, layers: Poly, table: bool = True) -> Tensor:
    """A second table holds a row for each layer; a projection of the token's vector is added.

    Without a `table` the projection alone makes the rows.
    Shapes: tokens batch, time; x batch, time, model; the result batch, time, layer_row: one layer's
    share. Source: Gemma Team 2025, Gemma 3n, per-layer embeddings.
    """
    tokens = a.ids("batch time", "tokens") if table else None
    x = a.input("batch time model")
    every = a.axis("every_layer", layers)
    seen = a.linear("W_PL", x, f"model -> {every} layer_row")
    seen = normalised(a, seen, "rms", "layer_row", "rows")
    if tokens is None:
        return a.map("join", seen, axes="batch time layer_row", name="own_row")
    packed = a.axis("packed", layers * a.size("layer_row"))
    rows = a.gather("W_PE", tokens, f"row_vocab -> {packed}", Role.EMBEDDING)
    rows = a.map("join", rows, axes=f"batch time {every} layer_row", name="unpack")
    rows = a.map("add", seen, rows, name="add_rows")
    return a.map("join", rows, axes="batch time layer_row", name="own_row")


def read_row(a: Author, *, activation: str = "gelu_tanh") -> Tensor:
    """A layer's row, gated by the token's vector and brought to its width.

    Shapes: x is batch, time, model; the row batch, time, layer_row; the result as x.
    """
    x = a.input("batch time model")
    row = a.input("batch time layer_row", "row")
    gate = a.map(activation, a.linear("W_G", x, "model -> layer_row"))
    y = a.linear("W_P", a.map("multiply", gate, row), "layer_row -> model")
    return normalised(a, y, "rms")


def dense_and_experts(a: Author, *, activation: str = "gelu_tanh") -> Tensor:
    """A dense block and a mixture beside each other, each with norms of its own.

    The router reads a scaled norm, the experts another. Shapes: x is batch, time, model; so is the
    result. Source: Gemma Team 2026, Gemma 4.
    """
    x = a.input("batch time model")
    y = a.part(
        "dense",
        gated_feed_forward,
        normalised(a, x, "rms", name="dense"),
        activation=activation,
    )
    scored = normalised(a, x, "rms_plain", name="router")
    scored = a.map("scale", scored, a.weight("router_scale", "model", Role.ROUTER))
    z = a.part(
        "experts",
        mixture_of_experts,
        normalised(a, x, "rms", name="experts"),
        scored,
        apart=True,
        expert_scale=True,
        activation=activation,
    )
    y = normalised(a, y, "rms", name="after_dense")
    return a.map("add", y, normalised(a, z, "rms", name="after_experts"), name="add_experts")
