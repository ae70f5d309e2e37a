"""What the questions about one closed form take, and how their answers are printed."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.commands.common import UsageError, add_counting, add_source
from symcost.commands.data import add_table, check_table

if TYPE_CHECKING:
    import argparse

    from symcost.render.page import Page

FORMATS = ("text", "markdown", "latex", "html", "json", "csv")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")


def add_asked(parser: argparse.ArgumentParser) -> None:
    """A model, one quantity of it, and how to count."""
    add_source(parser)
    parser.add_argument(
        "-q",
        "--quantity",
        action="append",
        default=[],
        metavar="NAME",
        help="the quantity (symcost list quantities)",
    )
    parser.add_argument("--scope", choices=("batch", "sequence", "token"), help="count per what")
    add_counting(parser)


def add_answer(parser: argparse.ArgumentParser) -> None:
    """How the answer is printed."""
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="of the page (default: text)"
    )
    add_table(parser)


def one_quantity(chosen: argparse.Namespace, usual: str) -> str:
    """The one quantity that is asked about; without any the usual one, which the title names."""
    if len(chosen.quantity) > 1:
        raise UsageError("this question is about one quantity: give one -q")
    return str(chosen.quantity[0]) if chosen.quantity else usual


def share(text: str) -> Fraction:
    """A number of per cent as an exact share: 5 or 0.1."""
    if not DECIMAL.fullmatch(text) or not Fraction(text):
        raise UsageError(
            f"--within {text[:40]}: write per cent, a positive number such as 5 or 0.1"
        )
    return Fraction(text) / 100


def answer(page: Page, chosen: argparse.Namespace) -> str:
    """The page in the format that was chosen."""
    from symcost.render.data import one_csv, page_data, written
    from symcost.render.environment import render

    check_table(chosen, [chosen.format])
    if chosen.format == "csv":
        return one_csv(page, chosen.table)
    if chosen.format == "json":
        return written(page_data(page))
    return render(page, chosen.format)
