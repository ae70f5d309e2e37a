"""Attention of a tower over texts: a token sees those before it, and nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.picture import attended

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def past_attention(a: Author) -> Tensor:
    """Each token asks itself and those before it; the text is read once, so there is no cache.

    Shapes: x is batch, time, model; so is the result. Source: Radford et al. 2021, CLIP, arXiv
    2103.00020, section 2.4; Vaswani et al. 2017, arXiv 1706.03762, section 3.2.3.
    """
    x = a.input("batch time model")
    a.axis("past", a.size("time"))
    q, k, v = (a.linear(f"W_{each}", x, "model -> heads head", bias=True) for each in "QKV")
    k = a.map("join", k, name="keys", axes="batch past heads head")
    v = a.map("join", v, name="values", axes="batch past heads head")
    mix = attended(a, q, k, v, mask="causal")
    return a.linear("W_O", mix, "heads head -> model", bias=True)
