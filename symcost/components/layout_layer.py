"""A layer of two streams, one of words and a narrower one of their places on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

# Of each stream: its width, the width of its heads, and its inner width.
WORDS = ("model", "head", "feed")
PLACES = ("place_width", "place_head", "place_feed")


def layout_layer(a: Author, *, activation: str = "gelu", last: bool = False) -> Tensor:
    """Both streams make scores; each mixes its own values by the sum of both.

    The streams come in, and leave, side by side. Nothing reads what the `last` layer makes of the
    places, so training does not reach it. Shapes: x is batch, time, both; so is the result.
    Source: Wang et al. 2022, LiLT, arXiv 2202.13669, section 3.1.
    """
    x = a.input("batch time both")
    a.axis("seen", a.size("time"))
    words = a.map("join", x, name="words", axes="batch time model")
    places = a.map("join", x, name="places", axes="batch time place_width")
    scores = _scores(a, words, *WORDS[:2], "word")
    more = _scores(a, places, *PLACES[:2], "place")
    scores = a.map("add", scores, more, name="add_scores")
    words = _rest(a, words, scores, WORDS, "word", activation)
    if last:
        places, scores = a.detach(places), a.detach(scores)
    places = _rest(a, places, scores, PLACES, "place", activation, train=not last)
    return a.map("join", words, places, name="side_by_side", axes="batch time both")


def _scores(a: Author, x: Tensor, width: str, head: str, name: str) -> Tensor:
    """The scores that one stream makes."""
    q = a.linear(f"W_Q_{name}", x, f"{width} -> heads {head}", bias=True)
    k = a.linear(f"W_K_{name}", x, f"{width} -> heads {head}", bias=True)
    k = a.map("join", k, name=f"keys_{name}", axes=f"batch seen heads {head}")
    scores = a.contract(
        f"batch time heads {head}, batch seen heads {head} -> batch heads time seen",
        q,
        k,
        name=f"scores_{name}",
    )
    return a.map("scale", scores, name=f"scale_{name}")


def _rest(
    a: Author,
    x: Tensor,
    scores: Tensor,
    widths: tuple[str, str, str],
    name: str,
    activation: str,
    *,
    train: bool = True,
) -> Tensor:
    """The mix of one stream's values, and its feed-forward block, each added and normed."""
    width, head, feed = widths

    def times(mark: str, z: Tensor, eaten: str, made: str) -> Tensor:
        weight = a.weight(f"W_{mark}_{name}", f"{eaten} {made}", train=train)
        offset = a.weight(f"b_{mark}_{name}", made, Role.BIAS, train=train)
        y = a.linear(weight, z, f"{eaten} -> {made}", name=f"{mark}_{name}")
        return a.map("add", y, offset, role=Role.BIAS, name=f"add_b_{mark}_{name}")

    v = times("V", x, width, f"heads {head}")
    v = a.map("join", v, name=f"values_{name}", axes=f"batch seen heads {head}")
    mix = a.contract(
        f"batch heads time seen, batch seen heads {head} -> batch time heads {head}",
        a.map("softmax", scores, name=f"softmax_{name}"),
        v,
        name=f"mix_{name}",
    )
    y = a.map("add", x, times("O", mix, f"heads {head}", width), name=f"add_attention_{name}")
    x = _normed(a, y, width, f"1_{name}", train=train)
    inner = a.map(activation, times("1", x, width, feed), name=f"inner_{name}")
    y = a.map("add", x, times("2", inner, feed, width), name=f"add_feed_forward_{name}")
    return _normed(a, y, width, f"2_{name}", train=train)


def _normed(a: Author, x: Tensor, width: str, name: str, *, train: bool) -> Tensor:
    """The usual norm; its vectors may be ones that training does not reach."""
    if train:
        return normalised(a, x, "layer", width, name)
    gamma = a.weight(f"gamma_{name}", width, Role.NORM, train=False)
    beta = a.weight(f"beta_{name}", width, Role.NORM, train=False)
    return a.map("layer_norm", x, gamma, beta, name=f"norm_{name}")
