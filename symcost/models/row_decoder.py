"""Decoders whose layers read rows of their own: Gemma 4, and Gemma 3n with several streams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.layer_rows import layer_rows, read_row
from symcost.components.norm import norm, normalised
from symcost.graph.tensor import Role
from symcost.models.decoder import Layer, layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Stack


@final
@dataclass(frozen=True)
class RowDecoder:
    """A decoder with rows for its layers, and `streams` copies of the residual stream or one.

    `table`: the rows come from a table too. `out` is the axis of what leaves instead of logits.
    """

    stacks: tuple[Stack, ...]
    activation: str
    streams: bool = False
    tied: bool = True
    table: bool = True
    out: str = ""


def row_decoder(a: Author, *, spec: RowDecoder) -> Tensor:
    """Token rows, rows for the layers, layers, a last norm, logits."""
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    layers = sum((_count(stack) for stack in spec.stacks), Poly())
    read = (tokens, x) if spec.table else (x,)
    rows = a.part("layer_rows", layer_rows, *read, layers=layers, table=spec.table)
    if spec.streams:
        x = _spread(a, x)
    each = streamed_layer if spec.streams else row_layer
    for stack in spec.stacks:
        x = a.repeat(
            stack.name,
            stack.count,
            each,
            x,
            rows,
            spec=stack.layer,
            activation=spec.activation,
        )
    if spec.streams:
        x = _gathered(a, x)
    x = a.part("last_norm", norm, x, kind="rms")
    if spec.out:
        return a.linear("W_out", x, f"model -> {spec.out}")
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


def row_layer(a: Author, *, spec: Layer, activation: str) -> Tensor:
    """A layer as usual, then its row of the token is read."""
    x = a.input("batch time model")
    row = a.input("batch time layer_row", "row")
    x = a.part("block", layer, x, spec=spec)
    y = a.part("read_row", read_row, x, row, activation=activation)
    return a.map("add", x, y, name="add_row")


def streamed_layer(a: Author, *, spec: Layer, activation: str) -> Tensor:
    """One of several streams passes the layer; the others are predicted, then corrected.

    Shapes: x is batch, time, streams, model; so is the result. Source: Baykal et al. 2023,
    Alternating Updates, arXiv 2301.13310, algorithm 1.
    """
    x = a.input("batch time streams model")
    row = a.input("batch time layer_row", "row")
    a.axis("before", a.size("streams"))
    a.axis("after", a.size("streams"))
    router = a.weight("W_R", "model streams", Role.MATRIX)
    gamma = a.weight("gamma_router", "model", Role.NORM)

    def routed(y: Tensor, name: str) -> Tensor:
        y = a.map("rms_norm", y, gamma, name=f"norm_{name}")
        return a.linear(router, y, "model -> streams", name=f"route_{name}")

    active = a.map("join", x, axes="batch time model", name="active")
    shares = a.linear("W_predict", routed(active, "input"), "streams -> before after")
    others = a.map("join", x, axes="batch time before model", name="streams_before")
    guess = a.contract(
        "batch time before model, batch time before after -> batch time after model",
        others,
        shares,
        name="predict",
        role=Role.STATE,
    )
    guess = a.map("add", guess, x, axes="batch time streams model", name="predicted")
    y = a.map("join", guess, axes="batch time model", name="chosen")
    y = a.part("block", side_layer, y, spec=spec)
    mend = a.linear("W_correct", routed(y, "output"), "streams -> after")
    guess = a.map("add", guess, y, mend, axes="batch time streams model", name="corrected")
    y = a.map("join", guess, axes="batch time model", name="first")
    y = a.map("scale", y, a.weight("output_scale", "model", Role.SCALE), name="scale_first")
    y = a.part("read_row", read_row, y, row, activation=activation)
    return a.map("add", guess, y, name="add_row")


def side_layer(a: Author, *, spec: Layer) -> Tensor:
    """A layer with a learned residual of low rank beside its attention.

    Shapes: x is batch, time, model; so is the result. Source: Menghani et al. 2024, LAuReL, arXiv
    2411.07501, section 3.
    """
    assert spec.mixer is not None
    assert spec.feed is not None
    x = a.input("batch time model")
    z = a.part("norm_1", norm, x, kind="rms")
    side = a.linear("W_S2", a.linear("W_S1", z, "model -> side_rank"), "side_rank -> model")
    side = a.map("add", normalised(a, side, "rms", name="side"), z, name="add_side")
    y = a.part(spec.mixer_name, spec.mixer.component, z, **spec.mixer.flags)
    y = a.map("add", a.part("norm_after_1", norm, y, kind="rms"), x, name="add_attention")
    y = a.map("add", y, side, name="add_both")
    return a.part("feed", layer, y, spec=replace(spec, mixer=None))


def _spread(a: Author, x: Tensor) -> Tensor:
    """Each further stream begins as a projection of the first."""
    a.axis("others", a.size("streams") - 1)
    a.axis("lane", a.size("model"))
    y = a.linear("W_spread", x, "model -> others lane")
    return a.map("join", y, x, axes="batch time streams model", name="streams")


def _gathered(a: Author, x: Tensor) -> Tensor:
    """Each further stream is projected back; the mean of all goes on."""
    others = a.map("join", x, axes="batch time others model", name="further")
    back = a.weight("W_gather", "others model lane", Role.MATRIX)
    y = a.contract(
        "batch time others model, others model lane -> batch time others lane",
        others,
        back,
        name="gather",
        role=Role.MATRIX,
    )
    return a.map("add", x, y, axes="batch time model", name="mean")


def _count(stack: Stack) -> Poly:
    return Poly.of(dim(stack.count)) if isinstance(stack.count, str) else Poly.of(stack.count)
