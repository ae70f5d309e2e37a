"""Latent attention with an indexer that picks the tokens worth attending to, gates and sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def indexed_attention(
    a: Author,
    *,
    queries: str = "narrow",
    indexer: str = "narrow",
    rotated: bool = True,
    rotated_norm: bool = False,
    gate: str = "",
    sinks: bool = False,
    scaled: bool = False,
    window: bool = False,
    down_bias: bool = False,
    o_bias: bool = False,
) -> Tensor:
    """Latent attention under a mask that a small attention of its own, the indexer, makes.

    The mask hides all but the tokens with the best index scores; a dense pass still multiplies
    all pairs. The indexer gets no gradient. `queries`: "narrow" from a latent of their own,
    "full", or "fused" with the gate, from the latent before and after its norm. `indexer` reads
    that latent ("narrow") or the token ("model"); "" has none. `gate`: "element" or "head". With
    `scaled` two numbers a head stretch the queries. Without `rotated` the whole head is without
    rotation. Shapes: x is batch, time, model; so is the result. Source: DeepSeek-AI 2025,
    DeepSeek-V3.2, arXiv 2512.02556, section 2.1.
    """
    x = a.input("batch time model")
    a.axis("query_head", a.size("nope") + a.size("rope"))
    q, narrow, opened = _queries(a, x, queries, down_bias)
    if scaled:
        q = _scaled(a, q, "heads", "q")
    k, v = _keys(a, x, rotated, rotated_norm, window, down_bias)
    scores = a.contract(
        "batch time heads query_head, batch past heads query_head -> batch heads time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    scores = a.map("scale", scores)
    if indexer:
        scores = a.map("add", scores, _index(a, x, narrow, indexer, scaled), name="index_mask")
    if sinks:
        scores = a.map("add", scores, a.weight("sinks", "heads", Role.ATTENTION), name="sink")
    mix = a.contract(
        "batch heads time past, batch past heads value_head -> batch time heads value_head",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )
    if gate:
        opened = a.linear(
            "W_G", x, f"model -> {'heads value_head' if gate == 'element' else 'heads'}"
        )
    if opened is not None:
        mix = a.map("multiply", mix, a.map("sigmoid", opened), name="gate")
    return a.linear("W_O", mix, "heads value_head -> model", bias=o_bias)


def _queries(a: Author, x: Tensor, kind: str, bias: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """Queries, the latent they come from, and the gate where it is made with them."""
    if kind == "full":
        return a.linear("W_Q", x, "model -> heads query_head"), x, None
    raw = a.linear("W_DQ", x, "model -> query_rank", bias=bias)
    narrow = normalised(a, raw, "rms", "query_rank", "q")
    if kind == "narrow":
        return a.linear("W_UQ", narrow, "query_rank -> heads query_head"), narrow, None
    a.axis("two_ranks", a.size("query_rank") * 2)
    a.axis("query_gate", a.size("query_head") + a.size("value_head"))
    both = a.map("join", narrow, raw, name="join_ranks", axes="batch time two_ranks")
    made = a.linear("W_UQ", both, "two_ranks -> heads query_gate")
    q = a.map("join", made, name="take_queries", axes="batch time heads query_head")
    return q, narrow, a.map("join", made, name="take_gate", axes="batch time heads value_head")


def _keys(
    a: Author, x: Tensor, rotated: bool, rotated_norm: bool, window: bool, bias: bool
) -> tuple[Tensor, Tensor]:
    """Keys and values, from the latent and the rotated key that are kept."""
    kept = ""
    if window:
        kept = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    latent = a.linear("W_DKV", x, "model -> latent", bias=bias)
    latent = a.remember(normalised(a, latent, "rms", "latent", "kv"), keep=kept)
    v = a.linear("W_UV", latent, "latent -> heads value_head")
    if not rotated:
        return a.linear("W_UK", latent, "latent -> heads query_head"), v
    turned = a.linear("W_KR", x, "model -> rope", bias=bias)
    if rotated_norm:
        turned = normalised(a, turned, "rms", "rope", "kr")
    k = a.linear("W_UK", latent, "latent -> heads nope")
    turned = a.remember(turned, keep=kept)
    return a.map("join", k, turned, name="join_key", axes="batch past heads query_head"), v


def _index(a: Author, x: Tensor, narrow: Tensor, source: str, scaled: bool) -> Tensor:
    """A score for every pair of tokens, summed over the indexer's heads; nothing flows back."""
    axis = "query_rank" if source == "narrow" else "model"
    asks = narrow
    if source == "model":
        asks = normalised(a, x, "layer", "model", "index_q")
    asks, token = a.detach(asks, "index_from"), a.detach(x, "index_token")

    def through(name: str, y: Tensor, eaten: str, made: str) -> Tensor:
        weight = a.weight(name, f"{eaten} {made}", train=False)
        return a.linear(weight, y, f"{eaten} -> {made}", name=name)

    q = through("W_IQ", asks, axis, "index_heads index_head")
    if scaled:
        q = a.detach(_scaled(a, q, "index_heads", "index"), "index_queries")
    k = normalised(a, through("W_IK", token, "model", "index_head"), "layer", "index_head", "index")
    k = a.remember(a.detach(k, "index_key"))
    scores = a.contract(
        "batch time index_heads index_head, batch past index_head -> batch index_heads time past",
        q,
        k,
        name="index_scores",
        mask="causal",
    )
    weights = through("W_IW", token, "model", "index_heads")
    return a.contract(
        "batch time index_heads, batch index_heads time past -> batch time past",
        weights,
        a.map("relu", scores),
        name="index_sum",
        mask="causal",
    )


def _scaled(a: Author, q: Tensor, heads: str, name: str) -> Tensor:
    """Queries times a number that grows with the place, by a slope and a base of each head."""
    slope = a.weight(f"slope_{name}", heads, Role.SCALE)
    base = a.weight(f"base_{name}", heads, Role.SCALE)
    return a.map("multiply", q, slope, base, name=f"stretch_{name}")
