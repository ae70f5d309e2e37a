"""What rests in T5Gemma 2 while there is only text: rows that end an image, and its encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.idle_vision import idle_image_encoder
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_marks(a: Author, *, tables: int = 1, pooled: bool = True) -> Tensor:
    """A row of its own for the end of an image in each of the token tables, and the encoder.

    Shapes: x is batch, time, model; so is the result. Source: Zhang et al. 2025, T5Gemma 2, arXiv
    2512.14856, section 2, and its reference code.
    """
    x = a.input("batch time model")
    a.axis("tables", tables)
    ends = a.weight("W_ends", "tables model", Role.EMBEDDING)
    x = a.map("idle", x, ends, name="no_end", axes="batch time model")
    return a.part("image_encoder", idle_image_encoder, x, pooled=pooled)
