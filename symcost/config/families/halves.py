"""What readers of encoders with decoders share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.convolved_front import Filter, convolved_front
from symcost.config.built import count_of
from symcost.graph.component import Use
from symcost.models.decoder import Stack

if TYPE_CHECKING:
    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys
    from symcost.models.decoder import Layer
    from symcost.models.encoder_decoder import Side

OF_ENCODER = {"heads": "encoder_heads", "head": "encoder_head", "feed": "encoder_feed"}


def gathered(
    r: Reader, kinds: list[tuple[str, Layer]], total: str, mark: str = ""
) -> tuple[Stack, ...]:
    """Equal layers of one half gathered; `total` counts them all, `mark` begins other counts."""
    counts: dict[str, int] = {}
    layers: dict[str, Layer] = {}
    for name, layer in kinds:
        counts[name] = counts.get(name, 0) + 1
        layers.setdefault(name, layer)
    if len(counts) == 1:
        return tuple(Stack("layer", total, layer) for layer in layers.values())
    number = r.sizes.pop(total)[0]
    found = []
    for name, count in counts.items():
        word = count_of(f"{mark}{name or 'plain'}")
        r.sizes[word.word] = (count, f"{name or 'plain'} layers among {number}")
        found.append(Stack(f"{name}_layer" if name else "layer", word.word, layers[name]))
    return tuple(found)


def heard(side: Side, filters: tuple[Filter, ...], norm: str) -> Side:
    """The side with its convolutions in front."""
    return replace(side, front=Use(convolved_front, {"filters": filters}), last_norm=norm)


def length(filters: tuple[Filter, ...]) -> Poly:
    """The places that are left of the sound."""
    found = Poly.of(dim("frames"))
    for each in filters:
        found = each.places(found)
    return found


def sound_filters(keys: Keys, r: Reader) -> tuple[Filter, ...]:
    """Convolutions of stride two, each opened by half of its own channels."""
    widths, middle = keys.numbers("conv_kernel_sizes"), keys.whole("conv_channels")
    if len(widths) != keys.whole("num_conv_layers") or min(widths, default=0) < 1:
        keys.fail("conv_kernel_sizes", "must be a positive width for each convolution")
    if middle % 2:
        keys.fail("conv_channels", "must be even: one half opens the other")
    bands = keys.whole("input_feat_per_channel") * keys.whole("input_channels")
    r.sizes["bands"] = (bands, keys.origin("input_feat_per_channel", "input_channels"))
    r.sizes["sound_channels"] = (middle, keys.origin("conv_channels"))
    made = [Poly.of(dim("sound_channels"))] * (len(widths) - 1) + [2 * Poly.of(dim("model"))]
    pairs = zip(widths, made, strict=True)
    return tuple(Filter(each, 2, out, each // 2, function="glu") for each, out in pairs)
