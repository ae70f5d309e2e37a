"""How bytes and patches read each other in BLT, and the frozen network that cuts a text up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.components.whole_attention import grouped_heads
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def patch_attention(a: Author) -> Tensor:
    """Queries from one, keys and values from the other, each normed; what came in is added twice.

    Shapes: x is batch, time, model; what it reads batch, source, model; the result as x. Source:
    Pagnoni et al. 2024, Byte Latent Transformer, arXiv 2412.09871, sections 3.2.2 and 3.3.1, and
    its reference code.
    """
    x = a.input("batch time model")
    memory = a.input("batch source model", "memory")
    q = a.linear("W_Q", normalised(a, x, "rms", name="q"), "model -> groups share head")
    read = normalised(a, memory, "rms", name="k")
    k = a.linear("W_K", read, "model -> groups head")
    v = a.linear("W_V", read, "model -> groups head")
    y = grouped_heads(a, q, k, v, "source", o_bias=False)
    return a.map("add", x, a.map("add", x, y, name="add_attention"), name="add_again")


def frozen_decoder(a: Author) -> Tensor:
    """A small model of bytes that is not trained: it says how uncertain the next byte is.

    Shapes: tokens are batch, time; the result batch, time, bytes. Source: Pagnoni et al. 2024, Byte
    Latent Transformer, arXiv 2412.09871, section 2.3.
    """
    tokens = a.input("batch time", "tokens")
    table = a.weight("W_E", "bytes model", Role.EMBEDDING, train=False)
    x = a.gather(table, tokens, "bytes -> model", Role.EMBEDDING)
    x = a.repeat("layer", "patcher_layers", frozen_layer, x)
    x = a.map("rms_norm", x, a.weight("gamma", "model", Role.NORM, train=False))
    head = a.weight("W_U", "model bytes", Role.HEAD, train=False)
    return a.linear(head, x, "model -> bytes", role=Role.HEAD, name="logits")


def frozen_layer(a: Author) -> Tensor:
    """A layer of that model: grouped attention and a gated feed-forward block, with norms before.

    Shapes: x is batch, time, model; so is the result. Source: Touvron et al. 2023, LLaMA, arXiv
    2302.13971, section 2.2.
    """
    x = a.input("batch time model")

    def linear(name: str, y: Tensor, eaten: str, made: str) -> Tensor:
        weight = a.weight(f"W_{name}", f"{eaten} {made}", train=False)
        return a.linear(weight, y, f"{eaten} -> {made}", name=name)

    def normed(y: Tensor, name: str) -> Tensor:
        gamma = a.weight(f"gamma_{name}", "model", Role.NORM, train=False)
        return a.map("rms_norm", y, gamma, name=f"norm_{name}")

    y = normed(x, "1")
    q = linear("Q", y, "model", "groups share head")
    k, v = (linear(name, y, "model", "groups head") for name in "KV")
    mix = _mixed(a, q, k, v)
    x = a.map("add", x, linear("O", mix, "groups share head", "model"), name="add_attention")
    y = normed(x, "2")
    inner = a.map(
        "multiply", a.map("silu", linear("G", y, "model", "feed")), linear("1", y, "model", "feed")
    )
    return a.map("add", x, linear("2", inner, "feed", "model"), name="add_feed_forward")


def _mixed(a: Author, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The mix of earlier values; what is frozen keeps none of them."""
    k = a.map("join", k, name="keys", axes="batch past groups head")
    v = a.map("join", v, name="values", axes="batch past groups head")
    scores = a.contract(
        "batch time groups share head, batch past groups head -> batch groups share time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    return a.contract(
        "batch groups share time past, batch past groups head -> batch time groups share head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
