"""One vector for an image: a learned row asks all patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.components.vision_layer import fed
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def attention_pool(a: Author, *, asks: bool = True, bias: bool = True) -> Tensor:
    """A learned row asks every patch, and the mixed values make one vector.

    `asks`: the row is projected to queries, and a norm and a feed-forward block follow; otherwise
    it is the query itself. `bias`: keys and values have biases. Shapes: x is batch, time, model;
    the result batch, model. Source: Zhai et al. 2022, Scaling Vision Transformers, arXiv
    2106.04560, section 2.2; Fini et al. 2024, AIMv2, arXiv 2411.14402, section 3.
    """
    x = a.input("batch time model")
    row = a.weight("query", "model", Role.SCALE)
    k = a.linear("W_K", x, "model -> heads head", bias=bias)
    v = a.linear("W_V", x, "model -> heads head", bias=bias)
    if asks:
        q = a.map("join", row, name="for_each_image", axes="batch model")
        q = a.linear("W_Q", q, "model -> heads head", bias=bias)
    else:
        q = a.map("join", row, name="for_each_image", axes="batch heads head")
    scores = a.contract(
        "batch heads head, batch time heads head -> batch heads time", q, k, name="scores"
    )
    mix = a.contract(
        "batch heads time, batch time heads head -> batch heads head",
        a.map("softmax", scores),
        v,
        name="mix",
    )
    y = a.linear("W_O", mix, "heads head -> model", bias=True)
    if not asks:
        return y
    return a.map("add", y, fed(a, normalised(a, y, "layer", name="feed")), name="add_feed")
