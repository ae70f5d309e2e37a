"""A process that has loaded everything and collected the tests, and forks for each question."""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Callable

# Tests that read source files, build packages or start other processes see no mutant; slow ones and
# those of other packages would cost more than they find. A mutant they alone would notice survives.
EXCLUDED = (
    "layers", "packaging", "docs", "docstrings", "sources", "how_to_add",
    "determinism", "tour_command", "tour", "completion", "terminal", "typst", "pdf",
    "live_data", "plots", "reference", "first_hour", "quick", "fuzz_seeds", "templates",
    "typography", "configs", "torch_nn", "litgpt", "languages",
)  # fmt: skip
MEMORY = 4 << 30


@dataclass(frozen=True)
class Outcome:
    """What came of a forked run."""

    verdict: str  # "passed", "failed", "error", "timeout" or "crashed"
    seconds: float  # of CPU
    value: Any = None


def forked(work: Callable[[], Any], limit: float) -> Outcome:
    """Runs `work` in a child, with at most `limit` seconds of CPU; a hang ends too."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(work, writing, limit)
    os.close(writing)
    data = _read(reading, 60 + 20 * limit)
    os.close(reading)
    if data is None:
        os.kill(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    if data:
        verdict, value = pickle.loads(data)
        return Outcome(verdict, seconds, value)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    hung = data is None or killed in {signal.SIGXCPU, signal.SIGKILL}
    return Outcome("timeout" if hung else "crashed", seconds)


def shared(tasks: list[Any], jobs: int, work: Callable[[list[Any]], None]) -> None:
    """Every job takes each so many-th task."""
    children = []
    for start in range(jobs):
        child = os.fork()
        if child == 0:
            try:
                work(tasks[start::jobs])
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _read(reading: int, limit: float) -> bytes | None:
    """What the child has written when it closes its end; None where that takes too long."""
    found, until = b"", time.monotonic() + limit
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            data = os.read(reading, 1 << 16)
            if not data:
                return found
            found += data
    return None


def _in_child(work: Callable[[], Any], writing: int, limit: float) -> None:
    code = 1
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        allow(limit)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            answer = work()
        except BaseException:  # what a mutant may raise where no test is watching
            answer = "error", traceback.format_exc()
        data = pickle.dumps(answer)
        while data:
            data = data[os.write(writing, data) :]
        code = 0
    finally:
        os._exit(code)


def allow(seconds: float) -> None:
    """From here on this process may use so many seconds of CPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    whole = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, resource.RLIM_INFINITY))


def run_items(items: list[pytest.Item]) -> str | None:
    """The first test that fails, by name."""
    for item, after in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=after)):
            return item.nodeid
    return None


class Loop:
    """A pytest plugin: `work` takes the place of running the collected tests."""

    def __init__(self, work: Callable[[list[pytest.Item]], None]) -> None:
        self.work = work

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.work(session.items)
        return True


def collected(work: Callable[[list[pytest.Item]], None], *arguments: str) -> None:
    """Collects the tests and hands them over."""
    from hypothesis import settings

    # The same examples each time: a verdict is to be the same when it is asked for again.
    settings.register_profile("mutation", derandomize=True, deadline=None, database=None)
    settings.load_profile("mutation")
    ignored = [f"--ignore=tests/test_{each}.py" for each in EXCLUDED]
    folder = tempfile.mkdtemp(prefix="symcost-mutation-")
    options = ["-q", "-s", "-p", "no:cacheprovider", f"--basetemp={folder}/pytest"]
    options += ["-o", "tmp_path_retention_policy=none", "-p", "no:randomly"]
    result = pytest.main([*options, *ignored, *arguments], plugins=[Loop(work)])
    if result not in {0, 5}:
        sys.exit("the tests cannot be collected")
