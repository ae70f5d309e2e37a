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


def patch_side(a: Author, image: str = "image") -> Poly:
    """Whole patches along one side of the image; what is left over is cut off."""
    axis = a.axis(f"{image}_side", image)
    a.axis("patch_side", "patch")
    return called("floor", [a.size(axis) / a.size("patch_side")])


def vision_layer(
    a: Author,
    *,
    q_bias: bool = True,
    k_bias: bool = True,
    v_bias: bool = True,
    o_bias: bool = True,
    feed_bias: bool = True,
    norm: str = "layer",
    head_norm: str = "",
    scaled: bool = False,
    feed_scaled: bool = True,
    gated: bool = False,
    distances: bool = False,
    key_heads: str = "heads",
    packed: bool = False,
) -> Tensor:
    """Every patch asks all others, then works by itself; a norm before each, a sum after.

    `scaled`: learned vectors scale what each block adds (`feed_scaled`: the second too);
    `distances`: every head has a score for each offset of two patches; `head_norm`: queries and
    keys are normed in "each" head, or over "all" of them; `key_heads`: the axis of the
    heads that keys and values have; `packed`: the images of a batch form one sequence. Shapes: x is
    batch, time, model; so is the result. Source: Dosovitskiy et al. 2020, arXiv 2010.11929, section
    3.1; Bao et al. 2021, BEiT, arXiv 2106.08254.
    """
    x = a.input("batch time model")
    y = normalised(a, x, norm, name="attention")
    a.axis("seen", a.size("time") * a.size("batch") if packed else a.size("time"))
    q = a.linear("W_Q", y, "model -> heads head", bias=q_bias)
    k = a.linear("W_K", y, f"model -> {key_heads} head", bias=k_bias)
    v = a.linear("W_V", y, f"model -> {key_heads} head", bias=v_bias)
    y = _mixed(a, q, k, v, head_norm, packed=packed, distances=distances)
    y = a.linear("W_O", y, "heads head -> model", bias=o_bias)
    y = _scaled(a, y, "attention") if scaled else y
    x = a.map("add", x, y, name="add_attention")
    y = fed(a, normalised(a, x, norm, name="feed"), gated=gated, bias=feed_bias)
    y = _scaled(a, y, "feed") if scaled and feed_scaled else y
    return a.map("add", x, y, name="add_feed")


def _mixed(
    a: Author, q: Tensor, k: Tensor, v: Tensor, norm: str, *, packed: bool, distances: bool
) -> Tensor:
    """The values of all patches that are seen, mixed for each that asks."""
    if norm:
        first = -1 if norm == "each" else -2
        q = normalised(a, q, "rms", " ".join(q.axes[first:]), "queries")
        k = normalised(a, k, "rms", " ".join(k.axes[first:]), "keys")
    axes = "seen heads head" if packed else "batch seen heads head"
    k = a.map("join", k, name="keys", axes=axes)
    v = a.map("join", v, name="values", axes=axes)
    return attended(a, q, k, v, [offsets(a)] if distances else [])


def fed(a: Author, y: Tensor, *, gated: bool = False, bias: bool = True) -> Tensor:
    """Up to the inner width, perhaps through a gate, and back."""
    inner = a.linear("W_1", y, "model -> feed", bias=bias)
    if gated:
        gate = a.map("silu", a.linear("W_G", y, "model -> feed", bias=bias))
        inner = a.map("multiply", gate, inner, name="gated")
    else:
        inner = a.map("gelu", inner)
    return a.linear("W_2", inner, "feed -> model", bias=bias)


def offsets(a: Author) -> Tensor:
    """A score for each head and offset of two patches, and three for the token before them."""
    side = 2 * patch_side(a) - 1
    a.axis("offsets", side * side + 3)
    return a.weight("W_offset", "offsets heads", Role.SCALE)


def _scaled(a: Author, y: Tensor, name: str) -> Tensor:
    return a.map("multiply", y, a.weight(f"w_{name}", "model", Role.SCALE), name=f"scale_{name}")
