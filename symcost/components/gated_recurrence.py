"""The real-gated linear recurrent unit: an elementwise state with two gates, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.short_convolution import convolved
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def recurrent_block(a: Author, *, activation: str = "gelu_tanh") -> Tensor:
    """A convolution and a gated recurrence on one branch, an activation on the other.

    Both gates are products with block-diagonal matrices, one block for each of the heads. Shapes: x
    is batch, time, model; so is the result. Source: De et al. 2024, Griffin, arXiv 2402.19427.
    """
    x = a.input("batch time model")
    lane = "heads block"
    other = a.map(activation, a.linear("W_y", x, f"model -> {lane}", bias=True), name="branch")
    u = a.linear("W_x", x, f"model -> {lane}", bias=True)
    a.axis("earlier", a.size("kernel") - 1)
    u = convolved(a, u, lane, bias=True, keep="earlier")
    a.axis("gate", a.size("block"))

    def gate(name: str) -> Tensor:
        blocks = a.weight(f"W_{name}", "heads block gate", Role.STATE)
        pattern = f"batch time {lane}, heads block gate -> batch time heads gate"
        y = a.contract(pattern, u, blocks, name=f"{name}_gate", role=Role.STATE)
        y = a.map(
            "add",
            y,
            a.weight(f"b_{name}", "heads gate", Role.BIAS),
            role=Role.BIAS,
            name=f"add_b_{name}",
        )
        return a.map("sigmoid", y, axes=f"batch time {lane}", name=f"{name}_share")

    decay = a.weight("decay", lane, Role.STATE)
    before = a.carry(u, f"batch {lane}", "state")
    y = a.map(
        "scan",
        u,
        gate("input"),
        gate("recurrent"),
        decay,
        before,
        name="recur",
        axes=f"batch time {lane}",
    )
    return a.linear("W_O", a.map("multiply", y, other), f"{lane} -> model", bias=True)
