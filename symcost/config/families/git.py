"""GIT: a decoder of text with an encoder of images, which text alone leaves idle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_clip import idle_clip_encoder
from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.families.classic import only
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder, and beside it the sizes of the encoder."""
    only(keys, "GitForCausalLM")
    sight = inside(keys, "vision_config", "git_vision_model")
    built = read_decoder(keys, options)
    for word, key in (
        ("sight_width", "hidden_size"),
        ("sight_feed", "intermediate_size"),
        ("sight_layers", "num_hidden_layers"),
    ):
        built.sizes[word] = (sight.whole(key), sight.origin(key))
    if sight.whole("hidden_size") % sight.whole("num_attention_heads"):
        sight.fail("num_attention_heads", "does not divide hidden_size")
    side, image = sight.whole("patch_size"), sight.whole("image_size")
    if side > image:
        sight.fail("patch_size", f"= {side} is more than image_size = {image}")
    places = (image // side) ** 2
    built.sizes["sight_places"] = (places, sight.origin("image_size", "patch_size"))
    numbers = sight.whole("num_channels") * side**2
    built.sizes["sight_numbers"] = (numbers, sight.origin("num_channels", "patch_size"))
    sight.refuse_unread()
    frames = keys.optional("num_image_with_embedding", 0) or 0
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    idle = Use(idle_clip_encoder, {"frames": frames})
    return replace(built, declaration=decoder, flags={"spec": replace(spec, idle=idle)})
