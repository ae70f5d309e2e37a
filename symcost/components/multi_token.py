"""Multi-token prediction: modules behind the main model that predict tokens further ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import norm
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor


def prediction_module(
    a: Author, *, layer: Use, kind: str = "rms", tied: bool = False
) -> tuple[Tensor, Tensor]:
    """The stream and the row of the next token become one vector; a layer and the head follow.

    x is what the main model's layers, or the module before, made of each token. `layer` is the
    declaration of a layer of the main model, `kind` that of the norms: one over each of the two,
    one before the head. Table and head are the main model's own. All s places are computed: the
    last ones have no token to predict, and only the loss leaves them out. Shapes: x is batch, time,
    model, tokens batch, time, the table vocab, model, the head model, vocab (absent where the table
    is tied); the result is batch, time, model, with logits beside it. Source: DeepSeek-AI 2024,
    DeepSeek-V3 Technical Report, arXiv 2412.19437, section 2.2.
    """
    x = a.input("batch time model")
    tokens = a.ids("batch time", "tokens")
    table = a.input("vocab model", "W_E")
    head = table if tied else a.input("model vocab", "W_U")
    row = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    a.axis("both", 2 * a.size("model"))
    x = a.part("norm_stream", norm, x, kind=kind)
    row = a.part("norm_row", norm, row, kind=kind)
    side_by_side = a.map("join", x, row, name="stream_and_row", axes="batch time both")
    y = a.linear("W_M", side_by_side, "both -> model")
    y = a.part("layer", layer.component, y, **layer.flags)
    logits = a.part("norm_head", norm, y, kind=kind)
    return y, a.linear(head, logits, "model -> vocab", role=Role.HEAD, name="logits")
