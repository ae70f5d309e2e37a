"""The GPT family: learned positions, LayerNorm before each block, a causal decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.attention import multi_head_attention
from symcost.components.embedding import learned_positions, logits, token_table
from symcost.components.feed_forward import feed_forward
from symcost.components.norm import layer_norm
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def gpt(a: Author, *, bias: bool = True, tied: bool = True, dropout: bool = False) -> Tensor:
    """Token and position rows, L layers, a last norm, logits over the vocabulary.

    `dropout` drops elements of the rows and inside the layers. Source: Radford et al. 2019,
    Language Models are Unsupervised Multitask Learners, section 2.3.
    """
    tokens = a.ids("batch time", "tokens")
    places = a.ids("time", "places")
    table = token_table(a)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    x = a.part("positions", learned_positions, x, places)
    if dropout:
        x = a.map("dropout", x)
    x = a.repeat("layer", "layers", gpt_layer, x, bias=bias, dropout=dropout)
    x = a.part("last_norm", layer_norm, x)
    if tied:
        return a.part("head", logits, x, table)
    return a.part("head", logits, x, tied=False)


def gpt_layer(a: Author, *, bias: bool = True, dropout: bool = False) -> Tensor:
    """Norm and attention, then norm and feed-forward, each added to what came in.

    `dropout` drops attention shares, and elements of what each block made. Source: Radford et al.
    2019, section 2.3.
    """
    x = a.input("batch time model")
    normed = a.part("norm_1", layer_norm, x)
    y = a.part("attention", multi_head_attention, normed, bias=bias, dropout=dropout)
    if dropout:
        y = a.map("dropout", y, name="drop_attention")
    x = a.map("add", x, y, name="add_attention")
    y = a.part("feed_forward", feed_forward, a.part("norm_2", layer_norm, x), bias=bias)
    if dropout:
        y = a.map("dropout", y, name="drop_feed_forward")
    return a.map("add", x, y, name="add_feed_forward")
