"""Two attentions and two feed-forward blocks in a row, and a mixture that runs beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import activated, gated_feed_forward
from symcost.components.latent_attention import latent_attention
from symcost.components.norm import norm
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def shortcut_block(
    a: Author, *, bias: bool = False, router_bias: bool = False, activation: str = "silu"
) -> Tensor:
    """What a layer adds to x: two latent attentions, two feed-forward blocks, one mixture.

    The mixture reads what the first feed-forward block reads, and joins at the end. Shapes: x is
    batch, time, model; so is the result. Source: Meituan 2025, LongCat-Flash, arXiv 2509.01322,
    section 2.
    """
    x = a.input("batch time model")
    total, beside = None, None
    for part in ("first", "second"):
        y = a.part(f"{part}_norm_1", norm, x, kind="rms")
        y = a.part(f"{part}_attention", latent_attention, y, down_bias=bias, o_bias=bias)
        x = a.map("add", x, y, name=f"add_{part}_attention")
        total = y if total is None else a.map("add", total, y, name=f"sum_{part}_attention")
        y = a.part(f"{part}_norm_2", norm, x, kind="rms")
        if beside is None:
            flags = {"router_bias": router_bias, "activation": activation}
            beside = a.part("mixture", mixture_with_idle, y, **flags)
        y = a.part(f"{part}_feed_forward", gated_feed_forward, y, activation=activation)
        if part == "first":
            x = a.map("add", x, y, name=f"add_{part}_feed_forward")
        total = a.map("add", total, y, name=f"sum_{part}_feed_forward")
    assert total is not None
    assert beside is not None
    return a.map("add", total, beside, name="add_mixture")


def mixture_with_idle(a: Author, *, router_bias: bool = False, activation: str = "silu") -> Tensor:
    """A mixture in which some of the experts hand the token back as it is.

    k counts the experts that really work on a token: how many those are is up to the router. The
    first matrices exist for the idle experts too. Shapes: x is batch, time, model; so is the
    result. Source: Meituan 2025, LongCat-Flash, arXiv 2509.01322, section 2.1.
    """
    x = a.input("batch time model")
    a.axis("all_experts", a.size("experts") + a.size("idle_experts"))
    scores = a.linear("W_R", x, "model -> all_experts", bias=router_bias, role=Role.ROUTER)
    choice = a.choose(a.map("softmax", scores), "all_experts -> chosen")

    def through(name: str, z: Tensor, several: str, eaten: str, made: str) -> Tensor:
        chosen = a.pick(a.weight(name, f"{several} {eaten} {made}"), choice, several)
        pattern = f"{' '.join(z.axes)}, {' '.join(chosen.axes)} -> batch time chosen {made}"
        return a.contract(pattern, z, chosen, name=name, role=Role.MATRIX)

    gate = activated(a, activation, through("W_G", x, "all_experts", "model", "expert_feed"))
    inner = through("W_1", x, "all_experts", "model", "expert_feed")
    inner = a.map("multiply", gate, inner, name="open")
    y = through("W_2", inner, "experts", "expert_feed", "model")
    return a.map("sum_experts", y, choice, axes="batch time model")
