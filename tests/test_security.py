"""SECURITY.md and docs/faults.md say what is there: constants, files, tests, targets."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from fuzz.report import gathered, table
from fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
FAULTS = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
FUZZING = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
INPUTS = [row.split(" | ") for row in SECURITY.splitlines() if row.count(" | ") == 3][1:]
BOUND = re.compile(r"((?:`[A-Z_]+`(?:, | and |))+) in `([a-z_/]+\.py)`")
TEST = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")


def defined(path: Path) -> set[str]:
    """The names that a module gives itself, and its functions."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = {each.name for each in body if isinstance(each, ast.FunctionDef)}
    for each in body:
        targets = each.targets if isinstance(each, ast.Assign) else ()
        names |= {one.id for one in targets if isinstance(one, ast.Name)}
    return names


def test_every_bound_is_where_it_is_said_to_be() -> None:
    found = BOUND.findall(SECURITY)
    assert len(found) > 25
    for names, file in found:
        assert set(re.findall(r"[A-Z_]+", names)) <= defined(ROOT / "symcost" / file), file


def test_every_target_of_the_fuzzer_is_in_the_table() -> None:
    named = {word for row in INPUTS for word in re.findall(r"[a-z]+", row[3].split(";")[0])}
    assert set(TARGETS) <= named


@pytest.mark.parametrize("text", [SECURITY, FAULTS], ids=["SECURITY.md", "faults.md"])
def test_every_test_that_is_named_is_there(text: str) -> None:
    found = TEST.findall(text)
    assert len(found) > 8
    for file, name in found:
        assert not name or name in defined(ROOT / "tests" / file), f"{file}::{name}"


def test_every_fault_names_a_test_and_loses_nothing() -> None:
    rows = [row for row in FAULTS.splitlines() if row.startswith("| ") and "fault tried" not in row]
    assert len(rows) > 50
    for row in rows:
        *_, lost, proof = (each.strip() for each in row.strip("| ").rsplit("|", 2))
        assert lost == "nothing", row
        assert TEST.search(proof) or proof == "by hand", row


def test_the_long_run_tells_of_every_reader() -> None:
    shown = FUZZING.split("<!-- the long run -->")[1].split("<!-- end -->")[0]
    rows = [row.strip("| ").split(" | ") for row in shown.splitlines()[3:] if row]
    assert {row[0]: row[1] for row in rows} == {name: each.reads for name, each in TARGETS.items()}
    for name, _, inputs, *counts in rows:
        done, answered, refused = (int(n.replace(",", "")) for n in (inputs, *counts[:2]))
        assert done == answered + refused, name
        assert counts[4] == "none", name
        assert float(counts[2].removesuffix(" s")) <= TARGETS[name].seconds
        assert int(counts[3].removesuffix(" MB")) < 500


def test_runs_of_one_target_are_taken_together() -> None:
    line = {"target": "plan", "inputs": 5, "answered": 2, "refused": 3, "slowest": 0.5,
            "megabytes": 70, "seconds": 1, "findings": 0, "found": []}  # fmt: skip
    more = {**line, "slowest": 0.1, "megabytes": 90, "found": ["x"]}
    lines = [json.loads(json.dumps(each)) for each in (line, more)]
    assert gathered(lines)["plan"] == {
        "inputs": 10, "answered": 4, "refused": 6, "slowest": 0.5, "megabytes": 90, "found": ["x"]
    }  # fmt: skip
    (row,) = table(lines, {"plan": "plans", "other": ""}).splitlines()[2:]
    assert row == "| plan | plans | 10 | 4 | 6 | 0.50 s | 90 MB | 1 |"
