"""An encoder of images that belongs to a model and rests while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_image_encoder(a: Author, *, pooled: bool = True) -> Tensor:
    """Pieces of an image through layers, a norm, and a matrix to the width of the model.

    `pooled`: a learned query that sums an image up is there as well. Shapes: x is batch, time,
    model; so is the result. Source: Zhai et al. 2023, SigLIP, arXiv 2303.15343; Gemma Team 2025,
    Gemma 3, arXiv 2503.19786, section 2.1.
    """
    x = a.input("batch time model")
    weights = [
        a.weight("W_pieces", "sight_numbers sight_width"),
        a.weight("b_pieces", "sight_width", Role.BIAS),
        a.weight("W_P", "sight_places sight_width", Role.POSITION),
    ]
    x = a.map("idle", x, *weights, name="no_pieces", axes="batch time model")
    x = a.repeat("image_layer", "sight_layers", idle_image_layer, x)
    weights = [
        a.weight("gamma", "sight_width", Role.NORM),
        a.weight("beta", "sight_width", Role.NORM),
        a.weight("W_out", "sight_width model"),
        a.weight("gamma_out", "sight_width", Role.NORM),
    ]
    x = a.map("idle", x, *weights, name="no_image", axes="batch time model")
    return a.part("pool", idle_image_pool, x) if pooled else x


def idle_image_layer(a: Author) -> Tensor:
    """A layer of the encoder: four square matrices, two of the feed-forward block, two norms."""
    x = a.input("batch time model")
    return a.map("idle", x, *_block(a), *_norm(a, "1"), name="no_image", axes="batch time model")


def idle_image_pool(a: Author) -> Tensor:
    """A learned query, attention from it, a norm and a feed-forward block."""
    x = a.input("batch time model")
    query = a.weight("query", "sight_width", Role.ATTENTION)
    return a.map("idle", x, query, *_block(a), name="no_image", axes="batch time model")


def _block(a: Author) -> list[Tensor]:
    """Attention over the encoder's width, a norm, and the feed-forward block, all with biases."""
    a.axis("sight_out", a.size("sight_width"))
    found = [a.weight(f"W_{name}", "sight_width sight_out") for name in "QKVO"]
    found += [a.weight(f"b_{name}", "sight_out", Role.BIAS) for name in "QKVO"]
    found += [a.weight("W_1", "sight_width sight_feed"), a.weight("W_2", "sight_feed sight_width")]
    found += [a.weight("b_1", "sight_feed", Role.BIAS), a.weight("b_2", "sight_width", Role.BIAS)]
    return found + _norm(a, "2")


def _norm(a: Author, name: str) -> list[Tensor]:
    return [a.weight(f"{word}_{name}", "sight_width", Role.NORM) for word in ("gamma", "beta")]
