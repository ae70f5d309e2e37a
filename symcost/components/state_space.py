"""State-space blocks: a state for every channel, handed from token to token, instead of attention.

Two forms: the selective scan, whose recurrence is elementwise, and its dual in chunks, where all
but the hand-over between chunks are products of matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, rounded_up
from symcost.components.norm import normalised
from symcost.components.short_convolution import convolved
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def selective_scan(
    a: Author,
    *,
    bias: bool = False,
    conv_bias: bool = True,
    norms: str = "",
    heads: bool = False,
) -> Tensor:
    """Step sizes, input and read-out of the state all depend on the token; the state is read out.

    `norms` is a kind of norm on the low-rank step size, the input and the read-out vectors. With
    `heads` the channels are split, and each share has projections of its own. Shapes: x is batch,
    time, model; so is the result. Source: Gu and Dao 2023, Mamba, arXiv 2312.00752, algorithm 2.
    """
    x = a.input("batch time model")
    lane, own = ("state_heads state_head", "state_heads ") if heads else ("inner", "")
    u = a.linear("W_x", x, f"model -> {lane}", bias=bias)
    z = a.linear("W_z", x, f"model -> {lane}", bias=bias)
    u = a.map("silu", convolved(a, u, lane, bias=conv_bias))

    def product(name: str, y: Tensor, narrow: str, *, down: bool = True) -> Tensor:
        weight = a.weight(name, f"{lane} {narrow}")
        made = f"{own}{narrow}" if down else lane
        pattern = f"{' '.join(y.axes)}, {' '.join(weight.axes)} -> batch time {made}"
        return a.contract(pattern, y, weight, name=name, role=Role.MATRIX)

    step = product("W_step", u, "step_rank")
    into, out = product("W_B", u, "state"), product("W_C", u, "state")
    if norms:
        step = normalised(a, step, norms, "step_rank", "step")
        into = normalised(a, into, norms, "state", "B")
        out = normalised(a, out, norms, "state", "C")
    step = product("W_dt", step, "step_rank", down=False)
    step = a.map("add", step, a.weight("b_dt", lane, Role.BIAS), role=Role.BIAS, name="add_b_dt")
    y = _scanned(a, u, step, into, out, lane)
    y = a.map("multiply", y, a.map("silu", z, name="gate"))
    return a.linear("W_O", y, f"{lane} -> model", bias=bias)


def _scanned(a: Author, u: Tensor, step: Tensor, into: Tensor, out: Tensor, lane: str) -> Tensor:
    """The elementwise recurrence, its read-out, and a share of what came in."""
    decay = a.weight("A_log", f"{lane} state", Role.STATE)
    before = a.carry(u, f"batch {lane} state", "state")
    axes = f"batch time {lane} state"
    states = a.map("scan", u, step, into, decay, before, name="recur", axes=axes)
    pattern = f"{axes}, {' '.join(out.axes)} -> batch time {lane}"
    y = a.contract(pattern, states, out, name="read_out", role=Role.STATE)
    return a.map("add", y, a.weight("D", lane, Role.STATE), role=Role.SCAN, name="skip")


def state_space_dual(
    a: Author,
    *,
    bias: bool = False,
    out_bias: bool = False,
    conv_bias: bool = True,
    norm: str = "rms",
) -> Tensor:
    """Within a chunk the scan is a masked product like attention; states join the chunks.

    The sequence is padded to whole chunks; `norm` is the kind of the gated norm before the last
    projection, "" for none. Shapes: x is batch, time, model; so is the result. Source: Dao and Gu
    2024, Transformers are SSMs, arXiv 2405.21060, section 6.
    """
    x = a.input("batch time model")
    heads = "state_heads state_head"
    inner = a.size("state_heads") * a.size("state_head")
    a.axis("channels", inner + 2 * a.size("state_groups") * a.size("state"))
    z = a.linear("W_z", x, f"model -> {heads}", bias=bias)
    u = a.linear("W_xBC", x, "model -> channels", bias=bias)
    step = a.linear("W_step", x, "model -> state_heads", bias=bias)
    step = a.map("add", step, a.weight("b_dt", "state_heads", Role.BIAS), role=Role.BIAS)
    u = a.map("silu", convolved(a, u, "channels", bias=conv_bias))
    y = _in_chunks(a, u, step)
    y = a.map("add", y, a.weight("D", "state_heads", Role.STATE), role=Role.SCAN, name="skip")
    y = a.map("multiply", y, a.map("silu", z, name="gate"))
    if norm:
        y = normalised(a, y, norm, heads, "gated")
    return a.linear("W_O", y, f"{heads} -> model", bias=out_bias)


def _in_chunks(a: Author, u: Tensor, step: Tensor) -> Tensor:
    """What the states bring to every token. Each group's vectors are repeated for its heads."""
    chunks = rounded_up(a.size("time"), a.size("chunk")) / a.size("chunk")
    a.axis("chunks", chunks)
    a.axis("source", a.size("chunk"))
    a.axis("starts", chunks + Poly.of(1))
    a.axis("ends", chunks + Poly.of(1))
    decay = a.weight("A_log", "state_heads", Role.STATE)
    step = a.map("scale", step, decay, role=Role.SCAN)
    here, there = "batch chunks chunk state_heads", "batch chunks source state_heads"
    values = a.map("join", u, step, axes=f"{there} state_head", name="values")
    into = a.map("join", u, step, axes=f"{there} state", name="into")
    out = a.map("join", u, axes=f"{here} state", name="out")
    pairs = "batch chunks chunk source state_heads"
    scores = _product(a, f"{here} state, {there} state -> {pairs}", out, into, "scores")
    scores = a.map("multiply", scores, step, axes=pairs, name="decay_scores")
    pattern = f"{pairs}, {there} state_head -> {here} state_head"
    within = _product(a, pattern, scores, values, "within")
    states = _handed_over(a, u, step, into, values)
    pattern = f"{here} state, {' '.join(states.axes)} -> {here} state_head"
    across = _product(a, pattern, out, states, "across")
    y = a.map("add", within, across, role=Role.SCAN, name="both")
    return a.map("join", y, axes="batch time state_heads state_head", name="unpad")


def _handed_over(a: Author, u: Tensor, step: Tensor, into: Tensor, values: Tensor) -> Tensor:
    """The state before every chunk: what each chunk adds, summed up with its decay."""
    state = "state_heads state_head state"
    pattern = f"{' '.join(into.axes)}, {' '.join(values.axes)} -> batch chunks {state}"
    sums = _product(a, pattern, into, values, "chunk_states")
    kept = a.carry(u, f"batch {state}", "state")
    first = a.map("join", kept, sums, axes=f"batch starts {state}", name="with_first")
    decay = a.map("join", u, step, axes="batch starts ends state_heads", name="decay")
    pattern = f"batch starts ends state_heads, batch starts {state} -> batch ends {state}"
    states = _product(a, pattern, decay, first, "hand_over")
    return a.map("join", states, axes=f"batch chunks {state}", name="started")


def _product(a: Author, pattern: str, left: Tensor, right: Tensor, name: str) -> Tensor:
    return a.contract(pattern, left, right, name=name, role=Role.STATE)
