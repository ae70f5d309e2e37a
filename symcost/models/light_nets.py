"""Small networks over images: split convolutions, or means in the place of attention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.picture import (
    chain,
    classified,
    convolved_image,
    dense,
    mean,
    normed,
    picture,
    scaled,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def mobilenet(a: Author, *, steps: list[tuple[int, int]], same: bool, head: bool) -> Tensor:
    """Every convolution is split: over places for each channel alone, then over channels.

    `steps` are the width and the stride of the stem and of every pair. Source: Howard et al. 2017,
    MobileNets, arXiv 1704.04861, section 3.
    """
    padding = "same" if same else None
    (before, stride), *pairs = steps
    x = step(a, picture(a), "stem", before, 3, stride, padding)
    for index, (wide, stride) in enumerate(pairs):
        x = step(a, x, f"deep_{index}", before, 3, stride, padding, groups=before)
        x = step(a, x, f"across_{index}", wide)
        before = wide
    y = mean(a, x)
    return classified(a, y) if head else y


def mobilenet_v2(
    a: Author,
    *,
    stem: int,
    expand: bool,
    steps: list[tuple[int, int, int]],
    first: int,
    last: int,
    same: bool,
    head: bool,
) -> Tensor:
    """Each block widens, looks around channel by channel, and narrows again.

    `steps` are the inner width, the width and the stride of every block. Source: Sandler et al.
    2018, MobileNetV2, arXiv 1801.04381, section 3.
    """
    padding = "same" if same else None
    x = step(a, picture(a), "stem", stem, 3, 2, padding)
    x = step(a, x, "stem_up", stem) if expand else x
    x = step(a, x, "stem_deep", stem, 3, 1, padding, groups=stem)
    x = step(a, x, "stem_down", first, function="")
    before = first
    for index, (inner, wide, stride) in enumerate(steps):
        y = step(a, x, f"up_{index}", inner)
        y = step(a, y, f"deep_{index}", inner, 3, stride, padding, groups=inner)
        y = step(a, y, f"down_{index}", wide, function="")
        x = a.map("add", x, y, name=f"add_{index}") if stride == 1 and before == wide else y
        before = wide
    y = mean(a, step(a, x, "last", last))
    return classified(a, y) if head else y


def step(
    a: Author,
    x: Tensor,
    name: str,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    padding: int | str | None = None,
    *,
    groups: int = 1,
    function: str = "relu",
) -> Tensor:
    """A convolution, a norm, and perhaps an elementwise function; part of a network."""
    y = convolved_image(a, x, name, out, kernel, stride, padding=padding, groups=groups)
    y = normed(a, y, name)
    return a.map(function, y, name=f"{name}_{function}") if function else y


def poolformer(
    a: Author,
    *,
    widths: list[int],
    depths: list[int],
    feeds: list[int],
    cuts: list[tuple[int, int, int]],
    scale: bool,
    head: bool,
) -> Tensor:
    """Means over neighbours in the place of attention.

    `cuts` are kernel, stride and padding before every stage. Source: Yu et al. 2021, MetaFormer,
    arXiv 2111.11418, section 3.
    """
    x = picture(a)
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        kernel, stride, padding = cuts[index]
        name = f"cut_{index}"
        x = convolved_image(a, x, name, wide, kernel, stride, padding=padding, bias=True)
        flags = {"wide": wide, "feed": feeds[index], "scale": scale}
        x = chain(a, x, f"stage_{index}", depth, poolformer_block, **flags)
    if not head:
        return x
    return classified(a, mean(a, normed(a, x, "last")))


def poolformer_block(a: Author, x: Tensor, mark: str, wide: int, feed: int, scale: bool) -> Tensor:
    """The mean of the neighbours less the place itself, then two matrices; sums after each."""
    y = a.map("join", normed(a, x, f"{mark}around"), name=f"{mark}neighbours")
    x = a.map("add", x, scaled(a, y, "scale_around") if scale else y, name="add_around")
    y = dense(a, normed(a, x, "feed"), "W_1", feed, role=Role.CONVOLUTION)
    y = dense(a, a.map("gelu", y), "W_2", wide, role=Role.CONVOLUTION)
    return a.map("add", x, scaled(a, y, "scale_feed") if scale else y, name="add_feed")
