"""The decoder that most language models are: described by a specification, declared once.

A `Decoder` says what its layers are made of and how often each kind occurs; `decoder` declares it.
Reading a configuration means filling this specification in; nothing here knows a configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.multi_token import prediction_module
from symcost.components.norm import norm
from symcost.graph.component import Use
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Layer:
    """One kind of layer.

    `mixer` looks at other tokens, `feed` does not; either may be absent. Norms are kinds ("rms"),
    or "" where there is none: before and after each of the two. `parallel`: both read the same
    input, normed once ("one") or each by its own norm ("two"). `norm_sums`: the norms after
    see the sum with what came in. `idle`: weights that a pass over tokens alone does not use.
    `scaled`: what came in is multiplied by a learned vector before a block is added to it.
    `beside`: names and axes of what the mixer of every layer reads beside the stream.
    """

    mixer: Use | None
    feed: Use | None
    before_mixer: str = "rms"
    after_mixer: str = ""
    before_feed: str = "rms"
    after_feed: str = ""
    parallel: str = ""
    mixer_name: str = "attention"
    norm_sums: bool = False
    idle: Use | None = None
    scaled: bool = False
    beside: tuple[tuple[str, str], ...] = ()


@final
@dataclass(frozen=True)
class Stack:
    """`count` layers of one kind, one after the other; `count` is a dimension's word or a size.

    With `rounds` it counts groups of `inner` layers, and each group is passed that often.
    """

    name: str
    count: str | Poly
    layer: Layer
    rounds: Poly | None = None
    inner: int = 1


@final
@dataclass(frozen=True)
class Decoder:
    """A whole decoder. `positions` adds a learned table; `narrow` keeps rows of another width.

    `spare_rows` of the token table stand for no entry of the vocabulary. `neck` is a component
    between the last norm and the logits; `idle` holds weights that text alone does not use; `heard`
    adds to each row what came with its token. `prediction` is the layer of modules that predict
    further tokens, one after the other.
    """

    stacks: tuple[Stack, ...]
    positions: bool = False
    row_norm: str = ""
    narrow: bool = False
    narrow_bias: bool = False
    last_norm: str = "rms"
    tied: bool = False
    head_bias: bool = False
    head: bool = True
    spare_rows: int = 0
    neck: Use | None = None
    idle: Use | None = None
    heard: Use | None = None
    prediction: Layer | None = None


def decoder(a: Author, *, spec: Decoder) -> Tensor | tuple[Tensor, ...]:
    """Token rows, layers, a last norm, logits over the vocabulary."""
    tokens = a.ids("batch time", "tokens")
    row = "row_width" if spec.narrow else "model"
    spare = spec.spare_rows
    entries = a.axis("rows", a.size("vocab") + spare) if spare else "vocab"
    table = a.weight("W_E", f"{entries} {row}", Role.EMBEDDING)
    x = a.gather(table, tokens, f"{entries} -> {row}", Role.EMBEDDING)
    if spec.narrow:
        x = a.linear("W_in", x, "row_width -> model", bias=spec.narrow_bias)
    if spec.positions:
        rows = a.gather("W_P", a.ids("time", "places"), "positions -> model", Role.POSITION)
        x = a.map("add", x, rows, name="add_positions")
    if spec.row_norm:
        x = a.part("row_norm", norm, x, kind=spec.row_norm)
    if spec.idle is not None:
        x = used(a, "idle", spec.idle, x)
    if spec.heard is not None:
        x = used(a, "heard", spec.heard, x)
    for stack in spec.stacks:
        x = a.repeat(stack.name, stack.count, layer, x, spec=stack.layer)
    stream = x
    if spec.last_norm:
        x = a.part("last_norm", norm, x, kind=spec.last_norm)
    if not spec.head:
        return x
    if spec.neck is not None:
        x = used(a, "neck", spec.neck, x)
    if spec.narrow:
        x = a.linear("W_out", x, "model -> row_width", bias=spec.narrow_bias)
    bias = spec.head_bias
    if spec.prediction is not None:
        return _ahead(a, spec, spec.prediction, tokens, table, stream, x)
    if spec.tied:
        return a.linear(table, x, f"{row} -> {entries}", role=Role.HEAD, name="logits", bias=bias)
    return a.linear("W_U", x, f"{row} -> vocab", role=Role.HEAD, bias=bias)


def _ahead(
    a: Author, spec: Decoder, last: Layer, tokens: Tensor, table: Tensor, stream: Tensor, x: Tensor
) -> tuple[Tensor, ...]:
    """Logits of the next token, and modules that read the layers' result and predict further."""
    head = table if spec.tied else a.weight("W_U", "model vocab", Role.HEAD)
    name = "logits" if spec.tied else "W_U"
    logits = a.linear(head, x, "model -> vocab", role=Role.HEAD, name=name)
    shared = (tokens, table) if spec.tied else (tokens, table, head)
    use = Use(layer, {"spec": last})
    ahead = a.repeat(
        "prediction",
        "predictions",
        prediction_module,
        stream,
        *shared,
        layer=use,
        kind=spec.last_norm,
        tied=spec.tied,
    )
    return logits, ahead


def layer(a: Author, *, spec: Layer) -> Tensor:
    """Norm and mixer, then norm and feed-forward, each added to what came in."""
    x = a.input("batch time model")
    beside = tuple(a.input(axes, name) for name, axes in spec.beside)
    if spec.parallel:
        return _parallel(a, x, spec)
    if spec.mixer is not None:
        y = _normed(a, "norm_1", x, spec.before_mixer)
        y = used(a, spec.mixer_name, spec.mixer, y, *beside)
        x = _scaled(a, "scale_1", x) if spec.scaled else x
        x = _added(a, "norm_after_1", x, y, spec.after_mixer, spec.mixer_name, spec.norm_sums)
    if spec.idle is not None:
        x = a.part("idle", spec.idle.component, x, **spec.idle.flags)
    if spec.feed is not None:
        y = _normed(a, "norm_2", x, spec.before_feed)
        y = used(a, "feed_forward", spec.feed, y)
        x = _scaled(a, "scale_2", x) if spec.scaled else x
        x = _added(a, "norm_after_2", x, y, spec.after_feed, "feed_forward", spec.norm_sums)
    return x


def _parallel(a: Author, x: Tensor, spec: Layer) -> Tensor:
    """Both blocks read the same input; both results are added to it."""
    assert spec.mixer is not None
    assert spec.feed is not None
    once = _normed(a, "norm_1", x, spec.before_mixer)
    other = once if spec.parallel == "one" else _normed(a, "norm_2", x, spec.before_feed)
    y = used(a, "attention", spec.mixer, once)
    z = used(a, "feed_forward", spec.feed, other)
    y = _normed(a, "norm_after_1", y, spec.after_mixer)
    z = _normed(a, "norm_after_2", z, spec.after_feed)
    return a.map("add", a.map("add", x, y, name="add_attention"), z, name="add_feed_forward")


def _added(
    a: Author, name: str, x: Tensor, y: Tensor, kind: str, block: str, norm_sum: bool
) -> Tensor:
    """x plus what a block made of it; the norm after it sees that result, or the sum."""
    if norm_sum:
        return _normed(a, name, a.map("add", x, y, name=f"add_{block}"), kind)
    return a.map("add", x, _normed(a, name, y, kind), name=f"add_{block}")


def _scaled(a: Author, name: str, x: Tensor) -> Tensor:
    return a.map("multiply", x, a.weight(f"w_{name}", "model", Role.SCALE), name=name)


def used(a: Author, name: str, use: Use, *inputs: Tensor) -> Tensor:
    """A component with the sizes that its axes have here."""
    for axis, size in use.sizes.items():
        a.axis(axis, size)
    return a.part(name, use.component, *inputs, **use.flags)


def _normed(a: Author, name: str, x: Tensor, kind: str) -> Tensor:
    return a.part(name, norm, x, kind=kind) if kind else x
