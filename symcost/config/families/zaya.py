"""ZAYA: convolved attention, a router with a network of its own, scaled additions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.components.convolved_attention import convolved_attention
from symcost.components.mixture_by_network import mixture_by_network
from symcost.config.built import Built
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.scaled import scaled_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from symcost.config.keys import Keys


class ZayaReader(ExpertsReader):
    """Reads windows, kernels and the router's width."""

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer); the router of the first layer has none below it to remember."""
        k = self.k
        words = k.words("layer_types") or ["hybrid"] * layers
        word = self.of_layer(words, "layer_types", index, layers)
        windowed = word == "hybrid_sliding"
        if windowed:
            self.sizes["window"] = (k.whole("sliding_window", 2), k.origin("sliding_window"))
        if k.whole("num_experts_per_tok") != 1:
            k.fail("num_experts_per_tok", "must be 1 in this model type")
        self.mixture()
        kernels = self.size("kernel", "cca_time0") + self.size("head_kernel", "cca_time1")
        if kernels < 3:
            k.fail("cca_time0", "and cca_time1 must not both be 1")
        if k.whole("num_key_value_heads") * k.whole("head_dim") % 2:
            k.fail("head_dim", "times num_key_value_heads must be even: a value has two halves")
        self.size("router_width", "router_hidden_size")
        mixer = Use(convolved_attention, {"bias": self.choice("o_bias"), "window": windowed})
        flags = {"remembers": index > 0, "activation": self.activation()}
        name = "_".join(
            part for part in ("" if index else "first", "window" if windowed else "") if part
        )
        return name, Layer(mixer, Use(mixture_by_network, flags))

    def build(self) -> Built:
        """The specification, with scaled additions."""
        return replace(super().build(), declaration=scaled_decoder)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A ZAYA decoder."""
    return ZayaReader(keys, options).build()
