"""The bubble of a pipeline: how long a stage waits, in units of the time of one micro-batch.

Each of the p stages works on m micro-batches and waits p - 1 times while the pipeline fills and
drains; with v chunks on each stage a wait is v times shorter. Huang et al. 2019, GPipe, arXiv
1811.06965, section 2.3; Narayanan et al. 2021, arXiv 2104.04473, section 2.2. Two fractions are in
use: of the ideal time, (p-1)/(v m), and of the whole time, (p-1)/(v m + p-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Role
from symcost.quantities.intensity import Divided
from symcost.quantities.interpret import Combined
from symcost.quantities.ledger import Ledger, Term
from symcost.quantities.training_state import plan_of

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.plan import Plan

SLOT = "time of one chunk on one micro-batch"


def _slots(name: str, convention: Convention, *counts: tuple[str, Poly]) -> Ledger:
    terms = (
        Term((what,), what, Role.RESIDUAL, 1, (what,), (size,)) for what, size in counts if size
    )
    return Ledger(name, SLOT, convention, "model", tuple(terms))


def _waits(plan: Plan) -> tuple[str, Poly]:
    return "fill and drain", plan.degree("pp") - 1


def _works(plan: Plan) -> tuple[str, Poly]:
    return "work", plan.degree("chunks") * plan.degree("micro")


def _idle(_root: Component, convention: Convention, _scope: str) -> Ledger:
    return _slots("pipeline_idle", convention, _waits(plan_of(convention)))


def _busy(_root: Component, convention: Convention, _scope: str) -> Ledger:
    return _slots("pipeline_busy", convention, _works(plan_of(convention)))


def _whole(_root: Component, convention: Convention, _scope: str) -> Ledger:
    plan = plan_of(convention)
    return _slots("pipeline_time", convention, _works(plan), _waits(plan))


# Three lengths of time, which are quantities only as parts of the fractions.
_TIMES = (
    Combined("pipeline_idle", "T_w", SLOT, "time a stage waits", _idle, scoped=False),
    Combined("pipeline_busy", "T_i", SLOT, "time a stage works", _busy, scoped=False),
    Combined("pipeline_time", "T", SLOT, "time of a step on a stage", _whole, scoped=False),
)
BUBBLE_FRACTION = Divided(
    "bubble_fraction",
    "R_b",
    "of the whole time",
    "share of a step in which a stage of the pipeline waits",
    _TIMES[0],
    _TIMES[2],
)
BUBBLE_OVER_IDEAL = Divided(
    "bubble_over_ideal",
    "R_i",
    "of the ideal time",
    "time a stage of the pipeline waits, for the time it works",
    _TIMES[0],
    _TIMES[1],
)
