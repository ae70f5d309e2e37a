"""The layer of a conformer: attention and a convolution between two halves of a feed-forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import feed_forward
from symcost.components.norm import normalised
from symcost.graph.component import Use
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def conformer_layer(
    a: Author,
    *,
    bias: bool = True,
    conv_bias: bool = True,
    places: str = "",
    activation: str = "silu",
    norm: str = "layer",
) -> Tensor:
    """Each block is added to what came in, the feed-forward blocks by half; a norm stands last.

    `bias` is that of attention and feed-forward, `conv_bias` that of the convolutions; `places` as
    in `placed_attention`; `norm` is the kind of all norms but that inside the convolution. Shapes:
    x is batch, time, model; so is the result. Source: Gulati et al. 2020, Conformer, arXiv
    2005.08100, section 2.
    """
    x = a.input("batch time model")
    feed = Use(feed_forward, {"bias": bias, "activation": activation})
    x = _half(a, x, "first", feed, norm)
    y = normalised(a, x, norm, name="attention")
    y = a.part("attention", placed_attention, y, bias=bias, places=places)
    x = a.map("add", x, y, name="add_attention")
    y = normalised(a, x, norm, name="convolution")
    y = a.part("convolution", conformer_convolution, y, bias=conv_bias, activation=activation)
    x = a.map("add", x, y, name="add_convolution")
    x = _half(a, x, "second", feed, norm)
    return normalised(a, x, norm, name="last")


def placed_attention(a: Author, *, bias: bool = True, places: str = "") -> Tensor:
    """Every row asks all others; some scores come from how far apart two rows are.

    `places`: the 2 s - 1 distances pass a matrix as "rows", once for the batch, or "rows_each",
    once for each sequence; or they have a "table", in which all beyond some are one. Shapes: x is
    batch, time, model; so is the result. Source: Dai et al. 2019, Transformer-XL, arXiv 1901.02860,
    section 3.3, for the rows; Shaw et al. 2018, arXiv 1803.02155, section 3.2, for the table.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = a.linear("W_K", x, "model -> heads head", bias=bias)
    v = a.linear("W_V", x, "model -> heads head", bias=bias)
    k = a.map("join", k, name="keys", axes="batch seen heads head")
    v = a.map("join", v, name="values", axes="batch seen heads head")
    axes, asking = "batch heads time seen", q
    if places.startswith("rows"):
        held = a.weight("u_held", "heads head", Role.ATTENTION)
        asking = a.map("add", q, held, role=Role.BIAS, name="ask_held")
    scores = a.contract(
        f"batch time heads head, batch seen heads head -> {axes}", asking, k, name="scores"
    )
    if places:
        far = _from_table(a, q, axes) if places == "table" else _from_rows(a, q, axes, places)
        scores = a.map("add", scores, far, name="add_far")
    mix = a.contract(
        f"{axes}, batch seen heads head -> batch time heads head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
    return a.linear("W_O", mix, "heads head -> model", bias=bias)


def _from_rows(a: Author, q: Tensor, axes: str, places: str) -> Tensor:
    """Scores of queries with waves for all distances, shifted to where they belong."""
    a.axis("spans", 2 * a.size("time") - 1)
    lead = "batch spans" if places == "rows_each" else "spans"
    far = a.linear("W_D", a.given("waves", f"{lead} model"), "model -> heads head")
    away = a.weight("u_away", "heads head", Role.ATTENTION)
    asking = a.map("add", q, away, role=Role.BIAS, name="ask_away")
    scores = a.contract(
        f"batch time heads head, {lead} heads head -> batch heads time spans",
        asking,
        far,
        name="scores_of_distance",
    )
    return a.map("join", scores, name="shift", axes=axes)


def _from_table(a: Author, q: Tensor, axes: str) -> Tensor:
    """Scores of queries with a learned row for every distance."""
    far = a.gather("W_D", a.given("distances", "time seen"), "hear_places -> head", Role.POSITION)
    return a.contract(
        f"batch time heads head, time seen head -> {axes}", q, far, name="scores_of_distance"
    )


def conformer_convolution(a: Author, *, bias: bool = True, activation: str = "silu") -> Tensor:
    """Twice the channels, of which one half opens the other; a filter for each; and back.

    Shapes: x is batch, time, model; so is the result. Source: Gulati et al. 2020, Conformer, arXiv
    2005.08100, section 2.2.
    """
    x = a.input("batch time model")
    a.axis("opened", 2 * a.size("model"))
    a.axis("lane", a.size("model"))
    a.axis("steps", a.size("time"))
    y = a.linear("W_open", x, "model -> opened", bias=bias, role=Role.CONVOLUTION)
    gate = a.map("join", y, name="gate", axes="batch time lane")
    value = a.map("join", y, name="value", axes="batch time lane")
    y = a.map("multiply", value, a.map("sigmoid", gate), name="glu")
    seen = a.window(y, "time -> steps hear_kernel", "look")
    y = a.contract(
        f"{' '.join(seen.axes)}, lane hear_kernel -> batch steps lane",
        seen,
        a.weight("F", "lane hear_kernel", Role.CONVOLUTION),
        name="convolve",
        role=Role.CONVOLUTION,
    )
    if bias:
        y = a.map("add", y, a.weight("b_F", "lane", Role.BIAS), role=Role.BIAS, name="add_b_F")
    y = a.map(activation, normalised(a, y, "layer", "lane", "inside"))
    y = a.map("join", y, name="in_place", axes="batch time lane")
    return a.linear("W_close", y, "lane -> model", bias=bias, role=Role.CONVOLUTION)


def _half(a: Author, x: Tensor, name: str, feed: Use, norm: str) -> Tensor:
    """Half of what a feed-forward block brings, added to what came in."""
    y = normalised(a, x, norm, name=name)
    y = a.part(name, feed.component, y, **feed.flags)
    return a.map("add", x, a.map("scale", y, name=f"half_{name}"), name=f"add_{name}")
