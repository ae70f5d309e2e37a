"""Differential attention: two mixes of the values, one subtracted from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def differential_attention(a: Author, *, bias: bool = False) -> Tensor:
    """Each half of the value heads is mixed by all query heads; a learned share is subtracted.

    The scores are formed anew for each half, as it is done in practice; the two mixes lie side by
    side and each half of the heads is taken from the other. Shapes: x is batch, time, model; so is
    the result. Source: Ye et al. 2024, Differential Transformer, arXiv 2410.05258, section 2.1.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head", bias=bias)
    k = a.remember(a.linear("W_K", x, "model -> groups head", bias=bias))
    v = a.remember(a.linear("W_V", x, "model -> groups head", bias=bias))
    mixes = []
    for half in ("first", "second"):
        scores = a.contract(
            "batch time groups share head, batch past groups head -> batch groups share time past",
            q,
            k,
            name=f"{half}_scores",
            mask="causal",
        )
        shares = a.map("scale", scores, name=f"{half}_scale")
        shares = a.map("softmax", shares, name=f"{half}_softmax")
        values = a.map("join", v, v, name=f"{half}_half")
        mixes.append(
            a.contract(
                "batch groups share time past, batch past groups head "
                "-> batch time groups share head",
                shares,
                values,
                name=f"{half}_mix",
                mask="causal",
            )
        )
    less = a.map("multiply", mixes[1], _share(a), name="weigh_second")
    mix = normalised(a, a.map("add", mixes[0], less, name="difference"), "rms_plain", name="mix")
    return a.linear("W_O", mix, "groups share head -> model", bias=bias)


def _share(a: Author) -> Tensor:
    """How much is subtracted: one number from two pairs of learned vectors."""
    pairs = []
    for number in (1, 2):
        vectors = [a.weight(f"lambda_{name}{number}", "head", Role.ATTENTION) for name in "qk"]
        pairs.append(a.map("multiply", *vectors, name=f"lambda_{number}"))
    return a.map("add", *pairs, name="lambda", axes="")
