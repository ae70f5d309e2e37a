"""A vision transformer over the picture that frames and bands of a sound make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.components.norm import normalised
from symcost.components.vision_layer import vision_layer
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def spectrogram_transformer(a: Author, *, bias: bool = True, scores: bool = False) -> Tensor:
    """Overlapping squares of a spectrogram are read like patches; two learned rows stand first.

    `bias` is that of queries, keys and values; with `scores` the mean of the first two rows gives
    one for each class. Source: Gong, Chung and Glass 2021, AST, arXiv 2104.01778, section 2.1.
    """
    a.axis("numbers", a.size("patch") * a.size("patch"))
    pieces = Poly.of(1)
    for axis in ("frames", "bands"):
        left = (a.size(axis) - a.size("patch")) / a.size(f"{axis}_step")
        pieces = pieces * (called("floor", [left]) + 1)
    a.axis("pieces", pieces)
    a.axis("time", pieces + 2)
    a.axis("two", 2)
    sound = a.ids("batch frames bands", "sound")
    squares = a.window(sound, "frames bands -> pieces numbers", "squares")
    x = a.linear("W_patch", squares, "numbers -> model", bias=True, role=Role.CONVOLUTION)
    first = a.weight("first_rows", "two model", Role.SCALE)
    x = a.map("join", x, first, name="rows", axes="batch time model")
    x = a.map("add", x, a.weight("W_P", "time model", Role.SCALE), name="add_positions")
    x = a.repeat("layer", "layers", vision_layer, x, q_bias=bias, k_bias=bias, v_bias=bias)
    x = normalised(a, x, "layer", name="last")
    if not scores:
        return x
    y = a.map("add", x, name="mean_of_first", axes="batch model")
    y = normalised(a, y, "layer", name="mean")
    return a.linear("W_class", y, "model -> classes", role=Role.HEAD, bias=True)
