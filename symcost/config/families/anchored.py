"""NeoMME: which layers add rows of values, and the sizes of its narrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built, count_of
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.models.anchored import Anchored, anchored_encoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

COLOURS = 3


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The first and the last layer that sees everything add rows of values."""
    named = only(keys, "NeoMMEForMaskedLM", "NeoMMEModel")
    r = Reader(keys, options)
    for word, key in (("vocab", "vocab_size"), ("row_width", "embedding_rank")):
        r.size(word, key)
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    r.size("feed", "intermediate_size")
    patch = keys.whole("patch_size")
    r.sizes["sight_numbers"] = (COLOURS * patch**2, keys.origin("patch_size"))
    if keys.has("per_layer_config"):
        _check_windows(keys)
    plain, valued = _counts(r, layers)
    spec = Anchored(
        plain,
        valued,
        bias=keys.flag("attention_bias"),
        feed_bias=keys.flag("mlp_bias"),
        activation=r.activation(),
        tied=keys.flag("tie_word_embeddings"),
        head=named == "NeoMMEForMaskedLM",
    )
    return Built(anchored_encoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _counts(r: Reader, layers: int) -> tuple[str, str]:
    """The words that count layers without and with rows of values."""
    kinds = r.k.words("layer_types")
    if kinds is None:
        full = [at for at in range(layers) if (at + 1) % 6 == 0 or at == layers - 1]
    else:
        full = [at for at, kind in enumerate(kinds) if kind == "full_attention"]
    if not full:
        r.k.fail("layer_types", "must have a layer with full attention")
    number = len({full[0], full[-1]})
    if number == layers:
        return "", "layers"
    r.sizes.pop("layers")
    words = []
    for name, count in (("", layers - number), ("valued", number)):
        words.append(count_of(name).word)
        r.sizes[words[-1]] = (count, f"{name or 'plain'} layers among {layers}")
    return words[0], words[1]


def _check_windows(keys: Keys) -> None:
    """What a file says of single layers may be their windows, and nothing else."""
    found = keys.raw("per_layer_config") or {}
    if not all(set(each) <= {"sliding_window"} for each in found.values()):
        keys.fail("per_layer_config", "may hold windows alone")
