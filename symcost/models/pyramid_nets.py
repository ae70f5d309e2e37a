"""Transformers over images, stage after stage, whose attention looks at merged places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.components.picture import (
    attended,
    chain,
    classified,
    convolved_image,
    dense,
    mean,
    normed,
    picture,
    side,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def segformer(
    a: Author,
    *,
    widths: list[int],
    depths: list[int],
    heads: list[int],
    feeds: list[int],
    merges: list[int],
    cuts: list[tuple[int, int]],
    head: bool,
    bias: bool = True,
    pooled: bool = False,
) -> Tensor:
    """Patches that overlap, attention to merged places, convolutions for positions.

    `cuts` are kernel and stride before every stage. Source: Xie et al. 2021, SegFormer, arXiv
    2105.15203, section 3.1.
    """
    x = picture(a)
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        kernel, stride = cuts[index]
        name = f"cut_{index}"
        x = normed(a, convolved_image(a, x, name, wide, kernel, stride, bias=True), name)
        flags = {"wide": wide, "heads": heads[index], "feed": feeds[index], "merge": merges[index]}
        flags |= {"bias": bias, "pooled": pooled}
        x = chain(a, x, f"stage_{index}", depth, segformer_block, **flags)
        x = normed(a, x, f"stage_{index}")
    y = mean(a, x)
    return classified(a, y) if head else y


def segformer_block(
    a: Author,
    x: Tensor,
    mark: str,
    *,
    wide: int,
    heads: int,
    feed: int,
    merge: int,
    bias: bool,
    pooled: bool,
) -> Tensor:
    """Attention to merged places, then two matrices with a convolution between."""
    y = normed(a, x, f"{mark}attention")
    y = merged_attention(a, y, wide, heads, merge, bias=bias, pooled=pooled)
    x = a.map("add", x, y, name="add_attention")
    y = dense(a, normed(a, x, "feed"), "W_1", feed)
    y = a.map("gelu", convolved_image(a, y, "deep", feed, 3, groups=feed, bias=True))
    return a.map("add", x, dense(a, y, "W_2", wide), name="add_feed")


def merged_attention(
    a: Author,
    y: Tensor,
    wide: int,
    heads: int,
    merge: int,
    *,
    bias: bool = True,
    pooled: bool = False,
) -> Tensor:
    """Every place asks all places of an image that was merged before.

    `pooled`: the image is brought to seven places a side, however large it is.
    """
    a.axis("see_heads", heads)
    a.axis("see_head", wide // heads)
    axes = " ".join(y.axes)
    z = y
    if pooled:
        sides = [side(a, word, Poly.of(7)) for word in ("rows", "columns")]
        z = a.map("join", y, name="pool", axes=f"batch {' '.join(sides)} {y.axes[-1]}")
        z = dense(a, z, "merge", wide, role=Role.CONVOLUTION)
        z = a.map("gelu", normed(a, z, "merge"), name="merge_gelu")
    elif merge > 1:
        z = normed(a, convolved_image(a, y, "merge", wide, merge, merge, padding=0, bias=True), "m")
    a.axis("seen_places", Poly.of(a.size(z.axes[1])) * Poly.of(a.size(z.axes[2])))
    a.axis("asking", Poly.of(a.size(y.axes[1])) * Poly.of(a.size(y.axes[2])))
    arrow = f"{y.axes[-1]} -> see_heads see_head"
    q = a.linear("W_Q", y, arrow, bias=bias)
    k, v = a.linear("W_K", z, arrow, bias=bias), a.linear("W_V", z, arrow, bias=bias)
    q = a.map("join", q, name="queries", axes="batch asking see_heads see_head")
    k = a.map("join", k, name="keys", axes="batch seen_places see_heads see_head")
    v = a.map("join", v, name="values", axes="batch seen_places see_heads see_head")
    mix = attended(a, q, k, v)
    a.axis("mixed", wide)
    y = a.linear("W_O", mix, "see_heads see_head -> mixed", bias=True)
    return a.map("join", y, name="back", axes=axes)


def pvt(
    a: Author,
    *,
    widths: list[int],
    depths: list[int],
    heads: list[int],
    feeds: list[int],
    merges: list[int],
    cuts: list[tuple[int, int]],
    bias: bool,
    head: bool,
) -> Tensor:
    """A pyramid of transformers; the last has a learned row before the places.

    `cuts` are kernel and stride before every stage. Source: Wang et al. 2021, Pyramid Vision
    Transformer, arXiv 2102.12122, section 3.
    """
    x = picture(a)
    image = Poly.of(a.size("image_side"))
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        (kernel, stride), name = cuts[index], f"cut_{index}"
        x = convolved_image(a, x, name, wide, kernel, stride, padding=0, bias=True)
        x = normed(a, x, name)
        last = index == len(depths) - 1
        whole = called("floor", [image / 2 ** (index + 1)]) if index else image
        grid = called("floor", [whole / stride]) if stride > 1 else whole
        a.axis(f"places_{index}", grid * grid + int(last))
        reads = [a.weight(f"P_{index}", f"places_{index} {x.axes[-1]}", Role.SCALE)]
        axes = " ".join(x.axes)
        if last:
            a.axis("tokens", Poly.of(a.size(x.axes[1])) * Poly.of(a.size(x.axes[2])) + 1)
            a.axis("one", 1)
            axes = f"batch tokens one {x.axes[-1]}"
            reads.append(a.weight("first_row", x.axes[-1], Role.SCALE))
        x = a.map("join", x, *reads, name=f"rows_{index}", axes=axes)
        flags = {"wide": wide, "heads": heads[index], "feed": feeds[index], "merge": merges[index]}
        x = chain(a, x, f"stage_{index}", depth, pvt_block, bias=bias, **flags)
    y = mean(a, normed(a, x, "last"), "first")
    return classified(a, y) if head else y


def pvt_block(
    a: Author, x: Tensor, mark: str, *, wide: int, heads: int, feed: int, merge: int, bias: bool
) -> Tensor:
    """Attention to merged places, then two matrices."""
    y = merged_attention(a, normed(a, x, f"{mark}attention"), wide, heads, merge, bias=bias)
    x = a.map("add", x, y, name="add_attention")
    y = dense(a, a.map("gelu", dense(a, normed(a, x, "feed"), "W_1", feed)), "W_2", wide)
    return a.map("add", x, y, name="add_feed")
