"""Two blocks on the same input, their results added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor


def side_by_side(a: Author, *, left: Use, right: Use, left_name: str, right_name: str) -> Tensor:
    """Both blocks read x; the layer adds what they bring.

    Shapes: x is batch, time, model; so is the result. Source: Dong et al. 2024, Hymba, arXiv
    2411.13676, section 2.1.
    """
    x = a.input("batch time model")
    y = a.part(left_name, left.component, x, **left.flags)
    z = a.part(right_name, right.component, x, **right.flags)
    return a.map("add", y, z, name="add_both")
