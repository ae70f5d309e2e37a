"""symcost's integers against numbers from outside, recorded in tests/data; no torch needed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
import sympy

import symcost
from symcost.algebra.dim import find
from symcost.algebra.symbolic import to_sympy
from symcost.graph.component import Component, Part
from symcost.models.gpt import gpt
from tests.oracles.gpt2_facts import (
    BACKWARD,
    FORWARD,
    LEFT_OUT,
    PRODUCTS,
    WEIGHTS,
    facts,
    model_of,
    published_facts,
    rows,
    unequal,
)
from tests.oracles.published import HEADS_TILE
from tests.oracles.published_training import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.quantities.ledger import Ledger
    from tests.oracles.published import Published

TORCH, LIBRARY = rows("torch_gpt2.jsonl"), rows("hf_gpt2.jsonl")
LITERATURE = {row["id"]: row for row in rows("literature_gpt.jsonl")}

# A GPT whose heads need not tile its width: d, h, d_h and d_ff are four different things.
FREE = symcost.Model(
    symcost.Architecture("free", "A GPT of any sizes", gpt, "tests", {}, flags={"tied": True})
)
SIZES = (
    {"B": 1, "L": 12, "s": 1024, "h": 12, "V": 50257, "n_ctx": 1024, "d": 768},
    {"B": 3, "L": 5, "s": 17, "h": 7, "V": 101, "n_ctx": 23, "d": 91},
    {"B": 1536, "L": 96, "s": 2048, "h": 96, "V": 51200, "n_ctx": 2048, "d": 12288},
)


def names(row: dict[str, Any]) -> str:
    return row["id"]


@pytest.mark.parametrize("row", TORCH, ids=names)
def test_torch_counts_what_symcost_derives(row):
    found = list(facts(row, model_of(row["config"])))
    assert len(found) > 40
    assert unequal(found) == []


@pytest.mark.parametrize("row", LIBRARY, ids=names)
def test_published_models_hold_and_do_what_symcost_derives(row):
    found = list(published_facts(row, model_of(row["config"])))
    assert len(found) > 20
    assert unequal(found) == []


def test_the_rows_are_of_many_kinds():
    configs = [row["config"] for row in TORCH]
    assert len(TORCH) == 36
    assert {config["tie_word_embeddings"] for config in configs} == {True, False}
    assert {config["n_inner"] is None for config in configs} == {True, False}
    assert len({config["activation_function"] for config in configs}) == 4
    assert any(config["n_embd"] % 2 and config["n_head"] > 1 for config in configs)
    assert any(config["n_embd"] == config["n_head"] for config in configs)


def test_every_recorded_number_is_compared_or_left_out_for_a_reason():
    for row in TORCH:
        assert set(row["params_by_name"]) <= set(WEIGHTS)
        assert set(row["flops_forward_by_module"]) <= set(PRODUCTS)
        assert set(row["elements_forward"]) <= set(FORWARD) | set(LEFT_OUT)
        assert set(row["elements_backward"]) <= set(BACKWARD) | set(LEFT_OUT)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_every_operation_is_held_by_a_recorded_number(tied):
    row = next(r for r in TORCH if r["B"] > 1 and r["config"]["tie_word_embeddings"] is tied)
    root = model_of(row["config"]).root
    operations = list(_operations(root))
    assert len(operations) == 28
    for path in operations:
        crippled = model_of(row["config"])
        crippled.__dict__["root"] = _without(root, path)  # where the cached property keeps it
        assert unequal(facts(row, crippled)) != [], f"nobody misses {'/'.join(path)}"


def _operations(component: Component, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for item in component.body:
        if isinstance(item, Part):
            yield from _operations(item.component, (*path, item.name))
        else:
            yield (*path, item.name)


def _without(component: Component, path: tuple[str, ...]) -> Component:
    """The component without one operation somewhere inside it."""
    body = []
    for item in component.body:
        if item.name != path[0]:
            body.append(item)
        elif isinstance(item, Part):
            body.append(replace(item, component=_without(item.component, path[1:])))
    return replace(component, body=tuple(body))


@pytest.mark.parametrize("claim", PUBLISHED, ids=lambda claim: claim.id)
def test_published_formula_is_the_derived_polynomial(claim):
    formula = claim.formula(*claim.names.values())
    difference = formula - claim.beyond - to_sympy(_derived(claim).total)
    assert sympy.expand(difference.subs(claim.given)) == 0


@pytest.mark.parametrize(
    "claim", [each for each in PUBLISHED if not each.only], ids=lambda claim: claim.id
)
def test_published_formula_is_what_the_model_hands_out(claim):
    formula = claim.formula(*claim.names.values())
    shown = symcost.load("gpt2").expr(
        claim.quantity, convention=claim.convention, scope=claim.scope
    )
    difference = formula - claim.beyond - shown
    assert sympy.expand(difference.subs({**claim.given, **HEADS_TILE})) == 0


@pytest.mark.parametrize("sizes", SIZES, ids=["gpt2", "odd", "gpt3"])
@pytest.mark.parametrize("claim", PUBLISHED, ids=lambda claim: claim.id)
def test_published_formula_gives_the_derived_number(claim, sizes):
    values = {find(name): size for name, size in _sizes(claim, sizes).items()}
    symbols = {each.sympy: sympy.Integer(value) for each, value in values.items()}
    formula = claim.formula(*(_number(name, symbols) for name in claim.names.values()))
    assert formula == _number(claim.beyond, symbols) + _derived(claim).at(values)


@pytest.mark.parametrize(
    "claim", [each for each in PUBLISHED if each.id in LITERATURE], ids=lambda claim: claim.id
)
def test_published_formula_is_the_one_in_the_literature(claim):
    for value in LITERATURE[claim.id]["values"]:
        given = [Fraction(value["at"][name]) for name in claim.names]
        assert claim.formula(*given) == value["formula"]


def test_no_published_formula_is_forgotten():
    assert set(LITERATURE) <= {claim.id for claim in PUBLISHED}


def _derived(claim: Published) -> Ledger:
    ledger = FREE.ledger(claim.quantity, convention=claim.convention, scope=claim.scope)
    return ledger.only(lambda term: not claim.only or term.path[-1] in claim.only)


def _sizes(claim: Published, sizes: dict[str, int]) -> dict[str, int]:
    """Sizes that obey what the source assumes, and otherwise heads that do not tile the width."""
    assumed = {str(symbol) for symbol in claim.given}
    sizes = {**sizes, "L": 1 if "L" in assumed else sizes["L"]}
    tiled = sizes["d"] // sizes["h"]
    return {
        **sizes,
        "d_h": tiled if "d_h" in assumed else tiled + 1,
        "d_ff": 4 * sizes["d"] if "d_ff" in assumed else 4 * sizes["d"] - 5,
    }


def _number(expression: Any, symbols: dict[Any, Any]) -> Fraction:
    value = (sympy.Integer(0) + expression).xreplace(symbols)
    return Fraction(int(value.p), int(value.q))
