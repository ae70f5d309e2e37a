"""solve and crossover: held against counting again at whole numbers, for every model there is."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.dim import dim, find
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly, called
from symcost.catalog import find as catalog
from symcost.cli import main
from symcost.graph.architecture import SizeError
from symcost.questions.budget import in_units, read
from symcost.questions.cost import QuestionError
from symcost.questions.curve import Curve
from symcost.questions.roots import Bracket, PowerRoot, QuadraticRoot
from symcost.questions.tokens import LAWS, best_for, root_below, tokens_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.model import Model
    from symcost.questions.solve import Solved

EVERY = [*catalog.architectures(), *catalog.presets()]
FREE = {"B": 2, "s": 512, "s_e": 64, "L": 3, "d": 64}
QUESTIONS = (
    ("params = 1e9", "d"),
    ("params <= 7B", "L"),
    ("params >= 30M", "d_ff"),
    ("params = 3e9", "h"),
    ("params < 1e10", "V"),
    ("kv_cache_bytes <= 80GB", "s"),
    ("kv_cache_bytes < 16GiB", "B"),
    ("flops_forward <= 1e15", "s"),
    ("flops_train <= 1e18", "d"),
)
CROSSINGS = (
    ("attention", "rest", "s"),
    ("head", "rest", "d"),
    ("attention", "rest", "d"),
    ("attention", "matrices", "s"),
)


def free_sizes(model: Model, quantity: str, unknown: str) -> dict[str, int]:
    """Values for what a model leaves open."""
    bound = {each.symbol for each in model.binding()}
    total = {each.symbol for each in model.ledger(quantity).total.dims()}
    return {name: n for name, n in FREE.items() if name in total - bound and name != unknown}


def one_line(error: ValueError) -> None:
    assert str(error)
    assert "\n" not in str(error)


def possible_sizes(
    model: Model, quantity: str, unknown: str, sizes: dict[str, int], numbers: range
) -> Iterator[tuple[int, int | Fraction]]:
    """Brute force: every number is tried, and what the model refuses is left out."""
    for n in numbers:
        try:
            yield n, model.value(quantity, convention="torch", scope=None, **sizes, **{unknown: n})
        except SizeError:
            continue


def check_answer(model: Model, solved: Solved, unknown: str, sizes: dict[str, int]) -> None:
    """Both neighbours counted again, on the two sides of the number; nothing lies between them."""
    found, target = solved.found, solved.target
    assert found is not None
    rising = found.curve.trend > 0
    for point in (found.before, found.after):
        if point is not None:
            assert point.cost == model.value(
                target.quantity, convention="torch", scope=None, **sizes, **{unknown: point.size}
            )
    strict = target.sense in ("<", ">=")
    low, high = (found.before, found.after) if rising else (found.after, found.before)
    if low is not None:
        assert low.cost < target.number if strict == rising or strict else low.cost <= target.number
    if high is not None:
        assert high.cost >= target.number
    if found.before is not None and found.after is not None:
        between = range(found.before.size + 1, found.after.size)
        assert len(between) < 1000
        assert not list(possible_sizes(model, target.quantity, unknown, sizes, between))


@pytest.mark.parametrize("name", EVERY)
def test_every_model_answers_or_refuses(name: str) -> None:
    model = symcost.load(name)
    answered = 0
    for question, unknown in QUESTIONS:
        sizes = free_sizes(model, question.split(maxsplit=1)[0], unknown)
        try:
            solved = model.solve(question, unknown, convention="torch", scope=None, **sizes)
        except ValueError as error:
            one_line(error)
            continue
        check_answer(model, solved, unknown, sizes)
        assert solved.verdict
        answered += 1
    for left, right, unknown in CROSSINGS:
        answered += crossing_is_right(model, left, right, unknown)
    assert answered or "L" not in {each.symbol for each in model.binding()}


def crossing_is_right(model: Model, left: str, right: str, unknown: str) -> bool:
    """The costs of both groups from the terms of the ledger, one by one, in plain numbers."""
    sizes = free_sizes(model, "flops_forward", unknown)
    try:
        found = model.crossover(left, right, unknown, scope="sequence", **sizes)
    except ValueError as error:
        one_line(error)
        return False
    if found.more is None:
        assert found.open
        return True
    probes = {1, 2, 1000, 10**6, *(n for edge in found.edges() for n in (edge, edge + 1))}
    values = {each: bound.value for each, bound in model.binding(**sizes).items()}
    for n in sorted(probes - {0}):
        at = {**values, **{each.dim: 0 for each in found.relations}, find(unknown): n}
        costs = []
        for group in found.groups:
            total = sum((term.amount for term in group.terms), Poly())
            for relation in (*found.relations, *found.relations):
                total = total.substitute({relation.dim: relation.value})
            costs.append(total.at(at))
        inside = any(low <= n and (high is None or n <= high) for low, high in found.more)
        assert inside == (costs[0] > costs[1]), (n, costs, found.verdict)
    return True


@pytest.mark.parametrize(
    ("name", "question", "unknown", "sizes", "numbers"),
    [
        ("gpt2", "params = 2e8", "d", {}, range(1, 2000)),
        ("gpt2", "params >= 124439808", "d", {}, range(1, 2000)),
        ("gpt2", "params > 124439808", "d", {}, range(1, 2000)),
        ("gpt2", "params <= 124439808", "d", {}, range(1, 2000)),
        ("gpt2", "params < 124439808", "d", {}, range(1, 2000)),
        ("gpt2", "flops_forward <= 1e11", "s", {"B": 1}, range(1, 1025)),
        ("gpt2", "flops_forward <= 1e15", "s", {"B": 1}, range(1, 1025)),
        ("llama-3-8b", "params = 7.95e9", "h", {}, range(1, 600)),
        ("llama-3-8b", "params = 6e9", "h", {}, range(1, 5000)),
        ("llama-3-8b", "params <= 6e9", "h", {}, range(1, 5000)),
        ("llama-3-8b", "params >= 6e9", "h", {}, range(1, 5000)),
        ("llama-3-8b", "params <= 6e9", "d", {}, range(1, 5000)),
        ("mistral-7b", "kv_cache_bytes <= 100MB", "s", {"B": 1}, range(1, 5000)),
        ("mixtral-8x7b", "params <= 30e9", "E", {}, range(1, 100)),
        ("mamba2-130m", "flops_forward <= 1e11", "s", {"B": 1}, range(1, 3000)),
    ],
)
def test_brute_force(
    name: str, question: str, unknown: str, sizes: dict[str, int], numbers: range
) -> None:
    model = symcost.load(name)
    solved = model.solve(question, unknown, convention="torch", scope=None, **sizes)
    wanted = solved.target.number
    counted = dict(possible_sizes(model, solved.target.quantity, unknown, sizes, numbers))
    holds = {
        "=": lambda cost: cost == wanted,
        "<": lambda cost: cost < wanted,
        "<=": lambda cost: cost <= wanted,
        ">": lambda cost: cost > wanted,
        ">=": lambda cost: cost >= wanted,
    }[solved.target.sense]
    fits = [n for n, cost in counted.items() if holds(cost)]
    assert solved.found is not None
    best = max if (solved.target.sense in ("<", "<=")) == (solved.found.curve.trend > 0) else min
    assert (solved.answer.size if solved.answer else None) == (best(fits) if fits else None)
    if solved.target.sense == "=":
        below = [n for n, cost in counted.items() if cost <= wanted]
        above = [n for n, cost in counted.items() if cost > wanted]
        pair = {each.size for each in (solved.found.before, solved.found.after) if each}
        rising = solved.found.curve.trend > 0
        ends = ((below, max), (above, min)) if rising else ((below, min), (above, max))
        assert pair == {nearest(side) for side, nearest in ends if side}


def test_the_width_of_a_gpt2_with_a_billion_parameters() -> None:
    solved = symcost.load("gpt2").solve("params = 1e9", "d")
    assert isinstance(solved.root, QuadraticRoot)
    assert people(solved.root.root) == "(sqrt(b^2 - 4 a c) - b)/(2 a)"
    assert people(solved.root.a.value) == "12 L"
    assert solved.found is not None
    assert solved.found.hundredths == 246267
    assert solved.found.before is not None
    assert solved.found.before.size == 2460 == 205 * 12
    assert solved.found.after is not None
    assert solved.found.after.size == 2472 == 206 * 12


def test_attention_overtakes_the_rest_of_gpt2() -> None:
    found = symcost.load("gpt2").crossover("attention", "rest", "s")
    assert isinstance(found.root, PowerRoot)
    assert people(found.root.value) == "2 d + d_ff + V/(2 L)"
    assert found.hundredths == 670204
    assert found.more == ((6703, None),)
    within = symcost.load("gpt2").crossover("attention", "matrices", "s")
    assert isinstance(within.root, PowerRoot)
    assert people(within.root.value) == "2 d + d_ff"
    assert within.more == ((4609, None),)  # at 4,608 both cost the same


def test_never_and_always() -> None:
    gpt2 = symcost.load("gpt2")
    assert gpt2.crossover("head", "rest", "s").verdict.startswith("never: ")
    always = gpt2.crossover("rest", "head", "s")
    assert always.always
    assert always.verdict.startswith("always: ")


def test_several_crossings_are_all_found() -> None:
    found = symcost.load("gpt2").crossover("matrices", "rest", "d", quantity="params")
    edges = found.edges()
    for n in {1, 2, *range(1, 5000, 7), *edges, *(edge + 1 for edge in edges)} - {0}:
        left, right = found.both_at(n)
        inside = any(low <= n and (high is None or n <= high) for low, high in found.more or ())
        assert inside == (left > right)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("params = 1e9", "parameter", 10**9),
        ("params = 7B", "parameter", 7 * 10**9),
        ("params == 1.5e9", "parameter", 15 * 10**8),
        ("kv_cache_bytes <= 80e9", "byte", 80 * 10**9),
        ("kv_cache_bytes<=80GB", "byte", 80 * 10**9),
        ("kv_cache_bytes <= 80 GiB", "byte", 80 * 2**30),
        ("kv_cache_bytes <= 0.5GiB", "byte", 2**29),
        ("kv_cache_bytes <= 7B", "byte", 7),
        ("flops_train < 2.5 PFLOP", "FLOP", 25 * 10**14),
        ("flops_train < 1e-1", "FLOP", Fraction(1, 10)),
        ("params = 124,439,808", "parameter", 124439808),
    ],
)
def test_numbers_are_read_exactly(text: str, unit: str, number: int | Fraction) -> None:
    assert in_units(read(text), unit).number == number


@pytest.mark.parametrize(
    "text",
    [
        "params",
        "params = ",
        "params = -1",
        "params = 0",
        "params = 1e999",
        "params = __import__('os')",
        "params = 1 + 1",
        "1e9 = params",
        "params ~ 1e9",
        "params = 1e9; d",
        "params = 1" + "0" * 70,
    ],
)
def test_other_questions_are_refused(text: str) -> None:
    with pytest.raises(QuestionError) as caught:
        read(text)
    one_line(caught.value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("params = 7GB", "parameter"), ("kv_cache_bytes = 7M", "byte"), ("flops = 7GiB", "FLOP")],
)
def test_units_of_other_quantities_are_refused(text: str, unit: str) -> None:
    with pytest.raises(QuestionError, match="is no unit of"):
        in_units(read(text), unit)


def test_a_bracket_that_does_not_hold_cannot_be_built() -> None:
    Bracket(10, 3)
    for of, least in ((10, 2), (10, 4)):
        with pytest.raises(ValueError, match="does not begin with"):
            Bracket(of, least)


X = dim("time")
x = Poly.of(X)


@pytest.mark.parametrize(
    ("poly", "trend"),
    [
        (3 * x**2 - 2 * x + 5, 1),  # falls below x = 1/3 only
        (7 - 1 / x, 1),
        (7 + 1 / x, -1),
        (5 * called("ceil", [x / 64]) * x, 1),
        (5 * called("min", [x, Poly.of(4096)]) + 1, 1),
        (-3 * called("floor", [x / 2]), -1),
    ],
)
def test_trends(poly: Poly, trend: int) -> None:
    curve = Curve(poly, X)
    assert curve.trend == trend
    values = [trend * curve.at(n) for n in range(1, 300)]
    assert values == sorted(values)


@pytest.mark.parametrize(
    "poly",
    [x**2 - 40 * x, x + 100 / x, x - called("floor", [x / 2]), called("ceil", [x / 3]) / x],
)
def test_what_is_not_proved_monotone_is_refused(poly: Poly) -> None:
    with pytest.raises(QuestionError, match="not proved"):
        _ = Curve(poly, X).trend


def test_a_cache_with_a_window_never_fills_the_budget() -> None:
    solved = symcost.load("mistral-7b").solve("kv_cache_bytes <= 80GB", "s", B=1)
    assert solved.root is None
    full = symcost.load("mistral-7b").value("kv_cache_bytes", B=1, s=10**6)
    assert solved.verdict == f"every s: the cost is never more than {full:,}"


def test_open_symbols_are_named_and_not_guessed() -> None:
    solved = symcost.load("gpt2").solve("kv_cache_bytes <= 80GB", "B")
    assert [each.symbol for each in solved.open] == ["s"]
    assert solved.found is None
    assert isinstance(solved.root, PowerRoot)
    assert people(solved.root.value) == "20,000,000,000/(L s d)"


# Compute-optimal tokens: Hoffmann et al. 2022, abstract and table 3; Besiroglu et al. 2024.


def test_chinchilla_by_its_rule() -> None:
    (rule, *_) = tokens_for(70 * 10**9)
    assert rule.tokens == 14 * 10**11
    (rule, *_) = best_for(6 * 20 * 10**22)
    assert (rule.params, rule.tokens) == (10**11, 2 * 10**12)


@pytest.mark.parametrize("law", LAWS, ids=[law.name for law in LAWS])
def test_the_optimum_of_a_law_is_its_minimum(law: object) -> None:
    """The loss itself, in floats, is not lower beside the optimum: nothing is derived here."""
    chosen = next(each for each in LAWS if each is law)
    compute = 576 * 10**21
    (best,) = [each for each in best_for(compute) if each.rule == chosen.name]
    numbers = [chosen.floor, chosen.a, chosen.b, chosen.alpha, chosen.beta]
    floor, a, b, alpha, beta = map(float, numbers)

    def loss(params: float) -> float:
        tokens = compute / (6 * params)
        return floor + a / params**alpha + b / tokens**beta

    assert all(loss(best.params) < loss(best.params * f) for f in (0.8, 0.98, 1.02, 1.25))
    (back,) = [each for each in tokens_for(best.params) if each.rule == chosen.name]
    assert abs(back.tokens - best.tokens) * 10**6 < best.tokens


def test_whole_roots() -> None:
    for degree in (1, 2, 3, 31):
        for number in (1, 2, 10**6, 10**30 + 7):
            found = root_below(Fraction(number), degree)
            assert found**degree <= number < (found + 1) ** degree


# The commands, and the pages.


@pytest.mark.parametrize("name", ["gpt2", "llama-3-70b", "mixtral-8x7b", "deepseek-v3"])
@pytest.mark.parametrize(
    "command",
    [
        ("solve", "params = 1e9", "--for", "d"),
        ("solve", "kv_cache_bytes <= 80GiB", "--for", "s", "--set", "B=1"),
        ("crossover", "attention", "rest", "--for", "s"),
    ],
    ids=["d", "s", "crossover"],
)
def test_answers_and_pages(
    name: str, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    what, *rest = command
    for kind in (None, "text", "markdown", "latex", "html"):
        assert main([what, name, *rest, *(["--format", kind] if kind else [])]) == 0
        out, err = capsys.readouterr()
        assert out.endswith("\n")
        assert err == ""
    assert main([what, name, *rest]) == 0
    assert "\nanswer " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("solve", "gpt2", "--for", "d"), "a question is missing"),
        (("solve", "gpt2", "params = 1e9", "--for", "d_h"), "d_h of gpt2 follows from h d_h = d"),
        (("solve", "gpt2", "params = 1e9", "--for", "h"), "does not depend on h"),
        (("solve", "gpt2", "params = 1e9", "--for", "d", "--set", "d=3"), "is given and asked for"),
        (("solve", "gpt2", "params = 1 GiB", "--for", "d"), "is no unit of params"),
        (("crossover", "gpt2", "attention", "feed", "--for", "s"), "is called 'feed'"),
        (("crossover", "gpt2", "attention", "scores", "--for", "s"), "share"),
        (("crossover", "gpt2", "rest", "rest", "--for", "s"), "named twice"),
        (("crossover", "gpt2", "layer.attention", "feed_forward", "--for", "L"), "grow alike"),
    ],
)
def test_refusals(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err


def test_answers_come_within_a_second() -> None:
    """Generous by far on a quiet machine, where the slowest takes a tenth of it."""
    for name in ("gpt2", "deepseek-v3", "qwen3-next-80b-a3b", "jamba"):
        model = symcost.load(name)
        _ = model.root
        best = 10.0
        for _ in range(3):
            start = time.process_time()
            model.solve("params = 1e9", "d")
            best = min(best, time.process_time() - start)
        assert best < 1
