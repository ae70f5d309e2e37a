"""Long work shows that it goes on: one line on the terminal, gone when the work is done.

Only a person sees it: it is written to the standard error where that is a terminal, and only when
the work has taken half a second already.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from symcost.commands.console import is_terminal, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 0.5  # seconds before anything is shown
AGAIN = PATIENCE / 4
BAR = 20
ERASED = "\r\x1b[K"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """While the work lasts; what is given takes how much is done of how much, where known."""
    counts = [0, 0]

    def count(done: int, of: int) -> None:
        counts[:] = done, of

    if not is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
        yield count
        return
    done = Event()
    shown = Thread(target=_show, args=(what, counts, done), daemon=True)
    shown.start()
    try:
        yield count
    finally:
        done.set()
        shown.join()


def _show(what: str, counts: list[int], done: Event) -> None:
    """Writes the line again and again, and takes it away at the end."""
    began = monotonic()
    if done.wait(PATIENCE):
        return
    safe = "".join(each for each in what if each.isprintable())
    try:
        while True:
            line = _line(safe, counts[0], counts[1], int(monotonic() - began))
            sys.stderr.write(f"\r{line[: width() - 1]}\x1b[K")
            sys.stderr.flush()
            if done.wait(AGAIN):
                break
        sys.stderr.write(ERASED)
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # the terminal has gone; the work has not


def _line(what: str, done: int, of: int, seconds: int) -> str:
    if not of:
        return f"{what} ... {seconds} s"
    full = BAR * done // of
    return f"{what} [{'#' * full}{' ' * (BAR - full)}] {done:,} of {of:,}, {seconds} s"
