"""`symcost explain`: where every size of a model comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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
    explain.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.explain import explain, written

    sys.stdout.write(written(explain(chosen.model)))
    return 0
