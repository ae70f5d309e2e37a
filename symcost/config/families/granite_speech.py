"""Granite speech: a decoder of text with a conformer and learned queries, idle with text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.idle_conformer import idle_conformer
from symcost.config.activations import activation_of
from symcost.config.families.classic import only
from symcost.config.families.spoken import spoken, with_idle
from symcost.config.read import inside
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

ENCODER = {
    "bands": "input_dim",
    "hear_width": "hidden_dim",
    "hear_layers": "num_layers",
    "hear_heads": "num_heads",
    "hear_places": "max_pos_emb",
    "hear_classes": "output_dim",
    "hear_kernel": "conv_kernel_size",
}
FORMER = {
    "former_width": "hidden_size",
    "former_feed": "intermediate_size",
    "former_layers": "num_hidden_layers",
    "former_source": "encoder_hidden_size",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder; the sizes of the encoder and of the queries."""
    only(keys, options["whole"])
    built = spoken(keys, options)
    sound = inside(keys, "encoder_config", options["sound"])
    queries = inside(keys, "projector_config", "blip_2_qformer")
    for part in (keys, sound, queries):
        for key in options["harmless"]:
            if part.has(key):
                part.raw(key)
    _encoder(sound, built)
    window, rate = keys.whole("window_size"), keys.whole("downsample_rate")
    if window < rate:
        keys.fail("window_size", f"= {window} is less than downsample_rate = {rate}")
    built.sizes["former_queries"] = (window // rate, keys.origin("window_size", "downsample_rate"))
    _queries(queries, built)
    text_feed = queries.flag("use_qformer_text_input")
    for part in (sound, queries):
        part.refuse_unread()
    return with_idle(built, Use(idle_conformer, {"text_feed": text_feed}))


def _encoder(k: Keys, built: Built) -> None:
    """The conformer: some widths are multiples of its own."""
    for word, key in ENCODER.items():
        built.sizes[word] = (k.whole(key), k.origin(key))
    width, heads = k.whole("hidden_dim"), k.whole("num_heads")
    given = k.optional("dim_head")
    if given is None and width < heads:
        k.fail("num_heads", f"= {heads} is more than hidden_dim = {width}")
    origin = "hidden_dim over num_heads, rounded down" if given is None else k.origin("dim_head")
    built.sizes["hear_head"] = (given or width // heads, origin)
    for word, key in (("hear_feed", "feedforward_mult"), ("hear_inner", "conv_expansion_factor")):
        built.sizes[word] = (k.whole(key) * width, f"times hidden_dim: {k.origin(key)}")
    if k.whole("context_size") > k.whole("max_pos_emb"):
        k.fail("context_size", "must be at most max_pos_emb")


def _queries(k: Keys, built: Built) -> None:
    """The network of learned queries: every so many layers look at the sound."""
    for word, key in FORMER.items():
        built.sizes[word] = (k.whole(key), k.origin(key))
    if k.whole("hidden_size") % k.whole("num_attention_heads"):
        k.fail("num_attention_heads", "does not divide hidden_size")
    key = "cross_attention_frequency"
    looks = -(-k.whole("num_hidden_layers") // k.whole(key))
    built.sizes["former_looks"] = (looks, f"the first of every {k.whole(key)}: {k.origin(key)}")
    activation_of(k, "hidden_act", k.raw("hidden_act"))
