"""Towers over films whose layers look inside pictures first and along time then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import sight, task
from symcost.models.film_tower import film_tower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The bare tower; its two kinds of layers are counted by keys of their own."""
    r = Reader(keys, options)
    spec = sight(r, options, task(keys, options))
    words = {}
    for name in ("spatial", "temporal"):
        count = r.size(f"{name}_layers", f"num_{name}_layers", 0)
        words[name] = f"{name}_layers" if count else ""
    layer = {name: spec.layer[name] for name in ("q_bias", "k_bias", "v_bias")}
    return Built(film_tower, {**words, "layer": layer}, r.sizes, tuple(r.relations))
