"""An encoder of sound and what brings its result to a text model: idle while there is only text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from symcost.components.idle_sight import Resting, gain, idle_weights, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_sound(
    a: Author,
    *,
    front: str = "frames",
    places: bool = True,
    biases: str = "QVO",
    gated: bool = False,
    norm: str = "layer",
    bridge: int = 2,
    bridge_bias: bool = False,
    bridge_norm: bool = False,
) -> Tensor:
    """Convolutions over frames, layers, a norm, and one or two matrices to the text's width.

    `front`: convolutions over "frames", or over a "picture" of frames and bands. `places`: a table
    of places, never trained. `biases` names the projections that have one; `gated`: the
    feed-forward block has a gate and one bias; `norm` is layer or rms. `bridge` counts the
    matrices behind the encoder, from `joined` over `between` to `bridged`. Shapes: x is batch,
    time, model; so is the result. Source: Radford et al. 2022, Whisper, arXiv 2212.04356, section
    2.2; Chu et al. 2024, Qwen2-Audio, arXiv 2407.10759, section 2.
    """
    x = a.input("batch time model")
    x = a.part("front", idle_picture if front == "picture" else idle_frames, x)
    if places:
        table = a.weight("W_P", "hear_places hear_width", Role.POSITION, train=False)
        x = a.map("idle", x, table, name="no_places", axes="batch time model")
    layer = idle_sound_layer
    x = a.repeat("sound_layer", "hear_layers", layer, x, biases=biases, gated=gated, norm=norm)
    x = a.part("last_norm", idle_weights, x, weights=tuple(gain("last", norm, "hear_width")))
    return a.part("bridge", idle_bridge, x, steps=bridge, bias=bridge_bias, norm=bridge_norm)


def idle_frames(a: Author) -> Tensor:
    """Two convolutions over three frames each, with biases."""
    x = a.input("batch time model")
    a.axis("three", 3)
    a.axis("lane", "hear_width")
    weights: list[Resting] = [
        ("F_1", "three bands hear_width", Role.CONVOLUTION),
        ("F_2", "three lane hear_width", Role.CONVOLUTION),
    ]
    weights += [(f"b_F_{name}", "hear_width", Role.BIAS) for name in "12"]
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def idle_picture(a: Author) -> Tensor:
    """Three convolutions over frames and bands, three by three; a matrix joins what is left.

    Source: Shi et al. 2026, Qwen3-ASR, arXiv 2601.21337, section 2.
    """
    x = a.input("batch time model")
    a.axis("cells", 9)
    a.axis("lane", "sound_channels")
    weights: list[Resting] = [
        ("F_1", "cells sound_channels", Role.CONVOLUTION),
        ("F_2", "cells lane sound_channels", Role.CONVOLUTION),
        ("F_3", "cells lane sound_channels", Role.CONVOLUTION),
        ("W_rows", "sound_channels hear_rows hear_width", Role.MATRIX),
    ]
    weights += [(f"b_F_{name}", "sound_channels", Role.BIAS) for name in "123"]
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def idle_sound_layer(a: Author, *, biases: str, gated: bool, norm: str) -> Tensor:
    """A layer of the encoder: `asked` is what queries fill, `kept` what keys and values fill."""
    x = a.input("batch time model")
    weights: list[Resting] = []
    for name, made in (("Q", "asked"), ("K", "kept"), ("V", "kept")):
        weights += matrix(name, "hear_width", made, bias=name in biases)
    weights += matrix("O", "asked", "hear_width", bias="O" in biases)
    for name in ("G", "1") if gated else ("1",):
        weights += matrix(name, "hear_width", "hear_feed", bias=not gated)
    weights += matrix("2", "hear_feed", "hear_width")
    weights += [*gain("norm_1", norm, "hear_width"), *gain("norm_2", norm, "hear_width")]
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def idle_bridge(a: Author, *, steps: int, bias: bool, norm: bool) -> Tensor:
    """The matrices between the encoder and the text, and a norm behind them."""
    x = a.input("batch time model")
    through = ("joined", "between", "bridged") if steps == 2 else ("joined", "bridged")
    weights: list[Resting] = gain("bridge", "layer", "bridged") if norm else []
    for into, out in pairwise(through):
        weights += matrix(f"to_{out}", into, out, bias=bias)
    return a.part("weights", idle_weights, x, weights=tuple(weights))
