"""A layer of X-MOD: every language has a small block of its own behind the feed-forward block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer


@final
@dataclass(frozen=True)
class Adapter:
    """What an adapter reads: a norm of its own, or that of the layer once more, or none.

    `norm_first` adds its result to what it read, otherwise to what came before.
    """

    own_norm: bool
    shared_norm: bool
    norm_first: bool


def adapted_layer(a: Author, *, spec: Layer, adapter: Adapter) -> Tensor:
    """Attention, feed-forward block, and the adapter of the text's language.

    Shapes: x is batch, time, model; so is the result. Source: Pfeiffer et al. 2022, Lifting the
    Curse of Multilinguality, arXiv 2205.06266, section 3.1.
    """
    x = a.input("batch time model")
    language = a.ids("batch time", "language")
    assert spec.mixer is not None
    assert spec.feed is not None
    scale, shift = a.weight("gamma", "model", Role.NORM), a.weight("beta", "model", Role.NORM)
    before = not spec.norm_sums
    y = normalised(a, x, "layer", name="1") if before else x
    y = a.part("attention", spec.mixer.component, y, **spec.mixer.flags)
    x = a.map("add", x, y, name="add_attention")
    if spec.idle is not None:
        x = a.part("idle", spec.idle.component, x, **spec.idle.flags)
    x = x if before else normalised(a, x, "layer", name="1")
    y = a.map("layer_norm", x, scale, shift, name="norm_2") if before else x
    y = a.part("feed_forward", spec.feed.component, y, **spec.feed.flags)
    x = a.map("add", x, y, name="add_feed_forward")
    y = x
    if adapter.own_norm:
        y = normalised(a, x, "layer", name="adapter")
    elif adapter.shared_norm:
        y = a.map("layer_norm", x, scale, shift, name="norm_again")
    z = a.part("adapter", language_adapter, y, language)
    x = a.map("add", y if adapter.norm_first else x, z, name="add_adapter")
    return x if before else a.map("layer_norm", x, scale, shift, name="norm_2")


def language_adapter(a: Author) -> Tensor:
    """Down, a function and up again, by matrices that belong to the language of the text."""
    x = a.input("batch time model")
    language = a.ids("batch time", "language")

    def through(name: str, z: Tensor, eaten: str, made: str) -> Tensor:
        chosen = a.pick(a.weight(f"W_{name}", f"languages {eaten} {made}"), language, "languages")
        pattern = f"batch time {eaten}, batch time {eaten} {made} -> batch time {made}"
        y = a.contract(pattern, z, chosen, name=name, role=Role.MATRIX)
        offset = a.weight(f"b_{name}", f"languages {made}", Role.BIAS)
        offset = a.pick(offset, language, "languages")
        return a.map("add", y, offset, role=Role.BIAS, name=f"add_b_{name}")

    inner = a.map("gelu", through("down", x, "model", "bottleneck"))
    return through("up", inner, "bottleneck", "model")
