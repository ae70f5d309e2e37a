"""The language of a page: its argument, and what is said where words are missing."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from symcost.commands import console
from symcost.commands.parser import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.commands.parser import Parser


def add_language(parser: Parser) -> None:
    """In which language a page is written."""
    parser.group(OUTPUT).add_argument(
        "--language",
        default="en",
        metavar="LANGUAGE",
        help="of the page: symcost list languages, or a file of words of your own (default: en)",
    )


@contextmanager
def missing_words_told() -> Iterator[None]:
    """What stays English for want of words is said in one line, once for all formats."""
    from symcost.render.translate import UntranslatedWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UntranslatedWarning)
        yield
    told = [each for each in caught if issubclass(each.category, UntranslatedWarning)]
    for each in caught:
        if each not in told:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if told:
        console.complain(str(told[0].message))
