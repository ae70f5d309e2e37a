"""MobileViT: split convolutions, and attention between the same places of all patches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.poly import Poly, called
from symcost.components.picture import (
    attended,
    biased,
    chain,
    classified,
    dense,
    mean,
    normed,
    picture,
    width,
)
from symcost.graph.tensor import Role
from symcost.models.light_nets import step

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Inverted:
    """A block that widens, looks around channel by channel, and narrows again."""

    before: int
    inner: int
    out: int
    stride: int


@final
@dataclass(frozen=True)
class Far:
    """Layers between patches: width, number, inner width, heads (0: linear), bias of queries."""

    wide: int
    layers: int
    feed: int
    heads: int
    bias: bool


@final
@dataclass(frozen=True)
class Mobile:
    """A whole network: the stem, blocks, then pairs of a block and layers between patches."""

    stem: int
    blocks: tuple[Inverted, ...]
    far: tuple[tuple[Inverted, Far], ...]
    last: int
    patch: int
    kernel: int


def mobilevit(a: Author, *, spec: Mobile, head: bool) -> Tensor:
    """Convolutions see what is near, layers between patches what is far.

    Source: Mehta and Rastegari 2021, MobileViT, arXiv 2110.02178, section 3; Mehta and Rastegari
    2022, Separable Self-attention, arXiv 2206.02680, section 3.
    """
    x = _step(a, picture(a), "stem", spec.stem, 3, stride=2)
    for index, block in enumerate(spec.blocks):
        x = _inverted(a, x, f"block_{index}_", block)
    for index, (block, far) in enumerate(spec.far):
        x = _inverted(a, x, f"down_{index}_", block)
        x = _seen_far(a, x, f"far_{index}_", block.out, far, spec)
    x = _step(a, x, "last", spec.last) if spec.last else x
    y = mean(a, x)
    return classified(a, y) if head else y


def _step(a: Author, x: Tensor, name: str, out: int, kernel: int = 1, **flags: Any) -> Tensor:
    """A convolution with as much padding as keeps the places, a norm and a function."""
    flags = {"function": "silu", **flags}
    return step(a, x, name, out, kernel, padding=(kernel - 1) // 2, **flags)


def _inverted(a: Author, x: Tensor, mark: str, at: Inverted) -> Tensor:
    y = _step(a, x, f"{mark}up", at.inner)
    y = _step(a, y, f"{mark}deep", at.inner, 3, stride=at.stride, groups=at.inner)
    y = _step(a, y, f"{mark}down", at.out, function="")
    if at.stride > 1 or at.before != at.out:
        return y
    return a.map("add", x, y, name=f"{mark}add")


def _seen_far(a: Author, x: Tensor, mark: str, wide: int, far: Far, spec: Mobile) -> Tensor:
    """Near places, then layers between patches, then back to the width that came in."""
    linear = not far.heads
    y = _step(a, x, f"{mark}near", wide, spec.kernel, groups=wide if linear else 1)
    y = dense(a, y, f"{mark}in", far.wide, bias=False, role=Role.CONVOLUTION)
    whole = " ".join(y.axes)
    y = _patches(a, y, mark, spec.patch, "floor" if linear else "ceil")
    body = linear_layer if linear else far_layer
    y = chain(a, y, f"{mark}layers", far.layers, body, far=far)
    y = a.map("join", normed(a, y, f"{mark}last"), name=f"{mark}fold", axes=whole)
    y = _step(a, y, f"{mark}out", wide, function="" if linear else "silu")
    if linear:
        return y
    both = " ".join((*x.axes[:-1], width(a, 2 * wide)))
    y = a.map("join", x, y, name=f"{mark}both", axes=both)
    return _step(a, y, f"{mark}fused", wide, spec.kernel)


def _patches(a: Author, y: Tensor, mark: str, patch: int, rounding: str) -> Tensor:
    """The places of every patch, and all patches; `rounding` says what becomes of a rest."""
    sides = [called(rounding, [Poly.of(a.size(axis)) / patch]) for axis in y.axes[1:3]]
    a.axis(f"{mark}pieces", sides[0] * sides[1])
    a.axis("within", patch**2)
    return a.map("join", y, name=f"{mark}unfold", axes=f"batch within {mark}pieces {y.axes[-1]}")


def far_layer(a: Author, x: Tensor, mark: str, *, far: Far) -> Tensor:
    """Attention between the same places of all patches, and two matrices."""
    pieces, wide = x.axes[-2], far.wide
    a.axis("looks", far.heads)
    a.axis(f"look_{wide}", wide // far.heads)
    a.axis("pieces_seen", a.size(pieces))
    z = normed(a, x, f"{mark}attention")

    def split(name: str, axis: str) -> Tensor:
        made = dense(a, z, f"W_{name}", wide, bias=far.bias)
        axes = f"batch within {axis} looks look_{wide}"
        return a.map("join", made, name=f"split_{name}", axes=axes)

    y = attended(a, split("Q", pieces), split("K", "pieces_seen"), split("V", "pieces_seen"))
    y = a.map("join", y, name="joined_heads", axes=" ".join(x.axes))
    x = a.map("add", x, dense(a, y, "W_O", wide), name=f"{mark}add_attention")
    y = a.map("silu", dense(a, normed(a, x, f"{mark}feed"), "W_1", far.feed), name="feed_silu")
    return a.map("add", x, dense(a, y, "W_2", wide), name=f"{mark}add_feed")


def linear_layer(a: Author, x: Tensor, mark: str, *, far: Far) -> Tensor:
    """One number for each place weighs its key; the sum of all keys multiplies every value."""
    across, wide = Role.CONVOLUTION, far.wide
    z = normed(a, x, f"{mark}attention")
    parts = dense(a, z, "W_QKV", 1 + 2 * wide, bias=False, role=across)
    parts = biased(a, parts, "W_QKV")
    y = a.map("softmax", parts, name="shares", axes=" ".join(x.axes))
    y = dense(a, a.map("relu", y, name="values"), "W_O", wide, role=across)
    x = a.map("add", x, y, name=f"{mark}add_attention")
    y = dense(a, normed(a, x, f"{mark}feed"), "W_1", far.feed, role=across)
    y = dense(a, a.map("silu", y, name="feed_silu"), "W_2", wide, role=across)
    return a.map("add", x, y, name=f"{mark}add_feed")
