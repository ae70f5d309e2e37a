"""A page as slides: a frame for each claim, its steps one by one; nothing taller than a frame.

A frame holds words, and rows of a chain, a part of a table, the figure, or sources. What does not
fit goes on in the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, TypeVar, final

from symcost.algebra.form import Num
from symcost.render.environment import fill, said, writer
from symcost.render.language import ENGLISH
from symcost.render.latex import LatexWriter, breadth
from symcost.render.measure import LINE, PAGE, REASON, width_of_words
from symcost.render.page import Chain, Heading, Line, Picture, Prose, Strong, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from symcost.catalog.sources import Cited
    from symcost.render.aligned import Row
    from symcost.render.language import Language
    from symcost.render.page import Page, Run

WIDE = 140.0  # millimetres of a line of a frame
FORMULA = LINE * WIDE / PAGE - 2  # formulas are as large as in an article, and have no number
ROOM = WIDE * 10 / 9  # its tables are set in letters of 9 points, and measured in letters of 10
WORDS = 74.0  # characters of its text on a line
TALL = 10.0  # lines of formulas
TEXT = 0.75  # a line of text, in lines of formulas
ROWS = 13  # lines of a table below its head
ENTRIES = 17  # lines of a list of sources

Each = TypeVar("Each")


@final
@dataclass(frozen=True)
class Frame:
    """What one slide shows. Rows of formulas come one by one, by the number of their step."""

    title: str
    subtitle: str = ""
    words: tuple[tuple[Run, ...], ...] = ()
    rows: tuple[Row, ...] = ()
    table: Table | None = None
    picture: Picture | None = None
    sources: tuple[Cited, ...] = ()
    section: str = ""
    continued: bool = False

    def uncovered(self, row: Row) -> int:
        """The number of the overlay on which a row comes."""
        return row.step - self.rows[0].step + 1


def slides(page: Page, own: Path | None = None, language: Language = ENGLISH) -> str:
    """The Beamer document."""
    with said(page, "latex", language) as given:
        shown = frames(given["page"], given["t"])
        return fill("slides.tex", "latex", own, frames=shown, room=ROOM, **given)


def frames(page: Page, words_for: Callable[[str], str] = str) -> list[Frame]:
    """The frames behind the title; `words_for` says headings that the page has not."""
    sets = _writer()
    found: list[Frame] = []
    title, section, words = page.title, "", list[tuple["Run", ...]]()

    def add(made: Iterator[Frame]) -> None:
        """Frames of the section; only the first one opens it."""
        nonlocal section, words
        for frame in made:
            found.append(replace(frame, section=section))
            section = ""
        words = []

    for block in page.blocks:
        match block:
            case Heading():
                add(_of_words(title, words))
                title = section = block.text
            case Prose():
                words.append(block.runs)
            case Chain():
                both = None if words or section else _joined(found[-1], block, sets)
                if both is None:
                    add(_of_chain(title, words, block, sets))
                else:
                    found[-1] = both
            case Table():
                add(_of_table(title, words, block, sets))
            case Picture():
                add(_of_words(title, words))
                add(iter([Frame(title, picture=block)]))
    add(_of_words(title, words))
    section = title = words_for("In closed form")
    add(_summary(title, page, sets))
    section = title = words_for("Sources")
    add(_of_sources(title, page.sources, sets))
    return found


def _writer() -> LatexWriter:
    found = writer("latex")
    assert isinstance(found, LatexWriter)
    return found


def _of_words(title: str, words: Sequence[tuple[Run, ...]]) -> Iterator[Frame]:
    """Frames of text alone."""
    for part in _parted([(each, _lines(each) * TEXT + 0.4) for each in words], TALL):
        yield Frame(title, words=part)


def _of_chain(
    title: str, words: Sequence[tuple[Run, ...]], chain: Chain, sets: LatexWriter
) -> Iterator[Frame]:
    """A claim: why in words, then its rows; its name below the title."""
    *before, last = words or [()]
    subtitle = ""
    if last and isinstance(last[0], Strong):
        subtitle, last = last[0].text.rstrip("."), _trimmed(last[1:])
    why = tuple(each for each in (*before, last) if each)
    if _height(why) > TALL / 2:
        yield from _of_words(title, before)
        why = (last,) if last else ()
    used = _height(why) + (0.8 if subtitle else 0)
    rows = sets.rows(chain, FORMULA)
    for at, part in enumerate(_together(rows, TALL - used)):
        if at:
            head = replace(part[0], left=rows[0].left if part[0].right.startswith("=") else "")
            part = (head, *part[1:])
        yield Frame(title, subtitle, () if at else why, part, continued=bool(at))


def _joined(frame: Frame, chain: Chain, sets: LatexWriter) -> Frame | None:
    """The frame before, with a claim that has no words of its own; None where both do not fit."""
    if not frame.rows:
        return None
    following = frame.rows[-1].step + 1
    added = tuple(replace(row, step=row.step + following) for row in sets.rows(chain, FORMULA))
    used = _height(frame.words) + (0.8 if frame.subtitle else 0)
    every = (*frame.rows, *added)
    # What one of them has no room for beside its formulas, the other has not either.
    column = all(row.column for row in every)
    rows = tuple(replace(row, column=column) for row in every)
    return replace(frame, rows=rows) if used + sum(row.height for row in rows) <= TALL else None


def _trimmed(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Runs without the space that set them off from the words before."""
    first = runs[0] if runs else ""
    return (first.lstrip(), *runs[1:]) if isinstance(first, str) else runs


def _of_table(
    title: str, words: Sequence[tuple[Run, ...]], table: Table, sets: LatexWriter
) -> Iterator[Frame]:
    """Parts of a table, each with its head, the sum in the last; short words stand above it."""
    above = tuple(words)
    if _height(above) > 3:
        yield from _of_words(title, words)
        above = ()
    sizes = sets.sizes(table, ROOM)
    heights = [
        max(
            1 if side != "p" else ceil(breadth(cell) / size)
            for cell, size, side in zip(row, sizes, table.align, strict=True)
        )
        for row in table.rows
    ]
    room = ROWS - 2 * _height(above)
    parts = list(_parted(list(zip(table.rows, heights, strict=True)), room))
    for at, rows in enumerate(parts):
        last = at == len(parts) - 1
        part = replace(table, rows=rows, total=table.total and last)
        yield Frame(title, words=() if at else above, table=part, continued=bool(at))


def _summary(title: str, page: Page, sets: LatexWriter) -> Iterator[Frame]:
    """The closed form of every quantity, and its number."""
    numbers = {
        each.left: each.lines[-1].form
        for each in page.blocks
        if isinstance(each, Chain) and isinstance(each.lines[-1].form, Num)
    }
    rows: list[Row] = []
    for at, each in enumerate(
        block
        for block in page.blocks
        if isinstance(block, Chain) and block.label.endswith(":total")
    ):
        lines = [Line(each.lines[-1].form)]
        lines += [Line(numbers[each.left])] if each.left in numbers else []
        chain = Chain(each.label, each.left, tuple(lines))
        rows += [replace(row, step=at) for row in sets.rows(chain, FORMULA)]
    for part in _together(rows, TALL):
        yield Frame(title, rows=part)


def _of_sources(title: str, cited: Sequence[Cited], sets: LatexWriter) -> Iterator[Frame]:
    for part in _parted([(each, 1 + len(sets.entry(each)) // 95 + 0.4) for each in cited], ENTRIES):
        yield Frame(title, sources=part)


def _height(words: Sequence[tuple[Run, ...]]) -> float:
    """Of paragraphs, in lines of formulas."""
    return sum(_lines(each) * TEXT + 0.4 for each in words)


def _lines(runs: tuple[Run, ...]) -> int:
    return ceil(width_of_words(runs) / REASON / WORDS)


def _together(rows: Sequence[Row], room: float) -> Iterator[tuple[Row, ...]]:
    """Rows in groups that fit; the rows of one step part only where they alone are too many."""
    steps: list[tuple[tuple[Row, ...], float]] = []
    for _, each in groupby(rows, key=lambda row: row.step):
        parts = _parted([(row, row.height) for row in each], room)
        steps += [(part, sum(row.height for row in part)) for part in parts]
    for group in _parted(steps, room):
        yield tuple(row for part in group for row in part)


def _parted(items: Sequence[tuple[Each, float]], room: float) -> Iterator[tuple[Each, ...]]:
    """Items, each with its height, in as few groups as fit into `room`, about equally high."""
    fewest = _greedy(items, room)
    whole = sum(height for _, height in items)
    for part in (1.0, 1.1, 1.25):
        even = _greedy(items, min(room, part * whole / max(len(fewest), 1)))
        if len(even) == len(fewest):
            return iter(even)
    return iter(fewest)


def _greedy(items: Sequence[tuple[Each, float]], room: float) -> list[tuple[Each, ...]]:
    parts: list[list[Each]] = []
    used = 0.0
    for item, height in items:
        if not parts or used + height > room:
            parts.append([])
            used = 0.0
        parts[-1].append(item)
        used += height
    return [tuple(part) for part in parts]
