"""Attention whose heads are padded with zeros to a multiple, as fast kernels like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import rounded_up

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def padded_attention(
    a: Author, *, bias: bool = False, sees: str = "past", padded: bool = False
) -> Tensor:
    """Softmax of scores mixes values; scores and mix are computed over the padded heads.

    `sees`: "past" for a decoder, "all" for an encoder, "source" for the encoder's result, which is
    then handed in. What is kept is not padded. Shapes: x is batch, time, model; so is the result.
    Source: Jeffries et al. 2024, Moonshine, arXiv 2410.15608, section 3.1.
    """
    x = a.input("batch time model")
    y = a.input("batch source model", "memory") if sees == "source" else x
    other = "source" if sees == "source" else "past"
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = a.linear("W_K", y, "model -> heads head", bias=bias)
    v = a.linear("W_V", y, "model -> heads head", bias=bias)
    if sees == "past":
        k, v = a.remember(k), a.remember(v)
    elif sees == "source":
        k = a.carry(k, "batch source heads head", "source_keys")
        v = a.carry(v, "batch source heads head", "source_values")
    else:
        k = a.map("join", k, name="keys", axes="batch past heads head")
        v = a.map("join", v, name="values", axes="batch past heads head")
    wide = "head"
    if padded:
        wide = a.axis("wide", rounded_up(a.size("head"), a.size("head_multiple")))
        q = a.map("join", q, name="pad_q", axes="batch time heads wide")
        k = a.map("join", k, name="pad_k", axes=f"batch {other} heads wide")
        v = a.map("join", v, name="pad_v", axes=f"batch {other} heads wide")
    mask = "causal" if sees == "past" else ""
    scores = a.contract(
        f"batch time heads {wide}, batch {other} heads {wide} -> batch heads time {other}",
        q,
        k,
        name="scores",
        mask=mask,
    )
    mix = a.contract(
        f"batch heads time {other}, batch {other} heads {wide} -> batch time heads {wide}",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask=mask,
    )
    if padded:
        mix = a.map("join", mix, name="unpad", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model")
