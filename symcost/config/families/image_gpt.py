"""Decoders over the colours of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import classes, task
from symcost.graph.architecture import AtMost
from symcost.models.image_gpt import image_gpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The model of the class that the file names."""
    r = Reader(keys, options)
    head = task(keys, options) == "classify"
    if head and not classes(r):
        keys.fail("num_labels", "= 0 is not understood here")
    hidden, heads = r.size("model", "n_embd"), r.size("heads", "n_head")
    r.size("vocab", "vocab_size")
    r.size("positions", "n_positions")
    r.size("layers", "n_layer")
    if hidden % heads:
        keys.fail("n_head", f"= {heads} does not divide n_embd = {hidden}")
    r.sizes["groups"] = (heads, "one for each query head")
    r.sizes["share"] = (1, "every query head has its own keys and values")
    r.sizes["head"] = (hidden // heads, "hidden size over heads")
    inner = keys.optional("n_inner")
    origin = keys.origin("n_inner") if inner else "four times the width"
    r.sizes["feed"] = (inner or 4 * hidden, origin)
    if keys.flag("add_cross_attention"):
        keys.fail("add_cross_attention", "= true is not understood here")
    named = keys.text("activation_function")
    activation = activation_of(keys, "activation_function", named)
    keys.raw("tie_word_embeddings")
    limit = AtMost("time", "positions", "every place has a row of its own")
    flags = {"head": head, "activation": activation}
    return Built(image_gpt, flags, r.sizes, limits=(limit,))
