"""An indexer that picks blocks of tokens for attention; no gradient passes through a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def block_mask(a: Author, x: Tensor) -> Tensor:
    """Which pairs of tokens lie in blocks with the best scores; part of another component.

    Every head of the indexer scores all pairs, each block counts with its best token, and the best
    blocks are seen. The indexer's keys are kept for later tokens. Source: MiniMax 2026, MiniMax-M3,
    model card and reference code.
    """
    token = a.detach(x, "index_token")

    def through(name: str, made: str) -> Tensor:
        weight = a.weight(name, f"model {made}", train=False)
        return a.linear(weight, token, f"model -> {made}", name=name)

    q = normalised(a, through("W_IQ", "index_heads index_head"), "rms", "index_head", "index_q")
    k = normalised(a, through("W_IK", "index_head"), "rms", "index_head", "index_k")
    q, k = a.detach(q, "index_queries"), a.remember(a.detach(k, "index_keys"))
    scores = a.contract(
        "batch time index_heads index_head, batch past index_head -> batch index_heads time past",
        q,
        k,
        name="index_scores",
        mask="causal",
    )
    return a.map("join", scores, name="best_blocks", axes="batch time past")
