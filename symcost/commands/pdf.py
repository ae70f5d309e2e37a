"""`--pdf` of the commands that write pages: what it takes, where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symcost.commands.parser import OUTPUT, UsageError
from symcost.render.engines import ENGINES

if TYPE_CHECKING:
    import argparse

    from symcost.commands.parser import Parser


def add_pdf(parser: Parser) -> None:
    """The arguments of a command that can write its page as PDF."""
    output = parser.group(OUTPUT)
    output.add_argument("--pdf", action="store_true", help="write a PDF: add -o notes.pdf")
    output.add_argument(
        "--pdf-engine",
        choices=ENGINES,
        metavar="NAME",
        help=f"set it with {', '.join(ENGINES[:-1])} or {ENGINES[-1]} "
        "(default: the first that is installed)",
    )


def pdf_wanted(chosen: argparse.Namespace) -> bool:
    """Whether a PDF is asked for; to name an engine asks for one."""
    return bool(chosen.pdf or chosen.pdf_engine)


def is_pdf(path: Path | None) -> bool:
    """Whether the path names a PDF, and no folder."""
    return path is not None and path.suffix.lower() == ".pdf" and not path.is_dir()


def pdf_place(output: Path | None, name: str) -> Path:
    """Where the PDF goes: into the file that was named, or into the folder."""
    if output is None:
        raise UsageError("a PDF is a file: add -o notes.pdf, or -o DIR")
    if is_pdf(output):
        return output
    if output.exists() and not output.is_dir():
        raise UsageError(f"-o {output}: there is a file of that name; give a folder or notes.pdf")
    return output / name


def ready(chosen: argparse.Namespace, name: str, tex: str = "") -> None:
    """Raises an error, before any work is done, where the PDF could not be made or put.

    `tex` names what only TeX can set.
    """
    from symcost.render.pdf import engine

    pdf_place(chosen.output, name)
    engine(chosen.pdf_engine, tex)
