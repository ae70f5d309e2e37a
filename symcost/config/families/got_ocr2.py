"""GOT-OCR2: a decoder of text with an encoder of images, which text alone leaves idle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.idle_windows import idle_window_encoder
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
    """The text decoder; whether the head is tied is said outside of it."""
    only(keys, "GotOcr2ForConditionalGeneration")
    given = keys.raw("text_config")
    if not isinstance(given, dict) or "model_type" not in given:
        keys.fail("text_config", "must be an object with a model_type")
    text = inside(keys, "text_config", "qwen2")
    sight = inside(keys, "vision_config", "got_ocr2_vision")
    keys.raw("image_seq_length")
    keys.raw("image_token_index")
    built = read_decoder(text, {**options, "tied": keys.flag("tie_word_embeddings")})
    text.raw("tie_word_embeddings")
    _sizes(built, sight)
    flags = {
        "places": sight.flag("use_abs_pos"),
        "bias": sight.flag("qkv_bias"),
        "relative": sight.flag("use_rel_pos"),
    }
    for part in (text, sight):
        part.refuse_unread()
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    spec = replace(spec, idle=Use(idle_window_encoder, flags))
    return replace(built, declaration=decoder, flags={"spec": spec})


def _sizes(built: Built, k: Keys) -> None:
    """The sizes of the encoder."""
    for word, key in (
        ("sight_width", "hidden_size"),
        ("sight_feed", "mlp_dim"),
        ("sight_layers", "num_hidden_layers"),
        ("sight_channels", "output_channels"),
    ):
        built.sizes[word] = (k.whole(key), k.origin(key))
    width, heads = k.whole("hidden_size"), k.whole("num_attention_heads")
    if width % heads:
        k.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
    built.sizes["sight_head"] = (width // heads, k.origin("hidden_size", "num_attention_heads"))
    side, image = k.whole("patch_size"), k.whole("image_size")
    if side > image:
        k.fail("patch_size", f"= {side} is more than image_size = {image}")
    along = image // side
    built.sizes["sight_side"] = (along, k.origin("image_size", "patch_size"))
    numbers = k.whole("num_channels") * side**2
    built.sizes["sight_numbers"] = (numbers, k.origin("num_channels", "patch_size"))
    window = k.whole("window_size", 0)
    built.sizes["sight_window"] = (window or along, k.origin("window_size"))
    everywhere = set(k.numbers("global_attn_indexes")) & set(range(k.whole("num_hidden_layers")))
    built.sizes["sight_far_layers"] = (len(everywhere), k.origin("global_attn_indexes"))
