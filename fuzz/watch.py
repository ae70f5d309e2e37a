"""One input, watched: what it runs, what it writes, how it refuses.

A finding is an exception that a reader may not answer with, a refusal of more than one line, code
that runs, a process, a connection, or a file opened for writing outside the fuzzer's own folder.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.targets import FOLDER
from symcost.commands.console import one_line

if TYPE_CHECKING:
    from fuzz.targets import Target

LONGEST_COMPLAINT = 1_000
FORBIDDEN = (
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "subprocess.",
    "socket.",
    "ctypes.",
)
CHANGING = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "shutil.", "os.link")
# Code comes from files that were installed; what is compiled from an input has no such file.
TRUSTED = tuple(
    str(Path(place).resolve())
    for place in (Path(__file__).parent.parent, sys.prefix, sys.base_prefix)
)


class FindingError(Exception):
    """Something that no input may bring about."""


class Watch:
    """Listens to the interpreter's audit events while an input is read."""

    def __init__(self) -> None:
        self.on = False
        self.seen = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "exec":
            name = getattr(args[0], "co_filename", "")
            if not name.startswith(("<frozen", *TRUSTED)):
                self.seen = f"code of {name!r} runs"
        elif event == "open":
            path, mode, _ = args
            if (
                isinstance(mode, str)
                and set(mode) & set("wax+")
                and not str(path).startswith(str(FOLDER))
            ):
                self.seen = f"{path!r} is opened for writing"
        elif event.startswith((*FORBIDDEN, *CHANGING)):
            self.seen = f"{event} {args!r:.200}"

    def run(self, target: Target, data: bytes) -> str:
        """Reads one input. Returns "answered" or "refused"; raises `FindingError`."""
        self.seen, self.on = "", True
        try:
            target.run(data)
            found = "answered"
        except target.refuses as error:
            found = "refused"
            message = one_line(str(error))
            if not message or len(message) > LONGEST_COMPLAINT:
                raise FindingError(
                    f"refused with {len(message)} characters: {message!r}"
                ) from error
        finally:
            self.on = False
        if self.seen:
            raise FindingError(self.seen)
        return found
