"""Plain text for a terminal: ASCII, tables in columns."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, final

from symcost.algebra.plain import PEOPLE
from symcost.render.writer import DIGITS, Digits, Raw, Writer, words

if TYPE_CHECKING:
    from symcost.algebra.form import Form
    from symcost.algebra.poly import Number
    from symcost.render.page import Chain, Prose, Table

GLUE = "\x00"  # holds the letters of a formula together while lines are broken


@final
class TextWriter(Writer):
    """Sets a page in plain text."""

    folder = "text"
    extension = "txt"

    def __init__(self, digits: Digits = DIGITS) -> None:
        """Formulas are written as for people, numbers as the language does."""
        super().__init__(digits)
        self.formulas = replace(PEOPLE, separator=digits.thousands)

    def escape(self, text: str) -> str:
        """Words without control characters, so that nothing moves the cursor of a terminal."""
        return "".join(char if char.isprintable() else " " for char in text)

    def number(self, value: Number) -> str:
        """A number in groups of three."""
        return self.formulas.number(value)

    def code(self, text: str) -> str:
        """A name as it is."""
        return self.escape(text)

    def name(self, text: str) -> str:
        """A weight as it is, an operation as words."""
        return text if len(text) <= 5 and "_" in text else self.escape(words(text))

    def math(self, form: Form) -> str:
        """A formula, letters spaced."""
        return self.formulas.write(form)

    def equation(self, left: Form, right: Form) -> str:
        """An equation."""
        return f"{self.math(left)} = {self.math(right)}"

    def strong(self, text: str) -> str:
        """The words."""
        return self.escape(text)

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        return "".join(
            f"({self.formulas.factor(a)} x {self.formulas.factor(b)})" for a, b in shapes
        )

    def rows(self, chain: Chain) -> list[Raw]:
        """The lines of a chain, reasons in brackets behind them."""
        left = self.math(chain.left) if chain.left is not None else ""
        rows: list[Raw] = []
        for index, line in enumerate(chain.lines):
            head = left if index == 0 else " " * len(left)
            reason = f"   [{self.show(line.reason)}]" if line.reason else ""
            box = "   <--" if chain.boxed and index == len(chain.lines) - 1 else ""
            rows.append(Raw(f"{head} = {self.math(line.form)}{box}{reason}"))
        return rows

    def underline(self, title: str, sign: str = "=") -> Raw:
        """A line as long as the title."""
        return Raw(sign * len(title))

    def wrapped(self, block: Prose) -> list[Raw]:
        """A paragraph in lines of at most 88 characters; formulas stay on one line."""
        pieces = [str(self.show(run)) for run in block.runs]
        glued = [
            piece if isinstance(run, str) else piece.replace(" ", GLUE)
            for run, piece in zip(block.runs, pieces, strict=True)
        ]
        lines = textwrap.wrap("".join(glued), 88, break_long_words=False, break_on_hyphens=False)
        return [Raw(line.replace(GLUE, " ")) for line in lines]

    def lines(self, text: str) -> list[Raw]:
        """Words in lines of at most 88 characters."""
        return [Raw(line) for line in textwrap.wrap(self.escape(text), 88)]

    def columns(self, table: Table) -> list[Raw]:
        """The rows of a table in columns as wide as their widest cell."""
        grid = [list(table.heads), *([str(self.show(cell)) for cell in row] for row in table.rows)]
        widths = [max(len(row[column]) for row in grid) for column in range(len(table.heads))]
        lines = [_line(row, widths, table.align) for row in grid]
        lines.insert(1, "-" * max(map(len, lines)))
        if table.total:
            lines.insert(-1, lines[1])
        return [Raw(line) for line in lines]


def _line(row: list[str], widths: list[int], align: str) -> str:
    cells = [
        cell.rjust(width) if side == "r" else cell.ljust(width)
        for cell, width, side in zip(row, widths, align, strict=True)
    ]
    return "  ".join(cells).rstrip()
