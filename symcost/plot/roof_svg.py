"""A roofline as SVG: one file, no script, the same bytes on every run."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.plot.figure import decimal
from symcost.plot.svg import GRID, HIGH, INK, LEFT, LEGEND, TOP, WIDE, words

if TYPE_CHECKING:
    from symcost.plot.roofs import Point, Roof


def roof_svg(roof: Roof) -> str:
    """The figure as an SVG document."""
    width, height = LEFT + WIDE + LEGEND, TOP + HIGH + 62 + 18 * len(roof.notes)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="13" fill="{INK}">',
        f"<title>{words(roof.title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{words(roof.title)}</text>',
        *_axes(roof),
        *_roof(roof),
        *(_circle(roof, each) for each in roof.points),
        _diamond(*_place(roof, roof.whole.intensity, roof.whole.rate)),
        *_legend(roof),
        *(
            f'<text x="{LEFT}" y="{TOP + HIGH + 68 + 18 * row}" fill="#555555">{words(note)}</text>'
            for row, note in enumerate(roof.notes)
        ),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _place(roof: Roof, intensity: Fraction, rate: Fraction) -> tuple[Fraction, Fraction]:
    return LEFT + WIDE * roof.across(intensity), TOP + HIGH * (1 - roof.up(rate))


def _axes(roof: Roof) -> list[str]:
    bottom, right = TOP + HIGH, LEFT + WIDE
    middle, across = LEFT + WIDE // 2, TOP + HIGH // 2
    found = []
    low, high = roof.span()
    for power in range(low, high + 1):
        x = decimal(LEFT + WIDE * Fraction(power - low, high - low))
        found.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}" stroke="{GRID}"/>')
        found.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{_ten(power)}</text>')
    low, high = roof.reach()
    for power in range(low, high + 1):
        y = decimal(TOP + HIGH * (1 - Fraction(power - low, high - low)))
        found.append(f'<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="{GRID}"/>')
        found.append(f'<text x="{LEFT - 8}" y="{y}" dy="4" text-anchor="end">{_ten(power)}</text>')
    return [
        *found,
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDE}" height="{HIGH}" fill="none" stroke="{INK}"/>',
        f'<text x="{middle}" y="{bottom + 42}" text-anchor="middle">{words(roof.below)}</text>',
        f'<text x="20" y="{across}" text-anchor="middle" transform="rotate(-90 20 {across})">'
        f"{words(roof.beside)}</text>",
    ]


def _ten(power: int) -> str:
    return f'10<tspan dy="-5" font-size="10">{power}</tspan>'


def _roof(roof: Roof) -> list[str]:
    corners = [_place(roof, *corner) for corner in roof.roof()]
    points = " ".join(f"{decimal(x)},{decimal(y)}" for x, y in corners)
    ridge = decimal(corners[1][0])
    return [
        f'<line x1="{ridge}" y1="{TOP}" x2="{ridge}" y2="{TOP + HIGH}" stroke="{INK}" '
        'stroke-width="1.2" stroke-dasharray="4 3"/>',
        f'<text x="{ridge}" y="{TOP - 8}" font-size="11" text-anchor="middle">'
        f"ridge {decimal(roof.ridge)}</text>",
        f'<polyline points="{points}" fill="none" stroke="{INK}" stroke-width="2"/>',
    ]


def _circle(roof: Roof, point: Point) -> str:
    x, y = map(decimal, _place(roof, point.intensity, point.rate))
    return (
        f'<circle cx="{x}" cy="{y}" r="{decimal(point.radius)}" fill="{point.colour}" '
        'stroke="white" stroke-width="0.6"/>'
    )


def _diamond(x: Fraction, y: Fraction) -> str:
    corners = ((x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y))
    points = " ".join(f"{decimal(a)},{decimal(b)}" for a, b in corners)
    return f'<polygon points="{points}" fill="{INK}" stroke="white" stroke-width="1.2"/>'


def _legend(roof: Roof) -> list[str]:
    x, found = LEFT + WIDE + 18, []
    for row, (label, colour) in enumerate(roof.legend()):
        y = TOP + 10 + 24 * row
        found.append(f'<circle cx="{x + 7}" cy="{y}" r="7" fill="{colour}"/>')
        found.append(f'<text x="{x + 22}" y="{y}" dy="5">{words(label)}</text>')
    y = TOP + 10 + 24 * len(roof.legend())
    found.append(_diamond(Fraction(x + 7), Fraction(y)))
    found.append(f'<text x="{x + 22}" y="{y}" dy="5">{words(roof.whole.label)}</text>')
    return found
