"""Attention with scores for relative places, as Transformer-XL and XLNet have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, at_most
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def relative_attention(a: Author, *, both_ways: bool = True, memory: str = "all") -> Tensor:
    """A token scores others by what they hold and, apart from that, by how far away they are.

    Distances, as waves of the model's width, pass a matrix of their own: 2 s of them, or s + 1
    where only earlier tokens are seen. Kept is the input of the layer: "all" of it, its last W
    tokens ("window"), or nothing (""). Segments have weights, which stand by. Shapes: x is batch,
    time, model; so is the result. Source: Yang et al. 2019, XLNet, arXiv 1906.08237, section 2.5;
    Dai et al. 2019, Transformer-XL, arXiv 1901.02860, section 3.3.
    """
    x = a.input("batch time model")
    time = a.size("time")
    a.axis("distances", time * 2 if both_ways else time + Poly.of(1))
    seen = _seen(a, x, memory)
    q = a.linear("W_Q", x, "model -> heads head")
    k = a.linear("W_K", seen, "model -> heads head")
    v = a.linear("W_V", seen, "model -> heads head")
    waves = a.given("waves", "batch distances model")
    far = a.linear("W_D", waves, "model -> heads head")
    held = a.map("add", q, a.weight("u_held", "heads head"), role=Role.BIAS, name="ask_held")
    away = a.map("add", q, a.weight("u_away", "heads head"), role=Role.BIAS, name="ask_away")
    axes = "batch heads time past"
    scores = a.contract(
        f"batch time heads head, batch past heads head -> {axes}", held, k, name="scores"
    )
    distant = a.contract(
        "batch time heads head, batch distances heads head -> batch heads time distances",
        away,
        far,
        name="scores_of_distance",
    )
    scores = a.map("add", scores, a.map("join", distant, name="shift", axes=axes))
    scores = _without_segments(a, scores, axes)
    mix = a.contract(
        f"{axes}, batch past heads head -> batch time heads head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
    return a.linear("W_O", mix, "heads head -> model")


def _without_segments(a: Author, scores: Tensor, axes: str) -> Tensor:
    """Scores for being in one segment stand by, as tokens alone say nothing of segments."""
    a.axis("sides", 2)
    spare = [a.weight("u_side", "heads head"), a.weight("sides_of", "sides heads head")]
    return a.map("idle", scores, *spare, name="no_segments", axes=axes)


def _seen(a: Author, x: Tensor, memory: str) -> Tensor:
    """What keys and values are made of, kept for later tokens or not."""
    if not memory:
        return a.map("join", x, name="seen", axes="batch past model")
    kept = ""
    if memory == "window":
        kept = a.axis("recent", at_most(a.size("time"), a.size("window")))
    return a.remember(x, keep=kept)
