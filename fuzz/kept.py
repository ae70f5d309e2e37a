"""The inputs of a run that are worth keeping: few, short, each of them taking a way of its own.

They are stored as lines of JSON under tests/data/fuzz/corpus, each with what the reader did, and
tests/test_fuzz_seeds.py reads them again. For what reads formulas and works, a line also says what
was read; after a change that is meant, `python -m fuzz.kept` writes that anew.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuzz.shown import shown
from fuzz.targets import DATA, TARGETS, TEXTS
from symcost.commands.console import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from fuzz.target import Target

CORPUS = DATA / "fuzz" / "corpus"
SAID = tuple(
    each for each in TEXTS if each != "check"
)  # readers of which all that they say is kept
MOST = 50
MOST_BYTES = 8_000  # of all that is kept of a target
MOST_SAID, MOST_BYTES_SAID = 200, 20_000  # the same for those of `SAID`
LONGEST = 600
MOST_LOOKED_AT = 1_500
SECONDS = 0.5  # that reading all of it again may take
PATIENCE = 60  # seconds for finding out what is worth it

Step = tuple[str, int, int]  # a file, the line before and the line


@dataclass(frozen=True)
class Row:
    """An input, what the reader did with it, and for some readers what it made of it."""

    data: bytes
    answer: str
    says: str | None = None

    def line(self) -> str:
        """As it is stored."""
        row = {"answer": self.answer, "input": self.data.decode("utf-8", "surrogateescape")}
        if self.says is not None:
            row["says"] = self.says
        return json.dumps(row) + "\n"


def keep(name: str, inputs: list[bytes]) -> str:
    """Stores what is worth it; says what."""
    chosen = [read(name, each) for each in _chosen(name, inputs)]
    CORPUS.mkdir(parents=True, exist_ok=True)
    path = CORPUS / f"{name}.jsonl"
    path.write_text("".join(sorted(each.line() for each in chosen)), encoding="utf-8")
    return f"{path}: {len(chosen)} inputs kept of {len(inputs)}"


def kept() -> Iterator[tuple[str, Path]]:
    """Every target of which something is kept."""
    for path in sorted(CORPUS.glob("*.jsonl")):
        yield path.stem, path


def rows(path: Path) -> Iterator[Row]:
    """What is kept in a file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        data = row["input"].encode("utf-8", "surrogateescape")
        yield Row(data, row["answer"], row.get("says"))


def read(name: str, data: bytes) -> Row:
    """What a reader does with an input now."""
    target = TARGETS[name]
    try:
        answer, says = "answered", shown(target.run(data)) if name in SAID else None
    except target.refuses as error:
        answer, says = "refused", one_line(str(error)) if name in SAID else None
    return Row(data, answer, says)


def _chosen(name: str, inputs: list[bytes]) -> Iterator[bytes]:
    """Those that take most new steps first; then, where all that is said is kept, other ways."""
    target, longest, most = TARGETS[name], MOST_BYTES, MOST
    if name in SAID:
        longest, most = MOST_BYTES_SAID, MOST_SAID
    short = sorted({each for each in inputs if len(each) <= LONGEST}, key=lambda x: (len(x), x))
    looked = short[:: max(1, len(short) // MOST_LOOKED_AT)]
    ends = time.thread_time() + PATIENCE
    found = [(each, *_steps(target, each)) for each in looked if time.thread_time() < ends]
    seen: set[Step] = set()
    ways: set[frozenset[Step]] = set()
    size, took = 0, 0.0
    for _ in range(most):
        fitting = [
            each
            for each in found
            if size + len(each[0]) <= longest and took + each[2] <= SECONDS
            and (each[1] - seen or (name in SAID and each[1] not in ways))
        ]  # fmt: skip
        if not fitting:
            return
        best = max(fitting, key=lambda each: (len(each[1] - seen), len(each[1]) / len(each[0])))
        seen |= best[1]
        ways.add(best[1])
        size, took = size + len(best[0]), took + best[2]
        yield best[0]


def _steps(target: Target, data: bytes) -> tuple[frozenset[Step], float]:
    """The steps from line to line of symcost that an input takes, and how long it takes."""
    taken: set[Step] = set()

    def tracer(frame: FrameType) -> Callable[..., object] | None:
        file, before = frame.f_code.co_filename, 0
        if "/symcost/" not in file:
            return None

        def trace(frame: FrameType, _event: str, _arg: object) -> object:
            nonlocal before
            taken.add((file, before, frame.f_lineno))
            before = frame.f_lineno
            return trace

        return trace

    began = time.thread_time()
    with contextlib.suppress(*target.refuses):
        target.run(data)
    took = time.thread_time() - began
    sys.settrace(lambda frame, _event, _arg: tracer(frame))
    try:
        with contextlib.suppress(*target.refuses):
            target.run(data)
    finally:
        sys.settrace(None)
    return frozenset(taken), took


def main() -> None:
    """Writes anew what is said of all that is kept."""
    for name, path in kept():
        now = [read(name, each.data) for each in rows(path)]
        path.write_text("".join(sorted(each.line() for each in now)), encoding="utf-8")


if __name__ == "__main__":
    main()
