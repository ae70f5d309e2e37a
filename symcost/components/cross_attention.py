"""Attention of a decoder to what an encoder made of another sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.components.whole_attention import grouped_heads

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def cross_attention(
    a: Author,
    *,
    q_bias: bool = False,
    k_bias: bool = False,
    v_bias: bool = False,
    o_bias: bool = False,
    qk_norm: str = "",
    width: str = "model",
) -> Tensor:
    """Queries come from the decoder, keys and values from the encoder's result, all of it seen.

    Keys and values are made once and kept for every later token. `width` is the axis of the
    encoder's width; `qk_norm` a kind of norm on queries and keys, over one head. Shapes: x is
    batch, time, model; the encoder's result batch, source, width; the result as x. Source: Vaswani
    et al. 2017, arXiv 1706.03762, section 3.2.3.
    """
    x = a.input("batch time model")
    memory = a.input(f"batch source {width}", "memory")
    q = a.linear("W_Q", x, "model -> groups share head", bias=q_bias)
    k = a.linear("W_K", memory, f"{width} -> groups head", bias=k_bias)
    v = a.linear("W_V", memory, f"{width} -> groups head", bias=v_bias)
    if qk_norm:
        q = normalised(a, q, qk_norm, "head", "q")
        k = normalised(a, k, qk_norm, "head", "k")
    k = a.carry(k, "batch source groups head", "source_keys")
    v = a.carry(v, "batch source groups head", "source_values")
    return grouped_heads(a, q, k, v, "source", o_bias=o_bias)
