"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.component import DeclarationError
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

KINDS = ("layer", "layer_scale", "rms", "plain", "rms_plain", "affine")
SHIFTED = "rms_shift"  # of no whole model, but of parts of some


def layer_norm(a: Author) -> Tensor:
    """Centred, divided by the deviation, then scaled and shifted by two vectors.

    Shapes: x is batch, time, model; so is the result. Source: Ba, Kiros and Hinton 2016, Layer
    Normalization, arXiv 1607.06450, equation 4.
    """
    x = a.input("batch time model")
    return normalised(a, x, "layer")


def rms_norm(a: Author) -> Tensor:
    """Divided by the root of the mean square, then scaled by a vector.

    Shapes: x is batch, time, model; so is the result. Source: Zhang and Sennrich 2019, Root Mean
    Square Layer Normalization, arXiv 1910.07467, equation 4.
    """
    x = a.input("batch time model")
    return normalised(a, x, "rms")


def norm(a: Author, *, kind: str) -> Tensor:
    """Normalisation over the model's width.

    `kind`: layer (scale and shift), layer_scale (no shift), rms (scale), plain and rms_plain (no
    weights), rms_gated (what is normalised opens a gate of low rank for itself).
    """
    x = a.input("batch time model")
    if kind == "rms_gated":
        return _gated(a, normalised(a, x, "rms"))
    return normalised(a, x, kind)


def normalised(a: Author, x: Tensor, kind: str, over: str = "model", name: str = "") -> Tensor:
    """x normalised over some of its axes, inside another component.

    `over` are the axes of the weights; `name` tells several norms of one component apart. "affine"
    only scales and shifts. Source: Sun et al. 2020, MobileBERT, arXiv 2004.02984, section 3.3.
    """
    mark = f"_{name}" if name else ""
    if kind not in (*KINDS, SHIFTED):
        raise DeclarationError(f"'{kind[:40]}' is no kind of norm: choose {', '.join(KINDS)}")
    weights = []
    if kind == "affine":
        gamma, beta = (a.weight(f"{each}{mark}", over, Role.NORM) for each in ("gamma", "beta"))
        y = a.map("scale", x, gamma, role=Role.NORM, name=f"stretch{mark}")
        return a.map("add", y, beta, role=Role.NORM, name=f"norm{mark}")
    if kind in ("layer", "layer_scale", "rms", SHIFTED):
        weights.append(a.weight(f"gamma{mark}", over, Role.NORM))
    if kind in ("layer", SHIFTED):
        weights.append(a.weight(f"beta{mark}", over, Role.NORM))
    function = "rms_norm" if kind.startswith("rms") else "layer_norm"
    return a.map(function, x, *weights, name=f"norm{mark}" if mark else function)


def _gated(a: Author, y: Tensor) -> Tensor:
    """y times a gate that two narrow products make of y."""
    narrow = a.map("silu", a.linear("W_N1", y, "model -> norm_rank"))
    gate = a.map("sigmoid", a.linear("W_N2", narrow, "norm_rank -> model"))
    return a.map("multiply", y, gate, name="open")
