"""A decoder over the colours of an image, one after the other, with a score for every class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.norm import normalised
from symcost.graph.component import Use
from symcost.graph.tensor import Role
from symcost.models.decoder import Layer, layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def image_gpt(a: Author, *, head: bool, activation: str) -> Tensor:
    """Colours and places are looked up, layers read them, and their mean is scored.

    Source: Chen et al. 2020, Generative Pretraining from Pixels, ICML, section 3.
    """
    x = a.gather("W_E", a.ids("batch time", "colours"), "vocab -> model", Role.EMBEDDING)
    places = a.gather("W_P", a.ids("time", "places"), "positions -> model", Role.POSITION)
    x = a.map("add", x, places, name="add_positions")
    biases = dict.fromkeys(("q_bias", "k_bias", "v_bias", "o_bias"), True)
    spec = Layer(Use(grouped_attention, biases), Use(feed_forward, {"activation": activation}))
    x = a.repeat("layer", "layers", layer, x, spec=spec)
    x = normalised(a, x, "rms", name="last")
    if not head:
        return x
    mean = a.map("join", x, name="mean", axes="batch model")
    return a.linear("W_class", mean, "model -> classes", role=Role.HEAD)
