"""`symcost derive`: closed forms, line by line, in any format."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost import files
from symcost.algebra.near import did_you_mean
from symcost.commands import console
from symcost.commands.common import add_model, convention, model, sizes, words
from symcost.commands.data import add_table, check_table, one_table, tables, tables_there
from symcost.commands.languages import add_language, missing_words_told
from symcost.commands.output import add_output, claim, overwrites, put_all, tell
from symcost.commands.parser import OUTPUT, UsageError
from symcost.commands.pdf import add_pdf, is_pdf, pdf_place, pdf_wanted, ready
from symcost.commands.progress import progress
from symcost.derived import SLIDES

if TYPE_CHECKING:
    from symcost.commands.parser import Parser
    from symcost.derived import Derived

FILES = {
    "latex": "derivation.tex",
    "beamer": "slides.tex",
    "macros": "macros.tex",
    "bibtex": "references.bib",
    "markdown": "derivation.md",
    "html": "derivation.html",
    "text": "derivation.txt",
    "json": "derivation.json",
    "typst": "derivation.typ",
    "myst": "derivation.myst.md",
    "quarto": "derivation.qmd",
    "pandoc": "derivation.pandoc.md",
    "certificate": "derivation.cert.json",
    "coq": "derivation.v",
}
PDF, PDF_SLIDES = "derivation.pdf", "slides.pdf"
BEAMER = "beamer"
CSV, FRAGMENTS = "csv", "fragments"  # formats of many files
LIST, FRAGMENT = "fragments.md", "fragment.tex"
FORMATS = (*FILES, CSV, FRAGMENTS)
# What the ending of -o FILE means where no format is named.
ENDINGS = {
    ".tex": "latex",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".json": "json",
    ".typ": "typst",
    ".qmd": "quarto",
    ".bib": "bibtex",
}


def add(commands: Any) -> None:
    """Declares the arguments."""
    derive = commands.add_parser(
        "derive",
        summary="derive closed forms, line by line",
        description="Derives the cost of a model: notation, declaration, proofs, numbers.",
        examples=(
            "derive lecture",
            "derive gpt2 -q params --set d=1024 --set h=16",
            "derive llama-3-8b -q kv_cache_bytes --format latex --fragment",
            "derive gpt2 --set B=1 --set s=1024 --format latex,html -o notes",
            "derive gpt2 --set B=1 --set s=1024 -o notes.html",
            "derive gpt2 --set B=1 --set s=1024 --pdf -o notes.pdf",
        ),
    )
    add_model(derive)
    add_formats(derive, "(default: text)")
    derive.set_defaults(run=run)


def add_formats(parser: Parser, otherwise: str) -> None:
    """The formats of a page, and where to write it."""
    output = parser.group(OUTPUT)
    output.add_argument(
        "--format",
        metavar="FORMATS",
        help=f"one or more of {', '.join(FORMATS)}, separated by commas {otherwise}",
    )
    add_output(
        parser, "PLACE", "folder to write into, or one file: notes.html, notes.tex, notes.pdf"
    )
    output.add_argument(
        "--fragment", action="store_true", help="LaTeX without a preamble, for \\input"
    )
    output.add_argument(
        "--prefix", default="", metavar="NAME", help="what the names of macros begin with"
    )
    output.add_argument(
        "--line-width",
        type=_millimetres,
        default=160,
        metavar="MM",
        help="of the document that fragments go into (default: 160)",
    )
    output.add_argument(
        "--template", type=Path, metavar="DIR", help="templates of your own, in front of ours"
    )
    add_language(parser)
    add_table(parser)
    add_pdf(parser)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    formats = formats_of(chosen)
    with progress(f"deriving {chosen.model}"):
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
    given = chosen.format
    if given is None:
        chosen.pdf = chosen.pdf or is_pdf(chosen.output)
        given = "" if pdf_wanted(chosen) and not chosen.fragment else "text"
        if is_page(chosen.output):
            given = ENDINGS.get(chosen.output.suffix.lower(), "text")
    formats = words(given)
    if "pdf" in formats:
        raise UsageError("a PDF is made beside the formats: add --pdf")
    for each in formats:
        if each not in FORMATS:
            near = did_you_mean(each, FORMATS)
            raise UsageError(
                f"'{each[:60]}' is not a format: choose {', '.join(FORMATS)}{near and '.'}{near}"
            )
    if not formats and chosen.format is not None:
        raise UsageError(f"--format is empty: choose {', '.join(FORMATS)}")
    if len(formats) > 1 and chosen.output is None:
        raise UsageError("several formats need a folder: add -o DIR")
    check_table(chosen, formats)
    if pdf_wanted(chosen):
        ready(chosen, PDF, SLIDES if BEAMER in formats else "")
        if formats not in ([], [BEAMER]) and is_pdf(chosen.output):
            raise UsageError(f"-o {chosen.output} is one PDF: give a folder for --format beside it")
    if FRAGMENTS in formats and chosen.output is None:
        raise UsageError("fragments are several files: add -o DIR")
    if chosen.fragment and formats != ["latex"]:
        raise UsageError("a fragment is LaTeX: add --format latex")
    _one_place(formats, chosen)
    if chosen.output is not None:
        _claim(formats, chosen)
    return formats


def is_page(path: Path | None) -> bool:
    """Whether the path names the file of one page, and no folder."""
    if path is None or path.is_dir():
        return False
    return path.suffix.lower() in ENDINGS or files.is_stream(path)


def _claim(formats: list[str], chosen: argparse.Namespace) -> None:
    """Raises an error, before anything is derived, where a file could not be written."""
    wanted: list[Path] = []
    for each in formats if not _alone(chosen) else ():
        if each == CSV:
            wanted += tables_there(chosen)
        else:
            wanted.append(_place(chosen.output, _name(each, chosen)))
    if pdf_wanted(chosen):
        wanted += [pdf_place(chosen.output, name) for name in _pdfs(formats)]
    claim(chosen, wanted)


def _one_place(formats: list[str], chosen: argparse.Namespace) -> None:
    """Raises `UsageError` where more is asked for than the one file that -o names can hold."""
    place = chosen.output
    if is_pdf(place) and not pdf_wanted(chosen):
        raise UsageError(f"-o {place} is a PDF: leave --format out, or give a folder")
    if not is_page(place):
        return
    if len(formats) > 1 or pdf_wanted(chosen) or formats[0] in (CSV, FRAGMENTS):
        raise UsageError(f"-o {place} is one file: give a folder for all that is written")


def write(derived: Derived, formats: list[str], chosen: argparse.Namespace) -> int:
    """Writes a page in each format, into the folder or to the terminal."""
    if chosen.template is not None:
        derived = derived.with_template(chosen.template)
    with missing_words_told():
        _write(derived.in_language(chosen.language), formats, chosen)
    return 0


def _write(derived: Derived, formats: list[str], chosen: argparse.Namespace) -> None:
    kinds = [] if _alone(chosen) else formats
    if chosen.output is None:
        for each in kinds:
            _print(derived, each, chosen)
        return
    made = [_files(derived, each, chosen) for each in kinds]
    put_all(
        chosen,
        {_place(chosen.output, name): text for each in made for name, text in each.items()},
    )
    for name in _pdfs(formats) if pdf_wanted(chosen) else ():
        place = pdf_place(chosen.output, name)
        tell(
            derived.to_pdf(
                place,
                chosen.pdf_engine,
                slides=name == PDF_SLIDES,
                overwrite=overwrites(chosen, place),
            )
        )


def _print(derived: Derived, kind: str, chosen: argparse.Namespace) -> None:
    if kind == CSV:
        console.put(one_table(derived.said(), chosen), CSV)
    elif kind == "text":
        console.put(derived.to_text(console.screen()))
    else:
        (text,) = _files(derived, kind, chosen).values()
        console.put(text, kind)


def _alone(chosen: argparse.Namespace) -> bool:
    """Whether one PDF is all that is written."""
    return pdf_wanted(chosen) and is_pdf(chosen.output)


def _pdfs(formats: list[str]) -> tuple[str, ...]:
    """The page as PDF, the slides where they are asked for, or both."""
    return (*(() if formats == [BEAMER] else (PDF,)), *((PDF_SLIDES,) if BEAMER in formats else ()))


def _name(kind: str, chosen: argparse.Namespace) -> str:
    """What the file of a format is called; of fragments the list of them, which is always there."""
    if kind == FRAGMENTS:
        return LIST
    return FRAGMENT if chosen.fragment else FILES[kind]


def _files(derived: Derived, kind: str, chosen: argparse.Namespace) -> dict[str, str]:
    """The files of a format: their names below the folder, and what they hold."""
    if kind == CSV:
        return tables(derived.said(), chosen)
    if kind == FRAGMENTS:
        return derived.to_fragments(chosen.line_width)
    if kind == "macros":
        return {FILES[kind]: derived.to_macros(chosen.prefix)}
    if chosen.fragment:
        return {FRAGMENT: derived.to_latex(fragment=True)}
    return {FILES[kind]: derived.to(kind)}


def _place(place: Path, name: str) -> Path:
    if is_page(place):
        return place
    if place.exists() and not place.is_dir():
        raise UsageError(f"-o {place}: there is a file of that name; give a folder")
    return place / name


def _millimetres(text: str) -> int:
    if not text.isdecimal() or not 60 <= int(text) <= 300:
        raise argparse.ArgumentTypeError("millimetres from 60 to 300")
    return int(text)
