"""Attention whose layers may use keys and values that an earlier layer made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

KEYS = "batch time groups head"


def sharing_attention(
    a: Author, *, bias: bool = False, window: bool = False, values: str = "own"
) -> Tensor:
    """Normed queries, keys and values; `values` are the layer's "own", its "keys", or "shared".

    With "shared" the keys and values of an earlier layer of the same kind are used: no weights, no
    cache. Shapes: x is batch, time, model; so is the result. Source: Gemma Team 2025, Gemma 3n;
    Brandon et al. 2024, Cross-Layer Attention, arXiv 2405.12981, section 3.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head", bias=bias)
    q = normalised(a, q, "rms", "head", "q")
    if values == "shared":
        k = a.map("join", x, axes="batch past groups head", name="earlier_keys")
        v = a.map("join", x, axes="batch past groups head", name="earlier_values")
    else:
        k, v = _kept(a, x, bias, window, values == "own")
    scores = a.contract(
        "batch time groups share head, batch past groups head -> batch groups share time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        "batch groups share time past, batch past groups head -> batch time groups share head",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )
    return a.linear("W_O", mix, "groups share head -> model", bias=bias)


def _kept(a: Author, x: Tensor, bias: bool, window: bool, own: bool) -> tuple[Tensor, Tensor]:
    """Keys and values of this layer, normed and kept; a window's last place is the token itself."""
    keys = a.linear("W_K", x, "model -> groups head", bias=bias)
    values = a.linear("W_V", x, "model -> groups head", bias=bias) if own else keys
    keep = a.axis("recent", at_most(a.size("time"), a.size("window") - 1)) if window else ""
    k = normalised(a, keys, "rms", "head", "k")
    v = normalised(a, values, "rms_plain", "head", "v")
    return a.remember(k, keep=keep), a.remember(v, keep=keep)
