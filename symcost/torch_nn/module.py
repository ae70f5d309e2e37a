"""What the modules here share: constructor arguments, a declaration, sizes read off input shapes.

`Linear(75, 141).on((8, 75))` is a model: ask it for `value("params")` or `expr("flops_forward")`.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NoReturn

from symcost.graph.architecture import Architecture
from symcost.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.identity import Relation
    from symcost.graph.architecture import Size
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

    Sizes = dict[str, tuple[Size, str]]
    Shape = tuple[int, ...]

ARGUMENT, SHAPE = "argument of the constructor", "shape of the input"


class ShapeError(ValueError):
    """An argument or an input shape that the module of torch.nn would refuse as well."""


class Module:
    """A module of torch.nn. Its arguments are torch's, in torch's order, without device and dtype.

    A module says how many input shapes it takes, reads sizes off them, and declares itself.
    """

    inputs: tuple[int, ...] = (1,)
    relations: tuple[Relation, ...] = ()

    def on(self, *shapes: Sequence[int], input_gradient: bool = False) -> Model:
        """The module for inputs of these shapes. `input_gradient`: backward reaches the inputs.

        Raises `ShapeError` for arguments and shapes that do not fit.
        """
        name = type(self).__name__
        if len(shapes) not in self.inputs:
            self.fail(f"takes {' or '.join(map(str, self.inputs))} shapes, not {len(shapes)}")
        given = [tuple(shape) for shape in shapes]
        for shape in given:
            for size in shape:
                if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                    self.fail(f"the shape {list(shape)} must hold whole numbers from 1 on")
        sizes = self.sizes(*given)
        for word, (value, _) in sizes.items():
            if isinstance(value, int) and (isinstance(value, bool) or value < 1):
                self.fail(f"the size '{word}' must be at least 1, not {value}")
        flags = {"gradient": input_gradient, **self.flags(*given)}
        declared = Architecture(
            name, f"torch.nn.{name}", self.declare, "torch.nn", sizes, flags, self.relations
        )
        return Model(declared)

    def sizes(self, *shapes: Shape) -> Sizes:
        """The sizes of the symbols, each with its origin."""
        raise NotImplementedError

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Writes the module down; `gradient` says whether its inputs need one."""
        raise NotImplementedError

    def flags(self, *shapes: Shape) -> dict[str, bool | int]:
        """What the declaration must know of the shapes beyond sizes."""
        del shapes
        return {}

    def fail(self, problem: str) -> NoReturn:
        """Raises `ShapeError` in the name of the module."""
        raise ShapeError(f"torch.nn.{type(self).__name__}: {problem}")

    def split(self, shape: Shape, width: int, what: str) -> int:
        """How many vectors of a width lie in a shape that must end with it."""
        if not shape or shape[-1] != width:
            self.fail(f"the shape {list(shape)} must end with {what} = {width}")
        return prod(shape[:-1])

    def sequence(self, shape: Shape, width: int, batch_first: bool) -> tuple[int, int]:
        """(batch, time) of a sequence of vectors, with or without a batch."""
        self.split(shape, width, "the width")
        if len(shape) == 2:
            return 1, shape[0]
        if len(shape) != 3:
            self.fail(f"the shape {list(shape)} must have two or three sizes")
        return (shape[0], shape[1]) if batch_first else (shape[1], shape[0])
