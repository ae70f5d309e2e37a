"""Networks of convolutions over images with several branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.poly import Poly
from symcost.components.picture import (
    classified,
    convolved_image,
    mean,
    normed,
    picture,
    wider,
    width,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def textnet(
    a: Author,
    *,
    stem: tuple[int, int, int],
    steps: list[tuple[int, int, tuple[int, int], int]],
    head: bool,
) -> Tensor:
    """Convolutions with a standing and a lying branch beside each.

    `stem` is width, kernel and stride; `steps` are widths before and after, kernel and stride.
    Source: Chen et al. 2021, FAST, arXiv 2111.02394, section 3.2.
    """
    wide, size, stride = stem
    x = a.map("relu", normed(a, convolved_image(a, picture(a), "stem", wide, size, stride), "stem"))
    for index, (before, wide, (rows, columns), stride) in enumerate(steps):
        kernels = [(rows, columns)]
        kernels += [(rows, 1)] if columns != 1 else []
        kernels += [(1, columns)] if rows != 1 else []
        parts = []
        for place, kernel in enumerate(kernels):
            name = f"step_{index}_{place}"
            parts.append(normed(a, convolved_image(a, x, name, wide, kernel, stride), name))
        if before == wide and stride == 1:
            parts.append(normed(a, x, f"step_{index}_same"))
        x = a.map("add", *parts, name=f"add_{index}")
        x = a.map("relu", x, name=f"relu_{index}")
    return classified(a, mean(a, x)) if head else x


def hgnet(
    a: Author,
    *,
    stem: list[int],
    strides: list[int],
    stages: list[dict[str, Any]],
    affine: bool,
    head: bool,
) -> Tensor:
    """Blocks that join the results of all their convolutions.

    Source: Zhao et al. 2023, DETRs Beat YOLOs on Real-time Object Detection, arXiv 2304.08069,
    section 4 (the backbone HGNetv2).
    """
    wide = stem[1]
    x = wider(a, _layer(a, picture(a), "stem_1", wide, 3, strides[0], affine=affine), "grow_1")
    y = wider(a, _layer(a, x, "stem_2", wide // 2, 2, affine=affine), "grow_2")
    y = _layer(a, y, "stem_3", wide, 2, affine=affine)
    axes = f"batch {' '.join(y.axes[1:3])} {width(a, 2 * wide)}"
    x = a.map("join", x, y, name="beside", axes=axes)
    x = _layer(a, x, "stem_4", wide, 3, strides[3], affine=affine)
    x = _layer(a, x, "stem_5", stem[2], 1, strides[4], affine=affine)
    for index, stage in enumerate(stages):
        before = stage["before"]
        if stage["stride"]:
            name = f"down_{index}"
            x = convolved_image(a, x, name, before, 3, stage["stride"], groups=before)
            x = normed(a, x, name)
        for place in range(stage["blocks"]):
            x = _block(a, x, f"block_{index}_{place}", stage, bool(place), affine)
    return classified(a, mean(a, x)) if head else x


def _block(
    a: Author, x: Tensor, name: str, stage: dict[str, Any], residual: bool, affine: bool
) -> Tensor:
    """Convolutions one after the other, all results side by side, and two narrow matrices."""
    wide, kernel = stage["middle"], stage["kernel"]
    y, found = x, [x]
    for index in range(stage["layers"]):
        step = f"{name}_{index}"
        if stage["light"]:
            y = normed(a, convolved_image(a, y, f"{step}_a", wide), f"{step}_a")
            y = _layer(a, y, f"{step}_b", wide, kernel, groups=wide, affine=affine)
        else:
            y = _layer(a, y, step, wide, kernel, affine=affine)
        found.append(y)
    total = sum(int(Poly.of(a.size(each.axes[-1])).at({})) for each in found)
    y = a.map("join", *found, name=f"{name}_all", axes=f"{' '.join(y.axes[:3])} {width(a, total)}")
    y = _layer(a, y, f"{name}_squeeze", stage["after"] // 2, affine=affine)
    y = _layer(a, y, f"{name}_widen", stage["after"], affine=affine)
    return a.map("add", y, x, name=f"{name}_add") if residual else y


def _layer(
    a: Author,
    x: Tensor,
    name: str,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    *,
    groups: int = 1,
    affine: bool,
) -> Tensor:
    """A convolution, a norm, an activation, and perhaps a learned scale and shift."""
    padding = (kernel - 1) // 2
    y = convolved_image(a, x, name, out, kernel, stride, padding=padding, groups=groups)
    y = a.map("relu", normed(a, y, name), name=f"{name}_relu")
    if not affine:
        return y
    pair = [a.weight(f"{word}_{name}_one", "", Role.SCALE) for word in ("scale", "shift")]
    return a.map("multiply", y, *pair, name=f"{name}_affine")
