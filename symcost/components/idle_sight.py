"""Encoders of images, described by a specification, that rest while there is only text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

# The name of a weight, its axes and its role.
Resting: TypeAlias = "tuple[str, str, Role]"


@final
@dataclass(frozen=True)
class SightLayer:
    """One layer of an encoder: which biases, norms ("layer", "rms") and learned factors it has.

    `keys` is the axis of all keys, where there are fewer than queries. `head_norm` is the kind of
    norm on queries and keys, over the axis `head_norm_over`; `scales`: each of the two blocks is
    multiplied by a learned vector; `gates`: by one number.
    """

    norm: str = "layer"
    gated: bool = False
    qkv_bias: bool = True
    o_bias: bool = True
    feed_bias: bool = True
    head_norm: str = ""
    head_norm_over: str = "sight_width"
    scales: bool = False
    gates: bool = False
    keys: str = "sight_out"


@final
@dataclass(frozen=True)
class Sight:
    """A whole encoder: weights before and after its layers. Counts are dimensions' words.

    `far` is the kind of the layers on top that see all parts of an image, where there are such.
    """

    before: tuple[Resting, ...]
    layer: SightLayer
    after: tuple[Resting, ...]
    layers: str = "sight_layers"
    pooled: bool = False
    far: SightLayer | None = None
    bridge: tuple[Resting, ...] = ()


def idle_sight(a: Author, *, spec: Sight) -> Tensor:
    """Pieces of an image, layers, and what follows them; no image, no work.

    Shapes: x is batch, time, model; so is the result. Source: Dosovitskiy et al. 2020, ViT, arXiv
    2010.11929, section 3.1; Liu et al. 2023, LLaVA, arXiv 2304.08485, section 4.1.
    """
    x = a.input("batch time model")
    x = a.part("pieces", idle_weights, x, weights=spec.before)
    x = a.repeat("image_layer", spec.layers, idle_layer, x, spec=spec.layer)
    if spec.far is not None:
        x = a.repeat("far_image_layer", "sight_far_layers", idle_layer, x, spec=spec.far)
    if spec.pooled:
        x = a.part("pool", idle_pool, x)
    return a.part("end", idle_weights, x, weights=spec.after) if spec.after else x


def idle_sights(a: Author, *, spec: Sight, count: int = 1) -> Tensor:
    """One encoder, or a second one for films; `bridge` is there once, whatever their number.

    Shapes: x is batch, time, model; so is the result. Source: as `idle_sight`; Lin et al. 2023,
    Video-LLaVA, arXiv 2311.10122, section 3.1.
    """
    x = a.input("batch time model")
    x = a.repeat("encoder", count, idle_sight, x, spec=spec)
    return a.part("bridge", idle_weights, x, weights=spec.bridge) if spec.bridge else x


def idle_weights(a: Author, *, weights: tuple[Resting, ...]) -> Tensor:
    """Weights that stand by: tables, matrices, norms."""
    x = a.input("batch time model")
    made = [a.weight(name, axes, role) for name, axes, role in weights]
    return a.map("idle", x, *made, name="at_rest", axes="batch time model")


def idle_layer(a: Author, *, spec: SightLayer) -> Tensor:
    """One layer: attention and a feed-forward block over the width of the encoder."""
    x = a.input("batch time model")
    a.axis("sight_out", a.size("sight_width"))
    weights: list[Resting] = []
    for word, made in (("Q", "sight_out"), ("K", spec.keys), ("V", spec.keys)):
        weights += matrix(word, "sight_width", made, bias=spec.qkv_bias)
    weights += matrix("O", "sight_width", "sight_out", bias=spec.o_bias)
    for word in ("G", "1") if spec.gated else ("1",):
        weights += matrix(word, "sight_width", "sight_feed", bias=spec.feed_bias)
    weights += matrix("2", "sight_feed", "sight_width", bias=spec.feed_bias)
    for word in "12":
        weights += gain(f"norm_{word}", spec.norm, "sight_width")
    if spec.head_norm:
        for word in "qk":
            weights += gain(f"norm_{word}", spec.head_norm, spec.head_norm_over)
    if spec.scales:
        weights += [(f"scale_{word}", "sight_width", Role.SCALE) for word in "12"]
    if spec.gates:
        one = a.axis("one", 1)
        weights += [(f"gate_{word}", one, Role.SCALE) for word in "12"]
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def idle_pool(a: Author) -> Tensor:
    """A learned query, attention from it, a norm and a feed-forward block."""
    x = a.input("batch time model")
    a.axis("sight_out", a.size("sight_width"))
    weights: list[Resting] = [("query", "sight_width", Role.ATTENTION)]
    for word in "QKVO":
        weights += matrix(word, "sight_width", "sight_out")
    weights += matrix("1", "sight_width", "sight_feed")
    weights += matrix("2", "sight_feed", "sight_width")
    weights += gain("norm", "layer", "sight_width")
    return a.part("weights", idle_weights, x, weights=tuple(weights))


def matrix(name: str, eaten: str, made: str, *, bias: bool = True) -> list[Resting]:
    """A matrix, and a bias over what it makes."""
    found: list[Resting] = [(f"W_{name}", f"{eaten} {made}", Role.MATRIX)]
    return [*found, (f"b_{name}", made, Role.BIAS)] if bias else found


def gain(name: str, kind: str, axis: str) -> list[Resting]:
    """The weights of a norm: a factor, and an offset where it is a "layer" norm."""
    found: list[Resting] = [(f"gamma_{name}", axis, Role.NORM)]
    return [*found, (f"beta_{name}", axis, Role.NORM)] if kind == "layer" else found
