"""CPM-Ant: learned prompt rows stand before the text, and every layer works on them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def prompted_decoder(a: Author, *, activation: str = "gelu") -> Tensor:
    """Prompt and text through all layers with one table of relative positions; logits of the text.

    Source: Raffel et al. 2020, arXiv 1910.10683, section 2.1, for the scores of relative
    positions; Lester et al. 2021, Prompt Tuning, arXiv 2104.08691, for the prompt.
    """
    tokens = a.ids("batch time", "tokens")
    a.axis("places", a.size("time") + a.size("prompt"))
    a.axis("kept", a.size("places"))
    a.axis("rows", a.size("vocab") + a.size("prompt") * a.size("prompt_kinds"))
    a.axis("relations", a.size("segments") * a.size("segments") + a.size("buckets"))
    shown = a.map("join", tokens, name="prompt_and_text", axes="batch places")
    x = a.gather("W_E", shown, "rows -> model", Role.EMBEDDING)
    kinds = a.gather("W_S", shown, "segments -> model", Role.EMBEDDING)
    x = a.map("add", x, kinds, name="add_segments")
    pairs = a.ids("batch places kept", "pairs")
    offsets = a.gather("relative", pairs, "relations -> heads", Role.ATTENTION)
    x = a.repeat("layer", "layers", prompted_layer, x, offsets, activation=activation)
    x = normalised(a, x, "rms", name="last")
    text = a.map("join", x, name="text", axes="batch time model")
    return a.linear("W_U", text, "model -> vocab", role=Role.HEAD)


def prompted_layer(a: Author, *, activation: str) -> Tensor:
    """Attention with a score for every relative position, then a gated feed-forward block."""
    x = a.input("batch places model")
    offsets = a.input("batch places kept heads", "offsets")
    x = a.map("add", x, a.part("attention", prompted_attention, x, offsets), name="add_attention")
    y = normalised(a, x, "rms", name="feed")
    gate = a.map(activation, a.linear("W_G", y, "model -> feed"))
    inner = a.map("multiply", gate, a.linear("W_1", y, "model -> feed"))
    return a.map("add", x, a.linear("W_2", inner, "feed -> model"), name="add_feed_forward")


def prompted_attention(a: Author) -> Tensor:
    """Prompt and text see each other; keys and values of both are kept."""
    x = a.input("batch places model")
    offsets = a.input("batch places kept heads", "offsets")
    y = normalised(a, x, "rms")
    q = a.linear("W_Q", y, "model -> heads head")
    k = a.linear("W_K", y, "model -> heads head")
    v = a.linear("W_V", y, "model -> heads head")
    k = a.carry(k, "batch kept heads head", "keys")
    v = a.carry(v, "batch kept heads head", "values")
    scores = a.contract(
        "batch places heads head, batch kept heads head -> batch heads places kept",
        q,
        k,
        name="scores",
    )
    scores = a.map("add", a.map("scale", scores), offsets, name="add_offsets")
    mix = a.contract(
        "batch heads places kept, batch kept heads head -> batch places heads head",
        a.map("softmax", scores),
        v,
        name="mix",
    )
    return a.linear("W_O", mix, "heads head -> model")
