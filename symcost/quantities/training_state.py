"""What training keeps on a device: weights, gradients and states of the optimizer, in bytes.

Each weight counts once, by the product of its axes; a plan divides what it spreads. ZeRO 1, 2 and
3 spread the states, the gradients and the weights over the devices that share the data
(Rajbhandari et al. 2020, arXiv 1910.02054, section 5; stage 3 is FSDP, Zhao et al. 2023, arXiv
2304.11277). They cut one flat row of numbers, so what is counted is the average of the ranks:
their sum is exact, padding to equal parts (fewer than n_dp numbers) is left out.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly, called
from symcost.graph.tensor import Role
from symcost.quantities.interpret import BYTE, Combined
from symcost.quantities.ledger import Ledger
from symcost.quantities.optimizers import Held, Shape, State
from symcost.quantities.places import TABLES
from symcost.quantities.plan import Plan
from symcost.quantities.shard import Device

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.component import Component
    from symcost.graph.tensor import Tensor
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Term


def plan_of(convention: Convention) -> Plan:
    """The plan in force: one device and mixed-precision Adam where none was given."""
    return convention.plan or Plan()


def _weights(root: Component, convention: Convention, _scope: str) -> Ledger:
    plan = plan_of(convention)
    device = Device(root, plan)
    terms = []
    for weight, share in device.weights(convention):
        held = replace(share, factor=plan.optimizer.weight)
        terms.append(_spread(device, weight, held, plan.zero >= 3))
    return _ledger("weight_bytes", convention, terms)


def _gradients(root: Component, convention: Convention, _scope: str) -> Ledger:
    plan = plan_of(convention)
    device = Device(root, plan)
    terms = []
    for weight, share in device.weights(convention):
        if weight.trainable:
            held = replace(
                share, factor=plan.optimizer.gradient, label=f"gradient of {share.label}"
            )
            terms.append(_spread(device, weight, held, plan.zero >= 2))
    return _ledger("gradient_bytes", convention, terms)


def _states(root: Component, convention: Convention, _scope: str) -> Ledger:
    plan = plan_of(convention)
    device = Device(root, plan)
    terms: list[Term] = []
    for weight, share in device.weights(convention):
        if weight.trainable:
            for state in plan.optimizer.states:
                held = _held(device, weight, share, state)
                terms += (_spread(device, weight, each, plan.zero >= 1) for each in held)
    return _ledger("optimizer_bytes", convention, terms)


def _held(device: Device, weight: Tensor, share: Term, state: State) -> Iterator[Term]:
    """The numbers of one state for one weight: all, none, rows and columns, or one a block."""
    rows, columns = device.places.sides.get(id(weight), ((), ()))
    matrix = bool(rows and columns) and weight.role is not Role.NORM
    inner = matrix and weight.role not in TABLES
    if state.held is not Held.ALL and (state.held is Held.MATRICES) != inner:
        return
    made = replace(share, factor=state.bytes, label=f"{state.name} of {share.label}")
    if state.shape is Shape.BLOCKS:
        numbers = reduce(lambda x, y: x * y, share.sizes, Poly.of(1))
        yield replace(made, axes=("blocks",), sizes=(called("ceil", [numbers / state.block]),))
    elif state.shape is Shape.FACTORED and matrix:
        for gone, name in ((columns, "rows"), (rows, "columns")):
            yield replace(_without(made, gone), label=f"{made.label}, {name}")
    else:
        yield made


def _without(term: Term, gone: tuple[str, ...]) -> Term:
    kept = [at for at, axis in enumerate(term.axes) if axis not in gone]
    return replace(
        term,
        axes=tuple(term.axes[at] for at in kept),
        sizes=tuple(term.sizes[at] for at in kept),
    )


def _spread(device: Device, weight: Tensor, term: Term, spread: bool) -> Term:
    """A term, or its part on one of the devices that share the data."""
    return replace(term, over=term.over * device.data_ranks(weight)) if spread else term


def _ledger(name: str, convention: Convention, terms: list[Term]) -> Ledger:
    return Ledger(name, BYTE, convention, "model", tuple(terms))


def _everything(root: Component, convention: Convention, scope: str) -> Ledger:
    parts = [each.ledger(root, convention, scope) for each in STATES]
    return replace(parts[0] + parts[1] + parts[2], quantity="training_state_bytes")


WEIGHT_BYTES = Combined(
    "weight_bytes", "M_w", BYTE, "bytes of weights on a device", _weights, scoped=False
)
GRADIENT_BYTES = Combined(
    "gradient_bytes",
    "M_g",
    BYTE,
    "bytes of gradients on a device: of trained weights only",
    _gradients,
    scoped=False,
)
OPTIMIZER_BYTES = Combined(
    "optimizer_bytes",
    "M_o",
    BYTE,
    "bytes that the optimizer keeps on a device",
    _states,
    scoped=False,
)
STATES = (WEIGHT_BYTES, GRADIENT_BYTES, OPTIMIZER_BYTES)
TRAINING_STATE_BYTES = Combined(
    "training_state_bytes",
    "M_t",
    BYTE,
    "bytes of weights, gradients and optimizer states on a device",
    _everything,
    scoped=False,
)
