"""Three encoders of sound (what is said, by whom, when), which rest while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.idle_sight import Resting, gain, idle_weights, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_transcriber(a: Author) -> Tensor:
    """Frames stacked into rows for two encoders; a third one refines the time of what was heard.

    Shapes: x is batch, time, model; so is the result. Source: Park et al. 2024, Sortformer, arXiv
    2409.06656, section 3, for the speakers; NVIDIA 2026, Nemotron 3.5 Transcribe, for the whole.
    """
    x = a.input("batch time model")
    a.axis("stacked", a.size("hear_stack") * a.size("bands"))
    weights = (
        *matrix("stack", "stacked", "hear_width", bias=False),
        *gain("heard", "layer", "hear_width"),
        *gain("speakers", "layer", "speakers"),
        *matrix("out", "hear_width", "model"),
    )
    x = a.part("frames", idle_weights, x, weights=weights)
    x = a.part("hear", idle_tower, x, mark="hear", qk_norm=True)
    x = a.part("who", idle_speakers, x)
    return a.part("when", idle_timing, x)


def idle_speakers(a: Author) -> Tensor:
    """An encoder of its own, rows stretched back to frames, and a score for each speaker."""
    x = a.input("batch time model")
    a.axis("who_stacked", a.size("hear_stack") * a.size("who_bands"))
    a.axis("three", 3)
    a.axis("stretched", a.size("hear_stack") * a.size("who_inner"))
    a.axis("who_lane", a.size("who_inner"))
    weights: tuple[Resting, ...] = (
        *matrix("stack", "who_stacked", "who_width", bias=False),
        ("silence", "who_width", Role.SCALE),
        *matrix("narrow", "who_width", "who_inner"),
        ("F", "three who_inner stretched", Role.CONVOLUTION),
        ("b_F", "stretched", Role.BIAS),
        *matrix("dense", "who_lane", "who_inner"),
        *matrix("who", "who_inner", "speakers"),
    )
    x = a.part("scores", idle_weights, x, weights=weights)
    return a.part("tower", idle_tower, x, mark="who", qk_norm=False)


def idle_timing(a: Author) -> Tensor:
    """Rows stretched by a convolution, an encoder, and a score for each piece of a word."""
    x = a.input("batch time model")
    a.axis("when_lane", a.size("when_width"))
    weights: tuple[Resting, ...] = (
        ("F", "when_stretch when_lane when_width", Role.CONVOLUTION),
        ("b_F", "when_width", Role.BIAS),
        *matrix("when", "when_width", "when_classes"),
    )
    x = a.part("scores", idle_weights, x, weights=weights)
    return a.part("tower", idle_tower, x, mark="when", qk_norm=True)


def idle_tower(a: Author, *, mark: str, qk_norm: bool) -> Tensor:
    """Layers between two norms; `mark` begins the names of the sizes."""
    x = a.input("batch time model")
    norms = [each for name in ("first", "last") for each in gain(name, "layer", f"{mark}_width")]
    x = a.part("norms", idle_weights, x, weights=tuple(norms))
    return a.repeat("layer", f"{mark}_layers", idle_tower_layer, x, mark=mark, qk_norm=qk_norm)


def idle_tower_layer(a: Author, *, mark: str, qk_norm: bool) -> Tensor:
    """Attention in which keys may be shared and values are not, and a feed-forward block.

    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3; Henry et al. 2020, arXiv 2010.04245,
    for the norms on queries and keys.
    """
    x = a.input("batch time model")
    width, feed, head = (f"{mark}_{word}" for word in ("width", "feed", "head"))
    asked = a.axis("asked", a.size(f"{mark}_heads") * a.size(head))
    kept = a.axis("kept", a.size(f"{mark}_groups") * a.size(head))
    weights = [
        *matrix("Q", width, asked, bias=False),
        *matrix("K", width, kept, bias=False),
        *matrix("V", width, asked, bias=False),
        *matrix("O", asked, width),
        *matrix("1", width, feed),
        *matrix("2", feed, width),
    ]
    for name in "12":
        weights += gain(f"norm_{name}", "layer", width)
    if qk_norm:
        weights += [*gain("q", "layer", head), *gain("k", "layer", head)]
    return a.part("weights", idle_weights, x, weights=tuple(weights))
