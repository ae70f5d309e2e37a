"""The image encoder of CLIP, which rests while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.components.idle_vision import idle_image_layer
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_clip_encoder(a: Author, *, frames: int = 0) -> Tensor:
    """Pieces of an image and one row for the whole, layers between two norms, a projection.

    `frames` rows tell images apart, where there may be several. Shapes: x is batch, time, model;
    so is the result. Source: Radford et al. 2021, CLIP, arXiv 2103.00020, section 2.4; Wang et
    al. 2022, GIT, arXiv 2205.14100, section 3.1.
    """
    x = a.input("batch time model")
    a.axis("sight_rows", a.size("sight_places") + Poly.of(1))
    weights = [
        a.weight("whole", "sight_width"),
        a.weight("W_pieces", "sight_numbers sight_width"),
        a.weight("W_P", "sight_rows sight_width", Role.POSITION),
        a.weight("gamma_first", "sight_width", Role.NORM),
        a.weight("beta_first", "sight_width", Role.NORM),
    ]
    x = a.map("idle", x, *weights, name="no_pieces", axes="batch time model")
    x = a.repeat("image_layer", "sight_layers", idle_image_layer, x)
    weights = [
        a.weight("gamma_last", "sight_width", Role.NORM),
        a.weight("beta_last", "sight_width", Role.NORM),
        a.weight("W_out", "sight_width model"),
        a.weight("b_out", "model", Role.BIAS),
        a.weight("gamma_out", "model", Role.NORM),
        a.weight("beta_out", "model", Role.NORM),
    ]
    if frames:
        a.axis("frames", frames)
        weights.append(a.weight("W_frames", "frames sight_width"))
    return a.map("idle", x, *weights, name="no_image", axes="batch time model")
