"""Qwen4-Exp: gated residual streams around linear attention and mixtures of experts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.families.recurrent import gated
from symcost.models.decoder import Decoder, Layer, Stack
from symcost.models.streams import stream_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

LINEAR = "linear_attention"


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Layers with linear attention.

    How many products the indexer of the others makes depends on every place of a token, and the
    tables of pieces of text have sizes that are primes: both are refused.
    """
    only(keys, options["only"])
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    r.size("model", "hidden_size")
    layers = r.size("layers", "num_hidden_layers")
    if keys.numbers("ple_layer_ids"):
        keys.fail("ple_layer_ids", "names layers with tables of their own, not understood here")
    kinds = keys.words("layer_types")
    if kinds is None:
        every = keys.whole("full_attention_interval") if keys.has("full_attention_interval") else 4
        kinds = ["" if (index + 1) % every == 0 else LINEAR for index in range(layers)]
    if len(kinds) != layers:
        keys.fail("layer_types", f"has {len(kinds)} entries for {layers} layers")
    if set(kinds) - {LINEAR}:
        keys.fail("layer_types", "must be linear_attention in every layer; no other is understood")
    r.read_harmless(layers)
    # What the other layers would use.
    for key in ("num_attention_heads", "num_key_value_heads", "head_dim", "attention_bias"):
        keys.raw(key)
    r.size("streams", "hc_count", least=2)
    r.size("stream_rank", "hc_lowrank")
    layer = Layer(gated(r), r.mixture(), mixer_name=LINEAR)
    spec = Decoder((Stack("layer", "layers", layer),), last_norm="", tied=r.choice("tied"))
    built = Built(stream_decoder, {"spec": spec}, r.sizes, tuple(r.relations))
    return replace(built, flags={"spec": spec, "gated": True})
