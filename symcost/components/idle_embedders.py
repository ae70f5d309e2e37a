"""Matrices that bring pieces of an image or of sound to the model's width; idle with text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_embedders(a: Author, *, sight: bool = False, sound: bool = False) -> Tensor:
    """No encoder: an image's pieces pass norms, two matrices and places by row and column.

    Shapes: x is batch, time, model; so is the result. Source: Gemma Team 2026, Gemma 4.
    """
    x = a.input("batch time model")
    if sight:
        axis = a.axis("row_and_column", 2)
        weights = [a.weight("W_pieces", "sight_numbers sight_width")]
        weights += [a.weight("b_pieces", "sight_width", Role.BIAS)]
        weights += [a.weight("places", f"sight_places {axis} sight_width", Role.SCALE)]
        for name, over in (("1", "sight_numbers"), ("2", "sight_width"), ("3", "sight_width")):
            weights += [a.weight(f"gamma_{name}", over, Role.NORM)]
            weights += [a.weight(f"beta_{name}", over, Role.NORM)]
        weights += [a.weight("W_sight", "sight_width model")]
        x = a.map("idle", x, *weights, name="no_image", axes="batch time model")
    if sound:
        weight = a.weight("W_sound", "audio_width model")
        x = a.map("idle", x, weight, name="no_sound", axes="batch time model")
    return x


def idle_patches(a: Author) -> Tensor:
    """A norm and two matrices, twice the model's width between them, for pieces of an image.

    Shapes: x is batch, time, model; so is the result. Source: H Company 2026, NeoMME.
    """
    x = a.input("batch time model")
    a.axis("wide", 2 * a.size("model"))
    weights = [
        a.weight("gamma", "sight_numbers", Role.NORM),
        a.weight("beta", "sight_numbers", Role.NORM),
        a.weight("W_1", "sight_numbers wide"),
        a.weight("W_2", "wide model"),
        a.weight("b_2", "model", Role.BIAS),
    ]
    return a.map("idle", x, *weights, name="no_image", axes="batch time model")
