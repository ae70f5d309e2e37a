"""An encoder of narrow rows whose layers all see the first rows again: NeoMME."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.components.exclusive_attention import exclusive_attention
from symcost.components.feed_forward import feed_forward
from symcost.components.idle_embedders import idle_patches
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Anchored:
    """A whole model.

    `plain` and `valued` are the dimensions that count layers without and with rows of values, or ""
    where there are none.
    """

    plain: str
    valued: str
    bias: bool = False
    feed_bias: bool = False
    activation: str = "gelu"
    tied: bool = True
    head: bool = True


def anchored_encoder(a: Author, *, spec: Anchored) -> Tensor:
    """Narrow rows, widened and normed; the layers; and back through the same two matrices.

    Source: H Company 2026, NeoMME; Zhou et al. 2024, Value Residual Learning, arXiv 2410.17897.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab row_width", Role.EMBEDDING)
    widen = a.weight("W_in", "row_width model")
    x = a.gather(table, tokens, "vocab -> row_width", Role.EMBEDDING)
    x = a.part("idle", idle_patches, a.linear(widen, x, "row_width -> model", name="widen"))
    x = first = normalised(a, x, "rms_plain", name="rows")
    values = a.gather("W_values", tokens, "vocab -> groups head", Role.EMBEDDING)
    flags: dict[str, Any] = {
        "bias": spec.bias,
        "feed_bias": spec.feed_bias,
        "activation": spec.activation,
    }
    if spec.plain:
        x = a.repeat("layer", spec.plain, anchored_layer, x, first, **flags)
    x = a.repeat(
        "valued_layer", spec.valued, anchored_layer, x, first, values, valued=True, **flags
    )
    x = normalised(a, x, "rms_plain", name="last")
    if not spec.head:
        return x
    if not spec.tied:
        x = a.linear("W_out", x, "model -> row_width")
        return a.linear("W_U", x, "row_width -> vocab", role=Role.HEAD)
    x = a.linear(widen, x, "model -> row_width", name="narrow")
    return a.linear(table, x, "row_width -> vocab", role=Role.HEAD, name="logits")


def anchored_layer(
    a: Author, *, bias: bool, feed_bias: bool, activation: str, valued: bool = False
) -> Tensor:
    """Attention reads a learned mix of what comes in and the first rows; then feed-forward."""
    x = a.input("batch time model")
    first = a.input("batch time model", "first")
    a.axis("two", 2)
    shares = a.weight("shares", "two", Role.SCALE)
    y = a.map("multiply", x, shares, name="mix_in", axes="batch time model")
    y = a.map("add", y, first, name="add_first")
    inputs = [normalised(a, y, "rms_plain", name="1")]
    if valued:
        inputs.append(a.input("batch time groups head", "rows"))
    y = a.part("attention", exclusive_attention, *inputs, bias=bias, valued=valued)
    x = a.map("add", x, a.map("scale", y, name="scale_1"), name="add_attention")
    y = normalised(a, x, "rms_plain", name="2")
    y = a.part("feed_forward", feed_forward, y, bias=feed_bias, activation=activation)
    return a.map("add", x, a.map("scale", y, name="scale_2"), name="add_feed_forward")
