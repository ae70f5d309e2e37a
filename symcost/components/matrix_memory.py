"""The block of xLSTM: a matrix for each head remembers, in chunks and then token by token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import called
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def matrix_memory(a: Author, *, bias: bool = False) -> Tensor:
    """Values are written under keys into a matrix that forgets; queries read it.

    Whole chunks are products of matrices; what is left of the sequence goes token by token.
    `bias` is that of the projections and of the norm over each head. Shapes: x is batch, time,
    model; so is the result. Source: Beck et al. 2024, xLSTM, arXiv 2405.04517, section 2.3; Beck
    et al. 2025, arXiv 2503.13427.
    """
    x = a.input("batch time model")
    whole = called("floor", [a.size("time") / a.size("chunk")])
    a.axis("chunks", whole)
    a.axis("source", a.size("chunk"))
    a.axis("rest", a.size("time") - whole * a.size("chunk"))
    a.axis("gates", a.size("heads"))
    q = a.linear("W_Q", x, "model -> heads head", bias=bias)
    k = a.linear("W_K", x, "model -> heads head", bias=bias)
    v = a.linear("W_V", x, "model -> heads value_head", bias=bias)
    out = a.map("sigmoid", a.linear("W_G", x, "model -> heads value_head", bias=bias))
    enter = a.linear("W_I", x, "model -> gates", bias=True)
    forget = a.linear("W_F", x, "model -> gates", bias=True)
    k = a.map("join", k, enter, forget, name="gated_keys", axes=" ".join(k.axes))
    before = [
        a.carry(v, "batch heads head value_head", "memory"),
        a.carry(k, "batch heads head", "normaliser"),
        a.carry(enter, "batch heads", "exponent"),
    ]
    k = a.map("join", k, *before, name="keys_and_states", axes=" ".join(k.axes))
    y = a.map(
        "join",
        _in_chunks(a, q, k, v),
        _by_token(a, q, k, v),
        name="all_tokens",
        axes="batch time heads value_head",
    )
    y = normalised(a, y, "layer" if bias else "layer_scale", "heads value_head", "heads")
    return a.linear("W_O", a.map("multiply", y, out), "heads value_head -> model", bias=bias)


def _in_chunks(a: Author, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Within a chunk like attention; from earlier chunks through the memory."""
    ask = a.map("join", q, name="asking", axes="batch chunks chunk heads head")
    held = a.map("join", k, name="held", axes="batch chunks source heads head")
    told = a.map("join", v, name="told", axes="batch chunks source heads value_head")

    scores = _product(
        a,
        "batch chunks chunk heads head, batch chunks source heads head "
        "-> batch chunks heads chunk source",
        ask,
        held,
        "scores",
    )
    near = _product(
        a,
        "batch chunks heads chunk source, batch chunks source heads value_head "
        "-> batch chunks chunk heads value_head",
        a.map("scale", scores),
        told,
        "mix",
    )
    far = _product(
        a,
        "batch chunks chunk heads head, batch chunks heads head value_head "
        "-> batch chunks chunk heads value_head",
        ask,
        _written(a, held, told),
        "read",
    )
    sums = a.map("join", held, name="sums", axes="batch chunks heads head")
    weight = _product(
        a,
        "batch chunks chunk heads head, batch chunks heads head -> batch chunks chunk heads",
        ask,
        sums,
        "weigh",
    )
    return a.map("multiply", a.map("add", near, far, name="near_and_far"), weight, name="divide")


def _written(a: Author, held: Tensor, told: Tensor) -> Tensor:
    """What every chunk writes into the memory."""
    return _product(
        a,
        "batch chunks source heads head, batch chunks source heads value_head "
        "-> batch chunks heads head value_head",
        held,
        told,
        "write",
    )


def _product(a: Author, pattern: str, left: Tensor, right: Tensor, name: str) -> Tensor:
    return a.contract(pattern, left, right, name=name, role=Role.STATE)


def _by_token(a: Author, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The tokens behind the last whole chunk, one after the other."""
    ask = a.map("join", q, name="ask_one", axes="batch rest heads head")
    held = a.map("join", k, name="held_one", axes="batch rest heads head")
    told = a.map("join", v, name="told_one", axes="batch rest heads value_head")
    axes = "batch rest heads head value_head"
    memory = a.contract(
        f"batch rest heads head, batch rest heads value_head -> {axes}",
        held,
        told,
        name="write_one",
        role=Role.STATE,
    )
    found = a.contract(
        f"batch rest heads head, {axes} -> batch rest heads value_head",
        ask,
        memory,
        name="read_one",
        role=Role.STATE,
    )
    weight = a.contract(
        "batch rest heads head, batch rest heads head -> batch rest heads",
        ask,
        held,
        name="weigh_one",
        role=Role.STATE,
    )
    return a.map("multiply", found, weight, name="divide_one")
