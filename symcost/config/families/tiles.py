"""Llama 3.2 Vision: an encoder that sees an image in tiles, beside the decoder of text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sight import SightLayer, gain, idle_sight, matrix
from symcost.config.families.idle_towers import IdleTower
from symcost.config.read import part_of
from symcost.graph.component import Use
from symcost.graph.tensor import Role
from symcost.models.decoder import Decoder

if TYPE_CHECKING:
    from symcost.config.built import Built
    from symcost.config.keys import Keys

RATIOS = 8  # ways to lay out up to four tiles, where the file lists none


def with_tiles(keys: Keys, built: Built) -> Built:
    """The decoder with the encoder of images, which text alone leaves idle.

    The layers of text that look at an image are part of the decoder.
    """
    sight = part_of(keys, "vision_config", "mllama_vision_model", {}, any_type=False)
    tower = _tower(sight)
    sight.refuse_unread()
    tower.after += matrix("bridge", "sight_result", "model")
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    idle = Use(idle_sight, {"spec": tower.sight()}, tower.axes)
    return replace(
        built, flags={"spec": replace(spec, idle=idle)}, sizes={**built.sizes, **tower.sizes}
    )


def _tower(k: Keys) -> IdleTower:
    """Layers over tiles, then gated layers over the whole image; tables for the layout of tiles."""
    tower = IdleTower()
    width = tower.size(k, "sight_width", "hidden_size")
    tower.size(k, "sight_feed", "intermediate_size")
    tower.size(k, "sight_layers", "num_hidden_layers")
    tower.size(k, "sight_far_layers", "num_global_layers")
    tower.size(k, "sight_result", "vision_output_dim")
    heads = k.whole("attention_heads")
    if width % heads:
        k.fail("attention_heads", f"= {heads} does not divide hidden_size = {width}")
    side, image = k.whole("patch_size"), k.whole("image_size")
    if side > image:
        k.fail("patch_size", f"= {side} is more than image_size = {image}")
    places = ((image // side) ** 2, k.origin("image_size", "patch_size"))
    numbers = (k.whole("num_channels") * side**2, k.origin("num_channels", "patch_size"))
    tower.sizes.update(sight_places=places, sight_numbers=numbers)
    listed = k.raw("supported_aspect_ratios")
    if listed is not None and not isinstance(listed, list):
        k.fail("supported_aspect_ratios", "must be a list")
    k.raw("intermediate_layers_indices")
    rows = Poly.of(dim("sight_places")) + Poly.of(1)
    tiles = Poly.of(dim("sight_width")) * k.whole("max_num_tiles")
    layouts = Poly.of((RATIOS if listed is None else len(listed)) + 1)
    tower.axes.update(sight_rows=rows, tiles=tiles, tiled=tiles * rows, layouts=layouts)
    tower.axes["one"] = Poly.of(1)
    tower.layer = SightLayer(qkv_bias=False, o_bias=False)
    tower.far = replace(tower.layer, gates=True)
    tower.before += matrix("pieces", "sight_numbers", "sight_width", bias=False)
    tower.before.append(("whole", "sight_width", Role.SCALE))
    tower.before.append(("W_P", "sight_rows sight_width", Role.SCALE))
    tower.before.append(("W_T", "layouts tiled", Role.POSITION))
    for place in ("before", "after"):
        tower.before.append((f"W_{place}", "layouts tiles", Role.POSITION))
    for place in ("places", "before", "after"):
        tower.before.append((f"open_{place}", "one", Role.SCALE))
    tower.before += gain("first", "layer", "sight_width")
    tower.after += gain("last", "layer", "sight_width")
    return tower
