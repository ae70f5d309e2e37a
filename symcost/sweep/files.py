"""Configurations from the command line and from lists; results to CSV and Parquet, in stretches."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Protocol, final

from symcost.algebra.dim import Dim, find
from symcost.algebra.typed import whole
from symcost.files import regular
from symcost.sweep.machine import LARGEST, Array, SweepError, library
from symcost.sweep.run import integers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO, TextIO

    from symcost.sweep.run import Runner, Table

MOST = 10**40  # sizes from lists and grids have at most 40 digits
# Rows that are computed and written at once.
STRETCH = 131_072
# A Parquet decimal holds this many digits; longer numbers are written as text.
DIGITS = 38


def grid(text: str) -> tuple[Dim, Array]:
    """`d=256:8192:64` (from, to, step; the end counts if it is met) or `s=1024,2048`.

    Raises `SweepError`, and `DimensionError` for a symbol that nobody knows.
    """
    np = library()
    name, equals, values = text.partition("=")
    wrong = SweepError(
        f"--grid {text}: write s=1024,2048, or d=256:8192:64 for from, to (included) and step"
    )
    if not equals:
        raise wrong
    parts = [part.strip() for part in re.split("[:,]", values)]
    numbers = [each for each in map(_whole, parts) if each is not None]
    if len(numbers) < len(parts) or (":" in values and "," in values):
        raise wrong
    if ":" not in values:
        return find(name.strip()), integers(numbers)
    if len(numbers) not in (2, 3) or numbers[-1] < 1 or numbers[1] < numbers[0]:
        raise wrong
    low, high, step = (*numbers, 1)[:3]
    if high > LARGEST - step:
        raise SweepError(f"--grid {text}: a range ends below 2^63; list larger sizes one by one")
    return find(name.strip()), np.arange(low, high + 1, step)


def _whole(text: str) -> int | None:
    """A size; a comma would divide two of them."""
    number = None if "," in text else whole(text)
    return number if number is not None and number < MOST else None


def rows(path: Path) -> dict[Dim, Array]:
    """The columns of a CSV file: symbols in the first row, whole numbers below.

    Raises `SweepError` naming the row and the column that cannot be read.
    """
    with open(path, encoding="utf-8-sig", newline="", opener=regular) as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        if not names:
            raise SweepError(f"{path}: the first row names the symbols, such as d,s")
        dims = [find(name) for name in names]
        if len(set(dims)) < len(dims):
            raise SweepError(f"{path}: a symbol has two columns")
        columns: list[list[int]] = [[] for _ in dims]
        for number, row in enumerate(reader, start=2):
            if not row:
                continue
            if len(row) != len(dims):
                raise SweepError(f"{path}: row {number} has {len(row)} cells, not {len(dims)}")
            for name, column, cell in zip(names, columns, row, strict=True):
                found = _whole(cell.strip())
                if found is None:
                    raise SweepError(f"{path}: row {number}, {name}: {cell!r} is no whole number")
                column.append(found)
    if not columns[0]:
        raise SweepError(f"{path}: there is no row below the names")
    return {each: integers(column) for each, column in zip(dims, columns, strict=True)}


def crossed(listed: Mapping[Dim, Array], grids: Sequence[tuple[Dim, Array]]) -> dict[Dim, Array]:
    """Every row of the list with every point of the grid; the last grid changes fastest.

    The columns stay as short as they are and broadcast. Raises `SweepError` for a symbol that is
    given twice.
    """
    axes = (1 if listed else 0) + len(grids)
    found: dict[Dim, Array] = {
        each: values.reshape((-1,) + (1,) * (axes - 1)) for each, values in listed.items()
    }
    for at, (each, values) in enumerate(grids, start=axes - len(grids)):
        if each in found:
            raise SweepError(f"{each.symbol} is given twice: by --grid and once more")
        found[each] = values.reshape((1,) * at + (-1,) + (1,) * (axes - 1 - at))
    return found


class Sink(Protocol):
    """Where rows go, a stretch at a time."""

    def write(self, columns: Sequence[Array]) -> None:
        """Writes arrays of one length, one for each column."""

    def close(self) -> None:
        """Finishes."""


@final
class Csv:
    """Whole numbers in digits, separated by commas."""

    def __init__(self, file: TextIO, names: Sequence[str]) -> None:
        self.file = file
        self.header = ",".join(names) + "\n"  # written with the first rows: an error comes before

    def write(self, columns: Sequence[Array]) -> None:
        """Writes arrays of one length, one for each column."""
        self.file.write(self.header)
        self.header = ""
        shown = (map(str, column.tolist()) for column in columns)
        self.file.writelines(f"{line}\n" for line in map(",".join, zip(*shown, strict=True)))

    def close(self) -> None:
        """Leaves the file to who opened it."""


@final
class Parquet:
    """int64 where all fits, else decimals of 38 digits, else text; never floats."""

    def __init__(self, file: BinaryIO, names: Sequence[str], bounds: Sequence[int]) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError:
            raise SweepError(
                "a Parquet file needs pyarrow: pip install 'symcost[sweep]', or write a .csv"
            ) from None
        self.arrow = pyarrow
        self.types = [_type(pyarrow, bound) for bound in bounds]
        fields = list(zip(names, self.types, strict=True))
        self.schema = pyarrow.schema(fields)
        self.file = parquet.ParquetWriter(file, self.schema)

    def write(self, columns: Sequence[Array]) -> None:
        """Writes arrays of one length, one for each column, as one group of rows."""
        arrays = [
            self.arrow.array(self._cells(column, kind), type=kind)
            for column, kind in zip(columns, self.types, strict=True)
        ]
        self.file.write_table(self.arrow.Table.from_arrays(arrays, schema=self.schema))

    def _cells(self, column: Array, kind: Any) -> Any:
        if kind == self.arrow.string():
            return list(map(str, column.tolist()))
        return column if kind == self.arrow.int64() else column.tolist()

    def close(self) -> None:
        """Writes the footer."""
        self.file.close()


def _type(arrow: Any, bound: int) -> Any:
    if bound <= LARGEST:
        return arrow.int64()
    return arrow.decimal128(DIGITS, 0) if bound < 10**DIGITS else arrow.string()


def stream(
    table: Table,
    runners: Mapping[str, Runner],
    sink: Sink,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Computes and writes all rows, holding one stretch of them in memory."""
    np = library()
    buffers = {name: np.empty(STRETCH, runner.dtype) for name, runner in runners.items()}
    for start in range(0, table.rows, STRETCH):
        stop = min(start + STRETCH, table.rows)
        columns = [table.block(each, start, stop) for each in table.columns]
        for name, runner in runners.items():
            runner.run(start, buffers[name][: stop - start])
            columns.append(buffers[name][: stop - start])
        sink.write(columns)
        if progress is not None:
            progress(stop, table.rows)


def bounds(table: Table, runners: Iterable[Runner]) -> list[int]:
    """For each column of the output, a number that it does not exceed."""
    found = [table.largest[each] for each in table.columns]
    for runner in runners:
        program = runner.plan.program
        found.append(program.bounds(table.largest)[program.result])
    return found
