"""Both halves of the BART family: an encoder, and a decoder that looks at it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly, rounded_up
from symcost.components.cross_attention import cross_attention
from symcost.components.encoder_attention import encoder_attention
from symcost.components.feed_forward import feed_forward
from symcost.components.global_local import global_local_layer
from symcost.components.mixture import mixture_of_experts
from symcost.components.sound_front import sound_front
from symcost.components.stream_attention import stream_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.families.halves import OF_ENCODER, gathered, heard, length, sound_filters
from symcost.config.families.sparse import windows
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.decoder import Layer, Stack
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder
from symcost.models.streamed import streamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The class for conditional generation: options say the norms, the keys all sizes."""
    only(keys, options["whole"])
    r = Reader(keys, options)
    o = r.o
    r.size("vocab", o["vocab"])
    hidden = r.size("model", o["hidden"])
    layers = r.size("layers", o["layers"])
    r.read_harmless(layers)
    for key in o.get("more_harmless", []):
        if keys.has(key):
            keys.raw(key)
    r.attention_sizes(hidden)
    inner = r.layer(False, False)
    encoder_sizes(r, hidden)
    outer = encoder_layer(r, inner)
    outside, side = halves(r, inner, outer)
    source = None
    if o.get("filters"):
        filters = sound_filters(keys, r)
        outside, source = heard(outside, filters, "layer"), length(filters)
    spec = EncoderDecoder(outside, side, cross(r), source=source, **tables(r))
    limits = sparse(r) if keys.has("attention_type") else ()
    declared = streamed if o.get("streams") else encoder_decoder
    return Built(declared, {"spec": spec}, r.sizes, tuple(r.relations), limits=limits)


def halves(r: Reader, inner: Layer, outer: Layer) -> tuple[Side, Side]:
    """The encoder and the decoder, with what the model type changes in them."""
    o = r.o
    side = Side(
        (Stack("layer", "layers", inner),),
        positions=positions(r),
        frozen_positions=bool(o.get("frozen_positions")),
        row_norm=o["row_norm"],
        last_norm=o["last_norm"] if o["last_norm"] is not None else o["norm"],
    )
    stacks = (Stack("layer", "encoder_layers", outer),)
    sizes = {axis: Poly.of(dim(word)) for axis, word in OF_ENCODER.items()}
    outside = replace(side, stacks=stacks, sizes=sizes)
    if o.get("sound"):
        outside = replace(outside, **sound(r))
    if o.get("expert_steps"):
        side = with_experts(r, inner, side, "decoder")
        outside = with_experts(r, outer, outside, "encoder")
    if o.get("streams"):
        side = with_streams(r, inner, side)
    if o.get("global_tokens"):
        outside = with_global_tokens(r, outside)
    if o.get("windows"):
        outside = windowed(r, outside, outer)
    return outside, side


def with_streams(r: Reader, layer: Layer, side: Side) -> Side:
    """A decoder with a stream for each token ahead."""
    r.size("ahead", "ngram")
    r.size("buckets", "num_buckets")
    if not r.k.flag("add_cross_attention"):
        r.k.fail("add_cross_attention", "must be true")
    layer = replace(layer, mixer=Use(stream_attention))
    return replace(side, stacks=(Stack("layer", "layers", layer),))


def encoder_sizes(r: Reader, hidden: int) -> None:
    """The encoder's layers, heads and inner width."""
    k = r.k
    several = "num_" if k.has("num_encoder_layers") else ""
    r.size("encoder_layers", f"{several}encoder_layers")
    heads = r.size("encoder_heads", f"{several}encoder_attention_heads")
    r.size("encoder_feed", "encoder_ffn_dim")
    if hidden % heads:
        k.fail("encoder_attention_heads", f"= {heads} does not divide {hidden}")
    r.sizes["encoder_head"] = (hidden // heads, "width of the model over heads of the encoder")
    tile = Poly.of(dim("model")) / Poly.of(dim("encoder_heads"))
    r.relations.append(Relation(dim("encoder_head"), tile, "no head width is given"))


def biases(r: Reader) -> dict[str, bool]:
    """Which projections have a bias."""
    return {f"{each}_bias": r.choice(f"{each}_bias") for each in "qkvo"}


def encoder_layer(r: Reader, inner: Layer) -> Layer:
    """The encoder's layer: norms as in the decoder's."""
    has = biases(r)
    flags = {"bias": has["q_bias"], "key_bias": has["k_bias"], "out_bias": has["o_bias"]}
    feed = Use(feed_forward, {"bias": True, "activation": r.activation()})
    return replace(inner, mixer=Use(encoder_attention, flags), feed=feed)


def cross(r: Reader) -> Use:
    """Attention to the encoder's result, with biases as in the decoder's own attention."""
    return Use(cross_attention, {**biases(r)})


def windowed(r: Reader, side: Side, layer: Layer) -> Side:
    """An encoder under windows, which may differ; the text is padded to the widest."""
    k = r.k
    found = windows(r, k.whole("encoder_layers"))
    kinds = [(name, replace(layer, mixer=mixer)) for name, mixer in found]
    r.size("encoder_positions", "max_encoder_position_embeddings")
    padded = {"time": rounded_up(Poly.of(dim("source")), Poly.of(dim("window")))}
    return replace(
        side,
        stacks=gathered(r, kinds, "encoder_layers", "encoder_"),
        sizes={**side.sizes, **padded},
        positions="encoder_positions",
    )


def with_experts(r: Reader, layer: Layer, side: Side, half: str) -> Side:
    """Every so many layers of one half have experts.

    The library's mask lets experts see every token as often as there are experts, whatever the
    router says, so all of them count as chosen.
    """
    k = r.k
    total = "encoder_layers" if half == "encoder" else "layers"
    layers, step = r.sizes[total][0], k.whole(f"{half}_sparse_step", 0)
    assert isinstance(layers, int)
    experts = r.size("experts", "num_experts", 2)
    r.sizes["chosen"] = (experts, "every expert's worth of work is done for each token")
    flags = {
        "gated": False,
        "expert_bias": True,
        "router_bias": k.flag("router_bias"),
        "feed": "feed",
        "activation": r.activation(),
    }
    mixed = replace(layer, feed=Use(mixture_of_experts, flags))
    kinds = [
        ("moe", mixed) if step and (index + 1) % step == 0 else ("", layer)
        for index in range(layers)
    ]
    mark = "encoder_" if half == "encoder" else ""
    return replace(side, stacks=gathered(r, kinds, total, mark))


def with_global_tokens(r: Reader, side: Side) -> Side:
    """An encoder in blocks, every other layer staggered, with global tokens beside the text."""
    k = r.k
    size = r.size("local_block", "block_size")
    r.size("global_tokens", "num_global_tokens")
    layers, staggers = k.whole("encoder_layers"), k.flag("stagger_local_blocks")
    if staggers and layers > 1 and size % 2:
        k.fail("block_size", "must be even where blocks are staggered")
    kinds = []
    for index in range(layers):
        staggered, last = staggers and index % 2 == 1, index == layers - 1
        flags = {"staggered": staggered, "last": last, "activation": r.activation()}
        name = "_".join(w for w, on in (("staggered", staggered), ("last", last)) if on)
        kinds.append((name, Layer(Use(global_local_layer, flags), None)))
    padded = rounded_up(Poly.of(dim("source")), Poly.of(dim("local_block")))
    marks = Poly.of(dim("global_tokens"))
    sizes = {**side.sizes, "padded": padded, "globals": marks, "time": padded + marks}
    stacks = gathered(r, kinds, "encoder_layers", "encoder_")
    return replace(side, stacks=stacks, sizes=sizes, beside="globals")


def sound(r: Reader) -> dict[str, Any]:
    """An encoder that hears a fixed number of frames; its table of places has a row for each."""
    r.size("bands", "num_mel_bins")
    r.size("encoder_positions", "max_source_positions")
    places = Poly.of(dim("encoder_positions"))
    reason = "the sound is padded or cut to this length"
    r.relations.append(Relation(dim("source"), places, reason))
    return {"front": Use(sound_front), "positions": "encoder_positions", "frozen_positions": True}


def positions(r: Reader) -> str:
    """The axis of the table of places, if there is one."""
    key = r.o["positions"]
    if not key:
        return ""
    rows = r.k.whole(key) + int(r.o["position_offset"])
    if r.o.get("positions_after_padding"):
        rows += r.k.whole("pad_token_id", 0) + 1
    r.sizes["positions"] = (rows, r.k.origin(key))
    return "positions"


def tables(r: Reader) -> dict[str, Any]:
    """One table for both halves and the head, or one for each; then the common one stands by."""
    k = r.k
    tied = k.flag("tie_word_embeddings")
    if r.o.get("sound") or r.o.get("filters"):
        return {"tied": tied}
    if k.has("src_vocab_size"):
        source = k.whole("src_vocab_size")
        if tied and source != r.sizes["vocab"][0]:
            k.fail("src_vocab_size", "other than tgt_vocab_size cannot be tied")
        if not tied:
            r.sizes["source_vocab"] = (source, k.origin("src_vocab_size"))
        return {"apart": not tied, "source_vocab": "source_vocab", "tied": tied}
    if not k.has("share_encoder_decoder_embeddings"):
        return {"apart": not tied, "spare": not tied, "tied": tied}
    shared = k.flag("share_encoder_decoder_embeddings")
    own = k.optional("decoder_vocab_size")
    source = k.whole("vocab_size")
    if shared:
        if own not in (None, source):
            k.fail("decoder_vocab_size", "other than vocab_size needs tables that are not shared")
        return {"apart": not tied, "spare": not tied, "tied": tied}
    r.sizes["source_vocab"] = (source, k.origin("vocab_size"))
    key = "vocab_size" if own is None else "decoder_vocab_size"
    r.sizes["vocab"] = (source if own is None else own, k.origin(key))
    return {"apart": True, "source_vocab": "source_vocab", "tied": tied}


def sparse(r: Reader) -> tuple[AtMost, ...]:
    """Block-sparse attention is full up to a length; beyond it, it is not described here."""
    k = r.k
    blocks, size = k.whole("num_random_blocks", 0), k.whole("block_size")
    kind = k.text("attention_type")
    if kind == "original_full":
        return ()
    if kind != "block_sparse":
        k.fail("attention_type", f"= {kind!r:.40} is not 'block_sparse' or 'original_full'")
    r.sizes["reach"] = ((5 + 2 * blocks) * size, k.origin("num_random_blocks", "block_size"))
    return (AtMost("source", "reach", "beyond it attention is sparse, and not described here"),)
