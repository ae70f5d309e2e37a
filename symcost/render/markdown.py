"""Markdown as GitHub renders it: formulas in dollars and in fences marked `math`.

Its flavours are read by other programs: a folder of templates each, for what differs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final
from urllib.parse import quote

from symcost.algebra.form import Sym
from symcost.render.aligned import Row, aligned_rows
from symcost.render.latex import LatexMath
from symcost.render.latex import escape as latex_escape
from symcost.render.latex import name as latex_name
from symcost.render.page import Equal
from symcost.render.writer import ADDRESS, DIGITS, GREEK, LETTER_NAME, Digits, Raw, Writer, words

if TYPE_CHECKING:
    from symcost.algebra.form import Form
    from symcost.algebra.poly import Number
    from symcost.render.page import Chain, Line, Table

SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$&])")
NUMBERED = re.compile(r"^( ?[0-9]{1,9})([.)])(?= |$)")  # at the start of a line an entry of a list
# What starts a citation, a raised letter or a comment in one of them, and nothing on GitHub.
SPECIAL_THERE = re.compile(r"([@^%])")


def escape(text: str) -> str:
    """Words for Markdown on one line: no sign starts markup, HTML or mathematics."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    plain = re.sub(" {2,}", " ", plain)  # four at the start of a line would make it code
    return SPECIAL.sub(r"\\\1", plain)


@final
class MarkdownWriter(Writer):
    """Sets a page in Markdown."""

    folder = "markdown"
    extension = "md"

    def __init__(self, digits: Digits = DIGITS, flavour: str = "") -> None:
        """Formulas in the line avoid the backslash-comma, which Markdown may take for an escape."""
        super().__init__(digits)
        self.flavour = flavour
        if flavour:
            self.folder, self.beneath = flavour, "markdown"
        self.formulas = LatexMath()
        self.inline = LatexMath(thin=" ", group=f"{{{digits.thousands}}}", flat=True)

    def escape(self, text: str) -> str:
        """Words; hyphens, brackets and full stops inside words need no backslash."""
        plain = NUMBERED.sub(r"\1\\\2", _relaxed(escape(text)))
        return SPECIAL_THERE.sub(r"\\\1", plain) if self.flavour else plain

    def number(self, value: Number) -> str:
        """A number in groups of three, as running text."""
        return self.digits.number(value)

    def code(self, text: str) -> str:
        """A code span that no backtick inside can close."""
        inside = "".join(char if char.isprintable() else " " for char in text)
        fence = "`" * (max((len(run) for run in re.findall(r"`+", inside)), default=0) + 1)
        pad = " " if inside.startswith("`") or inside.endswith("`") else ""
        return f"{fence}{pad}{inside}{pad}{fence}".replace("|", "\\|")

    def name(self, text: str) -> str:
        """A weight as a formula, an operation as a word."""
        letter = LETTER_NAME.fullmatch(text) or text in GREEK
        return f"${latex_name(text)}$" if letter else self.escape(words(text))

    def math(self, form: Form) -> str:
        """A formula in the line."""
        return f"${self.inline.write(form)}$"

    def equation(self, left: Form, right: Form) -> str:
        """An equation in the line."""
        return f"${self.inline.write(left)} = {self.inline.write(right)}$"

    def strong(self, text: str) -> str:
        """Bold; around nothing, or beside a space, stars would be stars."""
        held = self.escape(text).strip()
        return Raw(held and f"**{held}**")

    def cite(self, key: str, short: str) -> str:  # noqa: ARG002 - a heading is all that can be linked
        """A link to the list of sources."""
        return f"[{self.escape(short)}](#sources)"

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f"[{self.escape(text)}](<{quote(url, safe=ADDRESS)}>)"

    def emphasis(self, text: str) -> str:
        """Italics."""
        held = self.escape(text).strip()
        return held and f"*{held}*"

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        return f"${self.inline.shapes(shapes)}$"

    def rows(self, chain: Chain) -> list[Row]:
        """The rows of a chain for `aligned` inside a fence."""
        return aligned_rows(self.formulas, chain, self._reason)

    def _reason(self, line: Line) -> str:
        # In a fence everything is mathematics: words go into \\text, formulas stand beside them.
        pieces = []
        for run in line.reason:
            match run:
                case str():
                    pieces.append(rf"\text{{{latex_escape(run)}}}")
                case Equal(left, right):
                    pieces.append(f"{self.formulas.write(left)} = {self.formulas.write(right)}")
                case Sym():
                    pieces.append(self.formulas.write(run))
                case _:
                    pieces.append(rf"\text{{{latex_escape(str(self.show(run)))}}}")
        return "".join(pieces)

    def label(self, chain: Chain) -> Raw:
        """The name by which a document refers to a formula."""
        return Raw(re.sub(r"[^a-z0-9]+", "-", chain.label.lower()).strip("-"))

    def rule(self, table: Table) -> str:
        """The line below the heads of a table."""
        marks = {"l": ":--", "p": ":--", "r": "--:", "c": ":-:"}
        return Raw("| " + " | ".join(marks[each] for each in table.align) + " |")


def _relaxed(text: str) -> str:
    """Backslashes that are never needed inside a line make the source hard to read."""
    return re.sub(r"(?<=\S)\\([-+()!])", r"\1", re.sub(r"\\([()!])", r"\1", text))
