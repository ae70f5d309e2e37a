"""Elementwise functions and what they cost: operations per element, a convention stated here.

One operation is an addition, multiplication, comparison, or one call of exp, tanh or erf. Work
done once per row (one division, one root) is not counted; per element it vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
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
    "fourier": ElementCost(
        0,
        0,
        Role.SCAN,
        "a fast Fourier transform over tokens and over width: not counted, as its operations per "
        "element grow with the logarithm of both",
    ),
    "collision": ElementCost(
        4,
        1,
        Role.SOFTMAX,
        "(1 - arccos(x)/pi) to a power: arccos, divide, subtract, power; backward, as the authors "
        "estimate it, one product with the result",
    ),
    "layer_norm": ElementCost(
        7,
        11,
        Role.NORM,
        "mean, subtract, square, sum, normalise, scale, shift; backward: gradient times scale, its "
        "sum, its product with the normalised input and that sum, two subtractions of means with "
        "one product, the outer scale (8), and the gradients of scale (2) and shift (1)",
    ),
    "rms_norm": ElementCost(
        4,
        7,
        Role.NORM,
        "square, sum, normalise, scale; backward: gradient times scale, its product with the "
        "normalised input and that sum, one product and one subtraction, the outer scale, and the "
        "gradient of scale (2)",
    ),
    "join": ElementCost(0, 0, Role.RESIDUAL, "two tensors side by side: nothing is computed"),
    "idle": ElementCost(0, 0, Role.RESIDUAL, "weights that stand by unused: nothing is computed"),
    "detach": ElementCost(0, 0, Role.RESIDUAL, "the same tensor, cut off from the gradient"),
    "dropout": ElementCost(
        3,
        2,
        Role.SCALE,
        "a comparison with a random number, a product with that mask, one with 1/(1 - p); backward "
        "both products",
    ),
    "multiply": ElementCost(1, 2, Role.ACTIVATION, "one product; backward one for each factor"),
    "silu": ElementCost(
        4, 5, Role.ACTIVATION, "exp, add, divide, product; backward of sigmoid and product"
    ),
    "sigmoid": ElementCost(3, 3, Role.ACTIVATION, "exp, add, divide; backward y (1 - y) g"),
    "tanh": ElementCost(1, 3, Role.ACTIVATION, "one tanh; backward (1 - y y) g"),
    "sum_experts": ElementCost(
        2,
        3,
        Role.RESIDUAL,
        "each expert's result times its share, added up; backward both products",
    ),
    "scan": ElementCost(
        4, 8, Role.SCAN, "decay times state, input times state vector, sum; twice that backward"
    ),
    "xielu": ElementCost(
        6,
        8,
        Role.ACTIVATION,
        "square or expm1 and difference, slope, product with beta, sum, choice; backward both "
        "derivatives, their choice and product, and the sums for two slopes",
    ),
    "relu2": ElementCost(
        2, 3, Role.ACTIVATION, "comparison, square; backward comparison, twice the result, product"
    ),
    "relu6": ElementCost(
        2, 3, Role.ACTIVATION, "two comparisons; backward the same two and one product"
    ),
    "quick_gelu": ElementCost(
        5,
        6,
        Role.ACTIVATION,
        "x times sigmoid(1.702 x): the scale and silu; backward the scale and that of silu",
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


class Saved(Enum):
    """What the backward of a function reads, and so what is kept for it.

    FACTORS: for each operand with a gradient the other operands. MASK: one byte for each element
    of the result, in place of numbers. Statistics of a row (a mean, a deviation, the sum of a
    softmax) are one number for a whole row, and are not counted.
    """

    NOTHING = "nothing"
    INPUT = "input"
    INPUTS = "inputs"
    OUTPUT = "output"
    FACTORS = "factors"
    MASK = "mask"


SAVED: dict[str, Saved] = {
    "add": Saved.NOTHING,  # the gradient is handed on
    "scale": Saved.FACTORS,  # by a constant: nothing
    "softmax": Saved.OUTPUT,  # y (g - sum(g y))
    "fourier": Saved.NOTHING,  # linear, without weights
    "collision": Saved.OUTPUT,  # as its authors estimate it, a product with the result
    "layer_norm": Saved.INPUT,
    "rms_norm": Saved.INPUT,
    "join": Saved.NOTHING,
    "idle": Saved.NOTHING,
    "detach": Saved.NOTHING,
    "dropout": Saved.MASK,
    "multiply": Saved.FACTORS,
    "silu": Saved.INPUT,
    "sigmoid": Saved.OUTPUT,  # y (1 - y) g
    "tanh": Saved.OUTPUT,  # (1 - y y) g
    "sum_experts": Saved.FACTORS,
    # Its states are made again: Gu and Dao 2023, Mamba, arXiv 2312.00752, section 3.3.2.
    "scan": Saved.INPUTS,
    "xielu": Saved.INPUT,
    "relu": Saved.OUTPUT,  # where it is positive, which the next product's operand tells
    "relu2": Saved.INPUT,
    "relu6": Saved.INPUT,
    "gelu": Saved.INPUT,
    "gelu_tanh": Saved.INPUT,
    "quick_gelu": Saved.INPUT,
}


class UnsavedError(TypeError):
    """A function of which it is not stated what its backward reads."""


def saved_by(function: str) -> Saved:
    """What the backward of a function reads. Raises `UnsavedError` where that is not stated."""
    if function not in SAVED:
        raise UnsavedError(
            f"what the backward of '{function}' reads is not stated; write it into SAVED in "
            "symcost/graph/functions.py"
        )
    return SAVED[function]
