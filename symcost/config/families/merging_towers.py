"""Encoders of images that merge pieces at their end: those of the Qwen-VL and GLM-V families."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sight import SightLayer, gain, matrix
from symcost.config.families.idle_towers import (
    PLACES,
    IdleTower,
    clip,
    internvl,
    llama4,
    moonvit,
    pieces,
    pixtral,
    siglip,
    square,
    unused,
    usual,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from symcost.config.keys import Keys

GROUPS = "num_key_value_heads"


def qwen(k: Keys, width: str = "hidden_size", feed: str = "intermediate_size") -> IdleTower:
    """The same under the names that Qwen gave."""
    return usual(k, width, feed, "depth", "num_heads")


def qwen2(k: Keys) -> IdleTower:
    """Qwen2-VL: layers of one width, a merger to another."""
    tower = qwen(k, "embed_dim", "")
    width = k.whole("embed_dim")
    tower.sizes["sight_feed"] = (width * k.whole("mlp_ratio"), k.origin("mlp_ratio"))
    pieces(k, tower, bias=False, colours="in_channels")
    _merger(k, tower, "layer", "hidden_size")
    return tower


def qwen2_5(k: Keys) -> IdleTower:
    """Qwen2.5-VL: gated feed-forward blocks with biases, windows without a weight."""
    tower = qwen(k)
    pieces(k, tower, bias=False, colours="in_channels")
    unused(k, "window_size", "fullatt_block_indexes", "tokens_per_second")
    tower.layer = SightLayer("rms", gated=True)
    _merger(k, tower, "rms", "out_hidden_size")
    return tower


def qwen3(k: Keys) -> IdleTower:
    """Qwen3-VL: a table of places, and mergers after some layers as well."""
    tower = qwen(k)
    pieces(k, tower, bias=True, colours="in_channels")
    tower.size(k, "sight_places", "num_position_embeddings")
    tower.before.append(PLACES)
    _merger(k, tower, "layer", "out_hidden_size")
    for index, _ in enumerate(k.numbers("deepstack_visual_indexes")):
        tower.after += gain(f"deep_{index}", "layer", "merged")
        tower.after += matrix(f"deep_{index}_1", "merged", "merged_out")
        tower.after += matrix(f"deep_{index}_2", "merged_out", "sight_result")
    return tower


def _merger(k: Keys, tower: IdleTower, norm: str, result: str) -> None:
    """A norm over one piece, two matrices over a square of them."""
    tower.size(k, "sight_result", result)
    tower.after += gain("merge", norm, "sight_width")
    merged = tower.merged(k.whole("spatial_merge_size") ** 2)
    tower.after += matrix("merge_1", merged, "merged_out")
    tower.after += matrix("merge_2", "merged_out", "sight_result")


def exaone(k: Keys) -> IdleTower:
    """EXAONE 4.5: as Qwen2.5-VL, with fewer key heads than query heads."""
    tower = qwen2_5(k)
    width, heads, groups = k.whole("hidden_size"), k.whole("num_heads"), k.whole(GROUPS)
    if heads % groups:
        k.fail(GROUPS, f"= {groups} does not divide the {heads} heads")
    tower.axes["sight_keys"] = Poly.of(width // heads * groups)
    tower.layer = replace(tower.layer, keys="sight_keys")
    return tower


def glm4v(k: Keys) -> IdleTower:
    """GLM-4.1V: a convolution that merges pieces, and a gated block after it.

    The layers are as wide inside as the text; intermediate_size is the width of the last block.
    """
    tower = qwen(k, feed="out_hidden_size")
    pieces(k, tower, bias=True, colours="in_channels")
    square(k, tower)
    tower.before += [PLACES, *gain("first", "rms", "sight_width")]
    bias = k.flag("attention_bias")
    tower.layer = SightLayer("rms", gated=True, qkv_bias=bias, o_bias=False, feed_bias=False)
    tower.size(k, "sight_inner", "intermediate_size")
    _gated_end(k, tower)
    return tower


def glm_ocr(k: Keys) -> IdleTower:
    """GLM-OCR: the same without a table of places, with norms on queries and keys."""
    tower = qwen(k)
    pieces(k, tower, bias=True, colours="in_channels")
    unused(k, "image_size")
    bias = k.flag("attention_bias")
    tower.layer = SightLayer(
        "rms",
        gated=True,
        qkv_bias=bias,
        o_bias=bias,
        feed_bias=bias,
        head_norm="rms",
        head_norm_over="sight_head",
    )
    width, heads = k.whole("hidden_size"), k.whole("num_heads")
    tower.sizes["sight_head"] = (width // heads, k.origin("hidden_size", "num_heads"))
    inner = k.whole("out_hidden_size") * k.whole("in_channels")
    tower.sizes["sight_inner"] = (inner, k.origin("out_hidden_size", "in_channels"))
    _gated_end(k, tower)
    return tower


def _gated_end(k: Keys, tower: IdleTower) -> None:
    """A norm, a convolution over a square of pieces, a matrix, a norm and a gated block."""
    tower.size(k, "sight_result", "out_hidden_size")
    tower.axes["sight_end"] = Poly.of(dim("sight_result"))
    tower.after += gain("last", "rms", "sight_width")
    merged = tower.merged(k.whole("spatial_merge_size") ** 2)
    tower.after += matrix("C", merged, "sight_result")
    tower.after += matrix("M", "sight_result", "sight_end", bias=False)
    tower.after += gain("merge", "layer", "sight_end")
    for word in "G1":
        tower.after += matrix(word, "sight_end", "sight_inner", bias=False)
    tower.after += matrix("2", "sight_inner", "sight_end", bias=False)


TOWERS: dict[str, Callable[[Keys], IdleTower]] = {
    "clip_vision_model": clip,
    "siglip_vision_model": siglip,
    "idefics3_vision": siglip,
    "smolvlm_vision": siglip,
    "pixtral": pixtral,
    "internvl_vision": internvl,
    "qwen2_vl_vision": qwen2,
    "qwen2_5_vl_vision": qwen2_5,
    "qwen3_vl_vision": qwen3,
    "qwen3_vl_moe_vision": qwen3,
    "exaone4_5_vision": exaone,
    "glm4v_vision": glm4v,
    "glm4v_moe_vision": glm4v,
    "glm_ocr_vision": glm_ocr,
    "kimi_k25_vision": moonvit,
    "llama4_vision_model": llama4,
}
