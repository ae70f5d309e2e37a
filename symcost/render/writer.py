"""What all formats have in common: each kind of run is handed to the format's own setting."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.render.page import (
    Cell,
    Cite,
    Code,
    Equal,
    Matrices,
    Name,
    Origin,
    Sentence,
    Share,
    Strong,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symcost.algebra.form import Form
    from symcost.algebra.poly import Number
    from symcost.catalog.sources import Cited

LETTER_NAME = re.compile(r"([A-Za-z]|gamma|beta)_([A-Za-z0-9]{1,3})")
ADDRESS = ":/?=&.-_~+,;@"  # what stands for itself in the address of a link
GREEK = {"gamma": "γ", "beta": "β"}


@final
@dataclass(frozen=True)
class Digits:
    """How a language writes numbers in a sentence: 1,234.5 or 1.234,5.

    Numbers of fewer digits than `least` are not parted.
    """

    thousands: str = ","
    decimal: str = "."
    least: int = 4

    def number(self, value: Number) -> str:
        """An exact number, thousands separated."""
        exact = Fraction(value)
        top = grouped(exact.numerator, self.thousands, self.least)
        if exact.denominator == 1:
            return top
        return f"{top}/{grouped(exact.denominator, self.thousands, self.least)}"

    @property
    def printed(self) -> Digits:
        """The same on paper: groups of digits are parted as in formulas."""
        return replace(self, thousands=THIN, least=5)


DIGITS = Digits()
THIN = "\u202f"  # a narrow space at which no line breaks


class Raw(str):
    """Text that is already in the format and must not be escaped again."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tells Jinja that this is HTML already, where the format is HTML."""
        return str(self)


class Writer(ABC):
    """Sets runs and cells in one format."""

    folder: str
    beneath: str = ""  # the folder of the templates that `folder` does not have
    extension: str

    def __init__(self, digits: Digits = DIGITS) -> None:
        """`digits` is how numbers look in running text."""
        self.digits = digits

    def show(self, cell: Cell) -> Raw:
        """A cell of a table or a run of a paragraph."""
        match cell:
            case tuple():
                return Raw("".join(self.show(run) for run in cell))
            case str():
                return Raw(self.escape(cell))
            case int() | Fraction():
                return Raw(self.number(cell))
            case Code(text):
                return Raw(self.code(text))
            case Name(text):
                return Raw(self.name(text))
            case Share():
                return Raw(self.share(cell))
            case Value():
                return Raw(self.worth(cell))
            case Origin():
                return Raw(self.origin(cell))
            case Sentence(runs):
                return self.show(runs)
            case Strong(text):
                return Raw(self.strong(text))
            case Equal(left, right):
                return Raw(self.equation(left, right))
            case Matrices(shapes):
                return Raw(self.matrices(shapes))
            case Cite(key, short):
                return Raw(self.cite(key, short))
        return Raw(self.math(cell))

    def share(self, share: Share) -> str:
        """A part of a whole in per cent."""
        return self.escape(percent(share.part, self.digits))

    def worth(self, value: Value) -> str:
        """A number in a table, or the words that stand for it."""
        number = value.number
        return self.escape(value.otherwise) if number is None else self.number(number)

    def origin(self, origin: Origin) -> str:
        """Where a size comes from."""
        return self.escape(origin.text)

    @abstractmethod
    def escape(self, text: str) -> str:
        """Plain words, safe in this format."""

    @abstractmethod
    def number(self, value: Number) -> str:
        """An exact number in running text, thousands separated."""

    @abstractmethod
    def code(self, text: str) -> str:
        """A name as it stands in a file."""

    @abstractmethod
    def name(self, text: str) -> str:
        """The name of a weight or an operation."""

    @abstractmethod
    def math(self, form: Form) -> str:
        """A formula in running text."""

    @abstractmethod
    def strong(self, text: str) -> str:
        """Words that catch the eye."""

    @abstractmethod
    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """(rows x inner)(inner x columns) in running text."""

    @abstractmethod
    def equation(self, left: Form, right: Form) -> str:
        """left = right in running text."""

    def raw(self, text: str) -> Raw:
        """What a template itself writes in its format and hands on."""
        return Raw(text)

    def cite(self, key: str, short: str) -> str:  # noqa: ARG002 - a format may make it a link
        """A source in running text."""
        return self.escape(short)

    def link(self, text: str, url: str) -> str:  # noqa: ARG002 - a format may make it a link
        """Words that lead to an address."""
        return self.escape(text)

    def emphasis(self, text: str) -> str:
        """The title of a work."""
        return self.escape(text)

    def entry(self, cited: Cited, say: Callable[[str], str] = str) -> Raw:
        """A source in a list: who, what, where, when, and the places that are meant.

        `say` has the words of the page's language.
        """
        source = cited.source
        parts = [self.escape(f"{say(source.authors)}.")] if source.authors else []
        parts.append(f"{self.emphasis(source.title)}.")
        published = [self.escape(source.venue)] if source.venue else []
        if source.address:
            published.append(self.link(source.locator, source.address))
        elif source.locator:
            published.append(self.escape(source.locator))
        dated = source.year and (cited.mark or not source.venue.endswith(str(source.year)))
        published += [self.escape(f"{source.year}{cited.mark}")] if dated else []
        if published:
            parts.append(f"{', '.join(published)}.")
        if cited.places:
            parts.append(self.escape(f"{say('Here')}: {', '.join(cited.places)}."))
        return Raw(" ".join(parts))


def percent(part: Fraction, digits: Digits = DIGITS) -> str:
    """One digit behind the point, rounded half up, exact until then."""
    size, point = abs(part), digits.decimal
    if 0 < size < Fraction(1, 2000):
        return f"< 0{point}1 %" if part > 0 else f"> -0{point}1 %"
    tenths = (size * 1000 + Fraction(1, 2)) // 1
    return f"{'-' if part < 0 else ''}{tenths // 10}{point}{tenths % 10} %"


NUMBER = re.compile(r"[0-9][0-9.,\u202f]*")


LONGEST_TIE = 24  # characters that may stay on one line against all breaking


def ties(pieces: Sequence[str], tie: str) -> list[str]:
    """What stands behind each word: a space, or what ties it to the next; at the end nothing."""
    found: list[str] = []
    held = 0
    for before, after in itertools.pairwise(pieces):
        held += len(before) + 1
        together = tied(before, after) and held + len(after) <= LONGEST_TIE
        found.append(tie if together else " ")
        held = held if together else 0
    return [*found, ""]


def tied(before: str, after: str) -> bool:
    """Whether no line ends between two words: around an equals sign, before a letter that stands
    for something, behind a number.
    """
    bare = after.rstrip(".,;:)")
    if "=" in (before, after) or (len(bare) == 1 and bare.isalpha() and bare not in "aAI"):
        return bool(before and after)
    return bool(NUMBER.fullmatch(before)) and after[:1].isalpha()


def words(name: str) -> str:
    """A name of a declaration as words: add_attention becomes add attention."""
    return name.replace("_", " ")


def grouped(value: int, separator: str, least: int = 5) -> str:
    """Digits in groups of three; numbers of fewer than `least` digits stay as they are."""
    digits = str(abs(value))
    if len(digits) >= least:
        digits = f"{abs(value):,}".replace(",", separator)
    return f"-{digits}" if value < 0 else digits
