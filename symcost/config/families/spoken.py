"""Decoders of text that carry an encoder of sound, which text alone leaves idle."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sound import idle_sound
from symcost.config.activations import activation_of
from symcost.config.families.classic import only
from symcost.config.read import inside, part_of, read_part
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.built import Built
    from symcost.config.keys import Keys

SIZES = {
    "bands": "num_mel_bins",
    "hear_width": "hidden_size",
    "hear_feed": "intermediate_size",
    "hear_layers": "num_hidden_layers",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder, and beside it the encoder of sound and its projector."""
    only(keys, options["whole"])
    built = spoken(keys, options)
    sound = inside(keys, "audio_config", options["sound"])
    for part in (keys, sound):
        for key in (*options["harmless"], "projector_hidden_act"):
            if part.has(key):
                part.raw(key)
    asked, kept = _heads(sound, built, options)
    for word, key in SIZES.items():
        built.sizes[word] = (sound.whole(key), sound.origin(key))
    if options["places"]:
        key = "max_source_positions"
        built.sizes["hear_places"] = (sound.whole(key), sound.origin(key))
    if options["front"] == "picture":
        _picture(sound, built)
    for part in (keys, sound):
        for key in ("projector_hidden_act", "hidden_act", "activation_function"):
            if part.has(key) and part.raw(key) is not None:
                activation_of(part, key, part.raw(key))
    flags, sizes = _bridge(keys, sound, built, options)
    flags |= {name: options[name] for name in ("front", "places", "biases", "gated", "norm")}
    sound.refuse_unread()
    return with_idle(built, Use(idle_sound, flags, {"asked": asked, "kept": kept, **sizes}))


def spoken(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The text decoder; the outer switch decides on the tie, where the type has one.

    `text_default` is what the class fills in where the file has no such object; with `text_merged`
    it also fills in what the object lacks.
    """
    default = options.get("text_default", {})
    lacking = default if options.get("text_merged") else None
    text = part_of(keys, "text_config", options["text"], default, lacking=lacking)
    if lacking and text.facts.model_type != options["text"]:
        text.fail("model_type", f"must be '{options['text']}' here")
    tied = keys.flag("tie_word_embeddings") if options["tied"] else False
    built = read_part(text, tied=False, inside=True)
    spec = built.flags.get("spec")
    if built.declaration is not decoder or not isinstance(spec, Decoder) or spec.idle or spec.neck:
        text.fail("model_type", "is not a decoder of text that is understood inside this model")
    if spec.narrow or spec.spare_rows or not spec.head:
        text.fail("model_type", "has a head that is not understood inside this model")
    return replace(built, flags={"spec": replace(spec, tied=tied, head_bias=False)})


def with_idle(built: Built, idle: Use) -> Built:
    """What was built, with weights that stand by."""
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    return replace(built, flags={"spec": replace(spec, idle=idle)})


def _heads(k: Keys, built: Built, o: Mapping[str, Any]) -> tuple[Poly, Poly]:
    """The widths that queries fill, and keys: the encoder's, or heads times one of their own."""
    width, heads = k.whole("hidden_size"), k.whole("num_attention_heads")
    if not o["heads"]:
        if width % heads:
            k.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
        return _dim("hear_width"), _dim("hear_width")
    given = k.optional("head_dim") if k.has("head_dim") else None
    if given is None and width < heads:
        k.fail("num_attention_heads", f"= {heads} is more than hidden_size = {width}")
    origin = "hidden size over heads, rounded down" if given is None else k.origin("head_dim")
    built.sizes["hear_head"] = (given or width // heads, origin)
    built.sizes["hear_heads"] = (heads, k.origin("num_attention_heads"))
    key = "num_key_value_heads"
    groups = k.optional(key) if k.has(key) else None
    origin = "as many as heads" if groups is None else k.origin(key)
    built.sizes["hear_groups"] = (groups or heads, origin)
    if heads % (groups or heads):
        k.fail(key, f"= {groups} does not divide num_attention_heads = {heads}")
    head = _dim("hear_head")
    return _dim("hear_heads") * head, _dim("hear_groups") * head


def _picture(k: Keys, built: Built) -> None:
    """Channels, and the rows of bands that three convolutions of stride two leave."""
    key = "downsample_hidden_size"
    built.sizes["sound_channels"] = (k.whole(key), k.origin(key))
    rows = k.whole("num_mel_bins")
    for _ in range(3):
        rows = (rows + 1) // 2
    built.sizes["hear_rows"] = (rows, f"halved three times: {k.origin('num_mel_bins')}")


def _bridge(
    keys: Keys, sound: Keys, built: Built, o: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Poly]]:
    """The matrices between the encoder and the text."""
    words = list(o["bridge"])
    if "joined" in words:
        built.sizes["hear_joined"] = (keys.whole(o["joined"]), keys.origin(o["joined"]))
    if "out" in words:
        built.sizes["hear_out"] = (sound.whole("output_dim"), sound.origin("output_dim"))
    widths = {
        "width": lambda: _dim("hear_width"),
        "feed": lambda: _dim("hear_feed"),
        "joined": lambda: _dim("hear_joined") * _dim("hear_width"),
        "out": lambda: _dim("hear_out"),
        "model": lambda: _dim("model"),
        "twice": lambda: 2 * _dim("model"),
    }
    axes = ("joined", "bridged") if len(words) == 2 else ("joined", "between", "bridged")
    sizes = {axis: widths[word]() for axis, word in zip(axes, words, strict=True)}
    bias = o["bridge_bias"]
    flags = {
        "bridge": len(words) - 1,
        "bridge_bias": keys.flag(bias) if isinstance(bias, str) else bool(bias),
        "bridge_norm": bool(o["bridge_norm"]),
    }
    return flags, sizes


def _dim(word: str) -> Poly:
    return Poly.of(dim(word))
