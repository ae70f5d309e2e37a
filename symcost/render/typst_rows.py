"""How Typst sets what only a marked report has."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from symcost.render.environment import writer
from symcost.render.rows import SHADES
from symcost.render.typst import typewriter
from symcost.render.typst_math import TypstMath
from symcost.render.writer import Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.marked import Mark, Row
    from symcost.render.page import Run


@final
class TypstRows:
    """A report for Typst, whose template breaks what is too wide."""

    def __init__(self, digits: Digits) -> None:
        self._words = writer("typst", digits)
        self._display = TypstMath()

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence."""
        return self._words.show(tuple(runs))

    def text(self, text: str) -> Raw:
        """Words; a very long one may break."""
        return Raw(self._words.escape(text))

    def code(self, text: str) -> Raw:
        """Typewriter that breaks anywhere; spaces at the front stay."""
        return Raw(typewriter(text))

    def form(self, row: Row) -> Raw:
        """Code for a formula: how it breaks at its signs, and how anywhere."""
        return Raw(f"{self._display.breakable(row.form)}, {self._display.loose(row.form)}")

    def colour(self, mark: Mark) -> Raw:
        """The name of the colour of a mark."""
        return Raw(SHADES.get(mark.name, "soft"))
