"""Attention in a narrow space: queries and keys pass two convolutions, half of a value is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def convolved_attention(a: Author, *, bias: bool = False, window: bool = False) -> Tensor:
    """Queries and keys are convolved along time, channel by channel and then head by head.

    Half of every value comes from the token before; the first token gets what a row of zeros
    makes. One learned number for each key head scales the normed keys. Shapes: x is batch, time,
    model; so is the result. Source: Figliolia et al. 2025, Compressed Convolutional Attention,
    arXiv 2510.04476.
    """
    x = a.input("batch time model")
    a.axis("all_heads", a.size("groups") * (a.size("share") + 1))
    q = a.linear("W_Q", x, "model -> groups share head", bias=bias)
    k = a.linear("W_K", x, "model -> groups head", bias=bias)
    both = a.map("join", q, k, name="join_heads", axes="batch time all_heads head")
    both = _convolved(a, both)
    q = a.map("add", q, both, name="take_q", axes="batch time groups share head")
    k = a.map("add", k, both, name="take_k", axes="batch time groups head")
    k = a.map("multiply", k, a.weight("scale_k", "groups", Role.SCALE), name="scale_keys")
    v = _values(a, x, bias)
    kept = ""
    if window:
        kept = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    k, v = a.remember(k, keep=kept), a.remember(v, keep=kept)
    scores = a.contract(
        "batch time groups share head, batch past groups head -> batch groups share time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        "batch groups share time past, batch past groups head -> batch time groups share head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
    return a.linear("W_O", mix, "groups share head -> model", bias=bias)


def _convolved(a: Author, x: Tensor) -> Tensor:
    """One filter for each channel, then for each head a filter over all of its channels."""
    before = a.size("kernel") + a.size("head_kernel") - 2
    a.axis("before", before)
    kept = a.carry(x, "batch all_heads head before", "conv_state")
    a.axis("steps", a.size("time") + a.size("head_kernel") - 1)
    seen = a.window(x, "time -> steps kernel", "channel_window")
    y = a.contract(
        f"{' '.join(seen.axes)}, all_heads head kernel -> batch steps all_heads head",
        seen,
        a.weight("F_channel", "all_heads head kernel", Role.CONVOLUTION),
        name="convolve_channels",
        role=Role.CONVOLUTION,
    )
    biased = a.weight("b_channel", "all_heads head", Role.BIAS)
    y = a.map("add", y, biased, role=Role.BIAS, name="add_b_channel")
    a.axis("lane", a.size("head"))
    seen = a.window(y, "steps -> time head_kernel", "head_window")
    y = a.contract(
        f"{' '.join(seen.axes)}, all_heads head head_kernel lane -> batch time all_heads lane",
        seen,
        a.weight("F_head", "all_heads head head_kernel lane", Role.CONVOLUTION),
        name="convolve_heads",
        role=Role.CONVOLUTION,
    )
    biased = a.weight("b_head", "all_heads lane", Role.BIAS)
    y = a.map("add", y, biased, role=Role.BIAS, name="add_b_head")
    return a.map("join", y, kept, name="convolved", axes="batch time all_heads head")


def _values(a: Author, x: Tensor, bias: bool) -> Tensor:
    """Half from the token, half from the one before; for the first, from a row of zeros."""
    a.axis("half", a.size("groups") * a.size("head") / 2)
    a.axis("one", 1)
    now = a.linear("W_V", x, "model -> half", bias=bias)
    weight = a.weight("W_late", "model half")
    late = a.linear(weight, x, "model -> half", name="late")
    start = a.linear(weight, a.given("zeros", "batch one model"), "model -> half", name="start")
    parts = [now, late, start]
    if bias:
        parts.append(a.weight("b_late", "half", Role.BIAS))
    parts.append(a.carry(late, "batch half", "late_state"))
    return a.map("join", *parts, name="join_values", axes="batch time groups head")
