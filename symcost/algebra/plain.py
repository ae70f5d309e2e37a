"""Forms as plain text: Python syntax for machines, spaced letters for people and messages."""

from __future__ import annotations

from dataclasses import dataclass
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
    expanded,
    split_sign,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symcost.algebra.poly import Number, Poly

SUM, PRODUCT, POWER, ATOM = range(4)


@final
@dataclass(frozen=True)
class Plain:
    """A plain notation: what stands between factors, before an exponent, around numbers.

    `separator` stands between thousands where they are `grouped`.
    `toned` says how a part that has a tone is written; without it the part looks like any other.
    """

    times: str
    to_the: str
    grouped: bool
    toned: Callable[[str, str, str], str] | None = None
    separator: str = ","

    def write(self, form: Form) -> str:
        """The form as one line of text."""
        return self._write(form)[0]

    def factor(self, form: Form) -> str:
        """The form as part of a product: a sum in brackets."""
        return self._inside(form, PRODUCT)

    def number(self, value: Number) -> str:
        """An exact number; thousands are separated where the notation is for people."""
        exact = Fraction(value)
        top = str(exact.numerator)
        if self.grouped:
            top = f"{exact.numerator:,}".replace(",", self.separator)
        return top if exact.denominator == 1 else f"{top}/{exact.denominator}"

    def _write(self, form: Form) -> tuple[str, int]:
        match form:
            case Num(value):
                if value < 0:
                    return self.number(value), SUM
                return self.number(value), ATOM if Fraction(value).denominator == 1 else PRODUCT
            case Sym(dim):
                return dim.symbol, ATOM
            case Named(letter, label, _):
                return (f"{letter}_{label.replace(' ', '_')}" if label else letter), ATOM
            case Under(body, label, tone):
                text, level = self._write(body)
                return (self.toned(text, label, tone) if self.toned and tone else text), level
            case Power(base, exponent):
                shown = str(exponent) if exponent >= 0 else f"({exponent})"
                return f"{self._inside(base, ATOM)}{self.to_the}{shown}", POWER
            case Product(factors):
                negative, positive = split_sign(form)
                if negative:
                    return f"-{self._inside(positive, PRODUCT)}", SUM
                return self._product(factors), PRODUCT
            case Quotient(top, bottom):
                return f"{self._inside(top, PRODUCT)}/{self._inside(bottom, POWER)}", PRODUCT
            case Sum(terms):
                return self._sum(terms), SUM
            case Function(function, args):
                return f"{function}({', '.join(map(self.write, args))})", ATOM

    def _inside(self, form: Form, least: int) -> str:
        text, level = self._write(form)
        return text if level >= least else f"({text})"

    def _product(self, factors: Sequence[Form]) -> str:
        # A fraction as a later factor needs its brackets: 2*(a/b) is not (2*a)/b on paper.
        first, *rest = factors
        shown = [self._inside(first, PRODUCT)]
        written = shown[0]
        for before, factor in zip(factors, rest, strict=False):
            # Two numbers side by side would read as one: 12 x 768, never 12 768.
            digits = self.grouped and _starts_with_number(factor) and _ends_with_number(before)
            glue = " x " if digits else self.times
            written += glue + self._inside(factor, POWER)
        return written

    def _sum(self, terms: Sequence[Form]) -> str:
        written = ""
        for index, term in enumerate(terms):
            negative, positive = split_sign(term)
            text = self._inside(positive, PRODUCT)
            if index == 0:
                written = f"-{text}" if negative else text
            else:
                written += f" - {text}" if negative else f" + {text}"
        return written


def _starts_with_number(form: Form) -> bool:
    match form:
        case Num():
            return True
        case Power(base, _):
            return _starts_with_number(base)
    return False


def _ends_with_number(form: Form) -> bool:
    return _starts_with_number(form)


PYTHON = Plain(times="*", to_the="**", grouped=False)
PEOPLE = Plain(times=" ", to_the="^", grouped=True)


def python(form: Form) -> str:
    """Python syntax: `2*L*d*(2*d + d_ff)`."""
    return PYTHON.write(form)


def people(form: Form) -> str:
    """The way it is typed in a message: `2 L d (2 d + d_ff)`."""
    return PEOPLE.write(form)


def show(poly: Poly) -> str:
    """A polynomial in the notation for people, term by term."""
    return people(expanded(poly))
