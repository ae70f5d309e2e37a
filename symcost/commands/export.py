"""`symcost export`: a closed form as a function in another language."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from symcost.commands.common import add_model, convention, model, sizes
from symcost.commands.output import add_output, claim, put
from symcost.commands.parser import OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    parser = commands.add_parser(
        "export",
        summary="write a closed form as a function in another language",
        description="Writes the closed form of a quantity as a function of its symbols, exact in "
        "whole numbers, or an error where the language cannot hold them.",
        examples=(
            "export gpt2 -q params",
            "export gpt2 -q flops_forward --to c --set L=12",
            "export llama-3-8b -q kv_cache_bytes --to spreadsheet",
        ),
    )
    add_model(parser)
    output = parser.group(OUTPUT)
    output.add_argument(
        "--to",
        choices=("python", "numpy", "c", "javascript", "sql", "spark", "spreadsheet"),
        default="python",
        help="the language (default: python)",
    )
    add_output(parser, "FILE", "default: printed")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if len(chosen.quantity) != 1:
        raise UsageError("one quantity is exported at a time: add -q params")
    if chosen.output is not None:
        claim(chosen, [chosen.output])
    text = model(chosen).export(
        chosen.quantity[0],
        chosen.to,
        convention=convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        **sizes(chosen.sizes),
    )
    if chosen.output is None:
        sys.stdout.write(text)
    else:
        put(chosen, chosen.output, text)
    return 0
