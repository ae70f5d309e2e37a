"""Typst: a page of its own kind, set by a program that pip installs."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, final
from urllib.parse import quote

from symcost.algebra.form import Form
from symcost.render.page import Chain, Line
from symcost.render.typst_math import TypstMath, name, quoted, settable
from symcost.render.writer import (
    ADDRESS,
    DIGITS,
    GREEK,
    LETTER_NAME,
    THIN,
    Digits,
    Raw,
    Writer,
    ties,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from symcost.algebra.poly import Number
    from symcost.plot.figure import Figure

# These stand for themselves wherever they are; of ASCII everything else gets a backslash.
PLAIN = frozenset(" ,;!?()'\":")
LONG_WORD = 24
# No line begins with what belongs to the piece before.
PIECE_OF_WORD = re.compile(r"(?:[^\W\d_]{1,12}|\d{1,12}|.)[.,;:)\]]{0,2}", re.DOTALL)
SHORT_WORD = 8
JOINED = r"\/\u{2060}"  # a slash behind which no line ends
BREAK = r"\u{200b}"  # a place where a line may end, without any sign of it


def escape(text: str) -> str:
    """Words for Typst: no sign of them is markup, and a very long one may break."""
    kept = unicodedata.normalize("NFC", " ".join(re.split(r"[^\S\u202f]+", text)).strip())
    # What stood before and after the words still stands there: they may go on a sentence.
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and kept else ""
    pieces = kept.split(" ")
    parts = map("".join, zip(map(_word, pieces), ties(pieces, "~"), strict=True))
    return f"{before}{''.join(parts)}{after}"


def _word(word: str) -> str:
    if len(word) > LONG_WORD:
        return _soft(word)
    # Typst ends lines behind a slash, which would tear d/s apart.
    return (JOINED if len(word) <= SHORT_WORD else r"\/").join(map(_marked, word.split("/")))


def _soft(word: str) -> str:
    return BREAK.join(map(_marked, PIECE_OF_WORD.findall(word)))


def _marked(word: str) -> str:
    found = []
    for at, char in enumerate(word):
        inside = 0 < at < len(word) - 1 and word[at - 1].isalnum() and word[at + 1].isalnum()
        if char == THIN:
            found.append("#sym.space.nobreak.narrow;")
        elif not char.isascii():
            found.append(re.sub(r"[\[\]+]", r"\\\g<0>", settable(char)))
        elif char.isprintable():
            # Points and hyphens make lists, dashes and dots, but none of these inside of words.
            word_end = char == "." and at > 0 and word[at - 1].isalpha()
            plain = char.isalnum() or char in PLAIN or word_end or (inside and char in ".-")
            found.append(char if plain else f"\\{char}")
    return "".join(found)


def typewriter(text: str) -> str:
    """Code for the name of a file or a weight; a long word may break between its pieces."""
    pieces = [""]
    for word in re.split(r"( +)", text):
        if len(word) > LONG_WORD and word.strip():
            first, *more = PIECE_OF_WORD.findall(word)
            pieces[-1:] = [pieces[-1] + first, *more]
        else:
            pieces[-1] += word
    return f"#code({', '.join(map(quoted, pieces))});"


def formula(text: str) -> str:
    """A formula in a line of words, which the template gives words of its own to be heard."""
    return f"#f(${text}$);"


@final
class TypstWriter(Writer):
    """Sets a page in Typst."""

    folder = "typst"
    extension = "typ"

    def __init__(self, digits: Digits = DIGITS) -> None:
        """The writer has no state but its printers of formulas."""
        super().__init__(digits)
        self.formulas, self.inline = TypstMath(), TypstMath(flat=True)

    def escape(self, text: str) -> str:
        """Words, every special sign harmless."""
        return escape(text)

    def language(self, code: str) -> Raw:
        """A language as Typst knows it: the first part of the code, such as de of de-AT."""
        first = code.lower().split("-")[0]
        return Raw(quoted(first if re.fullmatch("[a-z]{2,3}", first) else "en"))

    def string(self, text: str) -> Raw:
        """A string of the language, for titles and labels."""
        return Raw(quoted(text))

    def number(self, value: Number) -> str:
        """A number as a formula, so that it stays on its line."""
        return formula(self.inline.number(value))

    def code(self, text: str) -> str:
        """Typewriter."""
        return typewriter(text)

    def name(self, text: str) -> str:
        """A weight as a formula, an operation as a word."""
        if LETTER_NAME.fullmatch(text) or text in GREEK:
            return formula(name(text))
        return escape(words(text))

    def math(self, form: Form) -> str:
        """A formula in the line."""
        return formula(self.inline.write(form))

    def equation(self, left: Form, right: Form) -> str:
        """An equation in the line."""
        return formula(f"{self.inline.write(left)} = {self.inline.write(right)}")

    def strong(self, text: str) -> str:
        """Bold."""
        return f"#strong[{escape(text)}];"

    def cite(self, key: str, short: str) -> str:
        """A link to the source in the list."""
        return f"#link(label({quoted(f'source:{key}')}))[{escape(short)}];"

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f"#link({quoted(quote(url, safe=ADDRESS))})[{escape(text)}];"

    def emphasis(self, text: str) -> str:
        """Italics."""
        return f"#emph[{escape(text)}];"

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        return formula(self.inline.shapes(shapes))

    def left(self, chain: Chain) -> Raw:
        """Code for the left side of a chain."""
        return Raw("none" if chain.left is None else f"${self.formulas.write(chain.left)}$")

    def row(self, line: Line) -> Raw:
        """Code for a line of a chain: a formula that the template may break, and the reason."""
        return Raw(f"({self.formulas.breakable(line.form)}, [{self.show(line.reason)}])")

    def part(self, value: Fraction) -> Raw:
        """A part of the whole as Typst takes it, in per cent with three digits."""
        thousandths = round(value * 100_000)
        return Raw(f"{thousandths // 1000}.{thousandths % 1000:03}%")

    def points(self, figure: Figure, values: Sequence[Fraction]) -> Raw:
        """The places of a curve: how far to the right, and how far up; nothing below an axis of
        powers of ten.
        """
        drawn = [
            f"({self.part(figure.across(place))}, {self.part(figure.up(value))})"
            for place, value in zip(figure.places, values, strict=True)
            if figure.stacked or value > 0
        ]
        return Raw(f"({', '.join(drawn)},)")
