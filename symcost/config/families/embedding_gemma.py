"""The text part of EmbeddingGemma 2: rows for the layers, and wide heads that see everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.whole_attention import whole_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.row_decoder import RowDecoder, row_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

FULL, WINDOW = "full_attention", "sliding_attention"
EVERY, GLOBAL_HEAD, GLOBAL_GROUPS = 6, 512, 1


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The part by itself: it hands vectors on, not logits."""
    only(keys, "EmbeddingGemma2TextModel")
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    r.size("layer_row", "hidden_size_per_layer_input")
    r.size("pool_width", "embedding_dim")
    kinds = _kinds(keys, layers)
    bias = dict.fromkeys((f"{each}_bias" for each in "qkvo"), keys.flag("attention_bias"))
    attention = Use(whole_attention, {**bias, "qk_norm": "rms", "v_norm": "rms_plain"})
    feed = r.dense()
    near = Layer(attention, feed, "rms", "rms", "rms", "rms")
    far = replace(near, mixer=Use(whole_attention, attention.flags, _wide(r, kinds)))
    found = [("near", near) if kind == WINDOW else ("full", far) for kind in kinds]
    spec = RowDecoder(r.stacks(found), r.activation(), table=False, out="pool_width")
    return Built(row_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _kinds(k: Keys, layers: int) -> list[str]:
    """Which layers have a window; the last one never has."""
    every = k.whole("sliding_window_pattern") if k.has("sliding_window_pattern") else EVERY
    kinds = k.words("layer_types")
    if kinds is None:
        kinds = [WINDOW if (at + 1) % every else FULL for at in range(layers)]
    if len(kinds) != layers or not set(kinds) <= {FULL, WINDOW}:
        k.fail("layer_types", f"must name {FULL} or {WINDOW} for {layers} layers")
    return [*kinds[:-1], FULL]


def _wide(r: Reader, kinds: list[str]) -> dict[str, Poly]:
    """Heads of another width, and another number of key heads, where all is seen."""
    k = r.k
    head: tuple[int, str] = (GLOBAL_HEAD, "of the class")
    groups: tuple[int, str] = (GLOBAL_GROUPS, "of the class")
    if k.has("global_head_dim"):
        head = (k.whole("global_head_dim"), k.origin("global_head_dim"))
    if k.has("num_global_key_value_heads"):
        key = "num_global_key_value_heads"
        groups = (k.whole(key), k.origin(key))
    if "per_layer_config" in k.config:
        head, groups = _listed(k, [at for at, kind in enumerate(kinds) if kind == FULL])
    heads = k.whole("num_attention_heads")
    if heads % groups[0]:
        k.fail("num_attention_heads", f"= {heads} is no multiple of {groups[0]} wide key heads")
    r.sizes["global_head"], r.sizes["global_groups"] = head, groups
    return {
        "head": Poly.of(dim("global_head")),
        "groups": Poly.of(dim("global_groups")),
        "share": Poly.of(dim("heads")) / Poly.of(dim("global_groups")),
    }


def _listed(k: Keys, wanted: list[int]) -> tuple[tuple[int, str], tuple[int, str]]:
    """What the file says of the layers that see everything, the same of each."""
    table = k.raw("per_layer_config")
    words = {"head_dim", "num_key_value_heads"}
    entries = list(table.values()) if isinstance(table, dict) else []
    if (
        not entries
        or sorted(table) != sorted(map(str, wanted))
        or any(each != entries[0] for each in entries)
        or set(entries[0]) != words
    ):
        k.fail("per_layer_config", "must say the same of exactly the layers without a window")
    for size in entries[0].values():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            k.fail("per_layer_config", f"holds {size!r:.40}, not a whole number")
    origin = k.origin("per_layer_config")
    return (entries[0]["head_dim"], origin), (entries[0]["num_key_value_heads"], origin)
