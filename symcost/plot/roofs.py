"""A roofline as data: operations under the roof that a device's peak and bandwidth make.

Source: Williams, Waterman and Patterson 2009, Roofline, doi 10.1145/1498765.1498785. An operation
stands at its FLOPs a byte, and as high as its lower bound of time allows: on the roof. The whole
run stands below it, because operations that wait for bytes do not make up for those that compute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.plot.collect import component
from symcost.plot.figure import PlotError, colours, decimal, power_below
from symcost.quantities.roofline import MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from symcost.quantities.devices import Device
    from symcost.quantities.ledger import Ledger
    from symcost.quantities.roofline import Bounded, Roofline

WHOLE, INK = "in all", "#222222"
SMALLEST, LARGEST = 2, 26  # radii of points, in the unit of the figure; the largest is all time


@final
@dataclass(frozen=True)
class Point:
    """Operations of one component with one intensity.

    `intensity` in FLOPs a byte, `rate` in FLOPs a second, `share` of the least time of all.
    """

    label: str
    colour: str
    intensity: Fraction
    rate: Fraction
    share: Fraction

    @property
    def radius(self) -> Fraction:
        """The area of a point is its share of the time, unless it were too small to be seen."""
        size = max(SMALLEST, LARGEST * math.sqrt(self.share))
        return Fraction(round(size * 100), 100)


@final
@dataclass(frozen=True)
class Roof:
    """The roof, the points in the order in which they are drawn, and the whole run."""

    title: str
    peak: int
    bandwidth: int
    points: tuple[Point, ...]
    whole: Point
    notes: tuple[str, ...]
    below: str = "arithmetic intensity in FLOPs per byte"
    beside: str = "FLOPs per second at most"

    @property
    def ridge(self) -> Fraction:
        """The intensity from which on work takes longer than bytes."""
        return Fraction(self.peak, self.bandwidth)

    def span(self) -> tuple[int, int]:
        """The powers of ten that the axis below reaches from and to: 1 and the ridge are inside."""
        found = [self.ridge, Fraction(1), *(each.intensity for each in self.points)]
        return power_below(min(found)), 1 + power_below(max(found))

    def reach(self) -> tuple[int, int]:
        """The powers of ten beside: from where the roof begins to above the peak."""
        low, _ = self.span()
        lowest = min(Fraction(10) ** low * self.bandwidth, self.whole.rate)
        return power_below(lowest), 1 + power_below(Fraction(2 * self.peak))

    def roof(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The corners of the roof, (intensity, rate), from the left."""
        low, high = (Fraction(10) ** power for power in self.span())
        peak = Fraction(self.peak)
        return ((low, low * self.bandwidth), (self.ridge, peak), (high, peak))

    def across(self, intensity: Fraction) -> Fraction:
        """An intensity as a part of the width, rounded for display."""
        return _part(intensity, *self.span())

    def up(self, rate: Fraction) -> Fraction:
        """A rate as a part of the height, rounded for display."""
        return _part(rate, *self.reach())

    def legend(self) -> list[tuple[str, str]]:
        """Each component once with its colour, the one that takes the most time first."""
        takes: dict[tuple[str, str], Fraction] = {}
        for each in self.points:
            key = (each.label, each.colour)
            takes[key] = takes.get(key, Fraction(0)) + each.share
        return sorted(takes, key=lambda key: (-takes[key], key))


def _part(value: Fraction, low: int, high: int) -> Fraction:
    power = math.log10(value.numerator) - math.log10(value.denominator)
    return Fraction(round((power - low) / (high - low) * 100_000), 100_000)


def roof(held: Roofline, ledgers: Sequence[Ledger], device: Device, dtype: str, title: str) -> Roof:
    """The figure of a roofline; `ledgers` are those of work and bytes that it was made of.

    Raises `PlotError` where no operation does counted work.
    """
    working = [row for row in held.rows if row.flops and row.moved]
    if not working:
        raise PlotError("no operation does counted work: there is nothing to draw")
    belongs = {term.path: component(term) for ledger in reversed(ledgers) for term in ledger.terms}
    gathered: dict[tuple[str, Fraction], list[Bounded]] = {}
    for row in working:
        key = (belongs[row.operation.path], row.flops / row.moved)
        gathered.setdefault(key, []).append(row)
    labels = list(dict.fromkeys(label for label, _ in gathered))
    paint = _paint(labels)
    every = held.one_by_one
    points = []
    for (label, intensity), rows in gathered.items():
        time = sum((row.time for row in rows), Fraction(0))
        work = sum((row.flops for row in rows), Fraction(0))
        points.append(Point(label, paint[label], intensity, work / time, time / every))
    whole = held.whole
    # Large points first, so that small ones are not hidden.
    points.sort(key=lambda each: (-each.share, each.label, each.intensity))
    notes = (*_notes(held, device, dtype), *_spans(points))
    return Roof(
        title,
        device.peak(dtype),
        device.bandwidth,
        tuple(points),
        Point(WHOLE, INK, whole.flops / whole.moved, whole.flops / every, Fraction(0)),
        notes,
    )


def _paint(labels: Sequence[str]) -> Mapping[str, str]:
    found = colours(labels, "")
    return {label: found.get(label, "#999999") for label in labels}


def _spans(points: Sequence[Point]) -> list[str]:
    """Where each component stands, for points that lie upon each other."""
    found = []
    for label in dict.fromkeys(each.label for each in points):
        own = [each for each in points if each.label == label]
        ends = [decimal(end(each.intensity for each in own)) for end in (min, max)]
        share = decimal(100 * sum((each.share for each in own), Fraction(0)))
        between = " to ".join(dict.fromkeys(ends))
        found.append(f"{label}: {between} FLOPs per byte, {share} % of the least time")
    return found


def _notes(held: Roofline, device: Device, dtype: str) -> list[str]:
    """What the figure says in words; the area of a point is its share of the least time."""
    waits = sum((row.time for row in held.rows if row.bound == MEMORY), Fraction(0))
    idle = [row for row in held.rows if not row.flops and row.moved]
    aside = sum((row.time for row in idle), Fraction(0))
    every = held.one_by_one
    notes = [
        f"{device.title}, dense {dtype}: the ridge is at {decimal(device.ridge(dtype))} FLOPs "
        "per byte",
        f"{decimal(100 * waits / every)} % of the least time waits for bytes; a point's area is "
        "its share",
    ]
    if idle:
        notes.append(
            f"not drawn: operations without counted work ({len(idle)}), "
            f"{decimal(100 * aside / every)} % of that time"
        )
    return notes
