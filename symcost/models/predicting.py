"""Towers over images that are trained to make up what was hidden from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from symcost.components.norm import normalised
from symcost.components.vision_layer import vision_layer
from symcost.graph.tensor import Role
from symcost.models.vision_transformer import Vision, vision_transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

OWN = {each: f"guess_{each}" for each in ("heads", "head", "feed")} | {"model": "guess_width"}


@final
@dataclass(frozen=True)
class Predicting:
    """A tower and a narrower one behind it.

    `hidden` learned rows stand for what was not seen. `pixels`: every row is turned into pixels,
    with a table of positions before; otherwise as many rows as were seen are made up beside them,
    and turned back into rows of the tower.
    """

    sight: Vision
    layers: int
    layer: Mapping[str, Any] = field(default_factory=dict)
    hidden: int = 1
    pixels: bool = True


def predicting(a: Author, *, spec: Predicting) -> Tensor:
    """The tower reads what is shown, the second one makes up the rest.

    Source: He et al. 2021, Masked Autoencoders, arXiv 2111.06377, section 3; Assran et al. 2025,
    V-JEPA 2, arXiv 2506.09985, section 2.1.
    """
    x = vision_transformer(a, spec=spec.sight)
    assert not isinstance(x, tuple)
    a.axis("inner", "guess_width")
    a.axis("rows", a.size("pieces") + 1 if spec.pixels else 2 * a.size("time"))
    a.axis("hidden", spec.hidden)
    y = a.linear("W_inner", x, "model -> inner", bias=True)
    hidden = a.weight("hidden_rows", "hidden inner", Role.SCALE)
    y = a.map("join", y, hidden, name="all_rows", axes="batch rows inner")
    if spec.pixels:
        places = a.weight("W_P_inner", "rows inner", Role.SCALE)
        y = a.map("add", y, places, name="add_inner_positions")
    y = a.part("predictor", predictor, y, layers=spec.layers, layer=spec.layer)
    if spec.pixels:
        return a.linear("W_pixels", y, "inner -> numbers", bias=True)
    y = a.map("join", y, name="made_up", axes="batch time inner")
    a.axis("turned", "model")
    return a.linear("W_back", y, "inner -> turned", bias=True)


def predictor(a: Author, *, layers: int, layer: Mapping[str, Any]) -> Tensor:
    """Layers of their own width over all rows, and a last norm.

    Shapes: x is batch, rows, inner; so is the result. Source: He et al. 2021, Masked Autoencoders,
    arXiv 2111.06377, section 3.
    """
    x = a.input("batch rows inner")
    for axis, word in OWN.items():
        a.axis(axis, word)
    a.axis("time", a.size("rows"))
    x = a.map("join", x, name="rows_in", axes="batch time model")
    if layers:
        x = a.repeat("layer", "guess_layers", vision_layer, x, **layer)
    x = normalised(a, x, "layer", name="last")
    return a.map("join", x, name="rows_out", axes="batch rows inner")
