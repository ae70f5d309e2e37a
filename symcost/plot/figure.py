"""A figure as data: exact numbers, words, and where one thing overtakes another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Okabe and Ito 2008, Color Universal Design: told apart with every common kind of colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
REST = "#999999"
MOST = len(COLOURS)
WIDEST = 80  # characters that fit below the axis, with gaps


class PlotError(ValueError):
    """A figure that cannot be drawn. The message says what to write instead."""


@final
@dataclass(frozen=True)
class Series:
    """One component: its exact values over the places of the figure."""

    label: str
    colour: str
    values: tuple[Fraction, ...]


@final
@dataclass(frozen=True)
class Mark:
    """A place on the axis where something changes, and what."""

    at: int
    text: str


@final
@dataclass(frozen=True)
class Figure:
    """Series over whole numbers. `stacked`: shares of a whole, as areas; otherwise lines.

    The axis below is logarithmic where `log_x` is set, the one beside it where the series are not
    stacked. `thousands` stands in the numbers of the axis below that have `least` digits or more.
    """

    title: str
    below: str
    beside: str
    places: tuple[int, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...]
    notes: tuple[str, ...]
    stacked: bool = True
    log_x: bool = True
    thousands: str = ","
    least: int = 4

    def across(self, place: int) -> Fraction:
        """A place as a part of the width, rounded for display to 1/100,000."""
        first, last = self.places[0], self.places[-1]
        if not self.log_x:
            return Fraction(place - first, last - first)
        part = (math.log(place) - math.log(first)) / (math.log(last) - math.log(first))
        return Fraction(round(part * 100_000), 100_000)

    def reach(self) -> tuple[int, int]:
        """The powers of ten that the values lie between (lines only)."""
        positive = [value for each in self.series for value in each.values if value > 0]
        return power_below(min(positive)), -power_below(1 / max(positive))

    def up(self, value: Fraction) -> Fraction:
        """A value as a part of the height, rounded for display where the axis is logarithmic."""
        if self.stacked:
            return value
        low, high = self.reach()
        # log10 of a ratio of whole numbers, which may be too large for a float by themselves.
        power = math.log10(value.numerator) - math.log10(value.denominator)
        return Fraction(round((power - low) / max(high - low, 1) * 100_000), 100_000)

    def layers(self) -> Iterator[tuple[Series, tuple[Fraction, ...], tuple[Fraction, ...]]]:
        """Stacked series from below, each with its lower and its upper edge."""
        lower = tuple(Fraction(0) for _ in self.places)
        for each in self.series:
            upper = tuple(x + y for x, y in zip(lower, each.values, strict=True))
            yield each, lower, upper
            lower = upper

    def curves(self) -> list[tuple[Series, list[tuple[int, str]]]]:
        """Each series as places and rounded values: per cent of a whole, or what is above zero."""
        factor, digits = (100, 4) if self.stacked else (1, 0)
        return [
            (
                each,
                [
                    (place, decimal(factor * value, digits))
                    for place, value in zip(self.places, each.values, strict=True)
                    if self.stacked or value > 0
                ],
            )
            for each in self.series
        ]

    def ticks(self, room: int = WIDEST) -> list[tuple[int, str]]:
        """Places with a number below the axis, which holds about `room` characters."""
        first, last = self.places[0], self.places[-1]
        if self.log_x:
            for base in (2, 4, 10, 100):
                found = [n for n in _powers(base, last) if n >= first]
                shown = [(n, self._number(n)) for n in found]
                if len(found) >= 3 and sum(len(label) + 2 for _, label in shown) <= room:
                    return shown
        step = _step(last - first)
        start = -(-first // step) * step
        return [(n, self._number(n)) for n in range(start, last + 1, step)]

    def _number(self, value: int) -> str:
        apart = self.thousands if value >= 10 ** (self.least - 1) else ""
        return f"{value:,}".replace(",", apart)


def power_below(value: Fraction) -> int:
    """The largest n with 10^n <= value, by whole numbers alone."""
    power = len(str(value.numerator)) - len(str(value.denominator))
    scaled = value * 10**-power if power < 0 else value / 10**power
    return power if scaled >= 1 else power - 1


def _powers(base: int, last: int) -> list[int]:
    found = [1]
    while found[-1] * base <= last:
        found.append(found[-1] * base)
    return found


def _step(span: int) -> int:
    """A round distance between five to ten ticks."""
    for power in range(len(str(span)) - 2, len(str(span)) + 1):
        for times in (1, 2, 5):
            step: int = times * 10 ** max(power, 0)
            if span // step <= 8:
                return step
    return max(span, 1)


def colours(labels: Sequence[str], last: str) -> dict[str, str]:
    """A colour for each label; grey for what is left over."""
    found = dict(zip((each for each in labels if each != last), COLOURS, strict=False))
    return found | ({last: REST} if last in labels else {})


def decimal(value: Fraction, digits: int = 2) -> str:
    """A number rounded for display, half upwards; no float."""
    scaled = value * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign, size = ("-" if whole < 0 else ""), str(abs(whole)).rjust(digits + 1, "0")
    return f"{sign}{size[:-digits]}.{size[-digits:]}" if digits else f"{sign}{size}"
