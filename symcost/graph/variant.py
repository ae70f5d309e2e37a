"""Training variants: the same declaration with weights frozen, or with low-rank updates.

Nothing is declared twice. The declaration is rebuilt: which weights are trained is decided anew,
and with it which tensors a gradient has to reach. Work follows by the rules that hold anyway: the
gradient of a product's operand is taken only where that operand needs one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import Phrase, joined, listed, say
from symcost.algebra.poly import Poly
from symcost.graph.component import Component, Part
from symcost.graph.low_rank import LowRank
from symcost.graph.selecting import (
    FIRST,
    Selector,
    Step,
    VariantError,
    cuts,
    place,
    read_selectors,
)
from symcost.graph.tensor import Op, Role, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.architecture import Architecture

MOST_LISTED = 24


@final
@dataclass(frozen=True)
class Variant:
    """What is trained.

    `freeze`: these are not. `only`: nothing but these is. `lora`: nothing but low-rank updates of
    these matrices (and what `only` adds) is.
    """

    freeze: tuple[Selector, ...] = ()
    only: tuple[Selector, ...] = ()
    lora: tuple[Selector, ...] = ()

    @staticmethod
    def read(freeze: str = "", only: str = "", lora: str = "") -> Variant:
        """A variant from three texts. Raises `VariantError` for what cannot be read."""
        return Variant(*map(read_selectors, (freeze, only, lora)))

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """All of them."""
        return self.freeze + self.only + self.lora

    def sentence(self) -> Phrase:
        """The variant in words."""

        def named(selectors: tuple[Selector, ...]) -> str:
            return ", ".join(each.text for each in selectors)

        told = [say("frozen: {0}", named(self.freeze))] if self.freeze else []
        told += [say("trained: only {0}", named(self.only))] if self.only and not self.lora else []
        if self.lora:
            beside = [named(self.lora), *([named(self.only)] if self.only else [])]
            told.append(say("trained: low-rank updates of {0}, nothing else", listed(beside)))
        return joined("; ", told)


@final
@dataclass(frozen=True)
class Varied:
    """A rebuilt declaration, and the stretches of chains that must not be empty in it."""

    root: Component
    counts: tuple[tuple[Poly, str], ...]


def varied(root: Component, variant: Variant) -> Varied:
    """The declaration in a training variant.

    Raises `VariantError` where a selector meets no weight, where nothing is left to train, and
    where a low-rank update is asked for of what is no matrix.
    """
    rebuilt = _Rebuilt(variant)
    made = rebuilt.component(root, (), root.inputs, {})
    for which in variant.selectors:
        if which.text not in rebuilt.met:
            names = sorted({name for each in root.walk() for name in _names(each)})
            known = ", ".join(names) if len(names) <= MOST_LISTED else ", ".join(names[:24]) + ", …"
            raise VariantError(
                f"{root.name}: '{which.text}' meets no weight"
                f"{' that is a matrix' if which in variant.lora else ''}; there are {known}"
            )
    if not any(weight.trainable for each in made.walk() for weight in each.weights):
        raise VariantError(f"{root.name}: {variant.sentence()}: nothing is left to train")
    return Varied(made, tuple(rebuilt.counts))


def trained_otherwise(
    architecture: Architecture, root: Component, variant: Variant, rank: int | None
) -> tuple[Architecture, Component]:
    """A model in a training variant; `rank` is the size of its low-rank updates, where one is set.

    Raises what `varied` raises.
    """
    made = varied(root, variant)
    sizes = dict(architecture.sizes)
    if rank is not None:
        sizes["low_rank"] = (rank, "the rank asked for")
    held = replace(
        architecture,
        sizes=sizes,
        counts=(*architecture.counts, *made.counts),
        notes=(*architecture.notes, variant.sentence()),
    )
    return held, made.root


def _names(component: Component) -> Iterator[str]:
    yield from (weight.name for weight in component.weights)
    yield from (item.name.removeprefix(FIRST) for item in component.body if isinstance(item, Part))


@final
@dataclass
class _Rebuilt:
    """One pass over a declaration."""

    variant: Variant
    met: set[str] = field(default_factory=set)
    counts: list[tuple[Poly, str]] = field(default_factory=list)

    def component(
        self,
        old: Component,
        path: tuple[Step, ...],
        inputs: tuple[Tensor, ...],
        outside: dict[int, Tensor],
    ) -> Component:
        """A component over new inputs. `outside` are the new tensors by the identity of the old."""
        known = dict(outside)
        known.update(zip(map(id, old.inputs), inputs, strict=True))
        low = LowRank(old)
        for weight in old.weights:
            known[id(weight)] = self._weight(weight, path, low)
        body: list[Op | Part] = []
        waiting = list(old.body)
        while waiting:
            item = waiting.pop(0)
            if isinstance(item, Op):
                body.extend(low.operation(item, known) or [_operation(item, known)])
                continue
            later = _chain_after(item, waiting)
            del waiting[: later is not None]
            body.extend(self._part(item, later, path, known))
        low.refuse_unused()
        weights = tuple(known[id(weight)] for weight in old.weights)
        output = known[id(old.output)]
        return replace(
            old, inputs=inputs, weights=(*weights, *low.made), body=tuple(body), output=output
        )

    def _weight(self, weight: Tensor, path: tuple[Step, ...], low: LowRank) -> Tensor:
        variant = self.variant
        matrix = weight.role in (Role.MATRIX, Role.HEAD)
        updated = matrix and self._meets(variant.lora, path, weight)
        frozen = self._meets(variant.freeze, path, weight)
        wanted = self._meets(variant.only, path, weight)
        if updated and frozen:
            raise VariantError(
                f"{weight.name} is frozen and has a low-rank update: take it out of one of the two"
            )
        if updated:
            low.wanted[id(weight)] = weight
        restricted = bool(variant.only or variant.lora)
        train = weight.trainable and not frozen and (wanted or not restricted)
        return replace(weight, trainable=train, needs_gradient=train)

    def _meets(
        self, selectors: tuple[Selector, ...], path: tuple[Step, ...], weight: Tensor
    ) -> bool:
        met = [each.text for each in selectors if each.takes(path, weight)]
        self.met.update(met)
        return bool(met)

    def _part(
        self, part: Part, later: Part | None, path: tuple[Step, ...], known: dict[int, Tensor]
    ) -> list[Part]:
        """A part rebuilt; with `later` it is the first copy of that chain, written by itself."""
        inputs = tuple(known.get(id(each), each) for each in part.inputs)
        name, times = part.name, part.times
        if later is not None:
            name, times, part = later.name, later.times + 1, later
        if not part.chained:
            inner = self.component(part.component, (*path, Step(name)), inputs, known)
            made = [_placed(part, name, inner, times, inputs)]
        else:
            made = self._chain(part, times, path, inputs, known)
        known[id(part.writes)] = made[-1].writes
        return made

    def _chain(
        self,
        part: Part,
        times: Poly,
        path: tuple[Step, ...],
        inputs: tuple[Tensor, ...],
        known: dict[int, Tensor],
    ) -> list[Part]:
        """A chain cut where a slice cuts it, and after its first copy where that alone reads
        something that needs no gradient.
        """
        made: list[Part] = []
        stretches = cuts(self.variant.selectors, part.name)
        for start, end in stretches:
            step = Step(part.name, start, end)
            name, count = part.name, place(end, times) - place(start, times)
            if len(stretches) > 1:
                before = f"last_{-start[1]}" if start[0] else f"{start[1]}"
                name = f"{part.name}_from_{before}"
                self.counts.append((count, f"the variant cuts '{part.name}' into stretches"))
            inner = self.component(part.component, (*path, step), inputs, known)
            if inner.output.needs_gradient != inputs[0].needs_gradient:
                made.append(_placed(part, f"{FIRST}{name}", inner, Poly.of(1), inputs))
                inputs = (made[-1].writes, *inputs[1:])
                inner = self.component(part.component, (*path, step), inputs, known)
                count = count - 1
            made.append(_placed(part, name, inner, count, inputs))
            inputs = (made[-1].writes, *inputs[1:])
        return made


def _chain_after(item: Part, following: list[Op | Part]) -> Part | None:
    """The chain whose first copy a part is, where it follows."""
    later = following[0] if following else None
    if not isinstance(later, Part) or not later.chained or not item.chained:
        return None
    named = item.name == f"{FIRST}{later.name}"
    return later if named and later.inputs[0] is item.writes else None


def _placed(
    part: Part, name: str, inner: Component, times: Poly, inputs: tuple[Tensor, ...]
) -> Part:
    writes = Tensor(name, part.writes.axes, needs_gradient=inner.output.needs_gradient)
    return replace(part, name=name, component=inner, times=times, inputs=inputs, writes=writes)


def _operation(op: Op, known: dict[int, Tensor]) -> Op:
    reads = tuple(known.get(id(each), each) for each in op.reads)
    needs = op.function != "detach" and any(each.needs_gradient for each in reads)
    made = replace(op.writes, needs_gradient=needs)
    known[id(op.writes)] = made
    return replace(op, reads=reads, writes=made)
