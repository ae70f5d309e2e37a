"""Attention in chunks, of the text as it stands or sorted by a hash, as Reformer has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def local_attention(a: Author, *, kept: bool = False) -> Tensor:
    """A token sees its chunk and some chunks beside it.

    `pieces` chunks of `row` tokens see `near` tokens each. `kept`: later tokens need what came in,
    but for what fills the last chunk. Shapes: x is batch, time, model; so is the result. Source:
    Kitaev et al. 2020, Reformer, arXiv 2001.04451, section 2, and its reference code.
    """
    x = a.input("batch time model")
    x = _kept(a, x) if kept else x
    q = a.linear("W_Q", x, "model -> heads head")
    k = a.linear("W_K", x, "model -> heads head")
    v = a.linear("W_V", x, "model -> heads head")
    mix = _in_chunks(a, q, k, v, "batch")
    return a.linear("W_O", mix, "heads head -> model")


def hashed_attention(a: Author, *, kept: bool = False) -> Tensor:
    """Tokens with like queries come to stand side by side, and see their chunk and some beside it.

    Queries are keys as well. In `rounds` of hashing, `turns` random vectors for each head decide
    where a token goes; a text of one chunk is not hashed. `kept`: as in `local_attention`, and the
    buckets. Shapes: x is batch, time, model; so is the result. Source: Kitaev et al. 2020,
    Reformer, arXiv 2001.04451, section 2.
    """
    x = a.input("batch time model")
    x = _kept(a, x) if kept else x
    q = a.linear("W_QK", x, "model -> heads head")
    v = a.linear("W_V", x, "model -> heads head")
    turned = a.contract(
        "batch time heads head, heads head turns -> batch time heads turns",
        a.detach(q),
        a.given("random_vectors", "heads head turns"),
        name="turn",
    )
    buckets = a.choose(turned, "turns -> hashed_rounds", "bucket")
    if kept:
        buckets = a.remember(buckets, keep="text")
    axes = "batch rounds time heads head"
    q = a.map("join", q, buckets, name="sort_q", axes=axes)
    k = a.map("rms_norm", q, name="keys")
    v = a.map("join", v, buckets, name="sort_v", axes=axes)
    mix = _in_chunks(a, q, k, v, "batch rounds")
    mix = a.map("scale", mix, name="weigh_rounds")
    mix = a.map("add", mix, name="add_rounds", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model")


def _kept(a: Author, x: Tensor) -> Tensor:
    """x, which later tokens need as well."""
    past = a.remember(x, keep="text")
    return a.map("join", x, past, name="with_past", axes="batch time model")


def _in_chunks(a: Author, q: Tensor, k: Tensor, v: Tensor, front: str) -> Tensor:
    """The mix that each chunk of queries makes of the values near it."""
    one, many = f"{front} pieces row heads head", f"{front} pieces near heads head"
    q = a.map("join", q, name="query_chunks", axes=one)
    k = a.map("join", k, name="keys_near", axes=many)
    v = a.map("join", v, name="values_near", axes=many)
    scores = a.contract(f"{one}, {many} -> {front} pieces heads row near", q, k, name="scores")
    mix = a.contract(
        f"{front} pieces heads row near, {many} -> {one}",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
    return a.map("join", mix, name="in_order", axes=f"{front} time heads head")
