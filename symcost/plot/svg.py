"""SVG written by hand: one file, no script, the same bytes on every run."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from symcost.plot.figure import decimal

if TYPE_CHECKING:
    from symcost.plot.figure import Figure

LEFT, TOP, WIDE, HIGH, LEGEND = 76, 64, 520, 320, 214
INK, GRID = "#222222", "#d9d9d9"


def words(text: str) -> str:
    """Words for SVG, which as XML cannot hold control characters."""
    return escape("".join(char for char in text if char.isprintable()))


def svg(figure: Figure) -> str:
    """The figure as an SVG document."""
    below = len(figure.marks) + len(figure.notes)
    height = TOP + HIGH + 62 + 18 * below
    width = LEFT + WIDE + LEGEND
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="13" fill="{INK}">',
        f"<title>{words(figure.title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{words(figure.title)}</text>',
        *(_areas(figure) if figure.stacked else _curves(figure)),
        *_axes(figure),
        *_marks(figure),
        *_legend(figure),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(figure: Figure, place: int) -> str:
    return decimal(LEFT + WIDE * figure.across(place))


def _y(part: Fraction) -> str:
    return decimal(TOP + HIGH * (1 - part))


def _areas(figure: Figure) -> list[str]:
    """Stacked shares, with a white line between neighbours."""
    found = []
    across = [_x(figure, place) for place in figure.places]
    for each, lower, upper in figure.layers():
        there = [f"{x},{_y(y)}" for x, y in zip(across, upper, strict=True)]
        back = [f"{x},{_y(y)}" for x, y in zip(across, lower, strict=True)][::-1]
        found.append(
            f'<polygon points="{" ".join(there + back)}" fill="{each.colour}" stroke="white" '
            'stroke-width="0.8"/>'
        )
    return found


def _curves(figure: Figure) -> list[str]:
    found = []
    for each in figure.series:
        points = [
            f"{_x(figure, place)},{_y(figure.up(value))}"
            for place, value in zip(figure.places, each.values, strict=True)
            if value > 0
        ]
        found.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{each.colour}" '
            'stroke-width="2.5"/>'
        )
    return found


def _axes(figure: Figure) -> list[str]:
    bottom, right = TOP + HIGH, LEFT + WIDE
    found = []
    for part, label in _rows(figure):
        y = _y(part)
        colour = "white" if figure.stacked else GRID
        found.append(
            f'<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="{colour}" '
            'stroke-opacity="0.55"/>'
        )
        found.append(f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{label}</text>')
    for place, label in figure.ticks():
        x = _x(figure, place)
        found.append(f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{bottom + 5}" stroke="{INK}"/>')
        found.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{label}</text>')
    middle, across = LEFT + WIDE // 2, TOP + HIGH // 2
    found += [
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}" fill="none" stroke="{INK}"/>',
        f'<text x="{middle}" y="{bottom + 42}" text-anchor="middle">{words(figure.below)}</text>',
        f'<text x="20" y="{across}" text-anchor="middle" transform="rotate(-90 20 {across})">'
        f"{words(figure.beside)}</text>",
    ]
    return found


def _rows(figure: Figure) -> list[tuple[Fraction, str]]:
    """Heights with a number beside the axis."""
    if figure.stacked:
        return [(Fraction(part, 100), f"{part} %") for part in (0, 25, 50, 75, 100)]
    low, high = figure.reach()
    step = max(1, (high - low) // 6)
    return [
        (
            Fraction(power - low, max(high - low, 1)),
            f'10<tspan dy="-5" font-size="10">{power}</tspan>',
        )
        for power in range(low, high + 1, step)
    ]


def _marks(figure: Figure) -> list[str]:
    """Dashed lines with a number on top, and below the figure what they mean."""
    found = []
    taken: list[Fraction] = []
    for number, mark in enumerate(figure.marks, 1):
        part, x = figure.across(mark.at), _x(figure, mark.at)
        # Numbers that would touch stand beside each other.
        aside = 17 * sum(abs(other - part) * WIDE < 18 for other in taken)
        taken.append(part)
        y, x_text = TOP - 11, decimal(LEFT + WIDE * part + aside)
        found.append(
            f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{TOP + HIGH}" stroke="{INK}" '
            'stroke-width="1.2" stroke-dasharray="4 3"/>'
        )
        found.append(f'<circle cx="{x_text}" cy="{y}" r="8" fill="white" stroke="{INK}"/>')
        found.append(
            f'<text x="{x_text}" y="{y}" dy="4" font-size="11" text-anchor="middle">{number}</text>'
        )
    y = TOP + HIGH + 68
    for number, mark in enumerate(figure.marks, 1):
        found.append(f'<text x="{LEFT}" y="{y}">{number}: {words(mark.text)}</text>')
        y += 18
    for note in figure.notes:
        found.append(f'<text x="{LEFT}" y="{y}" fill="#555555">{words(note)}</text>')
        y += 18
    return found


def _legend(figure: Figure) -> list[str]:
    """In the order of the areas, from the top."""
    found = []
    x = LEFT + WIDE + 18
    for at, each in enumerate(reversed(figure.series)):
        y = TOP + 10 + 24 * at
        found.append(f'<rect x="{x}" y="{y - 7}" width="14" height="14" fill="{each.colour}"/>')
        found.append(f'<text x="{x + 22}" y="{y}" dy="5">{words(each.label)}</text>')
    return found
