"""A layer of a vision transformer, and the patches it works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import called
from symcost.components.norm import normalised
from symcost.components.picture import attended
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def patch_side(a: Author) -> Poly:
    """Whole patches along one side of the image; what is left over is cut off."""
    a.axis("image_side", "image")
    a.axis("patch_side", "patch")
    return called("floor", [a.size("image_side") / a.size("patch_side")])


def vision_layer(
    a: Author,
    *,
    q_bias: bool = True,
    k_bias: bool = True,
    v_bias: bool = True,
    scaled: bool = False,
    gated: bool = False,
    distances: bool = False,
) -> Tensor:
    """Every patch asks all others, then works by itself; a norm before each, a sum after.

    `scaled`: learned vectors scale what each block adds; `distances`: every head has a score for
    each offset of two patches. Shapes: x is batch, time, model; so is the result. Source:
    Dosovitskiy et al. 2020, arXiv 2010.11929, section 3.1; Bao et al. 2021, BEiT, arXiv 2106.08254.
    """
    x = a.input("batch time model")
    y = normalised(a, x, "layer", name="attention")
    a.axis("seen", a.size("time"))
    q = a.linear("W_Q", y, "model -> heads head", bias=q_bias)
    k = a.linear("W_K", y, "model -> heads head", bias=k_bias)
    v = a.linear("W_V", y, "model -> heads head", bias=v_bias)
    k = a.map("join", k, name="keys", axes="batch seen heads head")
    v = a.map("join", v, name="values", axes="batch seen heads head")
    mix = attended(a, q, k, v, [offsets(a)] if distances else [])
    y = a.linear("W_O", mix, "heads head -> model", bias=True)
    x = a.map("add", x, _scaled(a, y, "attention") if scaled else y, name="add_attention")
    y = normalised(a, x, "layer", name="feed")
    inner = a.linear("W_1", y, "model -> feed", bias=True)
    if gated:
        gate = a.map("silu", a.linear("W_G", y, "model -> feed", bias=True))
        inner = a.map("multiply", gate, inner, name="gated")
    else:
        inner = a.map("gelu", inner)
    y = a.linear("W_2", inner, "feed -> model", bias=True)
    return a.map("add", x, _scaled(a, y, "feed") if scaled else y, name="add_feed")


def offsets(a: Author) -> Tensor:
    """A score for each head and offset of two patches, and three for the token before them."""
    side = 2 * patch_side(a) - 1
    a.axis("offsets", side * side + 3)
    return a.weight("W_offset", "offsets heads", Role.SCALE)


def _scaled(a: Author, y: Tensor, name: str) -> Tensor:
    return a.map("multiply", y, a.weight(f"w_{name}", "model", Role.SCALE), name=f"scale_{name}")
