"""Many configurations at once: arrays in, one exact array out, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, find
from symcost.graph.architecture import LARGEST_SIZE
from symcost.sweep.columns import Held
from symcost.sweep.machine import BLOCK, LARGEST, Array, Machine, NotWholeError, SweepError, library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from symcost.algebra.program import Program
    from symcost.sweep.columns import Column
    from symcost.sweep.plan import Check, Plan


def split(sizes: Mapping[str, Any]) -> tuple[dict[Dim, Any], dict[Dim, int]]:
    """(what is swept, what is one number), by dimension. Raises `SweepError`, `DimensionError`."""
    swept: dict[Dim, Any] = {}
    fixed: dict[Dim, int] = {}
    for name, value in sizes.items():
        each = find(name)
        if each in swept or each in fixed:
            raise SweepError(f"{each.symbol} is given twice, once as {name}")
        if isinstance(value, int) and not isinstance(value, bool):
            fixed[each] = value
        else:
            swept[each] = value
    return swept, fixed


@final
@dataclass(frozen=True)
class Table:
    """Columns of sizes of one shape, with the least and the largest of each."""

    columns: Mapping[Dim, Column]
    shape: tuple[int, ...]
    least: Mapping[Dim, int]
    largest: Mapping[Dim, int]

    @property
    def rows(self) -> int:
        """How many configurations there are."""
        rows = 1
        for length in self.shape:
            rows *= length
        return rows

    @property
    def scalars(self) -> dict[Dim, int]:
        """The dimensions that have one value everywhere."""
        return {each: low for each, low in self.least.items() if low == self.largest[each]}

    def block(self, each: Dim, start: int, stop: int) -> Array:
        """A piece of a column, configurations counted in the order of the output."""
        return self.columns[each].block(start, stop)


def table(sizes: Mapping[Dim, Any]) -> Table:
    """The columns, checked: whole numbers of at least 1, in shapes that broadcast.

    Raises `SweepError`.
    """
    np = library()
    arrays = {each: _column(np, each, values) for each, values in sizes.items()}
    try:
        shape = np.broadcast_shapes(*(column.shape for column in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{each.symbol} {column.shape}" for each, column in arrays.items())
        raise SweepError(f"the shapes of the columns do not broadcast: {shapes}") from None
    return checked({each: Held(array, shape) for each, array in arrays.items()}, shape)


def checked(columns: Mapping[Dim, Column], shape: tuple[int, ...]) -> Table:
    """The columns, if every size is at least 1. Raises `SweepError`."""
    least = {each: column.least for each, column in columns.items()}
    largest = {each: column.largest for each, column in columns.items()}
    for each, low in least.items():
        if max(-low, largest[each]) >= LARGEST_SIZE:
            raise SweepError(f"{each.symbol} ({each.meaning}) has more than 300 digits")
        if low < 1:
            raise SweepError(f"{each.symbol} ({each.meaning}) must be at least 1, not {low}")
    return Table(columns, shape, least, largest)


def _column(np: Any, each: Dim, values: Any) -> Array:
    if np.ma.is_masked(values):
        raise SweepError(f"{each.symbol} ({each.meaning}) has masked entries: leave them out")
    # A list is looked at as it is: NumPy would make 1 of True, and floats of 2^63 beside 1.
    column = np.asarray(values, dtype=object if isinstance(values, list | tuple) else None)
    if column.dtype == object:
        others = (type(one).__name__ for one in column.flat if not _is_whole(np, one))
        wrong = next(others, "")
    else:
        whole = column.dtype.kind in "iu" or (not column.size and column.dtype.kind == "f")
        wrong = "" if whole else str(column.dtype)
    if wrong:
        raise SweepError(
            f"{each.symbol} ({each.meaning}) must be whole numbers, not {wrong}: "
            "give an array of integers"
        )
    if column.dtype == object:
        return integers([index(one) for one in column.flat]).reshape(column.shape)
    return column


def _is_whole(np: Any, one: Any) -> bool:
    return isinstance(one, int | np.integer) and not isinstance(one, bool)


def integers(numbers: Sequence[int]) -> Array:
    """Whole numbers as int64 where all fit, else as Python's own; never as floats."""
    small = all(-LARGEST <= each <= LARGEST for each in numbers)
    return library().asarray(numbers, dtype="int64" if small else object)


def fits(program: Program, table: Table) -> bool:
    """Whether a bound on every intermediate value, at the largest sizes, stays within 64 bits."""
    return max(program.bounds(table.largest)) <= LARGEST


@final
class Runner:
    """A plan made ready for one table: compiled once, then run for any stretch of its rows."""

    def __init__(self, plan: Plan, table: Table, *, big: bool = True) -> None:
        """Raises `SweepError` where 64 bits cannot be shown to hold all, unless `big` allows more.

        The type of the results is decided here, before anything is computed.
        """
        self.plan, self.table = plan, table
        self.exceeds = not fits(plan.program, table)
        if self.exceeds and not big:
            bound = max(plan.program.bounds(table.largest))
            raise SweepError(
                f"a value may be as large as {bound:,}, more than 64 bits hold: "
                "allow big integers, or sweep smaller sizes"
            )
        scalars = table.scalars
        self.checks = [(check, self._compiled(check, scalars)) for check in plan.checks]
        try:
            self.machine = Machine(plan.program, scalars, big=self.exceeds)
        except NotWholeError:
            raise self._not_whole(0) from None

    def _compiled(self, check: Check, scalars: Mapping[Dim, int]) -> Machine:
        try:
            return Machine(check.program, scalars, big=not fits(check.program, self.table))
        except NotWholeError:
            raise SweepError(f"{check.says}; not so at {self._row(0)}") from None

    def _not_whole(self, at: int) -> SweepError:
        return SweepError(
            f"the result is no whole number at {self._row(at)}: "
            "choose sizes that divide, or a scope that does not average"
        )

    @property
    def dtype(self) -> Any:
        """int64, or object for Python integers."""
        return self.machine.dtype

    def run(self, start: int, out: Array) -> None:
        """Computes the rows from `start` on into `out`, a flat array of the runner's type.

        Raises `SweepError` naming the first row that a check or a division refuses.
        """
        for at in range(0, len(out), BLOCK):
            piece = out[at : at + BLOCK]
            self._block(start + at, piece)

    def _block(self, start: int, out: Array) -> None:
        stop = start + len(out)
        for check, machine in self.checks:
            self._check(check, machine, start, stop)
        try:
            self.machine.run(self._columns(self.machine, start, stop), out)
        except NotWholeError as error:
            raise self._not_whole(start + error.at) from None

    def _check(self, check: Check, machine: Machine, start: int, stop: int) -> None:
        np = library()
        found = np.empty(stop - start, machine.dtype)
        try:
            machine.run(self._columns(machine, start, stop), found)
        except NotWholeError as error:
            raise SweepError(f"{check.says}; not so at {self._row(start + error.at)}") from None
        if check.must == "whole":
            return
        wrong = found < 0 if check.must == "natural" else found != 0
        if wrong.any():
            at = start + int(np.argmax(wrong))
            raise SweepError(f"{check.says}; not so at {self._row(at)}")

    def _columns(self, machine: Machine, start: int, stop: int) -> dict[Dim, Array]:
        return {
            each: self.table.block(each, start, stop).astype(machine.dtype, copy=False)
            for each in machine.columns
        }

    def _row(self, at: int) -> str:
        shown = [
            f"{each.symbol} = {self.table.block(each, at, at + 1)[0]}"
            for each in self.table.columns
        ]
        return f"row {at} ({', '.join(shown)})"


def sweep(
    plan: Plan,
    sizes: Mapping[Dim, Any],
    *,
    big: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """The values of a plan at all configurations: int64, or Python integers where needed.

    The columns broadcast as NumPy arrays do. Beside the output, memory holds a few blocks.
    `progress` is called now and then with the rows done and the rows in all.
    """
    held = table(sizes)
    runner = Runner(plan, held, big=big)
    out = library().empty(held.rows, runner.dtype)
    stretch = 64 * BLOCK
    for start in range(0, held.rows, stretch):
        runner.run(start, out[start : start + stretch])
        if progress is not None:
            progress(min(start + stretch, held.rows), held.rows)
    return out.reshape(held.shape)
