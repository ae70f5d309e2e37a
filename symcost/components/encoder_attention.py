"""Attention of an encoder: every token sees all others, and nothing is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def encoder_attention(
    a: Author,
    *,
    bias: bool = True,
    out_bias: bool = True,
    key_bias: bool = True,
    offsets: bool = False,
    ways: bool = False,
) -> Tensor:
    """Each token asks all tokens: in every head a softmax of scores mixes values.

    Without `key_bias` queries and values alone may have a bias. `offsets`: scores for the distance
    of two tokens are handed in, and added. `ways`: vectors for the way from one token to another
    are, and queries score them too. Shapes: x is batch, time, model; so is the result. Source:
    Devlin et al. 2018, BERT, arXiv 1810.04805, section 3; Vaswani et al. 2017, arXiv 1706.03762,
    section 3.2.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    more = (a.input("heads time seen", "distance"),) if offsets else ()
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = a.linear("W_K", x, "model -> heads head", bias=bias and key_bias)
    v = a.linear("W_V", x, "model -> heads head", bias=bias)
    if ways:
        way = a.input("batch time seen head", "way")
        pattern = "batch time heads head, batch time seen head -> batch heads time seen"
        more = (*more, a.contract(pattern, q, way, name="scores_of_ways"))
    mix = mixed(a, q, k, v, *more)
    return a.linear("W_O", mix, "heads head -> model", bias=out_bias)


def mixed(
    a: Author,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *more: Tensor,
    shares: str = "softmax",
    scaled: bool = True,
) -> Tensor:
    """The mix of the values of all tokens, for each token and head; part of another component.

    `more` are scores that are added. The axis `seen` is declared there. Source: Vaswani et al.
    2017, arXiv 1706.03762, section 3.2.1.
    """
    k = a.map("join", k, name="keys", axes="batch seen heads head")
    v = a.map("join", v, name="values", axes="batch seen heads head")
    scores = a.contract(
        "batch time heads head, batch seen heads head -> batch heads time seen",
        q,
        k,
        name="scores",
    )
    scores = a.map("scale", scores) if scaled else scores
    for each in more:
        scores = a.map("add", scores, each, name=f"add_{each.name}")
    return a.contract(
        "batch heads time seen, batch seen heads head -> batch time heads head",
        a.map(shares, scores),
        v,
        name="mix",
    )
