"""Phi-4-multimodal: a decoder of text that carries encoders of images and of speech."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sight import matrix
from symcost.components.idle_speech import idle_sight_and_speech
from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.families.classic import only
from symcost.config.families.idle_towers import siglip
from symcost.config.read import part_of
from symcost.graph.component import Use
from symcost.graph.tensor import Role
from symcost.models.decoder import Decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SIGHT, SPEECH = "phi4_multimodal_vision", "phi4_multimodal_audio"


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The decoder of text; both encoders stand by."""
    only(keys, "Phi4MultimodalForCausalLM")
    sight = part_of(keys, "vision_config", SIGHT, {}, any_type=False)
    speech = part_of(keys, "audio_config", SPEECH, {}, any_type=False)
    built = read_decoder(keys, options)
    tower = siglip(sight)
    tower.pooled = True
    tower.axes["model_out"] = Poly.of(dim("model"))
    tower.after += [(f"end_{name}", "sight_width", Role.SCALE) for name in ("whole", "part")]
    tower.after += matrix("bridge_up", "sight_width", "model")
    tower.after += matrix("bridge_down", "model", "model_out")
    for key in ("crop_size", "feature_layer"):
        sight.raw(key)
    built.sizes.update(tower.sizes)
    axes, halvings = _speech(speech, built)
    for part in (sight, speech):
        part.refuse_unread()
    flags = {"sight": tower.sight(), "halvings": halvings}
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    idle = Use(idle_sight_and_speech, flags, {**tower.axes, **axes})
    return replace(built, flags={"spec": replace(spec, idle=idle)})


def _speech(k: Keys, built: Built) -> tuple[dict[str, Poly], int]:
    """The sizes of the encoder of speech, and how often its frames are halved."""
    for word, key in (
        ("hear_width", "hidden_size"),
        ("hear_feed", "intermediate_size"),
        ("hear_layers", "num_blocks"),
        ("hear_heads", "num_attention_heads"),
    ):
        built.sizes[word] = (k.whole(key), k.origin(key))
    width, heads = k.whole("hidden_size"), k.whole("num_attention_heads")
    if heads > width:
        k.fail("num_attention_heads", f"= {heads} is more than hidden_size = {width}")
    fold = k.whole("time_reduction", 2)
    halvings = fold.bit_length() - 1
    if fold % 2:
        k.fail("time_reduction", "must be even")
    bands = k.whole("input_size")
    for _ in range(halvings):
        bands = (bands + 1) // 2
    if "nemo_final_size" in k.config and k.whole("nemo_final_size") != bands:
        k.fail("nemo_final_size", f"must be {bands}, as input_size and time_reduction say")
    for key in ("chunk_size", "left_chunk", "feature_layer"):
        k.raw(key)
    channels = k.whole("nemo_conv_channels")
    spread = Poly.of(dim("hear_width")) * k.whole("depthwise_multiplier")
    sides = 1 if k.flag("bias_symmetric") else 2
    return {
        "squeezed": Poly.of(channels),
        "front": Poly.of(channels * bands),
        "hear_buckets": Poly.of(k.whole("bias_max_distance") * sides),
        "hear_all": Poly.of(heads * (width // heads)),
        "opened": Poly.of(k.whole("ext_pw_out_channel")),
        "spread": spread,
        "closed": Poly.of(k.whole("depthwise_separable_out_channel")),
        "hear_kernel": Poly.of(k.whole("kernel_size")),
        "joined": Poly.of(dim("hear_width")) * k.whole("downsample_rate"),
    }, halvings
