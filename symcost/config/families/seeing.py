"""Models that read images and text: the decoder of text does the work, the rest stands by."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_sight import idle_sights
from symcost.config.families.bridges import BRIDGES, Span
from symcost.config.families.classic import only
from symcost.config.families.merging_towers import TOWERS
from symcost.config.read import part_of, read_part
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

# Entries of the vocabulary that stand for images, and how many an image becomes.
TOKENS = re.compile(r"token_(id|index)$|^image_seq_length$|^ignore_index$")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`text` and `sight` are the types inside, `bridge` what stands between them.

    `tie` says where the switch of the tie is looked for: "outer", "inner", or "either" of both.
    """
    o = {**SEEING, **options}
    only(keys, o["only"])
    for key in (*o["harmless"], *(key for key in keys.config if TOKENS.search(key))):
        if keys.has(key):
            keys.raw(key)
    for key, words in o["words"].items():
        if keys.text(key) not in words:
            keys.fail(key, f"must be one of {', '.join(words)}")
    outer = _flat(keys, o)
    text = part_of(outer, "text_config", o["text"], o["text_else"], renamed=o["renamed"])
    if not o["any_text"] and text.facts.model_type != o["text"]:
        text.fail("model_type", f"must be '{o['text']}' here")
    for key in o["text_harmless"]:
        if key in text.config:
            text.raw(key)
    built = read_part(text, head=True)
    sight = part_of(keys, "vision_config", o["sight"], o["sight_else"], any_type=o["any_sight"])
    if sight.facts.model_type not in TOWERS:
        sight.fail("model_type", "is no encoder of images that is understood inside this model")
    for key in o["sight_harmless"]:
        if key in sight.config:
            sight.raw(key)
    tower = TOWERS[sight.facts.model_type](sight)
    width = built.sizes["model"][0]
    BRIDGES[o["bridge"]](Span(keys, tower, {**o, "text_width": width}))
    sight.refuse_unread()
    spec = built.flags.get("spec")
    if built.declaration is not decoder or not isinstance(spec, Decoder) or not _plain(spec):
        text.fail("model_type", "is not a decoder of text that is understood inside this model")
    idle = Use(idle_sights, {"spec": tower.sight(), "count": o["towers"]}, tower.axes)
    flags = {"spec": replace(spec, tied=_tied(keys, text, o), head_bias=False, idle=idle)}
    return replace(built, flags=flags, sizes={**built.sizes, **tower.sizes})


def _plain(spec: Decoder) -> bool:
    """Whether the decoder ends as the head of the whole needs it, and carries nothing else."""
    return not (spec.narrow or spec.spare_rows or spec.neck or spec.idle)


def _tied(keys: Keys, text: Keys, o: Mapping[str, Any]) -> bool:
    """Whether the head is the table of tokens."""
    key = "tie_word_embeddings"
    inner = text.flag(key) if text.has(key) else False
    outer = keys.flag(key)
    return {"outer": outer, "inner": inner, "either": outer or inner}[o["tie"]]


def _flat(keys: Keys, o: Mapping[str, Any]) -> Keys:
    """Old files of some types have the keys of the text beside those of the whole."""
    if not o["flat"] or keys.raw("text_config") is not None:
        return keys
    ours = {*keys.facts.defaults, "architectures", "model_type", "rope_scaling"}
    inner = {key: value for key, value in keys.config.items() if key not in ours}
    for key in inner:
        keys.origins[key] = f"{keys.where}: {key} (of the text)"
    return replace(keys, config={**keys.config, "text_config": inner})


SEEING: dict[str, Any] = {
    "text_else": {},
    "sight_else": {},
    "any_text": True,
    "renamed": {},
    "any_sight": True,
    "tie": "outer",
    "flat": False,
    "newline": False,
    "towers": 1,
    "bridge_norm": False,
    "bridge_bias": True,
    "words": {},
    "harmless": [],
    "text_harmless": [],
    "sight_harmless": [],
}
