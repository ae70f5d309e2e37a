"""MathML of our own: what browsers draw without any script."""

from __future__ import annotations

import itertools
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, final
from urllib.parse import quote

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
from symcost.render.writer import ADDRESS, GREEK, LETTER_NAME, Raw, Writer, grouped, words

if TYPE_CHECKING:
    from symcost.algebra.poly import Number
    from symcost.render.page import Chain

SUM, PRODUCT, POWER, ATOM = range(4)
THIN = "\u202f"
TIMES = "<mo>&#x2062;</mo>"
DOT = "<mo>&#x22C5;</mo>"
GAP = '<mspace width="0.17em"/>'


def words_of(text: str) -> str:
    """Words for HTML."""
    return escape("".join(char for char in text if char.isprintable()))


def number(value: Number) -> str:
    """An exact number in groups of three."""
    exact = Fraction(value)
    top = f"<mn>{grouped(exact.numerator, THIN)}</mn>"
    if exact.denominator == 1:
        return top
    return f"<mfrac>{top}<mn>{grouped(exact.denominator, THIN)}</mn></mfrac>"


def letter(text: str) -> str:
    """One letter in italics, several upright."""
    return f"<mi>{words_of(text)}</mi>"


def symbol(text: str) -> str:
    """d_ff as d with an index, 2**n as a power."""
    base, _, exponent = text.partition("**")
    if exponent:
        return f"<msup><mn>{words_of(base)}</mn>{symbol(exponent)}</msup>"
    head, _, tail = text.partition("_")
    return f"<msub>{letter(head)}{letter(tail)}</msub>" if tail else letter(head)


def name(text: str) -> str:
    """W_Q as a letter with an index, gamma as the Greek letter, anything else as words."""
    if LETTER_NAME.fullmatch(text):
        return symbol(text)
    if text in GREEK:
        return letter(GREEK[text])
    return f"<mtext>{words_of(words(text))}</mtext>"


def named(head: str, label: str) -> str:
    """N with the index 'attention'."""
    base, _, own = head.partition("_")
    marks = [letter(own)] if own else []
    marks += [f"<mtext>{words_of(label)}</mtext>"] if label else []
    if not marks:
        return letter(base)
    return f"<msub>{letter(base)}<mrow>{'<mo>,</mo>'.join(marks)}</mrow></msub>"


def write(form: Form) -> str:
    """The formula as a row of MathML, without the outer element."""
    return _write(form)[0]


def _write(form: Form) -> tuple[str, int]:
    match form:
        case Num(value):
            if value < 0:
                return f"<mrow><mo>&#x2212;</mo>{number(-value)}</mrow>", SUM
            return number(value), ATOM
        case Sym(dim):
            return symbol(dim.symbol), ATOM
        case Named(head, label, _):
            return named(head, label), ATOM
        case Under(body, label, tone):
            brace = '<mo stretchy="true">&#x23DF;</mo>'
            row = f'<mrow class="{words_of(tone)}">' if tone else "<mrow>"
            return (
                f"<munder><munder>{row}{write(body)}</mrow>{brace}</munder>{name(label)}</munder>",
                PRODUCT,
            )
        case Power(base, exponent):
            return f"<msup>{_inside(base, ATOM)}<mn>{exponent}</mn></msup>", POWER
        case Product(factors):
            negative, positive = split_sign(form)
            if negative:
                return f"<mrow><mo>&#x2212;</mo>{_inside(positive, PRODUCT)}</mrow>", SUM
            return f"<mrow>{_product(factors)}</mrow>", PRODUCT
        case Quotient(top, bottom):
            return (
                f"<mfrac><mrow>{write(top)}</mrow><mrow>{write(bottom)}</mrow></mfrac>",
                POWER,
            )
        case Sum(terms):
            return f"<mrow>{_sum(terms)}</mrow>", SUM
        case Function(function, args):
            return _function(function, args), ATOM


def _inside(form: Form, least: int) -> str:
    text, level = _write(form)
    if level >= least:
        return text
    low = ' stretchy="false"' if _is_toned(form) else ""  # its brace hangs below the line
    return f"<mrow><mo{low}>(</mo>{text}<mo{low}>)</mo></mrow>"


def _is_toned(form: Form) -> bool:
    """Whether a term of a sum is marked."""
    return isinstance(form, Sum) and any(isinstance(e, Under) and e.tone for e in form.terms)


def _product(factors: tuple[Form, ...]) -> str:
    written = _inside(factors[0], POWER)
    for before, factor in itertools.pairwise(factors):
        if _digits(factor) or (_digits(before) and _is_number(factor)):
            glue = DOT
        else:
            glue = TIMES if _digits(before) else TIMES + GAP
        written += glue + _inside(factor, POWER)
    return written


def _sum(terms: tuple[Form, ...]) -> str:
    written = ""
    for index, term in enumerate(terms):
        negative, positive = split_sign(term)
        sign = "<mo>&#x2212;</mo>" if negative else "<mo>+</mo>" if index else ""
        written += sign + _inside(positive, PRODUCT)
    return written


def _function(function: str, args: tuple[Form, ...]) -> str:
    inside = "<mo>,</mo>".join(map(write, args))
    if function in ("floor", "ceil"):
        left, right = ("&#x230A;", "&#x230B;") if function == "floor" else ("&#x2308;", "&#x2309;")
        return f"<mrow><mo>{left}</mo>{inside}<mo>{right}</mo></mrow>"
    if function == "sqrt":
        return f"<msqrt><mrow>{inside}</mrow></msqrt>"
    return f"<mrow><mi>{function}</mi><mo>(</mo>{inside}<mo>)</mo></mrow>"


def _digits(form: Form) -> bool:
    return isinstance(form, Num) or (isinstance(form, Power) and _digits(form.base))


def _is_number(form: Form) -> bool:
    """Whether it is all digits: behind a number, a fraction of them looks like 2 and a half."""
    match form:
        case Quotient(top, bottom):
            return _is_number(top) and _is_number(bottom)
        case Product(parts):
            return all(map(_is_number, parts))
    return _digits(form)


@final
class HtmlWriter(Writer):
    """Sets a page in HTML with MathML."""

    folder = "html"
    extension = "html"

    def escape(self, text: str) -> str:
        """Words for HTML."""
        return words_of(text)

    def number(self, value: Number) -> str:
        """A number in groups of three that stays on its line."""
        exact = Fraction(value)
        shown = grouped(exact.numerator, THIN)
        below = "" if exact.denominator == 1 else f"/{grouped(exact.denominator, THIN)}"
        return f'<span class="n">{shown}{below}</span>'

    def code(self, text: str) -> str:
        """A code element."""
        return f"<code>{words_of(text)}</code>"

    def name(self, text: str) -> str:
        """A weight as a formula, an operation as a word."""
        if LETTER_NAME.fullmatch(text) or text in GREEK:
            return f"<math>{name(text)}</math>"
        return words_of(words(text))

    def math(self, form: Form) -> str:
        """A formula in the line."""
        return f"<math>{write(form)}</math>"

    def equation(self, left: Form, right: Form) -> str:
        """An equation in the line."""
        return f"<math>{write(left)}<mo>=</mo>{write(right)}</math>"

    def strong(self, text: str) -> str:
        """Bold."""
        return f"<strong>{words_of(text)}</strong>"

    def cite(self, key: str, short: str) -> str:
        """A link to the source in the list."""
        return f'<a href="#source-{escape(key)}">{words_of(short)}</a>'

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f'<a href="{escape(quote(url, safe=ADDRESS))}">{words_of(text)}</a>'

    def emphasis(self, text: str) -> str:
        """The title of a work."""
        return f"<cite>{words_of(text)}</cite>"

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        pairs = (
            f"{_inside(rows, PRODUCT)}<mo>&#xD7;</mo>{_inside(columns, PRODUCT)}"
            for rows, columns in shapes
        )
        inside = "".join(f"<mrow><mo>(</mo>{pair}<mo>)</mo></mrow>" for pair in pairs)
        return f"<math>{inside}</math>"

    def rows(self, chain: Chain) -> list[tuple[Raw, Raw, Raw, bool]]:
        """(left side, `= form`, reason, boxed) for each line of a chain."""
        rows = []
        for index, line in enumerate(chain.lines):
            first = index == 0 and chain.left is not None
            left = f"<math>{write(chain.left)}</math>" if first and chain.left else ""
            right = f'<math displaystyle="true"><mo>=</mo>{write(line.form)}</math>'
            boxed = chain.boxed and index == len(chain.lines) - 1
            rows.append((Raw(left), Raw(right), self.show(line.reason), boxed))
        return rows
