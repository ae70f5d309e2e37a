"""The two blocks of RWKV: mixing along time with a decaying sum, and along channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def time_mix(a: Author) -> Tensor:
    """Values are summed with weights that decay with distance; a gate lets the sum through.

    Shapes: x is batch, time, model; so is the result. Handed on are the last x and the sum with its
    denominator and exponent. Source: Peng et al. 2023, RWKV, arXiv 2305.13048, section 3.1.
    """
    x = a.input("batch time model")
    before = _shifted(a, x)
    k = a.linear("W_K", _mixed(a, x, before, "k"), "model -> inner")
    v = a.linear("W_V", _mixed(a, x, before, "v"), "model -> inner")
    gate = a.map("sigmoid", a.linear("W_R", _mixed(a, x, before, "r"), "model -> inner"))
    weights = [a.weight(name, "inner", Role.STATE) for name in ("decay", "bonus")]
    states = [a.carry(v, "batch inner", name) for name in ("numerator", "denominator", "exponent")]
    summed = a.map("scan", k, v, *weights, *states, name="decaying_sum")
    return a.linear("W_O", a.map("multiply", summed, gate), "inner -> model")


def channel_mix(a: Author) -> Tensor:
    """Up, squared relu and back, with a gate as wide as the model.

    Shapes: x is batch, time, model; so is the result. Handed on is the last x. Source: Peng et al.
    2023, RWKV, arXiv 2305.13048, section 3.1.
    """
    x = a.input("batch time model")
    before = _shifted(a, x)
    inner = a.map("relu", a.linear("W_1", _mixed(a, x, before, "k"), "model -> feed"))
    inner = a.map("multiply", inner, inner, name="square")
    gate = a.map("sigmoid", a.linear("W_R", _mixed(a, x, before, "r"), "model -> model_out"))
    y = a.linear("W_2", inner, "feed -> model")
    return a.map("multiply", y, a.map("join", gate, name="gate", axes="batch time model"))


def _shifted(a: Author, x: Tensor) -> Tensor:
    """Every token's predecessor; that of the first is handed in."""
    a.axis("model_out", "model")
    return a.map("join", x, a.carry(x, "batch model", "last_x"), name="shift")


def _mixed(a: Author, x: Tensor, before: Tensor, name: str) -> Tensor:
    """x and its predecessor, each channel with a share of its own."""
    share = a.weight(f"mu_{name}", "model", Role.STATE)
    now = a.map("multiply", x, share, name=f"now_{name}")
    return a.map(
        "add", now, a.map("multiply", before, share, name=f"then_{name}"), name=f"mix_{name}"
    )
