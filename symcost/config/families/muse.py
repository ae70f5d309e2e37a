"""Muse Spark: gated residual streams, experts in a width of their own between two norms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.config.families.classic import only
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys
    from symcost.models.decoder import Layer


class MuseReader(ExpertsReader):
    """Reads what only this type has."""

    def layer(self, windowed: bool, mixed: bool) -> Layer:
        """The norm after attention has no weights; both sums are weighed by learned vectors."""
        found = super().layer(windowed, mixed)
        return replace(found, after_mixer="rms_plain", scaled=True)

    def mixture(self) -> Use:
        """Experts that work in a width of their own."""
        use = super().mixture()
        self.size("expert_width", "moe_hidden_size")
        flags = {**use.flags, "narrow": "expert_width", "narrow_norm": "rms"}
        return Use(use.component, flags, use.sizes)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder of text of Muse Spark, without a head."""
    only(keys, options["only"])
    return MuseReader(keys, options).build()
