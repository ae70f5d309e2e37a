"""An encoder that halves its tokens block by block, and layers that see all of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, called
from symcost.components.funnel_layer import funnel_layer
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Funnel:
    """A whole model.

    `blocks` are the dimensions that count the layers of each block, `runs` says how often each of
    these layers is run. `spare`: the first token is pooled by itself, and the last one kept.
    """

    blocks: tuple[str, ...]
    runs: tuple[int, ...]
    decoder: str
    spare: bool = False
    pool_all: bool = False
    factored: bool = False
    activation: str = "gelu_tanh"
    tied: bool = True


def funnel(a: Author, *, spec: Funnel) -> Tensor:
    """Rows, blocks of layers on ever fewer tokens, then all tokens again, and logits.

    Source: Dai et al. 2020, Funnel-Transformer, arXiv 2006.03236, section 2.
    """
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = a.gather(table, a.ids("batch time", "tokens"), "vocab -> model", Role.EMBEDDING)
    x = first = normalised(a, x, "layer", name="rows")
    flags: dict[str, Any] = {"factored": spec.factored, "activation": spec.activation}
    before, here = "", "time"
    for number, (word, runs) in enumerate(zip(spec.blocks, spec.runs, strict=True), 1):
        layers = Poly.of(dim(word))
        if before:
            more = {"before": before, "pool_all": spec.pool_all}
            x = a.part(f"pool_{number}", funnel_layer, x, here=here, runs=runs, **more, **flags)
            layers = layers - 1
        x = a.repeat(f"layer_{number}", layers, funnel_layer, x, here=here, runs=runs, **flags)
        first = first if before else x
        before = here
        here = a.axis(f"time_{number}", called("ceil", [(a.size(before) + int(spec.spare)) / 2]))
    x = a.map("join", x, name="spread", axes="batch time model")
    x = a.map("add", first, x, name="add_first_block")
    if spec.decoder:
        x = a.repeat("late_layer", spec.decoder, funnel_layer, x, **flags)
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits", bias=True)
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD, bias=True)
