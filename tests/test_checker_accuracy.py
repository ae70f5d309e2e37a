"""How often the checker is right on collected calculations, and that it knows none by its text."""

from __future__ import annotations

import json
import random
import re
import string
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from benchmarks.check import CLASSES, OURS, claim_of, names_the_error, verdict_class
from symcost.checking.claims import check_claim
from symcost.checking.mistakes import FILES, KEYS, mistakes
from symcost.checking.verdict import Status, Verdict

DATA = Path(__file__).parent / "data"
CASES = ("wild", "cases_own", "cases_second", "cases_third")
NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?![\w(])")
FIELD = re.compile(r"\{(\w+)\}")

# Words that a declaration uses for itself (`heads`, `width`): no letters of the writer's.
OWN_WORDS = frozenset({"COUNT", "width", "heads", "layers", "vocabulary", "floor", "ceil"})


@cache
def cases(name: str) -> tuple[dict[str, Any], ...]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


@cache
def classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(CLASSES.read_text(encoding="utf-8"))["classes"]
    return found


@cache
def verdicts(name: str) -> tuple[Verdict, ...]:
    return tuple(check_claim(claim_of(case)) for case in cases(name))


def figures(rows: tuple[dict[str, Any], ...], found: tuple[Verdict, ...]) -> tuple[int, int, int]:
    """Verdicts right, errors named, and right formulas called wrong or not explained."""
    good = named = accused = 0
    for case, verdict in zip(rows, found, strict=True):
        truth, ours = verdict_class(case["verdict"]), OURS[verdict.status]
        good += truth == ours
        accused += truth == "right" and ours in ("wrong", "unknown")
        if truth == "wrong" == ours:
            named += names_the_error(verdict, case, classes())
    return good, named, accused


def wrong_ones(name: str) -> int:
    return sum(verdict_class(case["verdict"]) == "wrong" for case in cases(name))


@pytest.mark.parametrize(
    ("name", "verdict", "explanation"),
    [("wild", 95, 85), ("cases_own", 98, 95), ("cases_second", 95, 80), ("cases_third", 95, 90)],
)
def test_accuracy(name: str, verdict: int, explanation: int) -> None:
    """Shares in percent that must be reached; no right formula is called wrong."""
    good, named, accused = figures(cases(name), verdicts(name))
    assert good * 100 >= verdict * len(cases(name))
    assert named * 100 >= explanation * wrong_ones(name)
    assert accused == 0


# -- no case is known by its text ----------------------------------------------------------------


def renamed(case: dict[str, Any], seed: int) -> dict[str, Any]:
    """The case with other letters throughout; what the letters mean is said as before."""
    dice = random.Random(seed)
    fresh = [f"{a}{b}q" for a in string.ascii_lowercase for b in string.ascii_lowercase]
    dice.shuffle(fresh)
    letters = [each for each in case["symbols"] if each not in OWN_WORDS]
    table = dict(zip(letters, fresh, strict=False))

    def text(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return NAME.sub(lambda found: table.get(found[0], found[0]), value)

    def inside(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inside(each) for key, each in value.items()}
        return [inside(each) for each in value] if isinstance(value, list) else text(value)

    return {
        **case,
        "snippet_formula": text(case["snippet_formula"]),
        "symbols": {table.get(name, name): words for name, words in case["symbols"].items()},
        "model": inside(case.get("model")),
        "count": inside(case.get("count", {})),
        "scope": text(case.get("scope", "COUNT")),
        "configs": [
            {**each, "config": {table.get(k, k): v for k, v in each["config"].items()}}
            for each in case["configs"]
        ],
        "true_formula": text(case["true_formula"]),
    }


def shuffled(case: dict[str, Any], seed: int) -> dict[str, Any]:
    """The case with the terms of its formula in another order."""
    terms = split_sum(case["snippet_formula"])
    random.Random(seed).shuffle(terms)
    return {**case, "snippet_formula": "+".join(terms)}


def split_sum(text: str) -> list[str]:
    """The terms between the outermost + signs; one term where a minus sign stands among them."""
    depth, parts, start = 0, [], 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter == "-":
            return [text]
        if depth == 0 and letter == "+":
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def test_a_sum_is_split_at_its_outermost_signs() -> None:
    assert split_sum("a*(b + c) + d") == ["a*(b + c) ", " d"]
    assert split_sum("a - b + c") == ["a - b + c"]


@pytest.mark.parametrize("name", ["wild", "cases_own"])
def test_other_letters_and_another_order(name: str) -> None:
    """The same shares, within three cases, and the same letters do not occur any more."""
    rows = tuple(
        shuffled(renamed(case, at), at) if case.get("snippet_formula") else case
        for at, case in enumerate(cases(name))
    )
    changed = sum(a != b for a, b in zip(rows, cases(name), strict=True))
    assert changed * 10 >= 9 * len(rows)
    good, named, accused = figures(rows, tuple(check_claim(claim_of(case)) for case in rows))
    before = figures(cases(name), verdicts(name))
    assert accused == 0
    assert abs(good - before[0]) <= 3
    assert abs(named - before[1]) <= 3


# -- the table of errors ---------------------------------------------------------------------------


def test_every_entry_has_a_name_a_title_and_a_source() -> None:
    names = [each.name for each in mistakes()]
    assert len(set(names)) == len(names)
    assert all(each.title and each.text and each.source and each.cost > 0 for each in mistakes())


@pytest.mark.parametrize("name", [each.name for each in mistakes()])
def test_every_explanation_can_be_filled(name: str) -> None:
    """The places in a text are those that a change fills."""
    known = {"terms", "factor", "given", "true", "up", "down", "from", "to", "n_of", "share"}
    (entry,) = [each for each in mistakes() if each.name == name]
    assert set(FIELD.findall(entry.text)) <= {*known, "width"}


def test_every_file_of_errors_is_read() -> None:
    folder = files("symcost.checking").joinpath("errors")
    names = {each.name.removesuffix(".toml") for each in folder.iterdir()}
    assert names == {*FILES, "README.md"}


def test_every_key_of_an_error_is_explained() -> None:
    text = files("symcost.checking").joinpath("errors", "README.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `")]
    assert {key for row in rows for key in re.findall(r"`(\w+)`", row)} == KEYS


def test_entries_are_read_by_nothing_but_their_data() -> None:
    folder = files("symcost.checking").joinpath("errors")
    text = "".join(each.read_text(encoding="utf-8") for each in folder.iterdir())
    ids = [case["id"] for name in CASES for case in cases(name)]
    assert not [each for each in ids if each in text]


def test_explanations_of_all_cases_are_sentences() -> None:
    """No place is left open, and every error said has the words of its entry."""
    for name in CASES:
        for verdict in verdicts(name):
            for edit in verdict.edits:
                assert edit.explanation
                assert not FIELD.search(edit.explanation), edit.explanation
            if verdict.status is Status.WRONG:
                assert verdict.edits
