"""Attention that scores what a token holds and how far away it is apart, as DeBERTa has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.encoder_attention import mixed
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

ROWS = ("rows_of_distance", "near model")
PROJECTION = "model -> heads head"


def widened_rows(a: Author) -> Tensor:
    """Rows of another width brought to the model's, and normed.

    Shapes: x is batch, time, row_width; the result batch, time, model. Source: He et al. 2020,
    DeBERTa, arXiv 2006.03654, reference code.
    """
    x = a.input("batch time row_width")
    return normalised(a, a.linear("W_in", x, "row_width -> model"), "layer")


def distance_rows(a: Author, *, norm: str = "") -> Tensor:
    """The rows of all distances that this text needs, perhaps normed; every layer reads them.

    Shapes: x is batch, time, model; the result near, model. Source: He et al. 2020, DeBERTa, arXiv
    2006.03654, section 3.1.
    """
    x = a.input("batch time model")
    places = a.map("join", a.detach(x, "only_order"), axes="near", name="distances")
    rows = a.gather("W_D", places, "all_distances -> model", Role.POSITION)
    return normalised(a, rows, norm) if norm else rows


def idle_distance_rows(a: Author, *, table: bool = True, norm: str = "") -> Tensor:
    """The rows of distances, or their norm, where no score asks for a distance.

    Shapes: x is batch, time, model; so is the result. Source: as `distance_rows`.
    """
    x = a.input("batch time model")
    weights = [a.weight("W_D", "all_distances model", Role.POSITION)] if table else []
    if norm:
        weights += [a.weight(name, "model", Role.NORM) for name in ("gamma", "beta")]
    return a.map("idle", x, *weights, name="no_distances", axes="batch time model")


def disentangled_attention(
    a: Author,
    *,
    key_bias: bool = True,
    asked: bool = True,
    asking: bool = True,
    shared: bool = False,
    asked_bias: bool = True,
) -> Tensor:
    """A score is what two tokens say to each other, and what each says to their distance.

    `asked`: queries meet keys made of distances. `asking`: keys meet queries made of distances.
    `shared`: the matrices of the tokens make both, needed or not, otherwise others do. Without
    `key_bias` queries and values alone have a bias. Shapes: x is batch, time, model; the rows of
    distances near, model; the result as x. Source: He et al. 2020, DeBERTa, arXiv 2006.03654,
    section 3.1.
    """
    x = a.input("batch time model")
    rows = a.input(ROWS[1], ROWS[0])
    a.axis("seen", a.size("time"))
    q, far_q = _pair(a, "Q", x, rows, used=asking, shared=shared, bias=True, far_bias=True)
    k, far_k = _pair(a, "K", x, rows, used=asked, shared=shared, bias=key_bias, far_bias=asked_bias)
    v = a.linear("W_V", x, PROJECTION, bias=True)
    more = []
    if far_k is not None:
        scores = a.contract(
            "batch time heads head, near heads head -> batch heads time near",
            q,
            far_k,
            name="scores_of_distance",
        )
        more.append(a.map("join", scores, name="asked", axes="batch heads time seen"))
    if far_q is not None:
        keys = a.map("join", k, name="asking_keys", axes="batch seen heads head")
        scores = a.contract(
            "batch seen heads head, near heads head -> batch heads seen near",
            keys,
            far_q,
            name="scores_by_distance",
        )
        more.append(a.map("join", scores, name="asking", axes="batch heads time seen"))
    mix = mixed(a, q, k, v, *more)
    return a.linear("W_O", mix, "heads head -> model", bias=True)


def _pair(
    a: Author,
    name: str,
    x: Tensor,
    rows: Tensor,
    *,
    used: bool,
    shared: bool,
    bias: bool,
    far_bias: bool,
) -> tuple[Tensor, Tensor | None]:
    """Queries or keys of the tokens, and those of the distances where they are used."""
    if not shared:
        near = a.linear(f"W_{name}", x, PROJECTION, bias=bias)
        far = a.linear(f"W_D{name}", rows, PROJECTION, bias=far_bias) if used else None
        return near, far
    matrix = a.weight(f"W_{name}", "model heads head")
    offset = a.weight(f"b_{name}", "heads head", Role.BIAS)
    near = a.linear(matrix, x, PROJECTION, name=f"W_{name}_x")
    near = a.map("add", near, offset, role=Role.BIAS, name=f"add_b_{name}")
    if not used:  # nothing flows back through what is made in vain
        matrix, rows = a.detach(matrix), a.detach(rows, f"vain_rows_{name}")
    far = a.linear(matrix, rows, PROJECTION, name=f"W_D{name}")
    far = a.map("add", far, offset, role=Role.BIAS, name=f"add_b_D{name}")
    if used:
        return near, far
    axes = "batch time heads head"
    return a.map("idle", near, far, name=f"in_vain_{name}", axes=axes), None


def smoothed_first(a: Author, *, activation: str = "tanh") -> Tensor:
    """A convolution of the rows is added to what the first layer made of them, and normed.

    Groups of channels are kept apart. Shapes: both inputs are batch, time, model; so is the
    result. Source: He et al. 2021, DeBERTa v2, arXiv 2006.03654, appendix A.
    """
    before = a.input("batch time model", "before")
    x = a.input("batch time model")
    a.axis("part_in", a.size("model") / a.size("channel_groups"))
    a.axis("part_out", a.size("part_in"))
    a.axis("steps", a.size("time"))
    parts = a.map("join", before, name="parts", axes="batch time channel_groups part_in")
    y = a.contract(
        "batch channel_groups part_in steps kernel, channel_groups part_in kernel part_out "
        "-> batch steps channel_groups part_out",
        a.window(parts, "time -> steps kernel"),
        a.weight("F", "channel_groups part_in kernel part_out", Role.CONVOLUTION),
        name="convolve",
        role=Role.CONVOLUTION,
    )
    y = a.map("join", y, name="all_parts", axes="batch time model")
    y = a.map("add", y, a.weight("b_F", "model", Role.BIAS), role=Role.BIAS, name="add_b_F")
    return normalised(a, a.map("add", x, a.map(activation, y), name="add_convolved"), "layer")
