"""Decoders that are alone in their shape: RWKV, CPM-Ant, Moshi, the text side of Mllama."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.idle import idle_vision_layer
from symcost.components.receptance import channel_mix, time_mix
from symcost.components.relative_attention import relative_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader, read_decoder
from symcost.config.families.classic import only
from symcost.config.families.tiles import with_tiles
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder
from symcost.models.prompted import prompted_decoder
from symcost.models.relative import relative_decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys

# What the class of the text side takes where the file lists no layers.
VISION_LAYERS = (3, 8, 13, 18, 23, 28, 33, 38)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """One reader for each of the types."""
    return READERS[keys.facts.model_type](keys, options)


def _rwkv(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Two blocks that mix with the token before."""
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    r.size("model", "hidden_size")
    layers = r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    for word, key, times in (
        ("inner", "attention_hidden_size", 1),
        ("feed", "intermediate_size", 4),
    ):
        width = keys.optional(key)
        rule = Poly.of(dim("model")) * times
        r.sizes[word] = (rule if width is None else width, keys.origin(key))
        if width is None:
            r.relations.append(Relation(dim(word), rule, f"{key} is not set"))
    layer = Layer(
        Use(time_mix), Use(channel_mix), "layer", before_feed="layer", mixer_name="time_mix"
    )
    spec = Decoder(
        (Stack("layer", "layers", layer),),
        row_norm="layer",
        last_norm="layer",
        tied=keys.flag("tie_word_embeddings"),
    )
    return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _cpmant(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A prompt before the text, and scores for relative positions."""
    r = Reader(keys, options)
    for word, key in (
        ("vocab", "vocab_size"),
        ("model", "hidden_size"),
        ("heads", "num_attention_heads"),
        ("head", "dim_head"),
        ("feed", "dim_ff"),
        ("buckets", "position_bias_num_buckets"),
        ("prompt", "prompt_length"),
        ("prompt_kinds", "prompt_types"),
        ("segments", "segment_types"),
    ):
        r.size(word, key)
    r.read_harmless(r.size("layers", "num_hidden_layers"))
    return Built(prompted_decoder, {}, r.sizes)


def _moshi(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder alone: `ffn_dim` is the width of gate and inner together."""
    only(keys, "MoshiForCausalLM")
    both = keys.whole("ffn_dim", 2)
    if both % 2:
        keys.fail("ffn_dim", "must be even: half of it is the gate")
    flat = replace(keys, config={**keys.config, "half_ffn_dim": both // 2})
    return read_decoder(flat, options)


def _mllama(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text side of a model that sees images; its layers for images stand by."""
    named = only(keys, "MllamaForCausalLM", "MllamaForConditionalGeneration")
    keys.raw("image_token_index")
    keys.raw("vision_config")
    if "tie_word_embeddings" in keys.config:
        keys.raw("tie_word_embeddings")  # the class ties nothing
    text = inside(keys, "text_config", "mllama_text_model")
    built = _mllama_text(text, options)
    text.refuse_unread()
    return with_tiles(keys, built) if named != "MllamaForCausalLM" else built


def _mllama_text(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Some layers look at an image, and are skipped where there is none."""
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    given = keys.raw("cross_attention_layers") is not None
    chosen = keys.numbers("cross_attention_layers") if given else list(VISION_LAYERS)
    plain = r.layer(False, False)
    idle = Layer(None, None, idle=Use(idle_vision_layer))
    kinds = [("vision", idle) if index in chosen else ("", plain) for index in range(layers)]
    spec = Decoder(r.stacks(kinds), spare_rows=int(options["spare_rows"]))
    return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _xlnet(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Relative places; the file says whether tokens see later ones, and how much is kept."""
    named = only(keys, "XLNetLMHeadModel", "XLNetModel")
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    r.read_harmless(r.size("layers", "num_hidden_layers"))
    r.attention_sizes(hidden)
    seen = keys.text("attn_type")
    if seen not in ("bi", "uni"):
        keys.fail("attn_type", f"= {seen!r:.40} is not 'bi' or 'uni'")
    if keys.flag("bi_data"):
        keys.fail("bi_data", "= true is not understood here")
    memory = ""
    if keys.flag("use_mems_eval"):
        kept = keys.optional("mem_len", 0)
        memory = "window" if kept else "all"
        if kept:
            r.sizes["window"] = (kept, keys.origin("mem_len"))
    mixer = Use(relative_attention, {"both_ways": seen == "bi", "memory": memory})
    spec = Layer(mixer, r.dense(), "", "layer", "", "layer", norm_sums=True)
    flags = {
        "spec": spec,
        "tied": keys.flag("tie_word_embeddings"),
        "head": named == "XLNetLMHeadModel",
    }
    return Built(relative_decoder, flags, r.sizes, tuple(r.relations))


READERS: dict[str, Callable[[Keys, Mapping[str, Any]], Built]] = {
    "rwkv": _rwkv,
    "xlnet": _xlnet,
    "cpmant": _cpmant,
    "moshi": _moshi,
    "mllama": _mllama,
    "mllama_text_model": _mllama_text,
}
