"""Results of a sweep as CSV, JSON lines and Parquet, in stretches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, final

from symcost.sweep.listed import STRETCH
from symcost.sweep.machine import LARGEST, Array, SweepError, library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import BinaryIO, TextIO

    from symcost.sweep.run import Runner, Table

# A Parquet decimal holds this many digits; longer numbers are written as text.
DIGITS = 38


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
class Lines:
    """An object on each line, numbers with all their digits."""

    def __init__(self, file: TextIO, names: Sequence[str]) -> None:
        self.file = file
        keys = (json.dumps(name).replace("%", "%%") for name in names)
        self.line = "{" + ", ".join(f"{key}: %d" for key in keys) + "}\n"

    def write(self, columns: Sequence[Array]) -> None:
        """Writes arrays of one length, one for each column."""
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self.file.writelines(self.line % row for row in rows)

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
