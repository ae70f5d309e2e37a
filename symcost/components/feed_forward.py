"""The feed-forward block."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def feed_forward(a: Author, *, bias: bool = True, activation: str = "gelu_tanh") -> Tensor:
    """Up to the inner width, an elementwise function, and back; each token by itself.

    Shapes: x is batch, time, model; so is the result. Source: Vaswani et al. 2017, arXiv
    1706.03762, section 3.3.
    """
    x = a.input("batch time model")
    inner = a.linear("W_1", x, "model -> feed", bias=bias)
    return a.linear("W_2", a.map(activation, inner), "feed -> model", bias=bias)
