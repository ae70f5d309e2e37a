"""XLNet as a whole: token rows, layers with relative places, logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role
from symcost.models.decoder import Layer, layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def relative_decoder(a: Author, *, spec: Layer, tied: bool = True, head: bool = True) -> Tensor:
    """Token rows, layers, logits. The row that hides a token in pretraining stands by.

    Source: Yang et al. 2019, XLNet, arXiv 1906.08237, section 2.
    """
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = a.gather(table, a.ids("batch time", "tokens"), "vocab -> model", Role.EMBEDDING)
    hidden = a.weight("hidden_row", "model")
    x = a.map("idle", x, hidden, name="nothing_hidden")
    x = a.repeat("layer", "layers", layer, x, spec=spec)
    if not head:
        return x
    if tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits", bias=True)
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD, bias=True)
