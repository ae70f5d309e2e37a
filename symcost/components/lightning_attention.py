"""Linear attention with a fixed decay: inside a block by pairs, between blocks by a state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import at_most, rounded_up
from symcost.components.norm import normalised

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def lightning_attention(a: Author, *, activation: str = "silu") -> Tensor:
    """Every head keeps a matrix of keys times values that fades; no softmax.

    The sequence is cut into blocks. Inside one, all pairs are multiplied; what lies before it is
    read from the state. The first block reads a state of zeros, and nothing reads what the last
    one adds, so no gradient flows there. Shapes: x is batch, time, model; so is the result.
    Source: MiniMax 2025, MiniMax-01, arXiv 2501.08313, section 2.2.
    """
    x = a.input("batch time model")
    a.axis("lane", a.size("head"))
    block = a.size("chunk")
    blocks = rounded_up(a.size("time"), block) / block - 1
    a.axis("blocks", blocks)
    a.axis("place", block)
    a.axis("other", block)
    a.axis("early", blocks * block)
    a.axis("last", a.size("time") - blocks * block)
    a.axis("last_past", a.size("time") - blocks * block)
    a.axis("first", at_most(a.size("time"), block))
    a.axis("rest", a.size("time") - at_most(a.size("time"), block))
    q, k, v = (
        a.map(activation, a.linear(name, x, f"model -> heads {width}"), name=f"act_{name}")
        for name, width in (("W_Q", "head"), ("W_K", "head"), ("W_V", "lane"))
    )
    inside = _blocks(a, q, k, v)
    state = _state(a, k, v)
    parts = []
    for name, axis, read in (("first", "first", a.detach(state, "zeros")), ("rest", "rest", state)):
        part = a.map("join", q, name=f"q_{name}", axes=f"batch {axis} heads head")
        pattern = f"batch {axis} heads head, batch heads head lane -> batch {axis} heads lane"
        parts.append(a.contract(pattern, part, read, name=f"read_{name}"))
    mix = a.map("join", *inside, *parts, name="join_blocks", axes="batch time heads lane")
    mix = normalised(a, mix, "rms", "heads lane", "mix")
    gate = a.map("sigmoid", a.linear("W_G", x, "model -> heads lane"))
    return a.linear("W_O", a.map("multiply", mix, gate, name="gate"), "heads lane -> model")


def _blocks(a: Author, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
    """All pairs of each block: of the whole blocks, and of the last one."""
    found = []
    for name, rows, past in (("", "blocks place", "blocks other"), ("_last", "last", "last_past")):
        left = a.map("join", q, name=f"q_pairs{name}", axes=f"batch {rows} heads head")
        right = a.map("join", k, name=f"k_pairs{name}", axes=f"batch {past} heads head")
        value = a.map("join", v, name=f"v_pairs{name}", axes=f"batch {past} heads lane")
        grid = " ".join(dict.fromkeys((*rows.split(), *past.split())))
        pairs = a.contract(
            f"batch {rows} heads head, batch {past} heads head -> batch {grid} heads",
            left,
            right,
            name=f"pairs{name}",
        )
        pairs = a.map("multiply", pairs, name=f"fade{name}")
        found.append(
            a.contract(
                f"batch {grid} heads, batch {past} heads lane -> batch {rows} heads lane",
                pairs,
                value,
                name=f"mix{name}",
            )
        )
    return tuple(found)


def _state(a: Author, k: Tensor, v: Tensor) -> Tensor:
    """Keys times values, added up over all blocks; what the last one adds is for later tokens."""
    made = []
    for name in ("early", "last"):
        left = a.map("join", k, name=f"k_{name}", axes=f"batch {name} heads head")
        right = a.map("join", v, name=f"v_{name}", axes=f"batch {name} heads lane")
        if name == "last":
            left, right = a.detach(left, "k_later"), a.detach(right, "v_later")
        pattern = f"batch {name} heads head, batch {name} heads lane -> batch heads head lane"
        made.append(a.contract(pattern, left, right, name=f"state_{name}"))
    total = a.map("add", *made, name="add_state")
    return a.carry(total, "batch heads head lane", "state")
