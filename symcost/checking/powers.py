"""2^n and its like: a whole number to the power of a size, exactly, so that 4^(n-1) is (2^n)^2/4.

The base is taken apart into primes; each prime to the power of each size is a symbol of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import Dim, power_of, powered
from symcost.algebra.poly import ONE, Poly
from symcost.algebra.ratio import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST_BASE = 10**6
LARGEST_FACTOR = 64  # of a size in an exponent
LONGEST_POWER = 10_000  # bits


def raised(base: int, exponent: Ratio) -> Ratio:
    """base^exponent, for an exponent that is a sum of sizes with whole factors and a whole number.

    Raises `ValueError` for any other, and for what would be too large.
    """
    if not 1 <= base <= LARGEST_BASE:
        raise ValueError(f"a power of {base} with a size above is not read")
    found = exponent.poly
    if found is None:
        raise ValueError("an exponent with a sum below the bar is not read")
    result = Poly.of(1)
    for monomial, number in found.terms.items():
        if not isinstance(number, int):
            raise ValueError("an exponent with a broken number is not read")
        if monomial == ONE:
            result = result * whole_power(base, number)
            continue
        ((atom, power), *others) = monomial
        if others or power != 1 or not isinstance(atom, Dim) or abs(number) > LARGEST_FACTOR:
            raise ValueError("an exponent that is no sum of sizes is not read")
        for prime, times in _primes(base):
            result = result * Poly.of(powered(prime, atom)) ** (times * number)
    return Ratio.of(result)


def whole_power(base: int, exponent: int) -> Poly:
    """base^exponent of two whole numbers; `ValueError` where that is too long to write down."""
    if base.bit_length() * abs(exponent) > LONGEST_POWER:
        raise ValueError(f"the exponent {exponent} is too large")
    return Poly.of(base) ** exponent


def with_powers(value: Poly | Ratio, values: Mapping[Dim, int]) -> dict[Dim, int]:
    """The values, and those of every 2^n in `value` whose n has one: what `at` wants.

    Raises `ValueError` where a power is too large.
    """
    found = dict(values)
    for each in value.dims():
        power = power_of(each)
        if power is None or each in found or power[1] not in values:
            continue
        base, exponent = power[0], values[power[1]]
        if base.bit_length() * exponent > LONGEST_POWER:
            raise ValueError(f"{each.symbol} is too large for {power[1].symbol} = {exponent}")
        found[each] = base**exponent
    return found


def _primes(number: int) -> Iterator[tuple[int, int]]:
    """The primes of a number, each with how often it divides."""
    prime = 2
    while number > 1:
        if prime * prime > number:
            prime = number
        times = 0
        while number % prime == 0:
            number //= prime
            times += 1
        if times:
            yield prime, times
        prime += 1
