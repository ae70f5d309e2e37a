"""A list of configurations in a CSV file, however long: a stretch of it is held at a time."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, find
from symcost.algebra.typed import whole
from symcost.files import regular
from symcost.sweep.machine import Array, SweepError, library
from symcost.sweep.run import integers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST = 10**40  # sizes from lists and grids have at most 40 digits
# Rows that are held, computed and written at once.
STRETCH = 131_072


def size(text: str) -> int | None:
    """A size; a comma would divide two of them."""
    number = None if "," in text else whole(text)
    return number if number is not None and number < MOST else None


@final
class Listed:
    """The columns of a CSV file: symbols in the first row, whole numbers below.

    It is read once for its length and its largest numbers, and once more where the rows are
    needed.
    """

    def __init__(self, path: Path) -> None:
        """Raises `SweepError` naming the row and the column that cannot be read."""
        self._path = path
        self.dims: tuple[Dim, ...] = ()
        self.count = 0
        self.least: list[int] = []
        self.largest: list[int] = []
        for stretch in self._stretches():
            lows, highs = _ends(stretch)
            self.count += len(stretch[0])
            self.least = list(map(min, self.least or lows, lows))
            self.largest = list(map(max, self.largest or highs, highs))
        if not self.count:
            raise SweepError(f"{path}: there is no row below the names")
        self._reading = self._stretches()
        self._next = 0
        self._kept: dict[int, list[Array]] = {}

    def stretch(self, number: int) -> list[Array]:
        """The columns of one stretch of rows. The two last ones are kept; others are read again."""
        if number not in self._kept:
            if number < self._next:
                self._reading, self._next = self._stretches(), 0
            while self._next <= number:
                found = next(self._reading, None)
                self._check(found, self._next)
                self._kept = {**dict([*self._kept.items()][-1:]), self._next: found or []}
                self._next += 1
        return self._kept[number]

    def _check(self, found: list[Array] | None, number: int) -> None:
        """What was found out in the first reading must be true of what is computed with."""
        rows = min(STRETCH, self.count - number * STRETCH)
        if found is not None and len(found[0]) == rows:
            lows, highs = _ends(found)
            within = zip(self.least, lows, highs, self.largest, strict=True)
            if all(least <= low and high <= most for least, low, high, most in within):
                return
        raise SweepError(f"{self._path}: the file was changed while it was read")

    def _stretches(self) -> Iterator[list[Array]]:
        """The whole file, stretch by stretch."""
        with open(self._path, encoding="utf-8-sig", newline="", opener=regular) as file:
            reader = csv.reader(file)
            try:
                names = [name.strip() for name in next(reader, [])]
                self._named(names)
                columns: list[list[int]] = [[] for _ in names]
                for number, row in enumerate(reader, start=2):
                    if row:
                        self._add(number, names, row, columns)
                    if len(columns[0]) == STRETCH:
                        yield [integers(each) for each in columns]
                        columns = [[] for _ in names]
            except csv.Error as error:
                raise SweepError(f"{self._path}: this is no CSV file: {error}") from None
        if columns[0]:
            yield [integers(each) for each in columns]

    def _named(self, names: list[str]) -> None:
        """The first row. Raises `DimensionError` for a symbol that nobody knows."""
        if not names:
            raise SweepError(f"{self._path}: the first row names the symbols, such as d,s")
        dims = tuple(map(find, names))
        if len(set(dims)) < len(dims):
            raise SweepError(f"{self._path}: a symbol has two columns")
        if self.dims not in ((), dims):
            raise SweepError(f"{self._path}: the file was changed while it was read")
        self.dims = dims

    def _add(self, number: int, names: list[str], row: list[str], columns: list[list[int]]) -> None:
        if len(row) != len(names):
            raise SweepError(f"{self._path}: row {number} has {len(row)} cells, not {len(names)}")
        for name, column, cell in zip(names, columns, row, strict=True):
            found = size(cell.strip())
            if found is None:
                raise SweepError(
                    f"{self._path}: row {number}, {name}: {cell[:60]!r} is no whole number"
                )
            column.append(found)


def _ends(stretch: Sequence[Array]) -> tuple[list[int], list[int]]:
    return [int(each.min()) for each in stretch], [int(each.max()) for each in stretch]


@final
class ListedColumn:
    """One column of a list, as values along an axis."""

    def __init__(self, listed: Listed, at: int) -> None:
        self._listed, self._at = listed, at
        self.least, self.largest = listed.least[at], listed.largest[at]

    def __len__(self) -> int:
        return self._listed.count

    def take(self, first: int, last: int) -> Array:
        """The values from a row to before another."""
        pieces = []
        for number in range(first // STRETCH, -(-last // STRETCH)):
            column = self._listed.stretch(number)[self._at]
            start = number * STRETCH
            pieces.append(column[max(first - start, 0) : last - start])
        return pieces[0] if len(pieces) == 1 else library().concatenate(pieces)
