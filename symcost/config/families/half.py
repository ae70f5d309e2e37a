"""An encoder and a decoder, or the decoder alone: the class whose name ends in ForCausalLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.idle import idle_cross_attention
from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.families import sequences
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The file has to name the class, as the model type stands for both halves."""
    name, whole = options["class"], options.get("whole", "")
    named = keys.words("architectures") if "architectures" in keys.config else None
    if whole and named == [whole]:
        return sequences.read(keys, {**options, **options.get("as_whole", {})})
    if named != [name]:
        known = f"['{name}']" + (f" or ['{whole}']" if whole else "")
        keys.fail("architectures", f"must be {known}, not {named!r:.80}")
    if keys.has("decoder_vocab_size"):
        own = keys.optional("decoder_vocab_size")
        if own is not None and own != keys.whole("vocab_size"):
            keys.fail("decoder_vocab_size", "other than vocab_size is not understood here")
    bias = options["o_bias"]
    bias = keys.flag(bias) if isinstance(bias, str) else bool(bias)
    key_bias = bias and options["k_bias"] is not False
    idle = Use(idle_cross_attention, {"bias": bias, "key_bias": key_bias})
    harmless = [*options["harmless"], *options.get("more_harmless", [])]
    return read_decoder(keys, {**options, "idle": idle, "harmless": harmless})
