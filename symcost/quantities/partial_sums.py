"""Where a split axis makes partial sums: that is where tensor parallelism has to communicate.

Forward, a product that sums over a split axis leaves a part of its result on every rank. Backward,
an operand without the split axis of the result gets a part of its gradient from every rank. Both
are summed by an all-reduce. In a layer of Megatron-LM that makes two forward (behind W_O and W_2)
and two backward (before W_Q, W_K, W_V, which share an input, and before W_1): Shoeybi et al. 2019,
arXiv 1909.08053, section 3 and figure 4. Nothing here knows these names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Kind, Role
from symcost.quantities.plan import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.tensor import Op, Tensor
    from symcost.quantities.places import Spot
    from symcost.quantities.shard import Device


@final
@dataclass(frozen=True)
class Partial:
    """A tensor of which every tensor rank holds a part of the sum, and where."""

    tensor: Tensor
    spot: Spot
    backward: bool

    @property
    def name(self) -> str:
        """What is summed, in words."""
        if self.backward:
            return f"sum gradient of {self.tensor.name} before {self.spot.op.name}"
        return f"sum {self.spot.op.name}"


def partial_sums(device: Device) -> Iterator[Partial]:
    """Every partial sum of the network, each tensor's gradient once.

    Raises `PlanError` where an elementwise function gives a split axis up, or where a norm runs
    over one: what they send is not worked out.
    """
    spots = device.places.spots
    weights = {id(w): w for spot in spots for w in spot.op.weights}
    split = {device.split_axis(weight) for weight in weights.values()} - {None}
    summed: set[int] = set()
    for spot in spots:
        op = spot.op
        _refuse(spot, split)
        if _forward(op, split):
            yield Partial(op.writes, spot, False)
        if op.kind is Kind.ROUTE or not op.writes.needs_gradient:
            continue
        for tensor in op.reads:
            if _backward(op, tensor, split) and id(tensor) not in summed:
                summed.add(id(tensor))
                yield Partial(tensor, spot, True)


def _forward(op: Op, split: set[str | None]) -> bool:
    gone = {axis for axis in op.axes if axis not in op.writes.axes} & split
    return op.kind in (Kind.CONTRACT, Kind.GATHER) and bool(gone)


def _backward(op: Op, tensor: Tensor, split: set[str | None]) -> bool:
    missing = {axis for axis in op.writes.axes if axis not in tensor.axes} & split
    return tensor.needs_gradient and bool(missing)


def _refuse(spot: Spot, split: set[str | None]) -> None:
    op = spot.op
    where = " ".join((*spot.path, op.name))
    gone = {axis for axis in op.axes if axis not in op.writes.axes} & split
    if op.kind is Kind.MAP and gone:
        raise PlanError(
            f"'{where}' gives up the split axis '{min(map(str, gone))}' without a product; what "
            "tensor parallelism sends there is not worked out: leave tp out"
        )
    for weight in op.weights:
        axes = split.intersection(weight.axes)
        if weight.role is Role.NORM and axes:
            raise PlanError(
                f"'{where}' is a norm over the split axis '{min(map(str, axes))}'; what tensor "
                "parallelism sends for it is not worked out: leave tp out"
            )
