"""Networks of convolutions over images, stage after stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.picture import (
    chain,
    classified,
    convolved_image,
    dense,
    mean,
    normed,
    picture,
    pooled_image,
    scaled,
    squeezed,
    wider,
)

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def convnext(
    a: Author,
    *,
    patch: int,
    widths: list[int],
    depths: list[int],
    scale: bool,
    respond: bool,
    head: bool,
) -> Tensor:
    """Depthwise convolutions between narrow and wide matrices.

    Source: Liu et al. 2022, A ConvNet for the 2020s, arXiv 2201.03545, section 2; Woo et al. 2023,
    arXiv 2301.00808, section 4.
    """
    x = convolved_image(a, picture(a), "stem", widths[0], patch, patch, padding=0, bias=True)
    x = normed(a, x, "stem")
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        if index:
            x = normed(a, x, f"down_{index}")
            x = convolved_image(a, x, f"down_{index}", wide, 2, 2, padding=0, bias=True)
        flags = {"wide": wide, "scale": scale, "respond": respond}
        x = chain(a, x, f"stage_{index}", depth, convnext_block, **flags)
    y = normed(a, mean(a, x), "last")
    return classified(a, y) if head else y


def convnext_block(
    a: Author, x: Tensor, mark: str, *, wide: int, scale: bool, respond: bool
) -> Tensor:
    """A depthwise convolution, a norm, and four times the width in between."""
    y = normed(a, convolved_image(a, x, f"{mark}deep", wide, 7, groups=wide, bias=True), "deep")
    y = a.map("gelu", dense(a, y, f"{mark}up", 4 * wide))
    y = normed(a, y, "respond") if respond else y
    y = dense(a, y, f"{mark}down", wide)
    return a.map("add", x, scaled(a, y, "layer_scale") if scale else y)


def resnet(
    a: Author,
    *,
    stem: int,
    widths: list[int],
    depths: list[int],
    narrow: bool,
    early: bool,
    first: bool,
    head: bool,
) -> Tensor:
    """Residual blocks of convolutions.

    Source: He et al. 2015, Deep Residual Learning, arXiv 1512.03385, section 3.3.
    """
    x = normed(a, convolved_image(a, picture(a), "stem", stem, 7, 2), "stem")
    x = pooled_image(a, a.map("relu", x), "pool", 3, 2, 1)
    before = stem
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        stride = 2 if index or first else 1
        x = resnet_block(a, x, f"first_{index}_", before, wide, stride, narrow, early)
        flags = {"before": wide, "wide": wide, "stride": 1, "narrow": narrow, "early": early}
        x = chain(a, x, f"stage_{index}", depth - 1, resnet_block, **flags)
        before = wide
    y = mean(a, x)
    return classified(a, y) if head else y


def resnet_block(
    a: Author, x: Tensor, mark: str, before: int, wide: int, stride: int, narrow: bool, early: bool
) -> Tensor:
    """Two or three convolutions, added to what came in."""
    thin = wide // 4
    steps = [(wide, 3, stride), (wide, 3, 1)]
    if narrow:
        steps = [(thin, 1, stride if early else 1), (thin, 3, 1 if early else stride), (wide, 1, 1)]
    y = x
    for index, (out, kernel, step) in enumerate(steps):
        name = f"{mark}conv_{index}"
        y = normed(a, convolved_image(a, y, name, out, kernel, step), name)
        y = a.map("relu", y, name=f"{name}_relu") if index < len(steps) - 1 else y
    if before != wide or stride > 1:
        name = f"{mark}short"
        x = normed(a, convolved_image(a, x, name, wide, 1, stride, padding=0), name)
    return a.map("relu", a.map("add", y, x, name=f"{mark}add"), name=f"{mark}relu")


def regnet(
    a: Author,
    *,
    stem: int,
    widths: list[int],
    depths: list[int],
    group: int,
    squeeze: bool,
    first: bool,
    head: bool,
) -> Tensor:
    """Residual blocks whose middle convolution is in groups.

    Source: Radosavovic et al. 2020, Designing Network Design Spaces, arXiv 2003.13678, section 3.2.
    """
    x = a.map("relu", normed(a, convolved_image(a, picture(a), "stem", stem, 3, 2), "stem"))
    before = stem
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        stride = 2 if index or first else 1
        flags: dict[str, Any] = {"wide": wide, "groups": max(1, wide // group), "squeeze": squeeze}
        x = regnet_block(a, x, f"first_{index}_", before=before, stride=stride, **flags)
        x = chain(a, x, f"stage_{index}", depth - 1, regnet_block, before=wide, stride=1, **flags)
        before = wide
    y = mean(a, x)
    return classified(a, y) if head else y


def regnet_block(
    a: Author,
    x: Tensor,
    mark: str,
    *,
    before: int,
    wide: int,
    stride: int,
    groups: int,
    squeeze: bool,
) -> Tensor:
    """Three convolutions, the second in groups, perhaps a squeeze; added to what came in."""
    y = x
    for index, (kernel, step, count) in enumerate(((1, 1, 1), (3, stride, groups), (1, 1, 1))):
        if squeeze and index == 2:
            y = squeezed(a, y, f"{mark}squeeze", round(before / 4))
        name = f"{mark}conv_{index}"
        y = normed(a, convolved_image(a, y, name, wide, kernel, step, groups=count), name)
        y = a.map("relu", y, name=f"{name}_relu") if index < 2 else y
    if before != wide or stride > 1:
        name = f"{mark}short"
        x = normed(a, convolved_image(a, x, name, wide, 1, stride, padding=0), name)
    return a.map("relu", a.map("add", y, x, name=f"{mark}add"), name=f"{mark}relu")


def bit(
    a: Author,
    *,
    stem: int,
    widths: list[int],
    depths: list[int],
    strides: list[int],
    before_norm: bool,
    same: bool,
    fill: bool,
    head: bool,
) -> Tensor:
    """Residual blocks whose filters are standardised.

    `before_norm`: norms stand before the convolutions. Source: Kolesnikov et al. 2019, Big
    Transfer, arXiv 1912.11370, section 3.
    """
    padding = "same" if same else None
    x = convolved_image(a, picture(a), "stem", stem, 7, 2, padding=padding)
    x = x if before_norm else a.map("relu", normed(a, x, "stem"))
    around: int | str = "same" if fill else 0
    x = pooled_image(a, x if same else wider(a, x, "frame", 2), "pool", 3, 2, around)
    block = bit_block_before if before_norm else bit_block
    for index, (wide, depth) in enumerate(zip(widths, depths, strict=True)):
        flags: dict[str, Any] = {"wide": wide, "padding": padding}
        x = block(a, x, f"first_{index}_", stride=strides[index], first=True, **flags)
        x = chain(a, x, f"stage_{index}", depth - 1, block, stride=1, first=False, **flags)
    x = a.map("relu", normed(a, x, "last"), name="last_relu") if before_norm else x
    y = mean(a, x)
    return classified(a, y) if head else y


def thinned(wide: int) -> int:
    """A quarter of the width, as a multiple of eight that is not much below it."""
    found = max(8, (wide + 16) // 32 * 8)
    return found + 8 if 40 * found < 9 * wide else found


def bit_block_before(
    a: Author, x: Tensor, mark: str, *, wide: int, stride: int, first: bool, padding: str | None
) -> Tensor:
    """Three convolutions with a norm before each, added to what came in."""
    y = a.map("relu", normed(a, x, f"{mark}1"), name=f"{mark}relu_1")
    if first:
        x = convolved_image(a, y, f"{mark}short", wide, 1, stride, padding=padding)
    thin = thinned(wide)
    y = convolved_image(a, y, f"{mark}conv_1", thin)
    y = a.map("relu", normed(a, y, f"{mark}2"), name=f"{mark}relu_2")
    y = convolved_image(a, y, f"{mark}conv_2", thin, 3, stride, padding=padding)
    y = a.map("relu", normed(a, y, f"{mark}3"), name=f"{mark}relu_3")
    return a.map("add", convolved_image(a, y, f"{mark}conv_3", wide), x, name=f"{mark}add")


def bit_block(
    a: Author, x: Tensor, mark: str, *, wide: int, stride: int, first: bool, padding: str | None
) -> Tensor:
    """Three convolutions with a norm after each, added to what came in."""
    thin = thinned(wide)
    y = normed(a, convolved_image(a, x, f"{mark}conv_1", thin), f"{mark}1")
    y = a.map("relu", y, name=f"{mark}relu_1")
    y = convolved_image(a, y, f"{mark}conv_2", thin, 3, stride, padding=padding)
    y = a.map("relu", normed(a, y, f"{mark}2"), name=f"{mark}relu_2")
    y = normed(a, convolved_image(a, y, f"{mark}conv_3", wide), f"{mark}3")
    if first:
        x = convolved_image(a, x, f"{mark}short", wide, 1, stride, padding=padding)
        x = normed(a, x, f"{mark}short")
    return a.map("relu", a.map("add", y, x, name=f"{mark}add"), name=f"{mark}relu")
