"""Multi-head attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def multi_head_attention(a: Author, *, bias: bool = True, dropout: bool = False) -> Tensor:
    """Each token asks the tokens up to itself: in every head a softmax of scores mixes values.

    `dropout` drops shares. Shapes: x is batch, time, model; so is the result. Source: Vaswani et
    al. 2017, Attention Is All You Need, arXiv 1706.03762, section 3.2.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = a.remember(a.linear("W_K", x, "model -> heads head", bias=bias))
    v = a.remember(a.linear("W_V", x, "model -> heads head", bias=bias))
    scores = a.contract(
        "batch time heads head, batch past heads head -> batch heads time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    shares = a.map("softmax", a.map("scale", scores))
    if dropout:
        shares = a.map("dropout", shares)
    mix = a.contract(
        "batch heads time past, batch past heads head -> batch time heads head",
        shares,
        v,
        name="mix",
        mask="causal",
    )
    return a.linear("W_O", mix, "heads head -> model", bias=bias)


def attention_head(a: Author) -> Tensor:
    """Queries, keys and values of one head, its scores, and the mix of values; no biases.

    Shapes: x is batch, time, model; the result batch, time, head. Source: Vaswani et al. 2017,
    arXiv 1706.03762, section 3.2.2.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> head")
    k = a.remember(a.linear("W_K", x, "model -> head"))
    v = a.remember(a.linear("W_V", x, "model -> head"))
    scores = a.contract(
        "batch time head, batch past head -> batch time past", q, k, name="scores", mask="causal"
    )
    shares = a.map("softmax", a.map("scale", scores))
    return a.contract(
        "batch time past, batch past head -> batch time head", shares, v, name="mix", mask="causal"
    )
