"""Crossovers with floor, ceil, min and max: held against trying every whole number."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from fractions import Fraction

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, called
from symcost.questions.cost import QuestionError
from symcost.questions.pieces import positive

X = dim("time")
x = Poly.of(X)
FAR = 500


def ceil(value: Poly) -> Poly:
    return called("ceil", [value])


def floor(value: Poly) -> Poly:
    return called("floor", [value])


def least(*values: Poly | int) -> Poly:
    return called("min", [Poly.of(each) for each in values])


def most(*values: Poly | int) -> Poly:
    return called("max", [Poly.of(each) for each in values])


def check(difference: Poly) -> None:
    found = positive(difference, X)
    for n in range(1, FAR):
        inside = any(low <= n and (high is None or n <= high) for low, high in found)
        assert inside == (difference.at({X: n}) > 0), (n, found)


@pytest.mark.parametrize(
    "difference",
    [
        x - 7 * ceil(x / 8) - 3,
        x - 8 * floor(x / 8) - 300 + x,
        least(x, 40) * x - 3 * x - 100,
        3 * least(x, 40) - x - 20,
        most(x, 64) - 2 * x + 10,
        least(x, 40) - least(2 * x, 60),
        floor(least(x, 90 - x / 2) / 3) - 17,
        least(ceil(x / 16) * 16, x + 5) - x - 2 + 0 * x - x / 100,
        floor(x * x / 6) - 20 * x,
        ceil(ceil(x / 3) / 5) - x / 15 - Fraction(1, 2) - x / 90,
        ceil(x / 64) / x - Fraction(1, 40),
        100 / x - ceil(x / 3),
        floor((x + 1) / 2) * ceil(x / 2) - 40 * x,
    ],
)
def test_by_every_number(difference: Poly) -> None:
    check(difference)


def line(draw: random.Random) -> Poly:
    slope = Fraction(draw.randint(1, 9), draw.choice([1, 2, 3, 4, 6]))
    return slope * x + draw.randint(-20, 40)


def term(draw: random.Random) -> Poly:
    one, other = line(draw), line(draw)
    return draw.choice(
        [
            floor(one),
            ceil(one * x / 2),
            least(one, other),
            most(one * x, other, 90),
            floor(most(one, other) / 3),
            least(ceil(one), other),
        ]
    )


@pytest.mark.parametrize("seed", range(25))
def test_drawn_differences(seed: int) -> None:
    draw = random.Random(seed)
    terms = [draw.randint(-6, 6) * term(draw) for _ in range(2)]
    difference = sum(terms, Poly()) + draw.randint(-3, 3) * x + draw.randint(-400, 400)
    check(difference)


@pytest.mark.parametrize(
    ("difference", "message"),
    [
        (x - 8 * floor(x / 8) - 3, "depends on the remainder of s by 8"),
        (floor(100 / x) - 2, "divides by s"),
        (1 / floor(x / 3) - 2, "is divided by"),
        (ceil(x / 5000) - x / 77 + 4, "steps of more than"),
        (ceil(x / 1000) + ceil(x / 999) - x / 77 + 4, "steps of more than"),
    ],
)
def test_what_has_no_answer_is_refused(difference: Poly, message: str) -> None:
    with pytest.raises(QuestionError, match=message) as caught:
        positive(difference, X)
    assert "\n" not in str(caught.value)


def test_a_thousand_steps_take_less_than_a_second() -> None:
    start = time.process_time()
    found = positive(x * x - 1000 * ceil(x / 1000) * 900 - 17 * x, X)
    assert time.process_time() - start < 1
    # x (x - 17) > 900,000 ceil(x/1000): every number beside each end, once more in plain numbers.
    for low, high in found:
        for n in (low - 1, low, *([] if high is None else [high, high + 1])):
            inside = low <= n and (high is None or n <= high)
            assert (n >= 1 and n * (n - 17) > 900_000 * -(-n // 1000)) == inside


def test_a_model_that_works_in_chunks() -> None:
    """Qwen3-Next's delta rule goes in chunks of 64 tokens: attention overtakes the rest."""
    model = symcost.load("qwen3-next-80b-a3b")
    found = model.crossover("attention", "rest", "s", scope="sequence", B=2)
    assert found.root is None
    assert found.hundredths is None
    assert found.more == ((37_115, None),)
    assert "from s = 37,115 on" in found.verdict
    ends = [found.both_at(n) for n in (37_114, 37_115)]
    assert [left > right for left, right in ends] == [False, True]


def test_many_changes_are_said_in_short() -> None:
    found = symcost.load("gpt2").crossover("attention", "rest", "s")
    many = replace(found, more=tuple((10 * k, 10 * k + 4) for k in range(1, 100)))
    assert many.verdict.endswith("from s = 10 to 14, and 97 more times, and from s = 990 to 994")
    assert many.edges_shown == [9, 14, 19, 24, 979, 984, 989, 994]
