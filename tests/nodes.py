"""A second reading of a formula's tree, in plain fractions: what the tests hold the readers to."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, prod
from typing import TYPE_CHECKING

from symcost.checking.tree import Add, Apply, Name, Node, Number, Over, Raised, Times

if TYPE_CHECKING:
    from collections.abc import Mapping


def value(node: Node, names: Mapping[str, int | Fraction]) -> Fraction:
    """What the tree is worth where every name has a value."""
    match node:
        case Number(number):
            return number
        case Name(text):
            return Fraction(names[text])
        case Add(terms):
            return sum((value(each, names) for each in terms), Fraction(0))
        case Times(factors):
            return prod((value(each, names) for each in factors), start=Fraction(1))
        case Over(top, bottom):
            return value(top, names) / value(bottom, names)
        case Raised(base, exponent):
            return value(base, names) ** exponent
        case Apply(function, args):
            return _applied(function, [value(each, names) for each in args])
    raise AssertionError(node)


def _applied(function: str, args: list[Fraction]) -> Fraction:
    if function in ("min", "max"):
        return min(args) if function == "min" else max(args)
    if function == "mod":
        return args[0] % args[1]
    if function == "power":
        assert args[1].denominator == 1
        return args[0] ** args[1].numerator
    (only,) = args
    return Fraction(floor(only) if function == "floor" else ceil(only))
