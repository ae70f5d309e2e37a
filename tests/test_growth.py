"""Long models cost in proportion to their length, and the short ways give what the long ones do."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcost.algebra.dim import find
from symcost.algebra.form import meaning, ordered_terms, total
from symcost.algebra.form import polynomial as read
from symcost.algebra.identity import Relation, solve
from symcost.algebra.poly import Poly
from symcost.algebra.simplify import _is_irreducible, candidates, content, simplest, written

STACKS = Path(__file__).parent.parent / "benchmarks"

# How many functions are called is no measure of a machine: it is the same everywhere.
COUNTED = """
import cProfile, json, pstats, sys
sys.path.insert(0, sys.argv[1])
import symcost, symcost.algebra.plain

def ask(count):
    model = symcost.load(f"stack:stack_{count}")
    model.derive("params").to_text()
    model.value("flops_forward", B=1, s=8)

ask(3)
calls = []
for count in (20, 40):
    profile = cProfile.Profile()
    profile.runcall(ask, count)
    calls.append(pstats.Stats(profile).total_calls)

def judged(count):
    model = f"stack:stack_{count}"
    form = symcost.load(model).form("params", style="expanded")
    first, *rest = symcost.algebra.plain.python(form).split(" + ")
    checked = (" + ".join([each, *rest]) for each in (first, "3*" + first))
    return [symcost.check(each, model=model, quantity="params").status.value for each in checked]

print(json.dumps([calls, judged(3), judged(8)]))
"""


@pytest.fixture(scope="module")
def counted() -> list[list[Any]]:
    """A process of its own, since dimensions are known to all that runs in one."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED, str(STACKS)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def test_twice_as_many_different_blocks_take_twice_as_many_calls(counted: Any) -> None:
    short, long = counted[0]
    assert 1.5 * short < long < 2.15 * short


def test_what_is_too_long_to_be_explained_is_judged_all_the_same(counted: Any) -> None:
    assert counted[1] == ["right", "wrong"]
    assert counted[2] == ["right", "unknown"]


NAMES = ("d", "s", "h", "B", "L")
DIMS = [find(name) for name in NAMES]
MONOMIALS = st.dictionaries(st.sampled_from(DIMS), st.integers(-3, 3).filter(bool), max_size=4)
TERMS = st.tuples(MONOMIALS, st.fractions(-9, 9, max_denominator=4).filter(bool))


def poly_of(terms: list[tuple[dict[object, int], Fraction]]) -> Poly:
    return reduce(
        lambda x, y: x + y,
        (
            reduce(lambda x, y: x * y, (Poly.of(d) ** p for d, p in powers.items()), Poly.of(n))
            for powers, n in terms
        ),
        Poly(),
    )


POLYS = st.lists(TERMS, max_size=7).map(poly_of)


@settings(max_examples=80, deadline=None)
@given(POLYS)
def test_terms_stand_in_the_order_of_all_their_powers_zeros_included(poly: Poly) -> None:
    ranked = sorted(DIMS, key=lambda each: (each.symbol != "d", each.key))

    def dense(term: tuple[object, object]) -> tuple[int, tuple[int, ...]]:
        powers = dict(term[0])
        return -sum(powers.values()), tuple(-powers.get(each, 0) for each in ranked)

    assert ordered_terms(poly) == sorted(poly.terms.items(), key=dense)


@settings(max_examples=80, deadline=None)
@given(POLYS)
def test_what_all_terms_share_is_the_least_power_of_each(poly: Poly) -> None:
    if not poly:
        return
    ((monomial, _),) = content(poly).terms.items()
    for each in DIMS:
        powers = [dict(term).get(each, 0) for term in poly.terms]
        assert dict(monomial).get(each, 0) == max(0, min(powers)) + min(0, max(powers))


@settings(max_examples=60, deadline=None)
@given(st.lists(POLYS, max_size=5))
def test_a_sum_at_once_is_the_sum_one_by_one(parts: list[Poly]) -> None:
    assert Poly.sum(parts) == reduce(lambda x, y: x + y, parts, Poly())
    forms = [written(each, "expanded").form for each in parts]
    added = meaning(total(forms))
    assert added == reduce(lambda x, y: x + y, map(meaning, forms), meaning(total([])))


d, s, h, B, L = (Poly.of(each) for each in DIMS)


@pytest.mark.parametrize(
    ("poly", "proved"),
    [
        (d * s + h, True),
        (2 * d * s + 3 * h * s + B, True),  # B alone stands beside nothing
        (d * s + d * h + s * B + h * B, False),  # (d + B) (s + h)
        ((d + B) * (s + h) * (L + 1), False),
        (d * s + d * h + s * B + h * B + L, True),
        (d * s + d * h + s * B * L + h * B * L, False),  # (s + h) (d + B L)
        (d * d - s * s, False),
    ],
)
def test_only_what_has_no_factors_is_called_so(poly: Poly, *, proved: bool) -> None:
    assert _is_irreducible(poly) is proved


@settings(max_examples=60, deadline=None)
@given(POLYS.filter(lambda p: len(p.terms) > 1), POLYS.filter(lambda p: len(p.terms) > 1))
def test_a_product_of_sums_is_never_called_irreducible(left: Poly, right: Poly) -> None:
    product = left * right
    if len(product.terms) > 1:
        assert not _is_irreducible(product / content(product))


def test_a_long_sum_is_not_given_to_factorisation() -> None:
    from symcost.algebra.dim import foreign

    letters = [foreign(f"z_{at}") for at in range(24)]
    squares = Poly.sum(Poly.of(a) ** 2 * b + a * Poly.of(b) ** 2 for a in letters for b in letters)
    assert len(squares.terms) > 200
    assert _is_irreducible(squares)
    assert read(simplest(squares).form) == squares
    assert len(list(candidates(squares))) < 24


def test_relations_are_solved_as_if_each_were_put_into_all_before_it() -> None:
    words = [find(name) for name in ("d", "h", "d_h", "d_ff", "s", "L")]
    width, heads, head, feed, length, layers = words
    chain = [
        Relation(feed, 4 * Poly.of(width), ""),
        Relation(length, Poly.of(feed) + layers, ""),
        Relation(width, Poly.of(heads) * head, ""),
        Relation(heads, Poly.of(layers), ""),
    ]
    base = Poly.of(layers) * head
    assert solve(chain) == {feed: 4 * base, length: 4 * base + layers, width: base, heads: layers}
