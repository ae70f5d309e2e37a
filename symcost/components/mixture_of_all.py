"""A mixture whose experts all work on every token, each on the token weighed by its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.feed_forward import activated, gated_feed_forward
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def mixture_of_all(a: Author, *, activation: str = "silu") -> Tensor:
    """Every expert reads every token times its score; the scores of the unchosen are zero.

    What is multiplied by zero is multiplied all the same, so the work is that of all E experts. A
    shared expert reads the token as it is. Shapes: x is batch, time, model; so is the result.
    Source: Meta AI 2025, Llama 4, model card and reference code.
    """
    x = a.input("batch time model")
    scores = a.linear("W_R", x, "model -> experts", role=Role.ROUTER)
    weighed = a.map(
        "multiply", x, a.map("sigmoid", scores), name="weigh", axes="batch time experts model"
    )

    def through(name: str, z: Tensor, eaten: str, made: str) -> Tensor:
        weight = a.weight(name, f"experts {eaten} {made}")
        pattern = f"batch time experts {eaten}, experts {eaten} {made} -> batch time experts {made}"
        return a.contract(pattern, z, weight, name=name, role=Role.MATRIX)

    gate = activated(a, activation, through("W_G", weighed, "model", "expert_feed"))
    inner = a.map("multiply", gate, through("W_1", weighed, "model", "expert_feed"))
    y = through("W_2", inner, "expert_feed", "model")
    y = a.map("sum_experts", y, axes="batch time model")
    z = a.part("shared_expert", gated_feed_forward, x, activation=activation, feed="shared_feed")
    return a.map("add", y, z, name="add_shared")
