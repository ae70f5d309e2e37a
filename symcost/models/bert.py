"""The BERT family: rows of several tables, an encoder (or decoder), and a head over the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.adapted import Adapter, adapted_layer
from symcost.models.decoder import Stack, layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Bert:
    """A whole model.

    `row` is the axis of a table's row; rows of another width than the model's are projected.
    `tables` are looked up beside the tokens, `joined` side by side with them, `rotations` is a
    table of rotations. `head`: the axis of the vector before the logits, or "" for none;
    `transform` makes that vector with a matrix, an activation and a norm. `spare_bias` stands by.
    `adapted`: how adapters of languages work.
    """

    stacks: tuple[Stack, ...]
    row: str = "model"
    projected: bool = False
    positions: bool = True
    tables: tuple[str, ...] = ()
    joined: tuple[tuple[str, str, bool], ...] = ()
    rotations: bool = False
    row_norm: str = "layer"
    last_norm: str = ""
    head: str = "model"
    transform: bool = True
    activation: str = "gelu"
    tied: bool = True
    spare_bias: bool = False
    pooled: bool = False
    adapted: Adapter | None = None


def bert(a: Author, *, spec: Bert) -> Tensor | tuple[Tensor, ...]:
    """Rows, layers, and a score for every entry of the vocabulary.

    Source: Devlin et al. 2018, BERT, arXiv 1810.04805, section 3.
    """
    table = a.weight("W_E", f"vocab {spec.row}", Role.EMBEDDING)
    x = _rows(a, spec, table)
    for stack in spec.stacks:
        if spec.adapted is None:
            x = a.repeat(stack.name, stack.count, layer, x, spec=stack.layer)
            continue
        language = a.ids("batch time", "language")
        x = a.repeat(
            stack.name,
            stack.count,
            adapted_layer,
            x,
            language,
            spec=stack.layer,
            adapter=spec.adapted,
        )
    if spec.last_norm:
        x = normalised(a, x, spec.last_norm, name="last")
    outputs = [x]
    if spec.head:
        outputs = [_head(a, spec, x, table)]
    if spec.pooled:
        outputs.append(_pooled(a, x))
    return tuple(outputs)


def _rows(a: Author, spec: Bert, table: Tensor) -> Tensor:
    """The rows of all tables, added up or side by side, normed and brought to the model's width."""
    tokens = a.ids("batch time", "tokens")
    x = a.gather(table, tokens, f"vocab -> {spec.row}", Role.EMBEDDING)
    if spec.joined:
        x = _beside(a, spec, x)
    for name in spec.tables:
        kinds = a.ids("batch time", name)
        rows = a.gather(f"W_{name}", kinds, f"{name} -> {spec.row}", Role.EMBEDDING)
        x = a.map("add", x, rows, name=f"add_{name}")
    if spec.positions:
        places = a.ids("time", "places")
        rows = a.gather("W_P", places, f"positions -> {spec.row}", Role.POSITION)
        x = a.map("add", x, rows, name="add_positions")
    if spec.row_norm:
        x = normalised(a, x, spec.row_norm, spec.row, "rows")
    if spec.projected:
        x = a.linear("W_in", x, f"{spec.row} -> model", bias=True)
    if spec.rotations:
        angles = a.gather("W_R", a.ids("time", "places"), "positions -> head", Role.POSITION)
        x = a.map("join", x, angles, name="angles", axes="batch time model")
    return x


def _beside(a: Author, spec: Bert, x: Tensor) -> Tensor:
    """Rows of further tables beside the token's own, brought back to the model's width."""
    width = a.size("model")
    found: list[Tensor] = []
    idle: list[Tensor] = []
    for entries, row, used in spec.joined:
        rows = a.gather(
            f"W_{entries}", a.ids("batch time", entries), f"{entries} -> {row}", Role.EMBEDDING
        )
        (found if used else idle).append(rows)
        width = width + a.size(row) if used else width
    a.axis("beside", width)
    y = a.map("join", x, *found, name="beside", axes="batch time beside")
    y = a.linear("W_join", y, "beside -> model", bias=True)
    return a.map("idle", y, *idle, name="unused_rows", axes="batch time model") if idle else y


def _head(a: Author, spec: Bert, x: Tensor, table: Tensor) -> Tensor:
    """The logits, perhaps after one more matrix, activation and norm."""
    width = spec.head
    if spec.transform:
        if width == "model":
            width = a.axis("turned", "model")
        y = a.map(spec.activation, a.linear("W_T", x, f"model -> {width}", bias=True))
        x = normalised(a, y, "layer", width, "transform")
    if spec.spare_bias:
        spare = a.weight("b_spare", "vocab", Role.BIAS)
        x = a.map("idle", x, spare, name="spare_bias", axes=" ".join(x.axes))
    if spec.tied:
        if width == "turned":
            x = a.map("join", x, name="as_a_row", axes=f"batch time {spec.row}")
        return a.linear(table, x, f"{spec.row} -> vocab", role=Role.HEAD, name="logits", bias=True)
    return a.linear("W_U", x, f"{width} -> vocab", role=Role.HEAD, bias=True)


def _pooled(a: Author, x: Tensor) -> Tensor:
    """The first token through a matrix of its own; training on the tokens does not reach it."""
    first = a.detach(a.map("join", x, name="first", axes="batch model"))
    a.axis("pool", "model")
    weight = a.weight("W_pool", "model pool", train=False)
    y = a.linear(weight, first, "model -> pool", name="pool")
    return a.map("add", y, a.weight("b_pool", "pool", Role.BIAS, train=False), role=Role.BIAS)
