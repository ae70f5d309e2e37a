"""The command line: it parses, runs a command, and says in one line what went wrong.

Exit codes: 0 done; 1 done, and the answer is no (`check`: wrong or not explained; `which`: nothing
makes the number); 2 unusable input, in one line that says what to do.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from symcost import __version__
from symcost.commands import console
from symcost.commands.output import ended_in_order
from symcost.commands.parser import OUTPUT, Parser

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# In the order of `symcost --help`: the name of a command, and the module that it is in. A command
# that is asked for by its name is the only one that is loaded.
COMMANDS = {
    "derive and evaluate": {
        "derive": "symcost.commands.derive",
        "eval": "symcost.commands.evaluate",
        "show": "symcost.commands.show",
        "explain": "symcost.commands.explain",
    },
    "check": {
        "check": "symcost.commands.check",
        "which": "symcost.commands.which",
        "verify": "symcost.commands.verify",
    },
    "questions": {
        "solve": "symcost.commands.solve",
        "crossover": "symcost.commands.crossover",
        "compare": "symcost.commands.compare",
        "sensitivity": "symcost.commands.sensitivity",
        "asymptotics": "symcost.commands.asymptotics",
    },
    "on devices": {
        "traffic": "symcost.commands.traffic",
        "roofline": "symcost.commands.roofline",
        "mfu": "symcost.commands.mfu",
        "lengths": "symcost.commands.lengths",
    },
    "many configurations": {
        "sweep": "symcost.commands.sweep",
        "plot": "symcost.commands.plot",
        "export": "symcost.commands.export",
    },
    "more": {
        "list": "symcost.commands.listing",
        "tour": "symcost.commands.tour",
        "completion": "symcost.commands.completion",
    },
}
KNOW_ALL = ("completion",)  # these look at the whole command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    return console.guarded(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    words = [*(sys.argv[1:] if arguments is None else arguments)]
    if words[:1] == ["help"]:  # as git and others have it
        words = [*words[1:2], "--help"]
    reader = parser(words[0] if words else "")
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


def parser(name: str = "") -> Parser:
    """The whole command line, for what reads it: the reference of the site is made from it.

    With the name of a command that command alone, which reads its own words in the same way.
    """
    made = Parser(
        prog="symcost",
        usage="symcost COMMAND [options]",
        description="Closed forms, proofs and exact numbers for the cost of a neural network.",
        epilog="`symcost COMMAND --help` shows examples of each.",
    )
    commands = made.add_subparsers(metavar="COMMAND", help=argparse.SUPPRESS, prog="symcost")
    listed: dict[str, list[str]] = {}
    alone = any(name in some for some in COMMANDS.values()) and name not in KNOW_ALL
    for title, some in COMMANDS.items():
        before = set(made.commands)
        for command, module in some.items():
            if not alone or command == name:
                import_module(module).add(commands)
        listed[title] = [each for each in made.commands if each not in before]
    made.about(listed)
    _add_common(made)
    made.group(OUTPUT).add_argument(
        "--version", action="version", version=f"symcost {__version__}", help="show the version"
    )
    for each in made.commands.values():
        _add_common(each)
        each.set_defaults(parser=each, root=made, again=main)
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
