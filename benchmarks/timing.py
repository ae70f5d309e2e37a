"""Two things measured in turn, so that whatever else the machine does slows both alike.

Verdicts are made from processor time (user and system), which does not count the time that other
programs take; wall-clock time is shown beside it. On a quiet machine the two agree.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HERE = Path(__file__).parent
LAUNCHER = HERE / "launcher.py"
# These would make every process compile its imports anew, or write line by line.
SLOWING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


@dataclass(frozen=True)
class Spent:
    """What one run took: seconds on the wall and of processors, and the peak of memory in KiB."""

    wall: float
    cpu: float
    memory: int = 0


@dataclass(frozen=True)
class Pairs:
    """What the measured thing took and what it is measured against, pair by pair."""

    measured: tuple[Spent, ...]
    against: tuple[Spent, ...]

    def ratio(self, what: str) -> float:
        """The median of the ratios of the pairs: one disturbed pair does not move it."""
        pairs = zip(self.measured, self.against, strict=True)
        return statistics.median(getattr(one, what) / getattr(two, what) for one, two in pairs)


def median(runs: tuple[Spent, ...], what: str) -> float:
    """The median of one thing over runs."""
    return statistics.median(getattr(each, what) for each in runs)


def in_turn(measured: Callable[[], Spent], against: Callable[[], Spent], pairs: int) -> Pairs:
    """Both warmed up once, then run in turn; every second pair starts with the other."""
    measured()
    against()
    first: list[Spent] = []
    second: list[Spent] = []
    for index in range(pairs):
        if index % 2:
            second.append(against())
            first.append(measured())
        else:
            first.append(measured())
            second.append(against())
    return Pairs(tuple(first), tuple(second))


def here(work: Callable[[], None]) -> Callable[[], Spent]:
    """A piece of work in this process."""

    def run() -> Spent:
        start, busy = time.perf_counter(), time.process_time()
        work()
        return Spent(time.perf_counter() - start, time.process_time() - busy)

    return run


def environment(**more: str) -> dict[str, str]:
    """That of all processes: what is measured is this clone, not what is installed elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name not in SLOWING}
    found = [str(HERE.parent), str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(found), **more}


def process(
    *arguments: str, codes: tuple[int, ...] = (0,), more: Callable[[], Mapping[str, str]] = dict
) -> Callable[[], Spent]:
    """A whole Python process, from its start to its end, its output thrown away.

    `more` are variables of its environment, asked for before every run.
    """
    launch = (sys.executable, "-I", "-S", str(LAUNCHER), sys.executable, *arguments)

    def run() -> Spent:
        done = subprocess.run(
            launch, env=environment(**more()), stdout=subprocess.PIPE, text=True, check=True
        )
        wall, cpu, memory, code = done.stdout.split()
        if int(code) not in codes:
            raise RuntimeError(f"{' '.join(arguments)} ended with {code}")
        return Spent(float(wall), float(cpu), int(memory))

    return run


def told(*arguments: str) -> str:
    """What a Python process prints."""
    command = (sys.executable, *arguments)
    done = subprocess.run(
        command, env=environment(), stdout=subprocess.PIPE, text=True, check=True, cwd=HERE
    )
    return done.stdout


def peak() -> int:
    """The peak of this process's memory in KiB since `forget_peak`, or since it began."""
    return _status("VmHWM")


def forget_peak() -> int:
    """Sets the peak back to what is held now, which is returned, in KiB. Linux alone can."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
