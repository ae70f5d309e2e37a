"""Hiera: plain layers over ever fewer tokens, attention inside units of an image or over it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly
from symcost.components.picture import (
    attended,
    chain,
    classified,
    convolved_image,
    dense,
    normed,
    picture,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class HieraLayer:
    """One layer: its widths, heads, how many tokens become one, and the tokens of a unit.

    `window` counts the tokens that see each other, before any of them are pooled; 0 for all.
    """

    before: int
    wide: int
    feed: int
    heads: int
    pool: int
    window: int


@final
@dataclass(frozen=True)
class Hiera:
    """The cut into pieces (kernel, stride, padding), and runs of equal layers."""

    cut: tuple[int, int, int]
    runs: tuple[tuple[int, HieraLayer], ...]


def hiera(a: Author, *, spec: Hiera, head: bool) -> Tensor:
    """Pieces that overlap, learned places, layers, a mean and a norm.

    Source: Ryali et al. 2023, Hiera, arXiv 2306.00989, section 3.
    """
    kernel, stride, padding = spec.cut
    wide = spec.runs[0][1].before
    x = convolved_image(a, picture(a), "pieces", wide, kernel, stride, padding=padding, bias=True)
    count = Poly.of(a.size(x.axes[1])) * Poly.of(a.size(x.axes[2]))
    a.axis("tokens_1", count)
    x = a.map("join", x, name="flat", axes=f"batch tokens_1 {x.axes[-1]}")
    x = a.map("add", x, a.weight("places", f"tokens_1 {x.axes[-1]}", Role.SCALE), name="add_places")
    pooled = 1
    for index, (times, layer) in enumerate(spec.runs):
        if layer.pool > 1 or layer.before != layer.wide:
            pooled *= layer.pool
            a.axis(f"tokens_{pooled}", count / pooled)
            x = hiera_layer(a, x, f"narrow_{index}_", layer=layer, pooled=pooled)
        else:
            flags = {"layer": layer, "pooled": pooled}
            x = chain(a, x, f"layers_{index}", times, hiera_layer, **flags)
    y = normed(a, a.map("join", x, name="mean", axes=f"batch {x.axes[-1]}"), "last")
    return classified(a, y) if head else y


def hiera_layer(a: Author, x: Tensor, mark: str, *, layer: HieraLayer, pooled: int) -> Tensor:
    """Attention and two matrices; the result has `pooled` times fewer tokens than the image."""
    tokens, made = x.axes[1], f"tokens_{pooled}"
    z = normed(a, x, f"{mark}attention")
    if layer.before != layer.wide:
        x = dense(a, z, f"{mark}short", layer.wide)
        x = a.map("join", x, name=f"{mark}best", axes=f"batch {made} {x.axes[-1]}")
    y = _attention(a, z, mark, layer, tokens)
    y = a.map("join", y, name=f"{mark}join", axes=f"batch {made} {x.axes[-1]}")
    x = a.map("add", x, dense(a, y, f"{mark}W_O", layer.wide), name=f"{mark}add_attention")
    y = dense(a, normed(a, x, f"{mark}feed"), f"{mark}W_1", layer.feed)
    y = dense(a, a.map("gelu", y, name=f"{mark}gelu"), f"{mark}W_2", layer.wide)
    return a.map("add", x, y, name=f"{mark}add_feed")


def _attention(a: Author, z: Tensor, mark: str, layer: HieraLayer, tokens: str) -> Tensor:
    """Queries, of which the largest of each few remain, against all keys of their unit."""
    every = Poly.of(a.size(tokens))
    seen = Poly.of(layer.window) if layer.window else every
    a.axis(f"{mark}units", every / seen if layer.window else Poly.of(1))
    a.axis(f"{mark}seen", seen)
    a.axis(f"{mark}asked", seen / layer.pool)
    a.axis(f"{mark}looks", layer.heads)
    a.axis(f"{mark}look", layer.wide // layer.heads)
    both = dense(a, z, f"{mark}W_QKV", 3 * layer.wide)

    def split(word: str, place: str) -> Tensor:
        axes = f"batch {mark}units {mark}{place} {mark}looks {mark}look"
        return a.map("join", both, name=f"{mark}{word}", axes=axes)

    queries, keys = split("queries", "asked"), split("keys", "seen")
    return attended(a, queries, keys, split("values", "seen"), mark=mark)
