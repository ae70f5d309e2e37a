"""`symcost explain`: where every size of a model comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.data import add_data, put_rows
from symcost.commands.parser import MODEL

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    explain = commands.add_parser(
        "explain",
        summary="say where every size of a model comes from",
        description="Prints every key of a configuration that was read, and every size, with the "
        "key, the alias or the class default that it came from.",
        examples=("explain gpt2", "explain llama-3-8b", "explain path/to/config.json"),
    )
    explain.group(MODEL).add_argument(
        "model", metavar="MODEL", help="a config.json, or a name (symcost list models)"
    )
    add_data(explain)
    explain.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.explain import explain, written

    tables = explain(chosen.model)
    if chosen.format != "text":
        rows = [
            {"table": title, "name": name, "value": value, "origin": origin}
            for title, held in tables
            for name, value, origin in held
        ]
        return put_rows(chosen.format, rows)
    console.put(written(tables, console.screen().width))
    return 0
