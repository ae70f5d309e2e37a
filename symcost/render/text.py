"""Plain text for a terminal or a file: ASCII, nothing wider than the screen it is set for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, final

from symcost.algebra.plain import PEOPLE
from symcost.render.breaking import STEP, broken, glued, wrapped
from symcost.render.screen import PAPER, Screen
from symcost.render.text_table import table_lines
from symcost.render.writer import DIGITS, Digits, Raw, Writer, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symcost.algebra.form import Form
    from symcost.algebra.poly import Number
    from symcost.render.page import Chain, Line, Prose, Run, Table

INDENT = 2  # columns before formulas and tables
BOXED = "   <--"


@final
class TextWriter(Writer):
    """Sets a page in plain text."""

    folder = "text"
    extension = "txt"

    def __init__(self, digits: Digits = DIGITS, screen: Screen = PAPER) -> None:
        """Formulas are written as for people, numbers as the language does."""
        super().__init__(digits)
        self.formulas = replace(PEOPLE, separator=digits.thousands)
        self._screen = screen

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
        return self.escape(text if len(text) <= 5 and "_" in text else words(text))

    def math(self, form: Form) -> str:
        """A formula, letters spaced."""
        return self.escape(self.formulas.write(form))

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
        """The lines of a chain, reasons in brackets behind them, or below for want of room."""
        left = self.math(chain.left) if chain.left is not None else ""
        rows: list[str] = []
        if len(left) > self._screen.width // 3:  # the formulas get a margin of their own
            rows, left = [left], " " * STEP
        for index, line in enumerate(chain.lines):
            head = left if index == 0 else " " * len(left)
            last = chain.boxed and index == len(chain.lines) - 1
            rows += self._line(f"{head} = ", line, boxed=last)
        return [Raw(row) for row in rows]

    def _line(self, head: str, line: Line, *, boxed: bool) -> list[str]:
        """One line of a chain as rows."""
        paint, room = self._screen.paint, self._screen.width - INDENT
        box = BOXED if boxed else ""
        pieces = broken(self.math(line.form), room - len(head) - len(box))
        if len(head) + len(pieces[-1]) + len(box) > room:
            box = ""
        below = " " * len(head)
        rows = [paint(each, "result") if boxed else each for each in pieces]
        rows = [f"{below if at else head}{each}" for at, each in enumerate(rows)]
        rows[-1] += paint(box, "result")
        if line.reason:
            reason = f"[{self.show(line.reason)}]"
            if len(head) + len(pieces[-1]) + len(box) + len(reason) + 3 <= room:
                rows[-1] += "   " + paint(reason, "soft")
            else:
                margin = len(head) + 2 * STEP
                said = wrapped(reason, max(room - margin, room // 2), 1)
                rows += [" " * margin + paint(each, "soft") for each in said]
        return rows

    def title(self, title: str, sign: str = "=") -> list[Raw]:
        """A title in lines that fit, and a line as long below it."""
        lines = wrapped(self.escape(title), self._screen.line)
        paint = self._screen.paint
        return [
            *(Raw(paint(line, "heading")) for line in lines),
            *([Raw(paint(sign * max(map(len, lines)), "soft"))] if sign else []),
        ]

    def wrapped(self, block: Prose) -> list[Raw]:
        """A paragraph in lines that fit; formulas stay on one line where they can."""
        return self.lines(block.runs)

    def lines(self, runs: str | Iterable[Run], hang: int = 0) -> list[Raw]:
        """Words and formulas in lines that fit."""
        said: tuple[Run, ...] = (runs,) if isinstance(runs, str) else tuple(runs)
        return [Raw(line) for line in self.filled(said, self._screen.line, hang)]

    def filled(self, runs: tuple[Run, ...], width: int, hang: int = 0) -> list[str]:
        """Words and formulas in lines of this width, a formula in one piece where it fits."""
        pieces = []
        for run in runs:
            piece = str(self.show(run))
            whole = not isinstance(run, str) and len(piece) <= width
            pieces.append(glued(piece) if whole else piece)
        return wrapped("".join(pieces), width, hang)

    def columns(self, table: Table) -> list[Raw]:
        """The rows of a table in columns, or one below the other where they are too wide."""
        return [Raw(line) for line in table_lines(table, self, self._screen, INDENT)]
