"""Several residual streams, read through gates that a narrow product makes of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def gated_collapse(a: Author) -> Tensor:
    """The mean of all streams, each number behind a gate.

    Shapes: x is batch, time, streams, model; the result batch, time, model. Source: Zhu et al.
    2024, Hyper-Connections, arXiv 2409.19606, section 2; Qwen Team 2026, Qwen4-Exp, model card and
    reference code.
    """
    return _mixed(a, _normed(a, a.input("batch time streams model"), "end"), "end")


def mixed_and_shares(a: Author, x: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """What a block reads, and how much of its result each stream gets; part of a layer.

    Source: as `gated_collapse`.
    """
    normed = _normed(a, x, name)
    a.axis("shares", a.size("streams"))
    shares = a.linear(f"W_share_{name}", normed, "streams model -> shares")
    shares = a.map("sigmoid", shares, name=f"shares_{name}")
    return _mixed(a, normed, name), shares


def _normed(a: Author, x: Tensor, name: str) -> Tensor:
    return normalised(a, x, "rms", "streams model", name)


def _mixed(a: Author, normed: Tensor, name: str) -> Tensor:
    narrow = a.linear(f"W_down_{name}", normed, "streams model -> stream_rank")
    narrow = a.map("silu", narrow, name=f"narrow_{name}")
    gates = a.linear(f"W_up_{name}", narrow, "stream_rank -> streams model", role=Role.MATRIX)
    gates = a.map("sigmoid", gates, name=f"gates_{name}")
    return a.map("multiply", normed, gates, name=f"mix_{name}", axes="batch time model")
