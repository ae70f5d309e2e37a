"""The nearest known name to one that nobody knows, for the end of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 100  # characters of a name that are compared


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that is spelled most like this one; letters of another case come first."""
    known, wanted = [*names], name[:LONGEST]
    for each in known:
        if each.casefold() == wanted.casefold():
            return each
    import difflib  # only a mistake is worth the time that it takes to load

    close = difflib.get_close_matches(wanted, known, n=1)
    return close[0] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """` Did you mean 'params'?` for parms, nothing where no name is near."""
    close = nearest(name, names)
    return f" Did you mean '{close}'?" if close else ""
