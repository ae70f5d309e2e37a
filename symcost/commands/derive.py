"""`symcost derive`: closed forms, line by line, in any format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from symcost.commands.common import UsageError, add_model, convention, model, sizes, words

FORMATS = ("latex", "markdown", "html", "text")
FILES = {
    "latex": "derivation.tex",
    "markdown": "derivation.md",
    "html": "derivation.html",
    "text": "derivation.txt",
}


def add(commands: Any) -> None:
    """Declares the arguments."""
    derive = commands.add_parser(
        "derive",
        help="derive closed forms, line by line",
        description="Derives the cost of a model: notation, declaration, proofs, numbers.",
        epilog="examples: symcost derive gpt2 -q params | symcost derive gpt2 --set B=1 "
        "--set s=1024 --format latex,html -o notes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_model(derive)
    derive.add_argument(
        "--format",
        default="text",
        help=f"one or more of {', '.join(FORMATS)}, separated by commas (default: text)",
    )
    derive.add_argument("-o", "--output", type=Path, help="folder to write derivation.* into")
    derive.add_argument(
        "--fragment", action="store_true", help="LaTeX without a preamble, for \\input"
    )
    derive.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    formats = words(chosen.format)
    for each in formats:
        if each not in FORMATS:
            raise UsageError(f"'{each}' is not a format: choose {', '.join(FORMATS)}")
    if not formats:
        raise UsageError(f"--format is empty: choose {', '.join(FORMATS)}")
    if len(formats) > 1 and chosen.output is None:
        raise UsageError("several formats need a folder: add -o DIR")
    if chosen.fragment and formats != ["latex"]:
        raise UsageError("a fragment is LaTeX: add --format latex")
    derived = model(chosen).derive(
        *chosen.quantity,
        convention=convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        **sizes(chosen.sizes),
    )
    for each in formats:
        text = derived.to_latex(fragment=True) if chosen.fragment else derived.to(each)
        if chosen.output is None:
            sys.stdout.write(text)
            continue
        if chosen.output.exists() and not chosen.output.is_dir():
            raise UsageError(f"-o {chosen.output}: there is a file of that name; give a folder")
        chosen.output.mkdir(parents=True, exist_ok=True)
        path = chosen.output / ("fragment.tex" if chosen.fragment else FILES[each])
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0
