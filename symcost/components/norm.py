"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def layer_norm(a: Author) -> Tensor:
    """Centred, divided by the deviation, then scaled and shifted by two vectors.

    Shapes: x is batch, time, model; so is the result. Source: Ba, Kiros and Hinton 2016, Layer
    Normalization, arXiv 1607.06450, equation 4.
    """
    x = a.input("batch time model")
    scale = a.weight("gamma", "model", Role.NORM)
    shift = a.weight("beta", "model", Role.NORM)
    return a.map("layer_norm", x, scale, shift)
