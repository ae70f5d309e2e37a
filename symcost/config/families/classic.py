"""Older decoders whose switches need more than a table: what they say, as the usual options."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle import idle_cross_attention
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader, read_decoder
from symcost.config.keys import Facts, Keys
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ATTENTION_OF_MPT = {
    "attn_type": "multihead_attention",
    "attn_pdrop": 0,
    "attn_impl": "torch",
    "clip_qkv": None,
    "softmax_scale": None,
    "prefix_lm": False,
    "qk_ln": False,
    "attn_uses_sequence_id": False,
    "alibi": True,
    "alibi_bias_max": 8,
}
ATTENTION_OF_DBRX = {"attn_pdrop": 0.0, "clip_qkv": None, "kv_n_heads": 1}
FEED_OF_DBRX = {
    "hidden_size": 6144,
    "ffn_act_fn": None,
    "ffn_hidden_size": 3584,
    "moe_num_experts": 4,
    "moe_top_k": 1,
    "moe_jitter_eps": None,
    "moe_loss_weight": 0.01,
    "moe_normalize_expert_weights": 1.0,
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder of the usual shape, after the type's own switches are understood."""
    return READERS[keys.facts.model_type](keys, options)


def inner(keys: Keys, key: str, defaults: Mapping[str, Any]) -> Keys:
    """The keys of an object inside the configuration, with the defaults of its class."""
    found = keys.raw(key)
    if found is None:
        found = {}
    if not isinstance(found, dict):
        keys.fail(key, "must be an object")
    kept = {name: value for name, value in found.items() if name not in ("id2label", "label2id")}
    facts = keys.facts
    below = Facts(facts.model_type, facts.class_name, defaults, {}, facts.version)
    return Keys(kept, below, where=f"{keys.where}, {key}")


def only(keys: Keys, *classes: str) -> str:
    """The class that the file names; other classes of the type have other weights."""
    named = keys.words("architectures") if "architectures" in keys.config else None
    if not named:
        return classes[0]
    if len(named) != 1 or named[0] not in classes:
        keys.fail("architectures", f"= {named!r:.80} is not understood, {', '.join(classes)} is")
    return named[0]


def crossed(keys: Keys) -> dict[str, Any]:
    """Attention to an encoder stands by where the file asks for it."""
    wanted = keys.flag("add_cross_attention")
    return {"idle": Use(idle_cross_attention) if wanted else None}


def _crossed(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Attention to an encoder may be there, and stands by."""
    return read_decoder(keys, {**options, **crossed(keys)})


def _bigcode(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The number of key heads in the file repeats what multi_query says."""
    one = keys.flag("multi_query")
    heads = 1 if one else keys.whole("num_attention_heads")
    if keys.has("num_key_value_heads") and keys.whole("num_key_value_heads") != heads:
        keys.fail("num_key_value_heads", f"must be {heads}, as multi_query says")
    if one and keys.flag("add_cross_attention"):
        keys.fail("add_cross_attention", "cannot be with multi_query")
    return _crossed(keys, options)


def _opt(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The norms stand before the blocks and at the end, or after every sum."""
    norm = "layer" if keys.flag("layer_norm_elementwise_affine") else "plain"
    before = keys.flag("do_layer_norm_before")
    last = before and not keys.flag("_remove_final_layer_norm")
    norms = "pre" if before else "post_sum"
    chosen = {"norm": norm, "norms": norms, "last_norm": norm if last else ""}
    return read_decoder(keys, {**options, **chosen})


def _falcon(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Three generations: each says in its own way how many key heads and norms there are."""
    new, parallel = keys.flag("new_decoder_architecture"), keys.flag("parallel_attn")
    norms = keys.optional("num_ln_in_parallel_attn", 0)
    kept = keys.optional("num_kv_heads")
    if not new:
        if parallel and norms == 2:
            keys.fail("num_ln_in_parallel_attn", "= 2 needs new_decoder_architecture")
        several = not keys.flag("multi_query")
        if several and kept not in (None, keys.whole("num_attention_heads")):
            keys.fail("num_kv_heads", "other than the heads needs new_decoder_architecture")
        return read_decoder(keys, {**options, "kv": "", "multi_query": "multi_query"})
    if not parallel:
        keys.fail("parallel_attn", "must be true with new_decoder_architecture")
    if norms not in (None, 1, 2):
        keys.fail("num_ln_in_parallel_attn", f"= {norms} is not 1 or 2")
    keys.raw("multi_query")
    chosen = {"parallel": "one" if norms == 1 else "two", "kv": "num_kv_heads", "spread": True}
    return read_decoder(keys, {**options, **chosen})


def _mpt(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The class reads none of the keys that other code bases of this type have."""
    attention = inner(keys, "attn_config", ATTENTION_OF_MPT)
    for key in ATTENTION_OF_MPT:
        attention.raw(key)
    attention.refuse_unread()
    return read_decoder(keys, options)


def _dbrx(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Two objects hold the heads and the experts."""
    attention = inner(keys, "attn_config", ATTENTION_OF_DBRX)
    feed = inner(keys, "ffn_config", FEED_OF_DBRX)
    feed.raw("hidden_size")  # the class replaces it by the width of the model
    found: dict[str, Any] = {"kv_n_heads": attention.whole("kv_n_heads")}
    for key in ("ffn_hidden_size", "moe_num_experts", "moe_top_k"):
        found[key] = feed.whole(key)
    function = (feed.raw("ffn_act_fn") or {}).get("name", "silu")
    found["hidden_act"] = activation_of(feed, "ffn_act_fn", function)
    for each in (attention, feed):
        each.refuse_unread()
    if keys.flag("tie_word_embeddings"):
        keys.fail("tie_word_embeddings", "must be false in this model type")
    repeated = keys.has("num_key_value_heads")
    if repeated and keys.optional("num_key_value_heads") not in (None, found["kv_n_heads"]):
        keys.fail("num_key_value_heads", "differs from attn_config.kv_n_heads")
    flat = replace(keys, config={**keys.config, **found})
    return read_decoder(flat, options)


def _neox_japanese(keys: Keys, options: Mapping[str, Any]) -> Built:
    """One bias after attention, in the last layer alone."""
    times = keys.whole("intermediate_multiple_size")
    options = {**options, "feed": "", "feed_null": times}
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    plain = r.layer(False, False)
    assert plain.mixer is not None
    last = replace(plain, mixer=Use(plain.mixer.component, {**plain.mixer.flags, "o_bias": True}))
    stacks = r.stacks([("", plain)] * (layers - 1) + [("last", last)])
    spec = Decoder(stacks, last_norm="layer", tied=keys.flag("tie_word_embeddings"))
    return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _trocr(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Attention to an encoder is there, and stands by."""
    chosen: dict[str, Any] = {"idle": Use(idle_cross_attention)}
    if not keys.flag("use_learned_position_embeddings"):
        chosen["positions"] = ""
    if keys.flag("layernorm_embedding"):
        chosen["row_norm"] = "layer"
    width = keys.optional("cross_attention_hidden_size")
    if width is not None:
        chosen["idle"] = Use(idle_cross_attention, {"source": "encoder_width"})
    built = read_decoder(keys, {**options, **chosen})
    if width is not None:
        origin = keys.origin("cross_attention_hidden_size")
        built.sizes["encoder_width"] = (width, origin)
    return built


READERS: dict[str, Callable[[Keys, Mapping[str, Any]], Built]] = {
    "gpt2": _crossed,
    "gpt-sw3": _crossed,
    "xglm": _crossed,
    "gpt_bigcode": _bigcode,
    "opt": _opt,
    "falcon": _falcon,
    "mpt": _mpt,
    "dbrx": _dbrx,
    "gpt_neox_japanese": _neox_japanese,
    "trocr": _trocr,
}
