"""Attention of ConvBERT: some heads look at all tokens, others mix neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.encoder_attention import mixed
from symcost.components.short_convolution import around
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def span_attention(a: Author) -> Tensor:
    """Half of what leaves comes from scores, half from filters over neighbours.

    A token makes its filters, one for each head, from its query and a convolution of what is around
    it. Shapes: x is batch, time, model; so is the result. Source: Jiang et al. 2020, ConvBERT,
    arXiv 2008.02496, section 2.2.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    q, k, v = (a.linear(f"W_{name}", x, "model -> heads head", bias=True) for name in "QKV")
    near = _near(a, x, q)
    mix = mixed(a, q, k, v)
    a.axis("both", 2 * a.size("heads"))
    both = a.map("join", mix, near, name="both_halves", axes="batch time both head")
    return a.linear("W_O", both, "both head -> model", bias=True)


def _near(a: Author, x: Tensor, q: Tensor) -> Tensor:
    """Neighbours mixed by the filters that each token makes."""
    span = around(a, x, "model", "model", name="span")
    span = a.linear("W_span", span, "model -> heads head", bias=True, role=Role.CONVOLUTION)
    span = a.map("multiply", span, q, name="span_and_query")
    a.axis("filters", a.size("heads"))
    made = a.linear("W_filter", span, "heads head -> filters kernel", bias=True)
    made = a.map("softmax", made, name="filter_softmax")
    values = a.linear("W_near", x, "model -> heads head", bias=True)
    a.axis("steps", a.size("time"))
    values = a.window(values, "time -> steps kernel", "neighbours")
    made = a.map("join", made, name="filters_of_heads", axes="batch steps heads kernel")
    near = a.contract(
        f"{' '.join(values.axes)}, batch steps heads kernel -> batch steps heads head",
        values,
        made,
        name="mix_neighbours",
    )
    return a.map("join", near, name="near", axes="batch time heads head")
