"""T5Gemma: two halves of the Gemma shape, each with sizes of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.cross_attention import cross_attention
from symcost.components.whole_attention import whole_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Layer, Stack
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

HALF = {
    "bias": "attention_bias",
    "norms": "sandwich",
    "windowed": 2,
    "activation": "hidden_activation",
    **{f"{each}_bias": "attention_bias" for each in "qkvo"},
}
# An axis of the decoder, and what it is in the encoder.
OTHERS = {
    "groups": "encoder_groups",
    "share": "encoder_share",
    "head": "encoder_head",
    "feed": "encoder_feed",
}
UNUSED = ("cross_attention_hidden_size", "is_decoder", "dropout_rate", "tie_word_embeddings")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder's table makes the logits, if the whole is tied; the encoder has its own."""
    only(keys, options["class"])
    for key in options["harmless"]:
        keys.raw(key)
    r, kinds = half(inside(keys, "decoder", "t5_gemma_module"), HALF)
    e, whole = half(inside(keys, "encoder", "t5_gemma_module"), HALF)
    given = r.k.config.get("cross_attention_hidden_size")
    if given not in (None, e.sizes["model"][0]):
        r.k.fail("cross_attention_hidden_size", "is not the encoder's width")
    inner = Side(r.stacks(kinds), last_norm="rms")
    sizes = {axis: Poly.of(dim(word)) for axis, word in OTHERS.items()}
    mixer = Use(whole_attention, {f"{each}_bias": e.choice(f"{each}_bias") for each in "qkvo"})
    layer = replace(whole[0][1], mixer=mixer)
    outer = Side((Stack("layer", "encoder_layers", layer),), sizes, last_norm="rms")
    names = {
        **OTHERS,
        "vocab": "source_vocab",
        "model": "encoder_width",
        "layers": "encoder_layers",
    }
    for axis, word in names.items():
        r.sizes[word] = e.sizes[axis]
    biases = {f"{each}_bias": r.choice(f"{each}_bias") for each in "qkvo"}
    cross = Use(cross_attention, {**biases, "width": "encoder_width"})
    spec = EncoderDecoder(
        outer,
        inner,
        cross,
        apart=True,
        source_vocab="source_vocab",
        width="encoder_width",
        tied=keys.flag("tie_word_embeddings"),
    )
    for each in (r, e):
        each.k.refuse_unread()
    return Built(encoder_decoder, {"spec": spec}, r.sizes, tuple(r.relations))


def half(k: Keys, options: Mapping[str, Any]) -> tuple[Reader, list[tuple[str, Layer]]]:
    """The sizes of one half, and its layers in order."""
    r = Reader(k, options)
    r.size("vocab", "vocab_size")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    for key in UNUSED:
        if k.has(key):
            k.raw(key)
    r.attention_sizes(hidden)
    if hidden % k.whole("num_attention_heads"):
        k.fail("num_attention_heads", "must divide hidden_size in this model type")
    return r, [r.kind(index, layers) for index in range(layers)]
