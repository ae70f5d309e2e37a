"""Reformer: two streams through layers that can be run backwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer, Stack


@final
@dataclass(frozen=True)
class Reversible:
    """A whole model. `padded` is the length that layers work on; `axial`: places are a grid."""

    stacks: tuple[Stack, ...]
    padded: Poly
    axial: bool = False
    head: bool = True


def reversible(a: Author, *, spec: Reversible) -> Tensor:
    """Rows, twice; layers that add to one stream what they make of the other; both give logits.

    Source: Kitaev et al. 2020, Reformer, arXiv 2001.04451, section 3.
    """
    a.axis("text", a.size("time"))
    a.axis("time", spec.padded)
    a.axis("both", 2 * a.size("model"))
    x = a.gather("W_E", a.ids("batch time", "tokens"), "vocab -> model", Role.EMBEDDING)
    if spec.axial:
        a.axis("axial_column_width", a.size("model") - a.size("axial_row_width"))
        rows = a.weight("P_rows", "axial_rows axial_row_width", Role.SCALE)
        columns = a.weight("P_columns", "axial_columns axial_column_width", Role.SCALE)
        places = a.map("join", rows, columns, name="places", axes="time model")
    else:
        places = a.gather("W_P", a.ids("time", "numbers"), "positions -> model", Role.POSITION)
    x = a.map("add", x, places, name="add_positions")
    x = a.map("join", x, name="streams", axes="batch time both")
    for stack in spec.stacks:
        x = a.repeat(stack.name, stack.count, reversible_layer, x, spec=stack.layer)
    x = normalised(a, x, "layer", "both", "last")
    x = a.map("join", x, name="cut_to_text", axes="batch text both")
    if not spec.head:
        return x
    spare = a.weight("b_spare", "vocab", Role.BIAS)
    x = a.map("idle", x, spare, name="spare_bias", axes="batch text both")
    return a.linear("W_U", x, "both -> vocab", role=Role.HEAD)


def reversible_layer(a: Author, *, spec: Layer) -> Tensor:
    """y_1 = x_1 + attention(x_2), y_2 = x_2 + feed_forward(y_1), each with a norm before it.

    Shapes: both streams are batch, time, both; so is the result. Source: Gomez et al. 2017, The
    Reversible Residual Network, arXiv 1707.04585, equation 8; Kitaev et al. 2020, section 3.
    """
    both = a.input("batch time both")
    assert spec.mixer is not None
    assert spec.feed is not None
    first = a.map("join", both, name="first", axes="batch time model")
    second = a.map("join", both, name="second", axes="batch time model")
    for axis, size in spec.mixer.sizes.items():
        a.axis(axis, size)
    y = normalised(a, second, spec.before_mixer, name="1")
    y = a.part("attention", spec.mixer.component, y, **spec.mixer.flags)
    first = a.map("add", first, y, name="add_attention")
    y = normalised(a, first, spec.before_feed, name="2")
    y = a.part("feed_forward", spec.feed.component, y, **spec.feed.flags)
    second = a.map("add", second, y, name="add_feed_forward")
    return a.map("join", first, second, name="streams", axes="batch time both")
