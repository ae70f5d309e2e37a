"""Where in a network each weight is used: before, in, or after its layers, and by which product."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.graph.component import Part
from symcost.graph.tensor import Kind, Role
from symcost.quantities.interpret import matrix_axes
from symcost.quantities.plan import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.algebra.poly import Poly
    from symcost.graph.component import Component
    from symcost.graph.tensor import Op, Tensor

BEFORE, LAYERS, BETWEEN, AFTER = "before", "layers", "between", "after"
TABLES = (Role.EMBEDDING, Role.POSITION, Role.HEAD)
# The axes that a product with a weight eats, and those that it makes.
Sides: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"


@final
@dataclass(frozen=True)
class Spot:
    """One operation with the path to it, the repeats around it, and its place in the network."""

    op: Op
    path: tuple[str, ...]
    repeats: tuple[tuple[str, Poly], ...]
    chained: bool
    place: str
    component: Component


@final
@dataclass
class Places:
    """The operations of a declaration, and for every weight where they use it.

    `experts` names the axis of a weight that is cut into slices which are chosen; `rows` and
    `columns` are the axes that a product with the weight eats and makes.
    """

    spots: list[Spot] = field(default_factory=list)
    used: dict[int, set[str]] = field(default_factory=dict)
    experts: dict[int, str] = field(default_factory=dict)
    sides: dict[int, Sides] = field(default_factory=dict)


def places(root: Component) -> Places:
    """Looks through a declaration once."""
    found = Places()
    slices: dict[int, Tensor] = {}
    for spot in _spots(root):
        found.spots.append(spot)
        op = spot.op
        for weight in op.weights:
            found.used.setdefault(id(weight), set()).add(spot.place)
            if op.kind is Kind.ROUTE:
                gone = [axis for axis in weight.axes if axis not in op.writes.axes]
                found.experts[id(weight)] = gone[0]
                slices[id(op.writes)] = weight
        for weight, sides in _sides(op, slices):
            found.sides.setdefault(id(weight), sides)
    return found


def _sides(op: Op, slices: dict[int, Tensor]) -> Iterator[tuple[Tensor, Sides]]:
    """What an operation eats and makes by each of its weights, chosen slices included."""
    if op.kind is Kind.GATHER or (op.kind is Kind.CONTRACT and op.role is Role.HEAD):
        for table in op.weights:
            made = tuple(axis for axis in table.axes if axis in op.writes.axes)
            yield table, (tuple(axis for axis in table.axes if axis not in made), made)
    elif op.kind is Kind.CONTRACT:
        _, _, inner, columns = matrix_axes(op)
        for tensor in op.reads:
            weight = slices.get(id(tensor), tensor)
            if weight.is_weight:
                rows = tuple(axis for axis in weight.axes if axis in inner)
                yield weight, (rows, tuple(axis for axis in weight.axes if axis in columns))


def _spots(root: Component) -> Iterator[Spot]:
    """Every operation with its place: the layers reach from the first chain to the last."""
    chains = [at for at, item in enumerate(root.body) if isinstance(item, Part) and _chain(item)]
    for at, item in enumerate(root.body):
        if not chains or at < chains[0]:
            place = BEFORE
        elif at > chains[-1]:
            place = AFTER
        else:
            place = LAYERS if isinstance(item, Part) and item.chained else BETWEEN
        if isinstance(item, Part):
            yield from _inside(item, (), (), False, place)
        else:
            yield Spot(item, (), (), False, place, root)


def _chain(part: Part) -> bool:
    """Whether a part is, or holds, a chain of layers."""
    return part.chained or any(
        _chain(item) for item in part.component.body if isinstance(item, Part)
    )


def _inside(
    part: Part,
    path: tuple[str, ...],
    repeats: tuple[tuple[str, Poly], ...],
    chained: bool,
    place: str,
) -> Iterator[Spot]:
    path, chained = (*path, part.name), chained or part.chained
    repeats = repeats if part.times == 1 else (*repeats, (part.name, part.times))
    for item in part.component.body:
        if isinstance(item, Part):
            yield from _inside(item, path, repeats, chained, place)
        else:
            yield Spot(item, path, repeats, chained, place, part.component)


def layers_of(root: Component) -> list[Part]:
    """The chains that a pipeline cuts into stages, in order.

    Raises `PlanError` where there is none, or where something with weights stands between them.
    """
    chains = [item for item in root.body if isinstance(item, Part) and item.chained]
    if not chains:
        raise PlanError(f"{root.name} is no chain of layers, so no pipeline can cut it into stages")
    for spot in _spots(root):
        if spot.place == BETWEEN and spot.op.weights:
            where = " ".join((*spot.path, spot.op.name))
            raise PlanError(
                f"'{where}' stands between the layers of {root.name}; stages of a pipeline are "
                "worked out for layers that follow each other: leave pp out"
            )
    return chains
