"""PNG, drawn by matplotlib, which is loaded only here."""

from __future__ import annotations

import importlib
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from symcost.plot.figure import PlotError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from symcost.plot.figure import Figure


@contextmanager
def drawing() -> Iterator[tuple[Any, Any]]:
    """The parts of matplotlib that draw; no dollar in a name begins a formula.

    Raises `PlotError` where matplotlib is not installed.
    """
    try:
        matplotlib = importlib.import_module("matplotlib")
        backend = importlib.import_module("matplotlib.backends.backend_agg")
        plots = importlib.import_module("matplotlib.figure")
    except ImportError:
        raise PlotError(
            "a PNG needs matplotlib: pip install 'symcost[plot]', or write .svg or .tex instead"
        ) from None
    with matplotlib.rc_context({"text.parse_math": False}):
        yield backend, plots


def png(figure: Figure) -> bytes:
    """The figure as a PNG, without a date or a version in it.

    Raises `PlotError` where matplotlib is not installed.
    """
    with drawing() as (backend, plots):
        return _png(backend, plots, figure)


def _png(backend: Any, plots: Any, figure: Figure) -> bytes:
    # All lengths in hundredths of an inch.
    text = [(each, "#555555") for each in figure.notes]
    text = [(f"{n}: {mark.text}", "#222222") for n, mark in enumerate(figure.marks, 1)] + text
    wide, high = 840, 430 + 22 * len(text)
    sheet = plots.Figure(figsize=(wide / 100, high / 100), dpi=160)
    backend.FigureCanvasAgg(sheet)
    left, below = 84, 75 + 22 * len(text)
    axes = sheet.add_axes((left / wide, below / high, 504 / wide, 300 / high))
    _curves(axes, figure)
    _axes(axes, figure)
    handles, labels = axes.get_legend_handles_labels()
    beside = (101 / 100, 1)
    axes.legend(handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=beside, frameon=False)
    for row, (words, colour) in enumerate(reversed(text)):
        sheet.text(left / wide, (22 * row + 17) / high, words, fontsize=9, color=colour)
    made = io.BytesIO()
    sheet.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()


def _shown(value: Fraction) -> float:
    """An exact number as matplotlib takes it."""
    return value.numerator / value.denominator


def _curves(axes: Any, figure: Figure) -> None:
    if figure.stacked:
        for each, lower, upper in figure.layers():
            axes.fill_between(
                figure.places,
                [_shown(100 * value) for value in lower],
                [_shown(100 * value) for value in upper],
                facecolor=each.colour,
                edgecolor="white",
                linewidth=1,
                label=each.label,
            )
        return
    for each in figure.series:
        values = [_shown(value) for value in each.values]
        axes.plot(figure.places, values, color=each.colour, linewidth=2, label=each.label)


def _axes(axes: Any, figure: Figure) -> None:
    axes.set_title(figure.title, loc="left", fontweight="bold", pad=24)
    if figure.log_x:
        axes.set_xscale("log")
    axes.set_xlim(figure.places[0], figure.places[-1])
    ticks = figure.ticks()
    axes.set_xticks([place for place, _ in ticks], [label for _, label in ticks])
    axes.minorticks_off()
    if figure.stacked:
        axes.set_ylim(0, 100)
        axes.set_yticks([0, 25, 50, 75, 100], [f"{part} %" for part in (0, 25, 50, 75, 100)])
    else:
        axes.set_yscale("log")
        axes.grid(axis="y", color="#d9d9d9")
    axes.set_xlabel(figure.below)
    axes.set_ylabel(figure.beside)
    axes.tick_params(labelsize=9)
    for number, mark in enumerate(figure.marks, 1):
        axes.axvline(mark.at, color="#222222", linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            str(number),
            (mark.at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 10),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8,
            bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": "#222222"},
        )
