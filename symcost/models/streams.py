"""A decoder that carries several residual streams, mixed anew before and after each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.gated_streams import gated_collapse, mixed_and_shares
from symcost.components.norm import norm
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Decoder, Layer


def stream_decoder(
    a: Author, *, spec: Decoder, mixing: bool = False, gated: bool = False
) -> Tensor:
    """Every token row starts all streams; layers; one weighted sum of the streams; logits.

    With `mixing` the streams are also mixed with each other, by a matrix made for every token.
    `gated`: every number of every stream has a gate of its own on the way into a block.
    Source: Zhu et al. 2024, Hyper-Connections, arXiv 2409.19606, section 2.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    x = a.map("join", x, name="spread", axes="batch time streams model")
    for stack in spec.stacks:
        if gated:
            x = a.repeat(stack.name, stack.count, gated_stream_layer, x, spec=stack.layer)
        else:
            x = a.repeat(stack.name, stack.count, stream_layer, x, spec=stack.layer, mixing=mixing)
    x = a.part("collapse", gated_collapse if gated else collapse, x)
    if spec.last_norm:
        x = a.part("last_norm", norm, x, kind=spec.last_norm)
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


def stream_layer(a: Author, *, spec: Layer, mixing: bool) -> Tensor:
    """Attention, then feed-forward; each reads a mix of the streams and writes to all of them."""
    x = a.input("batch time streams model")
    assert spec.mixer is not None
    assert spec.feed is not None
    x = _block(a, x, "attention", spec.mixer, spec.before_mixer, mixing)
    return _block(a, x, "feed_forward", spec.feed, spec.before_feed, mixing)


def gated_stream_layer(a: Author, *, spec: Layer) -> Tensor:
    """Attention, then feed-forward; each reads gated streams and adds to all of them."""
    x = a.input("batch time streams model")
    assert spec.mixer is not None
    assert spec.feed is not None
    for name, use in (("attention", spec.mixer), ("feed_forward", spec.feed)):
        y, shares = mixed_and_shares(a, x, name)
        y = a.part(name, use.component, y, **use.flags)
        y = a.map("multiply", y, shares, name=f"spread_{name}", axes="batch time streams model")
        x = a.map("add", x, y, name=f"add_{name}")
    return x


def _block(a: Author, x: Tensor, name: str, use: Use, kind: str, mixing: bool) -> Tensor:
    """One block between the streams: weights of the mix in and out are made from the streams."""
    pairs = a.size("streams") * a.size("streams") if mixing else 0
    a.axis("in_and_out", a.size("streams") * 2 + pairs)
    a.axis("scales", 3 if mixing else 2)
    weights = a.linear(f"W_{name}", x, "streams model -> in_and_out")
    base = a.weight(f"base_{name}", "in_and_out", Role.BIAS)
    scale = a.weight(f"scale_{name}", "scales", Role.SCALE)
    open_ = a.map("sigmoid", weights, name=f"open_{name}")
    shift = a.map("join", base, scale, name=f"shift_{name}", axes="in_and_out")
    open_ = a.map("add", open_, shift, name=f"shifted_{name}")
    y = a.map("multiply", x, open_, name=f"mix_{name}", axes="batch time model")
    y = a.part(f"norm_{name}", norm, y, kind=kind)
    for axis, size in use.sizes.items():
        a.axis(axis, size)
    y = a.part(name, use.component, y, **use.flags)
    y = a.map("multiply", y, open_, name=f"spread_{name}", axes="batch time streams model")
    if mixing:
        a.axis("mixed", a.size("streams"))
        matrix = a.map("softmax", open_, name=f"m_{name}", axes="batch time mixed streams")
        pattern = "batch time mixed streams, batch time streams model -> batch time mixed model"
        x = a.contract(pattern, matrix, x, name=f"streams_{name}", role=Role.MATRIX)
        x = a.map("join", x, name=f"mixed_{name}", axes="batch time streams model")
    return a.map("add", x, y, name=f"add_{name}")


def collapse(a: Author) -> Tensor:
    """One weighted sum of the streams, with weights made from all of them."""
    x = a.input("batch time streams model")
    a.axis("one", 1)
    a.axis("parts", a.size("streams"))
    weights = a.linear("W_C", x, "streams model -> parts")
    base = a.weight("base", "parts", Role.BIAS)
    scale = a.weight("scale", "one", Role.SCALE)
    shift = a.map("join", base, scale, name="shift", axes="parts")
    weights = a.map("sigmoid", a.map("add", weights, shift, name="shifted"))
    return a.map("multiply", x, weights, name="collapsed", axes="batch time model")
