"""Runs a sample of the mutants: python -m mutation.run algebra --sample 300 --seed 1

Every answer is a line of build/mutation/results.jsonl; what has one is not run again, so that a
larger sample, or a run that was stopped, goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest

from mutation.blocks import Finder
from mutation.choose import BUDGET, Group, Tests
from mutation.live import Live, forget, same
from mutation.mutants import Mutant, population, sample
from mutation.places import PACKAGES, ROOT
from mutation.report import survivors, table
from mutation.warm import Outcome, allow, collected, forked, run_items, shared

if TYPE_CHECKING:
    from types import CodeType

RESULTS = ROOT / "build" / "mutation" / "results.jsonl"
PATIENCE = 5  # a test may take so many times as long as it took unchanged
LEAST = 5.0  # seconds


class Runner:
    """Asks the tests about mutants, in forked copies of this process."""

    def __init__(self, tests: Tests, items: list[pytest.Item]) -> None:
        self.tests = tests
        self.items = {item.nodeid: item for item in items}
        self.trusted: set[str] = set()  # tests that pass without a mutant
        paths = {each for pattern in PACKAGES.values() for each in ROOT.glob(pattern)}
        self.live = Live(paths)
        gc.collect()
        gc.freeze()

    def all(self, mutants: list[Mutant]) -> None:
        """Writes down what became of each."""
        for done, mutant in enumerate(mutants, 1):
            row = self.verdict(mutant)
            with RESULTS.open("a") as file:
                file.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{done}/{len(mutants)} {row['verdict']} {mutant.path}\n")

    def verdict(self, mutant: Mutant) -> dict[str, Any]:
        """What became of a mutant."""
        path = str(ROOT / mutant.path)
        before, after = mutant.difference()
        row = {
            "name": mutant.name, "package": mutant.package, "path": mutant.path,
            "line": mutant.line, "where": mutant.where, "before": before, "after": after,
        }  # fmt: skip
        try:
            new = compile(mutant.source(), path, "exec", dont_inherit=True)
        except SyntaxError:
            return {**row, "verdict": "no code"}
        old = compile((ROOT / mutant.path).read_text(), path, "exec", dont_inherit=True)
        if same(old, new):
            return {**row, "verdict": "same code"}
        return {**row, **self._run(mutant, old, new)}

    def _run(self, mutant: Mutant, old: CodeType, new: CodeType) -> dict[str, Any]:
        groups = self.tests.of(mutant)
        changes = self.live.changes(old, new)
        found = {"verdict": "survived", "tests": len(groups)}
        if changes is not None and groups:
            found = {**found, **self._asked(mutant, changes, new, groups)}
        early = self.tests.block(mutant) in self.tests.early
        if found["verdict"] == "survived" and (changes is None or early):
            groups = self.tests.of_file(mutant)
            outcome = forked(lambda: _cold(mutant, new, groups), limit(groups) + 30)
            found = {"tests": len(groups), "cold": True, **_told(outcome)}
        return found

    def _asked(
        self, mutant: Mutant, changes: list[Any], new: CodeType, groups: list[Group]
    ) -> dict[str, Any]:
        """What the tests say, apart from those that fail without the mutant too."""
        while True:
            ask = partial(self._warm, mutant, changes, new, groups)
            found = _told(forked(ask, limit(groups)))
            by = found.get("by")
            if found["verdict"] != "killed" or by in self.trusted:
                return found
            at = next(at for at, group in enumerate(groups) if by in group.tests)
            alone = groups[: at + 1]
            if forked(partial(self._tried, alone), limit(alone)).verdict == "passed":
                self.trusted.add(by)
                return found
            groups = [*groups[:at], *groups[at + 1 :]]

    def _warm(
        self, mutant: Mutant, changes: list[Any], new: CodeType, groups: list[Group]
    ) -> tuple[str, str | None]:
        """In a child: the functions are changed where they are."""
        for function, code in changes:
            function.__code__ = code
        forget(ROOT / mutant.path)
        # A module that nobody has asked for yet is loaded changed.
        Finder({ROOT / mutant.path}, lambda _path, _source: new).install()
        return self._tried(groups)

    def _tried(self, groups: list[Group]) -> tuple[str, str | None]:
        for group in groups:
            allow(limit([group]))
            if failed := run_items([self.items[each] for each in group.tests]):
                return "failed", failed
        return "passed", None


def _cold(mutant: Mutant, new: CodeType, groups: list[Group]) -> tuple[str, str | None]:
    """In a child: everything of symcost and its tests is loaded anew, with the module changed."""
    for name in [each for each in sys.modules if each.split(".")[0] in {"symcost", "tests"}]:
        del sys.modules[name]
    Finder({ROOT / mutant.path}, lambda _path, _source: new).install()
    times = {each: limit([group]) for group in groups for each in group.tests}
    failed: list[str] = []

    class Noted:
        def pytest_runtest_setup(self, item: pytest.Item) -> None:
            allow(times[item.nodeid])

        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:warnings"]
    code = pytest.main([*options, *times], plugins=[Noted()])
    if code == 0:
        return "passed", None
    return "failed", failed[0] if failed else "loading"


def limit(groups: list[Group]) -> float:
    """How many seconds of CPU the groups may take together."""
    return LEAST + PATIENCE * sum(each.seconds for each in groups)


def _told(outcome: Outcome) -> dict[str, Any]:
    verdict = {"passed": "survived", "failed": "killed"}.get(outcome.verdict, outcome.verdict)
    told = {"verdict": verdict, "seconds": round(outcome.seconds, 2)}
    return {**told, "by": outcome.value} if outcome.value else told


def results() -> dict[str, dict[str, Any]]:
    """What is known, by the names of the mutants."""
    if not RESULTS.exists():
        return {}
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    return {row["name"]: row for row in rows}


def main() -> None:
    """Runs what is not known of the sample, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), help=" ".join(PACKAGES))
    parser.add_argument("--sample", type=int, default=300, help="how many of each package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wording", action="store_true", help="changes of sentences, instead")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds of CPU for a mutant")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="runs again what has survived")
    chosen = parser.parse_args()
    known, wanted, sizes = results(), {}, {}
    for package in chosen.packages:
        mutants = [each for each in population(package) if each.wording == chosen.wording]
        sizes[package] = len(mutants)
        wanted[package] = sample(mutants, chosen.seed, chosen.sample)
    turns = (each for turn in zip_longest(*wanted.values()) for each in turn if each is not None)
    waiting = [
        each for each in turns
        if each.name not in known or (chosen.again and known[each.name]["verdict"] == "survived")
    ]  # fmt: skip

    def work(items: list[pytest.Item]) -> None:
        runner = Runner(Tests({each.nodeid for each in items}, chosen.budget), items)
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        shared(waiting, chosen.jobs, runner.all)

    if waiting:
        collected(work)
        known = results()
    answers = {
        package: [known[each.name] for each in mutants if each.name in known]
        for package, mutants in wanted.items()
    }
    sys.stdout.write(survivors(answers) + table(answers, sizes))


if __name__ == "__main__":
    main()
