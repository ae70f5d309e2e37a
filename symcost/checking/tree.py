"""What a formula says, before anybody knows what its letters mean.

A tree of numbers, names and operations, as the writer put them. `python` echoes it; `meaning` is
its normal form once every name stands for something.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import power_of
from symcost.algebra.form import (
    Form,
    Function,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    term_form,
)
from symcost.algebra.form import meaning as form_meaning
from symcost.algebra.poly import Monomial, Poly, called
from symcost.algebra.ratio import Ratio
from symcost.checking.powers import raised
from symcost.checking.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@final
@dataclass(frozen=True)
class Number:
    """An exact number; a decimal fraction is the fraction it says."""

    value: Fraction


@final
@dataclass(frozen=True)
class Name:
    """A name as it was written: d_model, n_head, N_non-emb."""

    text: str


@final
@dataclass(frozen=True)
class Add:
    """Terms; a subtracted one is a product with -1."""

    terms: tuple[Node, ...]


@final
@dataclass(frozen=True)
class Times:
    """Factors in the order of the writer."""

    factors: tuple[Node, ...]


@final
@dataclass(frozen=True)
class Over:
    """One node divided by another."""

    top: Node
    bottom: Node


@final
@dataclass(frozen=True)
class Raised:
    """A base with a whole exponent."""

    base: Node
    exponent: int


@final
@dataclass(frozen=True)
class Apply:
    """floor, ceil, min, max or mod of some arguments; power of a whole number and an exponent."""

    function: str
    args: tuple[Node, ...]


Node: TypeAlias = "Number | Name | Add | Times | Over | Raised | Apply"

FUNCTIONS = ("floor", "ceil", "min", "max", "mod", "power")


def parts_of(node: Node) -> tuple[Node, ...]:
    """What a node is made of, from left to right; an exponent is a number, no part."""
    match node:
        case Add(parts) | Times(parts) | Apply(_, parts):
            return parts
        case Over(top, bottom):
            return top, bottom
        case Raised(base, _):
            return (base,)
    return ()


def inner_nodes(node: Node) -> Iterator[Node]:
    """A node and everything inside it, from left to right."""
    yield node
    for each in parts_of(node):
        yield from inner_nodes(each)


def exchanged(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The formula with parts exchanged, from left to right.

    What `change` answers stands in place of a part; where it answers None the part stays, and the
    parts inside it are asked.
    """
    changed = change(node)
    if changed is not None:
        return changed
    inside = tuple(exchanged(each, change) for each in parts_of(node))
    match node:
        case Add():
            return Add(inside)
        case Times():
            return Times(inside)
        case Apply(function, _):
            return Apply(function, inside)
        case Over():
            return Over(inside[0], inside[1])
        case Raised(_, exponent):
            return Raised(inside[0], exponent)
    return node


def names_of(node: Node) -> tuple[str, ...]:
    """Every name in the formula, once, in the order of first sight."""
    return tuple(dict.fromkeys(each.text for each in inner_nodes(node) if isinstance(each, Name)))


def meaning(node: Node, stands_for: Callable[[str], Poly | Ratio]) -> Ratio:
    """The normal form, each name taken for what it stands for.

    Raises `ValueError` for floor, ceil, min, max or mod of a fraction with a sum below the bar, and
    for a power whose exponent is not linear.
    """
    match node:
        case Number(value):
            return Ratio.of(value)
        case Name(text):
            return Ratio.of(stands_for(text))
        case Add(terms):
            return _summed([meaning(each, stands_for) for each in terms])
        case Times(factors):
            return reduce(lambda x, y: x * y, (meaning(each, stands_for) for each in factors))
        case Over(top, bottom):
            below = meaning(bottom, stands_for)
            if not below.top:
                raise ValueError("the formula divides by zero")
            return meaning(top, stands_for) / below
        case Raised(base, exponent):
            raised_one = meaning(base, stands_for)
            if exponent < 0 and not raised_one:
                raise ValueError("the formula divides by zero")
            return raised_one**exponent
        case Apply("power", (base, above)):
            return raised(_whole(base), meaning(above, stands_for))
        case Apply(function, args):
            found = [meaning(each, stands_for).poly for each in args]
            polys = [each for each in found if each is not None]
            if len(polys) < len(found):
                raise ValueError(f"{function} of a fraction with a sum below the bar is not read")
            if function == "mod":  # a mod b = a - b floor(a/b)
                left, right = polys
                if len(right.terms) != 1:
                    raise ValueError("mod of a sum, or of zero, is not read")
                return Ratio.of(left - right * rounded("floor", left / right))
            if function in ("floor", "ceil"):
                return Ratio.of(rounded(function, polys[0]))
            return Ratio.of(called(function, polys))


def _summed(parts: list[Ratio]) -> Ratio:
    """The sum, polynomials gathered at once."""
    terms: dict[Monomial, Fraction | int] = {}
    rest: list[Ratio] = []
    for part in parts:
        if part.poly is None:
            rest.append(part)
            continue
        for monomial, number in part.poly.terms.items():
            terms[monomial] = terms.get(monomial, 0) + number
    return reduce(lambda x, y: x + y, rest, Ratio.of(Poly(terms)))


def _whole(base: Node) -> int:
    if not isinstance(base, Number) or base.value.denominator != 1:
        raise ValueError("only a whole number can have a size above it")
    return base.value.numerator


def to_form(node: Node, stands_for: Callable[[str], Form]) -> Form:
    """The formula for the printers, terms and factors as the writer put them.

    It means what the node means where each form means what the name stands for. Raises `ValueError`
    where `meaning` does.
    """
    match node:
        case Number(value):
            return _number_form(value)
        case Name(text):
            return stands_for(text)
        case Add(terms):
            return Sum(tuple(to_form(each, stands_for) for each in terms))
        case Times(factors):
            return Product(tuple(to_form(each, stands_for) for each in factors))
        case Over(top, bottom):
            return Quotient(to_form(top, stands_for), to_form(bottom, stands_for))
        case Raised(base, exponent):
            return _bracketed(Power(to_form(base, stands_for), exponent))
        case Apply("power", (base, above)):
            return _power_form(_whole(base), above, stands_for)
        case Apply("mod", (left, right)):  # a mod b = a - b floor(a/b)
            one, other = to_form(left, stands_for), to_form(right, stands_for)
            rounded = Function("floor", (Quotient(one, other),))
            return Sum((one, Product((Num(-1), other, rounded))))
        case Apply(function, args):
            return Function(function, tuple(to_form(each, stands_for) for each in args))


def _number_form(value: Fraction) -> Form:
    if value.denominator == 1:
        return Num(value.numerator)
    return Quotient(Num(value.numerator), Num(value.denominator))


def _power_form(base: int, above: Node, stands_for: Callable[[str], Form]) -> Form:
    """2^n as the printers know it: no form has a symbol above, but such a power is a symbol."""
    exponent = form_meaning(to_form(above, stands_for))
    found = raised(base, exponent).poly
    assert found is not None  # a power is a single term
    ((monomial, number),) = found.terms.items()
    return _bracketed(term_form(monomial, number))


def _bracketed(form: Form) -> Form:
    """Powers of 2^n with brackets around 2^n."""
    match form:
        case Power(Sym() as base, exponent) if power_of(base.dim) is not None:
            return Power(Product((base,)), exponent)
        case Product(factors):
            return Product(tuple(map(_bracketed, factors)))
        case Quotient(top, bottom):
            return Quotient(_bracketed(top), _bracketed(bottom))
    return form


def python(node: Node) -> str:
    """The formula as Python writes it, so that everybody sees how it was read."""
    return _written(node)[0]


SUM, PRODUCT, POWER, ATOM = range(4)


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            if value.denominator != 1:
                shown = f"{value.numerator}/{value.denominator}"
                return shown, PRODUCT if value >= 0 else SUM
            return str(value.numerator), ATOM if value >= 0 else SUM
        case Name(text):
            return text.replace("-", "_"), ATOM
        case Add(terms):
            shown = _inside(terms[0], SUM)
            for term in terms[1:]:
                minus = isinstance(term, Times) and term.factors[0] == Number(Fraction(-1))
                if isinstance(term, Number) and term.value < 0:
                    shown += f" - {_inside(Number(-term.value), PRODUCT)}"
                elif minus and isinstance(term, Times):
                    rest = term.factors[1:]
                    left = rest[0] if len(rest) == 1 else Times(rest)
                    shown += f" - {_inside(left, PRODUCT)}"
                else:
                    shown += f" + {_inside(term, PRODUCT)}"
            return shown, SUM
        case Times(factors):
            if factors[0] == Number(Fraction(-1)) and len(factors) > 1:
                rest = factors[1:]
                return f"-{_inside(rest[0] if len(rest) == 1 else Times(rest), PRODUCT)}", SUM
            return "*".join(_inside(each, POWER) for each in factors), PRODUCT
        case Over(top, bottom):
            return f"{_inside(top, PRODUCT)}/{_inside(bottom, POWER)}", PRODUCT
        case Raised(base, exponent):
            return f"{_inside(base, ATOM)}**{exponent}", POWER
        case Apply("power", (base, above)):
            return f"{_inside(base, ATOM)}**{_inside(above, ATOM)}", POWER
        case Apply("mod", (left, right)):
            return f"({_inside(left, PRODUCT)} % {_inside(right, POWER)})", ATOM
        case Apply(function, args):
            return f"{function}({', '.join(map(python, args))})", ATOM


def _inside(node: Node, least: int) -> str:
    text, level = _written(node)
    return text if level >= least else f"({text})"
