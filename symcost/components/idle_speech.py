"""An encoder of speech with convolutions in every layer; idle while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.idle_sight import Resting, Sight, gain, idle_sight, idle_weights, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

CONVOLUTION = Role.CONVOLUTION


def idle_sight_and_speech(a: Author, *, sight: Sight, halvings: int) -> Tensor:
    """An encoder of images and one of speech, each with a bridge to the width of the text.

    Shapes: x is batch, time, model; so is the result. Source: Abouelenin et al. 2025,
    Phi-4-multimodal, arXiv 2503.01743, section 2.
    """
    x = a.input("batch time model")
    x = a.part("sight", idle_sight, x, spec=sight)
    return a.part("speech", idle_speech, x, halvings=halvings)


def idle_speech(a: Author, *, halvings: int) -> Tensor:
    """Convolutions that halve the frames, a table of distances, layers, and two bridges.

    The axes `squeezed`, `front`, `hear_buckets`, `hear_all`, `opened`, `spread`, `closed`,
    `hear_kernel` and `joined` are declared by who uses it. Shapes: x is batch, time, model; so is
    the result. Source: Gulati et al. 2020, Conformer, arXiv 2005.08100, section 2; Abouelenin et
    al. 2025, Phi-4-multimodal, arXiv 2503.01743, section 2.
    """
    x = a.input("batch time model")
    a.axis("nine", 9)
    a.axis("squeezed_out", a.size("squeezed"))
    a.axis("model_out", a.size("model"))
    front: list[Resting] = [("F_1", "nine squeezed", CONVOLUTION), ("b_F_1", "squeezed", Role.BIAS)]
    for step in range(2, halvings + 1):
        front += [(f"F_{step}", "nine squeezed", CONVOLUTION)]
        front += [(f"b_F_{step}", "squeezed", Role.BIAS)]
        front += matrix(f"F_{step}", "squeezed", "squeezed_out")[:1]
        front += [(f"b_W_{step}", "squeezed_out", Role.BIAS)]
    front += matrix("front", "front", "hear_width")
    front += [("distances", "hear_buckets hear_heads", Role.POSITION)]
    x = a.part("front", idle_weights, x, weights=tuple(front))
    x = a.repeat("speech_layer", "hear_layers", idle_speech_layer, x)
    bridge: list[Resting] = []
    for name in ("speech", "both"):
        bridge += matrix(f"{name}_up", "joined", "model")
        bridge += matrix(f"{name}_down", "model", "model_out")
    return a.part("bridge", idle_weights, x, weights=tuple(bridge))


def idle_speech_layer(a: Author) -> Tensor:
    """Two feed-forward blocks around attention and convolutions, each with a norm before it."""
    x = a.input("batch time model")
    a.axis("spread_out", a.size("spread"))
    weights: list[Resting] = []
    for place in ("in", "out"):
        weights += gain(place, "layer", "hear_width")
        for name in ("G", "1"):
            weights += matrix(f"{name}_{place}", "hear_width", "hear_feed")
        weights += matrix(f"2_{place}", "hear_feed", "hear_width")
    weights += gain("attention", "layer", "hear_width")
    for name in "QKV":
        weights += matrix(name, "hear_width", "hear_all")
    weights += matrix("O", "hear_all", "hear_width")
    weights += gain("convolution", "layer", "hear_width")
    for name in ("left", "right"):
        weights += matrix(name, "hear_width", "opened")
        weights += [(f"offset_{name}", "opened", Role.BIAS)]
    weights += [("F", "hear_kernel spread", CONVOLUTION), ("b_F", "spread", Role.BIAS)]
    weights += matrix("closed", "spread_out", "closed")
    weights += matrix("opened", "hear_width", "opened")
    weights += gain("last", "layer", "hear_width")
    return a.part("weights", idle_weights, x, weights=tuple(weights))
