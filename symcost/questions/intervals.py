"""Which whole numbers satisfy a polynomial inequality: exactly, and for all of them at once.

Between two neighbouring roots of the derivative a polynomial is monotone, so one bisection on
whole numbers finds where its sign changes. The same is done for the derivative first.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly

# Whole numbers from the first to the last; None is without end.
Interval: TypeAlias = "tuple[int, int | None]"
EVERYWHERE: tuple[Interval, ...] = ((1, None),)


def not_negative(poly: Poly, by: Dim) -> tuple[Interval, ...]:
    """Where a Laurent polynomial in one symbol with numbers else is not negative, from 1 up."""
    return at_least_zero(_integers(poly, by))


def at_least_zero(coefficients: Sequence[int]) -> tuple[Interval, ...]:
    """The whole numbers x >= 1 where a_0 + a_1 x + ... is not negative, as disjoint intervals."""
    numbers = _trimmed(coefficients)
    if not numbers:
        return EVERYWHERE
    bound = _beyond(numbers)
    found: list[Interval] = []
    start: int | None = None
    at = 1
    # A cell [k, k + 1] may hold what it likes; between two cells the sign changes at most once.
    for stop in [*(k for k in _cells(numbers, bound) if k >= 1), bound]:
        for here in _sign_changes(numbers, at, max(at, stop)):
            if _value(numbers, here) >= 0:
                start = here if start is None else start
            elif start is not None:
                found.append((start, here - 1))
                start = None
        at = max(at, stop) + 1
    if start is not None:
        found.append((start, None if numbers[-1] > 0 else bound))
    return tuple(found)


def both(left: Sequence[Interval], right: Sequence[Interval]) -> tuple[Interval, ...]:
    """The whole numbers in both."""
    found = []
    for low, high in left:
        for other, end in right:
            start = max(low, other)
            ends = [each for each in (high, end) if each is not None]
            last = min(ends) if ends else None
            if last is None or start <= last:
                found.append((start, last))
    return tuple(sorted(found, key=lambda each: each[0]))


def joined(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """The union, neighbours made one."""
    found: list[Interval] = []
    for low, high in sorted(intervals, key=lambda each: each[0]):
        if found and (found[-1][1] is None or low <= found[-1][1] + 1):
            last = found[-1][1]
            end = None if last is None or high is None else max(last, high)
            found[-1] = (found[-1][0], end)
        else:
            found.append((low, high))
    return tuple(found)


def _integers(poly: Poly, by: Dim) -> list[int]:
    """Coefficients of the polynomial times a positive number and a power of the symbol."""
    powers = {p: Fraction(held.at({})) for p, held in poly.coefficients(by).items() if held}
    if not powers:
        return []
    least, most = min(powers), max(powers)
    scale = lcm(*(number.denominator for number in powers.values()))
    return [int(powers.get(p, Fraction(0)) * scale) for p in range(least, most + 1)]


def _trimmed(coefficients: Sequence[int]) -> list[int]:
    numbers = list(coefficients)
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _value(numbers: Sequence[int], x: int) -> int:
    total = 0
    for number in reversed(numbers):
        total = total * x + number
    return total


def _beyond(numbers: Sequence[int]) -> int:
    """A whole number that no root reaches (Cauchy's bound)."""
    return 2 + max(abs(each) for each in numbers) // abs(numbers[-1])


def _cells(numbers: Sequence[int], bound: int) -> list[int]:
    """Whole numbers k, in order: outside the cells [k, k + 1] the polynomial is never zero.

    Between the cells of the derivative it is monotone, so each stretch has at most one root.
    """
    if len(numbers) <= 1:
        return []
    derivative = [power * number for power, number in enumerate(numbers)][1:]
    inner = _cells(derivative, bound)
    found = set(inner)
    at = 0
    for stop in [*inner, bound]:
        if at < stop:
            low, high = at, stop
            first, last = _value(numbers, low), _value(numbers, high)
            if (first <= 0) != (last <= 0) or (first < 0) != (last < 0):
                found.update(_last_of_sign(numbers, low, high))
        at = max(at, stop + 1)
    return sorted(found)


def _last_of_sign(numbers: Sequence[int], low: int, high: int) -> set[int]:
    """The cells around the single root between two numbers of unlike sign."""
    first = _sign(_value(numbers, low))
    if first == 0:
        return {low}
    while high - low > 1:
        middle = (low + high) // 2
        if _sign(_value(numbers, middle)) == first:
            low = middle
        else:
            high = middle
    return {low, high}


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)


def _sign_changes(numbers: Sequence[int], low: int, high: int) -> list[int]:
    """The first number of each run of equal verdict in a stretch where it changes at most once."""
    first, last = (_value(numbers, each) >= 0 for each in (low, high))
    if first == last:
        return [low]
    start = low
    while high - low > 1:
        middle = (low + high) // 2
        if (_value(numbers, middle) >= 0) == first:
            low = middle
        else:
            high = middle
    return [start, high]
