"""What the checker says of collected calculations and works, word for word: tests/data/verdicts.

A change of a verdict has to be meant. `python -m tests.test_checker_cases` writes them anew; what
they ought to be is held by tests/test_checker_accuracy.py and tests/test_checker.py.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from benchmarks.check import claim_of
from symcost.algebra.plain import python
from symcost.checking.claims import check_claim
from symcost.checking.declared import DeclaredError, declare
from symcost.checking.parts import PARTS
from symcost.checking.shown import form_of
from tests.blocks import keep, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parent / "data"
COLLECTIONS = ("wild", "cases_own", "cases_second", "cases_third")
# Dense with biases, grouped heads, latent attention, a mixture with shared experts.
DECLARED = ("own-bert-embeddings", "own-qkv-bias", "two-ok-deepseek-layers", "two-experts-two")
WORKS = {
    "homework.py": "lecture",
    "counts.py": "gpt2",
    "training_flops.py": "llama-3-8b",
    "python.py": "lecture",
    "flow.py": "lecture",
    "sizing.notebook.json": "gpt2",
    "old.notebook.json": "lecture",
    "page.md": "gpt2",
    "paper.tex": "gpt2",
    "sheet.txt": "gpt2",
}


@cache
def cases(name: str) -> dict[str, dict[str, Any]]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {case["id"]: case for case in map(json.loads, lines)}


def told(case: dict[str, Any]) -> str:
    """All that a verdict says, in lines."""
    found = check_claim(claim_of(case)).as_data()
    return "".join(f"{line}\n" for line in lines(found))


def marked(name: str) -> str:
    """All that is said of a work, in lines."""
    path = DATA / "works" / name
    if ".notebook." in name:  # kept under another ending, so that no tool changes it
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(folder, "work.ipynb")
            copied.write_bytes(path.read_bytes())
            work = symcost.check_file(copied, model=WORKS[name]).as_data()
    else:
        work = symcost.check_file(path, model=WORKS[name]).as_data()
    made = [f"{work['status']}, first wrong: {work['first_wrong']}", *work["notes"]]
    for each in work["lines"]:
        place = each["line"] if each["cell"] is None else f"{each['cell']}:{each['line']}"
        made.append(f"-- {place} {each['name']} | {each['source']}")
        made += [f"  {each['why']}"] if each["why"] else []
        made += [f"  carried, because of {', '.join(each['because'])}"] if each["carried"] else []
        made += lines(each["verdict"]) if each["verdict"] else []
    return "".join(f"{line}\n" for line in made)


def lines(found: dict[str, Any]) -> Iterator[str]:
    of = " ".join((found["quantity"], found["scope"], found["convention"])).strip()
    yield f"{found['status']}: {of}"
    yield f"  read: {found['read']}"
    for key in ("given", "true", "difference", "dropped", "remark"):
        if found[key]:
            yield f"  {key}: {found[key]}"
    yield f"  numbers: {found['numbers']}"
    for key in ("conditions", "notes"):
        yield from (f"  {key}: {each}" for each in found[key])
    for each in found["meanings"]:
        yield f"  {each['letter']} is {each['stands_for']}: {each['why']}"
    for each in found["lint"]:
        yield f"  {each['rule']}, {each['term']}: {each['explanation']}"
    yield from edits(found["edits"])
    for some in found["alternatives"]:
        yield "  or"
        yield from edits(some)


def parts(key: str) -> str:
    """Every part of the network of a case, its parameters and its work."""
    case = next(each for name in COLLECTIONS for each in cases(name).values() if each["id"] == key)
    made = []
    for part in PARTS:
        for count in (
            {"what": "params", "part": part},
            {"what": "flops_forward", "batch": 1, "sequence": 64, "only_parts": [part]},
        ):
            try:
                total = python(
                    form_of(declare(case["model"], count, "COUNT", case["symbols"]).truth())
                )
            except DeclaredError as error:
                total = f"none: {error}"
            made.append(f"{part}, {count['what']}: {total}\n")
    return "".join(made)


def edits(some: list[dict[str, Any]]) -> Iterator[str]:
    for each in some:
        yield f"  error: {each['kind']} | {each['term']} | {each['factor']} | {each['ratio']}"
        yield f"    {each['explanation']}"
        yield f"    {each['given']} for {each['true']}"


def path_of(name: str) -> Path:
    return DATA / "verdicts" / f"{name}.txt"


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name in COLLECTIONS for key in cases(name)]
)
def test_a_verdict_is_as_it_was(name: str, key: str) -> None:
    assert told(cases(name)[key]) == kept(path_of(name))[key]


@pytest.mark.parametrize("key", DECLARED)
def test_a_part_of_a_declaration_is_as_it_was(key: str) -> None:
    assert parts(key) == (DATA / "verdicts" / f"{key}.parts.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WORKS)
def test_a_work_is_marked_as_it_was(name: str) -> None:
    assert marked(name) == (DATA / "verdicts" / f"{name}.txt").read_text(encoding="utf-8")


def test_every_verdict_that_is_kept_has_its_case() -> None:
    assert {name: set(kept(path_of(name))) for name in COLLECTIONS} == {
        name: set(cases(name)) for name in COLLECTIONS
    }


def main() -> None:
    """Writes the verdicts."""
    for key in DECLARED:
        (DATA / "verdicts" / f"{key}.parts.txt").write_text(parts(key), encoding="utf-8")
    for name in WORKS:
        (DATA / "verdicts" / f"{name}.txt").write_text(marked(name), encoding="utf-8")
    for name in COLLECTIONS:
        keep(path_of(name), {key: told(case) for key, case in cases(name).items()})


if __name__ == "__main__":
    main()
