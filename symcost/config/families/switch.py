"""Switch Transformers: the T5 shape, with one expert of many in some layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.bucketed_attention import DISTANCES, bucketed_attention
from symcost.components.cross_attention import cross_attention
from symcost.components.feed_forward import feed_forward
from symcost.components.mixture import mixture_of_experts
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.families.halves import gathered
from symcost.config.families.t5 import shared_sizes
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.encoder_decoder import EncoderDecoder, Side, encoder_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """Every token goes to one expert, as long as no expert gets more than it takes."""
    r = shared_sizes(keys, options)
    r.size("feed", "d_ff")
    flags = {"bias": False, "activation": _function(keys)}
    dense = Use(feed_forward, flags)
    experts = r.size("experts", "num_experts")
    r.sizes["chosen"] = (min(1, experts), "one expert for each token")
    flags = {
        "gated": False,
        "router_bias": keys.flag("router_bias"),
        "feed": "feed",
        "activation": flags["activation"],
    }
    mixed = Use(mixture_of_experts, flags)
    inner = half(r, "layers", "decoder", dense, mixed)
    outer = half(r, "encoder_layers", "encoder", dense, mixed)
    r.size("capacity", "expert_capacity")
    reason = "beyond it an expert may turn tokens away, and the work depends on them"
    tied = keys.flag("tie_word_embeddings")
    cross = Use(cross_attention)
    spec = EncoderDecoder(outer, inner, cross, apart=not tied, spare=not tied, tied=tied)
    limits = tuple(AtMost(each, "capacity", reason) for each in ("source", "time"))
    return Built(encoder_decoder, {"spec": spec}, r.sizes, tuple(r.relations), limits=limits)


def half(r: Reader, total: str, side: str, dense: Use, mixed: Use) -> Side:
    """One half: which of its layers have experts."""
    k = r.k
    layers = r.sizes[total][0]
    assert isinstance(layers, int)
    sparse = k.whole(f"num_sparse_{side}_layers", 0)
    step = layers // sparse if sparse > 0 else layers
    if f"{side}_sparse_step" in k.config:
        step = k.whole(f"{side}_sparse_step", 0)
    mixer = Use(bucketed_attention, {"whole": side == "encoder"})
    kinds = []
    for index in range(layers):
        is_mixed = step == 1 or (step > 0 and index % step == 1)
        kinds.append(("moe" if is_mixed else "", Layer(mixer, mixed if is_mixed else dense)))
    mark = "encoder_" if side == "encoder" else ""
    return Side(gathered(r, kinds, total, mark), last_norm="rms", distances=(DISTANCES,))


def _function(keys: Keys) -> str:
    """The function inside of every block."""
    return activation_of(keys, "dense_act_fn", keys.text("dense_act_fn"))
