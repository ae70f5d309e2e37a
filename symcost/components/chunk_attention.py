"""Attention of an encoder inside chunks of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import called

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def chunk_attention(a: Author) -> Tensor:
    """A token sees the tokens of its own chunk; the last chunk may be shorter than the others.

    Shapes: x is batch, time, model; so is the result. Source: Clark et al. 2021, CANINE, arXiv
    2103.06874, section 3.2.
    """
    x = a.input("batch time model")
    a.axis("chunks", called("floor", [a.size("time") / a.size("local_block")]))
    a.axis("rest", a.size("time") - a.size("chunks") * a.size("local_block"))
    asked = [a.linear(f"W_{name}", x, "model -> heads head", bias=True) for name in "QKV"]
    whole = [
        a.map("join", each, name=f"chunks_{each.name}", axes="batch chunks local_block heads head")
        for each in asked
    ]
    short = [
        a.map("join", each, name=f"rest_{each.name}", axes="batch rest heads head")
        for each in asked
    ]
    x = a.part("in_chunks", chunk_mix, *whole)
    rest = a.part("in_rest", rest_mix, *short)
    mix = a.map("join", x, rest, name="in_order", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model", bias=True)


def chunk_mix(a: Author) -> Tensor:
    """The mix of values inside every whole chunk."""
    axes = "batch chunks local_block heads head"
    q, k, v = (a.input(axes, name) for name in "qkv")
    a.axis("seen", a.size("local_block"))
    return _mixed(a, q, k, v, "chunks", "local_block")


def rest_mix(a: Author) -> Tensor:
    """The mix of values inside the last, shorter chunk."""
    q, k, v = (a.input("batch rest heads head", name) for name in "qkv")
    a.axis("seen", a.size("rest"))
    return _mixed(a, q, k, v, "", "rest")


def _mixed(a: Author, q: Tensor, k: Tensor, v: Tensor, chunks: str, here: str) -> Tensor:
    """Scores, their softmax, and the mix, for each chunk by itself."""
    lead = f"batch {chunks}".strip()
    k = a.map("join", k, name="keys", axes=f"{lead} seen heads head")
    v = a.map("join", v, name="values", axes=f"{lead} seen heads head")
    scores = a.contract(
        f"{lead} {here} heads head, {lead} seen heads head -> {lead} heads {here} seen",
        q,
        k,
        name="scores",
    )
    return a.contract(
        f"{lead} heads {here} seen, {lead} seen heads head -> {lead} {here} heads head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
