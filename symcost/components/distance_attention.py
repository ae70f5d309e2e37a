"""Attention with learned distances and short convolutions on keys, values and results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.feed_forward import gated_feed_forward
from symcost.components.mixture import mixture_of_experts
from symcost.components.norm import normalised
from symcost.components.short_convolution import convolved
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def distance_attention(a: Author, *, window: bool = False) -> Tensor:
    """Each head adds a score that depends on the token and on how far back the other one is.

    Keys and values, and in the end the result, have a short convolution added to them. Shapes: x
    is batch, time, model; so is the result. Source: Thinking Machines 2026, Inkling, model card and
    reference code; relative positions: Shaw et al. 2018, arXiv 1803.02155.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head")
    k = smoothed(a, a.linear("W_K", x, "model -> groups head"), "groups head", "k")
    v = smoothed(a, a.linear("W_V", x, "model -> groups head"), "groups head", "v")
    near = a.linear("W_D", x, "model -> groups share distance_width")
    q, k = normalised(a, q, "rms", "head", "q"), normalised(a, k, "rms", "head", "k")
    mix = by_distance(a, q, k, v, near, window=window)
    return smoothed(a, a.linear("W_O", mix, "groups share head -> model"), "model", "out")


def by_distance(
    a: Author,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    near: Tensor,
    *,
    window: bool,
    sinks: tuple[Tensor, ...] = (),
) -> Tensor:
    """What heads bring together; `near` scores how far back a token is; part of another component.

    `sinks` are scores of nothing, one for each token and head.
    """
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
    table = a.weight("by_distance", "distance_width distances", Role.ATTENTION)
    arrow = "distance_width -> distances"
    bias = a.linear(table, near, arrow, role=Role.ATTENTION, name="look_back")
    bias = a.map("join", bias, *sinks, name="pairs", axes="batch groups share time past")
    scores = a.map("add", a.map("scale", scores), bias, name="add_distance")
    return a.contract(
        "batch groups share time past, batch past groups head -> batch time groups share head",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )


def smoothed_feed_forward(a: Author, *, activation: str = "silu") -> Tensor:
    """A gated feed-forward block, one number that scales it, and a short convolution added.

    Shapes: x is batch, time, model; so is the result. Source: as `distance_attention`.
    """
    x = a.input("batch time model")
    y = a.part("inner", gated_feed_forward, x, activation=activation)
    y = a.map("multiply", y, a.weight("scale", "", Role.SCALE), name="scaled")
    return smoothed(a, y, "model", "out")


def smoothed_mixture(a: Author, *, activation: str = "silu") -> Tensor:
    """A mixture whose router weighs the shared experts too, and a short convolution added.

    Shapes: x is batch, time, model; so is the result. Source: as `distance_attention`.
    """
    x = a.input("batch time model")
    more = a.linear("W_RS", x, "model -> shared_experts", role=Role.ROUTER)
    y = a.part("inner", mixture_of_experts, x, shared="gated", activation=activation)
    y = a.map("multiply", y, a.weight("scale", "", Role.SCALE), name="scaled")
    y = a.map("join", y, more, name="weigh", axes="batch time model")
    return smoothed(a, y, "model", "out")


def smoothed(a: Author, x: Tensor, channels: str, name: str) -> Tensor:
    """x plus a short convolution of x along time; part of another component."""
    return a.map("add", x, convolved(a, x, channels, name=name), name=f"smooth_{name}")
