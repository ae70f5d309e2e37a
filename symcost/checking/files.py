"""Somebody's work from a file, read by its ending.

`.py` scripts, `.ipynb` notebooks, `.md`, `.qmd`, `.rmd` and `.tex` documents, `.txt` with one
formula on each line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.dim import all_dims
from symcost.checking.grammar import ReadError, Reading
from symcost.checking.markdown import read_markdown
from symcost.checking.markdown_math import plain, without_numbers
from symcost.checking.notebook import read_notebook
from symcost.checking.reading import read_any
from symcost.checking.script import read_script
from symcost.checking.shown_numbers import shown_beside
from symcost.checking.tree import Name
from symcost.checking.work import Line, Work, WorkError
from symcost.files import regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from pathlib import Path

SAYS_SOMETHING = re.compile(r"[0-9=+*/^·×\\]|^\s*\S+\s*$")
LARGEST_FILE = 5_000_000  # bytes
LONGEST = 250_000  # characters of formulas, one on each line
MOST_LINES = 2_000


def read_file(path: Path) -> Work:
    """The lines of a file. Raises `WorkError` with one line where it cannot be read."""
    ending = path.suffix.lower()
    if ending not in READERS:
        known = ", ".join(sorted(READERS))
        raise WorkError(f"{path.name} has none of the endings that are read: {known}")
    try:
        return READERS[ending](_text(path), path.name)
    except WorkError as error:
        raise WorkError(f"{path.name}: {error}") from error


def read_work(text: str, title: str, ending: str) -> Work:
    """The lines of a text, read as a file with this ending (".py") would be."""
    if ending not in READERS:
        raise WorkError(f"texts that end in {ending!r} are not read: {', '.join(sorted(READERS))}")
    return READERS[ending](text, title)


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise WorkError("there is no such file" if not path.exists() else "is no file")
        if path.stat().st_size > LARGEST_FILE:
            raise WorkError(f"is larger than {LARGEST_FILE // 1_000_000} MB")
        with open(path, "rb", opener=regular) as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise WorkError(f"cannot be read: {error.strerror or 'the system refuses'}") from error
    if len(data) > LARGEST_FILE:
        raise WorkError(f"is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkError(f"is no text in UTF-8: byte {error.start + 1} is none of it") from error


def read_formulas(text: str, title: str) -> Work:
    """One formula on each line, typed or in LaTeX; # begins a remark, a blank line says nothing."""
    if len(text) > LONGEST:
        raise WorkError(f"more than {LONGEST:,} characters")
    rows = text.replace("\r\n", "\n").split("\n")
    if len(rows) > MOST_LINES:
        raise WorkError(f"more than {MOST_LINES:,} lines")
    known = [name for each in all_dims() for name in (each.symbol, each.word, *each.aliases)]
    lines: list[Line] = []
    values: dict[str, int] = {}
    said = ""
    for number, row in enumerate(rows, 1):
        formula, _, remark = row.partition("#")
        if not formula.strip():
            said = remark.strip() if remark else said
            continue
        try:
            if not SAYS_SOMETHING.search(formula):
                raise ReadError(0, "these are words: begin a remark with #")
            text, shown = without_numbers(formula.strip())
            reading, _notation = read_any(text or formula.strip(), known)
        except ReadError as error:
            lines.append(Line(number, row.strip()[:400], comment=said, problem=str(error)))
            continue
        at = Line(number, row.strip()[:400], comment=said)
        lines += _lines(reading, at, remark.strip(), [each.settled(None) for each in shown], values)
    if not lines and not values:
        raise WorkError("there is no formula in it")
    return Work(title, tuple(lines), values)


def _lines(
    reading: Reading, at: Line, remark: str, shown: list[Fraction], values: dict[str, int]
) -> list[Line]:
    """The chains of one row; `shown` are the numbers that it ends with."""
    found = []
    for chain in reading.chains:
        first, *rest = chain.sides
        name = first.text if isinstance(first, Name) and (rest or shown) else ""
        sides = rest if name else list(chain.sides)
        nodes = tuple(each for each in sides if plain(each) is None)
        numbers = [*(value for each in sides if (value := plain(each)) is not None), *shown]
        if not nodes:
            if name and numbers and numbers[0].denominator == 1:
                values.setdefault(name, numbers[0].numerator)
            continue
        beside = shown_beside(remark, name)
        printed = (*numbers, *([beside.settled(None)] if beside else []))
        comment = "; ".join(each for each in (at.comment, remark) if each)
        line = replace(at, name=name, nodes=nodes, comment=comment, printed=printed)
        found.append(replace(line, notes=reading.notes))
    return found


READERS: dict[str, Callable[[str, str], Work]] = {
    ".py": read_script,
    ".ipynb": read_notebook,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".qmd": read_markdown,
    ".rmd": read_markdown,
    ".tex": read_markdown,
    ".txt": read_formulas,
}
