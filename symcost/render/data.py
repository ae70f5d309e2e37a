"""A page as data: one JSON object with everything on it, and each table as CSV.

Numbers are exact: whole numbers as they are, however long, fractions as the text "a/b". A formula
is given as text for people, in LaTeX, and in Python. docs/data.md describes the shape.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from symcost.algebra.form import Form, dims_of, evaluate, exchanged, names_in
from symcost.algebra.plain import people, python
from symcost.algebra.poly import Number, tidy
from symcost.render.environment import writer
from symcost.render.latex import LatexMath
from symcost.render.page import (
    Chain,
    Cite,
    Code,
    Equal,
    Heading,
    Matrices,
    Name,
    Origin,
    Picture,
    Prose,
    Sentence,
    Share,
    Strong,
    Value,
)
from symcost.render.page import Table as PageTable
from symcost.render.parts import slug
from symcost.render.steering import json_text
from symcost.render.writer import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from symcost.catalog.sources import Cited
    from symcost.graph.architecture import Bound
    from symcost.quantities.convention import Convention
    from symcost.render.page import Block, Cell, Line, Page, Run
    from symcost.render.parts import Subject

SHAPE = "symcost page 1"
STARTS_A_FORMULA = ("=", "+", "-", "@")
NONE = "-"  # a dash alone says that there is nothing
WORDS = (str, Code, Name, Strong, Equal, Matrices, Cite, Origin)

Data: TypeAlias = "dict[str, Any]"
Plain: TypeAlias = (
    "str | Number | Form | Code | Name | Share | Origin | Equal | Strong | Matrices | Cite | "
    "tuple[Run, ...]"
)


class TableError(ValueError):
    """A table that a page does not have."""


# -- JSON ------------------------------------------------------------------------------------------


def page_data(page: Page, subject: Subject | None = None) -> Data:
    """The whole page; with a subject also the convention and the sizes it was made for."""
    found: Data = {
        "shape": SHAPE,
        "name": page.name,
        "title": page.title,
        "subtitle": words(page.subtitle),
    }
    if subject is not None:
        found["convention"] = convention_data(subject.convention)
        found["sizes"] = sizes_data(subject.binding)
    names = dict(zip(map(id, _tables(page)), table_names(page), strict=True))
    found["blocks"] = [_block(each, names.get(id(each), "")) for each in page.blocks]
    found["sources"] = [_source(each) for each in page.sources]
    return found


def _source(cited: Cited) -> Data:
    """A source that the page cites, with the places in it that are meant."""
    source = cited.source
    return {
        "key": source.key,
        "short": source.short,
        "title": source.title,
        "authors": source.authors,
        "year": source.year or None,
        "address": source.address or None,
        "places": list(cited.places),
    }


def convention_data(convention: Convention) -> Data:
    """How it was counted."""
    return {
        "name": convention.name,
        "counted": convention.sentence(),
        "source": convention.source,
    }


def sizes_data(binding: Mapping[Any, Bound]) -> Data:
    """The sizes in force by their symbols, each with its meaning and its origin."""
    return {
        each.symbol: {"value": bound.value, "meaning": each.meaning, "origin": bound.origin}
        for each, bound in sorted(binding.items(), key=lambda pair: pair[0].key)
    }


def written(data: Any) -> str:
    """JSON as every command prints it."""
    return json_text(data)


def _block(block: Block, name: str) -> Data:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": block.text}
        case Prose():
            return {"kind": "text", "text": words(block.runs)}
        case Chain():
            return _claim(block)
        case PageTable():
            return {"kind": "table", "table": name, **table_data(block)}
        case Picture():
            return {"kind": "figure", "text": block.words}


def _claim(chain: Chain) -> Data:
    """left = line = line ...: each line with the reason why it equals the one before."""
    return {
        "kind": "claim",
        "label": chain.label,
        "name": None if chain.left is None else people(chain.left),
        "latex": None if chain.left is None else LatexMath().write(chain.left),
        "python": python(opened(chain.lines[-1].form)),
        "result": chain.boxed,
        "lines": [_line(each) for each in chain.lines],
    }


def _line(line: Line) -> Data:
    return {**form_data(line.form), "reason": words(line.reason)}


def form_data(form: Form) -> Data:
    """A formula in three notations, and its value where no symbol is left in it.

    In Python the names of other claims are opened, so that it can be computed from the sizes.
    """
    found: Data = {
        "text": people(form),
        "latex": LatexMath().write(form),
        "python": python(opened(form)),
    }
    if not dims_of(form):
        found["value"] = number_data(evaluate(form, {}))
    return found


def opened(form: Form) -> Form:
    """The form with the names of other claims opened, so that only symbols are left."""
    while names := names_in(form):
        form = exchanged(form, {each: each.value for each in names})
    return form


def number_data(value: Number) -> int | str:
    """A whole number as it is, a fraction as text."""
    exact = tidy(value)
    return exact if isinstance(exact, int) else f"{exact.numerator}/{exact.denominator}"


def plain(value: Any) -> Any:
    """A value for JSON: fractions as text, all else as it is."""
    return number_data(value) if isinstance(value, Fraction) else value


def table_data(table: PageTable) -> Data:
    """A table: its heads, its rows, and whether the last row is their sum."""
    return {
        "caption": table.caption,
        "heads": list(table.heads),
        "rows": [[_cell(each) for each in row] for row in table.rows],
        "total": table.total,
    }


def _cell(cell: Cell) -> Any:
    run = single(cell)
    match run:
        case int() | Fraction():
            return number_data(run)
        case Share(part):
            return {"share": number_data(part), "percent": percent(part)}
        case tuple():
            return words(run)
    return words((run,)) if isinstance(run, WORDS) else form_data(run)


def single(cell: Cell) -> Plain:
    """What a cell holds: one run alone is that run, a number that knows its form is the number."""
    run = cell[0] if isinstance(cell, tuple) and len(cell) == 1 else cell
    if isinstance(run, Sentence):
        return run.runs
    if isinstance(run, Value):
        return run.otherwise if run.number is None else run.number
    return run


def words(runs: Iterable[Run]) -> str:
    """A sentence as plain text."""
    text = writer("text")
    return "".join(str(text.show(each)) for each in runs)


# -- CSV -------------------------------------------------------------------------------------------


def _tables(page: Page) -> list[PageTable]:
    return [each for each in page.blocks if isinstance(each, PageTable)]


def table_names(page: Page) -> list[str]:
    """The name of each table of a page, in its order: its label without the model."""
    names: list[str] = []
    for table in _tables(page):
        own = table.label.removeprefix(f"{slug(page.name)}:")
        name, again = slug(own), 1
        while name in names:
            again += 1
            name = f"{slug(own)}-{again}"
        names.append(name)
    return names


def tables_csv(page: Page) -> dict[str, str]:
    """Every table of a page as CSV, by its name."""
    return dict(zip(table_names(page), map(table_csv, _tables(page)), strict=True))


def one_csv(page: Page, wanted: str | None = None) -> str:
    """One table as CSV. Raises `TableError` unless it is named, or is the only one."""
    found = tables_csv(page)
    if wanted is None and len(found) == 1:
        return next(iter(found.values()))
    if wanted in found and wanted is not None:
        return found[wanted]
    names = ", ".join(found)
    if not found:
        raise TableError("there is no table on this page")
    if wanted is None:
        raise TableError(f"there are {len(found)} tables: choose one with --table: {names}")
    raise TableError(f"there is no table '{wanted[:60]}': choose {names}")


def table_csv(table: PageTable) -> str:
    """Heads and rows. Shares are exact fractions, with a column of per cent beside them."""
    shares = {
        at for row in table.rows for at, cell in enumerate(row) if isinstance(single(cell), Share)
    }
    heads: list[str] = []
    for at, head in enumerate(table.heads):
        heads += [head, f"{head} in per cent"] if at in shares else [head]
    rows = [
        [text for at, cell in enumerate(row) for text in _texts(cell, share=at in shares)]
        for row in table.rows
    ]
    return rows_csv(heads, rows)


def _texts(cell: Cell, *, share: bool) -> list[Any]:
    run = single(cell)
    if isinstance(run, Share):
        return [run.part, per_cent(run.part)]
    held: Any = run
    if isinstance(run, tuple):
        held = words(run)
    elif isinstance(run, WORDS):
        held = words((run,))
    elif not isinstance(run, int | Fraction):
        held = python(opened(run)) if dims_of(run) else evaluate(run, {})
    return [held, ""] if share else [held]


def per_cent(part: Fraction) -> Decimal:
    """Per cent with four decimals, rounded half up: what a spreadsheet can draw."""
    size = (abs(part) * 1_000_000 + Fraction(1, 2)) // 1
    return Decimal(-size if part < 0 else size).scaleb(-4)


def rows_csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV with exact numbers, and no text that a spreadsheet would take for a formula."""
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\n")
    out.writerow([guarded(each) for each in heads])
    out.writerows([guarded(each) for each in row] for row in rows)
    return file.getvalue()


def guarded(cell: object) -> str:
    """A number as it is; a text that begins as a formula does gets an apostrophe in front.

    Tabs and ends of lines become spaces, so a row of the table is a row of the file.

    A number is one by its type, never by its looks: "-1" that a stranger wrote is a text.
    """
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, int | Fraction):
        return str(number_data(cell))
    plain = "".join(each if each.isprintable() else " " for each in str(cell))
    # Some spreadsheets take a wide sign for the usual one.
    first = unicodedata.normalize("NFKC", plain).lstrip()
    dangerous = plain != NONE and first.startswith(STARTS_A_FORMULA)
    return f"'{plain}" if dangerous else plain
