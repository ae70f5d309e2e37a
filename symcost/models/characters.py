"""An encoder that reads characters and works on pieces of several of them: CANINE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import called
from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.bert import pooled
from symcost.models.decoder import layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.decoder import Layer


@final
@dataclass(frozen=True)
class Characters:
    """A whole model: the first layer, which sees its chunk, and all the others."""

    near: Layer
    layer: Layer
    activation: str = "gelu"


def character_encoder(a: Author, *, spec: Characters) -> tuple[Tensor, ...]:
    """Rows of hashed characters, a layer, ever fewer pieces, layers, and characters again.

    Source: Clark et al. 2021, CANINE, arXiv 2103.06874, section 3.
    """
    tokens = a.ids("batch time", "tokens")
    a.axis("shard", a.size("model") / a.size("shards"))
    x = a.repeat("hash", "shards", hashed_rows, tokens, stack="shards")
    x = a.map("join", x, name="rows", axes="batch time model")
    for name, entries, ids, role in (
        ("segments", "segments", a.ids("batch time", "kinds"), Role.EMBEDDING),
        ("places", "hash_buckets", a.ids("time", "places"), Role.POSITION),
    ):
        rows = a.gather(f"W_{name}", ids, f"{entries} -> model", role)
        x = a.map("add", x, rows, name=f"add_{name}")
    x = normalised(a, x, "layer", name="rows")
    x = a.part("first_layer", layer, x, spec=spec.near)
    a.axis("pieces", called("floor", [a.size("time") / a.size("characters")]))
    a.axis("made", a.size("model"))
    seen = a.window(x, "time -> pieces characters", "cut")
    y = a.linear("W_down", seen, "characters model -> made", bias=True, role=Role.CONVOLUTION)
    y = a.map(spec.activation, y, name="activate_pieces")
    y = a.map("join", y, x, name="keep_first", axes="batch pieces model")
    y = normalised(a, y, "layer", name="pieces")
    y = a.part("deep", deep_layers, y, spec=spec)
    first = a.map("join", y, name="deep_text", axes="batch time model")
    return a.part("spread", spread, x, y, spec=spec), pooled(a, first)


def hashed_rows(a: Author) -> Tensor:
    """A narrow row for the bucket that one hash puts a character into."""
    tokens = a.ids("batch time", "tokens")
    return a.gather("W_E", tokens, "hash_buckets -> shard", Role.EMBEDDING)


def deep_layers(a: Author, *, spec: Characters) -> Tensor:
    """The layers on pieces, each of which sees all others."""
    x = a.input("batch pieces model")
    a.axis("time", a.size("pieces"))
    x = a.map("join", x, name="as_tokens", axes="batch time model")
    x = a.repeat("layer", "layers", layer, x, spec=spec.layer)
    return a.map("join", x, name="as_pieces", axes="batch pieces model")


def spread(a: Author, *, spec: Characters) -> Tensor:
    """Each character beside its piece, a convolution over both, and a last layer."""
    x, y = a.input("batch time model"), a.input("batch pieces model", "pieces")
    a.axis("both", 2 * a.size("model"))
    steps = a.axis("steps", a.size("time"))
    both = a.map("join", x, y, name="beside", axes="batch time both")
    seen = a.window(both, f"time -> {steps} kernel", "window")
    z = a.linear("W_up", seen, "kernel both -> model", bias=True, role=Role.CONVOLUTION)
    z = a.map("join", z, name="in_order", axes="batch time model")
    z = normalised(a, a.map(spec.activation, z), "layer", name="spread")
    return a.part("last_layer", layer, z, spec=spec.layer)
