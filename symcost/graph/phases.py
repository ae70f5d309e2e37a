"""Phases: the same declaration over other sizes. A token is decoded after others are cached.

Nothing is declared twice. `time` counts the new tokens, `past` what they attend to: what is kept
and what is new. A window keeps at most so many; what is carried (a state, the end of a
convolution) takes the place of the tokens before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.graph.component import Component, Part
from symcost.graph.tensor import Kind, Op, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TIME = dim("time")
CACHED = Poly.of(dim("cached"))
PAST = "past"

# Phase -> new tokens of a sequence, tokens cached before, or None for a pass over a whole text.
PHASES: dict[str, tuple[Poly, Poly] | None] = {
    "train": None,
    "prefill": None,
    "decode": (Poly.of(1), CACHED),
    "extend": (Poly.of(TIME), CACHED),
}


class PhaseError(ValueError):
    """A phase that nobody knows, or a model that has no such phase."""


def in_phase(root: Component, phase: str) -> Component:
    """The declaration in a phase.

    "train" and "prefill" read a whole text: s tokens a sequence and nothing before, as it is
    declared. "decode" reads one new token a sequence after t cached ones, so it attends to t + 1;
    "extend" reads s new tokens after t cached ones. Raises `PhaseError` for other words and for
    declarations that cannot go on from a cache.
    """
    if phase not in PHASES:
        raise PhaseError(f"'{phase}' is not a phase: choose {', '.join(PHASES)}")
    lengths = PHASES[phase]
    return root if lengths is None else _Continued(*lengths).of(root)


@final
class _Continued:
    """Rebuilds a declaration for `new` tokens after `before` cached ones."""

    def __init__(self, new: Poly, before: Poly) -> None:
        self._new, self._before = new, before
        self._past: dict[int, Poly] = {}  # tensor -> the size of its axis of kept places

    def of(self, root: Component) -> Component:
        keeps = any(
            isinstance(item, Op) and item.kind in (Kind.REMEMBER, Kind.CARRY)
            for component in root.walk()
            for item in component.body
        )
        if not keeps:
            raise PhaseError(f"{root.name} keeps nothing for later tokens, so it cannot decode")
        return self._component(root)

    def _component(self, component: Component) -> Component:
        if "time" in component.sizes and component.sizes["time"] != TIME:
            raise PhaseError(
                f"{component.name} ({component.place}) has {show(component.size('time'))} tokens, "
                "not s; its decode is not described"
            )
        sizes = dict(component.sizes) | {"time": self._new}
        body = tuple(
            self._part(item) if isinstance(item, Part) else self._op(item, component, sizes)
            for item in component.body
        )
        tensors = _tensors(body, component.inputs)
        sizes |= self._past_size(component, tensors)
        _refuse_others(component, sizes, tensors)
        _refuse_starts(component)
        return replace(component, body=body, sizes=sizes)

    def _part(self, part: Part) -> Part:
        inner = self._component(part.component)
        if id(inner.output) in self._past:
            self._past[id(part.writes)] = self._past[id(inner.output)]
        return replace(part, component=inner)

    def _op(self, op: Op, component: Component, sizes: dict[str, Poly]) -> Op:
        if op.kind is Kind.REMEMBER:
            kept = self._kept(op, component, self._before)
            self._past[id(op.writes)] = kept + self._new
            if op.keep:
                sizes[op.keep] = self._kept(op, component, self._before + self._new)
        elif PAST in op.writes.axes:
            found = [self._past[id(each)] for each in op.reads if id(each) in self._past]
            if found:
                self._past[id(op.writes)] = found[0]
        elif op.kind is Kind.WINDOW:
            sizes |= self._steps(op, component)
        return replace(op, mask="") if self._new == 1 else op

    def _kept(self, op: Op, component: Component, seen: Poly) -> Poly:
        """How many places are kept of `seen` tokens."""
        return component.size(op.keep).substitute({TIME: seen}) if op.keep else seen

    def _steps(self, op: Op, component: Component) -> dict[str, Poly]:
        """The places of a window over what was carried and what is new: nothing is padded.

        Where as many places are carried as the window is wide, one more is computed than needed,
        as the library does.
        """
        carried = [
            each.writes.axes[-1]
            for each in component.body
            if isinstance(each, Op) and each.kind is Kind.CARRY and each.reads == op.reads
        ]
        along = [axis for axis in op.writes.axes if TIME in component.size(axis).dims()]
        if len(carried) != 1 or len(along) != 1 or along[0] == "time":
            return {}
        width = component.size(op.writes.axes[-1])
        return {along[0]: component.size(carried[0]) + self._new - width + 1}

    def _past_size(self, component: Component, tensors: tuple[Tensor, ...]) -> dict[str, Poly]:
        """The size of the axis `past` in a component."""
        found = {self._past[id(each)] for each in tensors if id(each) in self._past}
        if len(found) > 1:
            both = " and ".join(sorted(map(show, found)))
            raise PhaseError(
                f"{component.name} ({component.place}) looks at caches of {both} places; "
                "its decode is not described"
            )
        return {PAST: found.pop()} if found else {}


def _refuse_starts(component: Component) -> None:
    """Refuses rows that stand before the first token only: later tokens have a cache there."""
    there = {id(item.writes) for item in component.body} | {id(each) for each in component.inputs}
    for item in component.body:
        for each in item.reads if isinstance(item, Op) else item.inputs:
            if not each.is_weight and id(each) not in there:
                raise PhaseError(
                    f"{component.name} ({component.place}) begins with '{each.name}' before the "
                    "first token; what takes its place later is not described"
                )


def _refuse_others(
    component: Component, sizes: Mapping[str, Poly], tensors: tuple[Tensor, ...]
) -> None:
    """Refuses axes along the text that nobody says how to go on with."""
    for axis in dict.fromkeys(axis for tensor in tensors for axis in tensor.axes):
        place = f"{component.name} ({component.place})"
        if axis == PAST and PAST not in sizes:
            raise PhaseError(
                f"{place} looks at all tokens and keeps none of them; its decode is not described"
            )
        declared = component.sizes.get(axis)
        if axis in (PAST, "time") or declared is None or declared != sizes[axis]:
            continue
        if TIME in declared.dims():
            raise PhaseError(
                f"{place} has an axis '{axis}' of {show(declared)}: it works on a whole text, and "
                "its decode is another algorithm, not described"
            )


def _tensors(body: Iterable[Op | Part], inputs: Iterable[Tensor]) -> tuple[Tensor, ...]:
    """The tensors that a component handles itself, its parts' results among them."""
    found: dict[int, Tensor] = {id(each): each for each in inputs}
    for item in body:
        for each in (*(item.reads if isinstance(item, Op) else item.inputs), item.writes):
            found[id(each)] = each
    return tuple(found.values())
