"""The bare transformer of a lecture: no biases, no norms, no embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.components.attention import attention_head
from symcost.components.feed_forward import feed_forward
from symcost.graph.architecture import Architecture
from symcost.models.gpt_sizes import FEED_IS_FOUR, HEADS_TILE, MODEL

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def bare_transformer(a: Author) -> Tensor:
    """L layers, each multi-head attention and a feed-forward block.

    The input counts as trained: below it stands an embedding that the lecture leaves out. Source:
    Vaswani et al. 2017, arXiv 1706.03762, section 3.
    """
    x = a.input("batch time model")
    return a.repeat("layer", "layers", bare_layer, x)


def bare_layer(a: Author) -> Tensor:
    """Attention, then the feed-forward block, each added to what came in."""
    x = a.input("batch time model")
    x = a.map("add", x, a.part("attention", bare_attention, x), name="add_attention")
    y = a.part("feed_forward", feed_forward, x, bias=False, activation="relu")
    return a.map("add", x, y, name="add_feed_forward")


def bare_attention(a: Author) -> Tensor:
    """All heads side by side, then the output projection."""
    x = a.input("batch time model")
    heads = a.repeat("head", "heads", attention_head, x, stack="heads")
    return a.linear("W_O", heads, "heads head -> model")


EXAMPLE = say("the lecture's example")
LECTURE = Architecture(
    "lecture",
    say("the bare transformer of a lecture"),
    bare_transformer,
    "Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762",
    {
        "model": (768, EXAMPLE),
        "heads": (12, EXAMPLE),
        "layers": (12, EXAMPLE),
        "feed": (4 * MODEL, say("the lecture's example, {0}", "3072")),
    },
    relations=(HEADS_TILE,),
    cited=(FEED_IS_FOUR,),
    notes=("No biases, norms or embeddings; the input is trained further down.",),
    page="lecture",
)
