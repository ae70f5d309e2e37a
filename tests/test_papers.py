"""The published closed forms of the project: each verdict and each value, found again.

`literature.jsonl` holds the formulas with values that were computed apart from this project, to the
last digit; what is left out of an approximation is there in closed form too.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from symcost.algebra.dim import foreign
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking import literature
from symcost.checking.formula import read_formula
from symcost.checking.grammar import ReadError
from symcost.checking.latex import read_latex
from symcost.checking.literature import DEFINITION, Entry, LiteratureError, entries
from symcost.checking.tree import meaning, names_of
from symcost.checking.verdict import Status
from symcost.render import literature as page
from tests.test_parallel import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.poly import Number

ROWS = {row["id"]: row for row in rows("literature.jsonl")}
ENTRIES = {each.id: each for each in entries()}
CHECKED = [each for each in entries() if not each.is_definition]

# What a recorded verdict may be here: definitions have nothing to check.
SAME = {
    "right": {Status.RIGHT.value, DEFINITION},
    "right_under": {Status.RIGHT_UNDER.value, DEFINITION},
    "approx": {Status.APPROXIMATION.value, DEFINITION},
    "wrong": {Status.WRONG.value},
    "convention": {Status.WRONG.value},  # a price where the truth has no product
}
# Nothing stands behind these that could be counted: the only ones that no truth is given for.
DEFINITIONS = {
    "efficientnet-scale",
    "gpt3-2.1-dff",
    "llama-ffn-width",
    "mamba-scan-9BLDN",
    "specdec-ops",
    "specdec-tokens",
    "specdec-walltime",
    "vocab-padding",
}
# Printed in a way that the reader refuses, or with a letter (N, P) that the typed form writes out.
NOT_ALIKE = {
    "efficientnet-scale": "an exponent with a letter",
    "fa-io": "an order",
    "kaplan2020-C-forward": "N",
    "kaplan2020-ff-params": "a number behind a letter",
    "kaplan2020-flops-qkv": "a number behind a letter",
    "kaplan2020-qkv-params": "a number behind a letter",
    "linear-attn": "an order",
    "lora-params": "a letter with a hat",
    "megatron-nfpo-moe": "a number behind a letter",
    "mobilenetv2-block": "a letter with a dash",
    "nanogpt-mfu": "N",
    "nanogpt-sizing-flops": "a number behind a letter",
    "nemo-dsv3": "P",
    "palm-B-6N12LHQT": "N",
    "specdec-ops": "an exponent with a letter",
    "specdec-tokens": "an exponent with a letter",
    "specdec-walltime": "an exponent with a letter",
    "sqrt-checkpoint": "a root",
    "swiglu-two-thirds": "a number behind a fraction",
    "vaswani-table1": "an order",
}
# What the conditions of a formula set aside, worked out by hand: the whole count minus the formula.
SET_ASIDE = {
    "albert-embedding": "H",
    "chinchilla-F-total": "-6*s*V*d - 9*L*H*s**2",
    "deepspeed-zero2": "-4*P/N",
    "fa2-bwd-2.5": "-f/2",
    "kaplan2020-12nd2": "13*n_layer*d_model + 2*d_model",
    "kaplan2020-C-forward": "2*n_layer*n_ctx*d_attn",
    "kaplan2020-N": "n_layer*(3*d_attn + d_model + d_ff + d_model + 4*d_model) + 2*d_model",
    "levanter-fwd": "-3*s*H*L",
    "lingua-flops": "-L*s*d",
    "llama3-6ND": "12*126*8192*16384*D",
    "megatron-nfpo-gqa": "6*B*s**2*L*H*kv",
    "megatron-nfpo-moe": "6*E*h",
    "nanogpt-mfu": "-6*B*T*(13*L*d + 2*d)",
    "narayanan2021-P": "2*h",
    "nemo-dsv3": "58*6*256*s*d",
}

every_entry = pytest.mark.parametrize("entry", entries(), ids=lambda each: each.id)
checked_ones = pytest.mark.parametrize("entry", CHECKED, ids=lambda each: each.id)


def same(found: Number, recorded: float) -> bool:
    """Exactly, or as the nearest float where it was recorded as one."""
    return found == recorded if isinstance(recorded, int) else float(found) == recorded


def closed(text: str) -> Ratio:
    node = read_formula(text, [each for each in ALL_LETTERS if each in text]).chains[0].sides[0]
    return meaning(node, lambda name: Poly.of(foreign(name)))


ALL_LETTERS = sorted({name for each in entries() for name in each.symbols})


def test_every_collected_formula_is_an_entry() -> None:
    assert set(ROWS) == set(ENTRIES)
    assert len(ENTRIES) == len(entries()) >= 103


@every_entry
def test_the_verdict_is_the_expected_one(entry: Entry) -> None:
    found = literature.checked(entry)
    assert page.status_of(entry) == entry.verdict
    assert entry.verdict in SAME[ROWS[entry.id]["verdict_code"]]
    match found.status:
        case Status.RIGHT_UNDER:
            assert entry.conditions == found.conditions != ()
        case Status.APPROXIMATION:
            assert found.dropped is not None
            assert entry.conditions
        case Status.WRONG:
            assert found.edits
        case Status.UNKNOWN:
            assert found.remark == literature.NOTHING_TO_CHECK


def test_only_these_have_nothing_to_check() -> None:
    assert {each.id for each in entries() if each.is_definition} == DEFINITIONS


@every_entry
def test_the_values_are_the_recorded_ones(entry: Entry) -> None:
    checks = ROWS[entry.id]["checks"]
    assert len(checks) == len(entry.sizes)
    for at, check in enumerate(checks):
        assert check["config"].items() <= {**entry.sizes[at]}.items()
        assert same(literature.formula_at(entry, at), check["formula"])
        if not entry.is_definition:
            assert same(literature.truth_at(entry, at), check["truth"])


@checked_ones
def test_no_formula_is_held_against_itself(entry: Entry) -> None:
    """A truth is a declaration, or parts that are not the formula once more."""
    assert entry.truth is not None
    if entry.truth.model is not None:
        assert not entry.truth.parts
        return
    factors = ["*".join(each) for _, *each in entry.truth.parts]
    typed = entry.formula.replace(" ", "")
    assert "+".join(factors) != typed
    assert len(factors) > 1 or entry.truth.over or len(entry.truth.parts[0]) > 2


@checked_ones
def test_a_formula_that_is_changed_gets_another_verdict(entry: Entry) -> None:
    """Twice the formula, and the formula times one of its letters, are found out."""
    for text in (f"2*({entry.formula})", f"{next(iter(entry.symbols))}*({entry.formula})"):
        found = literature.checked(replace(entry, formula=text, verdict="right"))
        assert found.status not in (Status.RIGHT, Status.RIGHT_UNDER)


@pytest.mark.parametrize(
    "entry",
    [each for each in CHECKED if each.verdict in ("wrong", "approximation") and not each.given],
    ids=lambda each: each.id,
)
def test_the_remainder_is_the_recorded_one(entry: Entry) -> None:
    recorded = ROWS[entry.id]["symbolic_difference"]
    assert literature.remainder(entry) == -closed(recorded)


@pytest.mark.parametrize("name", SET_ASIDE)
def test_what_the_conditions_set_aside(name: str) -> None:
    entry = ENTRIES[name]
    assert literature.remainder(entry, entry.whole) == closed(SET_ASIDE[name])


def test_every_whole_count_is_looked_at() -> None:
    assert {each.id for each in entries() if each.whole} == set(SET_ASIDE)


def test_how_close_an_approximation_has_to_be_matters() -> None:
    entry = replace(ENTRIES["zero-comm-3"], within=Fraction(1, 100))
    assert literature.checked(entry).status is Status.WRONG


def test_what_counts_too_much_is_no_approximation() -> None:
    """Without a bound, an approximation may only leave terms out."""
    entry = ENTRIES["deepseek-llm-6N2"]
    more = replace(entry, formula=f"{entry.formula} + 4*d**2")
    assert literature.checked(entry).status is Status.APPROXIMATION
    assert literature.checked(more).status is not Status.APPROXIMATION


def as_printed(entry: Entry) -> Ratio | None:
    """The LaTeX in the typed letters; None where it is refused, or has other letters."""
    typed: dict[str, str] = {}
    try:
        for name in entry.symbols:
            printed = read_latex(entry.letters.get(name, foreign(name).latex))
            (letter,) = names_of(printed.chains[0].sides[0])
            typed[letter] = name
        side = read_latex(entry.latex, tuple(typed)).chains[0].sides[-1]
    except ReadError:
        return None
    if not set(names_of(side)) <= set(typed):
        return None
    return meaning(side, lambda name: Poly.of(foreign(typed[name])))


@pytest.mark.parametrize(
    "entry", [each for each in entries() if each.id not in NOT_ALIKE], ids=lambda each: each.id
)
def test_the_printed_formula_is_the_typed_one(entry: Entry) -> None:
    assert as_printed(entry) == closed_of(entry)


def closed_of(entry: Entry) -> Ratio:
    node = read_formula(entry.formula, tuple(entry.symbols)).chains[0].sides[0]
    return meaning(node, lambda name: Poly.of(foreign(name)))


def test_most_are_printed_as_they_are_typed() -> None:
    assert set(NOT_ALIKE) <= set(ENTRIES)
    assert len(NOT_ALIKE) <= 20


def test_the_page_has_every_entry_and_says_what_is_off() -> None:
    text = page.page()
    assert text == page.page()
    for each in entries():
        assert f"`{each.id}`" in text
        assert each.latex in text
    assert text.count("nothing to check.") == len(DEFINITIONS) + 1
    assert "the look-up in the token table is counted as a second product" in text
    assert "| all | 47 | 36 | 9 | 3 | 8 | 103 |" in text


def row(**changed: Any) -> Mapping[str, Any]:
    made = {
        "id": "one",
        "source": "a source",
        "where": "a place",
        "about": "a count",
        "quantity": "params",
        "symbols": {"a": "width"},
        "latex": "2a",
        "formula": "2*a",
        "verdict": "right",
        "sizes": [{"a": 3}],
        "parts": [["one", "a"], ["another", "a"]],
    }
    return {key: value for key, value in {**made, **changed}.items() if value is not None}


def test_a_new_paper_is_a_new_entry() -> None:
    entry = literature.entry_of("a topic", row())
    assert literature.checked(entry).status is Status.RIGHT
    assert literature.formula_at(entry, 0) == literature.truth_at(entry, 0) == 6


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"latex": None}, "latex"),
        ({"colour": "red"}, "colour"),
        ({"verdict": "fine"}, "one: the verdict is one of definition, right,"),
        ({"parts": None}, "one: a truth to be held against, or a definition"),
        ({"verdict": "definition"}, "one: a truth to be held against, or a definition"),
    ],
)
def test_an_entry_that_says_too_little_is_refused(changed: Any, message: str) -> None:
    with pytest.raises(LiteratureError, match=message):
        literature.entry_of("a topic", row(**changed))
