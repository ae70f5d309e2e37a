"""Runs symcost on a terminal of its own, as a person has it."""

from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from fcntl import ioctl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORGOTTEN = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")
PATIENCE = 60  # seconds after which something hangs; no measure of speed


def environment(**variables: str) -> dict[str, str]:
    """The environment without what changes the looks of an output."""
    kept = {k: v for k, v in os.environ.items() if k not in FORGOTTEN}
    return {**kept, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **variables}


def on_a_terminal(
    command: Sequence[str],
    answers: Sequence[tuple[str, str]] = (),
    columns: int = 80,
    variables: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """The exit code and all that a command writes on a terminal.

    `answers` are typed in turn, each when its question has been shown.
    """
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    running = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**(variables or {}))
    )
    os.close(theirs)
    seen, at, left = b"", 0, list(answers)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end has gone
                break
            if not piece:
                break
            seen += piece
        text = seen.decode("utf-8", "replace")
        if left and left[0][0] in text[at:]:
            at = text.index(left[0][0], at) + len(left[0][0])
            os.write(ours, left.pop(0)[1].encode())
    else:
        running.kill()
        raise AssertionError(f"it hangs:\n{seen.decode('utf-8', 'replace')[-2000:]}")
    os.close(ours)
    assert left == [], "a question was never asked"
    return running.wait(PATIENCE), seen.decode("utf-8").replace("\r\n", "\n")


def symcost(*words: str) -> list[str]:
    """The command as a process."""
    return [sys.executable, "-m", "symcost", *words]


def bare(text: str) -> str:
    """What a person reads: without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)
