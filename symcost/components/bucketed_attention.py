"""Attention with a learned score for each distance between two tokens, by buckets of distances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

DISTANCES = ("distance", "heads time past")


def offsets(a: Author, x: Tensor, axes: str = DISTANCES[1], name: str = DISTANCES[0]) -> Tensor:
    """The score that each head adds for the distance of two tokens; part of another component.

    `axes` are those of the result, the heads first; `name` tells several tables apart. Source:
    Raffel et al. 2019, T5, arXiv 1910.10683, section 2.1.
    """
    cut = a.detach(x, f"no_content_{name}")
    places = a.map("join", cut, axes=axes.removeprefix("heads "), name=f"buckets_{name}")
    return a.gather(f"W_{name}", places, "buckets -> heads", Role.POSITION)


def bucket_scores(a: Author) -> Tensor:
    """The scores of distances for all layers of an encoder, from one table.

    Shapes: x is batch, time, model; the result heads, time, seen. Source: Song et al. 2020, MPNet,
    arXiv 2004.09297; Raffel et al. 2019, T5, arXiv 1910.10683, section 2.1.
    """
    return offsets(a, a.input("batch time model"), "heads time seen")


def bucketed_attention(a: Author, *, whole: bool = False, own: bool = False) -> Tensor:
    """Scores of queries and keys, unscaled, plus a learned number for the bucket of the distance.

    `whole`: every token sees all others and nothing is kept, as in an encoder. `own`: the layer
    has a table of distances of its own; without it the scores of distances are handed in. Shapes:
    x is batch, time, model; so is the result. Source: Raffel et al. 2019, T5, arXiv 1910.10683,
    section 2.1.
    """
    x = a.input("batch time model")
    far = offsets(a, x) if own else a.input(DISTANCES[1], DISTANCES[0])
    q = a.linear("W_Q", x, "model -> heads head")
    k = a.linear("W_K", x, "model -> heads head")
    v = a.linear("W_V", x, "model -> heads head")
    if whole:
        k = a.map("join", k, name="keys", axes="batch past heads head")
        v = a.map("join", v, name="values", axes="batch past heads head")
    else:
        k, v = a.remember(k), a.remember(v)
    mask = "" if whole else "causal"
    scores = a.contract(
        "batch time heads head, batch past heads head -> batch heads time past",
        q,
        k,
        name="scores",
        mask=mask,
    )
    scores = a.map("add", scores, far, name="add_offsets")
    mix = a.contract(
        "batch heads time past, batch past heads head -> batch time heads head",
        a.map("softmax", scores),
        v,
        name="mix",
        mask=mask,
    )
    return a.linear("W_O", mix, "heads head -> model")
