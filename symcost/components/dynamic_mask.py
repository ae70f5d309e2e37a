"""Attention with a mask made from the values, and experts found by a product of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most
from symcost.components.feed_forward import activated, gated_feed_forward
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def dynamic_mask_attention(a: Author, *, bias: bool = False, window: bool = False) -> Tensor:
    """Grouped attention; every value adds a number to the scores that look at it.

    The number, one for each group, comes from all value heads of the token. Shapes: x is batch,
    time, model; so is the result. Source: Shi et al. 2024, Wonderful Matrices, arXiv 2412.11834.
    """
    x = a.input("batch time model")
    q = a.linear("W_Q", x, "model -> groups share head", bias=bias)
    k = a.linear("W_K", x, "model -> groups head", bias=bias)
    v = a.linear("W_V", x, "model -> groups head", bias=bias)
    q, k = normalised(a, q, "rms", "head", "q"), normalised(a, k, "rms", "head", "k")
    kept = ""
    if window:
        kept = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    k, v = a.remember(k, keep=kept), a.remember(v, keep=kept)
    a.axis("masks", a.size("groups"))
    offset = a.linear("W_D", v, "groups head -> masks", bias=bias)
    offset = a.map("multiply", offset, a.weight("decay", "masks", Role.SCALE), name="decayed")
    scores = a.contract(
        "batch time groups share head, batch past groups head -> batch groups share time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    scores = a.map("scale", scores)
    scores = a.map("add", scores, offset, name="add_offset", axes="batch groups share time past")
    mix = a.contract(
        "batch groups share time past, batch past groups head -> batch time groups share head",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )
    return a.linear("W_O", mix, "groups share head -> model", bias=bias)


def product_key_experts(a: Author, *, bias: bool = False, activation: str = "silu") -> Tensor:
    """A gated block for every token, and k of E experts that are one row down and one row up.

    Two short lists of keys are scored; the sum of one score of each ranks the experts. Shapes: x is
    batch, time, model; so is the result. Source: He 2024, Mixture of A Million Experts, arXiv
    2407.04153, section 2; Shi et al. 2024, arXiv 2412.11834.
    """
    x = a.input("batch time model")
    a.axis("halves", 2)
    scores = a.linear("W_R", x, "model -> halves sub_keys", role=Role.ROUTER)
    choice = a.choose(scores, "halves sub_keys -> chosen")
    down = a.pick(a.weight("down", "experts model", Role.EMBEDDING), choice, "experts")
    up = a.pick(a.weight("up", "experts model", Role.EMBEDDING), choice, "experts")
    inner = a.contract(
        "batch time chosen model, batch time model -> batch time chosen",
        down,
        x,
        name="look_down",
        role=Role.MATRIX,
    )
    inner = a.map("multiply", activated(a, activation, inner), choice, name="weigh")
    found = a.contract(
        "batch time chosen, batch time chosen model -> batch time model",
        inner,
        up,
        name="look_up",
        role=Role.MATRIX,
    )
    every = a.part("shared", gated_feed_forward, x, bias=bias, out_bias=bias, activation=activation)
    return a.map("add", every, found, name="add_experts")
