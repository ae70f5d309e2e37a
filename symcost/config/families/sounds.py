"""Encoders of sound by themselves: Whisper's kin, conformers, and encoders of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly, called
from symcost.components.conformer import conformer_layer
from symcost.components.convolved_front import Filter
from symcost.components.encoder_attention import encoder_attention
from symcost.components.feed_forward import feed_forward
from symcost.components.heard_rows import (
    chunk_rows,
    dense_rows,
    frame_rows,
    picture_rows,
    wave_rows,
)
from symcost.components.sound_front import sound_front
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.halves import length
from symcost.config.families.sight import task
from symcost.config.read import inside
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.decoder import Layer, Stack
from symcost.models.encoder_decoder import Side
from symcost.models.sound_encoder import Hearing, sound_encoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys

TOO_LONG = "beyond it rows see a window alone, which is not described here"
SIZES = {
    "model": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "feed": "intermediate_size",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The encoder of the class that the file names, by the reader of its kind."""
    letters = task(keys, options) == "letters"
    inner = inside(keys, "encoder_config", options["inside"]) if options.get("inside") else keys
    r = Reader(inner, options)
    for word, key in SIZES.items():
        r.size(word, key)
    for part in (keys, inner):
        for key in options["harmless"]:
            if part.has(key):
                part.raw(key)
    width, heads = inner.whole("hidden_size"), inner.whole("num_attention_heads")
    if width % heads:
        inner.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
    groups = inner.config.get("num_key_value_heads")
    if groups not in (None, heads):
        inner.fail("num_key_value_heads", f"must be num_attention_heads = {heads}")
    r.sizes["head"] = (width // heads, "hidden size over heads")
    tile = Poly.of(dim("model")) / Poly.of(dim("heads"))
    r.relations.append(Relation(dim("head"), tile, "heads tile the width of the model"))
    if r.activation() == "xielu":
        inner.fail(r.o["activation"], "= 'xielu' is not understood here")
    flags = KINDS[options["kind"]](r)
    if letters:
        r.sizes["vocab"] = (keys.whole("vocab_size"), keys.origin("vocab_size"))
    elif keys.has("vocab_size"):
        keys.raw("vocab_size")
    if inner is not keys:
        inner.refuse_unread()
    spec = Hearing(**flags, letters=letters)
    limits = (AtMost("frames", "reach", TOO_LONG),) if "reach" in r.sizes else ()
    return Built(sound_encoder, {"spec": spec}, r.sizes, tuple(r.relations), limits=limits)


def _whisper(r: Reader) -> dict[str, Any]:
    """Two convolutions, a fixed number of places, layers with the norms before."""
    r.size("bands", "num_mel_bins")
    r.size("encoder_positions", "max_source_positions")
    places = Poly.of(dim("encoder_positions"))
    r.relations.append(Relation(dim("source"), places, "the sound is padded or cut to this length"))
    side = Side(
        (Stack("layer", "layers", _plain(r, "layer", "", key_bias=False)),),
        positions="encoder_positions",
        frozen_positions=True,
        last_norm="" if r.o["pooled"] else "layer",
        front=Use(sound_front),
    )
    return {"side": side, "pooled": bool(r.o["pooled"])}


def _plain(r: Reader, before: str, after: str, *, key_bias: bool = True) -> Layer:
    """A layer of an ordinary encoder, with its norms before or after."""
    feed = Use(feed_forward, {"bias": True, "activation": r.activation()})
    mixer = Use(encoder_attention, {"key_bias": key_bias})
    return Layer(mixer, feed, before, after, norm_sums=bool(after))


def _frames(r: Reader) -> dict[str, Any]:
    """Wav2Vec2-BERT: a row for each frame, conformer layers."""
    r.size("bands", "feature_projection_input_dim")
    front = Use(frame_rows, {"masked": _masked(r.k)})
    side = Side((Stack("layer", "layers", _conformer(r)),), front=front)
    return {"side": side, "source": Poly.of(dim("frames"))}


def _conformer(r: Reader) -> Layer:
    """A conformer layer as Wav2Vec2 has it, by how it tells places apart."""
    k = r.k
    if r.size("hear_kernel", "conv_depthwise_kernel_size") % 2 == 0:
        k.fail("conv_depthwise_kernel_size", "must be odd")
    kind = k.raw("position_embeddings_type")
    places = {"relative": "rows", "relative_key": "table", "rotary": "", None: ""}
    if kind not in places or (kind == "relative_key" and not k.has("left_max_position_embeddings")):
        k.fail("position_embeddings_type", f"= {kind!r:.40} is not known")
    left, right = "left_max_position_embeddings", "right_max_position_embeddings"
    if places[kind] == "table":
        rows = k.whole(left, 0) + k.whole(right, 0) + 1
        r.sizes["hear_places"] = (rows, f"one more than both sides: {k.origin(left, right)}")
    for key in (left, right, "rotary_embedding_base", "max_source_positions"):
        if k.has(key):
            k.raw(key)
    flags = {"conv_bias": False, "places": places[kind], "activation": r.activation()}
    return Layer(Use(conformer_layer, flags), None)


def _picture(r: Reader) -> dict[str, Any]:
    """Parakeet: convolutions over frames and bands, conformer layers."""
    k = r.k
    bands = r.size("bands", "num_mel_bins")
    if r.size("hear_kernel", "conv_kernel_size") % 2 == 0:
        k.fail("conv_kernel_size", "must be odd")
    kernel, stride = k.whole("subsampling_conv_kernel_size"), k.whole("subsampling_conv_stride")
    factor = k.whole("subsampling_factor", 2)
    steps = factor.bit_length() - 1
    left, source = bands, Poly.of(dim("frames"))
    for _ in range(steps):
        over = 2 * ((kernel - 1) // 2) - kernel
        left = (left + over) // stride + 1
        source = called("floor", [(source + over) / stride]) + 1
    if left != bands // stride**steps or left < 1:
        k.fail("num_mel_bins", f"= {bands} does not fit the convolutions over it")
    flags = {
        "bias": k.flag("attention_bias"),
        "conv_bias": k.flag("convolution_bias"),
        "places": "rows_each",
        "activation": r.activation(),
    }
    channels = k.whole("subsampling_conv_channels")
    front = {"steps": steps, "channels": channels, "kernel": kernel, "stride": stride}
    layer = Layer(Use(conformer_layer, flags), None)
    side = Side((Stack("layer", "layers", layer),), front=Use(picture_rows, front))
    return {"side": side, "source": source}


def _waves(r: Reader) -> dict[str, Any]:
    """Wav2Vec2: convolutions over samples, and one more that tells places."""
    k = r.k
    r.sizes["bands"] = (1, "raw sound")
    made, widths, strides = (k.numbers(f"conv_{each}") for each in ("dim", "kernel", "stride"))
    if not len(made) == len(widths) == len(strides) > 0 or min(*made, *widths, *strides) < 1:
        k.fail("conv_dim", "must have as many positive entries as conv_kernel and conv_stride")
    if k.has("num_feat_extract_layers") and k.whole("num_feat_extract_layers") != len(made):
        k.fail("num_feat_extract_layers", f"must be {len(made)}, the number of convolutions")
    norm = k.text("feat_extract_norm")
    if norm not in ("group", "layer"):
        k.fail("feat_extract_norm", f"= {norm[:40]!r} is not 'group' or 'layer'")
    bias = k.flag("conv_bias")
    filters = tuple(
        Filter(width, stride, Poly.of(out), bias=bias, norm=norm == "layer" or not number)
        for number, (width, stride, out) in enumerate(zip(widths, strides, made, strict=True))
    )
    taps = r.size("place_kernel", "num_conv_pos_embeddings")
    groups = r.size("channel_groups", "num_conv_pos_embedding_groups")
    if k.whole("hidden_size") % groups:
        k.fail("num_conv_pos_embedding_groups", f"= {groups} does not divide hidden_size")
    masked = _masked(k) or bool(r.o.get("always_masked"))
    flags = {"filters": filters, "masked": masked, "even": taps % 2 == 0}
    for word, key in (("normed", "feat_proj_layer_norm"), ("batch_norm", "conv_pos_batch_norm")):
        if key in k.facts.defaults:
            flags[word] = k.flag(key)
    if r.o.get("conformer"):
        front = Use(wave_rows, {**flags, "placed": False})
        side = Side((Stack("layer", "layers", _conformer(r)),), last_norm="layer", front=front)
        return {"side": side, "source": length(filters)}
    stable = k.flag("do_stable_layer_norm")
    layer = _plain(r, "layer", "") if stable else _plain(r, "", "layer")
    side = Side(
        (Stack("layer", "layers", layer),),
        row_norm="" if stable else "layer",
        last_norm="layer" if stable else "",
        front=Use(wave_rows, flags),
    )
    return {"side": side, "source": length(filters)}


def _masked(k: Keys) -> bool:
    """Whether there is a row for hidden places."""
    return k.number("mask_time_prob") > 0 or k.number("mask_feature_prob") > 0


def _dense(r: Reader) -> dict[str, Any]:
    """LASR: two convolutions between matrices, conformer layers without places of their own."""
    k = r.k
    r.size("bands", "num_mel_bins")
    r.size("hear_kernel", "conv_kernel_size")
    r.size("sound_channels", "subsampling_conv_channels")
    kernel, stride = k.whole("subsampling_conv_kernel_size"), k.whole("subsampling_conv_stride")
    made = (Poly.of(dim("model")), Poly.of(dim("sound_channels")))
    filters = tuple(Filter(kernel, stride, out, function="relu") for out in made)
    flags = {
        "bias": k.flag("attention_bias"),
        "conv_bias": k.flag("convolution_bias"),
        "activation": r.activation(),
        "norm": "layer_scale",
    }
    layer = Layer(Use(conformer_layer, flags), None)
    front = Use(dense_rows, {"filters": filters})
    side = Side((Stack("layer", "layers", layer),), last_norm="layer_scale", front=front)
    return {"side": side, "source": length(filters)}


def _chunks(r: Reader) -> dict[str, Any]:
    """Qwen3-ASR: convolutions over chunks of frames, layers that see a window of chunks."""
    k = r.k
    r.size("bands", "num_mel_bins")
    half = k.whole("n_window")
    r.sizes["hear_chunk"] = (2 * half, f"twice n_window: {k.origin('n_window')}")
    windows = k.whole("n_window_infer") // (2 * half)
    if not windows:
        k.fail("n_window_infer", f"must be at least {2 * half}, twice n_window")
    origin = f"whole chunks: {k.origin('n_window_infer', 'n_window')}"
    r.sizes["reach"] = (windows * 2 * half, origin)
    steps = -(-2 * half // 8)
    if steps > k.whole("max_position_embeddings"):
        k.fail("max_position_embeddings", f"must be at least {steps}, the rows of a chunk")
    if k.whole("d_model") % 2:
        k.fail("d_model", "must be even")
    chunk = Poly.of(dim("hear_chunk"))
    rows = called("ceil", [chunk / 8])
    front = Use(chunk_rows, {"channels": k.whole("downsample_hidden_size")})
    stacks = (Stack("layer", "layers", _plain(r, "layer", "")),)
    side = Side(stacks, last_norm="layer", front=front)
    return {"side": side, "source": called("ceil", [Poly.of(dim("frames")) / chunk]) * rows}


KINDS: dict[str, Callable[[Reader], dict[str, Any]]] = {
    "whisper": _whisper,
    "frames": _frames,
    "chunks": _chunks,
    "dense": _dense,
    "picture": _picture,
    "waves": _waves,
}
