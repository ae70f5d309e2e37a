"""Decoders of text that carry an encoder of images, which text alone leaves idle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_vision import idle_image_encoder
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

TEXT = "gemma3_text"
SIGHT = "siglip_vision_model"


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder of the text part; the outer tie decides."""
    text, sight = inside(keys, "text_config", TEXT), inside(keys, "vision_config", SIGHT)
    built = read_decoder(text, {**options, "tied": keys.flag("tie_word_embeddings")})
    text.raw("tie_word_embeddings")
    keys.raw("mm_tokens_per_image")
    built.sizes.update(image_sizes(sight))
    idle = Use(idle_image_encoder, {"pooled": sight.flag("vision_use_head")})
    for part in (text, sight):
        part.refuse_unread()
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    return replace(built, declaration=decoder, flags={"spec": replace(spec, idle=idle)})


def image_sizes(keys: Keys) -> dict[str, tuple[int, str]]:
    """The sizes of the encoder."""
    width, heads = keys.whole("hidden_size"), keys.whole("num_attention_heads")
    if width % heads:
        keys.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
    activation_of(keys, "hidden_act", keys.raw("hidden_act"))
    found = {
        "sight_width": (width, keys.origin("hidden_size")),
        "sight_feed": (keys.whole("intermediate_size"), keys.origin("intermediate_size")),
        "sight_layers": (keys.whole("num_hidden_layers"), keys.origin("num_hidden_layers")),
    }
    side, image = keys.whole("patch_size"), keys.whole("image_size")
    if side > image:
        keys.fail("patch_size", f"= {side} is more than image_size = {image}")
    origin = keys.origin("image_size", "patch_size")
    found["sight_places"] = ((image // side) ** 2, f"square pieces in a square image: {origin}")
    numbers = keys.whole("num_channels") * side**2
    found["sight_numbers"] = (numbers, keys.origin("num_channels", "patch_size"))
    return found
