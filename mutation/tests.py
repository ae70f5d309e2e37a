"""Which tests may kill which mutant: python -m mutation.tests writes build/mutation/tests.jsonl.

Each test is run by itself in a forked process, so what another one left in a cache hides nothing.
"""

from __future__ import annotations

import argparse
import builtins
import hashlib
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutation.blocks import MARK, Finder, marked
from mutation.places import PACKAGES, ROOT
from mutation.warm import collected, forked, run_items, shared

if TYPE_CHECKING:
    from types import CodeType

    import pytest

OUT = ROOT / "build" / "mutation" / "tests.jsonl"
TOGETHER = 8  # cases of a test that are run in one process
SECONDS_PER_TEST = 12  # of CPU; the cases beyond take no part
SLOWEST = 15  # seconds; a group of cases that takes longer takes no part

entered: set[str] = set()


def compiled(path: str, source: str) -> CodeType:
    """The module, noting which blocks are entered."""
    tree = marked(str(Path(path).relative_to(ROOT)), source)
    return compile(tree, path, "exec", dont_inherit=True)


def groups(items: list[pytest.Item]) -> list[list[list[pytest.Item]]]:
    """For each test function its cases in groups, far apart ones first."""
    functions: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        functions[item.nodeid.split("[")[0]].append(item)
    found = []
    for cases in functions.values():
        together = -(-len(cases) // TOGETHER)
        strided = [cases[start::together] for start in range(together)]
        found.append(strided)
    return found


def measured(group: list[pytest.Item]) -> tuple[str, Any]:
    """In a child: the blocks that the tests enter, and whether they pass."""
    entered.clear()
    failed = run_items(group)
    return ("failed" if failed else "passed"), sorted(entered)


@cache
def hash_of(path: str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:12]


def gather(items: list[pytest.Item], jobs: int) -> None:
    """Measures every group that is not known yet."""
    known = load()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    if not entered <= known.early:  # what ran when modules and tests were loaded
        write({"early": sorted(entered | known.early)})
    functions = list(groups(items))

    def work(mine: list[list[list[pytest.Item]]]) -> None:
        for done, cases in enumerate(mine):
            spent = 0.0
            for group in cases:
                spent += measure(group, known)["seconds"]
                if spent > SECONDS_PER_TEST:
                    break
            if done % 20 == 0:
                sys.stderr.write(f"{done} of {len(mine)} tests\n")

    shared(functions, jobs, work)


def measure(group: list[pytest.Item], known: Known) -> dict[str, Any]:
    """What a group takes and enters, from before where its file has not changed."""
    names = tuple(each.nodeid for each in group)
    digest = hash_of(group[0].location[0])
    row = known.rows.get(names)
    if row is None or row["hash"] != digest:
        outcome = forked(lambda: measured(group), SLOWEST)
        row = {
            "tests": names, "hash": digest, "verdict": outcome.verdict,
            "seconds": round(outcome.seconds, 3), "blocks": outcome.value or [],
        }  # fmt: skip
        write(row)
    return row


def write(row: dict[str, Any]) -> None:
    with OUT.open("a") as file:
        file.write(json.dumps(row) + "\n")


@dataclass
class Known:
    """What was measured before: the blocks entered by loading, and a row for each group."""

    early: set[str]
    rows: dict[tuple[str, ...], dict[str, Any]]


def load() -> Known:
    """Later rows count."""
    known = Known(set(), {})
    for line in OUT.read_text().splitlines() if OUT.exists() else ():
        row = json.loads(line)
        if "early" in row:
            known.early = set(row["early"])
        else:
            known.rows[tuple(row["tests"])] = row
    return known


def main() -> None:
    """Measures the tests named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    setattr(builtins, MARK, entered.add)
    paths = {each for pattern in PACKAGES.values() for each in ROOT.glob(pattern)}
    Finder(paths, compiled).install()
    collected(lambda items: gather(items, chosen.jobs), *chosen.files)


if __name__ == "__main__":
    main()
