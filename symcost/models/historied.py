"""A decoder whose blocks read a weighted sum of what earlier groups of layers made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.clipped_attention import clipped_attention
from symcost.components.distance_attention import smoothed
from symcost.components.mixture import mixture_of_experts
from symcost.components.norm import norm, normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class HistoryLayer:
    """One kind of layer.

    `starts`: the sum of the residual stream begins anew here. Queries, keys and values are made of
    three inputs where there is no `window`. `sizes` are those of windowed heads.
    """

    starts: bool
    window: bool
    activation: str
    sizes: Mapping[str, Poly]


@final
@dataclass(frozen=True)
class Historied:
    """Kinds of layers with a name and a count for each, and how often they look back.

    `looks` says for a number of sums, and for one query or three, how many blocks look back so.
    """

    stacks: tuple[tuple[str, str, HistoryLayer], ...]
    looks: tuple[tuple[int, bool, int], ...]


def historied_decoder(a: Author, *, spec: Historied) -> Tensor:
    """Token rows, normed; layers, each block of which first looks back; a norm; logits.

    A block picks among the sums of the groups of layers below it, and so does the head. The later
    the block, the more sums there are: looking back is written down apart from the layers, which
    are then of few kinds. Source: Thinking Machines 2026, Inkling 2, model card and reference
    code; Kimi Team 2026, Attention Residuals, section 3.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    x = a.part("row_norm", norm, x, kind="rms")
    for many, thrice, count in spec.looks:
        name = f"look_back_{many}{'_thrice' if thrice else ''}"
        x = a.repeat(name, count, look_back, x, many=many, thrice=thrice)
    for name, word, layer in spec.stacks:
        x = a.repeat(name, word, history_layer, x, spec=layer)
    x = a.part("last_norm", norm, x, kind="rms")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


def history_layer(a: Author, *, spec: HistoryLayer) -> Tensor:
    """Attention and a mixture of experts, each of which is smoothed along time."""
    x = a.input("batch time model")
    for axis, size in spec.sizes.items():
        a.axis(axis, size)
    if spec.window:
        read = [a.part("norm_1", norm, x, kind="rms")] * 3
    else:
        read = [a.part(f"norm_{word}", norm, x, kind="rms") for word in "qkv"]
    y = a.part(
        "attention", clipped_attention, *read, window=spec.window, own_filters=not spec.window
    )
    y = a.part("smooth_attention", smooth, y)
    x = y if spec.starts else a.map("add", x, y, name="add_attention")
    y = a.part("norm_2", norm, x, kind="rms")
    y = a.part("feed_forward", mixture_of_experts, y, activation=spec.activation)
    return a.map("add", x, a.part("smooth_feed_forward", smooth, y), name="add_feed_forward")


def smooth(a: Author) -> Tensor:
    """x plus a short convolution of x along time."""
    return smoothed(a, a.input("batch time model"), "model", "out")


def look_back(a: Author, *, many: int, thrice: bool) -> Tensor:
    """A learned query, or each of three, picks among sums of earlier layers for every token.

    Shapes: x is batch, time, model; so is the result. Source: Kimi Team 2026, Attention Residuals,
    section 3.
    """
    x = a.input("batch time model")
    a.axis("sums", many)
    a.axis("queries", 3 if thrice else 1)
    earlier = a.map("join", x, name="earlier", axes="batch time sums model")
    earlier = normalised(a, earlier, "rms_plain")
    query = a.weight("query", "queries model", Role.ATTENTION)
    axes = "batch time queries sums"
    scores = a.contract(
        f"batch time sums model, queries model -> {axes}", earlier, query, name="scores"
    )
    mix = a.contract(
        f"{axes}, batch time sums model -> batch time queries model",
        a.map("softmax", scores),
        earlier,
        name="mix",
    )
    return a.map("join", mix, name="read", axes="batch time model")
