"""Putting a plan and a model together: the values of its degrees, and whether they divide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.architecture import Bound
from symcost.quantities.shard import Device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.component import Component
    from symcost.quantities.plan import Plan

# What is counted under a plan, whether or not one was given: the output then names it.
PLANNED = frozenset(
    {
        "weight_bytes",
        "gradient_bytes",
        "optimizer_bytes",
        "training_state_bytes",
        "communication_bytes",
        "data_parallel_bytes",
        "tensor_parallel_bytes",
        "pipeline_bytes",
        "expert_parallel_bytes",
        "bubble_fraction",
        "bubble_over_ideal",
    }
)


def with_degrees(bound: Mapping[Dim, Bound], root: Component, plan: Plan) -> dict[Dim, Bound]:
    """The sizes in force and the degrees of a plan.

    Raises `PlanError` for a degree that does not divide what it splits.
    """
    Device(root, plan).check({each: held.value for each, held in bound.items()})
    degrees = {each: Bound(value, "the plan") for each, value in plan.values().items()}
    return {**bound, **degrees}
