"""Switches multi-token prediction on where a configuration describes the main model alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.graph.selecting import VariantError
from symcost.models.decoder import Decoder, decoder

if TYPE_CHECKING:
    from symcost.graph.architecture import Architecture


def predicting_ahead(architecture: Architecture, modules: int) -> Architecture:
    """The model with prediction modules behind it, their layer of the last kind.

    Raises `VariantError` for a model that is no plain decoder.
    """
    spec = architecture.flags.get("spec")
    if architecture.declaration is not decoder or not isinstance(spec, Decoder):
        raise VariantError(
            f"{architecture.name}: prediction modules are described for decoders of the usual "
            "shape (deepseek-v3, llama-3-8b, mixtral-8x7b, ...), and this is none"
        )
    odd = [
        word
        for word, there in (
            ("no last norm", not spec.last_norm),
            ("no head", not spec.head),
            ("rows of another width", spec.narrow),
            ("a bias of its head", spec.head_bias),
            ("spare rows", bool(spec.spare_rows)),
            ("a neck", spec.neck is not None),
            ("inputs beside its tokens", spec.heard is not None or spec.idle is not None),
            ("no layer", not spec.stacks),
            ("layers that read more", any(each.layer.beside for each in spec.stacks)),
        )
        if there
    ]
    if odd:
        raise VariantError(
            f"{architecture.name} has {odd[0]}; prediction modules behind it are not described"
        )
    if modules < 1:
        raise VariantError(f"{modules} prediction modules: ask for at least one")
    sizes = {**architecture.sizes, "predictions": (modules, "prediction modules asked for")}
    flags = {**architecture.flags, "spec": replace(spec, prediction=spec.stacks[-1].layer)}
    notes = (*architecture.notes, f"with {modules} prediction module{'s' * (modules > 1)}")
    return replace(architecture, flags=flags, sizes=sizes, notes=notes)
