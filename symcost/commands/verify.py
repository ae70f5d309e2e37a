"""`symcost verify`: certificates of derivations, checked by themselves."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.certificates import checker
from symcost.commands.console import one_line
from symcost.commands.parser import ASKED

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    verify = commands.add_parser(
        "verify",
        summary="check the certificate of a derivation",
        description="Checks certificates: every line of every chain must equal the line before it. "
        "The checker stands alone: it knows nothing of symcost, and can be read in one sitting. "
        "Exit code 1: a line does not hold.",
        examples=(
            "verify gpt2.cert.json",
            "verify gpt2.cert.json llama.cert.json",
        ),
    )
    verify.group(ASKED).add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="what derive --format certificate wrote"
    )
    verify.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    return max(_verified(str(each)) for each in chosen.files)


def _verified(name: str) -> int:
    """What the checker says of a file. It stands alone, and prints names as they are."""
    said, told = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(told):
        code = checker.main([name])
    for text, stream in ((said.getvalue(), sys.stdout), (told.getvalue(), sys.stderr)):
        if text:
            print(one_line(text), file=stream)
    return code
