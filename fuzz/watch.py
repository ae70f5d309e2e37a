"""One input, watched: what it runs, what it reads and writes, how it refuses, how long it takes.

A finding is an exception that a reader may not answer with, a refusal of more than one line, code
that runs, a process, a connection, a file opened or changed outside of the fuzzer's own folder.
What is forbidden does not happen: the watch stops it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fuzz.target import FOLDER
from symcost.commands.console import one_line

if TYPE_CHECKING:
    from fuzz.target import Target

LONGEST_COMPLAINT = 1_000
FORBIDDEN = (
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.putenv",
    "subprocess.",
    "socket.",
    "ctypes.",
)
CHANGING = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link"),
    *("os.symlink", "os.truncate", "os.utime", "shutil."),
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Code comes from files that were installed; what is compiled from an input has no such file. The
# system's own files hold time zones and the like.
TRUSTED = tuple(
    str(Path(place).resolve())
    for place in (Path(__file__).parent.parent, sys.prefix, sys.base_prefix)
)
READABLE = (*TRUSTED, "/usr/share/", "/dev/null", "/dev/urandom", str(FOLDER))
# Templates are compiled from the fuzzer's folder and run in the sandbox.
SANDBOXED = f"{FOLDER.resolve()}/own/"
RAISES_ANEW = "/jinja2/debug.py"  # runs `raise` under the name of a template


class FindingError(Exception):
    """Something that no input may bring about."""


class Watch:
    """Listens to the interpreter's audit events while an input is read."""

    def __init__(self) -> None:
        self.on = self.blocks = False
        self.seen = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "exec":
            name = getattr(args[0], "co_filename", "")
            trusted = name.startswith(("<frozen", *TRUSTED, SANDBOXED))
            if not trusted and not sys._getframe(1).f_code.co_filename.endswith(RAISES_ANEW):
                self._stop(f"code of {name!r} runs")
        elif event == "open":
            self._opened(*args)
        elif event.startswith(CHANGING):
            place = args[0] if args else ""
            if not _within(place, (str(FOLDER),)):
                self._stop(f"{event} {args!r:.200}", allowed=self.blocks)
        elif event.startswith(FORBIDDEN) and event != "os.putenv":
            self._stop(f"{event} {args!r:.200}")

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        if isinstance(path, int):  # a descriptor that is open already
            return
        letters = set(mode or "") & set("wax+")
        if letters or (flags & WRITING and mode is None):
            if not _within(path, (str(FOLDER),)):
                self._stop(f"{path!r} is opened for writing", allowed=self.blocks)
        elif not _within(path, READABLE):
            self._stop(f"{path!r} is opened for reading", allowed=self.blocks)

    def _stop(self, what: str, *, allowed: bool = False) -> None:
        """Ends it as a system would that refuses; a finding unless the words asked for it."""
        if not allowed:
            self.seen = what
        raise PermissionError(13, "not in the fuzzer")

    def run(self, target: Target, data: bytes) -> str:
        """Reads one input. Returns "answered" or "refused"; raises `FindingError`."""
        self.seen, self.blocks = "", target.blocks
        began = time.thread_time()
        self.on = True
        try:
            target.run(data)
            found = "answered"
        except target.refuses as error:
            found = "refused"
            message = one_line(str(error))
            if not message or len(message) > LONGEST_COMPLAINT:
                raise FindingError(
                    f"refused with {len(message)} characters: {message!r:.200}"
                ) from error
        finally:
            self.on = False
            if self.seen:
                raise FindingError(self.seen)
        took = time.thread_time() - began
        if took > target.seconds:
            raise FindingError(f"took {took:.1f} s; at most {target.seconds} s are allowed")
        return found


def _within(path: Any, places: tuple[str, ...]) -> bool:
    """Whether a path, as the system would follow it, lies below one of the places."""
    name = os.fsdecode(path)
    if name.startswith(places) and ".." not in name:
        return True
    return str(Path(name).resolve()).startswith(places)
