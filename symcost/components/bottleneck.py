"""The parts of MobileBERT: narrow layers between wide vectors, and tables of narrow rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.encoder_attention import mixed
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

NARROW = "model -> narrow"


def neighbouring_rows(a: Author, *, neighbours: int = 3) -> Tensor:
    """The rows of a token and of those beside it, together brought to the model's width.

    Shapes: x is batch, time, row_width; the result batch, time, model. Source: Sun et al. 2020,
    MobileBERT, arXiv 2004.02984, section 3.1.
    """
    x = a.input("batch time row_width")
    a.axis("several_rows", a.size("row_width") * neighbours)
    x = a.map("join", x, name="neighbours", axes="batch time several_rows")
    return a.linear("W_in", x, "several_rows -> model", bias=True)


def bottleneck_block(
    a: Author,
    *,
    kind: str = "affine",
    activation: str = "relu",
    own_asking: bool = True,
    narrow_values: bool = False,
) -> Tensor:
    """Down to a narrow vector, attention and several feed-forward blocks there, and up again.

    Queries and keys are made of a second narrow vector, values of the wide one; `narrow_values`:
    all three of the first narrow one, and `own_asking` then stands by. `kind` is that of the norms.
    Shapes: x is batch, time, model; so is the result. Source: Sun et al. 2020, MobileBERT, arXiv
    2004.02984, section 3.1.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    y = normalised(a, a.linear("W_down", x, NARROW, bias=True), kind, "narrow", "down")
    asks, values, wide = y, y, "narrow"
    if narrow_values and own_asking:
        asks = _idle_asking(a, y)
    elif not narrow_values:
        asks = normalised(a, a.linear("W_ask", x, NARROW, bias=True), kind, "narrow", "ask")
        values, wide = x, "model"
    q = a.linear("W_Q", asks, "narrow -> heads head", bias=True)
    k = a.linear("W_K", asks, "narrow -> heads head", bias=True)
    v = a.linear("W_V", values, f"{wide} -> heads head", bias=True)
    z = a.linear("W_O", mixed(a, q, k, v), "heads head -> narrow", bias=True)
    y = normalised(a, a.map("add", y, z, name="add_attention"), kind, "narrow", "attention")
    y = a.repeat("feed_forward", "feeds", narrow_feed, y, kind=kind, activation=activation)
    return a.linear("W_up", y, "narrow -> model", bias=True)


def _idle_asking(a: Author, y: Tensor) -> Tensor:
    """The way to a second narrow vector, which nobody asks for."""
    spare = [
        a.weight("W_ask", "model narrow"),
        a.weight("b_ask", "narrow", Role.BIAS),
        a.weight("gamma_ask", "narrow", Role.NORM),
        a.weight("beta_ask", "narrow", Role.NORM),
    ]
    return a.map("idle", y, *spare, name="unused_ask", axes="batch time narrow")


def narrow_feed(a: Author, *, kind: str = "affine", activation: str = "relu") -> Tensor:
    """A feed-forward block added to what came in, and a norm, all of a narrow vector.

    Shapes: x is batch, time, narrow; so is the result. Source: Sun et al. 2020, MobileBERT, arXiv
    2004.02984, section 3.1.
    """
    x = a.input("batch time narrow")
    y = a.map(activation, a.linear("W_1", x, "narrow -> feed", bias=True))
    y = a.linear("W_2", y, "feed -> narrow", bias=True)
    return normalised(a, a.map("add", x, y), kind, "narrow")


def logits_of_two_tables(a: Author, *, tied: bool = True) -> Tensor:
    """Narrow rows score the first places of a vector, rows of another table the others.

    Shapes: x is batch, time, model; the token table vocab, row_width; the result batch, time,
    vocab. Source: Sun et al. 2020, MobileBERT, arXiv 2004.02984, section 3.1.
    """
    x = a.input("batch time model")
    axes = "vocab row_width"
    table = a.input(axes, "W_E") if tied else a.weight("W_U", axes, Role.HEAD)
    a.axis("rest", a.size("model") - a.size("row_width"))
    first = a.map("join", x, name="first_places", axes="batch time row_width")
    rest = a.map("join", x, name="other_places", axes="batch time rest")
    arrow = "row_width -> vocab"
    y = a.linear(table, first, arrow, role=Role.HEAD, name="logits_of_rows", bias=True)
    z = a.linear("W_rest", rest, "rest -> vocab", role=Role.HEAD)
    return a.map("add", y, z, name="logits")
