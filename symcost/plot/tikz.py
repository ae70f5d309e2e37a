"""TikZ: a figure for pgfplots, written by a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.render.environment import fill

if TYPE_CHECKING:
    from symcost.plot.figure import Figure


def tikz(figure: Figure) -> str:
    """A complete document with one pgfplots picture; the picture stands alone between its lines."""
    return fill("figure.tex", "latex", figure=figure)
