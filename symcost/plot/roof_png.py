"""A roofline as PNG, drawn by matplotlib, which is loaded only here."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.plot.figure import decimal
from symcost.plot.png import drawing

if TYPE_CHECKING:
    from symcost.plot.roofs import Roof


def roof_png(roof: Roof) -> bytes:
    """The figure as a PNG, without a date or a version in it.

    Raises `PlotError` where matplotlib is not installed.
    """
    with drawing() as (backend, plots):
        return _png(backend, plots, roof)


def _png(backend: Any, plots: Any, roof: Roof) -> bytes:
    # All lengths in hundredths of an inch.
    wide, high = 840, 430 + 22 * len(roof.notes)
    sheet = plots.Figure(figsize=(wide / 100, high / 100), dpi=160)
    backend.FigureCanvasAgg(sheet)
    left, below = 84, 75 + 22 * len(roof.notes)
    axes = sheet.add_axes((left / wide, below / high, 504 / wide, 300 / high))
    _draw(axes, roof)
    for row, words in enumerate(reversed(roof.notes)):
        sheet.text(left / wide, (22 * row + 17) / high, words, fontsize=9, color="#555555")
    made = io.BytesIO()
    sheet.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()


def _shown(value: Fraction) -> float:
    """An exact number as matplotlib takes it."""
    return value.numerator / value.denominator


def _draw(axes: Any, roof: Roof) -> None:
    axes.set_title(roof.title, loc="left", fontweight="bold", pad=20)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*(_shown(Fraction(10) ** power) for power in roof.span()))
    axes.set_ylim(*(_shown(Fraction(10) ** power) for power in roof.reach()))
    axes.set_axisbelow(True)
    axes.grid(color="#d9d9d9")
    axes.minorticks_off()
    axes.set_xlabel(roof.below)
    axes.set_ylabel(roof.beside)
    axes.tick_params(labelsize=9)
    corners = [(_shown(x), _shown(y)) for x, y in roof.roof()]
    axes.plot(*zip(*corners, strict=True), color="#222222", linewidth=2)
    ridge = _shown(roof.ridge)
    axes.axvline(ridge, color="#222222", linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"ridge {decimal(roof.ridge)}",
        (ridge, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=8,
    )
    named = dict(roof.legend())
    for each in roof.points:
        # The area in points squared of a circle of this radius, 96 units an inch.
        area = (2 * _shown(each.radius) * 72 / 96) ** 2
        _dot(axes, (each.intensity, each.rate), area, each.colour, "o")
    _dot(axes, (roof.whole.intensity, roof.whole.rate), 70, roof.whole.colour, "D")
    for label, colour in named.items():
        axes.scatter([], [], s=60, color=colour, label=label)
    axes.scatter([], [], s=50, color=roof.whole.colour, marker="D", label=roof.whole.label)
    axes.legend(loc="upper left", bbox_to_anchor=(101 / 100, 1), frameon=False)


def _dot(
    axes: Any, place: tuple[Fraction, Fraction], area: float, colour: str, marker: str
) -> None:
    x, y = map(_shown, place)
    axes.scatter(
        [x],
        [y],
        s=area,
        color=colour,
        marker=marker,
        edgecolors="white",
        linewidths=1 / 2,
        zorder=3,
    )
