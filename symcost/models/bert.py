"""The BERT family: rows of several tables, an encoder (or decoder), and a head over the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.adapted import Adapter, adapted_layer
from symcost.models.decoder import Stack, layer, used

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Bert:
    """A whole model.

    `row` is the axis of a table's row; rows of another width than the model's are projected.
    `tables` are looked up beside the tokens, `joined` side by side with them, `rotations` is a
    table of rotations. `head`: the axis of the vector before the logits, or "" for none;
    `transform` makes that vector with a matrix, an activation and a norm; `neck` is another
    component before it. `spare_bias` and `idle` stand by: text alone does not use them.
    `adapted`: how adapters of languages work. `padded` is the length that the layers work on, where
    that is more than the text.

    Components that make a difference: `widened` brings a token's row to the model's width before
    others are added to it, `added` adds more of them, `relative` makes what every layer reads
    beside the stream, `after_first` joins the result of the first layer with what it read, `logits`
    stands for the last product. `table_role`: what the tables count as. `summary` is the axis of a
    vector made of the first token.
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
    transform_bias: bool = True
    transform_norm: str = "layer"
    activation: str = "gelu"
    neck: Use | None = None
    tied: bool = True
    head_bias: bool = True
    spare_bias: bool = False
    pooled: bool = False
    adapted: Adapter | None = None
    idle: Use | None = None
    padded: Poly | None = None
    widened: Use | None = None
    added: Use | None = None
    relative: Use | None = None
    after_first: Use | None = None
    logits: Use | None = None
    table_role: Role | None = None
    summary: str = ""


def bert(a: Author, *, spec: Bert) -> Tensor | tuple[Tensor, ...]:
    """Rows, layers, and a score for every entry of the vocabulary.

    Source: Devlin et al. 2018, BERT, arXiv 1810.04805, section 3.
    """
    if spec.padded is not None:
        a.axis("text", a.size("time"))
        a.axis("time", spec.padded)
    table = a.weight("W_E", f"vocab {spec.row}", spec.table_role or Role.EMBEDDING)
    x = _rows(a, spec, table)
    if spec.idle is not None:
        x = used(a, "idle", spec.idle, x)
    beside = () if spec.relative is None else (used(a, "relative", spec.relative, x),)
    for stack in spec.stacks:
        if spec.adapted is None:
            x = _stacked(a, spec, stack, x, *beside)
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
    if spec.padded is not None:
        x = a.map("join", x, name="cut_to_text", axes="batch text model")
    outputs = [x]
    if spec.head:
        outputs = [_head(a, spec, x, table)]
    if spec.pooled:
        outputs.append(pooled(a, x))
    if spec.summary:
        first = a.map("join", x, name="first", axes="batch model")
        outputs.append(a.linear("W_first", first, f"model -> {spec.summary}", bias=True))
    return tuple(outputs)


def _stacked(a: Author, spec: Bert, stack: Stack, x: Tensor, *beside: Tensor) -> Tensor:
    """One kind of layer, as often as it occurs."""
    if stack.rounds is not None:
        return a.repeat(stack.name, stack.count, group, x, spec=stack)
    count = stack.count
    if spec.after_first is not None:
        y = a.part(f"first_{stack.name}", layer, x, *beside, spec=stack.layer)
        x = used(a, "after_first", spec.after_first, x, y)
        count = (a.size(count) if isinstance(count, str) else count) - 1
    return a.repeat(stack.name, count, layer, x, *beside, spec=stack.layer)


def group(a: Author, *, spec: Stack) -> Tensor:
    """Layers that are passed several times, with the same weights each time.

    Shapes: x is batch, time, model; so is the result. Source: Lan et al. 2019, ALBERT, arXiv
    1909.11942, section 3.1.
    """
    x = a.input("batch time model")
    assert spec.rounds is not None
    return a.repeat("round", spec.rounds, one_round, x, shared=True, spec=spec)


def one_round(a: Author, *, spec: Stack) -> Tensor:
    """The layers of one group, once each."""
    x = a.input("batch time model")
    for number in range(1, spec.inner + 1):
        x = a.part(f"layer_{number}" if spec.inner > 1 else "layer", layer, x, spec=spec.layer)
    return x


def _rows(a: Author, spec: Bert, table: Tensor) -> Tensor:
    """The rows of all tables, added up or side by side, normed and brought to the model's width."""
    tokens = a.ids("batch time", "tokens")
    row, role = spec.row, spec.table_role or Role.EMBEDDING
    x = a.gather(table, tokens, f"vocab -> {row}", role)
    if spec.joined:
        x = _beside(a, spec, x)
    if spec.widened is not None:
        x, row = used(a, "widened", spec.widened, x), "model"
    for name in spec.tables:
        kinds = a.ids("batch time", name)
        rows = a.gather(f"W_{name}", kinds, f"{name} -> {row}", role)
        x = a.map("add", x, rows, name=f"add_{name}")
    if spec.positions:
        places = a.ids("time", "places")
        rows = a.gather("W_P", places, f"positions -> {row}", spec.table_role or Role.POSITION)
        x = a.map("add", x, rows, name="add_positions")
    if spec.added is not None:
        x = used(a, "added", spec.added, x)
    if spec.row_norm:
        x = normalised(a, x, spec.row_norm, row, "rows")
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
    for entries, row, read in spec.joined:
        rows = a.gather(
            f"W_{entries}", a.ids("batch time", entries), f"{entries} -> {row}", Role.EMBEDDING
        )
        (found if read else idle).append(rows)
        width = width + a.size(row) if read else width
    a.axis("beside", width)
    y = a.map("join", x, *found, name="beside", axes="batch time beside")
    y = a.linear("W_join", y, "beside -> model", bias=True)
    return a.map("idle", y, *idle, name="unused_rows", axes="batch time model") if idle else y


def _head(a: Author, spec: Bert, x: Tensor, table: Tensor) -> Tensor:
    """The logits, perhaps after one more matrix, activation and norm."""
    width = spec.head
    if spec.neck is not None:
        x = a.part("neck", spec.neck.component, x, **spec.neck.flags)
    if spec.transform:
        if width == "model":
            width = a.axis("turned", "model")
        y = a.linear("W_T", x, f"model -> {width}", bias=spec.transform_bias)
        x = normalised(a, a.map(spec.activation, y), spec.transform_norm, width, "transform")
    if spec.spare_bias:
        spare = a.weight("b_spare", "vocab", Role.BIAS)
        x = a.map("idle", x, spare, name="spare_bias", axes=" ".join(x.axes))
    if spec.logits is not None:
        x = a.map("join", x, name="as_model", axes=" ".join((*x.axes[:-1], "model")))
        return used(a, "logits", spec.logits, x, *((table,) if spec.tied else ()))
    if spec.tied:
        if width == "turned":
            x = a.map("join", x, name="as_a_row", axes=" ".join((*x.axes[:-1], spec.row)))
        arrow = f"{spec.row} -> vocab"
        return a.linear(table, x, arrow, role=Role.HEAD, name="logits", bias=spec.head_bias)
    return a.linear("W_U", x, f"{width} -> vocab", role=Role.HEAD, bias=spec.head_bias)


def pooled(a: Author, x: Tensor) -> Tensor:
    """The first token through a matrix of its own; training on the tokens does not reach it."""
    first = a.detach(a.map("join", x, name="first", axes="batch model"))
    a.axis("pool", "model")
    weight = a.weight("W_pool", "model pool", train=False)
    y = a.linear(weight, first, "model -> pool", name="pool")
    return a.map("add", y, a.weight("b_pool", "pool", Role.BIAS, train=False), role=Role.BIAS)
