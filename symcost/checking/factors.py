"""A factor taken apart: into its number and sizes, and into the errors that it may be made of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, final

from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.mistakes import Look, Mistake, like, mistake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tagged = tuple[Ratio, str]

ONE = Fraction(1)
TWICE = (Fraction(8), Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3))
BINARY = {Fraction(1024, 1000) ** power for power in (-4, -3, -2, -1, 1, 2, 3, 4)}
HEADS = {"heads", "groups"}
BESIDE = 2  # an error more costs so much beside what it is
Size = TypeVar("Size")  # the sizes of a factor, in whatever form
Some = tuple[Fraction, tuple[Size, ...], tuple[Size, ...]]


def partitions(
    number: Fraction, ups: tuple[Size, ...], downs: tuple[Size, ...]
) -> Iterator[tuple[Some[Size], ...]]:
    """Ways to take a factor for several errors: as one, sizes paired up, the number by itself.

    What stands in several of them is one object.
    """
    yield ((number, ups, downs),)
    if len(ups) + len(downs) > 5:
        return
    numbers: tuple[tuple[Some[Size], ...], ...] = _numbers(number)
    if ups or downs:
        together: Some[Size] = (ONE, ups, downs)
        pairs = [*_pairings(ups, downs), *_one_apart(ups, downs)]
        for alone in numbers:
            if alone:
                yield (*alone, together)
            for paired in pairs:
                if len(paired) + len(alone) > 1:
                    yield (*paired, *alone)
        return
    yield from (each for each in numbers if len(each) > 1)


@lru_cache(maxsize=1_000)
def _numbers(number: Fraction) -> tuple[tuple[Some[Any], ...], ...]:
    """A number as one error, or as two: 4 is bits for bytes and a half."""
    if number == 1:
        return ((),)
    pairs = [(one, number / one) for one in TWICE]
    two = (((one, (), ()), (rest, (), ())) for one, rest in pairs if rest not in (1, one))
    return (((number, (), ()),), *two)


def _one_apart(ups: tuple[Size, ...], downs: tuple[Size, ...]) -> Iterator[tuple[Some[Size], ...]]:
    """One size by itself, the others together."""
    if len(ups) + len(downs) < 3:
        return
    for at, each in enumerate(ups):
        yield ((ONE, (each,), ()), (ONE, (*ups[:at], *ups[at + 1 :]), downs))
    for at, each in enumerate(downs):
        yield ((ONE, (), (each,)), (ONE, ups, (*downs[:at], *downs[at + 1 :])))


def _pairings(ups: tuple[Size, ...], downs: tuple[Size, ...]) -> Iterator[tuple[Some[Size], ...]]:
    """Each size above with one below, or by itself."""
    if not ups:
        yield tuple((ONE, (), (each,)) for each in downs)
        return
    first, rest = ups[0], ups[1:]
    for at, below in enumerate(downs):
        for others in _pairings(rest, (*downs[:at], *downs[at + 1 :])):
            yield ((ONE, (first,), (below,)), *others)
    for others in _pairings(rest, downs):
        yield ((ONE, (first,), ()), *others)


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


@final
@dataclass(frozen=True, eq=False)
class Kind:
    """What a part of a factor is: `entries` are what it may be called, the least cost first.

    `sure` names it whatever the terms are.
    """

    entries: tuple[Mistake, ...]
    sure: Mistake | None = None

    @property
    def least(self) -> int | None:
        """The least that it may cost; None where nothing names it."""
        if self.sure is not None:
            return self.sure.cost
        return self.entries[0].cost if self.entries else None


@final
@dataclass(frozen=True, eq=False)
class Bit:
    """A part of a factor that may be an error by itself."""

    kind: Kind
    number: Fraction
    ups: tuple[Ratio, ...]
    downs: tuple[Ratio, ...]


@final
@dataclass(frozen=True, eq=False)
class Taken:
    """A factor taken apart.

    `options` are the ways to take it for several errors, each with the least that these may cost.
    `squares`: one size squared over another; `heads`: its sizes are counts of heads.
    """

    number: Fraction
    ups: tuple[Ratio, ...]
    downs: tuple[Ratio, ...]
    options: tuple[tuple[int, tuple[Bit, ...]], ...]
    squares: bool
    heads: bool


@final
class Factors:
    """Takes factors apart, each once."""

    def __init__(self, tag: Callable[[Ratio], str]) -> None:
        self._tag = tag
        self._taken: dict[object, Taken] = {}
        self._kinds: dict[object, Kind] = {}

    def taken(self, factor: Ratio) -> Taken:
        """A factor taken apart."""
        # In the order in which it is written: what is shown of it is written so too.
        written = tuple(factor.top.terms), tuple(factor.bottom.terms)
        key = factor.top, factor.bottom, written
        found = self._taken.get(key)
        if found is None:
            found = self._taken[key] = self._apart(factor)
        return found

    def _apart(self, factor: Ratio) -> Taken:
        number, ups, downs = taken_apart(factor)
        above = tuple((each, self._tag(each)) for each in ups)
        below = tuple((each, self._tag(each)) for each in downs)
        ways = list(partitions(number, above, below))
        bits: dict[int, Bit] = {}  # by the identity of a part, which stands in several ways
        options = []
        for way in ways:
            for part in way:
                if id(part) not in bits:
                    bits[id(part)] = self._bit(*part)
            option = tuple(bits[id(part)] for part in way)
            costs = [each.kind.least for each in option]
            if None not in costs:
                known = [each for each in costs if each is not None]
                options.append((sum(known) + BESIDE * (len(option) - 1), option))
        squares = len(ups) == len(downs) == 2 and ups[0] == ups[1] and downs[0] == downs[1]
        heads = {tag for _, tag in (*above, *below)} == HEADS
        return Taken(number, ups, downs, tuple(options), squares and number == 1, heads)

    def _bit(self, number: Fraction, ups: tuple[Tagged, ...], downs: tuple[Tagged, ...]) -> Bit:
        above, below = tuple(tag for _, tag in ups), tuple(tag for _, tag in downs)
        key = number.numerator, number.denominator, above, below
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _kind(number, above, below)
        return Bit(
            kind, number, tuple(value for value, _ in ups), tuple(value for value, _ in downs)
        )


def _kind(number: Fraction, ups: tuple[str, ...], downs: tuple[str, ...]) -> Kind:
    if number in BINARY and not ups and not downs:
        return Kind((), mistake("binary_for_decimal"))
    return Kind(like(Look("scale", number, ups, downs)))
