"""What stands between the last norm and the logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def dense_neck(
    a: Author, *, bias: bool = True, norm: str = "layer", activation: str = "gelu"
) -> Tensor:
    """A square matrix, an elementwise function and a norm.

    Shapes: x is batch, time, model; so is the result. Source: Devlin et al. 2018, BERT, arXiv
    1810.04805, section 3.1.
    """
    x = a.input("batch time model")
    a.axis("turned", a.size("model"))
    y = a.map(activation, a.linear("W_T", x, "model -> turned", bias=bias))
    y = normalised(a, y, norm, "turned")
    return a.map("join", y, name="view_as_model", axes="batch time model")


def narrow_neck(a: Author, *, activation: str = "gelu_tanh") -> Tensor:
    """To another width and back without biases, an elementwise function behind both matrices.

    Shapes: x is batch, time, model; so is the result. Source: Hinton and Salakhutdinov 2006,
    Reducing the Dimensionality of Data with Neural Networks.
    """
    x = a.input("batch time model")
    y = a.map(activation, a.linear("W_down", x, "model -> neck"), name="activation_down")
    return a.map(activation, a.linear("W_up", y, "neck -> model"), name="activation_up")
