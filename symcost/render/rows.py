"""How each format sets what only a marked report has: code that may break, toned formulas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, final

from symcost.algebra.form import Form, Sum, split_sign
from symcost.render.environment import writer
from symcost.render.latex import LatexMath
from symcost.render.latex import escape as latex_escape
from symcost.render.mathml import write as mathml
from symcost.render.measure import LINE, width
from symcost.render.page import Code, Strong
from symcost.render.screen import PAPER
from symcost.render.typst import typewriter
from symcost.render.typst_math import TypstMath
from symcost.render.writer import DIGITS, Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.marked import Entry, Mark, Row
    from symcost.render.page import Run
    from symcost.render.screen import Screen


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
        return LatexRows(digits)
    if kind == "typst":
        return TypstRows(digits)
    return MarkdownRows(digits) if kind == "markdown" else HtmlRows(digits)


# -- LaTeX -----------------------------------------------------------------------------------------

COLOURS = {"wrong": "symcostwrong", "right": "symcostright"}
SHADES = {
    "right": "right",
    "right_under": "right",
    "carried": "right",
    "approximation": "near",
    "wrong": "wrong",
    "unknown": "wrong",
}
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


# -- Typst -----------------------------------------------------------------------------------------


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


# -- Markdown --------------------------------------------------------------------------------------


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


# -- HTML ------------------------------------------------------------------------------------------


WIDE = 70  # characters of a formula on a line


@final
class HtmlRows:
    """A report for a browser."""

    def __init__(self, digits: Digits) -> None:
        self._words = writer("html", digits)

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence."""
        return Raw("".join(self._words.show(run) for run in runs))

    def code(self, text: str) -> Raw:
        """A code element."""
        return Raw(self._words.code(text))

    def anchor(self, entry: Entry) -> str:
        """What a link to a line names."""
        return "line-" + "-".join(re.findall(r"[0-9]+", entry.place))

    def lines(self, row: Row) -> list[Raw]:
        """A formula, long sums in several lines."""
        form, equals = row.form, "<mo>=</mo>" if row.label == "=" else ""
        parts: list[list[Form]] = [[]]
        used = 0.0
        for term in form.terms if isinstance(form, Sum) else (form,):
            size = width(term) + 3
            if parts[-1] and used + size > WIDE:
                parts.append([])
                used = 0.0
            parts[-1].append(term)
            used += size
        return [
            Raw(
                f'<math displaystyle="true">{"" if at else equals}'
                f"{_signed(each, first=not at)}</math>"
            )
            for at, each in enumerate(parts)
        ]


def _signed(terms: list[Form], *, first: bool) -> str:
    """Terms of a sum, with the sign of the first unless it begins the sum."""
    written = mathml(terms[0] if len(terms) == 1 else Sum(tuple(terms)))
    return written if first or split_sign(terms[0])[0] else f"<mo>+</mo>{written}"
