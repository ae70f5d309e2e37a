"""The audio spectrogram transformer: the sizes of its picture and its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import classes, task
from symcost.models.spectrogram import spectrogram_transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SIZES = {
    "model": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "feed": "intermediate_size",
    "patch": "patch_size",
    "frames": "max_length",
    "bands": "num_mel_bins",
    "frames_step": "time_stride",
    "bands_step": "frequency_stride",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The encoder, or the classifier, as the file names the class."""
    r = Reader(keys, options)
    scores = task(keys, options) == "classify"
    for word, key in SIZES.items():
        r.size(word, key)
    width, heads = keys.whole("hidden_size"), keys.whole("num_attention_heads")
    given = keys.optional("head_dim") if "head_dim" in keys.config else None
    if given is None and width < heads:
        keys.fail("num_attention_heads", f"= {heads} is more than hidden_size = {width}")
    origin = "hidden size over heads, rounded down" if given is None else keys.origin("head_dim")
    r.sizes["head"] = (given or width // heads, origin)
    for key in ("max_length", "num_mel_bins"):
        if keys.whole(key) < keys.whole("patch_size"):
            keys.fail("patch_size", f"is more than {key}")
    activation_of(keys, "hidden_act", keys.raw("hidden_act"))
    scores = scores and bool(classes(r))
    return Built(
        spectrogram_transformer, {"bias": keys.flag("qkv_bias"), "scores": scores}, r.sizes
    )
