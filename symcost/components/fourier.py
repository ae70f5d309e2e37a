"""Mixing tokens without weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def fourier_mixing(a: Author) -> Tensor:
    """The real part of a Fourier transform over the tokens and over the width of the model.

    It has no weights, and is no product of matrices. Shapes: x is batch, time, model; so is the
    result. Source: Lee-Thorp et al. 2021, FNet, arXiv 2105.03824, section 3.2.
    """
    x = a.input("batch time model")
    return a.map("fourier", x)
