"""TikZ: a figure for pgfplots, written by a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.plot.figure import decimal
from symcost.render.environment import environment

if TYPE_CHECKING:
    from symcost.plot.figure import Figure


def tikz(figure: Figure) -> str:
    """A complete document with one pgfplots picture; the picture stands alone between its lines."""
    if figure.stacked:
        curves = [
            (
                each,
                [
                    (place, decimal(100 * value, 4))
                    for place, value in zip(figure.places, each.values, strict=True)
                ],
            )
            for each in figure.series
        ]
    else:
        curves = [
            (
                each,
                [
                    (place, decimal(value, 0))
                    for place, value in zip(figure.places, each.values, strict=True)
                    if value > 0
                ],
            )
            for each in figure.series
        ]
    template = environment("latex").get_template("figure.tex")
    return template.render(figure=figure, curves=curves, ticks=figure.ticks())
