"""A decoder that scales and shifts both sides of every addition to the residual stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import norm
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Decoder, Layer


def scaled_decoder(a: Author, *, spec: Decoder) -> Tensor:
    """Token rows, scaled and shifted; layers; a last norm; logits over the vocabulary.

    Source: Zyphra 2025, ZAYA1, arXiv 2511.17127.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = _scaled(a, a.gather(table, tokens, "vocab -> model", Role.EMBEDDING), "rows")
    for stack in spec.stacks:
        x = a.repeat(stack.name, stack.count, scaled_layer, x, spec=stack.layer)
    x = a.part("last_norm", norm, x, kind=spec.last_norm)
    bias = spec.head_bias
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits", bias=bias)
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD, bias=bias)


def scaled_layer(a: Author, *, spec: Layer) -> Tensor:
    """Norm and attention, then norm and experts, each added with weights of its own."""
    x = a.input("batch time model")
    assert spec.mixer is not None
    assert spec.feed is not None
    x = _block(a, x, "attention", spec.mixer, spec.before_mixer)
    return _block(a, x, "feed_forward", spec.feed, spec.before_feed)


def _block(a: Author, x: Tensor, name: str, use: Use, kind: str) -> Tensor:
    """What a block makes of x, added to x: both scaled and shifted first."""
    y = a.part(f"norm_{name}", norm, x, kind=kind)
    y = a.part(name, use.component, y, **use.flags)
    return a.map("add", _scaled(a, x, f"in_{name}"), _scaled(a, y, name), name=f"add_{name}")


def _scaled(a: Author, x: Tensor, name: str) -> Tensor:
    """x shifted and scaled by two vectors."""
    shift = a.weight(f"shift_{name}", "model", Role.BIAS)
    scale = a.weight(f"scale_{name}", "model", Role.SCALE)
    return a.map("multiply", x, shift, scale, role=Role.SCALE, name=f"scaled_{name}")
