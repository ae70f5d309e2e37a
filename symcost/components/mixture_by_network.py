"""A mixture whose router is a small network of its own, with a way out that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import activated
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def mixture_by_network(a: Author, *, remembers: bool = True, activation: str = "silu") -> Tensor:
    """Three narrow layers score the experts and one more choice, which adds nothing.

    A token that takes the last choice passes an expert all the same, with weight zero. With
    `remembers` the router adds what it made in the layer below, scaled by a vector. Shapes: x is
    batch, time, model; so is the result. Source: Zyphra 2025, ZAYA1, arXiv 2511.17127.
    """
    x = a.input("batch time model")
    a.axis("choices", a.size("experts") + 1)
    a.axis("router_out", a.size("router_width"))
    y = a.linear("W_R0", x, "model -> router_width", bias=True, role=Role.ROUTER)
    if remembers:
        scale = a.weight("scale_below", "router_width", Role.SCALE)
        y = a.map("add", y, scale, role=Role.SCALE, name="add_below")
    y = normalised(a, y, "rms", "router_width", "router")
    for name in ("W_R1", "W_R2"):
        z = a.linear(name, y, "router_width -> router_out", bias=True, role=Role.ROUTER)
        y = a.map("gelu", z, name=f"act_{name}")
        y = a.map("join", y, name=f"again_{name}", axes="batch time router_width")
    scores = a.linear("W_R3", y, "router_width -> choices", role=Role.ROUTER)
    choice = a.choose(a.map("softmax", scores), "choices -> chosen")

    def through(name: str, z: Tensor, eaten: str, made: str) -> Tensor:
        chosen = a.pick(a.weight(name, f"experts {eaten} {made}"), choice, "experts")
        pattern = f"{' '.join(z.axes)}, {' '.join(chosen.axes)} -> batch time chosen {made}"
        return a.contract(pattern, z, chosen, name=name, role=Role.MATRIX)

    gate = activated(a, activation, through("W_G", x, "model", "expert_feed"))
    inner = a.map("multiply", gate, through("W_1", x, "model", "expert_feed"), name="open")
    y = through("W_2", inner, "expert_feed", "model")
    return a.map("sum_experts", y, choice, axes="batch time model")
