"""Encoders built like decoders, whose tokens see what comes after them too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.whole_attention import whole_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

KEPT = ("q_bias", "k_bias", "v_bias", "o_bias", "qk_norm", "qk_norm_over", "sinks")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder of the usual shape; its attention hides nothing and keeps nothing."""
    only(keys, options["only"])
    built = Reader(keys, options).build()
    spec = built.flags["spec"]
    assert isinstance(spec, Decoder)
    stacks = []
    for stack in spec.stacks:
        mixer = stack.layer.mixer
        assert mixer is not None
        flags = {name: mixer.flags[name] for name in KEPT}
        layer = replace(stack.layer, mixer=Use(whole_attention, flags))
        stacks.append(replace(stack, layer=layer))
    return replace(built, declaration=decoder, flags={"spec": replace(spec, stacks=tuple(stacks))})
