"""Attention of an encoder whose result keeps nothing of a token's own value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.components.whole_attention import grouped_mix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def exclusive_attention(a: Author, *, bias: bool = False, valued: bool = False) -> Tensor:
    """Normed queries and keys; each head takes its own value out of the mix; a gate follows.

    How much of it is taken out is one learned number a head. `valued` adds a second input, rows of
    a table, to the values. Shapes: x is batch, time, model; so is the result. Source: H Company
    2026, NeoMME; Qiu et al. 2025, Gated Attention for Large Language Models, arXiv 2505.06708.
    """
    x = a.input("batch time model")
    q = normalised(
        a, a.linear("W_Q", x, "model -> groups share head", bias=bias), "rms_plain", "head", "q"
    )
    k = normalised(
        a, a.linear("W_K", x, "model -> groups head", bias=bias), "rms_plain", "head", "k"
    )
    v = a.linear("W_V", x, "model -> groups head", bias=bias)
    if valued:
        v = a.map("add", v, a.input("batch time groups head", "rows"), name="add_rows")
    keys = a.map("join", k, name="keys", axes="batch past groups head")
    values = a.map("join", v, name="values", axes="batch past groups head")
    mix = grouped_mix(a, q, keys, values, "past")
    own = a.map(
        "multiply", a.map("rms_norm", v, name="unit"), v, name="own", axes="batch time groups head"
    )
    taken = a.weight("alpha", "groups share", Role.SCALE)
    mix = a.map("add", mix, a.map("multiply", mix, own, taken, name="take"), name="take_out")
    gate = a.map("sigmoid", a.linear("W_G", x, "model -> groups share head"))
    mix = a.map("multiply", mix, gate, name="gate")
    return a.linear("W_O", mix, "groups share head -> model", bias=bias)
