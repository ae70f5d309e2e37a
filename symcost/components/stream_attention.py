"""Attention of a decoder that predicts several tokens ahead, with a stream for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def stream_attention(a: Author) -> Tensor:
    """The main stream sees its own past; each other stream sees that and its own.

    `time` runs over all streams, `step` over one; `ahead` counts the streams beside the main one.
    Each token makes a score for every head and bucket of distances. Only the main stream is kept.
    Shapes: x is batch, time, model; so is the result. Source: Qi et al. 2020, ProphetNet, arXiv
    2001.04063, section 3.2.
    """
    x = a.input("batch time model")
    a.axis("earlier", a.size("step"))
    a.axis("both", 2 * a.size("step"))
    q = a.linear("W_Q", x, "model -> heads head", bias=True)
    k = a.linear("W_K", x, "model -> heads head", bias=True)
    v = a.linear("W_V", x, "model -> heads head", bias=True)
    far = a.linear("W_distance", x, "model -> buckets heads", bias=True)

    def part(y: Tensor, name: str, axes: str) -> Tensor:
        return a.map("join", y, name=name, axes=axes)

    kept = "batch earlier heads head"
    main_k = a.carry(part(k, "main_keys", kept), kept, "keys")
    main_v = a.carry(part(v, "main_values", kept), kept, "values")
    scores = a.contract(
        "batch step heads head, batch earlier heads head -> batch heads step earlier",
        part(q, "main_queries", "batch step heads head"),
        main_k,
        name="main_scores",
    )
    scores = a.map("add", scores, far, name="main_distances", axes="batch heads step earlier")
    main = a.contract(
        "batch heads step earlier, batch earlier heads head -> batch step heads head",
        a.map("softmax", scores, name="main_softmax"),
        main_v,
        name="main_mix",
    )
    axes = "batch ahead both heads head"
    ahead_k = a.map("join", main_k, k, name="keys_ahead", axes=axes)
    ahead_v = a.map("join", main_v, v, name="values_ahead", axes=axes)
    scores = a.contract(
        "batch ahead step heads head, batch ahead both heads head -> batch ahead heads step both",
        part(q, "queries_ahead", "batch ahead step heads head"),
        ahead_k,
        name="scores_ahead",
    )
    scores = a.map("add", scores, far, name="distances_ahead", axes="batch ahead heads step both")
    mix = a.contract(
        "batch ahead heads step both, batch ahead both heads head -> batch ahead step heads head",
        a.map("softmax", scores, name="softmax_ahead"),
        ahead_v,
        name="mix_ahead",
    )
    mix = a.map("join", main, mix, name="all_streams", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model", bias=True)
