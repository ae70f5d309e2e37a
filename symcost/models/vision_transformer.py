"""Vision transformers: patches of an image, layers, and a score for every class."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.poly import Poly, called
from symcost.components.attention_pool import attention_pool
from symcost.components.norm import normalised
from symcost.components.tiled_layer import neck
from symcost.components.vision_layer import offsets, patch_side, vision_layer
from symcost.graph.component import Use
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

OWN = {each: f"sight_{each}" for each in ("heads", "head", "feed")} | {"model": "sight_width"}


@final
@dataclass(frozen=True)
class Vision:
    """A whole model.

    `tokens` learned rows stand before the patches; `placed` of them have a position. `masks`: a
    row for hidden patches stands by. `shared_offsets`: one table of offsets for all layers.
    `heads`: how many sets of class scores; `both`: they read the first row beside the mean.
    `tall`: the image has a height of its own. `kept`: only so many patches go on. `places`: a
    table of positions for that many patches, whatever the image has; `table` is what the weights
    of positions count as, `between` gives every layer but the last a table of its own. Norms of
    the kind `norm`: `piece_norm` of the patches, `first_norm` of all rows. `rotations`: the first
    row has learned angles. `pool` is how one vector is made ("asks", "query"); `projected`: a
    matrix follows it. `idle_colours`: a second matrix of patches, for pieces that many times as
    deep. `stacks` are layers of several kinds; `neck`: convolutions follow them. `found`: learned
    rows are things to find. `flat`: images come as so many pieces. `film`: pictures
    follow each other; patches are "tubes" through some, or rows of "one" picture or of "all", with
    a table of times where it is all. `apart`: it has its own sizes, beside another model.
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
    tall: bool = False
    kept: bool = False
    places: int = 0
    table: Role = Role.SCALE
    between: bool = False
    norm: str = "layer"
    piece_norm: bool = False
    first_norm: bool = False
    patch_bias: bool = True
    rotations: bool = False
    pool: str = ""
    pool_bias: bool = True
    projected: bool = False
    found: bool = False
    idle_colours: int = 0
    stacks: tuple[tuple[str, str | Poly, Use], ...] = ()
    neck: bool = False
    flat: bool = False
    film: str = ""
    apart: bool = False


def vision_transformer(a: Author, *, spec: Vision) -> Tensor | tuple[Tensor, ...]:
    """An image cut into patches is read like a sentence.

    Source: Dosovitskiy et al. 2020, An Image is Worth 16x16 Words, arXiv 2010.11929, section 3.1.
    """
    for axis, word in OWN.items() if spec.apart else ():
        a.axis(axis, word)
    x = _layers(a, spec, _rows(a, spec))
    if spec.last_norm:
        x = normalised(a, x, spec.norm, name="last")
    if spec.found:
        return _found(a, x)
    if spec.pool:
        x = a.part("pool", attention_pool, x, asks=spec.pool == "asks", bias=spec.pool_bias)
    elif not (spec.pooled or spec.heads or spec.mean_norm or spec.projected):
        return x
    y = a.map("join", x, name="one_row", axes="batch model")
    if spec.mean_norm:
        y = normalised(a, y, "layer", name="mean")
    if spec.pooled:
        y = a.linear("W_pool", y, "model -> pool_width", bias=True)
    if spec.projected:
        return a.linear("W_out", y, "model -> joint")
    if spec.both:
        a.axis("beside", 2 * a.size("model"))
        y = a.map("join", y, name="beside_mean", axes="batch beside")
    width = "beside" if spec.both else "model"
    scores = [
        a.linear(name, y, f"{width} -> classes", role=Role.HEAD, bias=True)
        for name in ("W_class", "W_teacher")[: spec.heads]
    ]
    if spec.apart:
        return a.map("join", y, name="image_row", axes="batch sight_width")
    return tuple(scores) if scores else y


def pixels(a: Author, *, tall: bool = False, flat: bool = False, film: str = "") -> Tensor:
    """The numbers of every patch: nothing flows back into them."""
    if film == "one":
        a.axis("batch", a.size("batch") * a.size("pictures"))
    if flat:
        a.axis("patch_side", "patch")
        a.axis("pieces", "sight_places")
    else:
        side = patch_side(a)
        a.axis("pieces", side * (patch_side(a, "image_rows") if tall else side))
    numbers = Poly.of(a.size("patch_side")) ** 2 * a.size("colours")
    deep = Poly.of(a.size("tube")) if film == "tubes" else Poly.of(1)
    if film in ("tubes", "all"):
        a.axis("pieces", a.size("pieces") * called("floor", [a.size("pictures") / deep]))
    a.axis("numbers", numbers * deep)
    return a.ids("batch pieces numbers", "pixels")


def _layers(a: Author, spec: Vision, x: Tensor) -> Tensor:
    """All layers, and before them what is normed or turned."""
    if spec.first_norm:
        x = normalised(a, x, spec.norm, name="first")
    if spec.rotations:
        a.axis("pairs", called("floor", [Poly.of(a.size("head")) / 2]))
        angles = a.weight("W_angles", "pairs", Role.SCALE)
        x = a.map("join", x, angles, name="angles", axes="batch time model")
    if spec.between:
        a.axis("later_layers", Poly.of(a.size("layers")) - 1)
        tables = a.weight("W_P_between", "later_layers places model", Role.SCALE)
        x = a.map("join", x, tables, name="positions_between", axes="batch time model")
    count = "sight_layers" if spec.apart else "layers"
    one = (("layer", count, Use(vision_layer, spec.layer)),) if spec.layers else ()
    for name, times, use in spec.stacks or one:
        flags: dict[str, Any] = dict(use.flags)
        x = a.repeat(name, times, use.component, x, **flags)
    return a.part("neck", neck, x) if spec.neck else x


def _rows(a: Author, spec: Vision) -> Tensor:
    """One row for each patch, learned rows before them, and a position for each."""
    image = pixels(a, tall=spec.tall, flat=spec.flat, film=spec.film)
    pieces = Poly.of(a.size("pieces"))
    x = a.linear("W_patch", image, "numbers -> model", bias=spec.patch_bias, role=Role.CONVOLUTION)
    if spec.piece_norm:
        x = normalised(a, x, spec.norm, name="pieces")
    if spec.idle_colours:
        a.axis("deep_numbers", a.size("numbers") * spec.idle_colours)
        deep = a.weight("W_deep", "deep_numbers model")
        x = a.map("idle", x, deep, name="no_film", axes="batch pieces model")
    shown = a.size(a.axis("kept", "kept")) if spec.kept else pieces
    a.axis("time", shown + spec.tokens)
    before = []
    if spec.tokens:
        a.axis("tokens", spec.tokens)
        before.append(a.weight("first_rows", "tokens model", Role.SCALE))
    x = a.map("join", x, *before, name="rows", axes="batch time model")
    if spec.positions:
        patches = pieces / a.size("pictures") if spec.film == "all" else pieces
        a.axis("places", (Poly.of(spec.places) if spec.places else patches) + spec.placed)
        places = a.weight("W_P", "places model", spec.table)
        x = a.map("add", x, places, name="add_positions", axes="batch time model")
    if spec.film == "all":
        times = a.weight("W_T", "pictures model", Role.SCALE)
        x = a.map("add", x, times, name="add_times", axes="batch time model")
    if spec.masks:
        mask = a.weight("mask_row", "model", Role.SCALE)
        x = a.map("idle", x, mask, name="no_mask", axes="batch time model")
    if spec.shared_offsets:
        x = a.map("join", x, offsets(a), name="offsets", axes="batch time model")
    return x


def _found(a: Author, x: Tensor) -> tuple[Tensor, ...]:
    """The class and the frame of every thing that a learned row found, each by three matrices.

    Source: Fang et al. 2021, YOLOS, arXiv 2106.00666, section 3.
    """
    x = a.map("join", x, name="found_rows", axes="batch things model")
    a.axis("kinds", a.size("classes") + 1)
    a.axis("corners", 4)
    made = []
    for name, out in (("class", "kinds"), ("frame", "corners")):
        y = x
        for index in (1, 2):
            fresh = a.axis("turned", "model")
            y = a.linear(f"W_{name}_{index}", y, f"model -> {fresh}", bias=True)
            y = a.map("relu", y, name=f"{name}_{index}", axes="batch things model")
        made.append(a.linear(f"W_{name}", y, f"model -> {out}", bias=True, role=Role.HEAD))
    return tuple(made)
