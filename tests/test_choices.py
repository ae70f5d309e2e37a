"""What a caller may choose, and in which words it is said or refused: plans, conventions, forms."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import evaluate
from symcost.algebra.plain import people
from symcost.algebra.poly import UnboundError
from symcost.algebra.simplify import STYLES
from symcost.graph.tensor import Role
from symcost.quantities.convention import (
    ALL,
    DEFAULT,
    ELEMENTWISE,
    GROUPS,
    KAPLAN,
    PRODUCTS,
    TORCH,
    Convention,
    ConventionError,
    changed,
)
from symcost.quantities.plan import OPEN, Plan, PlanError, read_plan

GPT2 = symcost.load("gpt2")
LECTURE = symcost.load("lecture")
LLAMA = symcost.load("llama-3-8b")

# -- plans -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options", "plan"),
    [
        ("", {}, Plan()),
        ("dp=8, tp = 4,pp", {}, Plan(dp=8, tp=4, pp=OPEN)),
        ("dp=4,ep=2", {"zero": 1}, Plan(dp=4, ep=2, zero=1)),
        ("tp=2,sp", {"pad": 128}, Plan(tp=2, sequence=True, pad=128)),
        ("tp=2,sp=2", {"collective": "tree"}, Plan(tp=2, sequence=True, collective="tree")),
        (
            "pp=3,micro=4",
            {"stage": "last", "uneven": True, "zero": None},
            Plan(pp=3, micro=4, stage="last", uneven=True),
        ),
    ],
)
def test_a_plan_as_it_is_written(text: str, options: dict[str, object], plan: Plan) -> None:
    assert read_plan(text, options) == plan  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("xp=2", {}, "--parallel xp=2: write one of dp, tp, pp, ep, micro, chunks, sp"),
        ("dp=2,dp=3", {}, "--parallel gives dp twice"),
        ("dp=x", {}, "--parallel dp=x: write a whole number, as in dp=8"),
        ("dp=", {}, "--parallel dp=: write a whole number, as in dp=8"),
        ("dp=12345678901", {}, "write a whole number"),
        ("dp=0", {}, "dp must be a whole number from 1 to 10^9, or 'open' for a symbol, not 0"),
        ("dp=1000000001", {}, "dp must be a whole number from 1 to 10^9"),
        ("tp=2,sp=3", {}, "sequence parallelism splits over the tensor ranks: sp = 3 must be tp"),
        ("sp", {}, "sequence parallelism splits over the tensor ranks: give tp too"),
        ("ep=2", {}, "experts are spread over devices that share the data: give dp too"),
        ("", {"zero": 1}, "ZeRO spreads states over devices that share the data: give dp too"),
        ("", {"zero": 4}, "the ZeRO stage is one of 0, 1, 2, 3; '4' is none of them"),
        ("", {"stage": "last"}, "without a pipeline there is no last stage: give pp too"),
        ("pp=2", {"stage": "lst"}, "'lst' is none of them. Did you mean 'last'?"),
        ("", {"uneven": True}, "without a pipeline there are no uneven stages: give pp too"),
        ("chunks=2", {}, "without a pipeline nothing is cut into chunks: give pp too"),
        ("micro=2", {}, "micro-batches change nothing but a pipeline's bubble: give pp too"),
        (
            "pp=3,chunks=2",
            {"uneven": True},
            "interleaved chunks are worked out for even stages only",
        ),
        ("", {"pad": -1}, "the vocabulary cannot be padded to multiples of -1"),
        ("", {"pad": 10**9 + 1}, "the vocabulary cannot be padded to multiples of 1000000001"),
        ("", {"collective": "rings"}, "'rings' is none of them. Did you mean 'ring'?"),
    ],
)
def test_a_plan_that_cannot_be(text: str, options: dict[str, object], says: str) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(text, options)  # type: ignore[arg-type]
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plan_says_all_of_itself() -> None:
    plan = Plan(dp=8, tp=4, pp=2, sequence=True, zero=1, pad=128, collective="tree", uneven=True)
    assert plan.sentence() == (
        "optimizer adam-mixed (bytes: weight 2, gradient 2; states: master copy 4, first moment 4, "
        "second moment 4); "
        "per device, dp 8, tp 4, pp 2; sequence parallel over the tensor ranks; first stage of the "
        "pipeline (longest of each kind of layer: a bound where there are several); ZeRO 1: "
        "optimizer states spread, on the average of ranks; vocabulary padded to a multiple of "
        "128 n_tp; all-reduce by a double tree"
    )
    assert Plan().sentence().endswith("; one device")


def test_the_edges_of_degrees() -> None:
    assert Plan(dp=10**9, pad=10**9).dp == 10**9
    assert Plan(pad=0).pad == 0
    with pytest.raises(PlanError, match="dp must be a whole number"):
        Plan(dp=True)


# -- conventions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "choices", "name", "expected"),
    [
        (TORCH, {}, "torch", TORCH),
        (TORCH, {"causal": "half"}, "torch (causal half)", {"causal": "half"}),
        (TORCH, {"mac": True}, "torch (MAC)", {"mac": True}),
        (TORCH, {"mac": False}, "torch (FLOP)", {"mac": False}),
        (TORCH, {"fused": True}, "torch (fused attention)", {"fused": True}),
        (TORCH, {"recompute": "full"}, "torch (recompute full)", {"recompute": True}),
        (
            TORCH,
            {"recompute": "selective"},
            "torch (recompute selective)",
            {"recompute_core": True},
        ),
        (TORCH, {"element_bytes": 1}, "torch (1 bytes an element)", {"element_bytes": 1}),
        (
            KAPLAN,
            {"include": ["head", "embeddings"]},
            "kaplan-2020 (with head, with embeddings)",
            {"params": KAPLAN.params | GROUPS["head"] | GROUPS["embeddings"], "flops": PRODUCTS},
        ),
        (
            TORCH,
            {"exclude": ["head"]},
            "torch (without head)",
            {"params": ALL - GROUPS["head"], "flops": PRODUCTS - {Role.HEAD}},
        ),
        (
            TORCH,
            {"include": ["elementwise"]},
            "torch (with elementwise)",
            {"flops": PRODUCTS | ELEMENTWISE},
        ),
    ],
)
def test_single_choices(
    base: Convention, choices: dict[str, object], name: str, expected: object
) -> None:
    found = changed(base, **choices)  # type: ignore[arg-type]
    assert found.name == name
    if isinstance(expected, dict):
        assert {key: getattr(found, key) for key in expected} == expected
        for key in ("causal", "mac", "fused", "recompute", "recompute_core", "element_bytes"):
            assert getattr(found, key) == expected.get(key, getattr(base, key))
    else:
        assert found is expected


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"causal": "most"}, "causal is none, half, exact; 'most' is none of them"),
        ({"include": ["head"], "exclude": ["head"]}, "head cannot be both included and excluded"),
        (
            {"include": ["heads"]},
            "'heads' is not one of embeddings, head, biases, norms, attention, elementwise",
        ),
        ({"element_bytes": 0}, "an element has at least 1 byte, not 0"),
        ({"recompute": "some"}, "recompute is none, selective, full; 'some' is none of them"),
        (
            {"mac": True, "include": ["elementwise"]},
            "a multiply-add counts matrix products only; leave the elementwise work out",
        ),
    ],
)
def test_choices_that_cannot_be(choices: dict[str, object], says: str) -> None:
    with pytest.raises(ConventionError) as error:
        changed(TORCH, **choices)  # type: ignore[arg-type]
    assert says in str(error.value)


def test_a_convention_without_parameters_says_so() -> None:
    nothing = Convention("none", "", params=frozenset(), flops=frozenset(), fused=True)
    assert nothing.sentence() == "no parameters; work: none; attention scores stay on the chip"


# -- forms of a model ------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("quantity", ["params", "flops_forward"])
def test_every_style_is_worth_the_same(quantity: str, style: str) -> None:
    values = {"B": 2, "s": 64} if quantity == "flops_forward" else {}
    sizes = {each: bound.value for each, bound in LECTURE.binding(**values).items()}
    form = LECTURE.form(quantity, style=style)
    assert evaluate(form, sizes) == LECTURE.value(quantity, **values)


@pytest.mark.parametrize(
    ("choices", "shown"),
    [
        ({"style": "expanded"}, "4 L d^2 + 2 L d d_ff"),
        ({"style": "factored"}, "2 L d (2 d + d_ff)"),
        ({"style": "leading"}, "4 L d^2 (1 + d_ff/(2 d))"),
        ({"style": "leading", "by": "d_ff"}, "2 L d d_ff (1 + 2 d/d_ff)"),
        ({"style": "collected", "by": "d"}, "2 L d (2 d + d_ff)"),
        ({"given": "cited"}, "12 L d^2"),
    ],
)
def test_the_style_and_the_symbol_that_are_asked_for(
    choices: dict[str, object], shown: str
) -> None:
    if choices.get("given"):
        choices = {"given": LECTURE.architecture.cited}
    assert people(LECTURE.form("params", **choices)) == shown  # type: ignore[arg-type]


def test_a_quotient_has_a_form_and_a_value() -> None:
    form = LLAMA.form("arithmetic_intensity")
    sizes = {each: bound.value for each, bound in LLAMA.binding(B=1, s=128).items()}
    value = LLAMA.value("arithmetic_intensity", B=1, s=128)
    assert evaluate(form, sizes) == value
    work = LLAMA.value("flops_forward", B=1, s=128)
    moved = LLAMA.value("traffic_bytes", B=1, s=128)
    assert value == Fraction(work) / moved
    cited = LLAMA.form("arithmetic_intensity", given=LLAMA.architecture.relations)
    assert evaluate(cited, sizes) == value
    lecture = LECTURE.form("arithmetic_intensity", given=LECTURE.architecture.cited)
    assert "d_ff" not in people(lecture)
    assert "d_ff" in people(LECTURE.form("arithmetic_intensity"))
    wide = changed(DEFAULT, element_bytes=4)
    halved = LLAMA.value("arithmetic_intensity", convention=wide, B=1, s=128)
    assert 0 < halved < value


def test_scopes_and_conventions_reach_the_value() -> None:
    whole = GPT2.value("flops_forward", B=3, s=64)
    assert GPT2.value("flops_forward", scope="sequence", s=64) == whole / 3
    assert GPT2.value("flops_forward", scope="token", s=64) == whole / (3 * 64)
    macs = GPT2.value("flops_forward", convention=changed(TORCH, mac=True), B=3, s=64)
    assert 2 * macs == whole
    kaplan = GPT2.value("params", convention="kaplan-2020")
    assert kaplan == 12 * 12 * 768**2
    assert GPT2.expr("params", convention="kaplan-2020", given=GPT2.architecture.cited) == (
        12 * dim("layers").sympy * dim("model").sympy ** 2
    )


def test_what_lacks_is_named_and_nothing_else() -> None:
    with pytest.raises(UnboundError) as error:
        GPT2.value("flops_forward", s=8)
    assert [each.symbol for each in error.value.dims] == ["B"]
    with pytest.raises(UnboundError) as both:
        GPT2.value("flops_forward")
    assert [each.symbol for each in both.value.dims] == ["B", "s"]


def test_things_show_what_they_are() -> None:
    assert repr(GPT2) == "<symcost model 'gpt2': GPT-2 small>"
    assert repr(GPT2.ledger("params")) == (
        "<symcost ledger of params: 20 terms, parameter, convention torch>"
    )
    per = GPT2.ledger("flops_forward", scope="token")
    assert repr(per) == (
        "<symcost ledger of flops_forward: 9 terms, FLOP per token, convention torch>"
    )
