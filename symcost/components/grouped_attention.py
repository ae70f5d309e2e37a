"""Attention as decoders use it: grouped keys and values, free head width, norms, gates, sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.block_index import block_mask
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def grouped_attention(
    a: Author,
    *,
    q_bias: bool = False,
    k_bias: bool = False,
    v_bias: bool = False,
    o_bias: bool = False,
    qk_norm: str = "",
    qk_norm_over: str = "head",
    v_norm: str = "",
    gate: str = "",
    gate_bias: bool = False,
    gate_offset: bool = False,
    mix_norm: str = "",
    sinks: bool = False,
    window: bool = False,
    indexed: bool = False,
    value: str = "head",
    spread: bool = False,
) -> Tensor:
    """Each of the groups keeps one key and one value head, which serve its share of query heads.

    `qk_norm` is a kind of norm on queries and keys, over one head ("head") or over all of them
    ("all"); `v_norm` the same on values, over one head. `gate`: "element" multiplies what the
    heads bring by a second projection of x, "head" by one number a head; `gate_offset` adds one
    learned number a head to it. `mix_norm` is a norm over all heads before the last projection.
    `sinks` adds one learned score a head. With `window` only the last W - 1 tokens are kept.
    `value` is the axis of a value head. `spread` keeps a copy for each query head. `indexed`
    hides blocks of tokens that an indexer does not pick. Shapes: x is
    batch, time, model; so is the result. Source: Ainslie et al. 2023, GQA, arXiv 2305.13245,
    section 2.2.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head", bias=q_bias)
    k = a.linear("W_K", x, "model -> groups head", bias=k_bias)
    v = a.linear("W_V", x, f"model -> groups {value}", bias=v_bias)
    if qk_norm:
        every = qk_norm_over == "all"
        q = normalised(a, q, qk_norm, "groups share head" if every else "head", "q")
        k = normalised(a, k, qk_norm, "groups head" if every else "head", "k")
    if v_norm:
        v = normalised(a, v, v_norm, value, "v")
    kept = ""
    if window:
        # The window's last place is the token itself, so W - 1 earlier ones are kept.
        kept = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    shared = "groups"
    if spread:
        shared = "groups share"
        k = a.map("join", k, name="spread_k", axes="batch time groups share head")
        v = a.map("join", v, name="spread_v", axes=f"batch time groups share {value}")
    k, v = a.remember(k, keep=kept), a.remember(v, keep=kept)
    scores = a.contract(
        f"batch time groups share head, batch past {shared} head -> batch groups share time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    scores = a.map("scale", scores)
    if indexed:
        scores = a.map("add", scores, block_mask(a, x), name="index_mask")
    if sinks:
        scores = a.map(
            "add", scores, a.weight("sinks", "groups share", Role.ATTENTION), name="sink"
        )
    mix = a.contract(
        f"batch groups share time past, batch past {shared} {value} "
        f"-> batch time groups share {value}",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )
    if gate:
        made = f"groups share {value}" if gate == "element" else "groups share"
        opened = a.linear("W_G", x, f"model -> {made}", bias=gate_bias)
        if gate_offset:
            offset = a.weight("gate_offset", "groups share", Role.BIAS)
            opened = a.map("add", opened, offset, role=Role.BIAS, name="offset_gate")
        mix = a.map("multiply", mix, a.map("sigmoid", opened), name="gate")
    if mix_norm:
        mix = normalised(a, mix, mix_norm, f"groups share {value}", "mix")
    return a.linear("W_O", mix, f"groups share {value} -> model", bias=o_bias)
