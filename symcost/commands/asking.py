"""What the questions about one closed form take, and how their answers are printed."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.commands import console
from symcost.commands.common import add_counting, add_scope, add_source, quantities
from symcost.commands.data import add_table, check_table
from symcost.commands.parser import ASKED, OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse

    from symcost.commands.parser import Parser
    from symcost.render.page import Page

FORMATS = ("text", "markdown", "latex", "html", "json", "csv")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")


def add_asked(parser: Parser) -> None:
    """A model, one quantity of it, and how to count."""
    add_source(parser)
    parser.group(ASKED).add_argument(
        "-q",
        "--quantity",
        action="extend",
        type=quantities,
        default=[],
        metavar="NAME",
        help="the quantity (symcost list quantities)",
    )
    add_scope(parser)
    add_counting(parser)


def add_answer(parser: Parser) -> None:
    """How the answer is printed."""
    parser.group(OUTPUT).add_argument(
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


def answer(page: Page, chosen: argparse.Namespace) -> None:
    """Prints the page in the format that was chosen."""
    from symcost.render.data import one_csv, page_data, written
    from symcost.render.environment import render

    check_table(chosen, [chosen.format])
    if chosen.format == "csv":
        text = one_csv(page, chosen.table)
    elif chosen.format == "json":
        text = written(page_data(page))
    else:
        text = render(page, chosen.format, screen=console.screen())
    console.put(text, chosen.format)
