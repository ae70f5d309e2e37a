"""MathML of our own: what browsers draw without any script."""

from __future__ import annotations

import itertools
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

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
from symcost.render.factors import is_digits, needs_dot
from symcost.render.writer import GREEK, LETTER_NAME, grouped, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.poly import Number

SUM, PRODUCT, POWER, ATOM = range(4)
THIN = "\u202f"
TIMES = "<mo>&#x2062;</mo>"
DOT = "<mo>&#x22C5;</mo>"
PLUS, MINUS = "<mo>+</mo>", "<mo>&#x2212;</mo>"
BRACE = '<mo stretchy="true">&#x23DF;</mo>'
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
    found = LETTER_NAME.fullmatch(text)
    if found:
        head = GREEK.get(found[1], found[1])
        return f"<msub>{letter(head)}{letter(found[2])}</msub>"
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


class Formula:
    """Writes formulas; a page that is a program marks its numbers by a class of its own."""

    def write(self, form: Form) -> str:
        """The formula as a row of MathML, without the outer element."""
        return self.part(form)[0]

    def part(self, form: Form) -> tuple[str, int]:
        """The formula, and how tightly it holds together."""
        match form:
            case Num():
                return self.number(form)
            case Sym(dim):
                return symbol(dim.symbol), ATOM
            case Named(head, label, _):
                return named(head, label), ATOM
            case Under(body, label, tone):
                row = f'<mrow class="{words_of(tone)}">' if tone else "<mrow>"
                return (
                    f"<munder><munder>{row}{self.write(body)}</mrow>{BRACE}</munder>"
                    f"{name(label)}</munder>",
                    PRODUCT,
                )
            case Power(base, exponent):
                return self._power(base, exponent), POWER
            case Product(factors):
                negative, positive = split_sign(form)
                if negative:
                    return f"<mrow>{MINUS}{self.inside(positive, PRODUCT)}</mrow>", SUM
                return f"<mrow>{self.product(factors)}</mrow>", PRODUCT
            case Quotient(top, bottom):
                return (
                    f"<mfrac><mrow>{self.write(top)}</mrow><mrow>{self.write(bottom)}</mrow></mfrac>",
                    POWER,
                )
            case Sum(terms):
                return f"<mrow>{''.join(self.terms(terms))}</mrow>", SUM
            case Function(function, args):
                return _function(function, [self.write(arg) for arg in args]), ATOM

    def number(self, form: Num) -> tuple[str, int]:
        """A number, with its minus in front."""
        if form.value < 0:
            return f"<mrow>{MINUS}{number(-form.value)}</mrow>", SUM
        return number(form.value), ATOM

    def inside(self, form: Form, least: int) -> str:
        """The formula, in brackets where it does not hold together tightly enough."""
        text, level = self.part(form)
        if level >= least:
            return text
        return f"<mrow>{bracketed(text)}</mrow>"

    def terms(self, terms: Sequence[Form]) -> list[str]:
        """The terms of a sum, each with the sign before it."""
        written = []
        for index, term in enumerate(terms):
            sign, positive = self.signed(term, first=not index)
            written.append(sign + self.inside(positive, PRODUCT))
        return written

    def signed(self, term: Form, *, first: bool) -> tuple[str, Form]:
        """The sign of a term, and the term without it."""
        negative, positive = split_sign(term)
        return (MINUS if negative else "" if first else PLUS), positive

    def _power(self, base: Form, exponent: int) -> str:
        raised = (
            f"<mn>{exponent}</mn>" if exponent >= 0 else f"<mrow>{MINUS}<mn>{-exponent}</mn></mrow>"
        )
        if isinstance(base, Sym):
            head, _, tail = base.dim.symbol.partition("_")
            if tail and "**" not in head:  # index and exponent stand above each other
                return f"<msubsup>{letter(head)}{letter(tail)}{raised}</msubsup>"
        return f"<msup>{self.inside(base, ATOM)}{raised}</msup>"

    def product(self, factors: tuple[Form, ...]) -> str:
        """Factors side by side; a dot between two numbers, a gap between letters."""
        written = self.inside(factors[0], POWER)
        for before, factor in itertools.pairwise(factors):
            apart = TIMES if is_digits(before) else TIMES + GAP
            written += DOT if needs_dot(before, factor) else apart
            written += self.inside(factor, POWER)
        return written


PLAIN = Formula()


def write(form: Form) -> str:
    """The formula as a row of MathML, without the outer element."""
    return PLAIN.write(form)


def bracketed(text: str) -> str:
    """Brackets around what stands in a row; only around a fraction do they have to grow.

    Browsers set brackets that may grow wider apart, and know nothing of slanted letters.
    """
    if "<mfrac>" in text:
        return f"<mo>(</mo>{text}<mo>)</mo>"
    return f'<mo stretchy="false">(</mo>{text}<mo stretchy="false" lspace="0.07em">)</mo>'


def _function(function: str, args: Sequence[str]) -> str:
    inside = "<mo>,</mo>".join(args)
    if function in ("floor", "ceil"):
        left, right = ("&#x230A;", "&#x230B;") if function == "floor" else ("&#x2308;", "&#x2309;")
        return f"<mrow><mo>{left}</mo>{inside}<mo>{right}</mo></mrow>"
    if function == "sqrt":
        return f"<msqrt><mrow>{inside}</mrow></msqrt>"
    return f"<mrow><mi>{function}</mi>{bracketed(inside)}</mrow>"
