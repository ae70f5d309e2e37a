"""Decoders whose latent attention has an indexer: in all layers, or shared by several."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.indexed_attention import indexed_attention
from symcost.config.built import Built
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.streams import stream_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

INDEXED, FULL, SLIDING = "indexed_attention", "full_attention", "sliding_attention"
WIDTHS = {
    "latent": "kv_lora_rank",
    "nope": "qk_nope_head_dim",
    "rope": "qk_rope_head_dim",
    "value_head": "v_head_dim",
}
# In windowed layers: the axis, the dimension it has there, and the key without its prefix.
WINDOW_WIDTHS = {"heads": "num_attention_heads", "query_rank": "q_lora_rank", **WIDTHS}


class IndexedReader(ExpertsReader):
    """Reads a decoder with indexers."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """The options of `INDEXED_TYPES` come on top of those of the experts."""
        super().__init__(keys, {**INDEXED_TYPES, **options})
        self.at, self.layers = 0, 0

    def latent_sizes(self, hidden: int, heads: int) -> None:
        """The widths of latent attention, and of the indexer."""
        del hidden, heads
        for word, key in WIDTHS.items():
            self.size(word, key)
        if self.o["queries"] != "full":
            self.size("query_rank", "q_lora_rank")
        self.size("index_heads", "index_n_heads")
        self.size("index_head", "index_head_dim")
        if self.k.has("index_topk"):
            self.k.whole("index_topk")
        if self.o["norm_rank"]:
            self.size("norm_rank", self.o["norm_rank"])

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer); a layer without an indexer, or without rotation, is of another kind."""
        self.at, self.layers = index, layers
        name, layer = super().kind(index, layers)
        parts = [name] if name else []
        if not self.is_windowed(index, layers):
            parts += [] if self.has_indexer(index, layers) else ["unindexed"]
            parts += [] if self.is_rotated(index, layers) else ["unrotated"]
        if self.o["gated_norms"]:
            after = "rms_gated" if self.is_mixture(index, layers) else "rms"
            layer = replace(layer, before_mixer="rms_gated", before_feed=after)
        return "_".join(parts), layer

    def mixer(self, windowed: bool) -> Use:
        """Latent attention with what this model type adds to it."""
        o = self.o
        indexed = not windowed and self.has_indexer(self.at, self.layers)
        flags = {
            "queries": o["queries"],
            "indexer": ("model" if o["queries"] == "full" else "narrow") if indexed else "",
            "rotated": self.is_rotated(self.at, self.layers),
            "rotated_norm": o["rotated_norm"],
            "gate": o["gate"],
            "sinks": self.choice("sinks"),
            "scaled": o["scaled"],
            "window": windowed,
            "down_bias": self.choice("down_bias"),
            "o_bias": self.choice("o_bias"),
        }
        return Use(indexed_attention, flags, self.window_sizes() if windowed else {})

    def window_sizes(self) -> dict[str, Poly]:
        """The sizes of windowed layers, where they differ from those of the others."""
        self.sizes["window"] = (self.k.whole(self.o["window"]), self.k.origin(self.o["window"]))
        return {}

    # -- which layers ----------------------------------------------------------------------

    def attention_word(self, index: int, layers: int) -> str:
        """Every layer has an indexer of its own, or borrows one."""
        del index, layers
        return INDEXED

    def has_indexer(self, index: int, layers: int) -> bool:
        """Whether a layer picks tokens itself."""
        rule = self.o["indexers"]
        if not rule:
            return True
        if "indexers" not in self.words:
            listed = self.k.words("indexer_types")
            if listed is None:
                listed = [self.indexer(each, rule) for each in range(layers)]
            self.words["indexers"] = listed
        kinds = self.words["indexers"]
        if kinds and kinds[0] != "full":
            self.k.fail("indexer_types", "must begin with a layer that has an indexer")
        word = self.of_layer(kinds, "indexer_types", index, layers)
        if word not in ("full", "shared"):
            self.k.fail("indexer_types", f"has '{word[:40]}', which is not known")
        return word == "full"

    def indexer(self, index: int, rule: str) -> str:
        """Whether a layer has an indexer, where the file has no list."""
        k = self.k
        if rule == "fourth":
            return "full" if index == 0 or (index - 1) % 4 == 0 else "shared"
        if k.has("index_topk_pattern") and k.raw("index_topk_pattern") is not None:
            pattern = k.text("index_topk_pattern")
            if index >= len(pattern) or pattern[index] not in "FS":
                k.fail("index_topk_pattern", "must have a letter F or S for each layer")
            return "full" if pattern[index] == "F" else "shared"
        every = k.whole("index_topk_freq") if k.has("index_topk_freq") else 1
        skip = k.whole("index_skip_topk_offset", 0) if k.has("index_skip_topk_offset") else 2
        return "full" if max(index - skip + 1, 0) % every == 0 else "shared"

    def is_rotated(self, index: int, layers: int) -> bool:
        """Whether a layer has rotation at all."""
        if not self.o["unrotated"]:
            return True
        k = self.k
        if k.raw("no_rope_layers") is None:
            every = k.whole("no_rope_layer_interval") if k.has("no_rope_layer_interval") else 4
            return bool((index + 1) % every)
        rotated = k.numbers("no_rope_layers")
        if len(rotated) != layers:
            k.fail("no_rope_layers", f"has {len(rotated)} entries for {layers} layers")
        return bool(rotated[index])

    def build(self) -> Built:
        """The specification; layers that read the latent of another are not understood."""
        if self.o["sources"]:
            listed = self.k.numbers(self.o["sources"])
            if listed and listed != list(range(len(listed))):
                self.k.fail(self.o["sources"], "shares latents between layers, which is not read")
        built = super().build()
        if self.o["streams"]:
            self.size("streams", self.o["streams"])
            return replace(built, declaration=stream_decoder)
        return built


class WindowedReader(IndexedReader):
    """Layers with a window, whose heads and widths are of their own, among indexed ones."""

    def attention_words(self, layers: int) -> list[str]:
        """Old files call a layer with an indexer full, unless they say that there is none."""
        if "attention" not in self.words:
            k = self.k
            switch = k.flag("use_dsa") if k.has("use_dsa") else None
            if switch is None and not k.has("per_layer_config"):
                switch = True
            listed = k.words("layer_types")
            if listed is None:
                windows = k.flag("use_sliding_window") if k.has("use_sliding_window") else True
                plain = FULL if switch is False else INDEXED
                listed = [
                    SLIDING if windows and i >= 2 and i % 4 != 1 else plain for i in range(layers)
                ]
            if len(listed) != layers:
                k.fail("layer_types", f"has {len(listed)} entries for {layers} layers")
            if switch is not None:
                old, new = (FULL, INDEXED) if switch else (INDEXED, FULL)
                listed = [new if each == old else each for each in listed]
            self.words["attention"] = listed
        return self.words["attention"]

    def has_indexer(self, index: int, layers: int) -> bool:
        """Whether a layer picks tokens itself."""
        return self.attention_words(layers)[index] == INDEXED

    def window_sizes(self) -> dict[str, Poly]:
        """Every width again, from a key with a prefix or from the list of layers."""
        k = self.k
        window = k.optional("sliding_window")
        if window is None:
            window = k.whole("sliding_window_size") if k.has("sliding_window_size") else 512
        self.sizes["window"] = (window, "tokens in the window of a windowed layer")
        widths, found = self.window_widths(), {}
        for axis in WINDOW_WIDTHS:
            word = dim(f"window_{axis}")
            self.sizes[word.word] = (widths[axis], "of windowed layers")
            found[axis] = Poly.of(word)
        return found

    def window_widths(self) -> dict[str, int]:
        """The widths of windowed layers."""
        k = self.k
        if k.has("per_layer_config"):
            return self.listed_widths(k.raw("per_layer_config"))
        found = {}
        for axis, key in WINDOW_WIDTHS.items():
            if axis != "rope":
                name = f"swa_{key}"
                found[axis] = k.whole(name) if k.has(name) else int(WINDOW_DEFAULTS[axis])
        head = k.whole("swa_head_dim") if k.has("swa_head_dim") else 256
        name = "swa_qk_rope_head_dim"
        found["rope"] = k.whole(name) if k.has(name) else head - found["nope"]
        if found["rope"] + found["nope"] != head:
            k.fail("swa_head_dim", "must be the sum of the parts with and without rotation")
        return found

    def listed_widths(self, listed: Any) -> dict[str, int]:
        """The widths of windowed layers in a list that has an entry for each of them."""
        k, key = self.k, "per_layer_config"
        at = [i for i in range(self.layers) if self.attention_words(self.layers)[i] == SLIDING]
        if not isinstance(listed, dict) or sorted(map(str, listed)) != sorted(map(str, at)):
            k.fail(key, "must have an entry for each windowed layer and no others")
        entries = list(listed.values())
        if any(each != entries[0] or not isinstance(each, dict) for each in entries):
            k.fail(key, "must be the same for all windowed layers")
        known = {*WINDOW_WIDTHS.values(), "num_key_value_heads", "head_dim"}
        if set(entries[0]) != known:
            k.fail(key, f"must have exactly the keys {', '.join(sorted(known))}")
        for name, value in entries[0].items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                k.fail(key, f"has {name} = {value!r:.40}, which is no positive whole number")
        return {axis: entries[0][name] for axis, name in WINDOW_WIDTHS.items()}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder with indexers."""
    reader = WindowedReader if options.get("own_windows") else IndexedReader
    return reader(keys, options).build()


WINDOW_DEFAULTS = {
    "heads": 64,
    "query_rank": 1024,
    "latent": 1024,
    "nope": 192,
    "value_head": 128,
}
INDEXED_TYPES: dict[str, Any] = {
    "latent": True,
    "listed": True,
    "layer_kinds": [INDEXED],
    "queries": "narrow",
    "indexers": "",
    "rotated_norm": False,
    "scaled": False,
    "gated_norms": False,
    "norm_rank": "",
    "unrotated": False,
    "sources": "",
    "streams": "",
    "own_windows": False,
}
