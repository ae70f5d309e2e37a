"""Attention whose queries and results are made by experts, over keys and values of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def attention_of_experts(a: Author) -> Tensor:
    """A router picks k pairs of query and output projections; keys and values are shared.

    Each chosen expert asks with as many heads as there are key heads. Shapes: x is batch, time,
    model; so is the result. Source: Shen et al. 2024, JetMoE, arXiv 2404.07413, section 2.2.
    """
    x = a.input("batch time model")
    scores = a.linear("W_R", x, "model -> experts", role=Role.ROUTER)
    choice = a.choose(a.map("softmax", scores, name="shares"), "experts -> chosen")
    ask = a.pick(a.weight("W_Q", "experts model groups head"), choice, "experts")
    q = a.contract(
        "batch time model, batch time chosen model groups head -> batch time chosen groups head",
        x,
        ask,
        name="ask",
        role=Role.MATRIX,
    )
    k = a.remember(a.linear("W_K", x, "model -> groups head"))
    v = a.remember(a.linear("W_V", x, "model -> groups head"))
    scores = a.contract(
        "batch time chosen groups head, batch past groups head -> batch chosen groups time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        "batch chosen groups time past, batch past groups head -> batch time chosen groups head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
    answer = a.pick(a.weight("W_O", "experts groups head model"), choice, "experts")
    y = a.contract(
        "batch time chosen groups head, batch time chosen groups head model "
        "-> batch time chosen model",
        mix,
        answer,
        name="answer",
        role=Role.MATRIX,
    )
    y = a.map("sum_experts", y, choice, axes="batch time model")
    return a.map("add", y, a.weight("b_O", "model", Role.BIAS), role=Role.BIAS, name="add_bias")
