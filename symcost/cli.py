"""The command line: it parses, runs a command, and says in one line what went wrong.

Exit codes: 0 done; 1 done, and the answer is no (`check`: wrong or not explained; `which`: nothing
makes the number); 2 unusable input, in one line that says what to do.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from symcost import __version__
from symcost.commands import (
    asymptotics,
    check,
    compare,
    completion,
    console,
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
    show,
    solve,
    sweep,
    tour,
    traffic,
    verify,
    which,
)
from symcost.commands.output import ended_in_order
from symcost.commands.parser import OUTPUT, Parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# In the order of `symcost --help`.
COMMANDS = {
    "derive and evaluate": (derive, evaluate, show, explain),
    "check": (check, which, verify),
    "questions": (solve, crossover, compare, sensitivity, asymptotics),
    "on devices": (traffic, roofline, mfu, lengths),
    "many configurations": (sweep, plot, export),
    "more": (listing, tour, completion),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    return console.guarded(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    reader = parser()
    words = [*(sys.argv[1:] if arguments is None else arguments)]
    if words[:1] == ["help"]:  # as git and others have it
        words = [*words[1:2], "--help"]
    try:
        chosen, extra = reader.parse_known_args(words)
    except SystemExit as stop:  # after --help or --version, printed already
        return stop.code if isinstance(stop.code, int) else 2
    if extra:
        chosen_parser: Parser = getattr(chosen, "parser", reader)
        chosen_parser.refuse(extra)
    console.settle(chosen.color)
    run: Callable[[argparse.Namespace], int] | None = getattr(chosen, "run", None)
    if run is None:
        reader.print_help()
        return 0
    with ended_in_order(chosen):
        return run(chosen)


def parser() -> Parser:
    """The whole command line, for what reads it: the reference of the site is made from it."""
    made = Parser(
        prog="symcost",
        usage="symcost COMMAND [options]",
        description="Closed forms, proofs and exact numbers for the cost of a neural network.",
        epilog="`symcost COMMAND --help` shows examples of each.",
    )
    commands = made.add_subparsers(metavar="COMMAND", help=argparse.SUPPRESS, prog="symcost")
    listed: dict[str, list[str]] = {}
    for title, modules in COMMANDS.items():
        before = set(made.commands)
        for module in modules:
            module.add(commands)
        listed[title] = [each for each in made.commands if each not in before]
    made.about(listed)
    _add_common(made)
    made.group(OUTPUT).add_argument(
        "--version", action="version", version=f"symcost {__version__}", help="show the version"
    )
    for command in made.commands.values():
        _add_common(command)
        command.set_defaults(parser=command, root=made, again=main)
    return made


def _add_common(parser: Parser) -> None:
    """What every command takes."""
    output = parser.group(OUTPUT)
    output.add_argument(
        "--color",
        choices=console.CHOICES,
        default="auto",
        help="colours: on a terminal (auto, the default), always or never",
    )
    output.add_argument("-h", "--help", action="help", help="show this help")
