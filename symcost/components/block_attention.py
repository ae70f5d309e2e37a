"""Attention of an encoder in blocks: a token sees its own block and the two beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Call, Poly, rounded_up
from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

NEAR = ("distance", "heads local_block near")
FAR = ("block_distance", "heads time globals")


def near_sizes() -> dict[str, Poly]:
    """The axes of places in three blocks, and of tokens that stand for a whole block."""
    size = Poly.of(Call("floor", [_dim("source") / _dim("global_block")]))
    return {"near": 3 * _dim("local_block"), "globals": size}


def block_attention(a: Author, *, transient: bool = False) -> Tensor:
    """The sequence is padded to whole blocks; scores get a learned number for the distance.

    `transient`: sums over blocks of tokens, normed, are keys and values for every token as well;
    the scores of distances to them are handed in too. Shapes: x is batch, time, model; so is the
    result. Source: Guo et al. 2021, LongT5, arXiv 2112.07916, section 3.
    """
    x = a.input("batch time model")
    scores_near = a.input(NEAR[1], NEAR[0])
    seen = a.size("near") + (a.size("globals") if transient else 0)
    a.axis("seen", seen)
    a.axis("blocks", rounded_up(a.size("time"), a.size("local_block")) / a.size("local_block"))
    w_k, w_v = a.weight("W_K", "model heads head"), a.weight("W_V", "model heads head")
    q = a.linear("W_Q", x, "model -> heads head")
    keys = [a.linear(w_k, x, "model -> heads head", name="keys")]
    values = [a.linear(w_v, x, "model -> heads head", name="values")]
    more = [scores_near]
    if transient:
        more.append(a.input(FAR[1], FAR[0]))
        g = _sums(a, x)
        keys.append(a.linear(w_k, g, "model -> heads head", name="global_keys"))
        values.append(a.linear(w_v, g, "model -> heads head", name="global_values"))
    q = a.map("join", q, name="query_blocks", axes="batch blocks local_block heads head")
    k = a.map("join", *keys, name="key_blocks", axes="batch blocks seen heads head")
    v = a.map("join", *values, name="value_blocks", axes="batch blocks seen heads head")
    scores = a.contract(
        "batch blocks local_block heads head, batch blocks seen heads head "
        "-> batch blocks heads local_block seen",
        q,
        k,
        name="scores",
    )
    scores = a.map("add", scores, *more, name="add_offsets", axes=" ".join(scores.axes))
    mix = a.contract(
        "batch blocks heads local_block seen, batch blocks seen heads head "
        "-> batch blocks local_block heads head",
        a.map("softmax", scores),
        v,
        name="mix",
    )
    mix = a.map("join", mix, name="unpad", axes="batch time heads head")
    return a.linear("W_O", mix, "heads head -> model")


def _sums(a: Author, x: Tensor) -> Tensor:
    """One token for each whole block of tokens: their sum, normed."""
    member = a.map("join", a.detach(x, "no_content"), axes="batch time globals", name="member")
    g = a.contract(
        "batch time model, batch time globals -> batch globals model",
        x,
        member,
        name="sum_blocks",
    )
    return normalised(a, g, "rms", name="global")


def _dim(word: str) -> Poly:
    return Poly.of(dim(word))
