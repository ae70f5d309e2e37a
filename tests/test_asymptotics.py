"""Leading terms and rules of thumb, against brute force and published values."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import polynomial
from symcost.algebra.poly import Poly
from symcost.catalog import find
from symcost.cli import main
from symcost.questions.asymptotics import asymptotics
from symcost.questions.cost import QuestionError, cost
from symcost.questions.intervals import at_least_zero, both, joined
from symcost.questions.thumb import thumb
from symcost.questions.thumb_rules import RULES

EVERY = [*find.architectures(), *find.presets()]
B, L, s, d, V, d_ff = (
    Poly.of(dim(word)) for word in ("batch", "layers", "time", "model", "vocab", "feed")
)


# -- whole numbers that satisfy an inequality ------------------------------------------------------


def product_of(roots: list[tuple[int, int]], lead: int) -> list[int]:
    """Coefficients of lead x the product of (k x - b)."""
    found = [lead]
    for b, k in roots:
        longer = [0, *[k * each for each in found]]
        found = [x - b * y for x, y in zip(longer, [*found, 0], strict=True)]
    return found


def test_intervals_against_brute_force() -> None:
    chance = random.Random(20)
    for _ in range(3000):
        degree = chance.randint(0, 5)
        roots = [(chance.randint(-5, 90), chance.choice([1, 1, 2, 7])) for _ in range(degree)]
        numbers = product_of(roots, chance.choice([1, -1, 3]))
        if chance.random() < 0.5:
            numbers[0] += chance.randint(-3, 3)
        found = at_least_zero(numbers)
        for x in range(1, 120):
            inside = any(low <= x and (high is None or x <= high) for low, high in found)
            assert inside == (sum(a * x**n for n, a in enumerate(numbers)) >= 0), (numbers, x)


def test_unions_and_intersections() -> None:
    assert both([(1, 10), (20, None)], [(5, 25)]) == ((5, 10), (20, 25))
    assert joined([(20, None), (1, 4), (5, 9), (8, 12)]) == ((1, 12), (20, None))
    assert at_least_zero([]) == ((1, None),)
    assert at_least_zero([-(10**40), 1]) == ((10**40, None),)


# -- leading behaviour -----------------------------------------------------------------------------


def test_gpt2_grows_like_the_square_of_s() -> None:
    (found,) = asymptotics(cost(symcost.load("gpt2"), "flops_forward"), "s")
    assert (found.power, found.kept) == (2, 4 * B * L * s**2 * d)
    assert found.dropped == 2 * B * s * d * (L * (4 * d + 2 * d_ff) + V)
    assert found.estimate.sign == "+"


def test_a_window_stops_the_cache() -> None:
    (found,) = asymptotics(cost(symcost.load("mistral-7b"), "kv_cache_bytes"), "s")
    window = Poly.of(dim("window"))
    assert found.power == 0
    assert [(each.small, each.large) for each in found.conditions] == [(window - 1, s)]


@pytest.mark.parametrize("name", EVERY)
def test_every_model_in_every_symbol(name: str) -> None:
    """kept + dropped is the ledger's total, and ever less of it is dropped further out."""
    asked = cost(symcost.load(name), "flops_forward")
    for each in asked.total.dims():
        try:
            answers = asymptotics(asked, each.symbol)
        except QuestionError as error:
            if "does not grow with" not in str(error):
                raise
            continue
        for found in answers:
            small = {one: asked.values.get(one, 1) for one in found.exact.dims()}
            errors = []
            for size in (10**6, 10**9):
                point = {**small, each: size}
                exact = Fraction(found.exact.at(point))
                if all(one.holds(point) for one in found.conditions):
                    assert exact == asked.total.at({**asked.values, **point})
                kept = Fraction(found.kept.at(point))
                errors.append(abs(exact - kept) / abs(kept))
                assert exact == kept + found.dropped.at(point)
            assert errors[1] * 100 <= errors[0]  # a thousand times as far out


# -- rules of thumb --------------------------------------------------------------------------------


def brute(name: str, rule: str, times: int, last: int, per_cent: int, **sizes: int) -> set[int]:
    """The s up to `last` where |exact - times N| is at most so many per cent of times N."""
    model = symcost.load(name)
    n = model.value("params_non_embedding")
    quantity = {"6N": "flops_train", "2N": "flops_forward"}[rule]
    ledger = model.ledger(quantity, scope="token")
    values = {each: bound.value for each, bound in model.binding(**sizes).items()}
    found = set()
    for size in range(1, last):
        exact = ledger.at({**values, dim("time"): size})
        if abs(exact - times * n) * 100 <= per_cent * times * n:
            found.add(size)
    return found


@pytest.mark.parametrize(("name", "rule", "times"), [("llama-2-7b", "6N", 6), ("phi-2", "2N", 2)])
@pytest.mark.parametrize("per_cent", [1, 3, 5])
def test_the_region_against_brute_force(name: str, rule: str, times: int, per_cent: int) -> None:
    last = 3000
    region = thumb(symcost.load(name), rule).within(dim("time"), Fraction(per_cent, 100))
    inside = {
        x
        for x in range(1, last)
        if any(low <= x and (high is None or x <= high) for low, high in region.intervals)
    }
    assert inside == brute(name, rule, times, last, per_cent)
    assert inside


def test_the_share_that_gpt3_drops() -> None:
    # Brown et al. 2020, table D.1: 6 N D drops 12 L s d, which is 2.8 % at s = 2,048.
    found = thumb(symcost.load("gpt3-175b"), "72Ld^2+6Vd", sizes={"s": 2048})
    assert found.value is not None
    assert round(100 * found.value, 1) == Fraction(28, 10)
    assert found.dropped.at(found.cost.values) == 12 * 96 * 2048 * 12_288


def test_deepseek_6n2() -> None:
    # DeepSeek-AI 2024, section 3.2: 72 n d^2 + 6 V d drops 12 n d l, against 72 n d^2 l/(6 d).
    for n, width, words, length, exact in (
        (30, 4096, 102_400, 4096, 44_795_166_720),
        (95, 8192, 102_400, 4096, 502_309_847_040),
    ):
        sizes = {"L": n, "d": width, "V": words, "s": length, "n_ctx": length, "h": 32}
        found = thumb(symcost.load("gpt2"), "72Ld^2+6Vd", sizes=sizes)
        assert found.cost.ledger.at(found.cost.values) == exact
        assert found.dropped.at(found.cost.values) == 12 * n * width * length


def test_one_layer_without_its_square() -> None:
    # Narayanan et al. 2021, appendix: 24 B s h^2 (1 + s/(6 h)), hence 16.7 % s/d.
    found = thumb(symcost.load("gpt3-175b"), "24Bsd^2", sizes={"B": 1536, "s": 2048})
    assert found.cost.ledger.at(found.cost.values) == 11_716_395_905_581_056
    error = found.error if found.proportioned is None else found.proportioned
    assert error.poly == s / (6 * d)


def test_kaplan_drops_biases_and_norms() -> None:
    # Kaplan et al. 2020: 12 n_layer d_model^2 drops 13 d for each layer, and the last norm's 2 d.
    found = thumb(symcost.load("gpt2"), "12Ld^2")
    cited = found.cost.cited
    shown = polynomial(found.estimate.dropped).substitute({each.dim: each.value for each in cited})
    assert shown == 13 * L * d + 2 * d
    region = found.within(dim("model"), Fraction(1, 100))
    ((low, high),) = region.intervals
    exact = [Fraction(13 * 12 * n + 2 * n, 144 * n**2) for n in (low - 1, low)]
    assert high is None
    assert exact[0] > Fraction(1, 100) >= exact[1]
    assert region.whole == {low: 12 * -(-low // 12)}


@pytest.mark.parametrize("name", EVERY)
def test_every_rule_for_every_model(name: str) -> None:
    """exact = rule + remainder is proved when it is built; what cannot be asked says so."""
    for rule in RULES:
        try:
            found = thumb(symcost.load(name), rule.name)
        except QuestionError as error:
            if "\n" in str(error):
                raise
            continue
        assert found.kept + found.dropped == found.cost.total


def test_a_mixture_counts_what_a_token_meets() -> None:
    model = symcost.load("mixtral-8x7b")
    found = thumb(model, "2N", sizes={"s": 1})
    active = model.value("params_active") - 32_000 * 4096
    assert found.kept.at(found.cost.values) == 2 * active


def test_macs_halve_the_rule() -> None:
    counted = symcost.catalog.find.convention("torch")
    macs = symcost.quantities.convention.changed(counted, mac=True)
    model = symcost.load("gpt2")
    pair = [thumb(model, "6N", each, {"s": 512}) for each in (counted, macs)]
    assert pair[0].value == pair[1].value


COMMANDS = [
    "asymptotics gpt2 -q flops_forward --for s",
    "asymptotics gpt2 -q flops_forward --for s,d --within 5 --set B=1 --set s=1024",
    "asymptotics mistral-7b -q kv_cache_bytes --for s",
    "asymptotics swin-tiny --for n_px",
    "asymptotics gpt2 --rule 6N --within 5",
    "asymptotics llama-3-70b --rule 6N --within 5 --set s=4096",
    "asymptotics deepseek-v3 --rule 2N --within 10 --for s",
    "asymptotics gpt2 --rule 24Bsd^2 --within 5 --set B=1 --set s=1024",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["text", "latex", "markdown", "html"])
def test_commands(command: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--format", kind]) == 0
    assert "remainder" in capsys.readouterr().out


REFUSED = [
    ("asymptotics gpt2", "name the symbol that grows, as in --for s, or a --rule"),
    ("asymptotics gpt2 --rule 7N", "'7N' is not a known rule of thumb; known are 6N, 2N"),
    ("asymptotics gpt2 --rule 6N -q params", "a rule has its own quantity and scope"),
    ("asymptotics gpt2 --rule 6N --within 0", "--within 0: write per cent, a positive number"),
    ("asymptotics gpt2 --rule 6N --within x", "--within x: write per cent"),
    ("asymptotics resnet-18 --rule 6N", "6N is about tokens, and resnet-18 has none"),
    ("asymptotics deepseek-v3 --rule 12Ld^2", "12Ld^2 speaks of L, which deepseek-v3 does not"),
    ("asymptotics gpt2 --rule 6N --within 5 --for d", "the region in d depends on s: give --set s"),
    ("asymptotics gpt2 --rule 6N --within 5 --for E", "the error of 6N does not depend on E"),
    ("asymptotics mamba2-130m --rule 6N --within 5 --for s", "ceil(s/256) moves in steps of s"),
]


@pytest.mark.parametrize(("command", "text"), REFUSED)
def test_refusals(command: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    out = capsys.readouterr().err
    assert out.startswith(f"symcost: {text}")
    assert out.count("\n") == 1
