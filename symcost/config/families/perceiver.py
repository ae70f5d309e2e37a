"""Perceiver with text: the widths of its three kinds of attention."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.latent_layer import Reading
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.architecture import AtMost
from symcost.models.perceiver import ANSWER_HEADS, Perceiver, perceiver

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SIZES = {
    "vocab": "vocab_size",
    "model": "d_model",
    "positions": "max_position_embeddings",
    "latents": "num_latents",
    "latent_width": "d_latents",
    "blocks": "num_blocks",
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The masked language model."""
    only(keys, "PerceiverForMaskedLM")
    r = Reader(keys, options)
    found = {word: r.size(word, key) for word, key in SIZES.items()}
    r.read_harmless(r.size("layers", "num_self_attends_per_block", 0))
    width, model = found["latent_width"], found["model"]
    if model % ANSWER_HEADS:
        keys.fail("d_model", f"= {model} is not a multiple of the {ANSWER_HEADS} heads at the end")
    shape = keys.text("cross_attention_shape_for_attention")
    if shape not in ("q", "kv"):
        keys.fail("cross_attention_shape_for_attention", f"= {shape!r:.40} is not 'q' or 'kv'")
    heads(r, "cross", "cross_", width if shape == "q" else model)
    value = heads(r, "self", "", width)
    if value != width and r.sizes["layers"][0]:
        keys.fail("v_channels", f"makes {value} numbers of {width}, which cannot be added up")
    for kind, word in (("cross", "cross_feed"), ("self", "feed")):
        key = f"{kind}_attention_widening_factor"
        r.sizes[word] = (keys.whole(key) * width, f"{keys.origin(key)}, times the width")
    spec = Perceiver(*readings(r), blocks=found["blocks"] > 1)
    if found["blocks"] == 1:
        del r.sizes["blocks"]
    limit = AtMost("time", "positions", "every place has a row of its own")
    return Built(perceiver, {"spec": spec}, r.sizes, limits=(limit,))


def readings(r: Reader) -> tuple[Reading, Reading, Reading]:
    """How latents read the text, how they read each other, and how places read them."""
    act, alone = r.activation(), not r.k.flag("use_query_residual")
    if act == "xielu":
        r.k.fail("hidden_act", "= 'xielu' is not understood here")
    own = Reading(
        rows="latents",
        width="latent_width",
        heads="heads",
        head="head",
        value="value_head",
        feed="feed",
        activation=act,
    )
    first = replace(
        own,
        heads="cross_heads",
        head="cross_head",
        value="cross_value_head",
        feed="cross_feed",
        seen="time",
        other="model",
        alone=alone,
    )
    last = Reading(
        rows="answers",
        width="model",
        heads="answer_heads",
        head="answer_head",
        value="answer_value",
        feed="answer_feed",
        seen="latents",
        other="latent_width",
        alone=True,
        activation=act,
    )
    return first, own, last


def heads(r: Reader, kind: str, mark: str, usual: int) -> int:
    """Heads of one kind of attention and their widths; how wide all their values are."""
    k = r.k
    key = f"num_{kind}_attention_heads"
    count = r.size(f"{mark}heads", key)
    if k.whole("d_latents") % count:
        k.fail(key, f"= {count} does not divide d_latents")
    asked = k.optional("qk_channels") or usual
    value = k.optional("v_channels") or asked
    for word, width, name in (("head", asked, "qk_channels"), ("value_head", value, "v_channels")):
        if width % count:
            k.fail(key, f"= {count} does not divide the {width} numbers of {name}")
        r.sizes[f"{mark}{word}"] = (width // count, f"{width} numbers over {count} heads")
    return value
