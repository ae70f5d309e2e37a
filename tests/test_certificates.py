"""Certificates: what is written holds, what is changed does not, and the checker stands alone."""

import ast
import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import symcost
from symcost.certificates import checker
from symcost.certificates.write import certificate, certificate_text

MODELS = ("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3", "gemma-3-4b", "swin-tiny")
CHECKER = Path(checker.__file__)


def _page(name):
    model = symcost.load(name)
    sizes = {"lecture": {}, "swin-tiny": {"B": 1}}.get(name, {"B": 1, "s": 1024})
    return model.derive(**sizes).page


@pytest.fixture(scope="module", params=MODELS)
def written(request):
    return certificate(_page(request.param))


def test_every_line_holds(written):
    chains, steps = checker.check(written)
    assert chains == len(written["chains"])
    assert steps == sum(len(each["lines"]) - 1 for each in written["chains"]) > 40


def test_the_text_is_the_data():
    page = _page("gpt2")
    assert json.loads(certificate_text(page)) == certificate(page)
    assert checker.check(json.loads(certificate_text(page)))[1] > 40


def test_any_changed_line_is_found(written):
    """Each line of each chain in turn is made one larger: every time the checker must say so."""
    changed = 0
    for at, chain in enumerate(written["chains"]):
        if len(chain["lines"]) == 1 and chain["name"] is None:
            continue
        for number in range(len(chain["lines"])):
            tampered = copy.deepcopy(written)
            line = tampered["chains"][at]["lines"][number]
            line["is"] = ["+", line["is"], 1]
            with pytest.raises(checker.FalseLineError, match=r"line|end"):
                checker.check(tampered)
            changed += 1
    assert changed > 60


def test_a_step_without_its_equations_is_found(written):
    """Numbers cannot come in without the sizes they are of: what is put in has to be said."""
    dropped = 0
    for at, chain in enumerate(written["chains"]):
        for number, line in enumerate(chain["lines"]):
            if line["given"] and chain["label"].endswith(":numbers"):
                tampered = copy.deepcopy(written)
                tampered["chains"][at]["lines"][number]["given"] = []
                with pytest.raises(checker.FalseLineError):
                    checker.check(tampered)
                dropped += 1
    assert dropped > 3


def _line(form, *given):
    return {"is": form, "given": [list(each) for each in given]}


def _chain(*lines, sizes=("a", "b", "c"), names=(), name=None):
    chain = {"label": "here", "name": name, "lines": list(lines)}
    return {
        "format": checker.FORMAT,
        "sizes": dict.fromkeys(sizes, ""),
        "names": list(names),
        "chains": [chain],
    }


HOLDS = [
    (["+", "a", "a"], ["*", 2, "a"]),
    (["^", ["+", "a", "b"], 2], ["+", ["^", "a", 2], ["*", 2, "a", "b"], ["^", "b", 2]]),
    (["/", ["*", "a", "b"], "b"], "a"),
    (["^", "a", -2], ["/", 1, ["*", "a", "a"]]),
    (
        ["/", ["+", ["^", "a", 2], ["*", -1, ["^", "b", 2]]], ["+", "a", "b"]],
        ["+", "a", ["*", -1, "b"]],
    ),
    (["*", "1/3", "a"], ["/", "a", 3]),
    (["floor", ["/", ["*", "a", "b"], ["*", "b", "c"]]], ["floor", ["/", "a", "c"]]),
    (["min", "a", "b"], ["min", "b", "a"]),
    (["max", "a", "b", "a"], ["max", "b", "a"]),
    (["floor", "7/2"], 3),
    (["floor", "-7/2"], -4),
    (["floor", 3], 3),
    (["ceil", "7/2"], 4),
    (["ceil", ["/", ["floor", "7/2"], 2]], 2),
    (["min", 7, 56, "13/2"], "13/2"),
    (["max", 7, 56, "13/2"], 56),
    (["max", 0, -1], 0),
]
FAILS = [
    (["+", "a", "a"], ["*", 3, "a"]),
    (["floor", "a"], ["ceil", "a"]),
    (["floor", "a"], "a"),
    (["min", "a", "b"], ["min", "a", "c"]),
    (["min", "a", "b"], ["min", "a", "b", "c"]),
    (["^", ["+", "a", "b"], 2], ["+", ["^", "a", 2], ["^", "b", 2]]),
    ("1/3", "333333333333/1000000000000"),
    (["floor", "7/2"], 4),
    (["ceil", "7/2"], 3),
    (["min", 7, 56], 56),
    (["min", "a", 7], 7),
]


@pytest.mark.parametrize(("left", "right"), HOLDS)
def test_equal_by_hand(left, right):
    assert checker.check(_chain(_line(left), _line(right))) == (1, 1)


@pytest.mark.parametrize(("left", "right"), FAILS)
def test_unequal_by_hand(left, right):
    with pytest.raises(checker.FalseLineError, match="line 2 is not line 1"):
        checker.check(_chain(_line(left), _line(right)))


def test_equations_are_solved_for_each_other():
    given = ((["*", "b", "c"], "a"), ("b", ["+", "c", 1]))
    holds = _chain(_line("a"), _line(["+", ["^", "c", 2], "c"], *given))
    assert checker.check(holds) == (1, 1)
    with pytest.raises(checker.FalseLineError):
        checker.check(_chain(_line("a"), _line(["^", "c", 2], *given)))


def test_functions_of_what_is_put_in_are_worked_out():
    rounded = ["*", "b", ["floor", ["/", "a", 2]]]
    assert checker.check(_chain(_line(rounded), _line(["*", 3, "b"], ("a", 7)))) == (1, 1)
    with pytest.raises(checker.FalseLineError):
        checker.check(_chain(_line(rounded), _line(["*", 4, "b"], ("a", 7))))


def test_a_chain_ends_at_its_name():
    names = [{"letter": "P", "of": "", "is": ["*", 2, "a"]}]
    assert checker.check(_chain(_line(["+", "a", "a"]), names=names, name=0)) == (1, 0)
    with pytest.raises(checker.FalseLineError, match="does not end"):
        checker.check(_chain(_line("a"), names=names, name=0))


DOUBLING = [{"letter": "N", "of": "", "is": "a"}] + [
    {"letter": "N", "of": "", "is": ["*", ["name", at], ["name", at]]} for at in range(70)
]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "no certificate"),
        ({}, "no certificate"),
        ({"format": "symcost certificate 9"}, "this checker reads"),
        (_chain(_line("z")), "not among the sizes"),
        (_chain(_line(1.5), _line("a")), "no whole number"),
        (_chain(_line(True), _line("a")), "no whole number"),
        (_chain(_line(None), _line("a")), "no whole number"),
        (_chain(_line(["^", "a", 10**9]), _line("a")), "too large"),
        (
            _chain(
                _line(["^", ["+", "a", "b", "c"], 64]), _line(["^", ["+", "a", "b", "c", 1], 64])
            ),
            "too many",
        ),
        (_chain(_line(["/", "a", 0]), _line("a")), "divides by zero"),
        (_chain(_line("1/0"), _line("a")), "divides by zero"),
        (_chain(_line(["name", 3]), _line("a")), "no name 3"),
        (_chain(_line(["name", 0]), _line("a"), names=[{"is": ["name", 0]}]), "nested too deeply"),
        (_chain(_line(["exec", "a"]), _line("a")), "means nothing"),
        (_chain(_line([]), _line("a")), "no certificate"),
        (_chain(_line("a"), _line("b", ("a", ["^", "b", 2], "c"))), "no certificate"),
        (_chain(_line("a"), _line("b", (1, 2))), "linear in no size"),
        (_chain(_line(["name", 70]), _line("a"), names=DOUBLING), "deep|large|many"),
    ],
)
def test_what_is_no_certificate_is_refused(data, reason):
    with pytest.raises(checker.CertificateError, match=reason):
        checker.check(json.loads(json.dumps(data)))


def test_the_checker_stands_alone(tmp_path):
    """Nothing but the standard library is imported, and it runs where symcost cannot be found."""
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    roots = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [e.name for e in node.names]
        )
    }
    assert roots <= set(sys.stdlib_module_names)
    assert len(CHECKER.read_text(encoding="utf-8").splitlines()) < 300
    alone = shutil.copy(CHECKER, tmp_path / "checker.py")
    good = certificate_text(_page("gpt2"))
    (tmp_path / "good.json").write_text(good)
    (tmp_path / "bad.json").write_text(good.replace("85054464", "85054465"))
    run = subprocess.run(
        [sys.executable, "-I", "-S", alone, "good.json", "bad.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "good.json: 35 chains, 74 steps: every line holds" in run.stdout
    assert "bad.json: FALSE: 'gpt2:params" in run.stdout
