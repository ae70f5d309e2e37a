"""Parameters that one token meets, and those that it does not.

Of a mixture a token meets the chosen experts; weights that stand by (a tower for images, in a pass
over text) meet none. Tables count whole, as in published counts of active parameters: DeepSeek-AI
2024, DeepSeek-V3 Technical Report, arXiv 2412.19437, section 1; Jiang et al. 2024, Mixtral of
Experts, arXiv 2401.04088, section 2.1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Kind, Op
from symcost.quantities.interpret import PARAMETER, Combined, Count, Quantity
from symcost.quantities.params import PARAMS

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger, Term

TOKENS = ("batch", "time")


def _met(op: Op) -> tuple[Count, ...]:
    """Every weight whole, but for slices that were chosen and for weights that stand by."""
    if op.function == "idle":
        return ()
    return tuple(
        Count(1, weight.axes, weight.name, weight.role, weight)
        for weight in op.weights
        if weight.role is not None
    )


def _chosen(op: Op) -> tuple[Count, ...]:
    """Of a weight with a slice for every expert, as many slices as are chosen for a token."""
    return tuple(
        replace(count, axes=tuple(axis for axis in op.writes.axes if axis not in TOKENS))
        for count in _met(op)
    )


PARAMS_ACTIVE = Quantity(
    "params_active",
    "P_act",
    PARAMETER,
    "parameters that one token meets: of the experts the chosen ones",
    rules={**dict.fromkeys(Kind, _met), Kind.ROUTE: _chosen},
    once=True,
    scoped=False,
)


def _not_met(root: Component, convention: Convention, _scope: str) -> Ledger:
    everything = PARAMS.ledger(root, convention)
    met = {term.path: term for term in PARAMS_ACTIVE.ledger(root, convention).terms}
    left = (_difference(term, met.get(term.path)) for term in everything.terms)
    return replace(
        everything, quantity="params_inactive", terms=tuple(term for term in left if term)
    )


def _difference(whole: Term, met: Term | None) -> Term | None:
    """What is left of a weight, or None: (E - k) d d_e where k of E experts are met."""
    if met is None:
        return whole
    if met.amount == whole.amount:
        return None
    shared = [axis for axis in whole.axes if axis in met.axes]
    sizes = dict(zip(whole.axes, whole.sizes, strict=True))
    all_slices, slices = (
        reduce(lambda x, y: x * y, _sizes_beyond(term, shared), Poly.of(1)) for term in (whole, met)
    )
    return replace(
        whole,
        axes=("not met", *shared),
        sizes=(all_slices - slices, *(sizes[axis] for axis in shared)),
    )


def _sizes_beyond(term: Term, shared: list[str]) -> list[Poly]:
    return [size for axis, size in zip(term.axes, term.sizes, strict=True) if axis not in shared]


PARAMS_INACTIVE = Combined(
    "params_inactive",
    "P_idle",
    PARAMETER,
    "parameters that one token does not meet: experts that are not chosen, weights that stand by",
    _not_met,
    scoped=False,
)
