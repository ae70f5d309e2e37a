"""An encoder of sound with attention and convolution, and learned queries to it, both idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.idle_sight import Resting, gain, idle_weights, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_conformer(a: Author, *, text_feed: bool = False) -> Tensor:
    """Frames through a stack of conformer layers, then queries to windows of its rows.

    In the middle of the stack each row is spelled, and what was spelled is added to it.
    `text_feed`: the layers of the queries have a feed-forward block for text as well. Shapes: x is
    batch, time, model; so is the result. Source: Saon et al. 2025, Granite-speech, arXiv
    2505.08699, section 2.
    """
    x = a.input("batch time model")
    weights = (
        *matrix("in", "bands", "hear_width"),
        *matrix("spell", "hear_width", "hear_classes"),
        *matrix("back", "hear_classes", "hear_width"),
    )
    x = a.part("frames", idle_weights, x, weights=weights)
    x = a.repeat("sound_layer", "hear_layers", idle_conformer_layer, x)
    return a.part("projector", idle_queries, x, text_feed=text_feed)


def idle_conformer_layer(a: Author) -> Tensor:
    """Half a feed-forward block, attention with distances, a convolution, another half, a norm.

    Source: Gulati et al. 2020, Conformer, arXiv 2005.08100, section 2; Shaw et al. 2018, arXiv
    1803.02155, section 3.2, for the table of distances.
    """
    x = a.input("batch time model")
    a.axis("far", 2 * a.size("hear_places") + 1)
    a.axis("opened", 2 * a.size("hear_inner"))
    a.axis("all_heads", a.size("hear_heads") * a.size("hear_head"))
    weights: list[Resting] = [*gain("last", "layer", "hear_width")]
    for name in ("first", "second"):
        weights += gain(name, "layer", "hear_width")
        weights += matrix(f"1_{name}", "hear_width", "hear_feed")
        weights += matrix(f"2_{name}", "hear_feed", "hear_width")
    for name in "QKV":
        weights += matrix(name, "hear_width", "all_heads", bias=False)
    weights += matrix("O", "all_heads", "hear_width")
    weights += [("W_D", "far hear_head", Role.POSITION), *gain("attention", "layer", "hear_width")]
    weights += matrix("open", "hear_width", "opened")
    weights += [("F", "hear_inner hear_kernel", Role.CONVOLUTION)]
    weights += matrix("close", "hear_inner", "hear_width")
    weights += [*gain("open", "layer", "hear_width"), *gain("batch", "layer", "hear_inner")]
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def idle_queries(a: Author, *, text_feed: bool) -> Tensor:
    """Learned queries, layers that look at themselves and at the sound, a matrix to the text.

    Source: Li et al. 2023, BLIP-2, arXiv 2301.12597, section 3.1.
    """
    x = a.input("batch time model")
    weights: tuple[Resting, ...] = (
        ("queries", "former_queries former_width", Role.ATTENTION),
        *gain("queries", "layer", "former_width"),
        *matrix("out", "former_width", "model"),
    )
    x = a.part("queries", idle_weights, x, weights=weights)
    x = a.repeat("query_layer", "former_layers", idle_query_layer, x, text_feed=text_feed)
    return a.repeat("look", "former_looks", idle_look, x, into="former_source")


def idle_query_layer(a: Author, *, text_feed: bool) -> Tensor:
    """Attention among the queries, and a feed-forward block, each with a norm behind it."""
    x = a.input("batch time model")
    x = a.part("attention", idle_look, x, into="former_width")
    weights: list[Resting] = []
    for name in ("query", "text") if text_feed else ("query",):
        weights += matrix(f"1_{name}", "former_width", "former_feed")
        weights += matrix(f"2_{name}", "former_feed", "former_width")
        weights += gain(name, "layer", "former_width")
    return a.part("feed_forward", idle_weights, x, weights=tuple(weights))


def idle_look(a: Author, *, into: str) -> Tensor:
    """Attention of the queries to rows of the width `into`, and a norm."""
    x = a.input("batch time model")
    a.axis("former_made", a.size("former_width"))
    weights = gain("after", "layer", "former_width")
    for name, eaten in (("Q", "former_width"), ("K", into), ("V", into), ("O", "former_width")):
        weights += matrix(name, eaten, "former_made")
    return a.part("weights", idle_weights, x, weights=tuple(weights))
