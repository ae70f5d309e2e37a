"""How LaTeX sets what only a marked report has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from symcost.render.environment import writer
from symcost.render.latex import LatexMath
from symcost.render.latex import escape as latex_escape
from symcost.render.page import Code, Strong
from symcost.render.rows import SHADES
from symcost.render.writer import Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.marked import Mark, Row
    from symcost.render.page import Run


COLOURS = {"wrong": "symcostwrong", "right": "symcostright"}
ROOM = 54  # widths of a character behind a label
LONG_WORD = 24
# No line begins with what belongs to the piece before.
PIECE_OF_WORD = re.compile(r"(?:[^\W\d_]{1,12}|\d{1,12}|.)[.,;:)\]]{0,2}", re.DOTALL)


@final
class LatexRows:
    """A report for pdflatex: code and words may break anywhere, so nothing stands out."""

    def __init__(self, digits: Digits) -> None:
        self._words = writer("latex", digits)
        self._display = LatexMath(colours=COLOURS)
        self._loose = LatexMath(flat=True, loose=True, colours=COLOURS)

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence."""
        return Raw("".join(map(self._run, runs)))

    def text(self, text: str) -> Raw:
        """Words; a very long one may break."""
        parts = re.split(r"(\s+)", text)
        return Raw(
            "".join(_soft(each) if len(each) > LONG_WORD else latex_escape(each) for each in parts)
        )

    def code(self, text: str) -> Raw:
        """Typewriter that breaks anywhere; spaces at the front stay."""
        bare = text.lstrip(" ")
        # A straight quotation mark is straight in code, and curved in words.
        broken = _soft(bare).replace(latex_escape('"'), r"\char34{}")
        return Raw(rf"\texttt{{{'~' * (len(text) - len(bare))}{broken}}}")

    def pieces(self, row: Row) -> list[Raw]:
        """The lines of a formula: what is too wide to be broken at signs breaks anywhere."""
        found = self._display.pieces(row.form, ROOM)
        if max(wide for _, wide in found) > ROOM + 4:
            return [Raw(f"\\({self._loose.write(row.form)}\\)")]
        return [Raw(rf"\(\displaystyle {text}\)") for text, _ in found]

    def colour(self, mark: Mark) -> Raw:
        """The name of the colour of a mark."""
        return Raw(f"symcost{SHADES.get(mark.name, 'soft')}")

    def _run(self, run: Run) -> str:
        match run:
            case str():
                return self.text(run)
            case Code(text):
                return self.code(text)
            case Strong(text):
                return rf"\textbf{{{self.text(text)}}}"
        return str(self._words.show(run))


def _soft(text: str) -> str:
    """Words or code that may break behind any sign, and inside what is very long."""
    return r"\allowbreak{}".join(latex_escape(each) for each in PIECE_OF_WORD.findall(text))
