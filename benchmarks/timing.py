"""Two things timed in turn, so that whatever else the machine does slows both alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# These would make every process compile its imports anew, or write line by line.
SLOWING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


@dataclass(frozen=True)
class Pairs:
    """Seconds of the measured thing and of what it is measured against, pair by pair."""

    measured: tuple[float, ...]
    against: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios of the pairs: one disturbed pair does not move it."""
        pairs = zip(self.measured, self.against, strict=True)
        return statistics.median(first / second for first, second in pairs)


def in_turn(measured: Callable[[], None], against: Callable[[], None], pairs: int) -> Pairs:
    """Both warmed up once, then timed in turn; every second pair starts with the other."""
    measured()
    against()
    first: list[float] = []
    second: list[float] = []
    for index in range(pairs):
        if index % 2:
            second.append(seconds(against))
            first.append(seconds(measured))
        else:
            first.append(seconds(measured))
            second.append(seconds(against))
    return Pairs(tuple(first), tuple(second))


def seconds(work: Callable[[], None]) -> float:
    """Wall-clock time of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(*arguments: str) -> Callable[[], None]:
    """A whole Python process, from its start to its end, its output thrown away."""
    command: Sequence[str] = (sys.executable, *arguments)
    environment = {name: value for name, value in os.environ.items() if name not in SLOWING}

    def run() -> None:
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

    return run
