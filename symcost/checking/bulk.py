"""How large a formula would become if it were multiplied out, told before anybody does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb
from typing import TYPE_CHECKING, final

from symcost.checking.tree import Add, Apply, Name, Node, Number, Over, Raised, Times, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TERMS = 20_000
MOST_DIGITS_MADE = 4_000  # of all numbers together, and of exponents
DEEPEST_TREE = 120
DEEPEST_ROUNDING = 8
CAP = 10**9  # nothing above is told apart


@final
@dataclass(frozen=True)
class Bulk:
    """Bounds: terms above and below the bar, digits of numbers, most terms anywhere inside.

    `rounded` is how deep floor, ceil, min, max and % stand in each other.
    """

    top: int
    bottom: int
    digits: int
    most: int
    rounded: int = 0


def bulk(node: Node) -> Bulk:
    """The bounds of a tree that is not deeper than `DEEPEST_TREE`."""
    match node:
        case Number(value):
            return _bulk(1, 1, len(str(value.numerator)) + len(str(value.denominator)) - 1)
        case Name():
            return _bulk(1, 1, 1)
        case Add(terms):
            return _sum([bulk(each) for each in terms])
        case Times(factors):
            parts = [bulk(each) for each in factors]
            top = bottom = 1
            for part in parts:
                top, bottom = min(CAP, top * part.top), min(CAP, bottom * part.bottom)
            return _bulk(top, bottom, sum(part.digits for part in parts), parts)
        case Over(above, below):
            one, other = bulk(above), bulk(below)
            top, bottom = one.top * other.bottom, one.bottom * other.top
            return _bulk(top, bottom, one.digits + other.digits, (one, other))
        case Raised(base, exponent):
            inner, times = bulk(base), abs(exponent)
            top, bottom = _power(inner.top, times), _power(inner.bottom, times)
            if exponent < 0:
                top, bottom = bottom, top
            digits = times * (inner.digits + len(str(inner.top)) + len(str(inner.bottom)) - 2)
            return _bulk(top, bottom, max(1, digits), (inner,))
        case Apply("power", (base, above)):
            return _bulk(1, 1, bulk(base).digits * bulk(above).digits)
        case Apply(function, args):
            parts = [bulk(each) for each in args]
            top = sum(part.top for part in parts) if function == "mod" else 1
            made = _bulk(top, 1, sum(part.digits for part in parts), parts)
            return replace(made, rounded=made.rounded + 1)


def _bulk(top: int, bottom: int, digits: int, inside: Sequence[Bulk] = ()) -> Bulk:
    top, bottom, digits = min(CAP, top), min(CAP, bottom), min(CAP, digits)
    most = max(top, bottom, *(part.most for part in inside))
    return Bulk(top, bottom, digits, most, max((part.rounded for part in inside), default=0))


def _sum(parts: list[Bulk]) -> Bulk:
    top, bottom = parts[0].top, parts[0].bottom
    for part in parts[1:]:
        top = min(CAP, top * part.bottom + part.top * bottom)
        bottom = min(CAP, bottom * part.bottom)
    return _bulk(top, bottom, sum(part.digits for part in parts), parts)


def _power(terms: int, times: int) -> int:
    return 1 if terms == 1 else min(CAP, comb(times + min(terms, CAP) - 1, times))


def size(node: Node) -> int:
    """How many terms a formula has at most when it is multiplied out, or digits, whichever more."""
    found = bulk(node)
    return max(found.most, found.digits)


def too_large(node: Node) -> str:
    """What is too large about a tree, "" where nothing is."""
    if deeper(node):
        return "brackets and quotients stand too deep in each other"
    found = bulk(node)
    if found.most > MOST_TERMS:
        return f"multiplied out, this has more than {MOST_TERMS} terms"
    if found.digits > MOST_DIGITS_MADE:
        return f"multiplied out, this has more than {MOST_DIGITS_MADE} digits"
    if found.rounded > DEEPEST_ROUNDING:
        return "floor, ceil, min, max and % stand too deep in each other"
    return ""


def more_nodes(node: Node, most: int) -> bool:
    """Whether the tree has more nodes than `most`; one that stands in it twice counts twice."""
    left, count = [node], 0
    while left:
        count += 1
        if count > most:
            return True
        left.extend(parts_of(left.pop()))
    return False


def deeper(node: Node) -> bool:
    """Whether the tree is too deep to walk; found without recursion."""
    left = [(node, 1)]
    while left:
        each, depth = left.pop()
        if depth > DEEPEST_TREE:
            return True
        left.extend((part, depth + 1) for part in parts_of(each))
    return False
