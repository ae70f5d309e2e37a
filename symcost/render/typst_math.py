"""Formulas for Typst: markup for one that stands in a line, code for one that may be broken."""

from __future__ import annotations

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
    product,
    split_sign,
)
from symcost.render.factors import Gap, with_gaps
from symcost.render.measure import is_tall, width
from symcost.render.writer import GREEK, LETTER_NAME, grouped, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symcost.algebra.poly import Number

SUM, PRODUCT, POWER, ATOM = range(4)
SHORT = 24  # characters of a formula that fits on every line, so nothing is said of breaking it
SLASH = r'class("normal", \/)'
GAPS = {Gap.DOT: " dot ", Gap.NONE: " ", Gap.THIN: " thin "}
OPERATORS = ("min", "max")
DELIMITERS = ("floor", "ceil", "sqrt")
BARS = {"floor": ("⌊ ", " ⌋"), "ceil": ("⌈ ", " ⌉")}
# Functions of the template that colour what the checker marks.
TONES = {"wrong": "inwrong", "right": "inright"}


# What the fonts have that come with the compiler, beyond ASCII: half-open ranges of code points.
SETTABLE = (
    (0xA0, 0x250),
    (0x370, 0x500),
    (0x1E00, 0x2041),
    (0x2070, 0x20C0),
    (0x2190, 0x2400),
    (0x2500, 0x2600),
)


def settable(char: str) -> str:
    """The character, a sign that the fonts lack by its code point; nothing if it prints nothing."""
    point = ord(char)
    if not char.isprintable():
        return ""
    if point < 0x7F or any(first <= point < last for first, last in SETTABLE):
        return char
    return f"[U+{point:04X}]"


def quoted(text: str) -> str:
    """A string of Typst: nothing in it is markup, and nothing ends it."""
    kept = "".join(map(settable, unicodedata.normalize("NFC", text)))
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def letter(text: str) -> str:
    """One letter in italics, several upright."""
    return text if len(text) == 1 and text.isascii() and text.isalnum() else quoted(text)


def symbol(text: str) -> str:
    """d_ff as d with an index, d' with its prime, 2**n as a power."""
    base, _, exponent = text.partition("**")
    if exponent:
        return f"{letter(base)}^({symbol(exponent)})"
    bare = text.rstrip("'")
    head, _, tail = bare.partition("_")
    primes = "'" * (len(text) - len(bare))
    return f"{letter(head)}{primes}" + (f"_({letter(tail.replace('_', ','))})" if tail else "")


def name(text: str) -> str:
    """W_Q as a letter with an index, gamma as the Greek letter, anything else as words."""
    found = LETTER_NAME.fullmatch(text)
    if found:
        index = found[2] if found[2].isdigit() else " ".join(found[2])
        return f"{found[1]}_({index})"
    return text if text in GREEK else quoted(words(text))


def named(head: str, label: str) -> str:
    """N with the index 'attention'; F_b with both its own index and the label."""
    base, _, own = head.partition("_")
    marks = [quoted(each) for each in (own, label) if each]
    index = r"\, ".join(marks)
    return f"{letter(base)}_({index})" if marks else letter(base)


@final
class TypstMath:
    """Sets forms as formulas of Typst. `flat` is for a line of words: a fraction has a slash."""

    def __init__(self, *, flat: bool = False) -> None:
        """A printer without state."""
        self._flat = flat

    def write(self, form: Form) -> str:
        """The formula, without dollars."""
        return self._write(form)[0]

    def number(self, value: Number) -> str:
        """An exact number; a fraction stands above and below a bar, or has a slash."""
        exact = Fraction(value)
        top = _grouped(exact.numerator)
        if exact.denominator == 1:
            return top
        below = _grouped(exact.denominator)
        return rf"{top} {SLASH} {below}" if self._flat else f"frac({top}, {below})"

    def breakable(self, form: Form) -> str:
        """Code for a formula that the template breaks where it is too wide: a sum before its
        signs, also inside the brackets of a product.
        """
        whole = f"${self.write(form)}$"
        if width(form) <= SHORT:
            return whole
        if isinstance(form, Sum):
            return _parts(whole, self._terms(form.terms))
        if not isinstance(form, Product):
            return whole
        return self._broken_product(whole, form, "")

    def loose(self, form: Form) -> str:
        """Code for a formula that may break behind every sign, for one too wide in all ways."""
        return f"({', '.join(f'${each}$' for each in self._tokens(form))},)"

    def shapes(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """(rows x inner)(inner x columns)."""
        pairs = (
            (self._inside(rows, PRODUCT), self._inside(columns, PRODUCT))
            for rows, columns in shapes
        )
        return " ".join(rf"\( {rows} times {columns} \)" for rows, columns in pairs)

    def _write(self, form: Form) -> tuple[str, int]:
        match form:
            case Num(value):
                return self.number(value), ATOM if value >= 0 else SUM
            case Sym(dim):
                return symbol(dim.symbol), ATOM
            case Named(head, label, _):
                return named(head, label), ATOM
            case Under(body, label, tone):
                inside = self.write(body)
                toned = f"{TONES[tone]}({inside})" if tone in TONES else inside
                return f"underbrace({toned}, {name(label)})", PRODUCT
            case Power(base, exponent):
                return f"{self._inside(base, ATOM)}^({exponent})", POWER
            case Product(factors):
                negative, positive = split_sign(form)
                if negative:
                    return f"-{self._inside(positive, PRODUCT)}", SUM
                return self._product(factors), PRODUCT
            case Quotient(top, bottom):
                return self._quotient(top, bottom)
            case Sum(terms):
                return " ".join(_signed(at, *each) for at, each in self._signs(terms)), SUM
            case Function(function, args):
                return self._function(function, args), ATOM

    def _quotient(self, top: Form, bottom: Form) -> tuple[str, int]:
        if self._flat:
            over, below = self._inside(top, PRODUCT), self._inside(bottom, POWER)
            return f"{over} {SLASH} {below}", PRODUCT
        return f"frac({self.write(top)}, {self.write(bottom)})", POWER

    def _signs(self, terms: tuple[Form, ...]) -> Iterable[tuple[int, tuple[str, str]]]:
        """The place, the sign and the text of each term."""
        for at, term in enumerate(terms):
            negative, positive = split_sign(term)
            yield at, ("-" if negative else "+", self._inside(positive, PRODUCT))

    def _terms(self, terms: tuple[Form, ...]) -> list[str]:
        """Code for each term of a sum with its sign, itself breakable where it is long."""
        found = []
        for at, (sign, text) in self._signs(terms):
            whole = f"${_signed(at, sign, text, broken=True)}$"
            term = split_sign(terms[at])[1]
            bracket = Product((term,)) if isinstance(term, Sum) else term
            if isinstance(bracket, Product) and width(bracket) > SHORT:
                found.append(self._broken_product(whole, bracket, _sign(at, sign, broken=True)))
            else:
                found.append(whole)
        return found

    def _broken_product(self, whole: str, form: Product, sign: str) -> str:
        inner = max(form.factors, key=width)
        if not isinstance(inner, Sum):
            return whole
        place = form.factors.index(inner)
        before, after = (
            product(each) for each in (form.factors[:place], form.factors[place + 1 :])
        )
        head = f"{self._inside(before, PRODUCT)} " if before != Num(1) else ""
        tail = f" {self._inside(after, PRODUCT)}" if after != Num(1) else ""
        # Brackets that end on another line cannot grow with what is between them.
        ends = rf"head: ${sign} {head}\($, tail: $\){tail}$"
        return _parts(whole, self._terms(inner.terms), ends)

    def _inside(self, form: Form, least: int) -> str:
        text, level = self._write(form)
        if level >= least:
            return text
        # Only what is tall needs taller brackets, and those of a line of words may break.
        return rf"\( {text} \)" if self._flat or not is_tall(form) else f"lr(( {text} ))"

    def _product(self, factors: tuple[Form, ...]) -> str:
        written = self._inside(factors[0], POWER)
        for gap, factor in with_gaps(factors):
            written += f"{GAPS[gap]}{self._inside(factor, POWER)}"
        return written

    def _function(self, function: str, args: tuple[Form, ...]) -> str:
        inside = r"\, ".join(map(self.write, args))
        if function in DELIMITERS and not (self._flat and function != "sqrt"):
            return f"{function}({inside})"
        if function in BARS:
            return inside.join(BARS[function])
        operator = function if function in OPERATORS else f"op({quoted(function)})"
        tall = not self._flat and any(map(is_tall, args))
        return f"{operator} lr(( {inside} ))" if tall else rf"{operator} \( {inside} \)"

    def _tokens(self, form: Form) -> list[str]:
        """The formula in pieces none of which is wide, in the order in which they are read."""
        match form:
            case Num(value) if Fraction(value).denominator == 1:
                return [f"{each} thin" for each in f"{value:,}".split(",")]
            case Product(factors):
                negative, positive = split_sign(form)
                if negative:
                    return ["-", *self._tokens(_bracketed(positive))]
                return [token for each in factors for token in self._factor(each)]
            case Sum(terms):
                found: list[str] = []
                for at, term in enumerate(terms):
                    negative, positive = split_sign(term)
                    found += [_sign(at, "-" if negative else "+", broken=True)] * (
                        negative or at > 0
                    )
                    found += self._tokens(_bracketed(positive))
                return found
            case Quotient(top, bottom):
                return [*self._factor(top), r"\/", *self._factor(bottom)]
            case Power(base, exponent) if isinstance(base, Sum):
                return [*self._factor(base)[:-1], rf"\)^({exponent})"]
            case Under(body, label, tone) if width(body) > SHORT:
                shade = TONES.get(tone, "")
                found = [r"\[", *self._tokens(body), rf"\]_({name(label)})"]
                return [f"{shade}({each})" for each in found] if shade else found
            case Function(function, args) if width(form) > SHORT:
                inside = [token for each in args for token in [*self._tokens(each), r"\,"]][:-1]
                return [rf"op({quoted(function)}) \(", *inside, r"\)"]
        return [self.write(form)]

    def _factor(self, form: Form) -> list[str]:
        found = self._tokens(form)
        if isinstance(form, Sum):
            return [r"\(", *found, r"\)"]
        return [*found[:-1], f"{found[-1]} thin"]


def _bracketed(form: Form) -> Form:
    return Product((form,)) if isinstance(form, Sum) else form


def _sign(at: int, sign: str, *, broken: bool = False) -> str:
    """A sign between terms; the first has none unless it is subtracted. A piece that begins a line
    begins with its sign, which must not be taken for the sign of a number.
    """
    if at == 0:
        return "-" if sign == "-" else ""
    return f'class("binary", {sign})' if broken else sign


def _signed(at: int, sign: str, text: str, *, broken: bool = False) -> str:
    written = _sign(at, sign, broken=broken)
    return f"{written}{' ' if at else ''}{text}"


def _parts(whole: str, parts: list[str], ends: str = "head: none, tail: none") -> str:
    return f"(whole: {whole}, {ends}, parts: ({', '.join(parts)},))"


def _grouped(value: int) -> str:
    return grouped(value, " thin ")
