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
