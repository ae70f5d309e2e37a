"""Runs a program over blocks of NumPy arrays, in place, in as few buffers as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, final

from symcost.algebra.program import Instruction, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim

Array: TypeAlias = Any  # a NumPy array; NumPy is loaded only by those who sweep

# Numbers in a block. Its few buffers stay in a core's second-level cache.
BLOCK = 32_768
LARGEST = 2**63 - 1


class SweepError(ValueError):
    """Sizes that cannot be swept: wrong type, wrong shape, not whole, against a relation."""


class NotWholeError(SweepError):
    """A division that leaves something, at the place `at` of a block."""

    def __init__(self, at: int) -> None:
        super().__init__(f"no whole number at row {at}")
        self.at = at


def library() -> Any:
    """NumPy, or a `SweepError` that says how to get it."""
    try:
        import numpy
    except ImportError:
        raise SweepError("a sweep needs NumPy: pip install 'symcost[sweep]'") from None
    return numpy


@final
@dataclass(frozen=True)
class _Do:
    """An instruction between registers: buffers, columns and scalars have one numbering."""

    name: str
    left: int
    right: int
    to: int


@final
class Machine:
    """A program compiled for one type of numbers: 64-bit, or Python's own in object arrays.

    `scalars` are the dimensions that have one value for all configurations. Registers are, in this
    order: the buffers, of which the first is where the result goes, the columns, the scalars.
    """

    def __init__(self, program: Program, scalars: Mapping[Dim, int], *, big: bool) -> None:
        np = library()
        self.big = big
        self.dtype = np.dtype(object) if big else np.dtype(np.int64)
        numbers = _folded(program, scalars)
        self.columns = [
            each
            for each, number in zip(program.values, numbers, strict=True)
            if number is None and not isinstance(each, int | Instruction)
        ]
        code = _allocate(program, numbers)
        self.code, self.result = code.steps, code.result
        self.constants = [number if big else np.int64(number) for number in code.constants]
        # The first buffer is the block of the output itself.
        self.buffers = [np.empty(BLOCK, self.dtype) for _ in range(code.buffers - 1)]
        self.work = {
            "add": np.add, "sub": np.subtract, "mul": np.multiply, "floor": np.floor_divide,
            "min": np.minimum, "max": np.maximum, "exact": np.floor_divide,
        }  # fmt: skip
        self.remainder, self.any = np.remainder, np.any

    def run(self, columns: Mapping[Dim, Array], out: Array) -> None:
        """Computes one block of at most `BLOCK` configurations into `out`, of the machine's type.

        Raises `NotWholeError` where a division leaves something.
        """
        count = len(out)
        registers: list[Any] = [out, *(each[:count] for each in self.buffers)]
        spare = registers[-1]
        registers += [columns[each] for each in self.columns]
        registers += self.constants
        for do in self.code:
            left, right = registers[do.left], registers[do.right]
            if do.name == "exact":
                self._divisible(left, right, spare)
            self.work[do.name](left, right, out=registers[do.to])
        if self.result != 0:
            out[...] = registers[self.result]

    def _divisible(self, left: Array, right: Array, spare: Array) -> None:
        self.remainder(left, right, out=spare)
        if self.any(spare):
            raise NotWholeError(int((spare != 0).argmax()))


@final
@dataclass(frozen=True)
class _Code:
    """What to do, in how many buffers (the last one spare), and the register of the result."""

    steps: list[_Do]
    buffers: int
    result: int
    constants: list[int]


def _folded(program: Program, scalars: Mapping[Dim, int]) -> list[int | None]:
    """The number that each value is for all configurations; None where it changes."""
    numbers: list[int | None] = []
    for value in program.values:
        if isinstance(value, int):
            numbers.append(value)
        elif isinstance(value, Instruction):
            left, right = numbers[value.left], numbers[value.right]
            known = left is not None and right is not None
            numbers.append(_fold(value.name, left, right) if known else None)
        else:
            numbers.append(scalars.get(value))
    return numbers


def _fold(name: str, left: int | None, right: int | None) -> int:
    assert left is not None
    assert right is not None
    if name == "exact" and left % right:
        raise NotWholeError(0)
    match name:
        case "add":
            return left + right
        case "sub":
            return left - right
        case "mul":
            return left * right
        case "min":
            return min(left, right)
        case "max":
            return max(left, right)
    return left // right


def _allocate(program: Program, numbers: list[int | None]) -> _Code:
    """Registers for all values: a buffer is free again after the last instruction that reads it."""
    last: dict[int, int] = {}
    for at, value in enumerate(program.values):
        if isinstance(value, Instruction):
            last[value.left] = last[value.right] = at
    last[program.result] = len(program.values)
    places: dict[int, tuple[str, int]] = {}
    code: list[tuple[str, int, int, int]] = []
    free: list[int] = []
    buffers = columns = 0
    constants: list[int] = []
    for at, value in enumerate(program.values):
        number = numbers[at]
        if number is not None:
            places[at] = ("constant", len(constants))
            constants.append(number)
        elif not isinstance(value, Instruction):
            places[at] = ("column", columns)
            columns += 1
        else:
            for read in {value.left, value.right}:
                kind, buffer = places[read]
                if kind == "buffer" and last[read] == at:
                    free.append(buffer)
            if not free:
                free.append(buffers)
                buffers += 1
            to = min(free)
            free.remove(to)
            places[at] = ("buffer", to)
            code.append((value.name, value.left, value.right, to))
    wide = max(buffers, 1) + 1
    starts = {"buffer": 0, "column": wide, "constant": wide + columns}

    def register(at: int) -> int:
        kind, index = places[at]
        return starts[kind] + index

    done = [_Do(name, register(left), register(right), to) for name, left, right, to in code]
    return _Code(done, wide, register(program.result), constants)
