"""A tower over images, and maps of several sizes that convolutions make of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.components.tiled_layer import neighbours
from symcost.components.vision_layer import patch_side
from symcost.graph.tensor import Role
from symcost.models.vision_transformer import Vision, vision_transformer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def feature_pyramid(a: Author, *, spec: Vision, doublings: tuple[int, ...]) -> tuple[Tensor, ...]:
    """The end of the tower on grids that are twice as fine so many times, or half as fine.

    `doublings` has an entry for each map, -1 for the coarse one. Source: Li et al. 2022, ViTDet,
    arXiv 2203.16527, section 3.
    """
    x = vision_transformer(a, spec=spec)
    assert not isinstance(x, tuple)
    made = []
    for index, doubled in enumerate(doublings):
        side = patch_side(a)
        side = called("floor", [side / 2]) if doubled < 0 else side * 2**doubled
        a.axis(f"places_{index}", side * side)
        made.append(a.part(f"map_{index}", level, x, doubled=doubled, places=f"places_{index}"))
    return tuple(made)


def level(a: Author, *, doubled: int, places: str) -> Tensor:
    """One map: finer and narrower step by step, then to the width of all maps, then smoothed.

    `places` is the axis of its places. Shapes: x is batch, time, model; the result batch, places,
    sight_channels. Source: Li et al. 2022, ViTDet, arXiv 2203.16527, section 3.
    """
    x = a.input("batch time model")
    a.axis("taps", 4)
    wide, finer = "model", Poly.of(a.size("time"))
    for step in range(doubled):
        width = called("floor", [Poly.of(a.size("model")) / 2 ** (step + 1)])
        narrow = a.axis(f"width_{step}", width)
        x = a.linear(f"C_finer_{step}", x, f"{wide} -> taps {narrow}", role=Role.CONVOLUTION)
        finer = finer * 4
        along = a.axis(f"finer_{step}", finer)
        x = a.map("join", x, name=f"view_{step}", axes=f"batch {along} {narrow}")
        bias = a.weight(f"b_finer_{step}", narrow, Role.BIAS)
        x = a.map("add", x, bias, name=f"add_b_{step}", role=Role.BIAS)
        x = a.map("gelu", x, name=f"gelu_{step}") if step < doubled - 1 else x
        wide = narrow
    x = a.map("join", x, name="places", axes=f"batch {places} {wide}")
    narrow = a.axis("narrow", "sight_channels")
    x = a.linear("C_map", x, f"{wide} -> {narrow}", role=Role.CONVOLUTION, bias=True)
    x = neighbours(a, x, "C_smooth", "narrow -> sight_channels", along=places)
    return a.map("add", x, a.weight("b_smooth", "sight_channels", Role.BIAS), role=Role.BIAS)
