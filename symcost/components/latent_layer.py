"""A layer of Perceiver: vectors read others, or each other, with an attention of free widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Reading:
    """The axes of a layer: who asks (`rows` by `width`), who is asked (`seen` by `other`).

    Where nobody else is asked, `seen` and `other` are "". `alone`: what attention brings is not
    added to what came in.
    """

    rows: str
    width: str
    heads: str
    head: str
    value: str
    feed: str
    seen: str = ""
    other: str = ""
    alone: bool = False
    activation: str = "gelu"

    def weights(self) -> dict[str, tuple[str, Role]]:
        """The name of every weight, its axes and its role."""
        wide, heads, other = self.width, self.heads, self.other or self.width
        key, value = f"{heads} {self.head}", f"{heads} {self.value}"
        found = {
            "W_Q": (f"{wide} {key}", Role.MATRIX),
            "W_K": (f"{other} {key}", Role.MATRIX),
            "W_V": (f"{other} {value}", Role.MATRIX),
            "W_O": (f"{value} {wide}", Role.MATRIX),
            "W_1": (f"{wide} {self.feed}", Role.MATRIX),
            "W_2": (f"{self.feed} {wide}", Role.MATRIX),
            "b_Q": (key, Role.BIAS),
            "b_K": (key, Role.BIAS),
            "b_V": (value, Role.BIAS),
            "b_O": (wide, Role.BIAS),
            "b_1": (self.feed, Role.BIAS),
            "b_2": (wide, Role.BIAS),
        }
        for name in ("before", "between"):
            found |= {f"{each}_{name}": (wide, Role.NORM) for each in ("gamma", "beta")}
        if self.other:
            found |= {f"{each}_other": (other, Role.NORM) for each in ("gamma", "beta")}
        return found


def latent_layer(a: Author, *, spec: Reading) -> Tensor:
    """Norm and attention, then norm and feed-forward block, each added to what came in.

    Shapes: x is batch, rows, width; what it reads batch, seen, other; the result as x. Source:
    Jaegle et al. 2021, Perceiver IO, arXiv 2107.14795, section 3.1 and appendix E.
    """
    x = a.input(f"batch {spec.rows} {spec.width}")
    memory = a.input(f"batch {spec.seen} {spec.other}", "memory") if spec.seen else None
    weights = {name: a.weight(name, *each) for name, each in spec.weights().items()}
    return _layer(a, spec, weights, x, memory)


def latent_block(a: Author, *, spec: Reading) -> Tensor:
    """All layers once, with weights that are handed in, an axis `layers` counting them.

    Shapes: x is batch, rows, width; so is the result. Source: Jaegle et al. 2021, Perceiver, arXiv
    2103.03206, section 3.1.
    """
    x = a.input(f"batch {spec.rows} {spec.width}")
    weights = [a.input(f"layers {axes}", name) for name, (axes, _) in spec.weights().items()]
    return a.repeat("layer", "layers", latent_slice, x, *weights, spec=spec)


def latent_slice(a: Author, *, spec: Reading) -> Tensor:
    """A layer that takes its own from the weights of all layers.

    Shapes: x is batch, rows, width; so is the result. Source: as `latent_block`.
    """
    x = a.input(f"batch {spec.rows} {spec.width}")
    own = {}
    for name, (axes, _) in spec.weights().items():
        every = a.input(f"layers {axes}", name)
        own[name] = a.map("join", every, name=f"own_{name}", axes=axes)
    return _layer(a, spec, own, x, None)


def _layer(
    a: Author, spec: Reading, w: dict[str, Tensor], x: Tensor, memory: Tensor | None
) -> Tensor:
    """The layer, with the weights that are given."""
    wide, heads, other = spec.width, spec.heads, spec.other or spec.width
    key, value = f"{heads} {spec.head}", f"{heads} {spec.value}"

    def affine(y: Tensor, name: str, arrow: str) -> Tensor:
        y = a.linear(w[f"W_{name}"], y, arrow, name=f"product_{name}")
        return a.map("add", y, w[f"b_{name}"], role=Role.BIAS, name=f"add_b_{name}")

    def normed(y: Tensor, name: str) -> Tensor:
        return a.map("layer_norm", y, w[f"gamma_{name}"], w[f"beta_{name}"], name=f"norm_{name}")

    y = normed(x, "before")
    read = y if memory is None else normed(memory, "other")
    q = affine(y, "Q", f"{wide} -> {key}")
    k, v = affine(read, "K", f"{other} -> {key}"), affine(read, "V", f"{other} -> {value}")
    seen = spec.seen
    if memory is None:
        seen = a.axis("seen", a.size(spec.rows))
        k = a.map("join", k, name="keys", axes=f"batch {seen} {key}")
        v = a.map("join", v, name="values", axes=f"batch {seen} {value}")
    y = affine(_mixed(a, spec, q, k, v, seen), "O", f"{value} -> {wide}")
    x = y if spec.alone else a.map("add", x, y, name="add_attention")
    y = affine(normed(x, "between"), "1", f"{wide} -> {spec.feed}")
    y = affine(a.map(spec.activation, y), "2", f"{spec.feed} -> {wide}")
    return a.map("add", x, y, name="add_feed_forward")


def _mixed(a: Author, spec: Reading, q: Tensor, k: Tensor, v: Tensor, seen: str) -> Tensor:
    """The mix of the values of all that is read."""
    rows, heads = spec.rows, spec.heads
    key, value = f"{heads} {spec.head}", f"{heads} {spec.value}"
    scores = a.contract(
        f"batch {rows} {key}, batch {seen} {key} -> batch {heads} {rows} {seen}",
        q,
        k,
        name="scores",
    )
    return a.contract(
        f"batch {heads} {rows} {seen}, batch {seen} {value} -> batch {rows} {value}",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
