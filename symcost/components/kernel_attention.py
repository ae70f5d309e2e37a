"""Attention in two resolutions, whose products a kernel of its own makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def kernel_attention(a: Author) -> Tensor:
    """Queries, keys and values are made; without the kernel, zeros leave in place of the mix.

    So no gradient reaches the three projections. Shapes: x is batch, time, model; so is the result.
    Source: Zeng et al. 2022, Multi Resolution Analysis, arXiv 2207.10284, section 4, and the
    library's code for a machine without the kernel.
    """
    x = a.input("batch time model")
    cut = a.detach(x, "unreached")
    made = []
    for name in "QKV":
        weight = a.weight(f"W_{name}", "model heads head", train=False)
        y = a.linear(weight, cut, "model -> heads head", name=f"project_{name}")
        bias = a.weight(f"b_{name}", "heads head", Role.BIAS, train=False)
        made.append(a.map("add", y, bias, role=Role.BIAS, name=f"add_b_{name}"))
    mix = a.map("idle", x, *made, name="zeros", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model", bias=True)
