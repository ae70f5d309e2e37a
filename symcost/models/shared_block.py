"""Decoders with a few transformer blocks whose weights many layers share: Zamba and Zamba 2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.norm import norm
from symcost.graph.tensor import Role
from symcost.models.decoder import layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer

QUERIES, KEYS = "groups share head", "groups head"


@final
@dataclass(frozen=True)
class Blocks:
    """`count` layers behind the shared block of this name; "own": each behind a block of its own;
    "" for layers alone.
    """

    name: str
    count: str
    block: str = ""


@final
@dataclass(frozen=True)
class SharedDecoder:
    """Layers of one kind, some of them behind one of the shared blocks.

    `adapters` of low rank tell the uses of a block apart: "" for none, "feed" beside the inner
    projections, "all" beside queries, keys and values too.
    """

    stacks: tuple[Blocks, ...]
    layer: Layer
    adapters: str = ""
    bias: bool = False
    tied: bool = True


def shared_decoder(a: Author, *, spec: SharedDecoder) -> Tensor:
    """Token rows, layers, a last norm, logits. The blocks also read the token's row itself."""
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    rows = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    x = rows
    for stack in spec.stacks:
        if stack.block == "own":
            x = a.repeat(stack.name, stack.count, hybrid_layer, x, rows, spec=spec, own=True)
        elif stack.block:
            weights = _weights(a, stack.block, spec)
            x = a.repeat(stack.name, stack.count, hybrid_layer, x, rows, *weights, spec=spec)
        else:
            x = a.repeat(stack.name, stack.count, layer, x, spec=spec.layer)
    x = a.part("last_norm", norm, x, kind="rms")
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


def hybrid_layer(a: Author, *, spec: SharedDecoder, own: bool = False) -> Tensor:
    """A shared block, a projection of this layer's own, and the layer that reads their sum.

    `own`: the block is not shared after all. What is added to the stream is only what the layer
    makes of it. Shapes: x is batch, time, model; so is the result. Source: Glorioso et al. 2024,
    Zamba, arXiv 2405.16712, section 2.
    """
    x = a.input("batch time model")
    rows = a.input("batch time model", "rows")
    weights = _weights(a, "own", spec) if own else _given(a, spec)
    y = a.part("shared_block", shared_block, x, rows, *weights, spec=spec)
    lane = a.axis("lane", a.size("model"))
    y = a.linear("W_own", y, f"model -> {lane}")
    y = a.map("add", x, y, axes="batch time model", name="add_block")
    mixer = spec.layer.mixer
    assert mixer is not None
    y = a.part("norm", norm, y, kind=spec.layer.before_mixer)
    y = a.part(spec.layer.mixer_name, mixer.component, y, **mixer.flags)
    return a.map("add", x, y, name="add")


def shared_block(a: Author, *, spec: SharedDecoder) -> Tensor:
    """Attention and feed-forward, without residuals, on the stream and the token's row together.

    Shapes: x and rows are batch, time, model; so is the result. Source: Glorioso et al. 2024,
    Zamba, arXiv 2405.16712, section 2; Zamba2, arXiv 2411.15242, section 2.
    """
    x = a.input("batch time model")
    rows = a.input("batch time model", "rows")
    a.axis("both", 2 * a.size("model"))
    gamma, w_q, w_k, w_v, w_o, gamma_2, w_g, w_1, w_2, *biases = _given(a, spec)
    y = a.map("rms_norm", x, rows, gamma, axes="batch time both", name="norm_1")

    def looked(weight: Tensor, made: str) -> Tensor:
        z = a.linear(weight, y, f"both -> {made}")
        return _adapted(a, weight.name, y, z, "both", made) if spec.adapters == "all" else z

    k, v = a.remember(looked(w_k, KEYS)), a.remember(looked(w_v, KEYS))
    scores = a.contract(
        f"batch time {QUERIES}, batch past {KEYS} -> batch groups share time past",
        looked(w_q, QUERIES),
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        f"batch groups share time past, batch past {KEYS} -> batch time {QUERIES}",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
    z = a.linear(w_o, mix, f"{QUERIES} -> model")
    z = a.map("rms_norm", z, gamma_2, name="norm_2")
    return _fed(a, z, w_g, w_1, w_2, biases, spec)


def _fed(
    a: Author,
    z: Tensor,
    w_g: Tensor,
    w_1: Tensor,
    w_2: Tensor,
    biases: list[Tensor],
    spec: SharedDecoder,
) -> Tensor:
    """The gated feed-forward block. One adapter's narrow vector serves gate and inner width."""
    gate, inner = a.linear(w_g, z, "model -> feed"), a.linear(w_1, z, "model -> feed")
    if biases:
        gate = a.map("add", gate, biases[0], role=Role.BIAS, name="add_b_G")
        inner = a.map("add", inner, biases[1], role=Role.BIAS, name="add_b_1")
    if spec.adapters:
        narrow = a.linear("D_feed", z, "model -> adapter")
        gate = a.map("add", gate, a.linear("U_G", narrow, "adapter -> feed"), name="adapt_G")
        inner = a.map("add", inner, a.linear("U_1", narrow, "adapter -> feed"), name="adapt_1")
    y = a.linear(w_2, a.map("multiply", a.map("gelu", gate), inner), "feed -> model")
    return a.map("add", y, biases[2], role=Role.BIAS, name="add_b_2") if biases else y


def _adapted(a: Author, name: str, y: Tensor, z: Tensor, eaten: str, made: str) -> Tensor:
    """z with what an adapter of low rank makes of y."""
    narrow = a.linear(f"D_{name}", y, f"{eaten} -> adapter")
    wide = a.linear(f"U_{name}", narrow, f"adapter -> {made}")
    return a.map("add", z, wide, name=f"adapt_{name}")


def _shapes(spec: SharedDecoder) -> tuple[tuple[str, str, Role], ...]:
    """Name, axes and role of each shared weight."""
    found = [
        ("gamma_1", "both", Role.NORM),
        ("W_Q", f"both {QUERIES}", Role.MATRIX),
        ("W_K", f"both {KEYS}", Role.MATRIX),
        ("W_V", f"both {KEYS}", Role.MATRIX),
        ("W_O", f"{QUERIES} model", Role.MATRIX),
        ("gamma_2", "model", Role.NORM),
        ("W_G", "model feed", Role.MATRIX),
        ("W_1", "model feed", Role.MATRIX),
        ("W_2", "feed model", Role.MATRIX),
    ]
    if spec.bias:
        found += [
            ("b_G", "feed", Role.BIAS),
            ("b_1", "feed", Role.BIAS),
            ("b_2", "model", Role.BIAS),
        ]
    return tuple(found)


def _weights(a: Author, mark: str, spec: SharedDecoder) -> tuple[Tensor, ...]:
    """The weights of one shared block, made where all its layers can reach them."""
    a.axis("both", 2 * a.size("model"))
    return tuple(a.weight(f"{name}_{mark}", axes, role) for name, axes, role in _shapes(spec))


def _given(a: Author, spec: SharedDecoder) -> tuple[Tensor, ...]:
    """The same weights, handed in."""
    a.axis("both", 2 * a.size("model"))
    return tuple(a.input(axes, name) for name, axes, _ in _shapes(spec))
