"""A page as PDF: set by TeX where one is installed, else by the package `typst`.

What a page says comes from configurations of strangers. Every word of it is escaped; besides, TeX
runs without a shell, in a folder of its own, and opens no file outside of it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, final

from symcost.files import FileError, TakenError, ready, write
from symcost.render.engines import ENGINES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TIME_LIMIT = 300  # seconds for a page; tectonic may fetch its packages first
MOST_RUNS = 5
MOST_LOGS = 100
AGAIN = re.compile(r"Rerun to get|Rerun LaTeX|undefined references|Table widths have changed")
TEX_ERROR = re.compile(r"^(?:! ?|error: )(.+)|^(?:\./)?page\.tex:(\d+): (.+)", re.MULTILINE)
# No date and no identity: the same page gives the same file.
SAME = r"\pdfinfoomitdate=1\pdftrailerid{}\pdfsuppressptexinfo=-1"
PIP = "python -m pip install 'symcost[pdf]'"
INSTALL = (
    f"no program that makes a PDF is installed: {PIP}, or install latexmk, tectonic or pdflatex"
)


class PdfError(ValueError):
    """A PDF that cannot be made: the message names the engine and what to do."""


@final
class _SetError(Exception):
    """What an engine says first, and all that it says."""

    def __init__(self, first: str, log: str) -> None:
        super().__init__(first)
        self.first, self.log = first, log


def engine(wanted: str | None = None, tex: str = "") -> str:
    """The engine that was asked for, else the first that is installed. `tex` names what only TeX
    can set, if that is what the page is. Raises `PdfError` where none is installed that can.
    """
    if wanted is not None and wanted not in ENGINES:
        raise PdfError(f"'{wanted[:40]}' is no PDF engine: choose {', '.join(ENGINES)}")
    if tex and wanted == "typst":
        raise PdfError(f"typst cannot set {tex}: choose {', '.join(ENGINES[:-1])}")
    if wanted is not None:
        if not _installed(wanted):
            how = PIP if wanted == "typst" else f"install {wanted}"
            raise PdfError(f"the PDF engine {wanted} is not installed: {how}")
        return wanted
    found = [each for each in (ENGINES[:-1] if tex else ENGINES) if _installed(each)]
    if not found:
        raise PdfError(f"for {tex} install latexmk, tectonic or pdflatex" if tex else INSTALL)
    return found[0]


def write_pdf(
    path: Path,
    page: Callable[[str], str],
    wanted: str | None = None,
    tex: str = "",
    *,
    overwrite: bool = True,
) -> Path:
    """Sets a page and puts the PDF at `path`, at once and whole. `page` gives the text in a format.

    Raises `PdfError` with the first complaint of the engine, whose log then lies beside `path`;
    `FileError` where the file cannot be written, or exists and must stay.
    """
    chosen = engine(wanted, tex)
    ready(path, overwrite=overwrite)
    text = page("typst" if chosen == "typst" else "latex")
    try:
        made = _typst(text) if chosen == "typst" else _tex(text, chosen)
    except _SetError as error:
        where = _kept(path, error.log)
        raise PdfError(f"{chosen} fails: {error.first[:300]} ({where})") from None
    write(path, made, overwrite=overwrite)
    return path


def _kept(path: Path, log: str) -> str:
    """Puts a log beside the place of a PDF, under a name that is free; where it is.

    `notes.log` may be the log of somebody's own run of TeX, so it is not taken.
    """
    for number in range(1, MOST_LOGS + 1):
        place = path.with_name(f"{path.name}{'' if number == 1 else f'.{number}'}.log")
        try:
            write(place, log, overwrite=False)
        except TakenError:
            continue
        except FileError as error:
            return f"no log: {error}"
        return f"its log: {place}"
    return f"no log: there are {MOST_LOGS} of them beside it"


def _installed(name: str) -> bool:
    if name == "typst":
        found = importlib.util.find_spec("typst")
        return found is not None and found.origin is not None  # a mere folder has no origin
    if name == "latexmk" and shutil.which("pdflatex") is None:
        return False
    return shutil.which(name) is not None


# -- typst -----------------------------------------------------------------------------------------


def _typst(text: str) -> bytes:
    """Set in this process, with the fonts that come with the compiler and no file at hand."""
    import typst

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.typ"
        page.write_text(text, encoding="utf-8", newline="\n")
        try:
            return typst.compile(
                str(page),
                root=folder,
                ignore_system_fonts=True,
                package_path=folder,
                package_cache_path=folder,
            )
        except RuntimeError as error:
            said = str(getattr(error, "diagnostic", "") or error)
            raise _SetError(str(getattr(error, "message", "") or error), said) from None


# -- TeX -------------------------------------------------------------------------------------------


def _tex(text: str, name: str) -> bytes:
    """Set in a folder of its own, as often as the references need."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "page.tex").write_text(text, encoding="utf-8", newline="\n")
        for _ in range(MOST_RUNS if name == "pdflatex" else 1):
            said = _run(COMMANDS[name], folder, name)
            if not AGAIN.search(said):
                break
        pdf = folder / "page.pdf"
        if not pdf.is_file():
            raise _SetError("it made no PDF", said)
        return pdf.read_bytes()


_PLAIN = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
COMMANDS = {
    "latexmk": (
        "latexmk",
        "-norc",
        "-pdf",
        *_PLAIN[:2],
        f"-latexoption={_PLAIN[2]}",
        f"-usepretex={SAME}",
        "page.tex",
    ),
    "tectonic": ("tectonic", "--untrusted", "--keep-logs", "--chatter=minimal", "page.tex"),
    "pdflatex": ("pdflatex", *_PLAIN, "-jobname=page", rf"{SAME}\input{{page.tex}}"),
}


def _run(command: Sequence[str], folder: Path, name: str) -> str:
    """Runs an engine; its log. Whatever it started ends with it."""
    surroundings = {**os.environ, "openin_any": "p", "openout_any": "p", "shell_escape": "f"}
    surroundings.setdefault("SOURCE_DATE_EPOCH", "0")
    surroundings["max_print_line"] = "1000"  # TeX breaks the lines of its log, and words in them
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed = process.communicate(timeout=TIME_LIMIT)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        printed = process.communicate()[0].decode("utf-8", "replace")
        raise _SetError(f"it took longer than {TIME_LIMIT} s", printed) from None
    log = folder / "page.log"
    said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else printed
    if process.returncode != 0:
        raise _SetError(_first(said) or _first(printed) or f"{name} gave no reason", said)
    return said


def _first(log: str) -> str:
    """The first error of a log, in one line."""
    found = TEX_ERROR.search(log)
    if found is None:
        return ""
    return " ".join((found[1] or f"line {found[2]}: {found[3]}").split())
