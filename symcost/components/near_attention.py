"""Attention of an encoder beside a convolution of the values, and with a hash for a softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.encoder_attention import mixed
from symcost.components.norm import normalised
from symcost.components.short_convolution import around

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def near_attention(a: Author, *, hashed: bool = False, near: bool = True) -> Tensor:
    """Each token asks all tokens; values of neighbours, filtered head by head, are added.

    `hashed`: in place of a softmax stands the chance that a hash puts two vectors of length one
    together, and what leaves has length one. `near` adds the neighbours. Shapes: x is batch, time,
    model; so is the result. Source: Zeng et al. 2021, YOSO, arXiv 2111.09714, section 3; Xiong et
    al. 2021, Nystromformer, arXiv 2102.03902, section 3.3.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    q, k, v = (a.linear(f"W_{name}", x, "model -> heads head", bias=True) for name in "QKV")
    beside = around(a, v, "heads head", "heads") if near else None
    if hashed:
        q = normalised(a, q, "rms_plain", "head", "q")
        k = normalised(a, k, "rms_plain", "head", "k")
    mix = mixed(a, q, k, v, shares="collision" if hashed else "softmax", scaled=not hashed)
    if hashed:
        mix = normalised(a, mix, "rms_plain", "head", "mix")
    if beside is not None:
        mix = a.map("add", mix, beside, name="add_neighbours")
    return a.linear("W_O", mix, "heads head -> model", bias=True)
