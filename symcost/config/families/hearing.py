"""Moonshine: an encoder of sound whose length follows from the length of the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.convolved_front import Filter
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.padded_attention import padded_attention
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.families.halves import OF_ENCODER, heard, length
from symcost.graph.component import Use
from symcost.models.decoder import Layer, Stack
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SIDES = {"decoder": ("layers", "heads"), "encoder": ("encoder_layers", "encoder_heads")}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Moonshine: raw sound; both halves share all widths but those of the heads."""
    only(keys, options["whole"])
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    r.size("feed", "intermediate_size")
    r.sizes["bands"] = (1, "raw sound")
    for key in options["harmless"]:
        keys.raw(key)
    both_sizes(r, hidden)
    padded = keys.optional("pad_head_dim_to_multiple_of")
    if padded is not None:
        r.sizes["head_multiple"] = (padded, keys.origin("pad_head_dim_to_multiple_of"))
    flags = {"bias": keys.flag("attention_bias"), "padded": padded is not None}
    named = {side: f"{side}_hidden_act" for side in SIDES}
    functions = {side: activation_of(keys, key, keys.text(key)) for side, key in named.items()}
    feed = {"bias": True, "out_bias": True, "activation": functions["decoder"]}
    inner = Layer(Use(padded_attention, flags), Use(gated_feed_forward, feed), "layer_scale")
    feed = {"bias": True, "activation": functions["encoder"]}
    mixer = Use(padded_attention, {**flags, "sees": "all"})
    outer = Layer(mixer, Use(feed_forward, feed), "layer_scale")
    model = Poly.of(dim("model"))
    filters = (
        Filter(127, 64, model, bias=False, function="tanh", norm=True),
        Filter(7, 3, 2 * model),
        Filter(3, 2, model),
    )
    others = ("heads", "head")
    sizes = {axis: Poly.of(dim(OF_ENCODER[axis])) for axis in others}
    spec = EncoderDecoder(
        heard(Side((Stack("layer", "encoder_layers", outer),), sizes), filters, "layer_scale"),
        Side((Stack("layer", "layers", inner),), last_norm="layer_scale"),
        Use(padded_attention, {**flags, "sees": "source"}),
        tied=keys.flag("tie_word_embeddings"),
        source=length(filters),
    )
    return Built(encoder_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def both_sizes(r: Reader, hidden: int) -> None:
    """Layers and heads of the halves; every head has keys of its own."""
    keys = r.k
    for side, (layers, heads) in SIDES.items():
        r.size(layers, f"{side}_num_hidden_layers")
        number = r.size(heads, f"{side}_num_attention_heads")
        kept = keys.optional(f"{side}_num_key_value_heads")
        if kept not in (None, number):
            keys.fail(f"{side}_num_key_value_heads", "other than the heads is not understood")
        if hidden % number:
            keys.fail(f"{side}_num_attention_heads", "must divide hidden_size")
        r.sizes[heads.removesuffix("s")] = (hidden // number, "hidden size over heads")
