"""Encoders of text that carry an encoder of images, which text alone leaves idle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_vision import idle_image_encoder
from symcost.config.families import bert
from symcost.config.families.classic import only
from symcost.config.families.sighted import SIGHT, image_sizes
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.bert import Bert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The language model of the text part; the outer tie decides.

    A type may say what its images are summed up by where the file has no part for them.
    """
    only(keys, options["outer_class"])
    text, sight = inside(keys, "text_config", options["text"]), inside(keys, "vision_config", SIGHT)
    pooled = sight.flag("vision_use_head")
    if keys.raw("vision_config") is None:
        pooled = bool(options["pooled_unsaid"])
    built = bert.read(text, {**options, "tied": keys.flag("tie_word_embeddings")})
    text.raw("tie_word_embeddings")
    merge = keys.whole("pixel_shuffle_factor")
    built.sizes.update(
        {**image_sizes(sight), "merge": (merge, keys.origin("pixel_shuffle_factor"))}
    )
    flags = {"pooled": pooled, "merged": True, "out_norm": options["out_norm"]}
    for key in ("image_token_id", "classifier_bias"):
        if keys.has(key):
            keys.raw(key)
    for part in (text, sight):
        part.refuse_unread()
    spec = built.flags["spec"]
    assert isinstance(spec, Bert)
    if not spec.head:
        text.fail("architectures", "names the bare class; only the language model is understood")
    return replace(built, flags={"spec": replace(spec, idle=Use(idle_image_encoder, flags))})
