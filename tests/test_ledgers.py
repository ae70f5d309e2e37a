"""Every ledger of some models, term by term, as recorded: names, units, roles, the author's order.

That the numbers are right is held against running models and published ones elsewhere. Rewrite the
record by `python -m tests.test_ledgers`, and read its difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.algebra.form import evaluate
from symcost.algebra.plain import people, show
from symcost.catalog import find
from symcost.quantities.convention import DEFAULT, changed
from symcost.quantities.plan import Plan

RECORD = Path(__file__).parent / "data" / "ledgers.jsonl"
EVERYTHING = changed(DEFAULT, include=["elementwise"], recompute="selective")
MODELS = {
    "gpt2, everything, on many devices": symcost.load("gpt2").planned(
        Plan(dp=8, tp=4, pp=2, micro=4, sequence=True, zero=1, pad=128)
    ),
    "mixtral-8x7b, on many devices": symcost.load("mixtral-8x7b").planned(Plan(dp=4, ep=2, tp=2)),
}


def rows(model: str) -> list[dict[str, Any]]:
    """What is recorded of every quantity of a model."""
    loaded = MODELS[model]
    convention = EVERYTHING if "everything" in model else DEFAULT
    found = []
    for name, each in find.quantities().items():
        ledger = loaded.ledger(name, convention=convention)
        found.append({
            "model": model, "quantity": name, "letter": each.letter, "meaning": each.meaning,
            "unit": ledger.unit, "scope": ledger.scope, "convention": ledger.convention.name,
            "total": show(ledger.total),
            "terms": [
                [
                    "/".join(term.path), term.label, term.role.value, people(term.form()),
                    " ".join(f"{what} {show(times)}" for what, times in term.repeats),
                ]
                for term in ledger.terms
            ],
        })  # fmt: skip
    return found


@pytest.mark.parametrize("model", MODELS)
def test_every_ledger_is_as_recorded(model: str) -> None:
    recorded = [json.loads(line) for line in RECORD.read_text("utf-8").splitlines()]
    assert rows(model) == [each for each in recorded if each["model"] == model]


@pytest.mark.parametrize("model", MODELS)
def test_a_ledger_is_about_what_was_asked(model: str) -> None:
    loaded = MODELS[model]
    sizes = {each: bound.value for each, bound in loaded.binding(B=2, s=64).items()}
    for name in find.quantities():
        ledger = loaded.ledger(name)
        assert ledger.quantity == name
        assert ledger.total.at(sizes) == ledger.at(sizes) == sum(t.at(sizes) for t in ledger.terms)
        for term in ledger.terms:
            copies = [times.at(sizes) for _, times in term.repeats]
            worth = evaluate(term.form(), sizes)
            for each in copies:
                worth *= each
            assert worth == term.at(sizes) == term.amount.at(sizes)


@pytest.mark.parametrize("model", MODELS)
def test_a_scope_divides_by_what_it_is_of(model: str) -> None:
    loaded = MODELS[model]
    for name, each in find.quantities().items():
        whole = loaded.value(name, scope="batch", B=3, s=64)
        shares = [
            loaded.value(name, scope=scope, B=3, s=64) * times
            for scope, times in (("sequence", 3), ("token", 3 * 64))
        ]
        if each.scoped:
            assert shares == [whole, whole], name
        else:
            assert shares == [3 * whole, 3 * 64 * whole], name


def test_quantities_and_quotients_are_told_apart() -> None:
    every = [*find.quantities().values(), *find.quotients().values()]
    for what in ("name", "letter", "meaning"):
        said = [getattr(each, what) for each in every]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("model", MODELS)
def test_a_quotient_is_of_the_two_that_it_names(model: str) -> None:
    loaded = MODELS[model]
    for each in find.quotients().values():
        if each.name.startswith("bubble") and loaded.plan is not None and loaded.plan.pp == 1:
            continue
        ledgers = each.ledgers(loaded.root, loaded.ledger("params").convention)
        for part, ledger in zip((each.top, each.bottom), ledgers, strict=True):
            assert ledger.quantity == part.name
            assert ledger.unit
            assert part.meaning
            assert ledger.terms


if __name__ == "__main__":
    written = [json.dumps(row) for model in MODELS for row in rows(model)]
    RECORD.write_text("\n".join(written) + "\n", "utf-8")
