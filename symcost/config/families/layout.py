"""LiLT: BERT's sizes, and those of a stream that is narrower by a whole ratio."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.config.families import bert
from symcost.config.families.classic import only
from symcost.models.bert import Bert
from symcost.models.layout import Layout, layout_encoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

BOX_ROWS = 6


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The bare model."""
    only(keys, "LiltModel")
    if keys.whole("num_hidden_layers") < 1:
        keys.fail("num_hidden_layers", "must be at least 1")
    built = bert.read(keys, {**options, "headless": True, "bare": "LiltModel"})
    spec, sizes = built.flags["spec"], dict(built.sizes)
    assert isinstance(spec, Bert)
    hidden, heads = keys.whole("hidden_size"), keys.whole("num_attention_heads")
    ratio = keys.whole("channel_shrink_ratio")
    feed = keys.whole("intermediate_size")
    if hidden % BOX_ROWS:
        keys.fail("hidden_size", f"must be a multiple of {BOX_ROWS}: rows for a box fill it")
    if (hidden // heads) % ratio:
        keys.fail("channel_shrink_ratio", f"= {ratio} must divide the width of a head")
    if feed < ratio:
        keys.fail("channel_shrink_ratio", "leaves no inner width")
    origin = keys.origin("channel_shrink_ratio")
    for word, width in (
        ("side_width", hidden // BOX_ROWS),
        ("extent_width", hidden // BOX_ROWS),
    ):
        sizes[word] = (width, f"a sixth of the hidden size {hidden}")
    for word, width in (
        ("place_width", hidden // ratio),
        ("place_head", hidden // heads // ratio),
        ("place_feed", feed // ratio),
    ):
        sizes[word] = (width, f"narrower by the ratio {ratio}: {origin}")
    page = keys.whole("max_2d_position_embeddings")
    sizes["page"] = (page, keys.origin("max_2d_position_embeddings"))
    words = replace(spec, stacks=(), pooled=False)
    flags = Layout(words, Poly.of(dim("layers")) - 1, spec.activation)
    return replace(built, declaration=layout_encoder, flags={"spec": flags}, sizes=sizes)
