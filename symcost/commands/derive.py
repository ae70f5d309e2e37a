"""`symcost derive`: closed forms, line by line, in any format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.commands.common import UsageError, add_model, convention, model, sizes, words
from symcost.commands.data import add_table, check_table, write_tables

if TYPE_CHECKING:
    from symcost.derived import Derived

FORMATS = ("latex", "markdown", "html", "text", "json", "csv")
FILES = {
    "latex": "derivation.tex",
    "markdown": "derivation.md",
    "html": "derivation.html",
    "text": "derivation.txt",
    "json": "derivation.json",
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
    add_formats(derive, "text", "(default: text)")
    derive.set_defaults(run=run)


def add_formats(parser: argparse.ArgumentParser, default: str | None, otherwise: str) -> None:
    """The formats of a page, and where to write it."""
    parser.add_argument(
        "--format",
        default=default,
        help=f"one or more of {', '.join(FORMATS)}, separated by commas {otherwise}",
    )
    parser.add_argument("-o", "--output", type=Path, help="folder to write derivation.* into")
    parser.add_argument(
        "--fragment", action="store_true", help="LaTeX without a preamble, for \\input"
    )
    parser.add_argument(
        "--template", type=Path, metavar="DIR", help="templates of your own, in front of ours"
    )
    add_table(parser)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    formats = formats_of(chosen)
    derived = model(chosen).derive(
        *chosen.quantity,
        convention=convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        **sizes(chosen.sizes),
    )
    return write(derived, formats, chosen)


def formats_of(chosen: argparse.Namespace) -> list[str]:
    """The formats asked for. Raises `UsageError` where they cannot be written as asked."""
    formats = words(chosen.format)
    for each in formats:
        if each not in FORMATS:
            raise UsageError(f"'{each}' is not a format: choose {', '.join(FORMATS)}")
    if not formats:
        raise UsageError(f"--format is empty: choose {', '.join(FORMATS)}")
    if len(formats) > 1 and chosen.output is None:
        raise UsageError("several formats need a folder: add -o DIR")
    check_table(chosen, formats)
    if chosen.fragment and formats != ["latex"]:
        raise UsageError("a fragment is LaTeX: add --format latex")
    return formats


def write(derived: Derived, formats: list[str], chosen: argparse.Namespace) -> int:
    """Writes a page in each format, into the folder or to the terminal."""
    if chosen.template is not None:
        derived = derived.with_template(chosen.template)
    for each in formats:
        if each == "csv":
            write_tables(derived.page, chosen)
            continue
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
