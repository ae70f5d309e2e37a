"""An encoder of images with windows and relative places, which rests while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_window_encoder(
    a: Author, *, places: bool = True, bias: bool = True, relative: bool = True
) -> Tensor:
    """Pieces of an image, layers with and without windows, convolutions down to the text's width.

    `places`: a table of places is there; `bias`: queries, keys and values have biases; `relative`:
    every layer has tables of relative places. Shapes: x is batch, time, model; so is the result.
    Source: Li et al. 2022, ViTDet, arXiv 2203.16527; Wei et al. 2024, General OCR Theory, arXiv
    2409.01704, section 3.2.
    """
    x = a.input("batch time model")
    a.axis("sight_other_side", a.size("sight_side"))
    a.axis("window_places", a.size("sight_window") * 2 - Poly.of(1))
    a.axis("image_places", a.size("sight_side") * 2 - Poly.of(1))
    weights = [
        a.weight("W_pieces", "sight_numbers sight_width"),
        a.weight("b_pieces", "sight_width", Role.BIAS),
    ]
    if places:
        weights.append(a.weight("places", "sight_side sight_other_side sight_width"))
    x = a.map("idle", x, *weights, name="no_pieces", axes="batch time model")
    near = a.size("sight_layers") - a.size("sight_far_layers")
    for name, count, axis in (
        ("near_layer", near, "window_places"),
        ("far_layer", a.size("sight_far_layers"), "image_places"),
    ):
        table = axis if relative else ""
        x = a.repeat(name, count, idle_window_layer, x, bias=bias, table=table)
    return a.part("bridge", idle_bridge, x)


def idle_window_layer(a: Author, *, bias: bool, table: str) -> Tensor:
    """One layer; `table` is the axis of its two tables of relative places, "" for none."""
    x = a.input("batch time model")
    a.axis("sight_out", a.size("sight_width"))
    weights = [a.weight(f"W_{name}", "sight_width sight_out") for name in "QKVO"]
    weights += [a.weight(f"b_{name}", "sight_out", Role.BIAS) for name in ("QKVO" if bias else "O")]
    weights += [
        a.weight("W_1", "sight_width sight_feed"),
        a.weight("b_1", "sight_feed", Role.BIAS),
        a.weight("W_2", "sight_feed sight_width"),
        a.weight("b_2", "sight_width", Role.BIAS),
    ]
    norms = ("gamma_1", "beta_1", "gamma_2", "beta_2")
    weights += [a.weight(word, "sight_width", Role.NORM) for word in norms]
    if table:
        weights += [a.weight(f"places_{side}", f"{table} sight_head") for side in ("up", "along")]
    return a.map("idle", x, *weights, name="no_image", axes="batch time model")


def idle_bridge(a: Author) -> Tensor:
    """Convolutions to the channels of the encoder, to twice as many, to the width of the text."""
    x = a.input("batch time model")
    a.axis("cells", 9)
    a.axis("channels_2", a.size("sight_channels"))
    a.axis("channels_3", a.size("sight_channels") * 2)
    a.axis("model_out", a.size("model"))
    weights = [
        a.weight("C_1", "sight_width sight_channels", Role.CONVOLUTION),
        a.weight("C_2", "cells sight_channels channels_2", Role.CONVOLUTION),
        a.weight("C_3", "cells channels_2 channels_3", Role.CONVOLUTION),
        a.weight("C_4", "cells channels_3 model", Role.CONVOLUTION),
        a.weight("W_bridge", "model model_out"),
        a.weight("b_bridge", "model_out", Role.BIAS),
    ]
    norms = ("gamma_1", "beta_1", "gamma_2", "beta_2")
    weights += [a.weight(word, "sight_channels", Role.NORM) for word in norms]
    return a.map("idle", x, *weights, name="no_bridge", axes="batch time model")
