"""Elementwise functions and what they cost: operations per element, a convention stated here.

One operation is an addition, multiplication, comparison, or one call of exp, tanh or erf. Work
done once per row (one division, one root) is not counted; per element it vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from symcost.graph.tensor import Role


@final
@dataclass(frozen=True)
class ElementCost:
    """Operations per element of the result, forward and backward, and which ones they are."""

    forward: int
    backward: int
    role: Role
    counted: str


FUNCTIONS: dict[str, ElementCost] = {
    "add": ElementCost(
        1, 1, Role.RESIDUAL, "one addition; backward one addition where two gradients meet"
    ),
    "scale": ElementCost(1, 1, Role.SCALE, "one multiplication each way"),
    "softmax": ElementCost(
        5,
        4,
        Role.SOFTMAX,
        "maximum, subtract, exp, sum, divide; backward y (g - sum(g y)): 2 products, sum, subtract",
    ),
    "layer_norm": ElementCost(
        7,
        11,
        Role.NORM,
        "mean, subtract, square, sum, normalise, scale, shift; backward: gradient times scale, its "
        "sum, its product with the normalised input and that sum, two subtractions of means with "
        "one product, the outer scale (8), and the gradients of scale (2) and shift (1)",
    ),
    "relu": ElementCost(1, 1, Role.ACTIVATION, "one comparison; backward one product"),
    "gelu": ElementCost(
        5,
        9,
        Role.ACTIVATION,
        "x/2 (1 + erf(x/sqrt 2)): scale, erf, add, two products; backward: the same inner part, "
        "the density exp(-x^2/2) with 3 operations, product, sum, product with the gradient",
    ),
    "gelu_tanh": ElementCost(
        9,
        13,
        Role.ACTIVATION,
        "x/2 (1 + tanh(c (x + 0.044715 x^3))): cube 2, scale, add, scale, tanh, add, two products; "
        "backward: tanh 3, its argument 5, products with x, with the gradient and the sum 5",
    ),
}
