"""Attention of an encoder under a window, computed in chunks that overlap by half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def sliding_chunks(a: Author) -> Tensor:
    """A token sees half a window on each side; second projections for global tokens stand by.

    The scores come from chunks as wide as the window, half a window apart; the mix from three
    halves of a window for each half. The sequence is already padded to whole windows. Shapes: x is
    batch, time, model; so is the result. Source: Beltagy et al. 2020, Longformer, arXiv
    2004.05150, section 3.2 and appendix A.
    """
    x = a.input("batch time model")
    half = a.size("window") / 2
    a.axis("half", half)
    a.axis("near", 3 * half)
    a.axis("pieces", a.size("time") / half)
    a.axis("chunks", a.size("time") / half - 1)
    a.axis("seen", a.size("window"))
    q = a.linear("W_Q", x, "model -> heads head", bias=True)
    k = a.linear("W_K", x, "model -> heads head", bias=True)
    v = a.linear("W_V", x, "model -> heads head", bias=True)
    idle = [a.weight(f"W_{name}_global", "model heads head") for name in "QKV"]
    idle += [a.weight(f"b_{name}_global", "heads head", Role.BIAS) for name in "QKV"]
    q = a.map("idle", q, *idle, name="no_global_tokens", axes="batch time heads head")
    q = a.map("join", q, name="query_chunks", axes="batch chunks window heads head")
    k = a.map("join", k, name="key_chunks", axes="batch chunks seen heads head")
    v = a.map("join", v, name="value_pieces", axes="batch pieces near heads head")
    scores = a.contract(
        "batch chunks window heads head, batch chunks seen heads head "
        "-> batch chunks heads window seen",
        q,
        k,
        name="scores",
    )
    scores = a.map("join", scores, name="band", axes="batch pieces heads half near")
    mix = a.contract(
        "batch pieces heads half near, batch pieces near heads head "
        "-> batch pieces half heads head",
        a.map("softmax", scores),
        v,
        name="mix",
    )
    mix = a.map("join", mix, name="in_order", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model", bias=True)
