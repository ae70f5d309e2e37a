"""Towers over images with maps of several sizes behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.config.families.sight import task
from symcost.config.read import part_of, read_part
from symcost.models.feature_pyramid import feature_pyramid
from symcost.models.vision_transformer import Vision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

DOUBLINGS = {4: 2, 2: 1, 1: 0, 0.5: -1}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`sight` is the type of the tower inside."""
    task(keys, options)
    inner = str(options["sight"])
    part = part_of(keys, "backbone_config", inner, {})
    if part.config.get("model_type", inner) != inner:
        part.fail("model_type", f"must be '{inner}' here")
    built = read_part(part, kind="bare")
    spec = built.flags["spec"]
    assert isinstance(spec, Vision)
    scales = keys.raw("scale_factors")
    scales = list(DOUBLINGS) if scales is None else scales
    if not isinstance(scales, list) or not scales or any(each not in DOUBLINGS for each in scales):
        keys.fail("scale_factors", f"= {scales!r:.40}; only 4, 2, 1 and 0.5 are understood")
    for key in options["harmless"]:
        keys.raw(key)
    width = keys.whole("fpn_hidden_size")
    sizes = {**built.sizes, "sight_channels": (width, keys.origin("fpn_hidden_size"))}
    flags = {"spec": spec, "doublings": tuple(DOUBLINGS[each] for each in scales)}
    return replace(built, declaration=feature_pyramid, flags=flags, sizes=sizes)
