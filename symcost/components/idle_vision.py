"""An encoder of images that belongs to a model and rests while there is only text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_image_encoder(
    a: Author, *, pooled: bool = True, merged: bool = False, out_norm: str = "sight_width"
) -> Tensor:
    """Pieces of an image through layers, a norm, and a matrix to the width of the model.

    `pooled`: a learned query that sums an image up is there as well. `merged`: squares of pieces,
    `merge` along a side, leave as one. `out_norm` is the axis of the norm at that matrix. Shapes: x
    is batch, time, model; so is the result. Source: Zhai et al. 2023, SigLIP, arXiv 2303.15343;
    Gemma Team 2025, Gemma 3, arXiv 2503.19786, section 2.1.
    """
    x = a.input("batch time model")
    weights = [
        a.weight("W_pieces", "sight_numbers sight_width"),
        a.weight("b_pieces", "sight_width", Role.BIAS),
        a.weight("W_P", "sight_places sight_width", Role.POSITION),
    ]
    x = a.map("idle", x, *weights, name="no_pieces", axes="batch time model")
    x = a.repeat("image_layer", "sight_layers", idle_image_layer, x)
    leaving = "sight_width"
    if merged:
        leaving = a.axis("merged", a.size("sight_width") * a.size("merge") ** 2)
    weights = [
        a.weight("gamma", "sight_width", Role.NORM),
        a.weight("beta", "sight_width", Role.NORM),
        a.weight("W_out", f"{leaving} model"),
    ]
    if out_norm:
        weights.append(a.weight("gamma_out", out_norm, Role.NORM))
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


def idle_seen_rows(a: Author) -> Tensor:
    """Tables and a matrix for rows that regions of an image would bring.

    Shapes: x is batch, time, model; so is the result. Source: Li et al. 2019, VisualBERT, arXiv
    1908.03557, section 3.2.
    """
    x = a.input("batch time model")
    weights = [
        a.weight("W_kinds", "segments model", Role.EMBEDDING),
        a.weight("W_places", "positions model", Role.POSITION),
        a.weight("W_regions", "sight_width model"),
        a.weight("b_regions", "model", Role.BIAS),
    ]
    return a.map("idle", x, *weights, name="no_image", axes="batch time model")


def idle_page(a: Author, *, near: bool, flat: bool, seen: bool) -> Tensor:
    """An image of the page stands by, and numbers for distances, which no gradient reaches.

    `near` numbers are for distances in the text, `flat` ones for those on the page; `seen`: there
    are pieces of an image. Shapes: x is batch, time, model; so is the result. Source: Huang et al.
    2022, LayoutLMv3, arXiv 2204.08387, section 3.
    """
    x = a.input("batch time model")
    weights = [a.weight("near", "buckets heads", Role.ATTENTION)] if near else []
    if flat:
        weights += [a.weight(f"flat_{name}", "page_buckets heads", Role.ATTENTION) for name in "xy"]
    if seen:
        weights += [
            a.weight("first_piece", "model", Role.SCALE),
            a.weight("places", "sight_places model", Role.SCALE),
            a.weight("W_pieces", "sight_numbers model"),
            a.weight("b_pieces", "model", Role.BIAS),
        ]
        for name in ("rows", "image"):
            weights.append(a.weight(f"gamma_{name}", "model", Role.NORM))
            weights.append(a.weight(f"beta_{name}", "model", Role.NORM))
    return a.map("idle", x, *weights, name="no_page", axes="batch time model") if weights else x
