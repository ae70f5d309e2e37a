"""Latent attention with the expansion of keys and values absorbed: heads look at latents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

PLAIN = "batch time heads"


def absorbed_latent_attention(
    a: Author,
    *,
    compressed: bool = True,
    down_bias: bool = False,
    o_bias: bool = False,
    norm: str = "rms",
    gate: bool = False,
) -> Tensor:
    """Latent attention in another order: queries go to the latent, not the latents to the keys.

    q (c W_UK)^T = (q W_UK^T) c^T, so scores and mixes are products with the cached latents
    themselves, and nothing is expanded for the tokens before. Weights, cache and result are those
    of `latent_attention`; the work is not. Shapes: x is batch, time, model; so is the result.
    Source: DeepSeek-AI 2024, DeepSeek-V2, arXiv 2405.04434, section 2.1.2.
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
    mix = _mixed_latents(a, q, latent, rotated)
    values = a.contract(
        f"{PLAIN} latent, latent heads value_head -> {PLAIN} value_head",
        mix,
        a.weight("W_UV", "latent heads value_head"),
        name="W_UV",
        role=Role.MATRIX,
    )
    if gate:
        opened = a.map("sigmoid", a.linear("W_G", x, "model -> heads"))
        values = a.map("multiply", values, opened, name="gate")
    return a.linear("W_O", values, "heads value_head -> model", bias=o_bias)


def _mixed_latents(a: Author, q: Tensor, latent: Tensor, rotated: Tensor) -> Tensor:
    """The latents, mixed by every head; the two parts of a query are slices of it."""
    plain = a.window(q, "query_head -> nope", "plain_q")
    turned = a.window(q, "query_head -> rope", "turned_q")
    asked = a.contract(
        f"{PLAIN} nope, latent heads nope -> {PLAIN} latent",
        plain,
        a.weight("W_UK", "latent heads nope"),
        name="W_UK",
        role=Role.MATRIX,
    )
    scores = a.contract(
        f"{PLAIN} latent, batch past latent -> batch heads time past",
        asked,
        latent,
        name="scores",
        mask="causal",
    )
    places = a.contract(
        f"{PLAIN} rope, batch past rope -> batch heads time past",
        turned,
        rotated,
        name="place_scores",
        mask="causal",
    )
    scores = a.map("scale", a.map("add", scores, places, name="add_scores"))
    return a.contract(
        f"batch heads time past, batch past latent -> {PLAIN} latent",
        a.map("softmax", scores),
        latent,
        name="mix",
        mask="causal",
    )
