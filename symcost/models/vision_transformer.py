"""Vision transformers: patches of an image, layers, and a score for every class."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.poly import Poly
from symcost.components.norm import normalised
from symcost.components.vision_layer import offsets, patch_side, vision_layer
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Vision:
    """A whole model.

    `tokens` learned rows stand before the patches; `placed` of them have a position. `masks`: a
    row for hidden patches stands by. `shared_offsets`: one table of offsets for all layers.
    `heads`: how many sets of class scores; `both`: they read the first row beside the mean.
    """

    layers: int
    layer: Mapping[str, Any] = field(default_factory=dict)
    tokens: int = 1
    placed: int = 1
    positions: bool = True
    masks: bool = False
    shared_offsets: bool = False
    last_norm: bool = True
    mean_norm: bool = False
    pooled: bool = False
    heads: int = 1
    both: bool = False


def vision_transformer(a: Author, *, spec: Vision) -> Tensor | tuple[Tensor, ...]:
    """An image cut into patches is read like a sentence.

    Source: Dosovitskiy et al. 2020, An Image is Worth 16x16 Words, arXiv 2010.11929, section 3.1.
    """
    x = _rows(a, spec)
    if spec.layers:
        x = a.repeat("layer", "layers", vision_layer, x, **spec.layer)
    if spec.last_norm:
        x = normalised(a, x, "layer", name="last")
    if not (spec.pooled or spec.heads or spec.mean_norm):
        return x
    y = a.map("join", x, name="one_row", axes="batch model")
    if spec.mean_norm:
        y = normalised(a, y, "layer", name="mean")
    if spec.pooled:
        y = a.linear("W_pool", y, "model -> pool_width", bias=True)
    if spec.both:
        a.axis("beside", 2 * a.size("model"))
        y = a.map("join", y, name="beside_mean", axes="batch beside")
    width = "beside" if spec.both else "model"
    scores = [
        a.linear(name, y, f"{width} -> classes", role=Role.HEAD, bias=True)
        for name in ("W_class", "W_teacher")[: spec.heads]
    ]
    return tuple(scores) if scores else y


def _rows(a: Author, spec: Vision) -> Tensor:
    """One row for each patch, learned rows before them, and a position for each."""
    side = patch_side(a)
    a.axis("pieces", side * side)
    a.axis("numbers", Poly.of(a.size("patch_side")) ** 2 * a.size("colours"))
    pixels = a.ids("batch pieces numbers", "pixels")
    x = a.linear("W_patch", pixels, "numbers -> model", bias=True, role=Role.CONVOLUTION)
    a.axis("time", side * side + spec.tokens)
    before = []
    if spec.tokens:
        a.axis("tokens", spec.tokens)
        before.append(a.weight("first_rows", "tokens model", Role.SCALE))
    x = a.map("join", x, *before, name="rows", axes="batch time model")
    if spec.positions:
        a.axis("places", side * side + spec.placed)
        places = a.weight("W_P", "places model", Role.SCALE)
        x = a.map("add", x, places, name="add_positions", axes="batch time model")
    if spec.masks:
        mask = a.weight("mask_row", "model", Role.SCALE)
        x = a.map("idle", x, mask, name="no_mask", axes="batch time model")
    if spec.shared_offsets:
        x = a.map("join", x, offsets(a), name="offsets", axes="batch time model")
    return x
