"""About how wide a formula is set, in characters: enough to decide where a long sum breaks."""

from __future__ import annotations

from fractions import Fraction
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
)
from symcost.algebra.plain import people
from symcost.render.page import (
    Cite,
    Code,
    Equal,
    Matrices,
    Name,
    Origin,
    Run,
    Sentence,
    Share,
    Strong,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

INDEX = 0.65  # an index is set smaller
DIGIT = 0.85  # digits are narrower than most letters
SIGN = 2.2  # a sign between two terms, with the space around it
REASON = 0.6  # a letter of a reason, which is set smaller than the formula beside it

# What fits on a line of an article, in widths of an average character of a formula.
LINE = 66
PAGE = 160.0  # millimetres of that line


def width(form: Form) -> float:
    """The width of a formula in characters of its main size."""
    match form:
        case Num():
            text = people(form)
            return DIGIT * len(text) - (DIGIT - 0.3) * text.count(",")
        case Sym(dim):
            head, _, tail = dim.symbol.partition("_")
            return len(head) + INDEX * len(tail)
        case Named(letter, label, _):
            return 1 + INDEX * (len(letter) - 1 + len(label))
        case Under(body, label):
            return max(width(body), INDEX * len(label))
        case Power(base, exponent):
            return _inside(base) + INDEX * len(str(exponent))
        case Product(factors):
            dots = sum(isinstance(each, Num) for each in factors[1:])
            return sum(map(_inside, factors)) + 0.4 * len(factors) + 0.9 * dots
        case Quotient(top, bottom):
            return max(width(top), width(bottom)) + 0.5
        case Sum(terms):
            return sum(map(width, terms)) + SIGN * (len(terms) - 1)
        case Function(function, args):
            return len(function) + 2 + sum(map(width, args))


def height(form: Form) -> float:
    """About how many plain lines a formula takes, as a display sets it."""
    match form:
        case Under(body, _, _):
            return height(body) + 0.8
        case Quotient(top, bottom):
            return 0.9 * (height(top) + height(bottom))
        case Product(parts) | Sum(parts):
            return max(map(height, parts), default=1.0)
        case Power(base, _):
            return height(base)
        case Function(_, args):
            return max(map(height, args))
    return 1.0


def is_tall(form: Form) -> bool:
    """Whether something in the form is higher than a line of letters with indices."""
    match form:
        case Under(body, _, tone) if tone:  # its brace hangs below the line
            return is_tall(body)
        case Quotient() | Function() | Under():
            return True
        case Num(value):
            return Fraction(value).denominator != 1
        case Product(parts) | Sum(parts):
            return any(map(is_tall, parts))
        case Power(base, _):
            return is_tall(base)
    return False


def width_of_words(runs: Sequence[Run]) -> float:
    """The width of a reason, set smaller than the formula beside it."""
    return REASON * sum(map(_run, runs))


def _inside(form: Form) -> float:
    if not isinstance(form, Sum):
        return width(form)
    return width(form) + (2.0 if height(form) > 1 else 1.2)


def _run(run: Run) -> float:
    match run:
        case str():
            return len(run)
        case int() | Fraction():
            return len(str(run))
        case Code(text) | Name(text) | Strong(text):
            return len(text)
        case Cite(_, short):
            return len(short) + 2
        case Equal(left, right):
            return width(left) + width(right) + 3
        case Share():
            return 6
        case Value(number, _, otherwise):
            return len(otherwise if number is None else str(number))
        case Origin(text):
            return len(text)
        case Sentence(runs):
            return sum(map(_run, runs))
        case Matrices(shapes):
            return sum(width(rows) + width(columns) + 5 for rows, columns in shapes)
    return width(run)
