"""A tower over films: layers inside each picture, then layers along time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.poly import Poly, called
from symcost.components.norm import normalised
from symcost.components.vision_layer import vision_layer
from symcost.graph.tensor import Role
from symcost.models.vision_transformer import pixels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def film_tower(a: Author, *, spatial: str, temporal: str, layer: Mapping[str, Any]) -> Tensor:
    """Patches ask those of their picture, then those of the same place at other times.

    `spatial` and `temporal` are the words of the numbers of layers, "" for none; `layer` holds the
    biases. Source: Zhao et al. 2024, VideoPrism, arXiv 2402.13217, section 3.1;
    Arnab et al. 2021, ViViT, arXiv 2103.15691, section 3.2.
    """
    a.axis("shots", called("floor", [Poly.of(a.size("pictures")) / a.size("tube")]))
    a.axis("films", "batch")
    film = pixels(a, film="tubes")
    a.axis("spots", Poly.of(a.size("pieces")) / a.size("shots"))
    x = a.linear("W_patch", film, "numbers -> model", bias=True, role=Role.CONVOLUTION)
    places = a.weight("W_P", "spots model", Role.SCALE)
    x = a.map("add", x, places, name="add_positions", axes="films shots spots model")
    x = a.part("spatial", along, x, lead="shots", inner="spots", layers=spatial, layer=layer)
    times = a.weight("W_T", "pictures model", Role.SCALE)
    x = a.map("add", x, times, name="add_times", axes="films shots spots model")
    return a.part("temporal", along, x, lead="spots", inner="shots", layers=temporal, layer=layer)


def along(a: Author, *, lead: str, inner: str, layers: str, layer: Mapping[str, Any]) -> Tensor:
    """Layers along the axis `inner`, for every place of the axis `lead`, and a norm.

    `layers` is the word of their number, "" for none. Shapes: x is films, shots, spots, model; so
    is the result. Source: Arnab et al. 2021, ViViT, arXiv 2103.15691, section 3.2.
    """
    x = a.input("films shots spots model")
    a.axis("batch", a.size("films") * a.size(lead))
    a.axis("time", a.size(inner))
    x = a.map("join", x, name="rows_in", axes="batch time model")
    if layers:
        x = a.repeat("layer", layers, vision_layer, x, **layer)
    x = normalised(a, x, "layer", name="last")
    return a.map("join", x, name="rows_out", axes="films shots spots model")
