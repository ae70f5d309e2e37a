"""One tower over a text and an image: the rows of both form one sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.components.norm import normalised
from symcost.components.vision_layer import vision_layer
from symcost.graph.tensor import Role
from symcost.models.vision_transformer import pixels

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def joined_rows(a: Author, *, layers: int, bias: bool, most: int = 0) -> Tensor:
    """Tokens and patches, told apart by a learned row for each kind, pass the same layers.

    `most`: so many patches go on at most, 0 for all; `bias`: queries, keys and values have biases.
    Source: Kim et al. 2021, ViLT, arXiv 2102.03334, section 3.1.
    """
    a.axis("text", a.size("time"))
    words, image = _words(a), _image(a)
    pieces = Poly.of(a.size("pieces"))
    shown = called("min", [pieces, Poly.of(most)]) if most else pieces
    a.axis("time", a.size("text") + shown + 1)
    x = a.map("join", words, image, name="rows", axes="batch time model")
    kinds = a.gather("W_kinds", a.ids("batch time", "kinds"), "modalities -> model", Role.EMBEDDING)
    x = a.map("add", x, kinds, name="add_kinds")
    if layers:
        x = a.repeat("layer", "layers", vision_layer, x, q_bias=bias, k_bias=bias, v_bias=bias)
    x = normalised(a, x, "layer", name="last")
    first = a.map("join", x, name="first", axes="batch model")
    a.axis("pool", "model")
    return a.linear("W_pool", first, "model -> pool", bias=True)


def _words(a: Author) -> Tensor:
    """The rows of a token, of its place and of its segment, normed."""
    x = a.gather("W_E", a.ids("batch text", "tokens"), "vocab -> model", Role.EMBEDDING)
    places = a.ids("text", "places")
    rows = a.gather("W_P", places, "positions -> model", Role.POSITION)
    x = a.map("add", x, rows, name="add_positions")
    segments = a.ids("batch text", "segments")
    rows = a.gather("W_segments", segments, "segments -> model", Role.EMBEDDING)
    return normalised(a, a.map("add", x, rows, name="add_segments"), "layer", name="rows")


def _image(a: Author) -> Tensor:
    """A row for each patch and its place, and a learned row before them."""
    image = pixels(a)
    x = a.linear("W_patch", image, "numbers -> model", bias=True, role=Role.CONVOLUTION)
    a.axis("spots", a.size("pieces") + 1)
    first = a.weight("first_row", "model", Role.SCALE)
    x = a.map("join", x, first, name="patches", axes="batch spots model")
    return a.map("add", x, a.weight("W_spots", "spots model", Role.SCALE), name="add_spots")
