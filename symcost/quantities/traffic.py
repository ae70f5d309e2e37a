"""Bytes between memory and chip: each operand read once, each result written once.

An operation by itself cannot do with less, so the sum is what a network moves that runs one
operation after the other and keeps nothing on the chip between two of them. Views move nothing.
Under a fused convention attention scores never leave the chip: Dao et al. 2022, FlashAttention,
arXiv 2205.14135, section 3; queries, keys and values are still counted as read once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly, at_most
from symcost.graph.component import Component, Part
from symcost.graph.tensor import Kind, Op, Role, Tensor
from symcost.quantities.interpret import BYTE, Combined, Count, Quantity, nothing, shared
from symcost.quantities.recompute import again

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symcost.graph.axes import Axes
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger

# The axes of what is looked at; together with `time` they make a tensor of scores.
LOOKED_AT = frozenset({"past", "seen", "source"})
# Functions that hand their input on as it is, or leave it alone.
VIEWS = ("detach", "idle")
# Functions whose gradient needs no operand: it is the gradient of the result, cut or handed on.
LINEAR = ("add", "join")


@final
@dataclass(frozen=True)
class _Moved:
    """What is moved when a tensor is read or written, in one declaration under one convention.

    `sources` gives the operation that wrote a tensor, by the tensor's identity.
    """

    sources: dict[int, Op]
    fused: bool

    def axes(self, tensor: Tensor) -> Axes | None:
        """The axes of the bytes of a tensor; None where it stays on the chip."""
        source = self.sources.get(id(tensor))
        if source is not None and source.kind is Kind.WINDOW:
            return self.axes(source.reads[0])  # overlapping slices are views
        if source is not None and source.function == "detach":
            return self.axes(source.reads[0])
        if source is not None and _is_pick(source):
            return _met_axes(source)
        looked_at = "time" in tensor.axes and LOOKED_AT.intersection(tensor.axes)
        if self.fused and looked_at and not tensor.is_weight:
            return None
        return tensor.axes

    def count(self, tensor: Tensor, verb: str, op: Op, times: int = 1) -> tuple[Count, ...]:
        """The bytes of one tensor."""
        axes = self.axes(tensor)
        if axes is None:
            return ()
        return (Count(times, axes, f"{verb} {tensor.name}", op.role),)

    def all(self, tensors: Iterable[Tensor], verb: str, op: Op) -> tuple[Count, ...]:
        """The bytes of several tensors, one used twice moved once."""
        different = {id(each): each for each in tensors}
        return tuple(count for each in different.values() for count in self.count(each, verb, op))

    # -- forward -----------------------------------------------------------------------------

    def operation(self, op: Op) -> tuple[Count, ...]:
        """Operands in, result out."""
        if op.function in VIEWS:
            return ()
        return (*self.all(op.reads, "read", op), *self.count(op.writes, "write", op))

    def gather(self, op: Op) -> tuple[Count, ...]:
        """The ids and the rows that they name; of the table nothing else is touched."""
        ids, _ = op.reads
        rows = Count(1, op.writes.axes, "read rows", op.role)
        return (*self.count(ids, "read", op), rows, *self.count(op.writes, "write", op))

    def route(self, op: Op) -> tuple[Count, ...]:
        """Scores in, choice out. Slices are read where they are used."""
        return () if _is_pick(op) else self.operation(op)

    def carry(self, op: Op) -> tuple[Count, ...]:
        """The new state is written; the operation that uses the old one reads it."""
        return self.count(op.writes, "write", op)

    # -- backward ----------------------------------------------------------------------------

    def gradients(self, op: Op) -> tuple[Count, ...]:
        """For each operand that needs a gradient one operation: in come the gradient of the result
        and the other operands, out goes the gradient.
        """
        found: list[Count] = []
        for at, tensor in enumerate(op.reads):
            if tensor.needs_gradient:
                others = (*op.reads[:at], *op.reads[at + 1 :])
                found += self.count(op.writes, f"for {tensor.name}: read gradient of", op)
                found += self.all(others, f"for {tensor.name}: read", op)
                found += self.count(tensor, "write gradient of", op)
        return tuple(found)

    def gradient_of_map(self, op: Op) -> tuple[Count, ...]:
        """In come the gradient of the result and, unless the function is linear, its operands; out
        go their gradients. An addition hands a gradient on, and writes only what is summed up.
        """
        if op.function in VIEWS or not op.writes.needs_gradient:
            return ()
        found = list(self.count(op.writes, "read gradient of", op))
        linear = op.function in LINEAR
        if not linear:
            found += self.all(op.reads, "read", op)
        for tensor in {id(each): each for each in op.reads}.values():
            handed_on = op.function == "add" and tensor.axes == op.writes.axes
            if tensor.needs_gradient and not handed_on:
                found += self.count(tensor, "write gradient of", op)
        if op.function == "add" and op.role is Role.RESIDUAL:
            # Where two branches meet, their gradients are added: the other one in, the sum out.
            found += self.count(op.writes, "add gradients of", op, times=2)
        return tuple(found)

    def gradient_of_rows(self, op: Op) -> tuple[Count, ...]:
        """Each token's gradient is added to one row of the table's gradient: read, read, write."""
        if not op.writes.needs_gradient:
            return ()
        rows = Count(3, op.writes.axes, f"add gradient of {op.name}", op.role)
        return (*self.count(op.reads[0], "read", op), rows)

    def gradient_of_choice(self, op: Op) -> tuple[Count, ...]:
        """Gradients of the chosen scores go back to all of them; of slices, nothing more."""
        if _is_pick(op) or not op.writes.needs_gradient:
            return ()
        (scores,) = op.reads
        read = self.count(op.writes, "read gradient of", op)
        return (*read, *self.count(scores, "write gradient of", op))


def _is_pick(op: Op) -> bool:
    return op.kind is Kind.ROUTE and len(op.reads) > 1


def _met_axes(op: Op) -> Axes:
    """A picked weight: the slices that any token chose, each once."""
    choice, _ = op.reads
    return (_met(op), *(axis for axis in op.writes.axes if axis not in choice.axes))


def _met(op: Op) -> str:
    """The axis of the slices that are met: at most all of them, at most one for each choice."""
    choice, weight = op.reads
    (eaten,) = (axis for axis in weight.axes if axis not in op.writes.axes)
    return f"{eaten}_met_by_{'_'.join(choice.axes)}"


def _prepared(component: Component) -> Component:
    """The declaration with an axis for the slices that tokens meet, min(E, B s k)."""
    sizes = dict(component.sizes)
    body: list[Op | Part] = []
    for item in component.body:
        if isinstance(item, Part):
            item = replace(item, component=_prepared(item.component))
        elif _is_pick(item):
            choice, weight = item.reads
            (eaten,) = (axis for axis in weight.axes if axis not in item.writes.axes)
            chosen = reduce(lambda x, y: x * y, map(component.size, choice.axes), Poly.of(1))
            sizes[_met(item)] = at_most(component.size(eaten), chosen)
        body.append(item)
    return replace(component, body=tuple(body), sizes=sizes)


def _rules(root: Component, convention: Convention) -> _Moved:
    operations = (i for c in root.walk() for i in c.body if isinstance(i, Op))
    return _Moved({id(each.writes): each for each in operations}, convention.fused)


def _forward(root: Component, convention: Convention, scope: str) -> Ledger:
    moved = _rules(root, convention)
    quantity = Quantity(
        "traffic_bytes",
        "Q",
        BYTE,
        "bytes moved",
        rules={
            Kind.CONTRACT: moved.operation,
            Kind.MAP: moved.operation,
            Kind.GATHER: moved.gather,
            Kind.ROUTE: moved.route,
            Kind.WINDOW: nothing("overlapping slices are views of what is there"),
            Kind.CARRY: moved.carry,
            Kind.REMEMBER: nothing("keys and values are written where they are kept"),
        },
    )
    return _averaged(quantity.ledger(_prepared(root), convention), root, scope)


def _backward(root: Component, convention: Convention, scope: str) -> Ledger:
    moved = _rules(root, convention)
    quantity = Quantity(
        "traffic_backward_bytes",
        "Q_b",
        BYTE,
        "bytes moved backward",
        rules={
            Kind.CONTRACT: moved.gradients,
            Kind.MAP: moved.gradient_of_map,
            Kind.GATHER: moved.gradient_of_rows,
            Kind.ROUTE: moved.gradient_of_choice,
            Kind.WINDOW: nothing("the gradient of a view is written where it is made"),
            Kind.CARRY: nothing("no gradient goes beyond the sequence"),
            Kind.REMEMBER: nothing("the gradient of what is kept is the gradient of what was made"),
        },
    )
    ledger = quantity.ledger(_prepared(root), convention)
    marked = (replace(term, label=f"backward: {term.label}") for term in ledger.terms)
    return _averaged(replace(ledger, terms=tuple(marked)), root, scope)


def _train(root: Component, convention: Convention, scope: str) -> Ledger:
    forward = _forward(root, convention, scope)
    both = forward + _backward(root, convention, scope)
    both = both + again(forward, root)
    return replace(both, quantity="traffic_train_bytes")


def _averaged(ledger: Ledger, root: Component, scope: str) -> Ledger:
    """A sequence's or a token's share: weights are moved once for the whole batch."""
    return replace(ledger, scope=scope, terms=shared(ledger.terms, root, scope))


TRAFFIC = Combined(
    "traffic_bytes",
    "Q",
    BYTE,
    "bytes between memory and chip in one forward pass: operands read once, results written once",
    _forward,
)
TRAFFIC_BACKWARD = Combined(
    "traffic_backward_bytes",
    "Q_b",
    BYTE,
    "bytes between memory and chip in one backward pass",
    _backward,
)
TRAFFIC_TRAIN = Combined(
    "traffic_train_bytes",
    "Q_t",
    BYTE,
    "bytes between memory and chip in one training step, without the optimizer's own",
    _train,
)
