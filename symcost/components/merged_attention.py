"""Attention of a decoder that sees its own past and the encoder's result at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

    Pair = tuple[Tensor, Tensor]

SEEN = ("past", "source")


def merged_attention(
    a: Author,
    *,
    q_bias: bool = False,
    k_bias: bool = False,
    v_bias: bool = False,
    o_bias: bool = False,
    qk_norm: str = "",
    window: bool = False,
) -> Tensor:
    """One softmax over scores for earlier tokens and for all that the encoder read.

    The same matrices make keys and values of both. `qk_norm` is a kind of norm on queries and keys,
    over one head. With `window` only the last W - 1 own tokens are kept. Shapes: x is batch, time,
    model; the encoder's result batch, source, model; the result as x. Source: Zhang et al. 2025,
    T5Gemma 2, arXiv 2512.14856, section 2.
    """
    x = a.input("batch time model")
    memory = a.input("batch source model", "memory")
    q = a.linear("W_Q", x, "model -> groups share head", bias=q_bias)
    q = normalised(a, q, qk_norm, "head", "q") if qk_norm else q
    own_k, far_k = _both(a, x, memory, "K", k_bias)
    own_v, far_v = _both(a, x, memory, "V", v_bias)
    if qk_norm:
        gamma = a.weight("gamma_k", "head", Role.NORM)
        own_k = a.map("rms_norm", own_k, gamma, name="norm_own_k")
        far_k = a.map("rms_norm", far_k, gamma, name="norm_far_k")
    keep = ""
    if window:
        keep = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    own_k, own_v = a.remember(own_k, keep=keep), a.remember(own_v, keep=keep)
    far_k = a.carry(far_k, "batch source groups head", "source_keys")
    far_v = a.carry(far_v, "batch source groups head", "source_values")
    mix = _mixed(a, q, (own_k, far_k), (own_v, far_v))
    return a.linear("W_O", mix, "groups share head -> model", bias=o_bias)


def _mixed(a: Author, q: Tensor, keys: Pair, values: Pair) -> Tensor:
    """The mix of both sets of values, by one softmax over the scores of both."""
    asked = "batch time groups share head"
    own, far = (
        a.contract(
            f"{asked}, batch {seen} groups head -> batch groups share time {seen}",
            q,
            k,
            name=f"scores_{seen}",
            mask="causal" if seen == "past" else "",
        )
        for seen, k in zip(SEEN, keys, strict=True)
    )
    a.axis("every", a.size("past") + a.size("source"))
    shares = a.map("join", own, far, name="scores", axes="batch groups share time every")
    shares = a.map("softmax", a.map("scale", shares))
    mixes = [
        a.contract(
            f"batch groups share time {seen}, batch {seen} groups head -> {asked}",
            a.map("join", shares, name=f"of_{seen}", axes=f"batch groups share time {seen}"),
            v,
            name=f"mix_{seen}",
            mask="causal" if seen == "past" else "",
        )
        for seen, v in zip(SEEN, values, strict=True)
    ]
    return a.map("add", *mixes, name="mix")


def _both(a: Author, x: Tensor, memory: Tensor, name: str, bias: bool) -> Pair:
    """Keys or values of the own tokens and of the encoder's, by one matrix."""
    weight = a.weight(f"W_{name}", "model groups head")
    offset = a.weight(f"b_{name}", "groups head", Role.BIAS) if bias else None
    made = []
    for whose, each in (("own", x), ("far", memory)):
        y = a.linear(weight, each, "model -> groups head", name=f"{whose}_{name}")
        if offset is not None:
            y = a.map("add", y, offset, role=Role.BIAS, name=f"add_b_{name}_{whose}")
        made.append(y)
    return made[0], made[1]
