"""Types that hold the configuration of a text model inside: what text alone meets is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_embedders import idle_embedders
from symcost.config.built import Built
from symcost.config.families import gemma, hybrid
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`text`: the type inside; `only`: the class that is understood, which the file must name."""
    named = keys.words("architectures") if "architectures" in keys.config else None
    if named != [options["only"]]:
        keys.fail("architectures", f"must be ['{options['only']}'], not {named!r:.60}")
    for key in options["tokens"]:
        if keys.has(key):
            keys.raw(key)
    text = inside(keys, "text_config", options["text"])
    if not options["gemma"]:
        built = hybrid.read(text, options)
        keys.raw("vision_config")
        keys.raw("tie_word_embeddings")
    else:
        # The outer switch decides on the tie, whatever the inner one says.
        text.raw("tie_word_embeddings")
        built = gemma.read(text, {**options, "tied": keys.flag("tie_word_embeddings")})
        built = _embedders(keys, built) if options["embedders"] else _alone(keys, built)
    text.refuse_unread()
    return built


def _alone(keys: Keys, built: Built) -> Built:
    """Encoders of images and sound are not read."""
    for key in ("vision_config", "audio_config"):
        if keys.raw(key) is not None:
            keys.fail(key, "is not understood here, and it changes the parameters")
    return built


def _embedders(keys: Keys, built: Built) -> Built:
    """Matrices for pieces of images and of sound, where the file has them."""
    sizes = dict(built.sizes)
    sight = keys.raw("vision_config") is not None
    sound = keys.raw("audio_config") is not None
    if not sight and not sound:
        return built
    if sight:
        part = inside(keys, "vision_config", "gemma4_unified_vision")
        width = part.whole("mm_embed_dim")
        if part.whole("output_proj_dims") != width:
            part.fail("output_proj_dims", f"must be mm_embed_dim = {width}")
        side = part.whole("patch_size") * part.whole("pooling_kernel_size")
        origin = part.origin("patch_size", "pooling_kernel_size")
        sizes["sight_numbers"] = (3 * side**2, f"three colours in a square: {origin}")
        sizes["sight_width"] = (width, part.origin("mm_embed_dim"))
        sizes["sight_places"] = (part.whole("mm_posemb_size"), part.origin("mm_posemb_size"))
        part.refuse_unread()
    if sound:
        part = inside(keys, "audio_config", "gemma4_unified_audio")
        sizes["audio_width"] = (part.whole("audio_embed_dim"), part.origin("audio_embed_dim"))
        part.refuse_unread()
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    idle = Use(idle_embedders, {"sight": sight, "sound": sound})
    return replace(built, flags={"spec": replace(spec, idle=idle)}, sizes=sizes)
