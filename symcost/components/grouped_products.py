"""The layer of SqueezeBERT: products in which groups of channels are kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.encoder_attention import mixed
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def kept_apart(a: Author, name: str, x: Tensor, arrow: tuple[str, str], groups: str) -> Tensor:
    """x times a matrix for each group of its channels, and a bias; part of another component.

    `arrow` names the axis eaten and the axis made, `groups` the axis of the groups. Source: Iandola
    et al. 2020, SqueezeBERT, arXiv 2006.11316, section 3.2.
    """
    eaten, made = arrow
    part_in = a.axis(f"in_{name}", a.size(eaten) / a.size(groups))
    part_out = a.axis(f"out_{name}", a.size(made) / a.size(groups))
    x = a.map("join", x, name=f"parts_{name}", axes=f"batch time {groups} {part_in}")
    y = a.contract(
        f"batch time {groups} {part_in}, {groups} {part_in} {part_out} "
        f"-> batch time {groups} {part_out}",
        x,
        a.weight(f"W_{name}", f"{groups} {part_in} {part_out}", Role.CONVOLUTION),
        name=f"multiply_{name}",
        role=Role.CONVOLUTION,
    )
    y = a.map("join", y, name=f"whole_{name}", axes=f"batch time {made}")
    offset = a.weight(f"b_{name}", made, Role.BIAS)
    return a.map("add", y, offset, role=Role.BIAS, name=f"add_b_{name}")


def squeezed_attention(a: Author) -> Tensor:
    """Attention of an encoder whose projections keep groups of channels apart.

    Shapes: x is batch, time, model; so is the result. Source: Iandola et al. 2020, SqueezeBERT,
    arXiv 2006.11316, section 3.2.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    a.axis("lane", a.size("model"))

    def projected(name: str) -> Tensor:
        y = kept_apart(a, name, x, ("model", "lane"), f"groups_{name.lower()}")
        return a.map("join", y, name=f"heads_{name}", axes="batch time heads head")

    mix = mixed(a, projected("Q"), projected("K"), projected("V"))
    mix = a.map("join", mix, name="all_heads", axes="batch time lane")
    return kept_apart(a, "O", mix, ("lane", "model"), "groups_o")


def squeezed_feed_forward(a: Author, *, activation: str = "gelu") -> Tensor:
    """A feed-forward block whose matrices keep groups of channels apart.

    Shapes: x is batch, time, model; so is the result. Source: Iandola et al. 2020, SqueezeBERT,
    arXiv 2006.11316, section 3.2.
    """
    x = a.input("batch time model")
    inner = a.map(activation, kept_apart(a, "1", x, ("model", "feed"), "groups_1"))
    return kept_apart(a, "2", inner, ("feed", "model"), "groups_2")
