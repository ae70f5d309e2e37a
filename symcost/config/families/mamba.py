"""Decoders whose layers are state-space blocks and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.recurrent import dual, is_width, selective, whole_times
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

NAMES = {
    "expand": "expand",
    "state": "state_size",
    "kernel": "conv_kernel",
    "rank": "time_step_rank",
    "bias": "use_bias",
    "conv_bias": "use_conv_bias",
    "heads": "num_heads",
    "head": "head_dim",
    "groups": "n_groups",
    "chunk": "chunk_size",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Norm and block, for every layer. `block` is "selective" or "dual"."""
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    layers = r.size("layers", "num_hidden_layers", least=0)
    r.read_harmless(layers)
    inner = whole_times(keys, "expand", hidden)
    for key, size in (("d_model", hidden), ("n_layer", layers), ("d_inner", inner)):
        is_width(keys, key, size)
    if options["block"] == "dual":
        mixer = dual(r, inner, NAMES)
    else:
        is_width(keys, "intermediate_size", inner)
        mixer = selective(r, hidden, NAMES, options.get("norms_inside", ""))
    stack = Stack("layer", "layers", Layer(mixer, None, mixer_name="state_space"))
    spec = Decoder((stack,), tied=keys.flag("tie_word_embeddings"))
    return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))
