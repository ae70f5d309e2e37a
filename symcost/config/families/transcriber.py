"""Nemotron Transcribe: a decoder of text with three encoders of sound, idle with text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.idle_transcriber import idle_transcriber
from symcost.config.activations import activation_of
from symcost.config.families.classic import only
from symcost.config.families.spoken import spoken, with_idle
from symcost.config.keys import Facts, Keys
from symcost.config.read import inside
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built

# The class that holds these has no model type of its own.
HEAD = {"hidden_size": 192, "num_speakers": 8, "audio_hidden_size": 512, "subsampling_factor": 8}
TOWER = {
    "width": "hidden_size",
    "feed": "intermediate_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
}
HARMLESS = ("max_position_embeddings", "chunk_length", "chunk_left_context", "chunk_right_context")
CACHE = ("streaming_config", "fifo_length", "speaker_cache_update_period", "initializer_range")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder, and the sizes of the three encoders."""
    only(keys, options["whole"])
    built = spoken(keys, options)
    for key in options["harmless"]:
        if keys.has(key):
            keys.raw(key)
    sound = inside(keys, "audio_config", "nemotron3_5_transcribe_audio")
    sound.raw("speaker_activity_threshold")
    heard = inside(sound, "asr_config", "nemotron3_5_transcribe_asr_audio")
    speakers = inside(sound, "diarization_config", "nemotron3_diarization")
    turns = inside(speakers, "audio_config", "nemotron3_diarization_audio")
    timing = inside(keys, "word_timestamp_config", "nemotron3_5_transcribe_word_timestamp")
    sizes = built.sizes
    for mark, part in (("hear", heard), ("who", turns), ("when", timing)):
        _tower(part, mark, built)
    sizes["hear_stack"] = (heard.whole("subsampling_factor"), heard.origin("subsampling_factor"))
    sizes["bands"] = (heard.whole("num_mel_bins"), heard.origin("num_mel_bins"))
    sizes["who_bands"] = (turns.whole("num_mel_bins"), turns.origin("num_mel_bins"))
    head = _speakers(speakers, turns, built)
    if turns.whole("subsampling_factor") != heard.whole("subsampling_factor"):
        turns.fail("subsampling_factor", "must be that of asr_config")
    sizes["when_classes"] = (timing.whole("vocab_size"), timing.origin("vocab_size"))
    sizes["when_stretch"] = (timing.whole("upsampling_factor"), timing.origin("upsampling_factor"))
    timing.raw("blank_token_id"), timing.raw("residual_scale")
    for part in (sound, heard, speakers, turns, timing, head):
        for key in (*HARMLESS, *CACHE):
            if part.has(key):
                part.raw(key)
        part.refuse_unread()
    return with_idle(built, Use(idle_transcriber))


def _tower(k: Keys, mark: str, built: Built) -> None:
    """The sizes of one encoder; its name begins with `mark`."""
    for word, key in TOWER.items():
        built.sizes[f"{mark}_{word}"] = (k.whole(key), k.origin(key))
    width, heads = k.whole("hidden_size"), k.whole("num_attention_heads")
    if width % heads:
        k.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
    given = k.optional("head_dim") if k.has("head_dim") else None
    origin = "hidden size over heads" if given is None else k.origin("head_dim")
    built.sizes[f"{mark}_head"] = (given or width // heads, origin)
    groups = k.optional("num_key_value_heads")
    origin = "as many as heads" if groups is None else k.origin("num_key_value_heads")
    built.sizes[f"{mark}_groups"] = (groups or heads, origin)
    activation_of(k, "hidden_act", k.raw("hidden_act"))


def _speakers(k: Keys, turns: Keys, built: Built) -> Keys:
    """What tells speakers apart at last, in the same steps as the encoder below it."""
    found = k.raw("head_config")
    if not isinstance(found, dict | None):
        k.fail("head_config", f"must be an object, not {found!r:.40}")
    facts = Facts("nemotron3_diarization_head", "its class", HEAD, {}, k.facts.version)
    head = Keys(found or {}, facts, {}, f"{k.where}, head_config")
    k.inner.append(head)
    for word, key in (("who_inner", "hidden_size"), ("speakers", "num_speakers")):
        built.sizes[word] = (head.whole(key), head.origin(key))
    for key, other in (("audio_hidden_size", "hidden_size"), ("subsampling_factor",) * 2):
        if head.whole(key) != turns.whole(other):
            head.fail(key, f"must be {other} of the encoder below it, {turns.whole(other)}")
    return head
