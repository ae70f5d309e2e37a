"""The reference of the command line, made from the parsers themselves."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING
from unittest import mock

from site_of_symcost.catalog import WRITER, plain, table
from symcost.cli import parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.commands.parser import Parser

WIDTH = "88"


def pages() -> dict[str, str]:
    """One page for each command, and one that lists them."""
    # argparse takes the width of its usage lines from the terminal.
    with mock.patch.dict(os.environ, {"COLUMNS": WIDTH, "NO_COLOR": "1"}):
        found = {name: _command(name, each) for name, each in subcommands()}
        return {
            "commands.md": _overview(found),
            **{f"commands/{name}.md": text for name, text in found.items()},
        }


def subcommands() -> Iterator[tuple[str, Parser]]:
    """Every command with its parser, in the order of `symcost --help`."""
    yield from ((name, each) for name, each in parser().commands.items() if each.summary)


def _overview(names: dict[str, str]) -> str:
    said = {name: each.description or "" for name, each in subcommands()}
    rows = [(f"[`{name}`](commands/{name}.md)", plain(said[name])) for name in names]
    listed = "\n".join(f"commands/{name}" for name in names)
    return (
        "# Commands\n\n"
        "Every command exits with 0 when it is done, with 1 when the answer is no (`check`: wrong "
        "or not explained; `which`: nothing makes the number), with 2 when it cannot use its "
        "input, and then one line says what to write.\n\n"
        f"{table(('Command', 'What it does'), rows)}\n"
        f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    )


def _command(name: str, parser: Parser) -> str:
    blocks = [f"# symcost {name}", plain(parser.description or "")]
    blocks.append(f"```text\n{parser.format_help().splitlines()[0]}\n```")
    for group in parser._action_groups:
        rows = [_row(parser, each) for each in group._group_actions if _is_shown(each)]
        if rows:
            title = (group.title or "options").capitalize()
            blocks.append(f"## {title}\n\n{table(('Argument', 'Meaning'), rows)}")
    if parser.examples:
        lines = "\n".join(f"symcost {each}" for each in parser.examples)
        blocks.append(f"## Examples\n\n```text\n{lines}\n```")
    return "\n\n".join(blocks) + "\n"


def _is_shown(action: argparse.Action) -> bool:
    return action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction)


def _row(parser: argparse.ArgumentParser, action: argparse.Action) -> tuple[str, str]:
    formatter = parser._get_formatter()
    meaning = formatter._expand_help(action) if action.help else ""
    return WRITER.code(formatter._format_action_invocation(action)), plain(meaning)
