"""`symcost explain`: where every size of a model comes from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    explain = commands.add_parser("explain", help="say where every size of a model comes from")
    explain.add_argument("model", help="a config.json, or a name (symcost list models)")
    explain.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.explain import explain, written

    sys.stdout.write(written(explain(chosen.model)))
    return 0
