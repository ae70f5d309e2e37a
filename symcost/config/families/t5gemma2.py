"""T5Gemma 2: halves of one width and one table, and an encoder of images that rests with text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_marks import idle_marks
from symcost.components.merged_attention import merged_attention
from symcost.components.whole_attention import whole_attention
from symcost.config.built import Built
from symcost.config.families.classic import only
from symcost.config.families.sighted import SIGHT, image_sizes
from symcost.config.families.t5gemma import HALF, OTHERS, half
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Stack
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys

OWN = {**HALF, "qk_norm": "rms", "windowed": 6, "window_every": "sliding_window_pattern"}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The class for conditional generation; the outer tie decides on all tables."""
    only(keys, options["class"])
    outer = inside(keys, "encoder", "t5gemma2_encoder")
    sight = inside(outer, "vision_config", SIGHT)
    for part in (keys, outer):
        for key in options["harmless"]:
            if part.has(key):
                part.raw(key)
    outer.raw("tie_word_embeddings")
    r, kinds = half(inside(keys, "decoder", "t5gemma2_decoder"), OWN)
    e, whole = half(inside(outer, "text_config", "t5gemma2_text"), OWN)
    for word in ("model", "vocab"):
        if r.sizes[word][0] != e.sizes[word][0]:
            keys.fail("encoder", f"and decoder differ in the {dim(word).meaning}")
    layers = []
    for name, each in kinds:
        flags = {"qk_norm": "rms", **_biases(r), "window": name == "window"}
        layers.append((name, replace(each, mixer=Use(merged_attention, flags))))
    inner = Side(r.stacks(layers), last_norm="rms")
    sizes = {axis: Poly.of(dim(word)) for axis, word in OTHERS.items()}
    layer = replace(whole[0][1], mixer=Use(whole_attention, {"qk_norm": "rms", **_biases(e)}))
    reads = Side((Stack("layer", "encoder_layers", layer),), sizes, last_norm="rms")
    for axis, word in {**OTHERS, "layers": "encoder_layers"}.items():
        r.sizes[word] = e.sizes[axis]
    r.sizes.update(image_sizes(sight))
    tied = keys.flag("tie_word_embeddings")
    marks = {"pooled": sight.flag("vision_use_head"), "tables": 1 if tied else 2}
    idle = Use(idle_marks, marks)
    spec = EncoderDecoder(reads, inner, None, apart=not tied, tied=tied, idle=idle)
    for part in (r.k, e.k, sight, outer):
        part.refuse_unread()
    return Built(encoder_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def _biases(r: Reader) -> dict[str, bool]:
    return {f"{each}_bias": r.choice(f"{each}_bias") for each in "qkvo"}
