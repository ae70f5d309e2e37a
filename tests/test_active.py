"""Parameters that a token meets: published counts, and the work that they do."""

from __future__ import annotations

import pytest

import symcost
from symcost.algebra.poly import Poly
from symcost.catalog.find import quantities
from symcost.graph.tensor import Role

# What the authors say: name, total and active parameters in billions as printed, tables counted.
PUBLISHED = [
    ("mixtral-8x7b", "46.7", "12.9", True),  # arXiv 2401.04088, abstract: 47B and 13B
    ("deepseek-v3", "671", "37", True),  # arXiv 2412.19437, abstract; 37.55 is cut to 37
    ("deepseek-v2", "236", "21", True),  # arXiv 2405.04434, abstract
    ("qwen3-30b-a3b", "30.5", "3.3", True),  # model card
    ("qwen3-235b-a22b", "235", "22", True),  # model card
    ("gpt-oss-120b", "116.83", "5.13", False),  # arXiv 2508.10925, table 1: without the table
    ("gpt-oss-20b", "20.91", "3.61", False),
]


@pytest.mark.parametrize(("name", "total", "active", "tables"), PUBLISHED)
def test_published(name: str, total: str, active: str, tables: bool) -> None:
    model = symcost.load(name)
    met = model.value("params_active")
    if not tables:
        met -= model.value("params_embedding")
    digits = len(active.partition(".")[2])
    shown = {f"{met / 10**9:.{digits}f}", f"{int(met // 10 ** (9 - digits)) / 10**digits}"}
    assert active in shown | {each.removesuffix(".0") for each in shown}
    places = len(total.partition(".")[2])
    assert f"{model.value('params') / 10**9:.{places}f}" == total


@pytest.mark.parametrize(
    "name", ["mixtral-8x7b", "deepseek-v3", "gpt-oss-20b", "qwen3-30b-a3b", "jamba", "gpt2"]
)
def test_what_is_met_and_what_is_not_make_up_everything(name: str) -> None:
    model = symcost.load(name)
    met, left, both = (
        model.ledger(each).total for each in ("params_active", "params_inactive", "params")
    )
    assert met + left == both
    assert bool(left) == (name != "gpt2")


@pytest.mark.parametrize("name", ["mixtral-8x7b", "deepseek-v3", "gpt-oss-20b", "qwen3-30b-a3b"])
def test_a_matrix_that_is_met_works_two_flops_a_weight(name: str) -> None:
    """Work comes from the einsums, parameters from the shapes: two rules that know not each other.

    A tied head would be met twice; none of these is tied.
    """
    model = symcost.load(name)
    work = model.ledger("flops_forward", scope="token").of_roles(
        Role.MATRIX, Role.ROUTER, Role.HEAD
    )
    met = model.ledger("params_active").of_roles(Role.MATRIX, Role.ROUTER, Role.HEAD)
    offsets = met.only(lambda term: term.label == "offset")
    assert work.total == 2 * (met.total - offsets.total)


def test_weights_that_stand_by_are_not_met() -> None:
    model = symcost.load("gemma-3-4b")
    by_part = model.ledger("params_inactive").by_part()
    assert by_part
    assert all(amount for amount in by_part.values())
    assert model.ledger("params_active").total == model.ledger("params").total - sum(
        by_part.values(), Poly()
    )


def test_the_difference_names_its_term() -> None:
    model = symcost.load("deepseek-v3")
    (term,) = {
        each.role: each for each in model.ledger("params_inactive").terms
    }.values()  # experts only
    assert term.role is Role.MATRIX
    assert str(model.expr("params_inactive")) == "3*L_moe*d*d_e*(E - k)"


def test_quantities_are_listed() -> None:
    assert {"params_active", "params_inactive"} <= set(quantities())
