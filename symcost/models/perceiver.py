"""Perceiver: a few learned vectors read the text, think, and are read by learned places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.latent_layer import Reading, latent_block, latent_layer
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

# The heads of the last attention, and the width of each for queries and keys.
ANSWER_HEADS, ANSWER_HEAD = 8, 32


@final
@dataclass(frozen=True)
class Perceiver:
    """A whole model: how vectors read the text, each other, and are read in the end.

    `blocks`: all layers run as often, with the same weights.
    """

    reads: Reading
    thinks: Reading
    answers: Reading
    blocks: bool = False


def perceiver(a: Author, *, spec: Perceiver) -> Tensor:
    """Rows of tokens and places; vectors that read them; scores at every place of the longest text.

    Source: Jaegle et al. 2021, Perceiver IO, arXiv 2107.14795, sections 3 and 4.1.
    """
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    tokens = a.ids("batch time", "tokens")
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    places = a.gather("W_P", a.ids("time", "places"), "positions -> model", Role.POSITION)
    x = a.map("add", x, places, name="add_positions")
    latents = a.weight("latents", "latents latent_width", Role.SCALE)
    axes = "batch latents latent_width"
    y = a.map("join", latents, name="for_each_text", axes=axes)
    y = a.part("read", latent_layer, y, x, spec=spec.reads)
    if spec.blocks:
        weights = [
            a.weight(name, f"layers {axes}", role)
            for name, (axes, role) in spec.thinks.weights().items()
        ]
        y = a.repeat("block", "blocks", latent_block, y, *weights, spec=spec.thinks)
    else:
        y = a.repeat("layer", "layers", latent_layer, y, spec=spec.thinks)
    a.axis("answers", a.size("positions"))
    a.axis("answer_heads", ANSWER_HEADS)
    a.axis("answer_head", ANSWER_HEAD)
    a.axis("answer_value", a.size("model") / ANSWER_HEADS)
    a.axis("answer_feed", a.size("model"))
    queries = a.weight("P_answers", "answers model", Role.SCALE)
    z = a.map("join", queries, name="queries", axes="batch answers model")
    z = a.part("answer", latent_layer, z, y, spec=spec.answers)
    return a.linear(table, z, "model -> vocab", role=Role.HEAD, name="logits", bias=True)
