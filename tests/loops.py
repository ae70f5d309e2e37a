"""A second oracle: really runs a declaration with nested loops over plain numbers, and counts.

It knows no rule of `symcost.quantities`: multiplications are counted as they happen, and backward
is reverse mode over what was executed. Numbers live in a prime field, so they are exact and stay
small. What an elementwise function computes does not matter for a count: each has a polynomial
stand-in whose derivative is exact.
"""

from __future__ import annotations

import itertools
import random
from collections import ChainMap, Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symcost.graph.component import Component, Part
from symcost.graph.tensor import Kind, Op, Role, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from symcost.algebra.dim import Dim

PRIME = 1_000_003
Axes = tuple[str, ...]
Data = dict[tuple[int, ...], Any]


@dataclass(eq=False)
class Value:
    """A tensor with numbers in it. Its gradient stays None until something sends one back."""

    axes: Axes
    shape: dict[str, int]
    data: Data
    needs: bool = False
    gradient: Data | None = None

    def send_back(self, gradient: Data) -> None:
        """Adds a gradient that one reader sends."""
        have = self.gradient or {}
        self.gradient = {i: (have.get(i, 0) + gradient.get(i, 0)) % PRIME for i in self.data}


@dataclass(eq=False)
class Frame:
    """One execution of a component: its own fresh weights, everything outside still in sight."""

    component: Component
    known: ChainMap[int, Value]
    in_chain: bool = False


@dataclass
class Run:
    """What was counted. Work is in multiplications by role, elementwise work in elements."""

    sizes: Mapping[Dim, int]
    causal: bool
    leaf: Callable[[int, int], Any]
    draw: random.Random = field(default_factory=lambda: random.Random(20))
    forward: Counter[Role] = field(default_factory=Counter)
    forward_in_chains: Counter[Role] = field(default_factory=Counter)
    backward: Counter[Role] = field(default_factory=Counter)
    mapped: Counter[tuple[str, Role]] = field(default_factory=Counter)
    mapped_back: Counter[tuple[str, Role]] = field(default_factory=Counter)
    params: Counter[Role] = field(default_factory=Counter)
    looked_up: int = 0
    scattered: int = 0
    remembered: int = 0
    leaves: list[Value] = field(default_factory=list)
    ends: list[Value] = field(default_factory=list)
    tape: list[Callable[[], None]] = field(default_factory=list)


def run(
    root: Component,
    sizes: Mapping[Dim, int],
    *,
    causal: bool = False,
    leaf: Callable[[int, int], Any] = lambda value, _slope: value,
) -> Run:
    """Runs forward, then backward from every result that nobody reads.

    With `causal` only pairs with past <= time are multiplied under a causal mask. `leaf` makes the
    number that stands in a trained place, from a value and a direction to move it in.
    """
    done = Run(sizes, causal, leaf)
    frame = Frame(root, ChainMap())
    for tensor in root.inputs:
        frame.known[id(tensor)] = _new(done, frame, tensor, tensor.needs_gradient)
    _component(done, frame)
    for pull in reversed(done.tape):
        pull()
    return done


def points(shape: Mapping[str, int], axes: Iterable[str]) -> Iterable[tuple[int, ...]]:
    """Every index over some axes."""
    return itertools.product(*(range(shape[axis]) for axis in axes))


def _new(done: Run, frame: Frame, tensor: Tensor, needs: bool) -> Value:
    """A tensor that nothing computes: a weight, an input, something given."""
    shape = {axis: frame.component.size(axis).at(done.sizes) for axis in tensor.axes}
    made = Value(tensor.axes, shape, {}, needs)
    for index in points(shape, tensor.axes):
        value, slope = done.draw.randrange(1, PRIME), done.draw.randrange(1, PRIME)
        made.data[index] = done.leaf(value, slope) if needs else value
    done.leaves.append(made)
    return made


def _component(done: Run, frame: Frame) -> None:
    for weight in frame.component.weights:
        made = _new(done, frame, weight, weight.trainable)
        frame.known[id(weight)] = made
        assert weight.role is not None
        done.params[weight.role] += len(made.data)
    for item in frame.component.body:
        if isinstance(item, Part):
            _part(done, frame, item)
        else:
            reads = [_read(done, frame, tensor) for tensor in item.reads]
            frame.known[id(item.writes)] = DOING[item.kind](done, frame, item, reads)


def _read(done: Run, frame: Frame, tensor: Tensor) -> Value:
    if id(tensor) not in frame.known:
        assert not tensor.is_weight, f"{tensor.name} is used where it does not exist"
        frame.known[id(tensor)] = _new(done, frame, tensor, False)
    return frame.known[id(tensor)]


def _part(done: Run, frame: Frame, part: Part) -> None:
    results: list[Value] = []
    for _ in range(part.times.at(done.sizes)):
        known = frame.known.new_child()
        if results and not part.stack:
            known[id(part.inputs[0])] = results[-1]
        inner = Frame(part.component, known, frame.in_chain or part.chained)
        _component(done, inner)
        results.append(_read(done, inner, part.component.output))
    if part.stack:
        frame.known[id(part.writes)] = _side_by_side(done, results, part)
    else:
        frame.known[id(part.writes)] = (results or [_read(done, frame, part.inputs[0])])[-1]


def _written(done: Run, made: Value, pull: Callable[[Data], None]) -> Value:
    """Puts a result on the tape. A result that nobody reads is what the loss looks at."""

    def back() -> None:
        if made.gradient is None:
            done.ends.append(made)
            made.gradient = dict.fromkeys(made.data, 1)
        pull(made.gradient)

    if made.needs:
        done.tape.append(back)
    return made


def _side_by_side(done: Run, copies: list[Value], part: Part) -> Value:
    axes, at = part.writes.axes, part.writes.axes.index(part.stack)
    shape = {**copies[0].shape, part.stack: len(copies)}
    data: Data = {}
    for index in points(shape, axes):
        copy = copies[index[at]]
        data[index] = copy.data[_pick(index, axes, copy.axes)]

    def pull(gradient: Data) -> None:
        for which, copy in enumerate(copies):
            mine = {i: g for i, g in gradient.items() if i[at] == which}
            copy.send_back({_pick(i, axes, copy.axes): g for i, g in mine.items()})

    needs = any(copy.needs for copy in copies)
    return _written(done, Value(axes, shape, data, needs), pull)


def _pick(index: tuple[int, ...], axes: Axes, wanted: Axes) -> tuple[int, ...]:
    return tuple(index[axes.index(axis)] for axis in wanted)


def _joint(reads: list[Value]) -> dict[str, int]:
    """The sizes of all axes of several tensors; they have to agree."""
    shape: dict[str, int] = {}
    for value in reads:
        for axis in value.axes:
            assert shape.setdefault(axis, value.shape[axis]) == value.shape[axis], axis
    return shape


def multiply(
    factors: list[tuple[Axes, Data]], shape: dict[str, int], target: Axes, masked: bool
) -> tuple[Data, int]:
    """Sums of products by plain loops, and how many multiplications were done."""
    names = tuple(shape)
    where = [(data, [names.index(axis) for axis in axes]) for axes, data in factors]
    into = [names.index(axis) for axis in target]
    result: Data = dict.fromkeys(points(shape, target), 0)
    multiplications = 0
    for point in itertools.product(*map(range, shape.values())):
        if masked and point[names.index("past")] > point[names.index("time")]:
            continue
        product, *rest = (data[tuple([point[at] for at in places])] for data, places in where)
        for factor in rest:
            product = product * factor
            multiplications += 1
        place = tuple([point[at] for at in into])
        result[place] = (result[place] + product) % PRIME
    return result, multiplications


def _contract(done: Run, frame: Frame, op: Op, reads: list[Value]) -> Value:
    shape, axes = _joint(reads), op.writes.axes
    masked = done.causal and op.mask == "causal"
    operands = [(value.axes, value.data) for value in reads]
    data, work = multiply(operands, shape, axes, masked)
    done.forward[op.role] += work
    done.forward_in_chains[op.role] += work if frame.in_chain else 0

    def pull(gradient: Data) -> None:
        for at, value in enumerate(reads):
            if value.needs:
                others = [*operands[:at], *operands[at + 1 :]]
                found, work = multiply([(axes, gradient), *others], shape, value.axes, masked)
                done.backward[op.role] += work
                value.send_back(found)

    made = Value(axes, {axis: shape[axis] for axis in axes}, data, any(v.needs for v in reads))
    return _written(done, made, pull)


def stand_in(function: str, args: list[Any]) -> tuple[Any, list[Any]]:
    """(result, its derivative by each argument): a sum, or x^2 scale + shift."""
    if function == "add":
        return sum(args) % PRIME, [1] * len(args)
    x, scale, shift = [*args, *[1, 0][len(args) - 1 :]]
    slopes = [2 * x * scale % PRIME, x * x % PRIME, 1]
    return (x * x * scale + shift) % PRIME, slopes[: len(args)]


def _map(done: Run, _frame: Frame, op: Op, reads: list[Value]) -> Value:
    axes, shape = op.writes.axes, _joint(reads)
    data: Data = {}
    slopes: dict[tuple[int, ...], list[Any]] = {}
    for index in points(shape, axes):
        args = [value.data[_pick(index, axes, value.axes)] for value in reads]
        data[index], slopes[index] = stand_in(op.function, args)
    done.mapped[op.function, op.role] += len(data)

    def pull(gradient: Data) -> None:
        done.mapped_back[op.function, op.role] += len(data)
        for at, value in enumerate(reads):
            sums: Data = Counter()
            for index, number in gradient.items():
                sums[_pick(index, axes, value.axes)] += number * slopes[index][at]
            value.send_back(sums)

    return _written(done, Value(axes, shape, data, any(v.needs for v in reads)), pull)


def _gather(done: Run, _frame: Frame, op: Op, reads: list[Value]) -> Value:
    ids, table = reads
    axes, shape = op.writes.axes, _joint(reads)
    (eaten,) = [axis for axis in table.axes if axis not in axes]
    source: dict[tuple[int, ...], tuple[int, ...]] = {}
    for index in points(shape, axes):
        row = ids.data[_pick(index, axes, ids.axes)] % table.shape[eaten]
        at = {**dict(zip(axes, index, strict=True)), eaten: row}
        source[index] = tuple(at[axis] for axis in table.axes)
    data = {index: table.data[origin] for index, origin in source.items()}
    done.looked_up += len(data)

    def pull(gradient: Data) -> None:
        sums: Data = Counter()
        for index, number in gradient.items():
            sums[source[index]] += number
            done.scattered += 1
        table.send_back(sums)

    return _written(done, Value(axes, shape, data, table.needs), pull)


def _remember(done: Run, _frame: Frame, op: Op, reads: list[Value]) -> Value:
    (value,) = reads
    renamed = dict(zip(op.reads[0].axes, op.writes.axes, strict=True))
    shape = {renamed[axis]: size for axis, size in value.shape.items()}
    done.remembered += len(value.data)
    kept = Value(tuple(renamed[a] for a in value.axes), shape, dict(value.data), value.needs)
    return _written(done, kept, value.send_back)


DOING: dict[Kind, Callable[[Run, Frame, Op, list[Value]], Value]] = {
    Kind.CONTRACT: _contract,
    Kind.MAP: _map,
    Kind.GATHER: _gather,
    Kind.REMEMBER: _remember,
}
