"""Mixtures of experts: every token passes the few experts that a router chooses for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import activated, feed_forward, gated_feed_forward
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def mixture_of_experts(
    a: Author,
    *,
    gated: bool = True,
    expert_bias: bool = False,
    router_bias: bool = False,
    correction: bool = False,
    shared: str = "",
    shared_bias: bool = False,
    shared_gate: bool = False,
    activation: str = "silu",
    feed: str = "expert_feed",
    narrow: str = "",
    narrow_bias: bool = False,
    narrow_norm: str = "",
    sum_bias: bool = False,
    apart: bool = False,
    expert_scale: bool = False,
) -> Tensor:
    """A router scores E experts, k of them work on the token, their results are mixed.

    All experts are parameters, the chosen ones do the work. `correction` is a trained offset of
    the scores. `shared` is "gated" or "plain" for an expert that sees every token; `shared_gate`
    weighs it by one number. `sum_bias` is added once, to the sum. `narrow` is the axis of a
    narrower width in which the experts work; `narrow_norm` is a kind of norm there, before them and
    on what they make. `apart`: the router reads an input of its own;
    `expert_scale` is a trained factor for each expert. Shapes: x is batch, time, model; so is the
    result. Source: Shazeer et al. 2017, arXiv 1701.06538, section 2; Dai et al. 2024, DeepSeekMoE,
    arXiv 2401.06066.
    """
    x = a.input("batch time model")
    seen = a.input("batch time model", "seen") if apart else x
    scores = a.linear("W_R", seen, "model -> experts", bias=router_bias, role=Role.ROUTER)
    if correction:
        offset = a.weight("offset", "experts", Role.ROUTER)
        scores = a.map("add", scores, offset, role=Role.BIAS, name="correct")
    scores = a.map("softmax", scores)
    if expert_scale:
        factors = a.weight("expert_scale", "experts", Role.ROUTER)
        scores = a.map("scale", scores, factors, name="scale_experts")
    choice = a.choose(scores, "experts -> chosen")
    width = narrow or "model"
    into = a.linear("W_narrow", x, f"model -> {narrow}", bias=narrow_bias) if narrow else x
    if narrow_norm:
        into = normalised(a, into, narrow_norm, width, "narrow")
    y = _experts(a, into, choice, gated, expert_bias, activation, feed, width)
    if narrow_norm:
        y = normalised(a, y, narrow_norm, width, "made")
    y = a.map("sum_experts", y, choice, axes=f"batch time {width}")
    if sum_bias:
        y = a.map("add", y, a.weight("b", width, Role.BIAS), role=Role.BIAS, name="add_b")
    if narrow:
        y = a.linear("W_widen", y, f"{narrow} -> model", bias=narrow_bias)
    if not shared:
        return y
    if shared == "gated":
        z = a.part(
            "shared_expert",
            gated_feed_forward,
            x,
            bias=shared_bias,
            out_bias=shared_bias,
            activation=activation,
            feed="shared_feed",
        )
    else:
        z = a.part(
            "shared_expert",
            feed_forward,
            x,
            bias=shared_bias,
            activation=activation,
            feed="shared_feed",
        )
    if shared_gate:
        weight = a.map("sigmoid", a.linear("w_S", x, "model ->", role=Role.ROUTER))
        z = a.map("multiply", z, weight, name="weigh_shared")
    return a.map("add", y, z, name="add_shared")


def _experts(
    a: Author,
    x: Tensor,
    choice: Tensor,
    gated: bool,
    bias: bool,
    activation: str,
    feed: str,
    width: str = "model",
) -> Tensor:
    """What the chosen experts make of each token."""

    def through(name: str, z: Tensor, eaten: str, made: str) -> Tensor:
        weight = a.weight(name, f"experts {eaten} {made}")
        chosen = a.pick(weight, choice, "experts")
        pattern = f"{' '.join(z.axes)}, {' '.join(chosen.axes)} -> batch time chosen {made}"
        y = a.contract(pattern, z, chosen, name=name, role=Role.MATRIX)
        if bias:
            offset = a.pick(a.weight(f"b_{name}", f"experts {made}", Role.BIAS), choice, "experts")
            y = a.map("add", y, offset, role=Role.BIAS, name=f"add_b_{name}")
        return y

    inner = through("W_1", x, width, feed)
    if gated:
        gate = activated(a, activation, through("W_G", x, width, feed))
        inner = a.map("multiply", gate, inner)
    else:
        inner = activated(a, activation, inner)
    return through("W_2", inner, feed, width)
