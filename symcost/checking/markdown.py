r"""Documents with mathematics: Markdown, and plain LaTeX.

A chain a = b = c is one line with several sides; where the first is a name alone, it is the line's
name. A number by itself in a chain, or behind the formula, is what the writer shows for it. A name
that is given a number and no formula ($d = 768$) is a value. The blocks of Python are one script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.checking.markdown_layout import Layout
from symcost.checking.markdown_math import read_math
from symcost.checking.script import follow, lines_of, values_of
from symcost.checking.script_text import page
from symcost.checking.work import Work, WorkError

if TYPE_CHECKING:
    from symcost.checking.script_text import Page

LONGEST = 1_000_000


def read_markdown(text: str, title: str) -> Work:
    """The lines of a document. Raises `WorkError` where there is no formula in it."""
    if len(text) > LONGEST:
        raise WorkError(f"more than {LONGEST:,} characters")
    layout = Layout(text.replace("\r\n", "\n").replace("\r", "\n"))
    found = read_math(layout)
    notes = []
    if found.skipped:
        notes.append(
            say("{0} pieces of mathematics without an equals sign are not read", str(found.skipped))
        )
    pages, more = _pages(layout)
    script, told = follow(pages)
    lines = sorted((*found.lines, *lines_of(script, pages)), key=lambda each: each.number)
    values = {**values_of(script), **found.values}
    if not lines and not values:
        raise WorkError("there is no formula in it")
    return Work(title, tuple(lines), values, (*notes, *more, *told))


def _pages(layout: Layout) -> tuple[list[Page], list[str]]:
    """The blocks of Python, and notes on those that are none."""
    pages: list[Page] = []
    notes: list[str] = []
    for code in layout.code:
        if not code.is_python:
            continue
        first = layout.line(code.start)
        try:
            pages.append(page(code.text, first=first, heading=layout.heading(code.start)))
        except WorkError as error:
            notes.append(
                say("line {0}: the block of code is not read: {1}", str(first), str(error))
            )
    return pages, notes
