"""Tables as CSV: one to the terminal, all of them into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.commands import console
from symcost.commands.parser import OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from symcost.commands.parser import Parser
    from symcost.render.page import Page

FOLDER = "tables"


def add_table(parser: Parser) -> None:
    """Which table is meant, where CSV is printed and there are several."""
    parser.group(OUTPUT).add_argument(
        "--table", metavar="NAME", help="the one to print, with --format csv"
    )


def check_table(chosen: argparse.Namespace, formats: Sequence[str]) -> None:
    """Raises `UsageError` where a table is named that nobody prints."""
    if chosen.table is not None and list(formats) != ["csv"]:
        raise UsageError("--table is of CSV: add --format csv")


def write_tables(page: Page, chosen: argparse.Namespace) -> None:
    """The tables of a page: DIR/tables/NAME.csv, or without a folder the one that is meant."""
    from symcost.render.data import one_csv, tables_csv

    if chosen.output is None:
        console.put(one_csv(page, chosen.table), "csv")
        return
    found = tables_csv(page)
    if chosen.table is not None:
        found = {chosen.table: one_csv(page, chosen.table)}
    folder = chosen.output / FOLDER
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: there is a file of that name; tables go into a folder")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
