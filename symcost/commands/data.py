"""Tables as CSV and JSON: those of a page by their names, and rows that a command prints itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from symcost.commands import console
from symcost.commands.parser import OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from symcost.commands.parser import Parser
    from symcost.quantities.convention import Convention
    from symcost.render.page import Page

FOLDER = "tables"

Rows: TypeAlias = "Sequence[Mapping[str, Any]]"


def add_data(parser: Parser, *more: str) -> None:
    """The formats of a command that prints one table."""
    parser.group(OUTPUT).add_argument(
        "--format", choices=("text", *more, "json", "csv"), default="text", help="(default: text)"
    )


def rows_text(kind: str, rows: Rows, about: Mapping[str, Any] | None = None) -> str:
    """Rows as CSV, or as a JSON list; with `about` as one object that holds them."""
    from symcost.render.data import plain, rows_csv, written

    if kind == "json":
        listed = [{name: plain(value) for name, value in row.items()} for row in rows]
        held = {name: plain(value) for name, value in (about or {}).items()}
        return written(listed if about is None else {**held, "rows": listed})
    heads = list(rows[0]) if rows else []
    return rows_csv(
        heads, [["" if row[each] is None else row[each] for each in heads] for row in rows]
    )


def put_rows(kind: str, rows: Rows, about: Mapping[str, Any] | None = None) -> int:
    """Prints them; returns the exit code."""
    console.put(rows_text(kind, rows, about), kind)
    return 0


def counted_as(model: str, convention: Convention) -> dict[str, Any]:
    """Whose rows they are, and how they were counted."""
    return {"model": model, "convention": convention.name, "counted": convention.sentence()}


def add_table(parser: Parser) -> None:
    """Which table is meant, where CSV is printed and there are several."""
    parser.group(OUTPUT).add_argument(
        "--table", metavar="NAME", help="the one to print, with --format csv"
    )


def check_table(chosen: argparse.Namespace, formats: Sequence[str]) -> None:
    """Raises `UsageError` where a table is named that nobody prints."""
    if chosen.table is not None and list(formats) != ["csv"]:
        raise UsageError("--table is of CSV: add --format csv")


def one_table(page: Page, chosen: argparse.Namespace) -> str:
    """The table that is meant, as CSV."""
    from symcost.render.data import one_csv

    return one_csv(page, chosen.table)


def tables(page: Page, chosen: argparse.Namespace) -> dict[str, str]:
    """The tables of a page as CSV: tables/NAME.csv below a folder, all or the one that is meant."""
    from symcost.render.data import tables_csv

    wanted = chosen.table
    found = tables_csv(page) if wanted is None else {wanted: one_table(page, chosen)}
    return {f"{FOLDER}/{name}.csv": text for name, text in found.items()}


def tables_there(chosen: argparse.Namespace) -> list[Path]:
    """The tables that stand in the way of new ones, as far as is known before there is a page."""
    folder = chosen.output / FOLDER
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: there is a file of that name; tables go into a folder")
    if chosen.table is None:
        return sorted(folder.glob("*.csv"))
    one: Path = folder / f"{chosen.table}.csv"
    return [one]
