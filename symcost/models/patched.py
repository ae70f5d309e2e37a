"""BLT: bytes are gathered into patches, a large network works on patches, bytes come out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from symcost.components.norm import normalised
from symcost.components.patch_attention import frozen_decoder, patch_attention
from symcost.graph.tensor import Role
from symcost.models.decoder import layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer


@final
@dataclass(frozen=True)
class Tower:
    """`count` layers over the rows of an axis, with sizes of their own.

    `seen` is the axis of other rows that each layer reads first, or "" for none.
    """

    over: str
    width: str
    count: Poly
    layer: Layer | None
    sizes: Mapping[str, Poly] = field(default_factory=dict)
    seen: str = ""


@final
@dataclass(frozen=True)
class Patched:
    """A whole model.

    `tables` of rows for groups of bytes stand beside the table of bytes. `patcher` are the sizes of
    the network that cuts the text up, or None where nothing does.
    """

    encoder: Tower
    reader: Tower
    world: Tower
    decoder: tuple[Tower, ...]
    tables: int
    folded: bool
    patcher: Mapping[str, Poly] | None
    tied: bool = False


def patched(a: Author, *, spec: Patched) -> Tensor:
    """Bytes and groups of bytes, layers on bytes; patches; layers on patches; bytes once more.

    Source: Pagnoni et al. 2024, Byte Latent Transformer, arXiv 2412.09871, section 3.
    """
    a.axis("bytes", a.size("time"))
    a.axis("cuts", a.size("patches"))
    a.axis("pieces", a.size("patches") * a.size("folds"))
    a.axis("fold_width", a.size("byte_width") * a.size("folds"))
    tokens = a.ids("batch time", "tokens")
    entries = "vocab" if spec.tied else "source_vocab"
    table = a.weight("W_E", f"{entries} byte_width", Role.EMBEDDING)
    x = _grouped(a, spec, a.gather(table, tokens, f"{entries} -> byte_width", Role.EMBEDDING))
    x = a.part("encoder", tower, x, spec=spec.encoder)
    rows = [x]
    if spec.patcher is not None:
        doubt = a.part("patcher", patcher, tokens, sizes=spec.patcher)
        rows.append(a.choose(doubt, "source_bytes -> cuts", "cut"))
    y = a.map("relu", *rows, name="strongest", axes="batch patches byte_width")
    y = a.linear("W_fold", y, "byte_width -> fold_width")
    y = a.map("join", y, name="pieces", axes="batch pieces byte_width")
    read = a.map("join", x, name="read", axes="batch bytes byte_width")
    y = a.part("reader", tower, y, read, spec=spec.reader)
    y = a.map("join", y, name="patches", axes="batch patches fold_width")
    if spec.folded:
        y = a.linear("W_in", y, "fold_width -> model")
    else:
        y = a.map("join", y, name="as_they_are", axes="batch patches model")
    y = a.part("world", tower, y, spec=spec.world)
    y = a.linear("W_unfold", y, "model -> fold_width")
    y = a.map("join", y, name="pieces_out", axes="batch pieces byte_width")
    for number, each in enumerate(spec.decoder):
        more = (y,) if each.seen else ()
        x = a.part(f"decoder_{number}", tower, x, *more, spec=each)
    x = normalised(a, x, "rms", "byte_width", "last")
    if spec.tied:
        return a.linear(table, x, "byte_width -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "byte_width -> vocab", role=Role.HEAD)


def _grouped(a: Author, spec: Patched, x: Tensor) -> Tensor:
    """x plus a row for each group of bytes that ends here, found by a hash."""
    a.axis("tables", spec.tables)
    a.axis("hash_rows", spec.tables * a.size("hash_vocab"))
    groups = a.ids("batch time tables", "groups_of_bytes")
    rows = a.gather("W_hash", groups, "hash_rows -> byte_width", Role.EMBEDDING)
    return a.map("add", rows, x, name="add_groups", axes="batch time byte_width")


def patcher(a: Author, *, sizes: Mapping[str, Poly]) -> Tensor:
    """The frozen network, with sizes of its own.

    Shapes: tokens are batch, time; the result batch, time, source_bytes. Source: as `patched`.
    """
    tokens = a.input("batch time", "tokens")
    for axis, size in sizes.items():
        a.axis(axis, size)
    y = a.part("model", frozen_decoder, tokens)
    return a.map("join", y, name="doubt", axes="batch time source_bytes")


def tower(a: Author, *, spec: Tower) -> Tensor:
    """Layers over one axis of rows, which perhaps read other rows first.

    Shapes: x is batch, rows, width; so is the result. Source: as `patched`.
    """
    x = a.input(f"batch {spec.over} {spec.width}")
    others = [a.input(f"batch {spec.seen} {spec.width}", "others")] if spec.seen else []
    if spec.seen:
        a.axis("source", a.size(spec.seen))
    for axis, size in spec.sizes.items():
        a.axis(axis, size)
    x = a.map("join", x, name="rows", axes="batch time model")
    memory = [a.map("join", each, name="memory", axes="batch source model") for each in others]
    x = a.repeat("layer", spec.count, reading_layer, x, *memory, spec=spec)
    return a.map("join", x, name="rows_out", axes=f"batch {spec.over} {spec.width}")


def reading_layer(a: Author, *, spec: Tower) -> Tensor:
    """A look at other rows, if there are any, and a layer, if there is one.

    Shapes: x is batch, time, model; so is the result. Source: as `patched`.
    """
    x = a.input("batch time model")
    if spec.seen:
        x = a.part("look", patch_attention, x, a.input("batch source model", "memory"))
    return x if spec.layer is None else a.part("layer", layer, x, spec=spec.layer)
