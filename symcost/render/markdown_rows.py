"""How Markdown sets what only a marked report has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from symcost.render.environment import writer
from symcost.render.latex import LatexMath
from symcost.render.latex import escape as latex_escape
from symcost.render.measure import LINE
from symcost.render.writer import Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.marked import Mark, Row
    from symcost.render.page import Run


@final
class MarkdownRows:
    """A report for GitHub."""

    def __init__(self, digits: Digits) -> None:
        self._words = writer("markdown", digits)
        self._display = LatexMath(colours={"wrong": "red", "right": "royalblue"})

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence on one line."""
        return Raw("".join(self._words.show(run) for run in runs))

    def code(self, text: str) -> Raw:
        """A code span."""
        return Raw(self._words.code(text))

    def sign(self, mark: Mark) -> Raw:
        """The mark."""
        return Raw(mark.sign)

    def fence(self, source: Sequence[str]) -> Raw:
        """A fence that nothing inside can close."""
        longest = max((len(each) for row in source for each in re.findall("`+", row)), default=0)
        return Raw("`" * max(3, longest + 1))

    def raw(self, text: str) -> Raw:
        """A line inside a fence, where nothing is escaped."""
        return Raw("".join(char for char in text if char.isprintable()))

    def lines(self, rows: Sequence[Row]) -> list[Raw]:
        """The rows between the ends of `aligned`."""
        found: list[Raw] = []
        for row in rows:
            pieces = [text for text, _ in self._display.pieces(row.form, LINE - 12)]
            head = "" if row.label == "=" else rf"\text{{{latex_escape(row.label)}}}\quad"
            sign = "={} " if row.label == "=" else ""
            found.append(Raw(f"{head} & {sign}{pieces[0]}"))
            found += [Raw(rf"& \quad {piece}") for piece in pieces[1:]]
            if row.after:
                words = "".join(str(each) for each in row.after)
                found.append(Raw(rf"& \quad \text{{... {latex_escape(words)}}}"))
        return found
