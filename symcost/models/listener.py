"""What a decoder hears while it writes: an encoder of sound that runs along with the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import called
from symcost.components.norm import normalised
from symcost.components.sound_front import sound_front
from symcost.models.decoder import layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer


def listener(a: Author, *, spec: Layer) -> Tensor:
    """The encoder by itself: a row for each two frames; `spec` is one of its layers.

    Source: Liu et al. 2026, Voxtral Realtime, arXiv 2602.11298, section 2.
    """
    a.axis("source", called("floor", [a.size("frames") / 2]))
    sound = a.ids("batch frames bands", "sound")
    return a.part("encoder", listening, sound, spec=spec)


def heard_along(a: Author, *, spec: Layer, activation: str = "gelu") -> Tensor:
    """The rows of the text, and added to each what was heard at the same time.

    Every token has `hear_joined` rows of sound, and every such row two frames. `spec` is a layer of
    the encoder. Shapes: x is batch, time, model; so is the result. Source: Liu et al. 2026,
    Voxtral Realtime, arXiv 2602.11298, section 2.
    """
    x = a.input("batch time model")
    a.axis("source", a.size("time") * a.size("hear_joined"))
    a.axis("frames", a.size("source") * 2)
    a.axis("joined", a.size("hear_width") * a.size("hear_joined"))
    a.axis("between", a.size("model"))
    y = a.part("encoder", listening, a.given("sound", "batch frames bands"), spec=spec)
    y = a.map("join", y, name="join_rows", axes="batch time joined")
    y = a.map(activation, a.linear("W_1", y, "joined -> between"))
    return a.map("add", x, a.linear("W_2", y, "between -> model"), name="add_sound")


def listening(a: Author, *, spec: Layer) -> Tensor:
    """Two convolutions and layers that look back over a window, so that sound may still come.

    What the convolutions still have to see is kept as well. Shapes: the sound is batch, frames,
    bands; the result batch, source, hear_width. Source: Liu et al. 2026, Voxtral Realtime, arXiv
    2602.11298, section 2.
    """
    sound = a.input("batch frames bands", "sound")
    rows = a.part("rows", sound_rows, sound)
    a.axis("model", a.size("hear_width"))
    a.axis("time", a.size("source"))
    a.axis("groups", "hear_heads")
    a.axis("share", 1)
    a.axis("head", "hear_head")
    a.axis("feed", "hear_feed")
    a.axis("window", "hear_window")
    x = a.map("join", rows, name="read", axes="batch time model")
    x = a.repeat("sound_layer", "hear_layers", layer, x, spec=spec)
    x = normalised(a, x, "rms", name="last")
    return a.map("join", x, name="read_out", axes="batch source hear_width")


def sound_rows(a: Author) -> Tensor:
    """The convolutions in front, in the encoder's width."""
    sound = a.input("batch frames bands", "sound")
    a.axis("model", "hear_width")
    x = a.part("front", sound_front, sound, streams=True)
    return a.map("join", x, name="rows", axes="batch source hear_width")
