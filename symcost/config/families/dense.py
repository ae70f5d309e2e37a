"""Dense decoders with one part of their own: another attention, feed-forward block or neck."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.differential_attention import differential_attention
from symcost.components.dynamic_mask import dynamic_mask_attention, product_key_experts
from symcost.components.neck import dense_neck
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, decoder
from symcost.models.hierarchical import Hierarchy, hierarchical_decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys

MOST_CYCLES = 64


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder of the usual shape, with the part that is the type's own."""
    return READERS[keys.facts.model_type](keys, options)


def _started(keys: Keys, options: Mapping[str, Any]) -> tuple[Reader, list[tuple[str, Layer]]]:
    """The sizes and the kinds of layers that the usual reader finds."""
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    layers = r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    return r, [r.kind(index, layers) for index in range(layers)]


def _finished(r: Reader, kinds: list[tuple[str, Layer]], **flags: Any) -> Built:
    spec = Decoder(r.stacks(kinds), tied=r.choice("tied"), **flags)
    return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _differential(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Two halves of the value heads are mixed apart."""
    r, kinds = _started(keys, options)
    groups = r.sizes["groups"][0]
    if not isinstance(groups, int) or groups % 2:
        keys.fail("num_key_value_heads", "must be even in this model type")
    if "window" in r.sizes:
        keys.fail("sliding_window", "is not understood in this model type")
    mixer = Use(differential_attention, {"bias": keys.flag("attention_bias")})
    return _finished(r, [(name, replace(layer, mixer=mixer)) for name, layer in kinds])


def _dynamic(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The mask is made from the values; the feed-forward block may have a million experts."""
    r, kinds = _started(keys, options)
    bias, mixed = keys.flag("attention_bias"), keys.flag("is_moe")
    feed: Use | None = None
    if mixed:
        experts = r.size("experts", "num_experts")
        r.sizes["sub_keys"] = (math.isqrt(experts), f"root of {experts} experts, rounded down")
        chosen = r.size("chosen", "num_experts_per_tok")
        if chosen > math.isqrt(experts) ** 2:
            keys.fail("num_experts_per_tok", "is more than the product of keys can reach")
        flags = {"bias": keys.flag("mlp_bias"), "activation": r.activation()}
        feed = Use(product_key_experts, flags)
    else:
        for key in ("num_experts", "num_experts_per_tok"):
            keys.raw(key)
    found = []
    for name, layer in kinds:
        mixer = Use(dynamic_mask_attention, {"bias": bias, "window": name == "window"})
        found.append((name, replace(layer, mixer=mixer, feed=feed or layer.feed, scaled=True)))
    return _finished(r, found)


def _modern(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The first layer has no norm before attention; a dense layer stands before the logits."""
    norm = "layer" if keys.flag("norm_bias") else "layer_scale"
    r, kinds = _started(keys, {**options, "norm": norm})
    if keys.optional("local_attention", 0) in (None, 0):
        keys.fail("local_attention", "must be a width: without it the windows have no meaning")
    if "window" in r.sizes:
        half = keys.whole("local_attention") // 2
        if keys.has("sliding_window"):
            half = keys.whole("sliding_window")
        r.sizes["window"] = (half, "half the local attention")
    name, first = kinds[0]
    kinds[0] = (f"first_{name}" if name else "first", replace(first, before_mixer=""))
    named = keys.text("classifier_activation")
    activation = activation_of(keys, "classifier_activation", named)
    neck = Use(
        dense_neck,
        {"bias": keys.flag("classifier_bias"), "norm": norm, "activation": activation},
    )
    bias = keys.flag("decoder_bias")
    return _finished(r, kinds, row_norm=norm, last_norm=norm, head_bias=bias, neck=neck)


def _hierarchical(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Two stacks run in cycles; some runs of the fast one hand no gradient back."""
    slow, fast = keys.whole("H_cycles"), keys.whole("L_cycles")
    if slow > MOST_CYCLES:
        keys.fail("H_cycles", f"must be at most {MOST_CYCLES}, not {slow}")
    depth = keys.optional("num_layers_per_stack")
    layers = "num_hidden_layers" if depth is None else "num_layers_per_stack"
    if depth is not None and keys.whole("num_hidden_layers") != depth * slow * (fast + 1):
        keys.fail("num_hidden_layers", f"must be {depth} layers in {slow} x ({fast} + 1) runs")
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    r.read_harmless(r.size("layers", layers))
    r.attention_sizes(hidden)
    r.dense()
    if r.activation() == "xielu":
        keys.fail("hidden_act", "= 'xielu' is not understood here")
    learning = [2] if keys.raw("L_bp_cycles") is None else keys.numbers("L_bp_cycles")
    learning = [1] * max(0, slow - len(learning)) + learning
    cycles = tuple((fast - min(fast, max(0, n)), min(fast, max(0, n))) for n in learning[:slow])
    spec = Hierarchy(
        cycles,
        keys.flag("attention_bias"),
        keys.flag("mlp_bias"),
        r.activation(),
        keys.flag("tie_word_embeddings"),
    )
    return Built(hierarchical_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


READERS: dict[str, Callable[[Keys, Mapping[str, Any]], Built]] = {
    "diffllama": _differential,
    "doge": _dynamic,
    "hrm_text": _hierarchical,
    "modernbert-decoder": _modern,
}
