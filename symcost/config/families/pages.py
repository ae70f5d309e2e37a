"""Encoders of questions, and of words that stand on a page or beside an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.box_rows import box_ways, joined_box_rows, path_rows
from symcost.components.encoder_attention import encoder_attention
from symcost.components.idle_vision import idle_page, idle_seen_rows
from symcost.config.families.changes import Kin
from symcost.config.families.kin import changed
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

# Each box has four corners, and each corner two places.
CORNER_PLACES = 8


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The bare model of the BERT family, with the difference of its type."""
    return changed(keys, {**options, "headless": True}, DIFFERENCES[keys.facts.model_type])


def question(kin: Kin) -> None:
    """DPR: the first token, perhaps through a matrix, stands for the text."""
    if kin.k.whole("projection_dim", 0):
        kin.size("pool_width", "projection_dim")
        kin.change(summary="pool_width")


def regions(kin: Kin) -> None:
    """VisualBERT: tables for regions of an image stand by."""
    if kin.k.flag("bypass_transformer"):
        kin.k.fail("bypass_transformer", "= true is not understood here")
    kin.size("sight_width", "visual_embedding_dim")
    kin.change(idle=Use(idle_seen_rows))


def ways(kin: Kin) -> None:
    """BROS: queries also score the way from one box to another."""
    k = kin.k
    waves, count = k.whole("hidden_size") // 4, k.whole("dim_bbox")
    if count != CORNER_PLACES:
        k.fail("dim_bbox", f"must be {CORNER_PLACES}: a box has four corners")
    each = waves // count
    if each % 2 or each * count != waves:
        k.fail(
            "hidden_size", f"leaves {waves} waves, not an even number for each of {count} places"
        )
    follow = {
        "dim_bbox_sinusoid_emb_2d": waves,
        "dim_bbox_sinusoid_emb_1d": each,
        "dim_bbox_projection": k.whole("hidden_size") // k.whole("num_attention_heads"),
    }
    for key, value in follow.items():
        if k.config.get(key, value) != value:
            k.fail(key, f"must be {value}, as the other sizes say")
    kin.built.sizes["waves"] = (waves, "a quarter of the hidden size")
    seen = {"seen": Poly.of(dim("time"))}
    kin.change(relative=Use(box_ways, {}, seen))
    mixer = Use(encoder_attention, {"ways": True})
    kin.layers(mixer=mixer, beside=(("way", "batch time seen head"),))


def page(kin: Kin) -> None:
    """LayoutLMv3: rows for a word's box; an image of the page stands by."""
    k = kin.k
    if not k.flag("text_embed"):
        k.fail("text_embed", "= false is not understood here")
    for word, key in (
        ("page", "max_2d_position_embeddings"),
        ("side_width", "coordinate_size"),
        ("extent_width", "shape_size"),
    ):
        kin.size(word, key)
    if 4 * k.whole("coordinate_size") + 2 * k.whole("shape_size") != k.whole("hidden_size"):
        k.fail("coordinate_size", "x 4 + shape_size x 2 must be hidden_size")
    near, flat = k.flag("has_relative_attention_bias"), k.flag("has_spatial_attention_bias")
    if near:
        kin.size("buckets", "rel_pos_bins")
    if flat:
        kin.size("page_buckets", "rel_2d_pos_bins")
    for key in ("rel_pos_bins", "rel_2d_pos_bins", "max_rel_pos", "max_rel_2d_pos"):
        k.raw(key)
    seen = k.flag("visual_embed")
    image, side = k.whole("input_size"), k.whole("patch_size")
    numbers = k.whole("num_channels") * side**2
    if seen:
        places = (image // side) ** 2 + 1
        kin.built.sizes["sight_places"] = (places, k.origin("input_size", "patch_size"))
        kin.built.sizes["sight_numbers"] = (numbers, k.origin("num_channels", "patch_size"))
    idle = Use(idle_page, {"near": near, "flat": flat, "seen": seen})
    kin.change(added=Use(joined_box_rows), idle=idle if near or flat or seen else None)


def paths(kin: Kin) -> None:
    """MarkupLM: rows for a word's path through the tree of a page."""
    for word, key in (
        ("path_steps", "max_depth"),
        ("path_width", "xpath_unit_hidden_size"),
        ("tags", "max_xpath_tag_unit_embeddings"),
        ("likes", "max_xpath_subs_unit_embeddings"),
    ):
        kin.size(word, key)
    kin.change(added=Use(path_rows))


def same(kin: Kin) -> None:
    """Splinter: BERT, without a pooler."""
    kin.change(pooled=False)


DIFFERENCES: dict[str, Callable[[Kin], None]] = {
    "bros": ways,
    "dpr": question,
    "layoutlmv3": page,
    "markuplm": paths,
    "splinter": same,
    "visual_bert": regions,
}
