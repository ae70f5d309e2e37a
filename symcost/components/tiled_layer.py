"""A layer over the patches of an image whose attention stays inside square tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.components.norm import normalised
from symcost.components.picture import attended
from symcost.components.vision_layer import fed, patch_side
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def tiled_layer(
    a: Author, *, tiled: bool, relative: bool, bias: bool = True, residual: bool = False
) -> Tensor:
    """Patches ask those of their tile, then each works alone; a norm before each, a sum after.

    `tiled`: the grid is filled up to whole tiles, otherwise it is one tile itself; `relative`:
    queries meet a learned row for each offset along the height, and along the width; `residual`:
    a bottleneck of convolutions follows. Shapes: x is batch, time, model; so is the result.
    Source: Li et al. 2022, ViTDet, arXiv 2203.16527, section 3; Li et al. 2021, MViTv2, arXiv
    2112.01526, equation 4.
    """
    x = a.input("batch time model")
    grid = patch_side(a)
    span = Poly.of(a.size(a.axis("tile_side", "sight_window"))) if tiled else grid
    count = called("ceil", [grid / span]) if tiled else Poly.of(1)
    a.axis("tiles", count * count)
    for axis in ("inside", "other"):
        a.axis(axis, span * span)
    y = normalised(a, x, "layer", name="attention")
    y = a.map("join", y, name="tiles", axes="batch tiles inside model")
    q, k, v = (a.linear(f"W_{each}", y, "model -> heads head", bias=bias) for each in "QKV")
    k = a.map("join", k, name="keys", axes="batch tiles other heads head")
    v = a.map("join", v, name="values", axes="batch tiles other heads head")
    mix = attended(a, q, k, v, _relative(a, q, span) if relative else [])
    y = a.linear("W_O", mix, "heads head -> model", bias=True)
    y = a.map("join", y, name="patches", axes="batch time model")
    x = a.map("add", x, y, name="add_attention")
    y = fed(a, normalised(a, x, "layer", name="feed"))
    x = a.map("add", x, y, name="add_feed")
    return a.part("bottleneck", bottleneck, x) if residual else x


def _relative(a: Author, q: Tensor, span: Poly) -> list[Tensor]:
    """What queries make of the offset in height, and of that in width."""
    a.axis("offsets", 2 * span - 1)
    for axis in ("up", "along", "far"):
        a.axis(axis, span)
    q = a.map("join", q, name="placed_queries", axes="batch tiles up along heads head")
    found = []
    for axis in ("up", "along"):
        table = a.weight(f"W_{axis}", "offsets head", Role.SCALE)
        rows = a.map("join", table, name=f"rows_{axis}", axes=f"{axis} far head")
        found.append(
            a.contract(
                f"batch tiles up along heads head, {axis} far head -> "
                "batch tiles heads up along far",
                q,
                rows,
                name=f"offsets_{axis}",
            )
        )
    return found


def bottleneck(a: Author) -> Tensor:
    """Convolutions to half the width, over neighbours, and back, each followed by a norm.

    Shapes: x is batch, time, model; so is the result. Source: Li et al. 2022, ViTDet, arXiv
    2203.16527, section 3.
    """
    x = a.input("batch time model")
    for axis in ("narrow", "narrow_out"):
        a.axis(axis, called("floor", [Poly.of(a.size("model")) / 2]))
    y = a.linear("C_1", x, "model -> narrow", role=Role.CONVOLUTION)
    y = a.map("gelu", normalised(a, y, "layer", "narrow", "1"), name="gelu_1")
    y = neighbours(a, y, "C_2", "narrow -> narrow_out")
    y = a.map("gelu", normalised(a, y, "layer", "narrow_out", "2"), name="gelu_2")
    y = a.linear("C_3", y, "narrow_out -> model", role=Role.CONVOLUTION)
    return a.map("add", x, normalised(a, y, "layer", name="3"))


def neck(a: Author) -> Tensor:
    """Convolutions to the channels that leave the encoder, each followed by a norm.

    Shapes: x is batch, time, model; the result batch, time, sight_channels. Source: Kirillov et al.
    2023, Segment Anything, arXiv 2304.02643, appendix A.
    """
    x = a.input("batch time model")
    a.axis("narrow", "sight_channels")
    y = a.linear("C_1", x, "model -> narrow", role=Role.CONVOLUTION)
    y = normalised(a, y, "layer", "narrow", "1")
    y = neighbours(a, y, "C_2", "narrow -> sight_channels")
    return normalised(a, y, "layer", "sight_channels", "2")


def neighbours(a: Author, y: Tensor, name: str, arrow: str, along: str = "time") -> Tensor:
    """Every patch and the eight around it, through filters without a bias."""
    eaten, made = arrow.split(" -> ")
    a.axis("cells", 9)
    a.axis("centres", a.size(along))
    seen = a.window(y, f"{along} -> centres cells", f"window_{name}")
    filters = a.weight(name, f"cells {eaten} {made}", Role.CONVOLUTION)
    pattern = f"{' '.join(seen.axes)}, cells {eaten} {made} -> batch centres {made}"
    y = a.contract(pattern, seen, filters, name=f"convolve_{name}", role=Role.CONVOLUTION)
    return a.map("join", y, name=f"patches_{name}", axes=f"batch {along} {made}")
