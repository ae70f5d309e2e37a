"""A network as a few facts describe it: any of its parts may be missing, even tables and layers.

A formula is often about a piece: one layer, or the head alone. A `Described` says what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import norm
from symcost.graph.tensor import Role
from symcost.models.bert import pooled
from symcost.models.decoder import Stack, layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Described:
    """What there is of a network.

    Without `vocabulary` there is neither a token table nor a head: vectors come in. `positions` and
    `segments` are tables beside the tokens' own. Norms are kinds, "" where there is none.
    """

    stacks: tuple[Stack, ...]
    vocabulary: bool = True
    positions: bool = False
    segments: bool = False
    row_norm: str = ""
    last_norm: str = "layer"
    tied: bool = True
    head_bias: bool = False
    pooler: bool = False


def described(a: Author, *, spec: Described) -> Tensor | tuple[Tensor, ...]:
    """Rows of the tables there are, layers, a last norm, logits; each where it is described.

    Shapes: tokens are batch, time; vectors and the result batch, time, model. Source: Vaswani et
    al. 2017, arXiv 1706.03762, section 3; Devlin et al. 2018, arXiv 1810.04805, section 3.
    """
    table = a.weight("W_E", "vocab model", Role.EMBEDDING) if spec.vocabulary else None
    if table is None:
        x = a.input("batch time model")
    else:
        x = a.gather(table, a.ids("batch time", "tokens"), "vocab -> model", Role.EMBEDDING)
    if spec.segments:
        kinds = a.ids("batch time", "segments")
        rows = a.gather("W_segments", kinds, "segments -> model", Role.EMBEDDING)
        x = a.map("add", x, rows, name="add_segments")
    if spec.positions:
        rows = a.gather("W_P", a.ids("time", "places"), "positions -> model", Role.POSITION)
        x = a.map("add", x, rows, name="add_positions")
    if spec.row_norm:
        x = a.part("row_norm", norm, x, kind=spec.row_norm)
    for stack in spec.stacks:
        x = a.repeat(stack.name, stack.count, layer, x, spec=stack.layer)
    if spec.last_norm:
        x = a.part("last_norm", norm, x, kind=spec.last_norm)
    outputs = [_logits(a, spec, table, x)]
    if spec.pooler:
        outputs.append(pooled(a, x))
    return tuple(outputs)


def _logits(a: Author, spec: Described, table: Tensor | None, x: Tensor) -> Tensor:
    """Scores over the vocabulary; what came in where there is none."""
    if table is None:
        return x
    bias, role = spec.head_bias, Role.HEAD
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=role, name="logits", bias=bias)
    return a.linear("W_U", x, "model -> vocab", role=role, bias=bias)
