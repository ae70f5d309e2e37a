"""Jupyter notebooks: code cells as one script, printed outputs as what the writer shows.

A line's `cell` counts all cells from 1, Markdown ones too; its `number` counts within the cell.
Headings and the last words of Markdown cells are said of the code below them, and their mathematics
is read into lines of its own. The outputs that are stored in the file are given to the lines that
printed them, in order. Nothing is run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.checking.markdown_layout import Layout
from symcost.checking.markdown_math import read_math
from symcost.checking.script import follow, lines_of, values_of
from symcost.checking.script_outputs import fill_in, show
from symcost.checking.script_text import Dropped, Page, page
from symcost.checking.shown_numbers import number_at
from symcost.checking.work import Line, Work, WorkError

if TYPE_CHECKING:
    from symcost.checking.script_alone import Script

LONGEST = 5_000_000
MOST_CELLS = 5_000
LONGEST_CODE = 250_000  # characters of all cells that are read
LONGEST_OUTPUT = 100_000


@final
@dataclass(frozen=True)
class Cell:
    """A cell as the file holds it: its place, kind and text, what it printed and what it showed."""

    number: int
    kind: str
    text: str
    printed: str = ""
    result: str = ""


def read_notebook(text: str, title: str) -> Work:
    """The lines of a notebook. Raises `WorkError` where the file is none."""
    if len(text) > LONGEST:
        raise WorkError(f"more than {LONGEST:,} characters")
    cells = _cells(_data(text))
    if sum(len(each.text) for each in cells) > LONGEST_CODE:
        raise WorkError(f"its cells have more than {LONGEST_CODE:,} characters")
    pages: list[Page] = []
    lines: list[Line] = []
    values: dict[str, int] = {}
    heading = said = ""
    for cell in cells:
        if cell.kind == "code":
            above = "; ".join(each for each in (heading, said) if each)
            pages.append(_page(cell, above))
            continue
        if cell.kind == "markdown":
            layout = Layout(cell.text)
            found = read_math(layout, cell.number, heading)
            lines += found.lines
            values |= found.values
            heading = layout.headings[-1][1] if layout.headings else heading
            said = layout.closing_words()
    script, notes = follow(pages)
    _give_outputs(script, cells)
    lines += lines_of(script, pages)
    ordered = sorted(lines, key=lambda line: (line.cell or 0, line.number))
    return Work(title, tuple(ordered), {**values_of(script), **values}, notes)


def _page(cell: Cell, heading: str) -> Page:
    try:
        return page(cell.text, cell=cell.number, heading=heading)
    except WorkError as error:
        first = cell.text.strip().split("\n")[0][:60]
        dropped = (Dropped(1, first, str(error)),)
        return Page((), (), dropped, cell=cell.number)


def _data(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise WorkError(f"not a notebook: the file is not JSON{where}") from error
    if not isinstance(found, dict):
        raise WorkError("not a notebook: its JSON is no object")
    return found


def _cells(data: dict[str, Any]) -> list[Cell]:
    """The cells of nbformat 4, or of the worksheets of nbformat 3."""
    found = data.get("cells")
    if not isinstance(found, list):
        sheets = data.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        found = [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if not found:
        raise WorkError("not a notebook: there are no cells in it")
    if len(found) > MOST_CELLS:
        raise WorkError(f"more than {MOST_CELLS:,} cells")
    return [_cell(at, each) for at, each in enumerate(found, 1) if isinstance(each, dict)]


def _cell(number: int, data: dict[str, Any]) -> Cell:
    kind = str(data.get("cell_type", ""))
    text = _text(data.get("source", data.get("input", "")))
    if kind == "heading":  # nbformat 3
        return Cell(number, "markdown", f"# {text}")
    outputs = data.get("outputs")
    printed, result = "", ""
    for each in outputs if isinstance(outputs, list) else []:
        if not isinstance(each, dict):
            continue
        if each.get("output_type") == "stream" and each.get("name", "stdout") != "stderr":
            printed += _text(each.get("text"))[:LONGEST_OUTPUT]
        elif each.get("output_type") in ("execute_result", "pyout"):
            shown = each.get("data")
            shown = shown if isinstance(shown, dict) else each
            result = _text(shown.get("text/plain", shown.get("text")))[:2_000]
    return Cell(number, kind, text, printed[:LONGEST_OUTPUT], result)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _give_outputs(script: Script, cells: list[Cell]) -> None:
    """Gives the stored outputs to the lines that made them."""
    for cell in cells:
        if cell.printed:
            fill_in([row for at, row in script.rows if at == cell.number], cell.printed)
        at = 0
        for holder in script.results.get(cell.number, []) if cell.result else []:
            found = number_at(cell.result, at)
            if found is None:
                break
            show(holder, found[0])
            at = found[2]
