"""Attention whose heads are bounded in length, with filters that a token makes for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.distance_attention import by_distance, smoothed
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

HEADS = "groups share head"


def clipped_attention(a: Author, *, window: bool = False, own_filters: bool = False) -> Tensor:
    """Queries and looks at distances are scaled and then bounded; keys are bounded, values normed.

    A second projection opens a gate over what the heads bring, a third makes a score of nothing
    for each head. With `own_filters` keys and values are smoothed by filters that each token makes
    for itself, in place of trained ones. Queries, keys and values are made of inputs of their own.
    Shapes: all inputs are batch, time, model; so is the result. Source: Thinking Machines 2026,
    Inkling 2, model card and reference code.
    """
    x, for_keys, for_values = (a.input("batch time model", name) for name in ("x", "y", "z"))
    q = a.linear("W_Q", x, f"model -> {HEADS}")
    k = a.linear("W_K", for_keys, "model -> groups head")
    v = a.linear("W_V", for_values, "model -> groups head")
    if own_filters:
        k, v = _own_smoothed(a, k, for_keys, "k"), _own_smoothed(a, v, for_values, "v")
    else:
        k, v = smoothed(a, k, "groups head", "k"), smoothed(a, v, "groups head", "v")
    near = a.linear("W_D", x, "model -> groups share distance_width")
    gate = a.map("sigmoid", a.linear("W_G", x, f"model -> {HEADS}"))
    sinks = a.linear("W_sinks", x, "model -> groups share")
    q = normalised(a, _stretched(a, q, HEADS, "q"), "rms_plain", name="q")
    near = _stretched(a, near, "groups share distance_width", "d")
    near = normalised(a, near, "rms_plain", name="d")
    k, v = normalised(a, k, "rms_plain", name="k"), normalised(a, v, "rms_plain", name="v")
    mix = by_distance(a, q, k, v, near, window=window, sinks=(sinks,))
    return a.linear("W_O", a.map("multiply", mix, gate, name="open"), f"{HEADS} -> model")


def _stretched(a: Author, x: Tensor, over: str, name: str) -> Tensor:
    """x times a learned number for each place of each head."""
    return a.map("scale", x, a.weight(f"scale_{name}", over, Role.SCALE), name=f"stretch_{name}")


def _own_smoothed(a: Author, x: Tensor, source: Tensor, name: str) -> Tensor:
    """x plus a sum over its last places, weighed by each token as it sees fit: no product."""
    kept = a.carry(x, "batch groups head kernel", f"conv_state_{name}")
    own = a.linear(f"W_F{name}", source, "model -> groups kernel")
    base = a.weight(f"F_{name}", "groups head kernel", Role.SCALE)
    axes = "batch time groups head kernel"
    filters = a.map("join", own, base, name=f"filters_{name}", axes=axes)
    near = a.map("join", x, kept, name=f"places_{name}", axes=axes)
    near = a.map("multiply", near, filters, name=f"weigh_{name}")
    near = a.map("join", near, name=f"sum_{name}", axes="batch time groups head")
    return a.map("add", x, near, name=f"smooth_{name}")
