"""The feed-forward block, plain and gated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def feed_forward(
    a: Author,
    *,
    bias: bool = True,
    activation: str = "gelu_tanh",
    feed: str = "feed",
) -> Tensor:
    """Up to the inner width, an elementwise function, and back; each token by itself.

    Shapes: x is batch, time, model; so is the result. `feed` is the axis of the inner width.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.3.
    """
    x = a.input("batch time model")
    inner = a.linear("W_1", x, f"model -> {feed}", bias=bias)
    return a.linear("W_2", activated(a, activation, inner), f"{feed} -> model", bias=bias)


def grouped_feed_forward(a: Author, *, activation: str = "gelu", feed: str = "feed") -> Tensor:
    """A feed-forward block of block-diagonal matrices: each group of numbers keeps to itself.

    Shapes: x is batch, time, model; so is the result. `feed` is the axis of the inner width.
    Source: Jiang et al. 2020, ConvBERT, arXiv 2008.02496, section 2.3.
    """
    x = a.input("batch time model")
    a.axis("part", a.size("model") / a.size("feed_groups"))
    a.axis("inner_part", a.size(feed) / a.size("feed_groups"))
    x = a.map("join", x, name="groups_in", axes="batch time feed_groups part")
    for name, eaten, made in (("1", "part", "inner_part"), ("2", "inner_part", "part")):
        x = a.contract(
            f"batch time feed_groups {eaten}, feed_groups {eaten} {made} "
            f"-> batch time feed_groups {made}",
            x,
            a.weight(f"W_{name}", f"feed_groups {eaten} {made}"),
            name=f"product_{name}",
            role=Role.MATRIX,
        )
        bias = a.weight(f"b_{name}", f"feed_groups {made}", Role.BIAS)
        x = a.map("add", x, bias, role=Role.BIAS, name=f"add_b_{name}")
        if name == "1":
            x = activated(a, activation, x)
    return a.map("join", x, name="groups_out", axes="batch time model")


def gated_feed_forward(
    a: Author,
    *,
    bias: bool = False,
    out_bias: bool = False,
    activation: str = "silu",
    feed: str = "feed",
    inner_norm: str = "",
) -> Tensor:
    """Two projections up, one of them a gate for the other, and one back.

    Shapes: x is batch, time, model; so is the result. `feed` is the axis of the inner width;
    `inner_norm` a kind of norm over it, before the way back.
    Source: Shazeer 2020, GLU Variants Improve Transformer, arXiv 2002.05202, equation 6.
    """
    x = a.input("batch time model")
    gate = activated(a, activation, a.linear("W_G", x, f"model -> {feed}", bias=bias))
    inner = a.map("multiply", gate, a.linear("W_1", x, f"model -> {feed}", bias=bias))
    if inner_norm:
        inner = normalised(a, inner, inner_norm, feed, "inner")
    return a.linear("W_2", inner, f"{feed} -> model", bias=out_bias)


def activated(a: Author, function: str, x: Tensor) -> Tensor:
    """x through an elementwise function; xielu brings two learned slopes of its own."""
    slopes = ("alpha_p", "alpha_n") if function == "xielu" else ()
    return a.map(function, x, *(a.weight(name, "", Role.ACTIVATION) for name in slopes))
