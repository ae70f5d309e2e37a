"""Which tensors backward reads: each found once, by identity, however many operations read it.

A product keeps, for each operand with a gradient, the other operand; a function what
`graph/functions.py` says; a look-up its ids; a choice the indices of what was chosen. A view
(what is remembered, windows, a tensor reshaped) has no bytes of its own: what is kept through it
is what it looks at. Weights are no activations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.graph.component import Component, Part
from symcost.graph.functions import Saved, saved_by
from symcost.graph.tensor import Kind, Op, Tensor
from symcost.quantities.attention_core import AttentionCores

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly

# Functions whose result is what they read: nothing is written.
VIEWS = frozenset({"detach", "idle"})


class Element(Enum):
    """What an activation holds: numbers, a mask of one byte each, or indices of eight."""

    NUMBER = "number"
    MASK = "mask"
    INDEX = "index"


@final
@dataclass(frozen=True, eq=False)
class Frame:
    """One use of a component: where it stands, how often, and what its tensors are."""

    component: Component
    path: tuple[str, ...] = ()
    repeats: tuple[tuple[str, Poly], ...] = ()
    chained: bool = False
    recomputed: bool = False
    known: dict[int, Storage | None] = field(default_factory=dict)


@final
@dataclass(frozen=True, eq=False)
class Storage:
    """The bytes of one tensor in one place of the network; in a repeated part, of every copy."""

    tensor: Tensor
    frame: Frame
    label: str
    place: str
    element: Element = Element.NUMBER
    op: Op | None = None


Held: TypeAlias = "Storage | None"  # None: a weight, which is no activation


@final
@dataclass(frozen=True)
class Chain:
    """What flows through a chain: `start` into the first copy, `between` into each, `end` out of
    the last. `inner` is what each copy hands on, under its own name.
    """

    part: Part
    start: Held
    between: Storage
    inner: Held
    end: Storage


@final
class SavedTensors:
    """The tensors of a declaration that backward reads, under a policy of recomputation.

    `kept` has each of them; `later` those inputs of a chain whose first copy is among them
    already. "selective" does not keep what lies in the core of attention, nor does a `fused`
    kernel; "full" keeps the inputs of a layer and nothing of its inside.
    """

    def __init__(self, root: Component, policy: str, *, fused: bool = False) -> None:
        """`root` is the frozen declaration; `policy` none, selective or full."""
        self._policy = policy
        leaves_core = fused or policy == "selective"
        self._core = AttentionCores(root).tensors if leaves_core else set[int]()
        self._masks: dict[int, Storage] = {}
        self._chains: list[Chain] = []
        self._place = "before"
        self.kept: dict[int, Storage] = {}
        self.later: dict[int, Part] = {}
        self._component(Frame(root))
        self._gather_chains()

    # -- the walk ----------------------------------------------------------------------------

    def _component(self, frame: Frame) -> None:
        for weight in frame.component.weights:
            frame.known[id(weight)] = None
        for item in frame.component.body:
            if isinstance(item, Op):
                self._operation(frame, item)
            else:
                self._part(frame, item)

    def _part(self, frame: Frame, part: Part) -> None:
        outer = self._place
        if part.chained and not frame.chained:
            self._place = "layers"
        repeated = part.times != 1
        inside = Frame(
            part.component,
            (*frame.path, part.name),
            (*frame.repeats, (part.name, part.times)) if repeated else frame.repeats,
            frame.chained or part.chained,
            frame.recomputed or (part.chained and self._policy == "full"),
            dict(frame.known),
        )
        for handed, read in zip(part.inputs, part.component.inputs, strict=True):
            inside.known[id(read)] = self._held(frame, handed)
        start = self._held(frame, part.inputs[0]) if part.inputs else None
        between = (
            Storage(part.component.inputs[0], inside, "input", self._place)
            if (part.chained and repeated)
            else None
        )
        if between is not None:
            inside.known[id(part.component.inputs[0])] = between
        if inside.recomputed and not frame.recomputed and part.writes.needs_gradient:
            for read in part.component.inputs:
                self._keep(inside.known[id(read)])
        self._component(inside)
        inner = self._held(inside, part.component.output)
        if part.chained and not frame.chained:
            self._place = outer if repeated or outer == "after" else "layers"
        if between is None:
            frame.known[id(part.writes)] = inner
        else:
            place = self._place if frame.chained else "after"
            self._place = place
            end = Storage(part.writes, frame, f"after_{part.name}", place)
            frame.known[id(part.writes)] = end
            self._chains.append(Chain(part, start, between, inner, end))

    def _operation(self, frame: Frame, op: Op) -> None:
        first = self._held(frame, op.reads[0])
        if _is_view(op):
            frame.known[id(op.writes)] = first
        elif op.kind is Kind.ROUTE and len(op.reads) > 1:
            # The chosen slices of a weight are read where the weight lies.
            frame.known[id(op.writes)] = self._held(frame, op.reads[1])
        else:
            frame.known[id(op.writes)] = Storage(
                op.writes, frame, op.name, self._place, Element.NUMBER, op
            )
        if not op.writes.needs_gradient or frame.recomputed:
            return
        if op.kind is Kind.CONTRACT:
            self._others(frame, op)
        elif op.kind is Kind.MAP:
            self._map(frame, op)
        elif op.kind is Kind.GATHER:
            self._keep(self._beside(first, op.reads[0], frame, op))
        elif op.kind is Kind.ROUTE:
            chosen = op.reads[0] if len(op.reads) > 1 else op.writes
            self._keep(self._beside(self._held(frame, chosen), chosen, frame, op))

    def _map(self, frame: Frame, op: Op) -> None:
        saved = saved_by(op.function)
        if saved is Saved.FACTORS:
            self._others(frame, op)
        elif saved is Saved.INPUT:
            self._keep(self._held(frame, op.reads[0]))
        elif saved is Saved.INPUTS:
            for tensor in op.reads:
                self._keep(self._held(frame, tensor))
        elif saved is Saved.OUTPUT:
            self._keep(self._held(frame, op.writes))
        elif saved is Saved.MASK:
            mask = Storage(op.writes, frame, op.name, self._place, Element.MASK, op)
            self._keep(mask)

    def _others(self, frame: Frame, op: Op) -> None:
        """For each operand that needs a gradient the other ones."""
        for at, tensor in enumerate(op.reads):
            if tensor.needs_gradient:
                for other in (*op.reads[:at], *op.reads[at + 1 :]):
                    self._keep(self._held(frame, other))

    # -- what a tensor is --------------------------------------------------------------------

    def _held(self, frame: Frame, tensor: Tensor) -> Held:
        """The bytes behind a tensor. Inputs of the whole, and tensors that are simply there, are
        met here for the first time.
        """
        if id(tensor) not in frame.known:
            found = None if tensor.is_weight else Storage(tensor, frame, tensor.name, self._place)
            frame.known[id(tensor)] = found
        return frame.known[id(tensor)]

    def _beside(self, held: Held, tensor: Tensor, frame: Frame, op: Op) -> Storage:
        """The whole numbers that a look-up or a choice goes by, one set for all that use it."""
        if held is not None:
            tensor, frame = held.tensor, held.frame
        key = id(held) if held is not None else id(tensor)
        made = Storage(tensor, frame, held.label if held else op.name, self._place, Element.INDEX)
        return self._masks.setdefault(key, made)

    def _keep(self, held: Held) -> None:
        if held is None:
            return
        in_core = id(held.tensor) in self._core
        if not in_core:
            self.kept[id(held)] = held

    # -- chains ------------------------------------------------------------------------------

    def _gather_chains(self) -> None:
        """What one copy hands on is what the next one reads: it counts once."""
        covered: set[int] = set()
        for chain in self._chains:
            inner = chain.inner
            if inner is not None and inner is not chain.between and id(inner) in self.kept:
                self.kept.pop(id(chain.end), None)
                covered.add(id(chain.end))
                if self.kept.pop(id(chain.between), None) is not None:
                    self._keep_start(chain, covered)
            elif id(chain.between) in self.kept and (
                id(chain.start) in self.kept or id(chain.start) in covered
            ):
                self.later[id(chain.between)] = chain.part

    def _keep_start(self, chain: Chain, covered: set[int]) -> None:
        if chain.start is not None and id(chain.start) not in covered:
            self.kept[id(chain.start)] = chain.start


def _is_view(op: Op) -> bool:
    """Whether the result has no bytes of its own. What is joined of several is copied."""
    if op.kind in (Kind.REMEMBER, Kind.WINDOW, Kind.CARRY) or op.function in VIEWS:
        return True
    return op.function == "join" and len(op.reads) == 1
