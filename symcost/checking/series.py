"""Sums over an index: as often as the index has values, or the closed form of a power sum."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as every

from symcost.checking.bulk import deeper, more_nodes
from symcost.checking.tree import Add, Name, Node, Number, Over, Raised, Times, names_of

MOST_TERMS = 200
MOST_NODES = 5_000
MOST_IN_BOUNDS = 40
HIGHEST_POWER = 3
ONE = Number(Fraction(1))


class SeriesError(ValueError):
    """A sum whose terms change with the index in a way that has no closed form here."""


def series(index: str, first: Node, last: Node, body: Node) -> Node:
    """The sum of `body` for the index from `first` to `last`, both included.

    A term without the index counts last - first + 1 times; one with its first, second or third
    power is that power sum. Raises `SeriesError` for any other.
    """
    if any(map(deeper, (first, last, body))) or more_nodes(body, MOST_NODES):
        raise SeriesError("what is summed is too large")
    if more_nodes(first, MOST_IN_BOUNDS) or more_nodes(last, MOST_IN_BOUNDS):
        raise SeriesError("the bounds of a sum are too large")
    if index in (*names_of(first), *names_of(last)):
        raise SeriesError(f"the bounds of a sum change with {index}")
    terms = []
    for power, rest in _by_power(body, index):
        count = _difference(power, first, last)
        terms.append(count if rest == ONE else Times((count, rest)))
    found = terms[0] if len(terms) == 1 else Add(tuple(terms))
    if more_nodes(found, MOST_NODES):
        raise SeriesError("what is summed is too large")
    return found


def plus(node: Node, number: int | Fraction) -> Node:
    """The node and a number, gathered with the number that it ends with."""
    terms = _terms(node)
    if isinstance(terms[-1], Number):
        number, terms = terms[-1].value + number, terms[:-1]
        if not terms:
            return Number(Fraction(number))
    if number:
        terms = (*terms, Number(Fraction(number)))
    return terms[0] if len(terms) == 1 else Add(terms)


def _difference(power: int, first: Node, last: Node) -> Node:
    if power == 0:
        if first == ONE:
            return last
        if isinstance(first, Number) and first.value.denominator == 1:
            return plus(last, 1 - first.value.numerator)
        return Add((*_terms(last), Times((Number(Fraction(-1)), first)), ONE))
    upper = _power_sum(power, last)
    if first in (Number(Fraction(0)), ONE):
        return upper
    before = plus(first, -1)
    return Add((upper, Times((Number(Fraction(-1)), _power_sum(power, before)))))


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _power_sum(power: int, n: Node) -> Node:
    """1^p + 2^p + ... + n^p."""
    after = plus(n, 1)
    half = Over(Times((n, after)), Number(Fraction(2)))
    if power == 1:
        return half
    if power == 3:
        return Raised(half, 2)
    twice = Add((Times((Number(Fraction(2)), n)), ONE))
    return Over(Times((n, after, twice)), Number(Fraction(6)))


def _by_power(node: Node, index: str) -> list[tuple[int, Node]]:
    """The terms of a body, each as a power of the index and what stands beside it."""
    if index not in _touched(node, index):
        return [(0, node)]
    match node:
        case Name(text) if text == index:
            return [(1, ONE)]
        case Raised(Name(text), exponent) if text == index and 0 <= exponent <= HIGHEST_POWER:
            return [(exponent, ONE)]
        case Add(terms):
            return [each for term in terms for each in _by_power(term, index)]
        case Over(top, bottom) if index not in _touched(bottom, index):
            return [(power, Over(rest, bottom)) for power, rest in _by_power(top, index)]
        case Times(factors):
            return _multiplied([_by_power(each, index) for each in factors], index)
    raise SeriesError(f"a sum whose terms change with {index} is not read")


def _multiplied(parts: list[list[tuple[int, Node]]], index: str) -> list[tuple[int, Node]]:
    count = 1
    for part in parts:
        count *= len(part)
        if count > MOST_TERMS:
            raise SeriesError("a sum over an index with too many terms is not read")
    found = []
    for choice in every(*parts):
        power = sum(each for each, _ in choice)
        if power > HIGHEST_POWER:
            raise SeriesError(f"a sum of {index} to the power {power} is not read")
        rest = tuple(node for _, node in choice if node != ONE)
        found.append((power, ONE if not rest else rest[0] if len(rest) == 1 else Times(rest)))
    return found


def _touched(node: Node, index: str) -> set[str]:
    """The index, if it is a name in the node; refuses it below one: d_l is another d for each l."""
    names = names_of(node)
    for name in names:
        below = name.replace("-", "_").split("_")[1:]
        if any(index == part or (len(part) <= 2 and index in part) for part in below):
            raise SeriesError(f"a sum whose terms change with {index} is not read")
    return {index} & set(names)
