"""ProphetNet: an encoder, and a decoder with a stream for each token ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role
from symcost.models.encoder_decoder import encoder, half, source_rows

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor
    from symcost.models.encoder_decoder import EncoderDecoder, Side


def streamed(a: Author, *, spec: EncoderDecoder) -> Tensor:
    """Every stream but the main one predicts the token that is its number of places ahead.

    Source: Qi et al. 2020, ProphetNet, arXiv 2001.04063, section 3.
    """
    tokens = a.ids("batch time", "tokens")
    read = a.ids("batch source", "source_tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    own = a.weight("W_E_source", "vocab model", Role.EMBEDDING) if spec.apart else table
    memory = a.part("source_rows", source_rows, read, own)
    memory = a.part("encoder", encoder, memory, spec=spec.encoder)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    if spec.spare:
        other = a.weight("W_E_spare", "vocab model", Role.EMBEDDING)
        x = a.map("idle", x, other, name="spare_table", axes="batch time model")
    a.axis("step", a.size("time"))
    x = a.map("join", x, name="main_stream", axes="batch step model")
    x = a.part("decoder", decoder_streams, x, memory, spec=spec.decoder, cross=spec.cross)
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


def decoder_streams(a: Author, *, spec: Side, cross: Use) -> Tensor:
    """The main stream begins with the tokens, each other one with a learned row of its own.

    Shapes: x is batch, step, model; the encoder's result batch, source, model; the result batch,
    ahead, step, model. Source: Qi et al. 2020, arXiv 2001.04063, section 3.2.
    """
    x = a.input("batch step model")
    memory = a.input("batch source model", "memory")
    streams = a.map("join", a.detach(x, "no_content"), name="numbers", axes="batch ahead step")
    a.axis("streams", a.size("ahead"))
    rows = a.gather("W_ahead", streams, "streams -> model", Role.POSITION)
    a.axis("time", (a.size("ahead") + 1) * a.size("step"))
    x = a.map("join", x, rows, name="streams", axes="batch time model")
    x = half(a, x, spec, memory, cross)
    return a.map("join", x, name="streams_ahead", axes="batch ahead step model")
