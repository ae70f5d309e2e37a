"""ViLT: a text and an image in one sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import sight, task
from symcost.models.joined_rows import joined_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The bare model: the image and the layers are read as of any vision transformer."""
    r = Reader(keys, options)
    spec = sight(r, options, task(keys, options))
    for word, key in (
        ("vocab", "vocab_size"),
        ("positions", "max_position_embeddings"),
        ("segments", "type_vocab_size"),
    ):
        r.size(word, key)
    r.size("modalities", "modality_type_vocab_size", 2)
    most = keys.whole("max_image_length", -(10**9))
    if not most:
        keys.fail("max_image_length", "= 0 leaves nothing of the image")
    flags = {"layers": spec.layers, "bias": bool(spec.layer["q_bias"]), "most": max(most, 0)}
    return Built(joined_rows, flags, r.sizes, tuple(r.relations))
