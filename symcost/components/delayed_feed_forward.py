"""A feed-forward block that knows how far the text runs behind the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import gated_feed_forward

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

NARROW = 32


def delayed_feed_forward(a: Author, *, activation: str = "silu") -> Tensor:
    """What comes in is scaled, by factors that two narrow products make of the delay.

    The delay is one row for the whole batch, and nothing is learned of it but the factors. Shapes:
    x is batch, time, model; so is the result. Source: Liu et al. 2026, Voxtral Realtime, arXiv
    2602.11298, section 2; Peebles and Xie 2022, arXiv 2212.09748, section 3.2, for such factors.
    """
    x = a.input("batch time model")
    a.axis("narrow", NARROW)
    delay = a.given("delay", "model")
    inner = a.map("gelu", a.linear("W_D1", delay, "model -> narrow"))
    factors = a.linear("W_D2", inner, "narrow -> model")
    y = a.map("multiply", x, factors, name="scale_by_delay")
    return a.part("block", gated_feed_forward, y, activation=activation)
