"""Inkling: learned distances, short convolutions, windowed layers with heads of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.distance_attention import (
    distance_attention,
    smoothed_feed_forward,
    smoothed_mixture,
)
from symcost.config.built import Built
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from symcost.config.keys import Keys

FULL, SLIDING = "hybrid", "hybrid_sliding"


class InklingReader(ExpertsReader):
    """Reads both sets of heads, and which layers have which."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """Old files call the experts' width intermediate_size, where they name the dense one."""
        super().__init__(keys, options)
        key = "dense_intermediate_size"
        if keys.has(key) and keys.raw(key) is not None:
            self.o.update(feed=key, expert_feed="intermediate_size")

    def attention_words(self, layers: int) -> list[str]:
        """Windows in the layers listed, or in all but every sixth."""
        if "attention" not in self.words:
            k = self.k
            listed = k.words("layer_types")
            if listed is None:
                local = {i for i in range(layers) if (i + 1) % 6}
                if k.has("local_layer_ids") and k.raw("local_layer_ids") is not None:
                    local = set(k.numbers("local_layer_ids"))
                listed = [SLIDING if i in local else FULL for i in range(layers)]
            if len(listed) != layers:
                k.fail("layer_types", f"has {len(listed)} entries for {layers} layers")
            self.words["attention"] = listed
        return self.words["attention"]

    def attention_sizes(self, hidden: int) -> None:
        """The heads of layers without a window."""
        super().attention_sizes(hidden)
        self.size("distance_width", "d_rel")
        self.size("kernel", "conv_kernel_size")

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer."""
        windowed = self.attention_words(layers)[index] == SLIDING
        mixed = self.is_mixture(index, layers)
        sizes = self.window_sizes() if windowed else {}
        if not windowed:
            self.size("distances", "rel_extent")
        flags = {"activation": self.activation()}
        feed = Use(smoothed_mixture if mixed else smoothed_feed_forward, flags)
        if mixed:
            self.mixture()
            self.size("shared_experts", "n_shared_experts")
        else:
            self.dense()
        parts = ("window" if windowed else "", "moe" if mixed else "")
        mixer = Use(distance_attention, {"window": windowed}, sizes)
        return "_".join(part for part in parts if part), Layer(mixer, feed)

    def window_sizes(self) -> dict[str, Poly]:
        """Heads of a windowed layer; its distances reach as far as the window."""
        k = self.k
        self.sizes["window"] = (k.whole(self.o["window"], 2), k.origin(self.o["window"]))
        heads = k.whole("swa_num_attention_heads")
        groups = self.size("window_groups", "swa_num_key_value_heads")
        if heads % groups:
            k.fail("swa_num_attention_heads", f"= {heads} is no multiple of {groups} key heads")
        self.sizes["window_share"] = (heads // groups, k.origin("swa_num_attention_heads"))
        self.size("window_head", "swa_head_dim")
        names = {axis: f"window_{axis}" for axis in ("groups", "share", "head")}
        return {axis: Poly.of(dim(word)) for axis, word in {**names, "distances": "window"}.items()}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """An Inkling decoder."""
    return InklingReader(keys, options).build()
