"""The inputs of a run that are worth keeping: few, short, each of them reaching lines of its own.

They are stored as lines of JSON under tests/data/fuzz/corpus, each with what the reader did, and
tests/test_fuzz_seeds.py reads them again.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from fuzz.targets import DATA, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fuzz.target import Target

CORPUS = DATA / "fuzz" / "corpus"
MOST = 50
MOST_BYTES = 8_000  # of all that is kept of a target
LONGEST = 600
MOST_LOOKED_AT = 1_500
SECONDS = 0.3  # that reading all of it again may take
PATIENCE = 60  # seconds for finding out what is worth it

Line = tuple[str, int]


def keep(name: str, inputs: list[bytes]) -> str:
    """Stores what is worth it; says what."""
    chosen = list(_chosen(TARGETS[name], inputs))
    CORPUS.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"answer": answer, "input": as_text(data)}) for data, answer in chosen]
    path = CORPUS / f"{name}.jsonl"
    path.write_text("".join(f"{row}\n" for row in sorted(rows)), encoding="utf-8")
    return f"{path}: {len(rows)} inputs kept of {len(inputs)}"


def kept() -> Iterator[tuple[str, Path]]:
    """Every target of which something is kept."""
    for path in sorted(CORPUS.glob("*.jsonl")):
        yield path.stem, path


def rows(path: Path) -> Iterable[tuple[bytes, str]]:
    """Input and answer."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        yield row["input"].encode("utf-8", "surrogateescape"), row["answer"]


def as_text(data: bytes) -> str:
    """Bytes as text that can be turned back."""
    return data.decode("utf-8", "surrogateescape")


def _chosen(target: Target, inputs: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """Those that reach most new lines first, until nothing new comes or it is enough."""
    short = sorted({each for each in inputs if len(each) <= LONGEST}, key=lambda x: (len(x), x))
    looked = short[:: max(1, len(short) // MOST_LOOKED_AT)]
    ends = time.thread_time() + PATIENCE
    found = [(each, *_lines(target, each)) for each in looked if time.thread_time() < ends]
    seen: set[Line] = set()
    size, took = 0, 0.0
    for _ in range(MOST):
        fitting = [
            each
            for each in found
            if size + len(each[0]) <= MOST_BYTES and took + each[3] <= SECONDS and each[1] - seen
        ]
        if not fitting:
            return
        best = max(fitting, key=lambda each: (len(each[1] - seen), -len(each[0])))
        seen |= best[1]
        size, took = size + len(best[0]), took + best[3]
        yield best[0], best[2]


def _lines(target: Target, data: bytes) -> tuple[set[Line], str, float]:
    """The lines of symcost that an input reaches, the answer, and how long it takes."""
    reached: set[Line] = set()

    def trace(frame: Any, _event: str, _arg: Any) -> Any:
        if "/symcost/" not in frame.f_code.co_filename:
            return None
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    answer, began = "refused", time.thread_time()
    with contextlib.suppress(*target.refuses):
        target.run(data)
        answer = "answered"
    took = time.thread_time() - began
    sys.settrace(trace)
    try:
        with contextlib.suppress(*target.refuses):
            target.run(data)
    finally:
        sys.settrace(None)
    return reached, answer, took
