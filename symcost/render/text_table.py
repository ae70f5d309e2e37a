"""Tables in plain text: columns as wide as they need, narrower where the screen is, else records.

A number is never broken and never left of its column's edge. Words wrap, formulas break before a
sign. Where even that is too wide, each row becomes a record: the first cell, and below it every
other one behind the head of its column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symcost.algebra.form import (
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
)
from symcost.render.breaking import broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.page import Cell, Table
    from symcost.render.screen import Screen
    from symcost.render.text import TextWriter

FORMULAS = (Num, Sym, Named, Product, Sum, Power, Quotient, Function, Under)
GAP = 2
NARROW = 70  # a screen on which a table that does not fit becomes records
LEAST = 12  # columns that words or a formula get at least


def table_lines(table: Table, writer: TextWriter, screen: Screen, indent: int) -> list[str]:
    """The lines of a table on a screen, set in by `indent`."""
    room = screen.width - indent
    grid = [[str(writer.show(cell)) for cell in row] for row in table.rows]
    wide = [max(map(len, column)) for column in zip(table.heads, *grid, strict=True)]
    fitted = _fitted(wide, table, grid, room)
    if fitted is None or (fitted != wide and screen.width < NARROW):
        return _records(table, writer, screen, room)
    lines = [_joined([[head] for head in table.heads], fitted, table.align)[0]]
    blocks = [
        _joined(
            [_cell(cell, writer, width) for cell, width in zip(row, fitted, strict=True)],
            fitted,
            table.align,
        )
        for row in table.rows
    ]
    rule = "-" * max(len(line) for line in (*lines, *(one for block in blocks for one in block)))
    rules = screen.paint(rule, "soft")
    lines = [screen.paint(lines[0], "heading"), rules]
    if table.total:
        last = [screen.paint(line, "heading") for line in blocks[-1]]
        blocks[-1:] = [[rules], last]
    return [*lines, *(line for block in blocks for line in block)]


def _fitted(
    wide: Sequence[int], table: Table, grid: Sequence[Sequence[str]], room: int
) -> list[int] | None:
    """Widths of columns that fit into the room, None where there are none.

    The widest column that may wrap gives way first.
    """
    least = [
        width if side == "r" else min(width, max(LEAST, len(head), _longest_word(column)))
        for width, side, head, column in zip(
            wide, table.align, table.heads, zip(*grid, strict=True), strict=True
        )
    ]
    found = list(wide)
    over = sum(wide) + GAP * (len(wide) - 1) - room
    while over > 0:
        at = max(range(len(found)), key=lambda each: (found[each] > least[each], found[each]))
        if found[at] <= least[at]:
            return None
        found[at] -= 1
        over -= 1
    return found


def _longest_word(column: Sequence[str]) -> int:
    return max((len(piece.rstrip()) for cell in column for piece in _pieces(cell)), default=0)


def _pieces(text: str) -> list[str]:
    """Words, and the parts of a path."""
    return re.split(r"(?<=[/ ])(?=[^/ ])", text)


def _path(text: str, width: int) -> list[str]:
    """Words in lines of this width, broken inside of paths too."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1].strip() and len(lines[-1]) + len(piece.rstrip()) > width:
            lines.append(" " * min(GAP, width - len(piece.rstrip())))
        lines[-1] += piece
    return lines


def _cell(cell: Cell, writer: TextWriter, width: int) -> list[str]:
    """A cell in lines of this width."""
    shown = str(writer.show(cell))
    if len(shown) <= width:
        return [shown]
    if isinstance(cell, FORMULAS):
        return broken(shown, width)
    if isinstance(cell, str):
        return _path(shown, width)
    runs = cell if isinstance(cell, tuple) else (cell,)
    return writer.filled(runs, width, min(2, width - 1))


def _joined(cells: Sequence[Sequence[str]], widths: Sequence[int], align: str) -> list[str]:
    """The cells of a row side by side, as many lines as the tallest has."""
    lines = []
    for at in range(max(map(len, cells))):
        pieces = [cell[at] if at < len(cell) else "" for cell in cells]
        sides = zip(pieces, widths, align, strict=True)
        row = [
            text.rjust(width) if side == "r" else text.ljust(width) for text, width, side in sides
        ]
        lines.append((" " * GAP).join(row).rstrip())
    return lines


def _records(table: Table, writer: TextWriter, screen: Screen, room: int) -> list[str]:
    """Every row by itself: its first cell, then each other one behind the head of its column."""
    wide = max(map(len, table.heads[1:]), default=0)
    lines: list[str] = []
    for row in table.rows:
        lines += [screen.paint(each, "heading") for each in _cell(row[0], writer, room)]
        for head, cell in zip(table.heads[1:], row[1:], strict=True):
            first, *more = _cell(cell, writer, max(room - wide - 2 * GAP, LEAST))
            if first:
                lines.append(f"{'':{GAP}}{screen.paint(head.ljust(wide), 'soft')}{'':{GAP}}{first}")
            lines += [" " * (wide + 2 * GAP) + each for each in more]
    return lines
