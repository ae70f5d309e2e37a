"""Transformers over images whose attention is kept short: in windows, or over merged places."""

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
    width,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def swin(
    a: Author,
    *,
    patch: int,
    first: int,
    depths: list[int],
    heads: list[int],
    feeds: list[int],
    window: int,
    places: int,
    second: bool,
    bias: bool,
    last_norm: bool,
    head: bool,
    fill: bool = False,
) -> Tensor:
    """Attention inside windows that shift from layer to layer, on ever coarser images.

    `places`: rows of the position table beside one for each patch, or less than nought for none;
    `second`: the second version; `fill`: an image smaller than a window is filled up to it.
    Source: Liu et al. 2021, Swin Transformer, arXiv 2103.14030, section 3; Liu et al. 2021, Swin
    Transformer V2, arXiv 2111.09883, section 3.
    """
    x = picture(a)
    grid = called("floor", [Poly.of(a.size("image_side")) / patch])
    x = convolved_image(a, x, "patches", first, patch, patch, padding="same", bias=True)
    x = normed(a, x, "patches")
    x = _placed(a, x, grid * grid + places) if places >= 0 else x
    wide = first
    for index, depth in enumerate(depths):
        seen = Poly.of(a.size(x.axes[1]))
        if second:
            seen = called("floor", [grid / 2**index]) if index else grid
        flags = {"heads": heads[index], "wide": wide, "feed": feeds[index], "window": window}
        seen = Poly.of(window) if fill else called("min", [seen, Poly.of(window)])
        x = chain(
            a, x, f"stage_{index}", depth, swin_block, seen=seen, bias=bias, second=second, **flags
        )
        if index < len(depths) - 1:
            x = _merged(a, x, f"merge_{index}", wide, second)
            wide = 2 * wide
    x = normed(a, x, "last") if last_norm else x
    y = mean(a, x)
    return classified(a, y) if head else y


def _placed(a: Author, x: Tensor, places: Poly) -> Tensor:
    """x and a learned row for every place."""
    a.axis("places", places)
    table = a.weight("W_P", f"places {x.axes[-1]}", Role.SCALE)
    return a.map("add", x, table, name="add_positions", axes=" ".join(x.axes))


def _merged(a: Author, x: Tensor, name: str, wide: int, second: bool) -> Tensor:
    """Four neighbours side by side, brought to twice the width."""
    sides = [
        side(a, word, called("ceil", [Poly.of(a.size(axis)) / 2]))
        for word, axis in (("rows", x.axes[1]), ("columns", x.axes[2]))
    ]
    axes = f"batch {' '.join(sides)} {width(a, 4 * wide)}"
    x = a.map("join", x, name=name, axes=axes)
    x = x if second else normed(a, x, name)
    x = dense(a, x, f"W_{name}", 2 * wide, bias=False)
    return normed(a, x, name) if second else x


def swin_block(
    a: Author,
    x: Tensor,
    mark: str,
    *,
    heads: int,
    wide: int,
    feed: int,
    window: int,
    seen: Poly,
    bias: bool,
    second: bool,
) -> Tensor:
    """Windows of patches attend to themselves; then each patch works alone."""
    y = x if second else normed(a, x, f"{mark}attention")
    tiles = [called("ceil", [Poly.of(a.size(axis)) / seen]) for axis in x.axes[1:3]]
    a.axis("tiles", tiles[0] * tiles[1])
    for axis in ("inside", "other"):
        a.axis(axis, seen * seen)
    a.axis("tile_heads", heads)
    a.axis("tile_head", wide // heads)
    y = a.map("join", y, name="tiles", axes=f"batch tiles inside {x.axes[-1]}")
    arrow = f"{x.axes[-1]} -> tile_heads tile_head"
    q = a.linear("W_Q", y, arrow, bias=bias)
    k = a.linear("W_K", y, arrow, bias=bias and not second)
    v = a.linear("W_V", y, arrow, bias=bias)
    k = a.map("join", k, name="keys", axes="batch tiles other tile_heads tile_head")
    v = a.map("join", v, name="values", axes="batch tiles other tile_heads tile_head")
    mix = attended(a, q, k, v, _made_offsets(a, seen) if second else _offsets(a, window))
    fresh = a.axis("mixed", wide)
    y = a.linear("W_O", mix, "tile_heads tile_head -> mixed", bias=True)
    y = a.map("join", y, name=f"back_{fresh}", axes=" ".join(x.axes))
    y = normed(a, y, "attention") if second else y
    x = a.map("add", x, y, name="add_attention")
    y = x if second else normed(a, x, "feed")
    y = dense(a, a.map("gelu", dense(a, y, "W_1", feed)), "W_2", wide)
    return a.map("add", x, normed(a, y, "feed") if second else y, name="add_feed")


def _offsets(a: Author, window: int) -> list[Tensor]:
    """A score for each head and offset inside a window."""
    a.axis("offsets", (2 * window - 1) ** 2)
    return [a.weight("W_offset", "offsets tile_heads", Role.SCALE)]


def _made_offsets(a: Author, seen: Poly) -> list[Tensor]:
    """Scores that a small network makes of the offsets, and a scale for each head."""
    span = 2 * seen - 1
    a.axis("offsets", span * span)
    a.axis("directions", 2)
    a.axis("offset_width", 512)
    table = a.given("offset_table", "offsets directions")
    hidden = a.linear("W_offset_1", table, "directions -> offset_width", bias=True)
    scores = a.linear("W_offset_2", a.map("relu", hidden), "offset_width -> tile_heads")
    return [scores, a.weight("head_scale", "tile_heads", Role.SCALE)]


def swin2sr(
    a: Author,
    *,
    wide: int,
    depths: list[int],
    heads: list[int],
    feed: int,
    window: int,
    narrow: int,
    bias: bool,
) -> Tensor:
    """Windows that shift over an image which stays as large as it is, and convolutions.

    `narrow`: the inner width of the convolutions that end a stage, 0 for one of full width.
    Source: Conde et al. 2022, Swin2SR, arXiv 2209.11345, section 3; Liang et al. 2021, SwinIR,
    arXiv 2108.10257, section 3.
    """
    front = convolved_image(a, picture(a), "front", wide, 3, bias=True)
    x = normed(a, convolved_image(a, front, "patches", wide, bias=True), "patches")
    seen = called("min", [Poly.of(a.size(x.axes[1])), Poly.of(window)])
    flags = {"wide": wide, "feed": feed, "window": window, "seen": seen, "bias": bias}
    for index, depth in enumerate(depths):
        mark = f"stage_{index}"
        y = chain(a, x, mark, depth, swin_block, heads=heads[index], second=True, **flags)
        if narrow:
            y = convolved_image(a, y, f"{mark}_in", narrow, 3, bias=True)
            y = a.map("relu", y, name=f"{mark}_outer")
            y = convolved_image(a, y, f"{mark}_inside", narrow, bias=True)
            y = a.map("relu", y, name=f"{mark}_inner")
        y = convolved_image(a, y, f"{mark}_end", wide, 3, bias=True)
        y = convolved_image(a, y, f"{mark}_patches", wide, bias=True)
        x = a.map("add", x, y, name=f"add_{mark}")
    y = convolved_image(a, normed(a, x, "last"), "end", wide, 3, bias=True)
    return a.map("add", front, y, name="add_front")
