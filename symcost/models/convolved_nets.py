"""Networks over images that mix convolutions with other ways to look around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    scaled,
    side,
    width,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def cvt(a: Author, *, stages: list[dict[str, Any]], head: bool) -> Tensor:
    """Attention whose queries, keys and values come from convolutions.

    Source: Wu et al. 2021, CvT, arXiv 2103.15808, section 3.
    """
    x = picture(a)
    for index, stage in enumerate(stages):
        kernel, stride, padding = stage["cut"]
        name = f"cut_{index}"
        x = convolved_image(a, x, name, stage["wide"], kernel, stride, padding=padding, bias=True)
        x = normed(a, x, name)
        rows, columns = x.axes[1:3]
        places = Poly.of(a.size(rows)) * Poly.of(a.size(columns))
        first = [a.weight(f"row_{index}", x.axes[-1], Role.SCALE)] if stage["first"] else []
        tokens = a.axis(f"tokens_{index}", places + len(first))
        axes = f"batch {tokens} {x.axes[-1]}"
        x = a.map("join", x, *first, name=f"rows_{index}", axes=axes)
        flags = {**stage["block"], "wide": stage["wide"], "grid": (rows, columns)}
        x = chain(a, x, f"stage_{index}", stage["depth"], cvt_block, first=len(first), **flags)
        if index < len(stages) - 1:
            axes = f"batch {rows} {columns} {x.axes[-1]}"
            x = a.map("join", x, name=f"places_{index}", axes=axes)
    if not head:
        return x
    if stages[-1]["first"]:
        return classified(a, normed(a, mean(a, x, "first_row"), "last"))
    return classified(a, mean(a, normed(a, x, "last")))


def cvt_block(
    a: Author,
    x: Tensor,
    mark: str,
    *,
    wide: int,
    heads: int,
    feed: int,
    kernel: int,
    strides: tuple[int, int],
    paddings: tuple[int, int],
    bias: bool,
    grid: tuple[str, str],
    first: int,
) -> Tensor:
    """Three depthwise convolutions before the three projections of attention."""
    axes = " ".join(x.axes)
    a.axis("see_heads", heads)
    a.axis("see_head", wide // heads)
    y = normed(a, x, f"{mark}attention")
    y = a.map("join", y, name="places", axes=f"batch {' '.join(grid)} {x.axes[-1]}")
    made = []
    for index, name in enumerate("QKV"):
        which = 1 if index else 0
        z = convolved_image(
            a, y, f"F_{name}", wide, kernel, strides[which], padding=paddings[which], groups=wide
        )
        z = normed(a, z, f"F_{name}")
        places = Poly.of(a.size(z.axes[1])) * Poly.of(a.size(z.axes[2])) + first
        tokens = a.axis("seen_tokens" if index else "asking_tokens", places)
        z = a.map("join", z, name=f"rows_{name}", axes=f"batch {tokens} {z.axes[-1]}")
        made.append(a.linear(f"W_{name}", z, f"{z.axes[-1]} -> see_heads see_head", bias=bias))
    mix = attended(a, made[0], made[1], made[2])
    a.axis("mixed", wide)
    y = a.linear("W_O", mix, "see_heads see_head -> mixed", bias=True)
    x = a.map("add", x, a.map("join", y, name="back", axes=axes), name="add_attention")
    y = dense(a, a.map("gelu", dense(a, normed(a, x, "feed"), "W_1", feed)), "W_2", wide)
    return a.map("add", x, y, name="add_feed")


def focalnet(
    a: Author,
    *,
    patch: int,
    first: int,
    depths: list[int],
    kernels: list[list[int]],
    feeds: list[int],
    curved: bool,
    scale: bool,
    after: bool,
    inner_norm: bool,
    head: bool,
) -> Tensor:
    """Contexts of growing reach, gated and multiplied with a query.

    `curved`: patches overlap; `after`: norms after the blocks. Source: Yang et al. 2022, Focal
    Modulation Networks, arXiv 2203.11926, section 3.
    """
    x = normed(a, _cut(a, picture(a), "patches", first, patch, (7, 4, 2) if curved else None), "p")
    wide = first
    for index, depth in enumerate(depths):
        flags = {"wide": wide, "kernels": kernels[index], "feed": feeds[index], "scale": scale}
        flags |= {"after": after, "inner_norm": inner_norm}
        x = chain(a, x, f"stage_{index}", depth, focalnet_block, **flags)
        if index < len(depths) - 1:
            wide *= 2
            x = _cut(a, x, f"cut_{index}", wide, 2, (3, 2, 1) if curved else None)
            x = normed(a, x, f"cut_{index}")
    y = mean(a, normed(a, x, "last"))
    return classified(a, y) if head else y


def _cut(
    a: Author, x: Tensor, name: str, wide: int, patch: int, curved: tuple[int, int, int] | None
) -> Tensor:
    """Patches, of an image filled up to whole ones; they overlap where `curved` says how."""
    if curved is None:
        return convolved_image(a, x, name, wide, patch, patch, padding="same", bias=True)
    sides = [
        side(a, word, called("ceil", [Poly.of(a.size(axis)) / patch]) * patch)
        for word, axis in (("rows", x.axes[1]), ("columns", x.axes[2]))
    ]
    x = a.map("join", x, name=f"fill_{name}", axes=f"batch {' '.join(sides)} {x.axes[-1]}")
    kernel, stride, padding = curved
    return convolved_image(a, x, name, wide, kernel, stride, padding=padding, bias=True)


def focalnet_block(
    a: Author,
    x: Tensor,
    mark: str,
    *,
    wide: int,
    kernels: Sequence[int],
    feed: int,
    scale: bool,
    after: bool,
    inner_norm: bool,
) -> Tensor:
    """A query times a context that convolutions gather, then two matrices."""
    y = x if after else normed(a, x, f"{mark}look")
    split = dense(a, y, "W_in", 2 * wide + len(kernels) + 1)
    axes = f"{' '.join(x.axes[:3])} {width(a, wide)}"
    query = a.map("join", split, name="query", axes=axes)
    context = a.map("join", split, name="context", axes=axes)
    total = context
    for index, kernel in enumerate(kernels):
        context = convolved_image(a, context, f"F_{index}", wide, kernel, groups=wide)
        context = a.map("gelu", context, name=f"gelu_{index}")
        total = a.map("add", total, context, name=f"gather_{index}")
    total = dense(a, total, "W_context", wide, role=Role.CONVOLUTION)
    y = a.map("multiply", query, total, name="modulate")
    y = normed(a, y, "modulated") if inner_norm else y
    y = dense(a, y, "W_out", wide)
    y = normed(a, y, "look") if after else y
    x = a.map("add", x, scaled(a, y, "scale_look") if scale else y, name="add_look")
    y = x if after else normed(a, x, "feed")
    y = dense(a, a.map("gelu", dense(a, y, "W_1", feed)), "W_2", wide)
    y = normed(a, y, "feed") if after else y
    return a.map("add", x, scaled(a, y, "scale_feed") if scale else y, name="add_feed")
