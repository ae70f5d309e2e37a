"""The public face of a model: what a call leaves out, and that what it says reaches the answer."""

from __future__ import annotations

import inspect
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import find
from symcost.algebra.form import polynomial
from symcost.algebra.plain import python
from symcost.algebra.poly import UnboundError
from symcost.algebra.simplify import written
from symcost.catalog.own_module import LoadError
from symcost.model import Model, is_file
from symcost.quantities.convention import TORCH, Convention
from symcost.quantities.plan import Plan
from symcost.quantities.spread import PLANNED
from symcost.render.page import Heading

GPT2 = symcost.load("gpt2")
LECTURE = symcost.load("lecture")

STYLES = (None, "expanded")
ASKED = {"convention": "torch", "scope": None}
LEFT_OUT = {
    "variant": {"freeze": "", "train_only": "", "lora": "", "prediction": 0},
    "ledger": {"quantity": "params", **ASKED},
    "form": {"quantity": "params", **ASKED, "style": None, "by": None, "given": ()},
    "ratio": {"convention": "torch", "given": ()},
    "expr": {"quantity": "params", **ASKED, "style": None, "given": ()},
    "value": {"quantity": "params", **ASKED},
    "derive": {**ASKED, "style": None},
    "subject": {"convention": "torch", "style": None},
    "solve": ASKED,
    "crossover": {"quantity": "flops_forward", **ASKED},
    "export": {"quantity": "params", "to": "python", **ASKED, "style": None},
    "sweep": {"quantity": "params", **ASKED, "big": True},
    "sweep_plan": ASKED,
    "report": {**ASKED, "style": None, "cite": False},
}


def test_what_a_call_may_leave_out() -> None:
    """Programs rely on it: a change belongs into the change log."""
    found = {}
    for name, method in inspect.getmembers(Model, inspect.isfunction):
        given = {
            each.name: each.default.name if isinstance(each.default, Convention) else each.default
            for each in inspect.signature(method).parameters.values()
            if each.default is not inspect.Parameter.empty
        }
        if given and not name.startswith("_"):
            found[name] = given
    assert found == LEFT_OUT
    assert inspect.signature(Model.value).parameters["convention"].default is TORCH


def test_a_report_says_what_was_asked() -> None:
    plain = GPT2.report("params", "flops_forward", B=2, s=8)
    assert plain["values"] == {
        "params": 124_439_808, "flops_forward": GPT2.value("flops_forward", B=2, s=8)
    }  # fmt: skip
    assert plain["expressions"]["params"] == python(GPT2.form("params"))
    cited = GPT2.report("params", cite=True)
    assert cited["expressions"] == {"params": "d*(L*(12*d + 13) + V + n_ctx + 2)"}
    styled = GPT2.report("params", style="expanded")
    assert styled["expressions"] == {"params": python(GPT2.form("params", style="expanded"))}
    token = GPT2.report("flops_forward", scope="token", s=8)
    assert token["values"] == {"flops_forward": GPT2.value("flops_forward", scope="token", s=8)}
    macs = GPT2.report("params", convention="kaplan-2020")
    assert macs["values"] == {"params": 84_934_656}


@pytest.mark.parametrize(
    ("to", "holds"),
    [
        ("python", "def lecture_params(L, d, d_ff):"),
        ("c", "lecture_params("),
        ("javascript", "lecture_params("),
        ("sql", "lecture_params"),
        ("numpy", "def lecture_params(L, d, d_ff):"),
    ],
)
def test_an_export_is_in_the_language_that_was_asked_for(to: str, holds: str) -> None:
    text = LECTURE.export("params", to)
    assert holds in text
    assert text != LECTURE.export("params", "spreadsheet")
    if to == "python":
        assert text == LECTURE.export()
        assert "params of lecture; all parameters; work: matrix products" in text
        assert LECTURE.export(style="expanded") != text
        assert LECTURE.export("flops_forward", scope="token") != LECTURE.export("flops_forward")
        assert "kaplan" not in LECTURE.export("flops_forward")
        half = LECTURE.export("flops_forward", convention="kaplan-2020")
        assert "half the attention square" in half
        assert half.splitlines()[-1] != LECTURE.export("flops_forward").splitlines()[-1]
        assert "def lecture_params(L, d_ff):" in LECTURE.export(d=768)


def test_answers_are_of_the_scope_and_the_convention() -> None:
    whole = LECTURE.solve("flops_forward = 1e12", "s", B=1)
    token = LECTURE.solve("flops_forward = 1e12", "s", scope="token")
    assert whole.verdict != token.verdict
    half = LECTURE.solve("flops_forward = 1e12", "s", B=1, convention="kaplan-2020")
    assert half.verdict != whole.verdict
    first = GPT2.crossover("attention", "rest", "s")
    later = GPT2.crossover("attention", "rest", "s", convention="kaplan-2020")
    assert first.first is not None
    assert later.first is not None
    assert later.first > first.first
    assert GPT2.crossover("attention", "rest", "s", quantity="flops_train").first is not None
    for answer in (whole, first):
        page = (LECTURE if answer is whole else GPT2).explained(answer)
        assert page.subject is not None
        assert page.subject.architecture.name in ("lecture", "gpt2")
        assert "s" in page.to_markdown()


def test_sizes_have_one_value() -> None:
    assert GPT2.value("params", d=1024, n_embd=1024, h=16) == 203_668_480
    with pytest.raises(ValueError, match="two values for d: 1024 and 512"):
        GPT2.value("params", d=1024, n_embd=512)


def test_which_texts_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gpt2").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "config.json").write_text("{}", "utf-8")
    (tmp_path / "plain").write_text("", "utf-8")
    for text, expected in (
        ("gpt2", False),  # a folder beside a model's name hides it only with a configuration
        ("./gpt2", True),
        ("full", True),
        ("plain", True),
        ("missing", False),
        ("missing/here", False),
        ("missing.json", True),
        ("missing.toml", True),
        ("missing.yaml", False),
        ("x" * 5000, False),
        ("nul\0", False),
    ):
        assert is_file(text) is expected, text


def test_a_verdict_as_data_has_these_names() -> None:
    found = symcost.check("4*L*d**2 + L*d*d_ff", model="lecture", quantity="params").as_data()
    assert list(found) == [
        "status", "source", "read", "quantity", "model", "convention", "scope", "conditions",
        "edits", "alternatives", "given", "true", "difference", "dropped", "numbers", "meanings",
        "notes", "lint", "remark",
    ]  # fmt: skip
    assert found["status"] == "wrong"
    assert found["numbers"]["given"] == 56_623_104
    assert found["numbers"]["true"] == 84_934_656
    assert found["edits"][0]["kind"] == "feed_product_missing"
    assert found["edits"][0]["factor"] == "0"
    assert found["difference"] == "-L*d*d_ff"
    chain = symcost.check("12*L*d**2 = 12*12*768**2", model="lecture", quantity="params")
    data = chain.as_data()
    assert list(data) == ["status", "title", "first_wrong", "notes", "lines"]
    assert list(data["lines"][0]) == [
        "line", "cell", "source", "name", "carried", "because", "why", "verdict"
    ]  # fmt: skip
    assert data["status"] == "right_under"
    assert data["first_wrong"] is None
    assert [each["verdict"]["status"] for each in data["lines"]] == ["right_under", "right"]


@pytest.mark.parametrize("by", ["d", "d_ff", "L"])
def test_a_collected_form_is_collected_by_what_was_asked(by: str) -> None:
    total = GPT2.ledger("params").total
    found = written(total, "collected", find(by))
    assert found.by is find(by)
    assert polynomial(found.form) == total


def test_an_export_under_a_plan_has_its_degrees_and_its_rules() -> None:
    planned = GPT2.planned(Plan(tp=4, pad=128))
    written_down = planned.export("weight_bytes", "python")
    names: dict[str, object] = {}
    exec(written_down, names)  # noqa: S102
    function = names["gpt2_weight_bytes"]
    sizes = {each.symbol: bound.value for each, bound in planned.binding().items()}
    asked = {name: sizes[name] for name in inspect.signature(function).parameters}  # type: ignore[arg-type]
    assert function(**asked) == planned.value("weight_bytes")  # type: ignore[operator]
    assert "n_tp" not in asked
    with pytest.raises(ValueError, match="d_ff/4 must be a whole number"):
        function(**{**asked, "d_ff": 3071})  # type: ignore[operator]


def test_sizes_that_are_given_move_an_answer() -> None:
    assert GPT2.crossover("attention", "rest", "s", d=1536, h=24).first != (
        GPT2.crossover("attention", "rest", "s").first
    )


def test_a_convention_may_bring_its_plan() -> None:
    own = replace(TORCH, plan=Plan(dp=8, zero=1))
    wanted = GPT2.planned(Plan(dp=8, zero=1)).form("training_state_bytes")
    assert GPT2.form("training_state_bytes", convention=own) == wanted
    assert GPT2.form("training_state_bytes") != wanted


def test_what_needs_a_plan_is_asked_of_one_device() -> None:
    at = GPT2.crossover("layer", "rest", "d", quantity="weight_bytes").first
    assert at == GPT2.crossover("layer", "rest", "d", quantity="params").first
    state = GPT2.solve("training_state_bytes = 16e9", "L").verdict
    assert state == GPT2.planned(Plan()).solve("training_state_bytes = 16e9", "L").verdict
    assert "one device" in GPT2.export("weight_bytes")
    assert "one device" not in GPT2.export("params")


def test_a_page_has_all_that_was_asked_for_in_the_style_that_was() -> None:
    page = GPT2.derive("params", "arithmetic_intensity", "kv_cache_bytes").page
    headings = " ".join(each.text for each in page.blocks if isinstance(each, Heading))
    wanted = ("Parameters", "Work of one forward", "between memory and chip", "keys, values")
    assert [words in headings for words in wanted] == [True] * 4
    text = "4 L d^2 + 2 L d d_ff"
    often = [LECTURE.derive("params", style=style).to_text().count(text) for style in STYLES]
    assert often == [1, 3]
    assert [LECTURE.subject("params", style=style).style for style in STYLES] == [*STYLES]


def test_an_export_with_sizes_keeps_its_style() -> None:
    text = LECTURE.export(style="expanded", L=12)
    assert "48*d*d + 24*d*d_ff" in text
    assert "48*d*d" not in LECTURE.export(L=12)


def test_what_is_open_is_named_and_all_of_it() -> None:
    with pytest.raises(UnboundError) as error:
        GPT2.value("flops_forward")
    assert {each.symbol for each in error.value.dims} == {"B", "s"}
    with pytest.raises(UnboundError) as error:
        symcost.load("resnet-18").value("flops_forward", B=1)
    assert {each.symbol for each in error.value.dims} == {"n_px"}


def test_a_sweep_says_what_it_computes() -> None:
    with pytest.raises(ValueError, match="flops_forward of lecture has no value for B"):
        LECTURE.sweep("flops_forward", d=[768])


def test_an_answer_says_what_it_was_asked_of() -> None:
    token = LECTURE.solve("flops_forward = 1e12", "s", scope="token").verdict
    assert token.startswith("no possible s meets it exactly: 27,122,128 and 27,122,129")
    for scope in ("token", "sequence"):
        assert GPT2.crossover("attention", "rest", "s", scope=scope).cost.ledger.scope == scope


def test_an_expression_has_its_style_and_a_page_its_scope() -> None:
    assert str(GPT2.expr("params", style="expanded")).count("+") == 6
    assert str(GPT2.expr("params", style="expanded")) != str(GPT2.expr("params"))
    pages = [GPT2.derive("flops_forward", scope=scope).to_text() for scope in ("token", "batch")]
    assert pages[0] != pages[1]


def test_a_file_of_code_is_a_declaration(tmp_path: Path) -> None:
    with pytest.raises(LoadError):
        symcost.load(str(tmp_path / "own.py"))


@pytest.mark.parametrize("quantity", sorted(PLANNED - {"bubble_fraction", "bubble_over_ideal"}))
def test_what_is_counted_on_a_device_needs_no_plan_to_be_asked(quantity: str) -> None:
    planned = GPT2.planned(Plan())
    assert GPT2.form(quantity) == planned.form(quantity)
    assert GPT2.subject(quantity).convention.plan == Plan()


def test_the_bubble_of_a_pipeline_is_waiting_for_work() -> None:
    plan = Plan(pp=4, micro=8)
    found = GPT2.planned(plan)
    for name, share in (
        ("bubble_over_ideal", Fraction(3, 8)),
        ("bubble_fraction", Fraction(3, 11)),
    ):
        ratio = found.ratio(name)
        assert (
            ratio.at({each: {"n_pp": 4, "n_mb": 8}[each.symbol] for each in ratio.dims()}) == share
        )
    shown = found.derive("bubble_fraction", "bubble_over_ideal").to_latex()
    for letter, index in ("Rb", "Ri", "Tw", "Ti"):
        assert rf"{letter}_{{\mathrm{{{index}}}" in shown
