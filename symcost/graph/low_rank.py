"""Low-rank updates: beside y = x W stands (x A) B, with W frozen, A and B trained.

Source: Hu et al. 2021, LoRA, arXiv 2106.09685, section 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn, final

from symcost.graph.selecting import VariantError
from symcost.graph.tensor import Kind, Op, Role, Tensor

if TYPE_CHECKING:
    from symcost.graph.axes import Axes
    from symcost.graph.component import Component

RANK = "low_rank"


@final
@dataclass
class LowRank:
    """The updates inside one component. `wanted` are its old weights that get one."""

    component: Component
    wanted: dict[int, Tensor] = field(default_factory=dict)
    made: list[Tensor] = field(default_factory=list)
    _done: set[int] = field(default_factory=set)
    _picked: dict[int, Op] = field(default_factory=dict)

    def operation(self, op: Op, known: dict[int, Tensor]) -> list[Op]:
        """The operations that stand for one that reads an updated matrix; none for others."""
        if not self.wanted:
            return []
        found = [each for each in op.reads if id(each) in self.wanted or id(each) in self._picked]
        if not found:
            return []
        (read,) = found
        if op.kind is Kind.ROUTE and id(read) in self.wanted:
            self._picked[id(op.writes)] = op
            return []
        pick = self._picked.get(id(read))
        weight = pick.reads[1] if pick else read
        if op.kind is not Kind.CONTRACT or len(op.reads) != 2:
            self._fail(weight, f"'{op.name}' is no product of it with one other tensor")
        if id(weight) in self._done:
            self._fail(weight, f"'{op.name}' uses it a second time")
        self._done.add(id(weight))
        return self._updated(op, weight, pick, known)

    def refuse_unused(self) -> None:
        """Raises `VariantError` for a weight that no product here reads."""
        for key, weight in self.wanted.items():
            if key not in self._done:
                self._fail(weight, "no product of its own component reads it")

    def _updated(
        self, op: Op, weight: Tensor, pick: Op | None, known: dict[int, Tensor]
    ) -> list[Op]:
        """y = x W, then a = x A, b = a B, b scaled, and y + b."""
        (old,) = [each for each in op.reads if each is not (pick.writes if pick else weight)]
        x, y = known.get(id(old), old), op.writes
        choice = known.get(id(pick.reads[0]), pick.reads[0]) if pick else None
        picked = [axis for axis in weight.axes if pick and axis not in pick.writes.axes]
        own = [axis for axis in weight.axes if axis not in picked]
        shared = [axis for axis in own if axis in x.axes and axis in y.axes]
        eaten = [axis for axis in own if axis in x.axes and axis not in y.axes]
        made = [axis for axis in own if axis not in x.axes]
        if not eaten or not made:
            self._fail(weight, f"in '{op.name}' it does not turn one vector into another")
        name = weight.name.removeprefix("W_")
        down = self._weight(f"A_{name}", weight, (*picked, *shared, *eaten, RANK))
        up = self._weight(f"B_{name}", weight, (*picked, *shared, RANK, *made))
        ops: list[Op] = []

        def write(
            kind: Kind,
            label: str,
            reads: tuple[Tensor, ...],
            axes: Axes,
            role: Role,
            function: str = "",
        ) -> Tensor:
            needs = any(each.needs_gradient for each in reads)
            result = Tensor(label, axes, needs_gradient=needs)
            ops.append(Op(kind, label, reads, result, role, function))
            return result

        def slices(matrix: Tensor) -> Tensor:
            if choice is None or pick is None:
                return matrix
            rest = tuple(axis for axis in matrix.axes if axis not in picked)
            reads = (choice, matrix)
            return write(Kind.ROUTE, f"pick_{matrix.name}", reads, (*choice.axes, *rest), pick.role)

        whole = replace(
            y, needs_gradient=any(known.get(id(each), each).needs_gradient for each in op.reads)
        )
        reads = tuple(known.get(id(each), each) for each in op.reads)
        ops.append(replace(op, reads=reads, writes=whole))
        narrow = (*(axis for axis in y.axes if axis not in made), RANK)
        z = write(Kind.CONTRACT, down.name, (x, slices(down)), narrow, op.role)
        z = write(Kind.CONTRACT, up.name, (z, slices(up)), y.axes, op.role)
        z = write(Kind.MAP, f"scale_B_{name}", (z,), y.axes, Role.SCALE, "scale")
        known[id(y)] = write(Kind.MAP, f"add_B_{name}", (whole, z), y.axes, Role.RESIDUAL, "add")
        return ops

    def _weight(self, name: str, beside: Tensor, axes: Axes) -> Tensor:
        if any(each.name == name for each in (*self.component.weights, *self.made)):
            self._fail(beside, f"there is a weight '{name}' already")
        made = Tensor(name, axes, beside.role, True, True, True)
        self.made.append(made)
        return made

    def _fail(self, weight: Tensor, problem: str) -> NoReturn:
        raise VariantError(
            f"{self.component.name}, '{weight.name}': no low-rank update, because {problem}; "
            "select other matrices"
        )
