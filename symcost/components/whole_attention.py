"""Attention of an encoder with grouped keys and values: every token sees all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def whole_attention(
    a: Author,
    *,
    q_bias: bool = False,
    k_bias: bool = False,
    v_bias: bool = False,
    o_bias: bool = False,
    qk_norm: str = "",
    qk_norm_over: str = "head",
    v_norm: str = "",
    sinks: bool = False,
) -> Tensor:
    """Each key and value head serves its share of query heads; nothing is hidden, nothing kept.

    `qk_norm` is a kind of norm on queries and keys, over one head ("head") or over all of them
    ("all"); `v_norm` is one on values, over one head. `sinks` adds one learned score a head.
    Shapes: x is batch, time, model; so is the result. Source: Ainslie et al. 2023, GQA, arXiv
    2305.13245, section 2.2.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head", bias=q_bias)
    k = a.linear("W_K", x, "model -> groups head", bias=k_bias)
    v = a.linear("W_V", x, "model -> groups head", bias=v_bias)
    if qk_norm:
        every = qk_norm_over == "all"
        q = normalised(a, q, qk_norm, "groups share head" if every else "head", "q")
        k = normalised(a, k, qk_norm, "groups head" if every else "head", "k")
    if v_norm:
        v = normalised(a, v, v_norm, "head", "v")
    k = a.map("join", k, name="keys", axes="batch past groups head")
    v = a.map("join", v, name="values", axes="batch past groups head")
    mix = grouped_mix(a, q, k, v, "past", sinks=sinks)
    return a.linear("W_O", mix, "groups share head -> model", bias=o_bias)


def grouped_heads(a: Author, q: Tensor, k: Tensor, v: Tensor, seen: str, *, o_bias: bool) -> Tensor:
    """Scores, their softmax, the mix of values and the output projection, nothing hidden.

    Part of another component: `seen` is the axis of the tokens looked at. Source: Ainslie et al.
    2023, GQA, arXiv 2305.13245, section 2.2.
    """
    mix = grouped_mix(a, q, k, v, seen)
    return a.linear("W_O", mix, "groups share head -> model", bias=o_bias)


def grouped_mix(
    a: Author, q: Tensor, k: Tensor, v: Tensor, seen: str, *, sinks: bool = False
) -> Tensor:
    """Scores, their softmax and the mix of values: `grouped_heads` without its last matrix."""
    keys = f"batch {seen} groups head"
    scores = a.contract(
        f"batch time groups share head, {keys} -> batch groups share time {seen}",
        q,
        k,
        name="scores",
    )
    scores = a.map("scale", scores)
    if sinks:
        sink = a.weight("sinks", "groups share", Role.ATTENTION)
        scores = a.map("add", scores, sink, name="sink")
    return a.contract(
        f"batch groups share time {seen}, {keys} -> batch time groups share head",
        a.map("softmax", scores),
        v,
        name="mix",
    )
