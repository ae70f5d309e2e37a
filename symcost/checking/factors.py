"""A factor taken apart: into its number and sizes, and into the errors that it may be made of."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE = Fraction(1)
Some = tuple[Fraction, tuple[Ratio, ...], tuple[Ratio, ...]]


def partitions(
    number: Fraction, ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]
) -> Iterator[tuple[Some, ...]]:
    """Ways to take a factor for several errors: as one, sizes paired up, the number by itself."""
    yield ((number, ups, downs),)
    if len(ups) + len(downs) > 5:
        return
    numbers = list(_numbers(number))
    if ups or downs:
        for alone in numbers:
            if alone:
                yield (*alone, (ONE, ups, downs))
            for paired in (*_pairings(ups, downs), *_one_apart(ups, downs)):
                if len(paired) + len(alone) > 1:
                    yield (*paired, *alone)
        return
    yield from (each for each in numbers if len(each) > 1)


def _numbers(number: Fraction) -> Iterator[tuple[Some, ...]]:
    """A number as one error, or as two: 4 is bits for bytes and a half."""
    if number == 1:
        yield ()
        return
    yield ((number, (), ()),)
    for one in (Fraction(8), Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3)):
        if number / one not in (1, one):
            yield ((one, (), ()), (number / one, (), ()))


def _one_apart(ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]) -> Iterator[tuple[Some, ...]]:
    """One size by itself, the others together."""
    if len(ups) + len(downs) < 3:
        return
    for at, each in enumerate(ups):
        yield ((ONE, (each,), ()), (ONE, (*ups[:at], *ups[at + 1 :]), downs))
    for at, each in enumerate(downs):
        yield ((ONE, (), (each,)), (ONE, ups, (*downs[:at], *downs[at + 1 :])))


def _pairings(ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]) -> Iterator[tuple[Some, ...]]:
    one = Fraction(1)
    if not ups:
        yield tuple((one, (), (each,)) for each in downs)
        return
    first, rest = ups[0], ups[1:]
    for at, below in enumerate(downs):
        for others in _pairings(rest, (*downs[:at], *downs[at + 1 :])):
            yield ((one, (first,), (below,)), *others)
    for others in _pairings(rest, downs):
        yield ((one, (first,), ()), *others)


def taken_apart(factor: Ratio) -> tuple[Fraction, tuple[Ratio, ...], tuple[Ratio, ...]]:
    """A factor as an exact number, and sizes above and below the bar."""
    number = Fraction(1)
    ups: list[Ratio] = []
    downs: list[Ratio] = []
    for poly, above, below in ((factor.top, ups, downs), (factor.bottom, downs, ups)):
        if len(poly.terms) != 1:
            above.append(Ratio.of(poly))
            continue
        ((monomial, coefficient),) = poly.terms.items()
        number = number * coefficient if above is ups else number / coefficient
        for atom, power in monomial:
            (above if power > 0 else below).extend([Ratio.of(Poly.of(atom))] * abs(power))
    return Fraction(number), tuple(ups), tuple(downs)
