"""Components: frozen declarations, made of operations and of parts that are components again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.graph.axes import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly
    from symcost.graph.tensor import Op, Tensor

Flag: TypeAlias = "bool | int | str | object | None"
Declaration: TypeAlias = "Callable[..., Tensor | tuple[Tensor, ...]]"


class DeclarationError(ValueError):
    """A declaration that cannot mean anything. Names the file, the thing, and the way out."""


@final
@dataclass(frozen=True)
class Use:
    """A component with its flags: `Use(grouped_attention, {"q_bias": True})`.

    `sizes` gives axes another size in layers of this kind: twice the key heads under a window.
    """

    component: Declaration
    flags: Mapping[str, Flag] = field(default_factory=dict)
    sizes: Mapping[str, Poly] = field(default_factory=dict)


@final
@dataclass(frozen=True, eq=False)
class Part:
    """A component used inside another, `times` times over.

    In a chain each copy reads the result of the one before (layers). With `stack` all copies read
    the same input and their results stand side by side along that axis (heads).
    """

    name: str
    component: Component
    times: Poly
    inputs: tuple[Tensor, ...]
    writes: Tensor
    stack: str = ""
    chained: bool = False


@final
@dataclass(frozen=True, eq=False)
class Component:
    """A frozen declaration: what comes in, what is done in order, what comes out."""

    name: str
    place: str
    law: str
    source: str
    inputs: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]
    body: tuple[Op | Part, ...]
    output: Tensor
    sizes: Mapping[str, Poly] = field(default_factory=dict)

    def size(self, axis: str) -> Poly:
        """The size of one of its axes."""
        return size_of(axis, self.sizes)

    @cached_property
    def dims(self) -> tuple[Dim, ...]:
        """Every dimension in this component and all inside it, in the order of a product."""
        sizes: set[Poly] = set()
        for component in self.walk():
            axes = {axis for weight in component.weights for axis in weight.axes}
            for item in component.body:
                axes.update(item.writes.axes)
                if isinstance(item, Part):
                    sizes.add(item.times)
                elif item.keep:
                    axes.add(item.keep)
            for tensor in component.inputs:
                axes.update(tensor.axes)
            sizes.update(component.size(axis) for axis in axes)
        found = {each for size in sizes for each in size.dims()}
        return tuple(sorted(found, key=lambda each: each.key))

    def walk(self) -> Iterator[Component]:
        """This component and all inside it, each object once, outermost first."""
        seen: set[int] = set()
        waiting = deque([self])
        while waiting:
            component = waiting.popleft()
            if id(component) not in seen:
                seen.add(id(component))
                yield component
                waiting.extend(part.component for part in component.body if isinstance(part, Part))
