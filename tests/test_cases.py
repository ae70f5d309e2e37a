"""A page followed to other sizes says what the page derived for those sizes says, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.catalog import find
from symcost.derived import Derived
from tests.following import followed, without_origins

if TYPE_CHECKING:
    from symcost.render.page import Page


def said(page: Page) -> list[str]:
    """The lines of the page, blanks aside."""
    lines = (" ".join(line.split()) for line in Derived(page).to_text().splitlines())
    return [line for line in lines if line and not line.startswith("---")]


@pytest.mark.parametrize(
    ("name", "first", "then"),
    [
        ("lecture", {}, {"d": 1024, "h": 16, "L": 7}),
        ("lecture", {}, {"d": 1024, "h": 16, "s": 333, "B": 2, "d_ff": 4096}),
        ("gpt2", {}, {"d": 960, "h": 8, "V": 1000, "s": 77, "B": 3}),
        ("gpt2", {}, {"s": 77}),
        ("gpt2", {"B": 1, "s": 1024}, {}),
        ("gpt2", {"B": 1, "s": 1024}, {"B": 4, "d_ff": 3072}),
        ("gpt2", {"B": 1, "s": 1024}, {"B": 4, "s": 10, "d": 600, "d_ff": 2399}),
        ("llama-3-8b", {}, {"d": 1024, "h": 16, "h_kv": 2, "B": 5, "s": 9}),
        ("mixtral-8x7b", {"B": 2}, {"E": 16, "k": 4, "L": 2, "s": 100}),
        ("deepseek-v3", {"B": 1, "s": 4096}, {"E": 64, "k": 6, "d": 2048, "h": 16, "B": 2}),
    ],
)
def test_a_page_followed_to_sizes_is_the_page_of_these_sizes(
    name: str, first: dict[str, int], then: dict[str, int]
) -> None:
    same(name, (), first, then)


COUNTED = sorted({*find.quantities(), *find.quotients()})


@pytest.mark.parametrize("quantity", COUNTED)
def test_so_is_the_page_of_every_quantity(quantity: str) -> None:
    same("gpt2", (quantity,), {}, {"s": 33, "d": 960, "h": 8})
    same("gpt2", (quantity,), {"s": 8, "B": 3}, {"s": 33, "B": 2, "V": 1000})


def same(
    name: str, quantities: tuple[str, ...], first: dict[str, int], then: dict[str, int]
) -> None:
    model = symcost.load(name)
    page = model.derive(*quantities, **first).page
    values = {each: held.value for each, held in model.binding(**then).items()}
    if page.live is None:  # under a plan nothing moves
        return
    found = said(followed(page, values))
    wanted = said(without_origins(model.derive(*quantities, **then).page))
    away = [line for line in found if "does not hold at" in line or "published sizes have" in line]
    assert [line for line in found if line not in away] == wanted
    assert bool(away) == any(not each.holds(values) for each in model.architecture.cited)
