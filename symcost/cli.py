"""The command line: it parses, runs a command, and says in one line what went wrong.

Exit codes: 0 done; 1 done, and the answer is no (`check`: wrong or not explained; `which`: nothing
makes the number); 2 unusable input, in one line that says what to do.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from symcost import __version__
from symcost.commands import (
    asymptotics,
    check,
    compare,
    crossover,
    derive,
    evaluate,
    explain,
    export,
    lengths,
    listing,
    mfu,
    plot,
    roofline,
    sensitivity,
    solve,
    sweep,
    traffic,
    which,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# In the order of `symcost --help`.
COMMANDS = (
    derive,
    evaluate,
    explain,
    traffic,
    roofline,
    mfu,
    lengths,
    solve,
    crossover,
    compare,
    sensitivity,
    asymptotics,
    check,
    which,
    plot,
    sweep,
    export,
    listing,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # the reader (head, less) has gone; there is nobody left to tell
        return 0
    except (ValueError, OSError) as error:
        print(f"symcost: {one_line(error)}", file=sys.stderr)
        if isinstance(error, OSError):
            _drop_output()
        return 2
    return code


def _run(arguments: Sequence[str] | None) -> int:
    reader = parser()
    try:
        chosen = reader.parse_args(arguments)
    except SystemExit as stop:  # after --help, --version or a usage error, all printed already
        return stop.code if isinstance(stop.code, int) else 2
    run: Callable[[argparse.Namespace], int] | None = getattr(chosen, "run", None)
    if run is None:
        reader.print_help()
        return 0
    return run(chosen)


def _drop_output() -> None:
    """Sends what is left in the buffer nowhere: flushing it at exit would fail once more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # the output is no file of the system, so nothing is flushed at exit


def one_line(error: Exception) -> str:
    """The message on one line; a sign that moves the cursor of a terminal shows as its code."""
    text = " ".join(str(error).split())
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def parser() -> argparse.ArgumentParser:
    """The whole command line, for what reads it: the reference of the site is made from it."""
    made = argparse.ArgumentParser(
        prog="symcost",
        description="Closed forms, proofs and exact numbers for the cost of a neural network.",
    )
    made.add_argument("--version", action="version", version=f"symcost {__version__}")
    commands = made.add_subparsers(title="commands", metavar="COMMAND")
    for each in COMMANDS:
        each.add(commands)
    return made
