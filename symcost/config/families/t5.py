"""The T5 family: a learned score for each distance, a tied table, a free width of the heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.block_attention import FAR, NEAR, block_attention, near_sizes
from symcost.components.bucketed_attention import DISTANCES, bucketed_attention
from symcost.components.cross_attention import cross_attention
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.component import Use
from symcost.models.decoder import Layer, Stack
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SIZES = {"heads": "num_heads", "head_dim": "d_kv", "kv": "", "hidden": "d_model"}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Both halves have the same sizes; only the numbers of their layers may differ."""
    r = shared_sizes(keys, options)
    feed = feed_use(r)
    each = bool(options["each_layer"])
    tables = () if each else (DISTANCES,)
    mixer = Use(bucketed_attention, {"own": each})
    stacks = (Stack("layer", "layers", Layer(mixer, feed)),)
    inner = Side(stacks, last_norm="rms", distances=tables)
    mixer = Use(bucketed_attention, {"own": each, "whole": True})
    stacks = (Stack("layer", "encoder_layers", Layer(mixer, feed)),)
    outer = Side(stacks, last_norm="rms", distances=tables)
    if keys.has("encoder_attention_type"):
        outer = blocks(r, feed)
    spec = EncoderDecoder(outer, inner, Use(cross_attention))
    return Built(encoder_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def shared_sizes(keys: Keys, options: Mapping[str, Any]) -> Reader:
    """Both halves have these sizes, and each its number of layers."""
    only(keys, options["class"])
    r = Reader(keys, {**options, **SIZES})
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "d_model")
    r.attention_sizes(hidden)
    r.size("buckets", "relative_attention_num_buckets")
    r.size("encoder_layers", "num_layers")
    own = keys.optional("num_decoder_layers")
    origin = keys.origin("num_decoder_layers" if own is not None else "num_layers")
    r.sizes["layers"] = (own if own is not None else keys.whole("num_layers"), origin)
    for key in ("relative_attention_max_distance", *options["harmless"]):
        if keys.has(key):
            keys.raw(key)
    return r


def blocks(r: Reader, feed: Use) -> Side:
    """An encoder whose tokens see what is near, and perhaps sums of what is far."""
    k = r.k
    kind = k.text("encoder_attention_type")
    if kind not in ("local", "transient-global"):
        k.fail("encoder_attention_type", f"= {kind!r:.40} is not 'local' or 'transient-global'")
    far = kind == "transient-global"
    r.sizes["local_block"] = (k.whole("local_radius") + 1, k.origin("local_radius"))
    size = k.whole("global_block_size")
    sizes = near_sizes()
    if far:
        r.sizes["global_block"] = (size, k.origin("global_block_size"))
    else:
        sizes.pop("globals")
    layer = Layer(Use(block_attention, {"transient": far}), feed)
    stacks = (Stack("layer", "encoder_layers", layer),)
    tables = (NEAR, FAR) if far else (NEAR,)
    return Side(stacks, sizes, last_norm="rms", distances=tables)


def feed_use(r: Reader) -> Use:
    """The feed-forward block: one word says the function and whether it is gated."""
    k = r.k
    r.size("feed", "d_ff")
    words = k.text("feed_forward_proj").split("-")
    gated = words[0] == "gated"
    if len(words) != 1 + gated:
        k.fail("feed_forward_proj", "must be a function's name, or gated- and a function's name")
    if "is_gated_act" in k.config and k.flag("is_gated_act") != gated:
        k.fail("is_gated_act", "says something else than feed_forward_proj")
    activation = activation_of(k, "feed_forward_proj", words[-1])
    flags = {"bias": False, "activation": activation}
    return Use(gated_feed_forward if gated else feed_forward, flags)
