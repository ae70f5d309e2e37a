"""What each difference costs: against plain numbers, step by step, and published totals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import evaluate
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly, called
from symcost.algebra.ratio import Ratio
from symcost.catalog import find
from symcost.cli import main
from symcost.questions.compare import Comparison, compare, compare_conventions
from symcost.questions.cost import Cost, QuestionError, cost
from symcost.questions.formulas import compare_formulas, difference, equal

if TYPE_CHECKING:
    from collections.abc import Callable

d, h, d_h, L, s, d_ff, V = (
    Poly.of(dim(word)) for word in ("model", "heads", "head", "layers", "time", "feed", "vocab")
)
EVERY = [*find.architectures(), *find.presets()]


def compared(left: str, right: str, quantity: str = "params", *order: str) -> Comparison:
    return compare(cost(symcost.load(left), quantity), cost(symcost.load(right), quantity), order)


def test_what_separates_two_llamas() -> None:
    # Published totals; the token table and the head are two tensors of V d each, a gated block has
    # three matrices of d d_ff, and keys and values are 2 d d_h wide for each of their heads.
    found = compared("llama-2-7b", "llama-3-8b")
    assert found.difference == 8_030_261_248 - 6_738_415_616
    effects = {each.name: each.value for each in found.sizes}
    assert effects == {
        "h_kv": 32 * 2 * 4096 * 128 * (8 - 32),
        "V": 2 * 4096 * (128_256 - 32_000),
        "d_ff": 32 * 3 * 4096 * (14_336 - 11_008),
    }
    assert found.structure == ()


@pytest.mark.parametrize("order", [(), ("d_ff",), ("V", "h", "d"), ("d", "L")])
@pytest.mark.parametrize("quantity", ["params", "flops_forward", "kv_cache_bytes"])
def test_effects_are_what_changing_one_size_changes(quantity: str, order: tuple[str, ...]) -> None:
    """Each effect against two exact values of the first model with sizes set by hand."""
    model, other = symcost.load("gpt2"), symcost.load("gpt2-medium")
    fixed = {"B": 2, "s": 100}
    left, right = (cost(each, quantity, sizes=fixed) for each in (model, other))
    wanted = [each for each in order if find_in(left, right, each)]
    found = compare(left, right, wanted)
    names = ("L", "h", "V", "d", "d_ff", "n_ctx")
    sizes = {each.symbol: number for each, number in left.values.items() if each.symbol in names}
    sizes["h"] = 16  # no part of the cost depends on it, and it divides both widths
    before = model.value(quantity, **{**sizes, **fixed})
    assert [each.name for each in found.sizes][: len(wanted)] == wanted
    for each in found.sizes:
        assert each.by is not None
        sizes[each.name] = right.values[each.by]
        after = model.value(quantity, **{**sizes, **fixed})
        assert each.value == after - before
        before = after
    assert found.structure == ()
    assert found.difference == other.value(quantity, **fixed) - model.value(quantity, **fixed)


def find_in(left: Cost, right: Cost, name: str) -> bool:
    try:
        compare(left, right, [name])
    except QuestionError:
        return False
    return True


def test_closed_forms_of_effects_give_their_values() -> None:
    found = compared("mixtral-8x7b", "deepseek-v3")
    here = dict(found.left.values)
    for each in found.sizes:
        assert each.by is not None
        point = dict(here)
        for one in found.sizes:
            assert one.by is not None
            point[symcost.algebra.dim.primed(one.by)] = found.right.values[one.by]
        assert evaluate(each.form, point) == each.value.at({})


def test_parts_that_only_one_has() -> None:
    found = compared("gpt2", "llama-3-8b")
    names = {each.name for each in found.structure}
    assert {"only second| W_U", "only first| positions, W_P"} <= names
    assert "only second| layer, feed_forward, W_G" in names
    gate = next(each for each in found.structure if each.name.endswith("W_G"))
    assert gate.value == 32 * 4096 * 14_336
    assert found.difference == 8_030_261_248 - 124_439_808


def test_free_symbols_stay_in_the_effects() -> None:
    found = compared("llama-2-7b", "llama-3-8b", "flops_forward")
    b = Poly.of(dim("batch"))
    # 2 FLOPs for each parameter a token meets; the attention core is the same in both.
    assert found.difference == 2 * b * s * (1_291_845_632 - 4096 * (128_256 - 32_000))


@pytest.mark.parametrize(("left", "right"), list(pairwise(EVERY)))
def test_every_pair_adds_up_or_says_why_not(left: str, right: str) -> None:
    """Building a comparison checks that effects and parts both sum to the difference."""
    found = compared(left, right)
    ours, theirs = (symcost.load(each) for each in (left, right))
    try:
        whole = theirs.value("params") - ours.value("params")
    except symcost.UnboundError:
        return
    assert found.difference == whole


def test_two_conventions() -> None:
    # Narayanan et al. 2021: 96 B s l h^2 against 72, the attention square once more as well.
    pair = (find.convention("torch"), find.convention("megatron"))
    found = compare_conventions(symcost.load("gpt2"), "flops_train", pair)
    b = Poly.of(dim("batch"))
    assert found.difference == b * s * (24 * 12 * 768**2 + 4 * 12 * 768 * s)
    assert [each.choice for each in found.effects] == ["recompute"]
    other = (find.convention("torch"), find.convention("kaplan-2020"))
    effects = compare_conventions(symcost.load("gpt2"), "flops_forward", other).effects
    assert {each.choice: each.value for each in effects} == {
        "params": Poly(),
        "flops": -2 * b * s * 768 * 50_257,
        "causal": -2 * b * 12 * 768 * s**2,
    }


def test_formulas_equal_and_equal_if() -> None:
    assert equal(4 * d**2, 4 * d * h * d_h, [Relation(dim("head"), d / h, "")])
    assert not equal(4 * d**2, 4 * d * h * d_h)
    found = compare_formulas(4 * d**2, 4 * d * h * d_h)
    assert (dim("head"), d / h) in [(each.dim, each.value) for each in found.equal_if]
    assert (dim("model"), h * d_h) in [(each.dim, each.value) for each in found.equal_if]
    assert (
        compare_formulas(12 * L * d**2, 2 * L * d * (2 * d + d_ff))
        .equal_if[0]
        .holds({dim("feed"): 3072, dim("model"): 768})
    )


def test_formulas_that_are_never_equal() -> None:
    found = compare_formulas(12 * L * d**2 + 13 * L * d, 12 * L * d**2)
    assert (found.equal, found.never, found.equal_if) == (False, True, ())
    assert difference(12 * L * d**2 + 13 * L * d, 12 * L * d**2) == Ratio.of(13 * L * d)
    assert not compare_formulas(called("min", [s, d]), d).never
    one_size = compare_formulas(V * d, 50_257 * d)
    assert [(each.dim, each.value) for each in one_size.equal_if] == [
        (dim("vocab"), Poly.of(50_257))
    ]
    assert compare_formulas(d * (s + 1), d * s + d).equal


COMMANDS = [
    "compare llama-2-7b llama-3-8b",
    "compare gpt2 deepseek-v3 --terms --derive",
    "compare gpt2 --conventions torch,megatron -q flops_train",
    "compare mistral-7b llama-2-7b -q kv_cache_bytes --set s=8192 --set B=1",
    "compare vit-b-16 resnet-18",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["text", "latex", "markdown", "html"])
def test_commands(command: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--format", kind]) == 0
    assert len(capsys.readouterr().out) > 500


REFUSED = [
    ("compare gpt2", "compare two models, or one model with --conventions A,B"),
    ("compare gpt2 gpt2 --conventions torch,palm", "compare two models, or one model with"),
    ("compare gpt2 --conventions torch", "--conventions torch: name two, such as torch,megatron"),
    ("compare gpt2 llama-2-7b --order s", "s does not differ between the two; these do: L, V, d"),
    ("compare gpt2 llama-2-7b --set E=3", "no model of gpt2, llama-2-7b has the symbol E"),
    ("compare gpt2 bert-base -q kv_cache_bytes", "bert-base has no kv_cache_bytes"),
    ("compare gpt2 llama-2-7b -q params -q flops_train", "this question is about one quantity"),
]


@pytest.mark.parametrize(("command", "text"), REFUSED)
def test_refusals(command: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 2
    out = capsys.readouterr().err
    assert out.startswith(f"symcost: {text}")
    assert out.count("\n") == 1


def build(action: Callable[[], object]) -> None:
    with pytest.raises(QuestionError):
        action()


def test_two_quantities_are_refused() -> None:
    model = symcost.load("gpt2")
    build(lambda: compare(cost(model, "params"), cost(model, "flops_forward")))


@pytest.mark.parametrize(
    ("formulas", "answer"),
    [
        (("6 L d", "2*L*d*3"), "equal for all sizes"),
        (("d", "d + 1"), "never equal"),
        (("4*d**2*L", "4*h*d_h*d*L"), "equal if h d_h = d"),
        (("d**2", "2*d"), "equal if d = 2"),
    ],
)
def test_two_formulas_on_the_command_line(
    formulas: tuple[str, str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "--formulas", *formulas]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"answer      {answer}"


@pytest.mark.parametrize(
    ("formulas", "problem"),
    [
        (("d", '__import__("os")'), "column 12: "),
        (("d", "width_of_it"), "'width_of_it' is not a known symbol."),
        (("d = h d_h", "d"), "'d = h d_h' has 2 sides"),
        (("d",), "--formulas takes two formulas"),
    ],
)
def test_what_is_no_pair_of_formulas(
    formulas: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "--formulas", *formulas]) == 2
    assert capsys.readouterr().err.startswith(f"symcost: {problem}")
