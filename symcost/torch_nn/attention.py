"""Attention and the layers of a transformer, as torch.nn has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import feed_forward
from symcost.components.norm import norm
from symcost.graph.tensor import Role
from symcost.torch_nn.module import ARGUMENT, SHAPE, Module

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.torch_nn.module import Shape, Sizes

TILE = Relation(
    dim("head"), Poly.of(dim("model")) / Poly.of(dim("heads")), "the heads tile the width"
)


def attention(
    a: Author, *, bias: bool, keys: str, key: str, value: str, inputs: int, more: int, rows: bool
) -> Tensor:
    """Queries from the first input, keys and values from the same one or from others.

    `keys` is the axis of their places, `key` and `value` the axes of their widths; `inputs` how
    many tensors come in. `more` places are appended to keys and values, learned where `rows` is
    set. Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2; torch.nn.MultiheadAttention.
    """
    x = a.input("batch time model")
    from_keys = a.input(f"batch {keys} {key}", "key") if inputs > 1 else x
    from_values = a.input(f"batch {keys} {value}", "value") if inputs > 2 else from_keys
    a.axis("seen", a.size(keys) + more)
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = [a.linear("W_K", from_keys, f"{key} -> heads head", bias=bias)]
    v = [a.linear("W_V", from_values, f"{value} -> heads head", bias=bias)]
    if rows:
        k.append(a.weight("k_row", "heads head", Role.BIAS))
        v.append(a.weight("v_row", "heads head", Role.BIAS))
    ks = a.map("join", *k, name="keys", axes="batch seen heads head")
    vs = a.map("join", *v, name="values", axes="batch seen heads head")
    scores = a.contract(
        "batch time heads head, batch seen heads head -> batch heads time seen",
        q,
        ks,
        name="scores",
    )
    mix = a.contract(
        "batch heads time seen, batch seen heads head -> batch time heads head",
        a.map("softmax", a.map("scale", scores)),
        vs,
        name="mix",
    )
    return a.linear("W_O", mix, "heads head -> model", bias=bias)


@final
@dataclass(frozen=True)
class MultiheadAttention(Module):
    """Attention with as many heads as divide the width. One shape: queries, keys, values in one."""

    embed_dim: int
    num_heads: int
    dropout: float = 0.0
    bias: bool = True
    add_bias_kv: bool = False
    add_zero_attn: bool = False
    kdim: int | None = None
    vdim: int | None = None
    batch_first: bool = False

    inputs = (1, 3)
    relations = (TILE,)

    def sizes(self, *shapes: Shape) -> Sizes:
        """Batch, tokens, widths, heads."""
        if self.num_heads < 1 or self.embed_dim % self.num_heads:
            self.fail(f"{self.num_heads} heads do not divide the width {self.embed_dim}")
        batch, time = self.sequence(shapes[0], self.embed_dim, self.batch_first)
        sizes: Sizes = {
            "batch": (batch, SHAPE),
            "time": (time, SHAPE),
            "model": (self.embed_dim, ARGUMENT),
            "heads": (self.num_heads, ARGUMENT),
        }
        kdim, vdim = self.kdim or self.embed_dim, self.vdim or self.embed_dim
        if len(shapes) == 1:
            if (kdim, vdim) != (self.embed_dim, self.embed_dim):
                self.fail("keys or values of another width need a shape of their own")
            return sizes
        places = self.sequence(shapes[1], kdim, self.batch_first)
        if places != self.sequence(shapes[2], vdim, self.batch_first) or places[0] != batch:
            self.fail("the shapes of keys and values differ, or their batch is another")
        sizes["source"] = (places[1], SHAPE)
        sizes["key_width"], sizes["value_width"] = (kdim, ARGUMENT), (vdim, ARGUMENT)
        return sizes

    def flags(self, *shapes: Shape) -> dict[str, bool | int]:
        """How many tensors come in."""
        return {"inputs": len(shapes)}

    def declare(self, a: Author, *, gradient: bool, inputs: int = 1) -> Tensor:
        """Attention of one sequence to itself, or to another. Source: torch.nn."""
        x = [a.input("batch time model", "query", needs_gradient=gradient)]
        own = inputs == 1
        if not own:
            x.append(a.input("batch source key_width", "key", needs_gradient=gradient))
            x.append(a.input("batch source value_width", "value", needs_gradient=gradient))
        return a.part(
            "attention",
            attention,
            *x,
            bias=self.bias,
            keys="time" if own else "source",
            key="model" if own else "key_width",
            value="model" if own else "value_width",
            inputs=inputs,
            more=int(self.add_bias_kv) + int(self.add_zero_attn),
            rows=self.add_bias_kv,
        )


@final
@dataclass(frozen=True)
class ScaledDotProductAttention(Module):
    """torch.nn.functional.scaled_dot_product_attention: scores and mix, no weights."""

    is_causal: bool = False
    enable_gqa: bool = False

    inputs = (3,)

    def sizes(self, *shapes: Shape) -> Sizes:
        """Batch, heads, places and widths."""
        q, k, v = shapes
        if not len(q) == len(k) == len(v) == 4 or k[:3] != v[:3] or q[3] != k[3] or q[0] != k[0]:
            self.fail("the shapes must be batch, heads, places, width, and agree")
        if q[1] % k[1] or (q[1] != k[1] and not self.enable_gqa):
            self.fail(f"{q[1]} query heads do not fit {k[1]} key heads")
        return {
            "batch": (q[0], SHAPE),
            "groups": (k[1], SHAPE),
            "share": (q[1] // k[1], SHAPE),
            "time": (q[2], SHAPE),
            "source": (k[2], SHAPE),
            "head": (q[3], SHAPE),
            "value_head": (v[3], SHAPE),
        }

    def flags(self, *shapes: Shape) -> dict[str, bool | int]:
        """Whether the causal mask is a triangle of a square."""
        return {"square": self.is_causal and shapes[0][2] == shapes[1][2]}

    def declare(self, a: Author, *, gradient: bool, square: bool = False) -> Tensor:
        """Queries times keys, a softmax, times values. Source: torch.nn.functional."""
        past, mask = ("past", "causal") if square else ("source", "")
        if not square:
            a.axis("past", a.size("source"))
        q = a.input("batch groups share time head", "query", needs_gradient=gradient)
        k = a.input(f"batch groups {past} head", "key", needs_gradient=gradient)
        v = a.input(f"batch groups {past} value_head", "value", needs_gradient=gradient)
        scores = a.contract(
            f"batch groups share time head, batch groups {past} head "
            f"-> batch groups share time {past}",
            q,
            k,
            name="scores",
            mask=mask,
        )
        return a.contract(
            f"batch groups share time {past}, batch groups {past} value_head "
            "-> batch groups share time value_head",
            a.map("softmax", a.map("scale", scores)),
            v,
            name="mix",
            mask=mask,
        )


@dataclass(frozen=True)
class _TransformerLayer(Module):
    d_model: int
    nhead: int
    dim_feedforward: int = 2048
    dropout: float = 0.1
    activation: str = "relu"
    layer_norm_eps: float = 1e-5
    batch_first: bool = False
    norm_first: bool = False
    bias: bool = True

    relations = (TILE,)

    def sizes(self, *shapes: Shape) -> Sizes:
        """Batch, tokens of each input, widths, heads."""
        if self.nhead < 1 or self.d_model % self.nhead:
            self.fail(f"{self.nhead} heads do not divide the width {self.d_model}")
        if self.activation not in ("relu", "gelu"):
            self.fail(f"the activation {self.activation!r:.20} is not known")
        batch, time = self.sequence(shapes[0], self.d_model, self.batch_first)
        sizes: Sizes = {
            "batch": (batch, SHAPE),
            "time": (time, SHAPE),
            "model": (self.d_model, ARGUMENT),
            "heads": (self.nhead, ARGUMENT),
            "feed": (self.dim_feedforward, ARGUMENT),
        }
        if len(shapes) > 1:
            other, source = self.sequence(shapes[1], self.d_model, self.batch_first)
            if other != batch:
                self.fail("the batches of both inputs differ")
            sizes["source"] = (source, SHAPE)
        return sizes

    def block(self, a: Author, x: Tensor, index: int, name: str, memory: Tensor | None) -> Tensor:
        """One block with its norm, before it or behind the sum."""
        kind = "layer" if self.bias else "layer_scale"
        y = a.part(f"norm_{index}", norm, x, kind=kind) if self.norm_first else x
        if name == "feed_forward":
            y = a.part(name, feed_forward, y, bias=self.bias, activation=self.activation)
        else:
            flags = {"bias": self.bias, "key": "model", "value": "model", "more": 0, "rows": False}
            reads = (y,) if memory is None else (y, memory)
            keys = "time" if memory is None else "source"
            y = a.part(name, attention, *reads, keys=keys, inputs=len(reads), **flags)
        x = a.map("add", x, y, name=f"add_{name}")
        return x if self.norm_first else a.part(f"norm_{index}", norm, x, kind=kind)


@final
class TransformerEncoderLayer(_TransformerLayer):
    """Attention and a feed-forward block, each added to what came in, with two norms."""

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Self-attention, then the feed-forward block. Source: Vaswani et al. 2017, section 3.1."""
        x = a.input("batch time model", needs_gradient=gradient)
        x = self.block(a, x, 1, "self_attention", None)
        return self.block(a, x, 2, "feed_forward", None)


@final
class TransformerDecoderLayer(_TransformerLayer):
    """As the encoder's layer, with attention to the encoder's result in the middle."""

    inputs = (2,)

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Self-attention, attention to the memory, feed-forward. Source: Vaswani et al. 2017."""
        x = a.input("batch time model", needs_gradient=gradient)
        memory = a.input("batch source model", "memory", needs_gradient=gradient)
        x = self.block(a, x, 1, "self_attention", None)
        x = self.block(a, x, 2, "cross_attention", memory)
        return self.block(a, x, 3, "feed_forward", None)
