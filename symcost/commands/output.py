"""`-o` and `--force` of the commands that write files: what may be written, and how it is told.

A file that exists is written over with `--force` only; in the folder `reports/` of the working
directory, which holds generated files, always. A command asks for all its files before it works.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from symcost import files
from symcost.commands.parser import FORCE, OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from symcost.commands.parser import Parser

GENERATED = "reports"


def add_output(parser: Parser, metavar: str, words: str, *, required: bool = False) -> None:
    """The arguments of a command that writes files."""
    output = parser.group(OUTPUT)
    output.add_argument("-o", "--output", type=Path, required=required, metavar=metavar, help=words)
    output.add_argument(
        FORCE,
        action="store_true",
        help=f"write over files that exist; below {GENERATED}/ they always are",
    )


def overwrites(chosen: argparse.Namespace, path: Path) -> bool:
    """Whether a file that exists may be written over."""
    return bool(chosen.force) or is_generated(path)


def is_generated(path: Path) -> bool:
    """Whether a file lies, behind all links, in the folder of generated files."""
    with suppress(OSError):
        return Path(os.path.realpath(path)).is_relative_to(Path.cwd() / GENERATED)
    return False


def claim(chosen: argparse.Namespace, paths: Iterable[Path]) -> None:
    """Raises an error, before any work is done, where a file could not be written."""
    taken: list[Path] = []
    for path in paths:
        try:
            files.ready(path, overwrite=overwrites(chosen, path))
        except files.TakenError:
            taken.append(path)
    if taken:
        refuse(taken)


def refuse(taken: list[Path]) -> NoReturn:
    """Raises the `UsageError` for files that exist."""
    first, *more = taken
    if not more:
        raise UsageError(f"{first} exists already: add {FORCE} to write over it")
    raise UsageError(f"{first} and {len(more)} more exist already: add {FORCE} to write over them")


def put(chosen: argparse.Namespace, path: Path, content: str | bytes) -> None:
    """Writes one file, and says where it is."""
    put_all(chosen, {path: content})


def put_all(chosen: argparse.Namespace, contents: Mapping[Path, str | bytes]) -> None:
    """Writes files, and says which are written; after a failure those before it are told."""
    claim(chosen, contents)
    written: list[Path] = []
    try:
        for path, content in contents.items():
            with writing(chosen, path) as file:
                file.write(content.encode() if isinstance(content, str) else content)
            written.append(path)
    finally:  # at the end, so that nobody who stops listening stops the writing
        for path in written:
            tell(path)


def tell(path: Path, more: str = "") -> None:
    """Says that a file is written; of a pipe or a device there is nothing to say."""
    if not files.is_stream(path):
        print(f"{path}{more}")


@contextmanager
def writing(chosen: argparse.Namespace, path: Path) -> Iterator[BinaryIO]:
    """A file to write into, whole when it has its name: see `symcost.files`."""
    try:
        with files.writing(path, overwrite=overwrites(chosen, path)) as file:
            yield file
    except files.TakenError:
        refuse([path])


@contextmanager
def ended_in_order(chosen: argparse.Namespace) -> Iterator[None]:
    """While a command writes, a request to end it (SIGTERM, SIGHUP) is an exception, as Ctrl-C is:
    its unfinished file goes with it.
    """
    if getattr(chosen, "output", None) is None:
        yield
        return
    import signal

    def end(number: int, _: Any) -> NoReturn:
        raise SystemExit(128 + number)

    held: dict[int, Any] = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What somebody else handles or ignores (nohup) stays so; only the main thread may ask.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError):
                held[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, before in held.items():
            signal.signal(number, before)
