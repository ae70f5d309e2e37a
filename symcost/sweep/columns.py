"""Columns of sizes: arrays that broadcast, and values along an axis, made when they are needed.

An axis of a grid may have a billion places: of a range only its ends are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, final

from symcost.sweep.machine import BLOCK, Array, library

if TYPE_CHECKING:
    from collections.abc import Sequence


class Column(Protocol):
    """The sizes of one dimension at every configuration."""

    @property
    def least(self) -> int:
        """The smallest of all."""

    @property
    def largest(self) -> int:
        """The largest of all."""

    def block(self, start: int, stop: int) -> Array:
        """A piece, configurations counted in the order of the output."""


class Values(Protocol):
    """What stands along one axis."""

    @property
    def least(self) -> int:
        """The smallest of all."""

    @property
    def largest(self) -> int:
        """The largest of all."""

    def __len__(self) -> int:
        """How many places the axis has."""

    def take(self, first: int, last: int) -> Array:
        """The values from a place to before another; both within the axis."""


@final
@dataclass(frozen=True)
class Steps:
    """low, low + step, ...: so many of them, none held."""

    low: int
    step: int
    count: int

    @property
    def least(self) -> int:
        """The first."""
        return self.low

    @property
    def largest(self) -> int:
        """The last."""
        return self.low + self.step * (self.count - 1)

    def __len__(self) -> int:
        return self.count

    def take(self, first: int, last: int) -> Array:
        """The values from a place to before another."""
        places = library().arange(first, last)
        places *= self.step
        places += self.low
        return places


@final
@dataclass(frozen=True)
class Few:
    """Values that are held."""

    values: Array

    @property
    def least(self) -> int:
        """The smallest of all."""
        return int(self.values.min())

    @property
    def largest(self) -> int:
        """The largest of all."""
        return int(self.values.max())

    def __len__(self) -> int:
        return len(self.values)

    def take(self, first: int, last: int) -> Array:
        """The values from a place to before another."""
        return self.values[first:last]


@final
@dataclass(frozen=True)
class Along:
    """Values along one axis of a grid: each `inner` times, and all of them over and over."""

    values: Values
    inner: int

    @property
    def least(self) -> int:
        """The smallest of all."""
        return self.values.least

    @property
    def largest(self) -> int:
        """The largest of all."""
        return self.values.largest

    def block(self, start: int, stop: int) -> Array:
        """A piece, configurations counted in the order of the output."""
        np = library()
        first, last = start // self.inner, -(-stop // self.inner)
        taken = self._taken(first, last)
        if self.inner == 1:
            return taken
        times = np.full(last - first, self.inner)
        times[0] -= start - first * self.inner
        times[-1] -= last * self.inner - stop
        return np.repeat(taken, times)

    def _taken(self, first: int, last: int) -> Array:
        """Values counted on from the first round to the last."""
        length = len(self.values)
        within = first % length
        if within + last - first <= length:
            return self.values.take(within, within + last - first)
        np = library()
        if length < last - first:
            return self.values.take(0, length)[np.arange(within, within + last - first) % length]
        ends = (
            self.values.take(within, length),
            self.values.take(0, within + last - first - length),
        )
        return np.concatenate(ends)


@final
class Held:
    """An array that broadcasts to the shape of all."""

    def __init__(self, array: Array, shape: Sequence[int]) -> None:
        self._shape = tuple(shape)
        self._array = array
        self.least, self.largest = _range(array)

    def block(self, start: int, stop: int) -> Array:
        """A piece, configurations counted in the order of the output."""
        column = self._array
        if column.shape == self._shape and column.flags.c_contiguous:
            return column.reshape(-1)[start:stop]
        return library().broadcast_to(column, self._shape).flat[start:stop]


def _range(column: Any) -> tuple[int, int]:
    """Least and largest, block by block: each block is read from memory once."""
    if not column.size:
        return 1, 1
    if column.ndim != 1 or column.size <= BLOCK:
        return int(column.min()), int(column.max())
    low, high = int(column[0]), int(column[0])
    for start in range(0, column.size, BLOCK):
        block = column[start : start + BLOCK]
        low, high = min(low, int(block.min())), max(high, int(block.max()))
    return low, high
