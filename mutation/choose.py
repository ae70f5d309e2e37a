"""Which tests are run against a mutant, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mutation.blocks import Blocks
from mutation.places import ROOT
from mutation.tests import load

if TYPE_CHECKING:
    from mutation.mutants import Mutant

MOST_FILES = 3
BUDGET = 5  # seconds of CPU, as the tests take them unchanged; a mutant alive by then survives


@dataclass(frozen=True)
class Group:
    """Cases of one test that are run together."""

    tests: tuple[str, ...]
    seconds: float

    @property
    def file(self) -> str:
        return self.tests[0].split("::")[0]


class Tests:
    """The groups by the blocks that they enter."""

    def __init__(self, names: set[str], budget: float = BUDGET) -> None:
        self.budget = budget
        known = load()
        if not known.rows:
            raise SystemExit("nothing is known about the tests: python -m mutation.tests")
        self.early = known.early
        self.groups: list[Group] = []
        self.by_block: dict[str, list[Group]] = defaultdict(list)
        self.by_file: dict[str, dict[Group, None]] = defaultdict(dict)
        self.entered: dict[str, set[tuple[str, str]]] = defaultdict(set)  # by which file of tests
        for row in known.rows.values():
            if row["verdict"] == "passed" and names.issuperset(row["tests"]):
                self._enter(row)
        self.blocks: dict[str, Blocks] = {}

    def _enter(self, row: dict[str, Any]) -> None:
        group = Group(tuple(row["tests"]), row["seconds"])
        self.groups.append(group)
        for name in row["blocks"]:
            self.by_block[name].append(group)
            path = name.split("::")[0]
            self.by_file[path][group] = None
            self.entered[path].add((group.file, name))

    def block(self, mutant: Mutant) -> str:
        """The block in which the mutant stands; empty for what runs when the module is loaded."""
        if mutant.path not in self.blocks:
            self.blocks[mutant.path] = Blocks(mutant.path, (ROOT / mutant.path).read_text())
        return self.blocks[mutant.path].of(mutant.line, mutant.column)

    def of(self, mutant: Mutant) -> list[Group]:
        """The fastest first, a file of tests at a time, until the budget is spent."""
        block = self.block(mutant)
        return chosen(self.by_block[block], self.budget) if block else self.of_file(mutant)

    def of_file(self, mutant: Mutant) -> list[Group]:
        """Those of a few files that run most of its file, in all or for their time."""
        groups = self.by_file[mutant.path]
        entered = Counter(file for file, _ in self.entered[mutant.path])
        spent: Counter[str] = Counter()
        for each in groups:
            spent[each.file] += each.seconds  # type: ignore[assignment]
        for_long = [file for file, _ in entered.most_common(MOST_FILES)]
        at_once = sorted(entered, key=lambda file: (-entered[file] / (1 + spent[file]), file))
        some = {*for_long, *at_once[:MOST_FILES]}
        # A test that enters none of its functions may still look at what it defines.
        return chosen([each for each in self.groups if each.file in some], self.budget)


def chosen(groups: list[Group], budget: float) -> list[Group]:
    """In turn the fastest group of every file, until the budget is spent."""
    files: dict[str, list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda each: (each.seconds, each.tests)):
        files[group.file].append(group)
    turns = [(turn, each) for waiting in files.values() for turn, each in enumerate(waiting)]
    found, spent = [], 0.0
    for _, group in sorted(turns, key=lambda pair: (pair[0], pair[1].seconds)):
        if spent + group.seconds > budget:
            continue
        found.append(group)
        spent += group.seconds
    return found
