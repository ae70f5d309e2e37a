"""A roofline for pgfplots, written by a template."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.plot.figure import decimal, power_below
from symcost.render.environment import environment

if TYPE_CHECKING:
    from symcost.plot.roofs import Roof

POINTS_A_UNIT = Fraction(72, 96)  # points of TeX in a unit of the figure


def roof_tikz(roof: Roof) -> str:
    """A complete document with one pgfplots picture; the picture stands alone between its lines."""
    numbers = {label: at for at, (label, _) in enumerate(roof.legend(), 1)}
    points = [
        (
            numbers[each.label],
            decimal(each.radius * POINTS_A_UNIT),
            number(each.intensity),
            number(each.rate),
        )
        for each in roof.points
    ]
    return (
        environment("latex")
        .get_template("roofline.tex")
        .render(
            roof=roof,
            ridge=decimal(roof.ridge),
            corners=[(number(x), number(y)) for x, y in roof.roof()],
            points=points,
            whole=(number(roof.whole.intensity), number(roof.whole.rate)),
        )
    )


def number(value: Fraction) -> str:
    """A positive number as TeX reads it: five digits and a power of ten."""
    power = power_below(value)
    return f"{decimal(value / Fraction(10) ** power, 4)}e{power}"
