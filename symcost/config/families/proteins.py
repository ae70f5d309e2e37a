"""Encoders of proteins: ESM-1b and ESM-2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle import idle_contacts
from symcost.config.families import bert
from symcost.graph.component import Use
from symcost.models.bert import Bert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

FOLDING = ("is_folding_model", "is_decoder", "add_cross_attention")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Places are a table or rotated; a head that tells contacts stands by."""
    for key in FOLDING:
        if keys.flag(key):
            keys.fail(key, "= true is not understood here")
    kind = keys.text("position_embedding_type")
    if kind not in ("absolute", "rotary"):
        keys.fail("position_embedding_type", f"= {kind!r:.40} is not 'absolute' or 'rotary'")
    found = {**options, "row_norm": "layer" if keys.flag("emb_layer_norm_before") else ""}
    if kind == "rotary":
        found["positions"] = ""
    built = bert.read(keys, found)
    spec = built.flags["spec"]
    assert isinstance(spec, Bert)
    return replace(built, flags={"spec": replace(spec, idle=Use(idle_contacts))})
