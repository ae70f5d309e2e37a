"""LeViT: a transformer over images that shrinks by attention."""

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
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def levit(
    a: Author,
    *,
    patch: int,
    cut: tuple[int, int, int],
    widths: list[int],
    depths: list[int],
    looks: list[tuple[int, int, int, int]],
    shrinks: list[tuple[int, int, int, int, int]],
    heads: int,
) -> Tensor | tuple[Tensor, ...]:
    """Four convolutions, then attention; between stages attention with fewer queries.

    `looks` are key width, heads, value ratio and inner ratio; `shrinks` the same and a stride.
    Source: Graham et al. 2021, LeViT, arXiv 2104.01136, section 4.
    """
    x = picture(a)
    side = called("floor", [Poly.of(a.size("image_side")) / patch])
    kernel, stride, padding = cut
    for index in range(4):
        wide = widths[0] // 2 ** (3 - index)
        x = convolved_image(a, x, f"cut_{index}", wide, kernel, stride, padding=padding)
        x = normed(a, x, f"cut_{index}")
        x = a.map("relu", x, name=f"relu_{index}") if index < 3 else x
    x = _grid(a, x, "grid", side)
    for index, depth in enumerate(depths):
        x = chain(a, x, f"stage_{index}", depth, levit_block, look=looks[index], side=side)
        if index < len(shrinks):
            after = called("floor", [(side - 1) / shrinks[index][4]]) + 1
            x = _shrunk(
                a, x, f"shrink_{index}_", shrinks[index][:4], widths[index + 1], side, after
            )
            side = after
    y = mean(a, x)
    names = ("W_class", "W_teacher")[:heads]
    scores = [classified(a, normed(a, y, name), name) for name in names]
    return tuple(scores) if scores else y


def levit_block(
    a: Author, x: Tensor, mark: str, *, look: tuple[int, int, int, int], side: Poly
) -> Tensor:
    """Attention, then two matrices, a norm after every matrix."""
    wide = Poly.of(a.size(x.axes[-1])).at({})
    assert isinstance(wide, int)
    y = _looked(a, x, x, f"{mark}look", look, wide, side)
    return _fed(a, a.map("add", x, y, name=f"{mark}add_look"), f"{mark}feed", wide, look[3])


def _shrunk(
    a: Author,
    x: Tensor,
    mark: str,
    look: tuple[int, int, int, int],
    wide: int,
    side: Poly,
    after: Poly,
) -> Tensor:
    """Attention whose queries are some of the places only."""
    few = _grid(a, x, f"{mark}few", after)
    return _fed(
        a, _looked(a, few, x, f"{mark}look", look, wide, side), f"{mark}feed", wide, look[3]
    )


def _fed(a: Author, x: Tensor, name: str, wide: int, ratio: int) -> Tensor:
    if not ratio:
        return x
    y = normed(a, dense(a, x, f"{name}_1", ratio * wide, bias=False), f"{name}_1")
    y = dense(a, a.map("relu", y, name=f"{name}_relu"), f"{name}_2", wide, bias=False)
    return a.map("add", x, normed(a, y, f"{name}_2"), name=f"{name}_add")


def _looked(
    a: Author,
    x: Tensor,
    seen: Tensor,
    name: str,
    look: tuple[int, int, int, int],
    wide: int,
    side: Poly,
) -> Tensor:
    """Attention with a score for each head and offset; a norm after every matrix."""
    key, heads, ratio, _ = look
    a.axis(f"{name}_heads", heads)
    a.axis(f"{name}_key", key)
    a.axis(f"{name}_value", ratio * key)
    a.axis(f"{name}_seen", a.size(seen.axes[1]))
    a.axis(f"{name}_offsets", side * side)
    made = []
    for word, source, last in (("Q", x, "key"), ("K", seen, "key"), ("V", seen, "value")):
        axes = f"{name}_heads {name}_{last}"
        y = a.linear(f"{name}_{word}", source, f"{source.axes[-1]} -> {axes}")
        pair = [a.weight(f"{w}_{name}_{word}", axes, Role.NORM) for w in ("gamma", "beta")]
        places = x.axes[1] if word == "Q" else f"{name}_seen"
        axes = f"batch {places} {axes}"
        made.append(a.map("layer_norm", y, *pair, name=f"norm_{name}_{word}", axes=axes))
    offsets = a.weight(f"{name}_offset", f"{name}_offsets {name}_heads", Role.SCALE)
    mix = a.map(
        "relu", attended(a, made[0], made[1], made[2], [offsets], mark=name), name=f"{name}_relu"
    )
    fresh = a.axis(f"{name}_mixed", wide)
    y = a.linear(f"{name}_O", mix, f"{name}_heads {name}_value -> {fresh}")
    axes = f"batch {x.axes[1]} {a.axis(f'width_{wide}', wide)}"
    return normed(a, a.map("join", y, name=f"{name}_back", axes=axes), name)


def _grid(a: Author, x: Tensor, name: str, side: Poly) -> Tensor:
    """So many places a side."""
    places = a.axis(f"{name}_places", side * side)
    return a.map("join", x, name=name, axes=f"batch {places} {x.axes[-1]}")
