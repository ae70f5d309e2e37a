"""LaTeX: amsmath for the formulas, booktabs for the tables."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
    split_sign,
)
from symcost.render.aligned import Row, aligned_rows
from symcost.render.factors import Gap, with_gaps
from symcost.render.measure import LINE, PAGE, REASON, height, is_tall, width, width_of_words
from symcost.render.page import Code, Name, Strong
from symcost.render.writer import (
    DIGITS,
    GREEK,
    LETTER_NAME,
    Digits,
    Raw,
    Writer,
    grouped,
    ties,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.poly import Number
    from symcost.render.page import Cell, Chain, Line, Table

LONGEST_NAME = 120
LONG_WORD = re.compile(r"\S{200}(?=\S)")  # where TeX may break one, lest its line grow too long
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\(\$\)",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "\u00a0": "~",
    "\u202f": r"\,",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "„": ",,",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "°": r"\(^\circ\)",
    "½": r"\(\frac12\)",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "×": r"\(\times\)",
    "→": r"\(\to\)",
    "·": r"\(\cdot\)",
    "\u2212": r"\(-\)",
    "²": r"\(^2\)",
    "≤": r"\(\le\)",
    "\u00ad": r"\-",
}
SUM, PRODUCT, POWER, ATOM = range(4)
BETWEEN = 3.5  # millimetres between two columns, and a little for wide letters


def escape(text: str) -> str:
    """Words for LaTeX, on one line. Control characters vanish; every special sign is harmless."""
    # A line of its own in a formula could end what surrounds it, in Markdown too.
    broken = LONG_WORD.sub("\\g<0>\u00ad", text.replace("\n", " "))
    kept = (char for char in broken if char in SPECIAL or char.isprintable())
    return "".join(SPECIAL.get(char) or _settable(char) for char in kept)


# Accents by the code point that Unicode combines them with.
ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}


def _settable(char: str) -> str:
    """The character as every LaTeX can set it; a sign it may lack is named by its code point."""
    if char.isascii():
        return char
    base, *marks = list(unicodedata.normalize("NFD", char))
    if base.isascii() and len(marks) == 1 and marks[0] in ACCENTS:
        dotless = {"i": r"\i", "j": r"\j"}.get(base, base)
        return rf"\{ACCENTS[marks[0]]}{{{dotless}}}"
    return f"[U+{ord(char):04X}]"


@final
class LatexMath:
    """Sets forms as LaTeX formulas: `thin` stands between letters, `group` inside a number."""

    def __init__(
        self,
        thin: str = r"\,",
        group: str = r"\,",
        *,
        flat: bool = False,
        loose: bool = False,
        colours: Mapping[str, str] | None = None,
    ) -> None:
        """Markdown may eat a backslash before a comma, so it takes others. `flat` is for a formula
        in a line of words: a fraction has a slash. `loose` lets such a formula break anywhere
        between factors and digits. `colours` are the names of the colours of tones.
        """
        self._thin, self._group, self._flat = thin, group, flat
        self._loose, self._colours = loose, colours or {}

    def write(self, form: Form) -> str:
        """The formula, without dollars."""
        return self._write(form)[0]

    def number(self, value: Number) -> str:
        """An exact number; a fraction stands above and below a bar."""
        exact = Fraction(value)
        apart = self._group + r"\allowbreak " if self._loose else self._group
        top = grouped(exact.numerator, apart)
        if exact.denominator == 1:
            return top
        if self._loose:
            return f"{top} / {grouped(exact.denominator, apart)}"
        return rf"\frac{{{top}}}{{{grouped(exact.denominator, apart)}}}"

    def _write(self, form: Form) -> tuple[str, int]:
        match form:
            case Num(value):
                return self.number(value), ATOM if value >= 0 else SUM
            case Sym(dim):
                return dim.latex, ATOM
            case Named(letter, label, _):
                return named(letter, label), ATOM
            case Under(body, label, tone):
                return self._under(self.write(body), label, tone), PRODUCT
            case Power(base, exponent):
                return f"{self._inside(base, ATOM)}^{{{exponent}}}", POWER
            case Product(factors):
                negative, positive = split_sign(form)
                if negative:
                    return f"-{self._inside(positive, PRODUCT)}", SUM
                return self._product(factors), PRODUCT
            case Quotient(top, bottom):
                if self._flat:
                    slash = r" /\allowbreak " if self._loose else " / "
                    over, below = self._inside(top, PRODUCT), self._inside(bottom, POWER)
                    return f"{over}{slash}{below}", PRODUCT
                return rf"\frac{{{self.write(top)}}}{{{self.write(bottom)}}}", POWER
            case Sum(terms):
                return " ".join(self.terms(terms)), SUM
            case Function(function, args):
                return self._function(function, args), ATOM

    def _under(self, text: str, label: str, tone: str) -> str:
        colour = self._colours.get(tone, "")
        if self._loose and tone:  # nothing over a brace breaks, and no group of TeX's does
            start, end = (rf"\color{{{colour}}}", r"\color{black}") if colour else ("", "")
            return rf"{start}[{text}]_{{{name(label)}}}{end}"
        inside = rf"{{\color{{{colour}}}{{{text}}}}}" if colour else text
        braced = rf"\underbrace{{{inside}}}_{{{name(label)}}}"
        # In braces of its own it is set apart from the signs beside it as any term is.
        return rf"{{{braced}}}" if tone else braced

    def terms(self, terms: tuple[Form, ...]) -> list[str]:
        """The terms of a sum, each with its sign."""
        written = []
        for index, term in enumerate(terms):
            negative, positive = split_sign(term)
            text = self._inside(positive, PRODUCT)
            sign = "-" if negative else "+"
            written.append(f"{sign} {text}" if index else f"-{text}" if negative else text)
        return written

    def pieces(self, form: Form, room: float) -> list[tuple[str, float]]:
        """A formula in pieces that fit, each with its width: sums break before a sign, also
        inside the brackets of a product.
        """
        if width(form) <= room or not isinstance(form, Sum | Product):
            return [(self.write(form), width(form))]
        if isinstance(form, Sum):
            return self._sum_pieces(form.terms, room)
        inner = max(form.factors, key=width)
        if not isinstance(inner, Sum):
            return [(self.write(form), width(form))]
        place = form.factors.index(inner)
        before, after = form.factors[:place], form.factors[place + 1 :]
        head = f"{self._together(before)} " if before else ""
        tail = f" {self._together(after)}" if after else ""
        used = sum(map(width, before)) + 1
        parts = self._sum_pieces(inner.terms, room - used)
        # Brackets that end on another line are as tall as what is between them.
        size = "bigg" if height(inner) > 1 else "big"
        parts[0] = (rf"{head}\{size}l({parts[0][0]}", parts[0][1] + used)
        parts[-1] = (rf"{parts[-1][0]}\{size}r){tail}", parts[-1][1] + 1)
        return parts

    def _together(self, factors: tuple[Form, ...]) -> str:
        """Factors as they are: a 1 among them says where it comes from."""
        only = factors[0] if len(factors) == 1 else Product(factors)
        return self._inside(only, PRODUCT)

    def _sum_pieces(self, terms: tuple[Form, ...], room: float) -> list[tuple[str, float]]:
        pieces: list[tuple[str, float]] = []
        for index, term in enumerate(terms):
            negative, positive = split_sign(term)
            sign = "- " if negative else "+ " if index else ""
            inner = Product((positive,)) if isinstance(positive, Sum) else positive
            parts = self.pieces(inner, room - 2)
            first = (sign + parts[0][0], parts[0][1] + len(sign))
            if pieces and pieces[-1][1] + first[1] <= room:
                pieces[-1] = (f"{pieces[-1][0]} {first[0]}", pieces[-1][1] + first[1])
            else:
                pieces.append(first)
            pieces += parts[1:]
        return pieces

    def shapes(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """(rows x inner)(inner x columns)."""
        pairs = (
            (self._inside(rows, PRODUCT), self._inside(columns, PRODUCT))
            for rows, columns in shapes
        )
        return "".join(rf"({rows} \times {columns})" for rows, columns in pairs)

    def _inside(self, form: Form, least: int) -> str:
        text, level = self._write(form)
        if level >= least:
            return text
        # Plain brackets let a formula in a line break; only what is tall needs taller ones.
        return f"({text})" if self._flat or not is_tall(form) else rf"\left({text}\right)"

    def _product(self, factors: tuple[Form, ...]) -> str:
        gaps = {Gap.DOT: r" \cdot ", Gap.NONE: " ", Gap.THIN: self._thin}
        written = self._inside(factors[0], POWER)
        for gap, factor in with_gaps(factors):
            glue = gaps[gap] + (r"\allowbreak " if self._loose else "")
            written += glue + self._inside(factor, POWER)
        return written

    def _function(self, function: str, args: tuple[Form, ...]) -> str:
        inside = ", ".join(map(self.write, args))
        if self._loose and function in ("floor", "ceil"):
            return rf"\l{function} {inside} \r{function}"
        if self._loose and function != "sqrt":
            return rf"\{function}({inside})"
        if function in ("floor", "ceil"):
            return rf"\left\l{function} {inside} \right\r{function}"
        if function == "sqrt":
            return rf"\sqrt{{{inside}}}"
        return rf"\{function}\left({inside}\right)"


def name(text: str) -> str:
    """W_Q as a letter with an index, gamma as the Greek letter, anything else as words."""
    letter = LETTER_NAME.fullmatch(text)
    if letter:
        head = rf"\{letter[1]}" if letter[1] in GREEK else letter[1]
        return rf"{head}_{{{letter[2]}}}"
    if text in GREEK:
        return rf"\{text}"
    return rf"\text{{{escape(words(_short(text)))}}}"


def _short(text: str) -> str:
    """A name as it stands in a formula: TeX sets no line of more than five metres."""
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."


def named(letter: str, label: str) -> str:
    """N with the index 'attention'; F_b with both its own index and the label."""
    base, _, own = letter.partition("_")
    marks = [rf"\mathrm{{{own}}}"] if own else []
    marks += [rf"\text{{{escape(_short(label))}}}"] if label else []
    return f"{base}_{{{','.join(marks)}}}" if marks else base


@final
class LatexWriter(Writer):
    """Sets a page in LaTeX."""

    folder = "latex"
    extension = "tex"

    def __init__(self, digits: Digits = DIGITS) -> None:
        """The writer has no state but its printers of formulas."""
        super().__init__(digits)
        self.formulas, self.inline = LatexMath(), LatexMath(flat=True)

    def escape(self, text: str) -> str:
        """Words, every special sign harmless; what belongs together stays on one line."""
        pieces = text.split(" ")
        return escape("".join(map("".join, zip(pieces, ties(pieces, "\u00a0"), strict=True))))

    def number(self, value: Number) -> str:
        """A number in math mode, so that the thin spaces do not break."""
        return f"\\({self.formulas.number(value)}\\)"

    def code(self, text: str) -> str:
        """Typewriter."""
        return rf"\texttt{{{escape(text)}}}"

    def name(self, text: str) -> str:
        """A weight as a formula, an operation as a word."""
        return f"\\({name(text)}\\)" if _is_letter(text) else escape(words(text))

    def math(self, form: Form) -> str:
        """A formula in the line."""
        return f"\\({self.inline.write(form)}\\)"

    def equation(self, left: Form, right: Form) -> str:
        """An equation in the line."""
        return f"\\({self.inline.write(left)} = {self.inline.write(right)}\\)"

    def strong(self, text: str) -> str:
        """Bold."""
        return rf"\textbf{{{escape(text)}}}"

    def cite(self, key: str, short: str) -> str:
        """A source: the page says whether that is a reference or the words alone."""
        return rf"\symcostcite{{{_plain_key(key)}}}{{{escape(short)}}}"

    def emphasis(self, text: str) -> str:
        """Italics."""
        return rf"\emph{{{escape(text)}}}"

    def comment(self, text: str) -> Raw:
        """Words behind a per cent sign, which a new line would end."""
        return Raw("".join(each if each.isascii() and each.isprintable() else " " for each in text))

    def bracketed(self, text: str) -> Raw:
        """Words as an optional argument, which a bracket inside would close."""
        return Raw(f"{{{escape(text)}}}")

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        return f"\\({self.formulas.shapes(shapes)}\\)"

    def rows(self, chain: Chain, line: float = LINE) -> list[Row]:
        """The rows of a chain for `aligned`: long sums broken, the reason behind or below."""
        return aligned_rows(self.formulas, chain, self._reason, line)

    def sizes(self, table: Table, room: float = PAGE) -> list[float]:
        """About how many millimetres each column takes, set small on a line of `room`.

        Words that wrap share what the other columns leave, and take no more than they need.
        """
        columns: list[tuple[Cell, ...]] = list(zip(table.heads, *table.rows, strict=True))
        sizes = [max([1.2 * breadth(head), *map(breadth, cells)]) for head, *cells in columns]
        wraps = [side == "p" for side in table.align]
        fixed = sum(size for size, wrap in zip(sizes, wraps, strict=True) if not wrap)
        left = max(room - fixed - BETWEEN * len(sizes), room / 4)
        given = _shared([size for size, wrap in zip(sizes, wraps, strict=True) if wrap], left)
        return [next(given) if wrap else size for size, wrap in zip(sizes, wraps, strict=True)]

    def columns(self, table: Table, room: float = PAGE) -> Raw:
        """The columns of a table for an environment such as `longtable`."""
        return Raw(
            "".join(
                rf">{{\raggedright\arraybackslash}}p{{{size / room:.3f}\linewidth}}"
                if side == "p"
                else side
                for size, side in zip(self.sizes(table, room), table.align, strict=True)
            )
        )

    def _reason(self, line: Line) -> str:
        return rf"\text{{\reason{{{self.show(line.reason)}}}}}"


def breadth(cell: Cell) -> float:
    """About how many millimetres a cell of a table takes, set small."""
    total = 0.0
    for run in cell if isinstance(cell, tuple) else (cell,):
        match run:
            case str():
                total += 1.65 * len(run)
            case Code(text) | Name(text) | Strong(text):
                total += 1.65 * len(text)
            case _:  # a letter of formulas is wider than one of words
                total += 2.1 * width_of_words([run]) / REASON
    return total


def _shared(wanted: list[float], room: float) -> Iterator[float]:
    """What each column of words gets of the room: what it wants, or an equal share of the rest."""
    given: dict[int, float] = {}
    for at in sorted(range(len(wanted)), key=wanted.__getitem__):
        fair = (room - sum(given.values())) / (len(wanted) - len(given))
        given[at] = max(min(wanted[at], fair), 8.0)
    return iter(given[at] for at in range(len(wanted)))


def _plain_key(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", key)


def _is_letter(text: str) -> bool:
    return bool(LETTER_NAME.fullmatch(text)) or text in GREEK
