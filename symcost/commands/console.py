"""The terminal: how wide it is, whether it has colours, which signs its encoding has.

A pipe or a file is `WIDTH` columns wide, unless `COLUMNS` says otherwise. What the encoding of the
output lacks is written in ASCII: no command fails over a sign.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from symcost.render.breaking import broken, glued, wrapped
from symcost.render.screen import NARROWEST, PAPER, WIDEST, WIDTH, Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CHOICES = ("auto", "always", "never")
SIGNS = "✓✗≈–│├└─"
LONGEST_COMPLAINT = 2000
ERRORS = "symcost-ascii"
_settled: ContextVar[Screen] = ContextVar("screen", default=PAPER)
IN_ASCII = {
    "✓": "ok",
    "✗": "X",
    "≈": "~",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "x",
    "·": "*",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "│": "|",
    "├": "|",
    "└": "`",
    "─": "-",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
}


def settle(choice: str) -> None:
    """Takes the terminal as it is now for all that is printed."""
    _settled.set(Screen(width(), coloured(choice), not has_signs()))


def screen() -> Screen:
    """What the output of the command that runs is set for."""
    return _settled.get()


def width() -> int:
    """The columns of the terminal; of anything else what `COLUMNS` says, or `WIDTH`."""
    said = os.environ.get("COLUMNS", "")
    found = int(said[:9]) if said.isdecimal() and said.isascii() else 0
    if not found and is_terminal(sys.stdout):
        with suppress(OSError, ValueError):
            found = os.get_terminal_size(sys.stdout.fileno()).columns
    return max(NARROWEST, min(found or WIDTH, WIDEST))


def coloured(choice: str, stream: TextIO | None = None) -> bool:
    """Whether there are colours: `--color`, then NO_COLOR, then what forces them, then a terminal.

    Sources: no-color.org, force-color.org, bixense.com/clicolors.
    """
    if choice != "auto":
        return choice == "always"
    asked = os.environ.get
    if asked("NO_COLOR"):
        return False
    if asked("FORCE_COLOR", "0") != "0" or asked("CLICOLOR_FORCE", "0") != "0":
        return True
    if asked("CLICOLOR") == "0" or asked("TERM") == "dumb":
        return False
    return is_terminal(stream or sys.stdout)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at this stream."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def has_signs() -> bool:
    """Whether the output has marks and lines of boxes."""
    return _encodes(SIGNS)


def _encodes(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# -- what encodings lack ---------------------------------------------------------------------------


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    shown = (
        IN_ASCII.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lacking
    )
    return "".join(shown), error.end


codecs.register_error(ERRORS, _in_ascii)


@contextmanager
def safe_output() -> Iterator[None]:
    """While it lasts, no character fails on its way out."""
    changed: list[tuple[io.TextIOWrapper, str]] = []
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != ERRORS:
            changed.append((stream, stream.errors or "strict"))
            stream.reconfigure(errors=ERRORS)
    try:
        yield
    finally:
        for stream, errors in changed:
            if not stream.closed:
                stream.reconfigure(errors=errors)


def guarded(run: Callable[[], int]) -> int:
    """Runs a command; what it cannot use is said in one line, with exit code 2."""
    with safe_output():
        try:
            code = run()
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()  # the reader (head, less) has gone; there is nobody left to tell
            return 0
        except (ValueError, OSError) as error:
            complain(_reason(error))
            if isinstance(error, OSError):
                _drop_output()
            return 2
        except KeyboardInterrupt:
            complain("interrupted")
            return 130  # as shells have it
        return code


def _reason(error: Exception) -> str:
    """What went wrong; of a file that the system refuses its name, then why."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _drop_output() -> None:
    """Sends what is left in the buffer nowhere: flushing it at exit would fail once more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # the output is no file of the system, so nothing is flushed at exit


def put(text: str, kind: str = "text") -> None:
    """Writes a whole document: what the encoding lacks as that format writes it."""
    if kind in ("html", "markdown") and not _encodes(text):
        text = text.encode("ascii", "xmlcharrefreplace").decode()
    elif kind == "json" and not _encodes(text):
        # In JSON such letters stand in strings alone, where an escape means the same.
        text = "".join(each if each.isascii() else json.dumps(each)[1:-1] for each in text)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, ERRORS).decode(encoding))


def put_json(data: Any) -> None:
    """Writes data as one object."""
    from symcost.render.steering import json_text

    put(json_text(data), "json")


def complain(problem: str, most: int = LONGEST_COMPLAINT) -> None:
    """One line for what cannot be used."""
    safe = one_line(problem[: 10 * most])[:most]
    head = Screen(colour=coloured("auto", sys.stderr)).paint("symcost:", "error")
    print(f"{head} {safe}", file=sys.stderr)


def one_line(problem: str) -> str:
    """A message on one line; a sign that moves the cursor of a terminal shows as its code."""
    text = " ".join(problem.split())
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


# -- lines -----------------------------------------------------------------------------------------


def say(words: str, hang: int = 2) -> None:
    """Words in lines that fit, all but the first set in."""
    print("\n".join(wrapped(words, screen().width, hang)))


def say_answer(words: str, hang: int = 2) -> None:
    """The line that was asked for."""
    on = screen()
    print("\n".join(on.paint(line, "result") for line in wrapped(words, on.width, hang)))


def say_table(heads: Sequence[str], align: str, rows: Sequence[Sequence[str]]) -> None:
    """A table whose last row is the total; records where the screen is narrow."""
    from symcost.render.page import Table
    from symcost.render.text import TextWriter
    from symcost.render.text_table import table_lines

    made = Table("", "", tuple(heads), align, tuple(map(tuple, rows)), total=True)
    print("\n".join(table_lines(made, TextWriter(screen=screen()), screen(), 0)))


def say_list(head: str, items: Iterable[str], hang: int = 2) -> None:
    """Items behind a head, each in one piece, commas between them."""
    say(head + ", ".join(map(glued, items)), hang)


def say_formula(head: str, formula: str, tone: str = "") -> None:
    """A formula behind its head, broken where it is too long."""
    on = screen()
    lines = broken(formula, on.width - len(head))
    below = "\n" + " " * len(head)
    print(head + below.join(on.paint(each, tone) for each in lines))
