"""Voxtral Realtime: a decoder of text that hears its sound while it writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.delayed_feed_forward import delayed_feed_forward
from symcost.components.feed_forward import gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.families.classic import only
from symcost.config.families.sight import task
from symcost.config.families.spoken import SIZES, spoken
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer
from symcost.models.listener import heard_along, listener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

OWN = {
    "hear_heads": "num_attention_heads",
    "hear_head": "head_dim",
    "hear_window": "sliding_window",
}
BIASES = {"q_bias": True, "v_bias": True, "o_bias": True}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder of text, the encoder of sound, and what adds the one to the other."""
    if "only" in options:
        return _text(keys, options)
    if options.get("alone"):
        return _alone(keys, options)
    only(keys, options["whole"])
    built = spoken(keys, options)
    sound = inside(keys, "audio_config", options["sound"])
    for part in (keys, sound):
        for key in options["harmless"]:
            if part.has(key):
                part.raw(key)
    built.sizes["hear_joined"] = (keys.whole("downsample_factor"), keys.origin("downsample_factor"))
    layer = _encoder(sound, built)
    sound.refuse_unread()
    heard = {"spec": layer, "activation": _function(keys, "projector_hidden_act")}
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    stacks = tuple(replace(each, layer=_delayed(each.layer)) for each in spec.stacks)
    spec = replace(spec, stacks=stacks, heard=Use(heard_along, heard))
    return replace(built, flags={"spec": spec})


def _text(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder before it is told of the delay, which is only done inside the whole."""
    if not options.get("inside"):
        keys.fail("model_type", f"is understood only inside '{options['only']}'")
    return read_decoder(keys, options)


def _alone(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The encoder of sound by itself."""
    task(keys, options)
    for key in options["harmless"]:
        keys.raw(key)
    built = Built(listener, {}, {})
    return replace(built, flags={"spec": _encoder(keys, built)})


def _delayed(layer: Layer) -> Layer:
    """A layer whose feed-forward block knows of the delay."""
    assert layer.feed is not None
    activation = layer.feed.flags["activation"]
    return replace(layer, feed=Use(delayed_feed_forward, {"activation": activation}))


def _encoder(k: Keys, built: Built) -> Layer:
    """The sizes of the encoder, and its layer: causal, under a window."""
    for word, key in {**SIZES, **OWN}.items():
        built.sizes[word] = (k.whole(key), k.origin(key))
    _function(k, "activation_function")
    mixer = Use(grouped_attention, {**BIASES, "window": True})
    feed = {"out_bias": True, "activation": _function(k, "hidden_act")}
    return Layer(mixer, Use(gated_feed_forward, feed))


def _function(k: Keys, key: str) -> str:
    """An elementwise function without weights of its own."""
    return activation_of(k, key, k.raw(key))
