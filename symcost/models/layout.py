"""An encoder with a stream of words and a stream of places: LiLT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.box_rows import joined_box_rows
from symcost.components.layout_layer import layout_layer
from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.bert import Bert, bert, pooled

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Layout:
    """The rows of words, and how many layers there are before the last."""

    words: Bert
    earlier: Poly
    activation: str = "gelu"


def layout_encoder(a: Author, *, spec: Layout) -> tuple[Tensor, ...]:
    """Rows of words and rows of places, then layers that exchange scores.

    Source: Wang et al. 2022, LiLT, arXiv 2202.13669, section 3.1.
    """
    found = bert(a, spec=spec.words)
    words = found[0] if isinstance(found, tuple) else found
    places = a.part("places", place_rows, words)
    a.axis("both", a.size("model") + a.size("place_width"))
    x = a.map("join", words, places, name="side_by_side", axes="batch time both")
    x = a.repeat("layer", spec.earlier, layout_layer, x, activation=spec.activation)
    x = a.part("last_layer", layout_layer, x, activation=spec.activation, last=True)
    x = a.map("join", x, name="words", axes="batch time model")
    return x, pooled(a, x)


def place_rows(a: Author) -> Tensor:
    """The rows of a box, made narrow, and a row for the place in the text, normed."""
    x = a.input("batch time model")
    nothing = a.given("nothing", "batch time model")
    box = a.part("box", joined_box_rows, nothing)
    y = a.linear("W_box", box, "model -> place_width", bias=True)
    ids = a.map("join", a.detach(x), name="order", axes="time")
    y = a.map(
        "add",
        y,
        a.gather("W_order", ids, "positions -> place_width", Role.POSITION),
        name="add_order",
    )
    return normalised(a, y, "layer", "place_width", "places")
