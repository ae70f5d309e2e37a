"""Decoders with latent attention, in the order of products that serving uses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.components.absorbed_attention import absorbed_latent_attention
from symcost.components.latent_attention import latent_attention
from symcost.graph.component import DeclarationError
from symcost.models.decoder import Decoder, Stack

if TYPE_CHECKING:
    from symcost.graph.architecture import Architecture


def absorbed(architecture: Architecture) -> Architecture:
    """The same model, its latent attention absorbed: the same weights and cache, other work.

    Raises `DeclarationError` where no layer has latent attention.
    """
    spec = architecture.flags.get("spec")
    stacks = spec.stacks if isinstance(spec, Decoder) else ()
    changed = tuple(map(_absorbed, stacks))
    if not isinstance(spec, Decoder) or changed == stacks:
        raise DeclarationError(
            f"{architecture.name} has no latent attention that could be absorbed; leave it out"
        )
    flags = {**architecture.flags, "spec": replace(spec, stacks=changed)}
    title = f"{architecture.title}, absorbed"
    return replace(architecture, title=title, flags=flags)


def _absorbed(stack: Stack) -> Stack:
    mixer = stack.layer.mixer
    if mixer is None or mixer.component is not latent_attention:
        return stack
    other = replace(mixer, component=absorbed_latent_attention)
    return replace(stack, layer=replace(stack.layer, mixer=other))
