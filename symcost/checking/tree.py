"""What a formula says, before anybody knows what its letters mean.

A tree of numbers, names and operations, as the writer put them. `python` echoes it; `meaning` is
its normal form once every name stands for something.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.poly import Poly, called
from symcost.algebra.ratio import Ratio

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
    """floor, ceil, min, max or mod of some arguments."""

    function: str
    args: tuple[Node, ...]


Node: TypeAlias = "Number | Name | Add | Times | Over | Raised | Apply"

FUNCTIONS = ("floor", "ceil", "min", "max", "mod")


def names_of(node: Node) -> tuple[str, ...]:
    """Every name in the formula, once, in the order of first sight."""
    return tuple(dict.fromkeys(_names(node)))


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name(text):
            yield text
        case Add(parts) | Times(parts) | Apply(_, parts):
            for part in parts:
                yield from _names(part)
        case Over(top, bottom):
            yield from _names(top)
            yield from _names(bottom)
        case Raised(base, _):
            yield from _names(base)


def meaning(node: Node, stands_for: Callable[[str], Poly]) -> Ratio:
    """The normal form, each name taken for what it stands for.

    Raises `ValueError` for floor, ceil, min, max or mod of a fraction with a sum below the bar.
    """
    match node:
        case Number(value):
            return Ratio.of(value)
        case Name(text):
            return Ratio.of(stands_for(text))
        case Add(terms):
            return reduce(lambda x, y: x + y, (meaning(each, stands_for) for each in terms))
        case Times(factors):
            return reduce(lambda x, y: x * y, (meaning(each, stands_for) for each in factors))
        case Over(top, bottom):
            below = meaning(bottom, stands_for)
            if not below.top:
                raise ValueError("the formula divides by zero")
            return meaning(top, stands_for) / below
        case Raised(base, exponent):
            return meaning(base, stands_for) ** exponent
        case Apply(function, args):
            found = [meaning(each, stands_for).poly for each in args]
            polys = [each for each in found if each is not None]
            if len(polys) < len(found):
                raise ValueError(f"{function} of a fraction with a sum below the bar is not read")
            if function == "mod":  # a mod b = a - b floor(a/b)
                left, right = polys
                return Ratio.of(left - right * Poly.of(called("floor", [left / right])))
            return Ratio.of(called(function, polys))


def python(node: Node) -> str:
    """The formula as Python writes it, so that everybody sees how it was read."""
    return _written(node)[0]


SUM, PRODUCT, POWER, ATOM = range(4)


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Number(value):
            if value.denominator != 1:
                return f"{value.numerator}/{value.denominator}", PRODUCT
            return str(value.numerator), ATOM if value >= 0 else SUM
        case Name(text):
            return text, ATOM
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
        case Apply(function, args):
            return f"{function}({', '.join(map(python, args))})", ATOM


def _inside(node: Node, least: int) -> str:
    text, level = _written(node)
    return text if level >= least else f"({text})"
