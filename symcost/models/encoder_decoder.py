"""An encoder that reads one sequence, and a decoder that writes another and looks at it.

A `Side` describes one half, an `EncoderDecoder` both; `encoder_decoder` declares them. The encoder
has a time axis of its own: what is `time` inside it is `source` for the decoder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from symcost.components.bucketed_attention import offsets
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.component import Use
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer, Stack


@final
@dataclass(frozen=True)
class Side:
    """One half.

    `sizes` gives axes another size in this half. `positions` is the axis of a table of places, or
    "" for none. `distances` are tables of scores for distances that serve all layers: names, and
    the axes of the scores. `front` makes the rows of an input that is no text.
    """

    stacks: tuple[Stack, ...]
    sizes: Mapping[str, Poly] = field(default_factory=dict)
    positions: str = ""
    frozen_positions: bool = False
    row_norm: str = ""
    last_norm: str = ""
    distances: tuple[tuple[str, str], ...] = ()
    beside: str = ""
    front: Use | None = None


@final
@dataclass(frozen=True)
class EncoderDecoder:
    """Both halves.

    `width` is the axis of the encoder's width; `source` its length, where it follows from the
    frames of a sound. `apart`: each half has its own token table, the encoder's with
    `source_vocab` entries; `spare`: one more stands by. Without `cross` a decoder's attention reads
    the encoder's result as well. `idle` holds weights that text alone does not use.
    """

    encoder: Side
    decoder: Side
    cross: Use | None
    apart: bool = False
    source_vocab: str = "vocab"
    width: str = "model"
    source: Poly | None = None
    spare: bool = False
    tied: bool = True
    head_bias: bool = False
    idle: Use | None = None


def encoder_decoder(a: Author, *, spec: EncoderDecoder) -> Tensor:
    """The encoder's result is read by every layer of the decoder, which predicts tokens.

    Source: Vaswani et al. 2017, Attention Is All You Need, arXiv 1706.03762, section 3.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    front = spec.encoder.front
    if front is not None:
        if spec.source is None:
            a.axis("frames", 2 * a.size("source"))
        else:
            a.axis("source", spec.source)
        sound = a.ids("batch frames bands", "sound")
        memory = a.part("front", front.component, sound, **front.flags)
        memory = a.part("encoder", encoder, memory, spec=spec.encoder)
    else:
        read = a.ids("batch source", "source_tokens")
        vocab = spec.source_vocab if spec.apart else "vocab"
        axes = f"{vocab} {spec.width}"
        own = a.weight("W_E_source", axes, Role.EMBEDDING) if spec.apart else table
        rows = a.part("source_rows", source_rows, read, own, vocab=vocab, width=spec.width)
        memory = a.part("encoder", encoder, rows, spec=spec.encoder, width=spec.width)
    x = a.gather(table, tokens, "vocab -> model", Role.EMBEDDING)
    if spec.spare:
        other = a.weight("W_E_spare", "vocab model", Role.EMBEDDING)
        x = a.map("idle", x, other, name="spare_table", axes="batch time model")
    if spec.idle is not None:
        x = a.part("idle", spec.idle.component, x, **spec.idle.flags)
    x = half(a, x, spec.decoder, memory, spec.cross, spec.width)
    bias = spec.head_bias
    if spec.tied:
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits", bias=bias)
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD, bias=bias)


def source_rows(a: Author, *, vocab: str = "vocab", width: str = "model") -> Tensor:
    """The rows of the tokens that the encoder reads, from its own table or the decoder's.

    Shapes: batch, source; the table vocab, model; the result batch, source, model. Source: Vaswani
    et al. 2017, arXiv 1706.03762, section 3.4.
    """
    read = a.input("batch source", "source_tokens")
    table = a.input(f"{vocab} {width}", "W_E")
    return a.gather(table, read, f"{vocab} -> {width}", Role.EMBEDDING)


def encoder(a: Author, *, spec: Side, width: str = "model") -> Tensor:
    """Rows, layers in which every token sees all others, and a last norm.

    Shapes: x is batch, source, model; so is the result. Source: Vaswani et al. 2017, arXiv
    1706.03762, section 3.1.
    """
    rows = a.input(f"batch source {width}")
    a.axis("model", a.size(width))
    a.axis("time", a.size("source"))
    for axis, size in spec.sizes.items():
        a.axis(axis, size)
    x = a.map("join", rows, name="read", axes="batch time model")
    x = half(a, x, spec)
    return a.map("join", x, name="read_out", axes=f"batch source {width}")


def half(
    a: Author,
    x: Tensor,
    spec: Side,
    memory: Tensor | None = None,
    cross: Use | None = None,
    width: str = "model",
) -> Tensor:
    """Positions, layers and norms of one half."""
    more = () if memory is None else (memory,)
    if spec.positions:
        places = a.map("join", a.detach(x, "only_order"), axes="time", name="places")
        table = a.weight(
            "W_P", f"{spec.positions} model", Role.POSITION, train=not spec.frozen_positions
        )
        rows = a.gather(table, places, f"{spec.positions} -> model", Role.POSITION)
        x = a.map("add", x, rows, name="add_positions")
    if spec.row_norm:
        x = normalised(a, x, spec.row_norm, name="rows")
    for name, axes in spec.distances:
        more = (*more, offsets(a, x, axes, name))
    if spec.beside:
        marks = a.map("join", a.detach(x, "no_content"), axes=f"batch {spec.beside}", name="marks")
        learned = a.axis("learned", a.size(spec.beside))
        rows = a.gather("W_beside", marks, f"{learned} -> model", Role.POSITION)
        x = a.map("join", x, rows, name="rows_beside", axes="batch time model")
    for stack in spec.stacks:
        if stack.layer.feed is None:
            x = a.repeat(stack.name, stack.count, single, x, use=stack.layer.mixer)
            continue
        x = a.repeat(
            stack.name,
            stack.count,
            half_layer,
            x,
            *more,
            spec=stack.layer,
            cross=cross,
            distances=spec.distances,
            width=width,
            reads=memory is not None,
        )
    return normalised(a, x, spec.last_norm, name="last") if spec.last_norm else x


def single(a: Author, *, use: Use) -> Tensor:
    """A layer that is one component, with norms and sums of its own."""
    x = a.input("batch time model")
    return a.part("block", use.component, x, **use.flags)


def half_layer(
    a: Author,
    *,
    spec: Layer,
    cross: Use | None = None,
    distances: tuple[tuple[str, str], ...] = (),
    width: str = "model",
    reads: bool = False,
) -> Tensor:
    """Attention to the own sequence, to the encoder's result if there is one, a feed-forward block.

    `reads` without `cross`: one attention looks at both. Each is added to what came in, with norms
    before or after. Shapes: x is batch, time, model; so is the result. Source: Vaswani et al. 2017,
    arXiv 1706.03762, section 3.1.
    """
    x = a.input("batch time model")
    memory = (a.input(f"batch source {width}", "memory"),) if reads else ()
    far = tuple(a.input(axes, name) for name, axes in distances)
    assert spec.mixer is not None
    assert spec.feed is not None
    x = _block(a, x, "attention", spec.mixer, spec, far if cross else (*memory, *far))
    if cross is not None:
        x = _block(a, x, "cross_attention", cross, spec, memory)
    return _block(a, x, "feed_forward", spec.feed, spec, ())


def _block(
    a: Author, x: Tensor, name: str, use: Use, spec: Layer, more: tuple[Tensor, ...]
) -> Tensor:
    """One block with its norms, added to what came in."""
    before, after = spec.before_mixer, spec.after_mixer
    y = normalised(a, x, before, name=f"before_{name}") if before else x
    for axis, size in use.sizes.items():
        a.axis(axis, size)
    y = a.part(name, use.component, y, *more, **use.flags)
    if after and not spec.norm_sums:
        y = normalised(a, y, after, name=f"after_{name}")
    x = a.map("add", x, y, name=f"add_{name}")
    return normalised(a, x, after, name=f"after_{name}") if after and spec.norm_sums else x
