"""Multi-head latent attention: keys and values come from one narrow latent for each token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def latent_attention(
    a: Author,
    *,
    compressed: bool = True,
    down_bias: bool = False,
    o_bias: bool = False,
    norm: str = "rms",
    gate: bool = False,
) -> Tensor:
    """Queries and keys have a part without and a part with rotation; the latent is what is kept.

    The cache holds the latent and the rotated key, once for all heads. Keys and values are
    expanded from it ("unabsorbed"). `compressed`: queries pass a narrow latent of their own. `gate`
    multiplies what a head brings by one number.
    Shapes: x is batch, time, model; so is the result. Source: DeepSeek-AI 2024, DeepSeek-V2, arXiv
    2405.04434, section 2.1.
    """
    x = a.input("batch time model")
    a.axis("query_head", a.size("nope") + a.size("rope"))
    if compressed:
        narrow = a.linear("W_DQ", x, "model -> query_rank", bias=down_bias)
        narrow = normalised(a, narrow, norm, "query_rank", "q")
        q = a.linear("W_UQ", narrow, "query_rank -> heads query_head")
    else:
        q = a.linear("W_Q", x, "model -> heads query_head")
    latent = a.linear("W_DKV", x, "model -> latent", bias=down_bias)
    latent = a.remember(normalised(a, latent, norm, "latent", "kv"))
    rotated = a.remember(a.linear("W_KR", x, "model -> rope", bias=down_bias))
    k = a.linear("W_UK", latent, "latent -> heads nope")
    v = a.linear("W_UV", latent, "latent -> heads value_head")
    k = a.map("join", k, rotated, axes="batch past heads query_head")
    scores = a.contract(
        "batch time heads query_head, batch past heads query_head -> batch heads time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        "batch heads time past, batch past heads value_head -> batch time heads value_head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
    if gate:
        opened = a.map("sigmoid", a.linear("W_G", x, "model -> heads"))
        mix = a.map("multiply", mix, opened, name="gate")
    return a.linear("W_O", mix, "heads value_head -> model", bias=o_bias)
