"""Elasticities against exact finite differences of plain numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, called
from symcost.algebra.proof import FalseStepError, Step
from symcost.catalog import find
from symcost.cli import main
from symcost.questions.cases import cases
from symcost.questions.cost import QuestionError, cost, decimal
from symcost.questions.sensitivity import all_elasticities, sensitivity

EVERY = [*find.architectures(), *find.presets()]


def slope(values: list[Fraction], step: int) -> Fraction:
    """The derivative at the first of equally spaced values of a polynomial: Newton's series."""
    found, sign = Fraction(0), 1
    for order in range(1, len(values)):
        differences = list(values)
        for _ in range(order):
            differences = [b - a for a, b in pairwise(differences)]
        found += Fraction(sign, order) * differences[0]
        sign = -sign
    return found / step


def by_differences(model: symcost.Model, quantity: str, name: str, at: int, step: int) -> Fraction:
    """x C'(x)/C(x) from exact values at five sizes; exact for polynomials up to degree four."""
    sizes = {"B": 2, "s": 100, "t": 7, "n_ctx": 10_000}
    known = {each.symbol for each in model.binding()} | {"B", "s"}
    fixed = {key: value for key, value in sizes.items() if key in known and key != name}
    values = [
        Fraction(model.value(quantity, **{**fixed, name: at + step * each})) for each in range(5)
    ]
    return at * slope(values, step) / values[0]


# gpt2 moves d_ff = 4 d with d where only d is set, and takes widths that its 12 heads divide.
GPT2 = [
    ("s", 100, 1, False),
    ("B", 2, 1, False),
    ("L", 12, 1, False),
    ("V", 50_257, 1, False),
    ("d_ff", 3072, 1, False),
    ("d", 768, 12, True),
]


@pytest.mark.parametrize(("name", "at", "step", "cite"), GPT2)
@pytest.mark.parametrize("quantity", ["flops_forward", "flops_train", "kv_cache_bytes"])
def test_gpt2_against_differences(quantity: str, name: str, at: int, step: int, cite: bool) -> None:
    model = symcost.load("gpt2")
    asked = cost(model, quantity, sizes={"B": 2, "s": 100})
    expected = by_differences(model, quantity, name, at, step)
    if dim_of(name) not in asked.total.dims():
        assert expected == 0
        with pytest.raises(QuestionError, match="does not depend"):
            sensitivity(asked, name, cite=cite)
        return
    (found,) = sensitivity(asked, name, cite=cite)
    assert found.value == expected


def dim_of(name: str) -> object:
    return symcost.algebra.dim.find(name)


@pytest.mark.parametrize("name", EVERY)
def test_every_model_against_differences_in_s(name: str) -> None:
    """Up to degree two in s; a window is larger than every length tried."""
    model = symcost.load(name)
    asked = cost(model, "flops_forward")
    if dim("time") not in asked.total.dims():
        pytest.skip("no tokens")
    try:
        (found,) = sensitivity(asked, "s")
    except QuestionError as error:
        if "moves in steps of s" not in str(error):
            raise
        return
    values = {**asked.values, dim("time"): 100}
    free = [each for each in asked.ledger.total.dims() if each not in values]
    if dim("heads") in free:
        pytest.skip("the declaration has no published sizes")
    values.update(dict.fromkeys(free, 3))
    five = [Fraction(asked.ledger.at({**values, dim("time"): 100 + each})) for each in range(5)]
    assert 100 * slope(five, 1) / five[0] == Fraction(found.ratio.top.at(values)) / Fraction(
        found.ratio.bottom.at(values)
    )


@pytest.mark.parametrize("name", EVERY)
def test_every_model_answers_or_says_why_not(name: str) -> None:
    found = all_elasticities(cost(symcost.load(name), "params"))
    assert found
    for answers in found.values():
        if isinstance(answers, str):
            assert "moves in steps" in answers
        else:
            assert all(each.powers for each in answers)


def test_windows_are_cases() -> None:
    # min(s, W - 1): linear in s below the window, constant above it.
    model = symcost.load("mistral-7b")
    below = sensitivity(cost(model, "kv_cache_bytes", sizes={"s": 100, "B": 1}), "s")
    above = sensitivity(cost(model, "kv_cache_bytes", sizes={"s": 10_000, "B": 1}), "s")
    assert [each.value for each in (*below, *above)] == [1, 0]
    free = sensitivity(cost(model, "kv_cache_bytes"), "s")
    assert len(free) == 2
    with pytest.raises(QuestionError, match="corner"):
        sensitivity(cost(model, "kv_cache_bytes", sizes={"s": 4095, "B": 1}), "s")


def test_cases_of_nested_calls_cover_every_number() -> None:
    s, w, b = (Poly.of(dim(word)) for word in ("time", "window", "batch"))
    poly = b * called("max", [called("min", [s, w]), Poly.of(3)]) + s
    for size in range(1, 12):
        point = {dim("time"): size, dim("window"): 7, dim("batch"): 5}
        held = [
            case.poly.at(point)
            for case in cases(poly, dim("time"))
            if all(each.holds(point) for each in case.conditions)
        ]
        assert held
        assert set(held) == {poly.at(point)}


def test_the_proof_is_of_the_derivative() -> None:
    """A wrong derivative in the same identity is refused."""
    (found,) = sensitivity(cost(symcost.load("llama-3-8b"), "params"), "h")
    assert found.ratio.top  # keys and values: d^2 h_kv/h
    with pytest.raises(FalseStepError):
        Step(found.proof.before, found.proof.before.terms[0], found.proof.rule)


def test_what_moves_what() -> None:
    asked = cost(symcost.load("gpt2"), "params")
    with pytest.raises(QuestionError, match="d_h of gpt2 follows from h, d"):
        sensitivity(asked, "d_h")
    (alone,) = sensitivity(asked, "d_h", alone=True)
    # Four matrices of d h d_h and three biases of h d_h in each of 12 layers.
    assert alone.value == Fraction(12 * (4 * 768**2 + 3 * 768), 124_439_808)


def test_rounding() -> None:
    shown = [decimal(Fraction(n, 8), 2) for n in (1, -1, 3, 8000)]
    assert shown == ["0.13", "-0.13", "0.38", "1,000.00"]
    assert decimal(Fraction(-1, 10**6)) == "0.0000"


COMMANDS = [
    "sensitivity gpt2 -q flops_forward",
    "sensitivity gpt2 -q flops_forward --for d,s --set B=1 --set s=1024",
    "sensitivity mistral-7b -q kv_cache_bytes --for s",
    "sensitivity llama-3-8b -q params --for h,h_kv",
    "sensitivity deepseek-v3 -q params --alone",
    "sensitivity vit-b-16",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["text", "latex", "markdown", "html"])
def test_commands(command: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--format", kind]) == 0
    assert "lasticit" in capsys.readouterr().out


REFUSED = [
    ("sensitivity gpt2 --for d_h", "d_h of gpt2 follows from h, d (the heads tile"),
    ("sensitivity gpt2 --for E", "flops_forward of gpt2 does not depend on E (experts"),
    ("sensitivity gpt2 --for frob", "'frob' is not a known symbol."),
    ("sensitivity gpt2 --cite --alone", "--cite puts relations in and --alone leaves them out"),
    ("sensitivity vit-b-16 --for n_px", "floor(n_px/p_px) moves in steps of n_px"),
    ("sensitivity mamba2-130m --for s", "ceil(s/Q) moves in steps of s"),
]


@pytest.mark.parametrize(("command", "text"), REFUSED)
def test_refusals(command: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    out = capsys.readouterr().err
    assert out.startswith(f"symcost: {text}")
    assert out.count("\n") == 1
