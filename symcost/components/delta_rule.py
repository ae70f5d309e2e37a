"""The gated delta rule: a state that forgets, and corrects what it holds for a key.

The sequence is cut into chunks of 64 tokens, the last one padded. Inside a chunk each token's
correction depends on those before it: a triangular system, which torch solves without a product of
matrices, so that its work has the role of a scan. Chunks hand the state on.
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

CHUNK = 64
PLACES = "batch chunks chunk state_heads"
PAIRS = "batch chunks chunk source state_heads"
STATES = "batch chunks state_heads state state_head"


def gated_delta(a: Author) -> Tensor:
    """Keys shared by groups of heads, one decay a head; scores within a chunk are products.

    Shapes: x is batch, time, model; so is the result. A head's state is state x state_head. Source:
    Yang, Kautz and Hatamizadeh 2024, Gated Delta Networks, arXiv 2412.06464, section 3.3.
    """
    x = a.input("batch time model")
    heads = "state_heads state_head"
    width = 2 * a.size("state_groups") * a.size("state")
    a.axis("channels", width + a.size("state_heads") * a.size("state_head"))
    u = a.linear("W_QKV", x, "model -> channels")
    z = a.linear("W_z", x, f"model -> {heads}")
    step = a.linear("W_step", x, "model -> state_heads")
    step = a.map("add", step, a.weight("b_dt", "state_heads", Role.BIAS), role=Role.BIAS)
    decay = a.map("scale", step, a.weight("A_log", "state_heads", Role.STATE), role=Role.SCAN)
    share = a.map("sigmoid", a.linear("W_beta", x, "model -> state_heads"), name="beta")
    u = a.map("silu", convolved(a, u, "channels"))
    q, k, v, w = _cut(a, u, share, decay)
    system = _product(a, f"{PLACES} state, {_at(k)} -> {PAIRS}", w, k, "system")
    scores = _product(a, f"{PLACES} state, {_at(k)} -> {PAIRS}", q, k, "scores")
    new = _product(a, f"{PAIRS}, {_at(v)} -> {PLACES} state_head", system, v, "solve_v", Role.SCAN)
    old = _product(a, f"{PAIRS}, {_at(k)} -> {PLACES} state", system, k, "solve_k", Role.SCAN)
    y = _hand_on(a, u, q, k, scores, new, old)
    y = normalised(a, y, "rms", "state_head", "gated")
    y = a.map("multiply", y, a.map("silu", z, name="gate"))
    return a.linear("W_O", y, f"{heads} -> model")


def kimi_delta(a: Author, *, narrow: bool = True) -> Tensor:
    """Each channel of a key decays at its own pace, so scores within a chunk are elementwise.

    `narrow`: the forget gate and the output gate pass a latent of one head's width. Shapes: x is
    batch, time, model; so is the result. Source: Kimi Team 2025, Kimi Linear, arXiv 2510.26692,
    section 3.
    """
    x = a.input("batch time model")
    heads = "state_heads state_head"
    a.axis("state", a.size("state_head"))
    a.axis("channels", 3 * a.size("state_heads") * a.size("state_head"))
    u = a.linear("W_QKV", x, "model -> channels")

    def gate(name: str) -> Tensor:
        if not narrow:
            return a.linear(f"W_{name}", x, f"model -> {heads}")
        latent = a.linear(f"W_D{name}", x, "model -> state")
        return a.linear(f"W_U{name}", latent, f"state -> {heads}")

    step = a.map("add", gate("F"), a.weight("b_dt", heads, Role.BIAS), role=Role.BIAS)
    decay = a.map("scale", step, a.weight("A_log", "state_heads", Role.STATE), role=Role.SCAN)
    share = a.map("sigmoid", a.linear("W_beta", x, "model -> state_heads"), name="beta")
    u = a.map("silu", convolved(a, u, "channels"))
    q, k, v, w = _cut(a, u, share, decay)
    scan = Role.SCAN
    system = _product(a, f"{PLACES} state, {_at(k)} -> {PAIRS}", w, k, "system", scan)
    scores = _product(a, f"{PLACES} state, {_at(k)} -> {PAIRS}", q, k, "scores", scan)
    inverse = a.map("scan", system, name="invert")
    new = _product(a, f"{PAIRS}, {_at(v)} -> {PLACES} state_head", inverse, v, "new_values")
    old = _product(a, f"{PAIRS}, {_at(k)} -> {PLACES} state", inverse, k, "old_keys")
    y = _hand_on(a, u, q, k, scores, new, old)
    y = normalised(a, y, "rms", "state_head", "gated")
    y = a.map("multiply", y, a.map("sigmoid", gate("G"), name="gate"))
    return a.linear("W_O", y, f"{heads} -> model")


def _cut(
    a: Author, u: Tensor, share: Tensor, decay: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Queries, keys, values and weighted keys, padded and cut into chunks, for every head."""
    a.axis("chunk", CHUNK)
    a.axis("source", CHUNK)
    a.axis("chunks", rounded_up(a.size("time"), Poly.of(CHUNK)) / CHUNK)
    source = "batch chunks source state_heads"
    q = a.map("join", u, decay, axes=f"{PLACES} state", name="q")
    k = a.map("join", u, decay, axes=f"{source} state", name="k")
    v = a.map("join", u, share, axes=f"{source} state_head", name="v")
    return q, k, v, a.map("join", u, share, axes=f"{PLACES} state", name="weighted_k")


def _hand_on(
    a: Author, u: Tensor, q: Tensor, k: Tensor, scores: Tensor, new: Tensor, old: Tensor
) -> Tensor:
    """From chunk to chunk: what the state says, what the chunk adds, what the state becomes."""
    before = a.carry(u, "batch state_heads state state_head", "state")
    states = a.map("join", before, axes=STATES, name="states")
    known = _product(a, f"{_at(old)}, {STATES} -> {PLACES} state_head", old, states, "known")
    fresh = a.map("add", new, known, role=Role.SCAN, name="correct")
    fresh = a.map("join", fresh, axes="batch chunks source state_heads state_head", name="fresh")
    across = _product(a, f"{_at(q)}, {STATES} -> {PLACES} state_head", q, states, "across")
    within = _product(a, f"{PAIRS}, {_at(fresh)} -> {PLACES} state_head", scores, fresh, "within")
    update = _product(a, f"{_at(k)}, {_at(fresh)} -> {STATES}", k, fresh, "update")
    y = a.map("add", across, within, role=Role.SCAN, name="both")
    return a.map("join", y, update, axes="batch time state_heads state_head", name="unpad")


def _product(
    a: Author, pattern: str, left: Tensor, right: Tensor, name: str, role: Role = Role.STATE
) -> Tensor:
    return a.contract(pattern, left, right, name=name, role=role)


def _at(x: Tensor) -> str:
    return " ".join(x.axes)
