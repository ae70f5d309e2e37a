"""CANINE: hashes, and the widths of chunks, pieces and filters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.chunk_attention import chunk_attention
from symcost.components.encoder_attention import encoder_attention
from symcost.components.feed_forward import feed_forward
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.characters import Characters, character_encoder
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

MOST_HASHES = 16


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The bare model."""
    only(keys, "CanineModel")
    r = Reader(keys, options)
    hidden = r.size("model", "hidden_size")
    r.read_harmless(r.size("layers", "num_hidden_layers", 0))
    r.attention_sizes(hidden)
    for word, key in (
        ("feed", "intermediate_size"),
        ("hash_buckets", "num_hash_buckets"),
        ("segments", "type_vocab_size"),
        ("local_block", "local_transformer_stride"),
        ("characters", "downsampling_rate"),
        ("kernel", "upsampling_kernel_size"),
    ):
        r.size(word, key)
    hashes = r.size("shards", "num_hash_functions")
    if hidden % hashes or hashes > MOST_HASHES:
        keys.fail("num_hash_functions", f"must divide hidden_size, and be at most {MOST_HASHES}")
    activation = r.activation()
    feed = Use(feed_forward, {"bias": True, "activation": activation})
    plain = Layer(Use(encoder_attention), feed, "", "layer", "", "layer", norm_sums=True)
    near = replace(plain, mixer=Use(chunk_attention))
    limit = AtMost("characters", "time", "a shorter text has no piece")
    spec = Characters(near, plain, activation)
    return Built(character_encoder, {"spec": spec}, r.sizes, tuple(r.relations), limits=(limit,))
