"""A closed form as whole-number arithmetic: what a program can run without ever rounding.

A form may divide on the way (`d/h`). `fraction` multiplies everything out first, so that what is
left is one whole number over another: sums, products, minima and maxima of whole numbers, floor
and ceil of one whole number over a positive one, and a single division at the very end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class DivisorError(ValueError):
    """A closed form that divides by something that may be zero or negative."""


@final
@dataclass(frozen=True)
class Const:
    """A whole number."""

    value: int


@final
@dataclass(frozen=True)
class Size:
    """A dimension: a whole number of at least 1."""

    dim: Dim


@final
@dataclass(frozen=True)
class Add:
    """The sum of terms."""

    terms: tuple[Whole, ...]


@final
@dataclass(frozen=True)
class Mul:
    """The product of factors; a number comes first."""

    factors: tuple[Whole, ...]


@final
@dataclass(frozen=True)
class Div:
    """`floor` or `ceil` of one whole number over a positive one."""

    way: str
    top: Whole
    bottom: Whole


@final
@dataclass(frozen=True)
class Pick:
    """`min` or `max` of whole numbers."""

    way: str
    args: tuple[Whole, ...]


Whole: TypeAlias = "Const | Size | Add | Mul | Div | Pick"
ONE = Const(1)


def times(factors: Iterable[Whole]) -> Whole:
    """A product: nested ones opened, all numbers gathered into one at the front."""
    number = 1
    rest: list[Whole] = []
    for factor in factors:
        for each in factor.factors if isinstance(factor, Mul) else (factor,):
            if isinstance(each, Const):
                number *= each.value
            else:
                rest.append(each)
    if number == 0 or not rest:
        return Const(number)
    if number != 1:
        rest.insert(0, Const(number))
    return rest[0] if len(rest) == 1 else Mul(tuple(rest))


def plus(terms: Iterable[Whole]) -> Whole:
    """A sum: nested ones opened, all numbers gathered into one at the end."""
    number = 0
    rest: list[Whole] = []
    for term in terms:
        for each in term.terms if isinstance(term, Add) else (term,):
            if isinstance(each, Const):
                number += each.value
            else:
                rest.append(each)
    if number or not rest:
        rest.append(Const(number))
    return rest[0] if len(rest) == 1 else Add(tuple(rest))


@final
@dataclass(frozen=True)
class Over:
    """`top` over `number` times the product of `factors`, each of them positive."""

    top: Whole
    number: int
    factors: tuple[Whole, ...]

    @property
    def bottom(self) -> Whole:
        """The divisor; 1 where nothing is divided."""
        return times((Const(self.number), *self.factors))


def fraction(form: Form) -> Over:
    """The form as one whole number over a positive one, equal to it at all sizes.

    Raises `DivisorError` where a divisor is not evidently positive.
    """
    match form:
        case Num(value):
            exact = Fraction(value)
            return Over(Const(exact.numerator), exact.denominator, ())
        case Sym(dim):
            return Over(Size(dim), 1, ())
        case Named(_, _, inner) | Under(inner, _):
            return fraction(inner)
        case Product(factors):
            return reduce(_product, map(fraction, factors))
        case Sum(terms):
            return _sum([fraction(term) for term in terms])
        case Power(base, exponent):
            held = fraction(base) if exponent >= 0 else _inverse(fraction(base), form)
            return reduce(_product, [held] * abs(exponent), Over(ONE, 1, ()))
        case Quotient(top, bottom):
            return _product(fraction(top), _inverse(fraction(bottom), form))
        case Function(way, args):
            return (
                Over(_call(way, [fraction(arg) for arg in args]), 1, ())
                if way
                in (
                    "floor",
                    "ceil",
                )
                else _pick(way, [fraction(arg) for arg in args])
            )


def _call(way: str, args: Sequence[Over]) -> Whole:
    (arg,) = args
    bottom = arg.bottom
    if bottom == ONE:
        return arg.top
    if isinstance(arg.top, Const) and isinstance(bottom, Const):
        down = arg.top.value // bottom.value
        return Const(down if way == "floor" else -(-arg.top.value // bottom.value))
    return Div(way, arg.top, bottom)


def _pick(way: str, args: Sequence[Over]) -> Over:
    """The least or greatest of fractions: all over one common positive bottom."""
    number, factors, tops = _common(args)
    if all(isinstance(top, Const) for top in tops):
        values = [top.value for top in tops if isinstance(top, Const)]
        return _lowest(Const(min(values) if way == "min" else max(values)), number, factors)
    return Over(tops[0] if len(tops) == 1 else Pick(way, tuple(tops)), number, factors)


def _product(left: Over, right: Over) -> Over:
    top = times((left.top, right.top))
    return _lowest(top, left.number * right.number, left.factors + right.factors)


def _lowest(top: Whole, number: int, factors: tuple[Whole, ...]) -> Over:
    """Numbers and equal factors above and below cancelled."""
    above = list(top.factors if isinstance(top, Mul) else (top,))
    left: list[Whole] = []
    for each in factors:
        if each in above:
            above.remove(each)
        else:
            left.append(each)
    if above and isinstance(above[0], Const):
        common = gcd(above[0].value, number)
        above[0], number = Const(above[0].value // common), number // common
    return Over(times(above), number, tuple(left))


def _sum(parts: Sequence[Over]) -> Over:
    number, factors, tops = _common(parts)
    return _lowest(plus(tops), number, factors)


def _common(parts: Sequence[Over]) -> tuple[int, tuple[Whole, ...], list[Whole]]:
    """The least common bottom as (number, factors), and every top over it."""
    number = lcm(*(part.number for part in parts))
    most: Counter[Whole] = Counter()
    for part in parts:
        most |= Counter(part.factors)
    tops: list[Whole] = []
    for part in parts:
        missing = most - Counter(part.factors)
        tops.append(times((Const(number // part.number), *missing.elements(), part.top)))
    return number, tuple(most.elements()), tops


def _inverse(held: Over, form: Form) -> Over:
    above = held.top.factors if isinstance(held.top, Mul) else (held.top,)
    numbers = [each.value for each in above if isinstance(each, Const)]
    factors = tuple(each for each in above if not isinstance(each, Const))
    number = reduce(lambda x, y: x * y, numbers, 1)
    if number == 0 or not all(map(positive, factors)):
        raise DivisorError(
            f"{people(form)} divides by what may be zero or negative: no program is written"
        )
    sign = -1 if number < 0 else 1
    return Over(times((Const(sign * held.number), *held.factors)), abs(number), factors)


def positive(node: Whole) -> bool:
    """Whether a whole number is at least 1 at all sizes, as far as can be seen."""
    match node:
        case Const(value):
            return value > 0
        case Size():
            return True
        case Add(terms):
            return any(map(positive, terms)) and all(map(natural, terms))
        case Mul(factors):
            return all(map(positive, factors))
        case Div(way, top, _):
            return way == "ceil" and positive(top)
        case Pick(way, args):
            return any(map(positive, args)) if way == "max" else all(map(positive, args))


def natural(node: Whole) -> bool:
    """Whether a whole number is at least 0 at all sizes, as far as can be seen."""
    match node:
        case Const(value):
            return value >= 0
        case Size():
            return True
        case Add(terms):
            # s - 1, s h - h: what is taken away is at most what stands there.
            return all(map(natural, terms)) or _covers(terms)
        case Mul(factors):
            return all(map(natural, factors))
        case Div(_, top, _):
            return natural(top)
        case Pick(way, args):
            return any(map(natural, args)) if way == "max" else all(map(natural, args))


def _covers(terms: Sequence[Whole]) -> bool:
    """Whether the one number taken away is at most the least sum of the rest, sizes being 1."""
    numbers = [each.value for each in terms if isinstance(each, Const)]
    rest = [each for each in terms if not isinstance(each, Const)]
    return all(map(positive, rest)) and sum(numbers) + len(rest) >= 0


def sizes_of(node: Whole) -> tuple[Dim, ...]:
    """The dimensions of a tree, in the order of a product."""
    found: set[Dim] = set()
    _collect(node, found)
    return tuple(sorted(found, key=lambda each: each.key))


def _collect(node: Whole, found: set[Dim]) -> None:
    match node:
        case Size(dim):
            found.add(dim)
        case Add(parts) | Mul(parts) | Pick(_, parts):
            for part in parts:
                _collect(part, found)
        case Div(_, top, bottom):
            _collect(top, found)
            _collect(bottom, found)
        case Const():
            pass


def majorant(node: Whole) -> Whole:
    """A sum of positive things that no value on the way to this number exceeds.

    Sizes are at least 1, so it grows with each of them: at the largest sizes it bounds all
    intermediate values, whatever the order of the additions and multiplications.
    """
    match node:
        case Const(value):
            return Const(max(1, abs(value)))
        case Size():
            return node
        case Add(terms):
            return plus(map(majorant, terms))
        case Mul(factors):
            return times(map(majorant, factors))
        case Div(_, top, bottom):
            return plus((majorant(top), majorant(bottom)))
        case Pick(_, args):
            return plus(map(majorant, args))
