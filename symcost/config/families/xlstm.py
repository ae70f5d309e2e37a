"""xLSTM: widths by factors of the model's width, and a memory in chunks."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.components.feed_forward import gated_feed_forward
from symcost.components.matrix_memory import matrix_memory
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Memory and feed-forward block, for every layer."""
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    hidden = r.size("model", "hidden_size")
    count = "num_hidden_layers" if keys.optional("num_blocks") is None else "num_blocks"
    r.read_harmless(r.size("layers", count))
    for key, value in (("embedding_dim", hidden), ("mode", "inference")):
        if keys.raw(key) not in (None, value):
            keys.fail(key, f"other than {value!r} is not understood here")
    heads = r.size("heads", "num_heads")
    for word, key in (("head", "qk_dim_factor"), ("value_head", "v_dim_factor")):
        width = int(hidden * keys.number(key))
        if width < heads or width % heads:
            keys.fail(key, f"gives {width}, which is not a multiple of the {heads} heads")
        r.sizes[word] = (width // heads, f"{width} over {heads} heads; {keys.origin(key)}")
    multiple = keys.whole("ffn_round_up_to_multiple_of")
    wide = Fraction(hidden * keys.number("ffn_proj_factor"))
    feed = (wide + multiple - 1) // multiple * multiple
    if feed < 1:
        keys.fail("ffn_proj_factor", "gives no width")
    r.sizes["feed"] = (feed, keys.origin("ffn_proj_factor", "ffn_round_up_to_multiple_of"))
    # A chunk of one element, or a head of one channel, is multiplied elementwise.
    r.size("chunk", "chunk_size", least=2)
    r.size("reach", "max_inference_chunksize")
    bias = keys.flag("use_bias")
    norm = "rms_shift" if bias else "rms"
    feeder = Use(gated_feed_forward, {"bias": bias, "out_bias": bias})
    layer = Layer(
        Use(matrix_memory, {"bias": bias}), feeder, norm, before_feed=norm, mixer_name="memory"
    )
    spec = Decoder((Stack("layer", "layers", layer),))
    limit = AtMost("time", "reach", "longer sequences are cut, and not described here")
    return Built(decoder, {"spec": spec}, r.sizes, limits=(limit,))
