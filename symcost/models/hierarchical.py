"""Two stacks of layers, a fast and a slow one, that are run many times with the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.components.feed_forward import activated
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

MATRICES = {
    "W_Q": "model heads head",
    "W_K": "model heads head",
    "W_V": "model heads head",
    "W_S": "model heads head",
    "W_O": "heads head model",
    "W_G": "model feed",
    "W_1": "model feed",
    "W_2": "feed model",
}
ATTENTION = ("W_Q", "W_K", "W_V", "W_S", "W_O")


@final
@dataclass(frozen=True)
class Hierarchy:
    """`cycles` says for each slow cycle (fast runs without, fast runs with a gradient)."""

    cycles: tuple[tuple[int, int], ...]
    bias: bool = False
    feed_bias: bool = False
    activation: str = "silu"
    tied: bool = False

    def weights(self) -> dict[str, tuple[str, Role]]:
        """The axes and roles of the weights of one layer, without the axis that counts layers."""
        found = {name: (axes, Role.MATRIX) for name, axes in MATRICES.items()}
        for name, axes in MATRICES.items():
            if self.bias if name in ATTENTION else self.feed_bias:
                made = axes.removeprefix("heads head ") if name == "W_O" else axes.split(" ", 1)[1]
                found[f"b{name[1:]}"] = (made, Role.BIAS)
        return found


def hierarchical_decoder(a: Author, *, spec: Hierarchy) -> Tensor:
    """The fast state is run several times over the slow one, then the slow over the fast.

    Every stack has one set of weights, whichever cycle it is in; each run keeps keys and values of
    its own. The first runs of a cycle hand no gradient back. Source: Wang et al. 2025,
    Hierarchical Reasoning Model, arXiv 2506.21734.
    """
    tokens = a.ids("batch time", "tokens")
    table = a.weight("W_E", "vocab model", Role.EMBEDDING)
    slow = a.map("scale", a.gather(table, tokens, "vocab -> model", Role.EMBEDDING))
    start = a.weight("z", "model", Role.STATE, train=False)
    fast = a.map("join", start, name="start", axes="batch time model")
    a.axis("deep", a.size("layers"))
    fast_weights, slow_weights = (
        [a.weight(f"{stack}_{name}", f"deep {axes}", role) for name, (axes, role) in items]
        for stack, items in ((each, spec.weights().items()) for each in ("fast", "slow"))
    )
    for number, (resting, learning) in enumerate(spec.cycles, 1):
        if resting:
            low = a.detach(fast, f"fast_state_{number}")
            high = a.detach(slow, f"slow_state_{number}")
            name = f"resting_{number}"
            fast = a.repeat(name, resting, run, low, high, *fast_weights, spec=spec, rests=True)
        if learning == 1:
            fast = a.part(f"fast_{number}", run, fast, slow, *fast_weights, spec=spec)
        elif learning:
            fast = a.repeat(f"fast_{number}", learning, run, fast, slow, *fast_weights, spec=spec)
        slow = a.part(f"slow_{number}", run, slow, fast, *slow_weights, spec=spec)
    if spec.tied:
        return a.linear(table, slow, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", slow, "model -> vocab", role=Role.HEAD)


def run(a: Author, *, spec: Hierarchy, rests: bool = False) -> Tensor:
    """One run of a stack over the sum of both states, and a norm without weights."""
    x, other = a.input("batch time model"), a.input("batch time model", "other")
    given = [a.input(f"deep {axes}", name) for name, (axes, _) in spec.weights().items()]
    x = a.map("add", x, other, name="add_states")
    x = a.repeat("layer", "layers", layer, x, *given, spec=spec, rests=rests)
    return normalised(a, x, "rms_plain", name="last")


def layer(a: Author, *, spec: Hierarchy, rests: bool = False) -> Tensor:
    """Gated attention and a gated feed-forward block, each after a norm without weights."""
    x = a.input("batch time model")
    weights = {}
    for name, (axes, _) in spec.weights().items():
        own = a.map("join", a.input(f"deep {axes}", name), name=f"own_{name}", axes=axes)
        weights[name] = a.detach(own, f"resting_{name}") if rests else own
    x = a.map("add", x, _attention(a, x, weights), name="add_attention")
    y = normalised(a, x, "rms_plain", name="2")
    gate = activated(a, spec.activation, _times(a, weights, "W_G", y, "model -> feed"))
    inner = a.map("multiply", gate, _times(a, weights, "W_1", y, "model -> feed"), name="gated")
    return a.map("add", x, _times(a, weights, "W_2", inner, "feed -> model"), name="add_feed")


def _attention(a: Author, x: Tensor, weights: dict[str, Tensor]) -> Tensor:
    """Multi-head attention whose mix is multiplied by a gate made from x."""
    y = normalised(a, x, "rms_plain", name="1")
    q, k, v, gate = (_times(a, weights, name, y, "model -> heads head") for name in ATTENTION[:4])
    k, v = a.remember(k), a.remember(v)
    scores = a.contract(
        "batch time heads head, batch past heads head -> batch heads time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        "batch heads time past, batch past heads head -> batch time heads head",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
        mask="causal",
    )
    mix = a.map("multiply", mix, a.map("sigmoid", gate), name="gate_mix")
    return _times(a, weights, "W_O", mix, "heads head -> model")


def _times(a: Author, weights: dict[str, Tensor], name: str, x: Tensor, arrow: str) -> Tensor:
    """x times a weight of the layer, and the bias, if there is one."""
    y = a.linear(weights[name], x, arrow, name=name)
    bias = weights.get(f"b{name[1:]}")
    if bias is None:
        return y
    return a.map("add", y, bias, role=Role.BIAS, name=f"add_b{name[1:]}")
