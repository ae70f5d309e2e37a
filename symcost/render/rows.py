"""How each format sets what only a marked report has: code that may break, toned formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from symcost.render.screen import PAPER
from symcost.render.writer import DIGITS, Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.page import Run
    from symcost.render.screen import Screen

# The colours of marks, by name.
SHADES = {
    "right": "right",
    "right_under": "right",
    "carried": "right",
    "approximation": "near",
    "wrong": "wrong",
    "unknown": "wrong",
}


class Rows(Protocol):
    """What a template asks of its format."""

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence."""


def rows_for(kind: str, screen: Screen = PAPER, digits: Digits = DIGITS) -> Rows:
    """The setting of a format, for a language with these digits; text is set for a screen."""
    if kind == "text":
        from symcost.render.text_rows import TextRows

        return TextRows(screen, digits)
    if kind == "latex":
        from symcost.render.latex_rows import LatexRows

        return LatexRows(digits)
    if kind == "typst":
        from symcost.render.typst_rows import TypstRows

        return TypstRows(digits)
    if kind == "markdown":
        from symcost.render.markdown_rows import MarkdownRows

        return MarkdownRows(digits)
    from symcost.render.html_rows import HtmlRows

    return HtmlRows(digits)
