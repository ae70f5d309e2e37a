"""`symcost check`, the formulas in comments, and the helper for tests: what they ask and answer.

The judge itself is stood in for: these tests are about arguments, exit codes and what is printed.
"""

from __future__ import annotations

import io
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from symcost.checking.annotations import AnnotationError, annotation, find_annotations
from symcost.checking.verdict import Marked, MarkedLine, Status, Verdict
from symcost.checking.work import WorkError
from symcost.cli import main
from symcost.commands import check
from symcost.model import Model
from symcost.quantities.convention import Convention
from symcost.testing import assert_cost
from tests.verdicts import HEADS_TIMES, RIGHT, ROUGH, UNDER, UNEXPLAINED, UNREAD, WORK

ANSWERS = {
    "right": RIGHT,
    "under": UNDER,
    "rough": ROUGH,
    "wrong": HEADS_TIMES,
    "unexplained": UNEXPLAINED,
    "unread": UNREAD,
    "chain": WORK,
    "unread file": Marked("x.py", (MarkedLine(1, "%%", "", UNREAD), MarkedLine(2, "x", why="no"))),
}


class Judge:
    """Answers by the formula's own word, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, dict[str, Any]]] = []

    def check(self, formula: str, **asked: Any) -> Verdict | Marked:
        self.asked.append((formula, asked))
        if asked["model"] == "nothing":
            raise ValueError("there is no model 'nothing'\nsee symcost list models")
        if len(formula) > 20_000:
            return replace(
                UNREAD, source=formula, remark="column 20001: more than 20000 characters"
            )
        return ANSWERS[formula]

    def check_file(self, path: Path, **asked: Any) -> Marked:
        self.asked.append((path, asked))
        assert "claimed" not in asked
        if path.stem not in ANSWERS:
            raise WorkError(f"{path.name} is no notebook: line 1 is not JSON")
        found = ANSWERS[path.stem]
        if isinstance(found, Marked):
            return found
        return Marked(path.name, (MarkedLine(1, found.source, "", found),))


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    found = Judge()
    fake = SimpleNamespace(check=found.check, check_file=found.check_file)
    monkeypatch.setitem(sys.modules, "symcost.marking", fake)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained of."""
    code = main(["check", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


# -- exit codes and answers ------------------------------------------------------------------------

CODES = [
    ("right", 0),
    ("under", 0),
    ("rough", 0),
    ("wrong", 1),
    ("unexplained", 1),
    ("chain", 1),
]


@pytest.mark.parametrize(("formula", "code"), CODES)
@pytest.mark.usefixtures("judge")
def test_exit_codes(capsys: pytest.CaptureFixture[str], formula: str, code: int) -> None:
    found, out, err = ran(capsys, "--formula", formula)
    assert (found, err) == (code, "")
    assert out.endswith("\n")


@pytest.mark.usefixtures("judge")
def test_what_cannot_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "--formula", "unread") == (
        2,
        "",
        "symcost: column 4: '*' is not understood\n",
    )


@pytest.mark.parametrize("formula", ["right", "wrong", "unread", "chain"])
@pytest.mark.usefixtures("judge")
def test_json_is_the_verdict(capsys: pytest.CaptureFixture[str], formula: str) -> None:
    _, out, _ = ran(capsys, "--formula", formula, "--json")
    assert json.loads(out) == json.loads(json.dumps(ANSWERS[formula].as_data()))


@pytest.mark.usefixtures("judge")
def test_json_has_the_fields_that_are_promised(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "--formula", "wrong", "--json")
    found = json.loads(out)
    assert {"status", "conditions", "edits", "difference"} <= found.keys()
    assert {"term", "kind", "factor", "explanation"} <= found["edits"][0].keys()
    _, out, _ = ran(capsys, "--formula", "chain", "--json")
    assert json.loads(out)["first_wrong"] == 5


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("text", "✗   L*(3*d*d"),
        ("markdown", "**✗** `L*(3*d*d"),
        ("latex", r"\documentclass"),
        ("html", "<!doctype html>"),
    ],
)
@pytest.mark.usefixtures("judge")
def test_formats(capsys: pytest.CaptureFixture[str], kind: str, words: str) -> None:
    assert words in ran(capsys, "--formula", "wrong", "--format", kind)[1]


@pytest.mark.usefixtures("judge")
def test_into_a_file(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    code, out, err = ran(capsys, "--formula", "wrong", "--format", "html", "-o", "marked.html")
    assert (code, out, err) == (1, "marked.html\n", "")
    assert (folder / "marked.html").read_text(encoding="utf-8").startswith("<!doctype html>")


# -- what is asked ---------------------------------------------------------------------------------


def test_nothing_said_is_nothing_asked(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    ran(capsys, "--formula", "right")
    assert judge.asked == [
        (
            "right",
            {
                "model": None,
                "quantity": None,
                "let": {},
                "sizes": {},
                "convention": None,
                "scope": None,
                "strict": False,
                "claimed": None,
            },
        )
    ]


def test_everything_said_is_asked(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "--model gpt2 -q params --set s=1_024 --set B=2 --let H=heads --let t=time"
    more = "--scope token --strict --number 124M --causal half --count mac"
    ran(capsys, "--formula", "right", *arguments.split(), *more.split())
    ((_, asked),) = judge.asked
    counted = asked.pop("convention")
    assert isinstance(counted, Convention)
    assert counted.causal == "half"
    assert asked == {
        "model": "gpt2",
        "quantity": "params",
        "let": {"H": "heads", "t": "time"},
        "sizes": {"s": 1024, "B": 2},
        "scope": "token",
        "strict": True,
        "claimed": "124M",
    }


def test_a_changed_model_is_loaded(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    ran(capsys, "--formula", "right", "--model", "gpt2", "--freeze", "embeddings")
    assert isinstance(judge.asked[0][1]["model"], Model)


def test_the_input_is_read(
    judge: Judge, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("  right\n"))
    assert ran(capsys, "--formula", "-")[0] == 0
    assert judge.asked[0][0] == "right"


def test_a_formula_may_begin_with_a_minus(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError, match=r"-2\*d"):
        ran(capsys, "--formula=-2*d")
    assert judge.asked[0][0] == "-2*d"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "check one --formula TEXT, or one FILE or more"),
        (["--formula", "right", "a.py"], "check one --formula TEXT, or one FILE or more"),
        (
            ["--formula", "right", "--let", "H"],
            "--let H: write a letter, '=', a word, as in H=heads",
        ),
        (
            ["--formula", "x", "--let", "H=a", "--let", "H=b"],
            "--let H is given twice with different words",
        ),
        (
            ["--formula", "right", "--set", "s=x"],
            "--set s=x: write a symbol, '=', a whole number, as in s=1024",
        ),
        (
            ["--formula", "right", "--json", "--format", "html"],
            "--json is a format of its own: leave --format out",
        ),
        (["a.py", "--number", "3"], "--number is what a formula gives: add --formula TEXT"),
        (
            ["a.py", "b.py", "--format", "latex"],
            "several files make several pages of latex: give one FILE",
        ),
        (
            ["--formula", "right", "--freeze", "x"],
            "--phase, --freeze, --lora and the like are of a model: add --model",
        ),
        (
            ["--formula", "right", "--model", "nothing"],
            "there is no model 'nothing' see symcost list models",
        ),
        (["--comments"], "--comments takes one FILE or more, and no --formula"),
        (
            ["--formula", "-2*d"],
            "check: argument --formula: expected one argument "
            "(a formula that begins with -: --formula=-2*d)",
        ),
        (["missing.py"], "missing.py is no notebook: line 1 is not JSON"),
    ],
)
@pytest.mark.usefixtures("judge", "folder")
def test_refusals_are_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], problem: str
) -> None:
    assert ran(capsys, *arguments) == (2, "", f"symcost: {problem}\n")


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("judge")
def test_several_files(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "right.py", "chain.py")
    assert (code, err) == (1, "")
    assert out.index("right.py\n====") < out.index("homework_part_2.py\n====")
    code, out, _ = ran(capsys, "right.py", "chain.py", "--json")
    assert [each["file"] for each in json.loads(out)["files"]] == ["right.py", "chain.py"]


@pytest.mark.usefixtures("judge")
def test_a_file_that_cannot_be_read_hides_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "odd.ipynb", "wrong.py")
    assert (code, "wrong: about 1.92" in out.lower()) == (2, True)
    assert err == "symcost: odd.ipynb: odd.ipynb is no notebook: line 1 is not JSON\n"


@pytest.mark.usefixtures("judge")
def test_a_file_without_a_readable_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "unread file.py")
    assert (code, err) == (2, "symcost: unread file.py: no line of it can be judged\n")
    assert "NOT read: column 4" in out


# -- terminals -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A terminal with an encoding."""

    def __init__(self, encoding: str, tty: bool) -> None:
        super().__init__()
        self._encoding, self._tty = encoding, tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.usefixtures("judge")
def test_marks_in_ascii_where_the_terminal_has_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, mark in (("ascii", "X   L*(3"), ("utf-8", "✗   L*(3")):
        terminal = Terminal(encoding, tty=False)
        monkeypatch.setattr(sys, "stdout", terminal)
        assert main(["check", "--formula", "wrong"]) == 1
        assert mark in terminal.getvalue()


@pytest.mark.usefixtures("judge")
def test_words_that_the_terminal_cannot_show_are_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "right", replace(RIGHT, source="模 = 2"))
    terminal = Terminal("ascii", tty=False)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["check", "--formula", "right"]) == 0
    assert r"ok  \u6a21 = 2" in terminal.getvalue()


@pytest.mark.parametrize(
    ("tty", "variables", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
@pytest.mark.usefixtures("judge")
def test_colour_for_people_only(
    monkeypatch: pytest.MonkeyPatch, tty: bool, variables: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal("utf-8", tty)
    monkeypatch.setattr(sys, "stdout", terminal)
    main(["check", "--formula", "wrong"])
    assert ("\x1b[" in terminal.getvalue()) is coloured


# -- hostile input ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("judge")
def test_ten_million_characters_are_refused_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for formula in ("1+" * 5_000_000, "(" * 10_000_000, "a" * 10_000_000):
        begun = time.monotonic()
        code, out, err = ran(capsys, f"--formula={formula}")
        assert (code, out, err.count("\n")) == (2, "", 1)
        monkeypatch.setattr(sys, "stdin", io.StringIO(formula))
        assert ran(capsys, "--formula", "-")[0] == 2
        assert time.monotonic() - begun < 20  # no measure of speed: it must not hang


@pytest.mark.usefixtures("judge")
def test_a_complaint_is_short_and_prints_no_controls(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "bad", replace(UNREAD, remark="\x1b[31m" + "x" * 10**6 + "\ny"))
    _, _, err = ran(capsys, "--formula", "bad")
    assert len(err) < 600
    assert "\x1b" not in err


# -- formulas in comments --------------------------------------------------------------------------

SOURCE = """\
import math
# symcost: right of gpt2 = right
x = 1  # nothing: symcost of gpt2
    // symcost: params of gpt2 per token under kaplan-2020 where H is heads, s is 1_024 = wrong
n = rough  # symcost: params_non_embedding of gpt2
-- symcost: params = right
% symcost: rubbish and no more
/* symcost: params of gpt2 = right */
text = "symcost: params of gpt2 = wrong"
return right;  // symcost: params of gpt2
"""


def test_comments_are_checked(
    judge: Judge, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "train.py").write_text(SOURCE, encoding="utf-8")
    code, out, err = ran(capsys, "--comments", "train.py", "--model", "llama-2-7b")
    assert code == 1
    lines = out.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["train.py:2", "right"],
        ["train.py:4", "wrong"],
        ["train.py:5", "approximation (under"],
        ["train.py:6", "right"],
        ["train.py:7", "unusable"],
        ["train.py:10", "right"],
    ]
    assert "the output projection is counted once for each head" in lines[1]
    assert err.startswith("symcost: train.py:7: unusable: 'rubbish and no more' is not understood")
    formulas = [(formula, asked["model"]) for formula, asked in judge.asked]
    assert formulas == [
        ("right", "gpt2"),
        ("wrong", "gpt2"),
        ("rough", "gpt2"),
        ("right", "llama-2-7b"),
        ("right", "gpt2"),
    ]
    asked = judge.asked[1][1]
    assert (asked["scope"], asked["convention"]) == ("token", "kaplan-2020")
    assert (asked["let"], asked["sizes"]) == ({"H": "heads"}, {"s": 1024})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1\n", 0),
        ("", 0),
        ("# symcost: params of gpt2 = right", 0),
        ("# symcost: params of gpt2 = chain", 1),
        ("# symcost: params of gpt2 = unread", 2),
        ("# symcost: params of nothing = right", 2),
        ("# symcost: params of os:system = right", 2),
        ("# symcost: params of gpt2 = unread\n# symcost: params of gpt2 = wrong", 1),
    ],
)
@pytest.mark.usefixtures("judge")
def test_exit_codes_of_comments(
    capsys: pytest.CaptureFixture[str], folder: Path, text: str, code: int
) -> None:
    (folder / "a.py").write_text(text, encoding="utf-8")
    found, out, _ = ran(capsys, "--comments", "a.py")
    assert found == code
    assert out.count("\n") == text.count("symcost:")


@pytest.mark.usefixtures("judge")
def test_comments_as_data(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "a.py").write_bytes(b"\xff\xfe\n# symcost: params of gpt2 = wrong\n# symcost: ?\n")
    _, out, _ = ran(capsys, "--comments", "a.py", "--json")
    first, second = json.loads(out)
    assert (first["file"], first["line"], first["status"]) == ("a.py", 2, "wrong")
    assert (second["line"], second["status"]) == (3, "unusable")


@pytest.mark.parametrize(
    ("code", "formula"),
    [
        ("n = 6*N*D", "6*N*D"),
        ("n: int = 6*N*D", "6*N*D"),
        ("n += 6*N*D", "6*N*D"),
        ("const long n = 6*N*D;", "6*N*D"),
        ("return 6*N*D", "6*N*D"),
        ("    6*N*D", "6*N*D"),
        ("if a == b", "if a == b"),
    ],
)
def test_the_code_before_a_comment_is_the_formula(code: str, formula: str) -> None:
    assert annotation(1, "flops_train of gpt2", code).formula == formula


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("params of gpt2", "there is no formula"),
        ("params of gpt2 =", "there is no formula"),
        ("of gpt2 = d", "'of gpt2' is not understood"),
        ("params of gpt2 where H = d", "'H' behind 'where'"),
        ("params where H heads = d", "'H heads' behind 'where'"),
        ("params where H is heads, H is d = d", "H stands twice"),
        ("params where " + ",".join(["a is d"] * 41) + " = d", "more than 40 names behind 'where'"),
        ("params of gpt2 " + "x" * 10**6 + " = d", "is not understood"),
        ("params where " + "a is b, " * 1000 + "a is b = d", "is not understood"),
    ],
)
def test_a_comment_that_is_no_annotation(text: str, problem: str) -> None:
    with pytest.raises(AnnotationError) as caught:
        annotation(1, text)
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_long_file_is_read_fast() -> None:
    text = "x" * 10_000_000 + "symcost:" + "\n# symcost:" * 100_000
    begun = time.monotonic()
    assert sum(1 for _ in find_annotations(text)) == 100_000
    assert time.monotonic() - begun < 20  # no measure of speed: it must not hang


# -- the helper for tests --------------------------------------------------------------------------


@pytest.mark.parametrize("formula", ["right", "under"])
def test_assert_cost_is_silent_where_all_is_well(judge: Judge, formula: str) -> None:
    assert_cost(formula, "gpt2", "params", let={"H": "heads"}, scope="token", s=1024)
    assert judge.asked[0][1] == {
        "model": "gpt2",
        "quantity": "params",
        "let": {"H": "heads"},
        "sizes": {"s": 1024},
        "convention": None,
        "scope": "token",
    }


@pytest.mark.parametrize("formula", ["rough", "wrong", "unexplained", "unread", "chain"])
@pytest.mark.usefixtures("judge")
def test_assert_cost_fails_with_the_report(formula: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_cost(formula, "gpt2", "params")
    told = str(caught.value)
    assert told.startswith(f"{formula!r} is {ANSWERS[formula].status.value}\n\n")
    assert "====" in told


@pytest.mark.usefixtures("judge")
def test_assert_cost_allows_what_it_is_told_to() -> None:
    assert_cost("rough", "gpt2", "params", allow=("right", "approximation"))
    with pytest.raises(AssertionError, match="'under' is right_under"):
        assert_cost("under", "gpt2", "params", allow=("right",))


@pytest.mark.parametrize("allow", ["right", ("rigth",)])
def test_assert_cost_knows_the_verdicts(allow: Any) -> None:
    with pytest.raises(ValueError, match="write some of right, right_under"):
        assert_cost("right", "gpt2", "params", allow=allow)


def test_every_status_has_an_exit_code() -> None:
    assert set(check.CODES) == {each.value for each in Status}


@pytest.mark.parametrize("name", ["check", "comments"])
def test_the_command_is_loaded_late(name: str) -> None:
    """Nothing heavy is imported at the top of the command's own file."""
    source = Path(main.__code__.co_filename).parent / "commands" / f"{name}.py"
    tops = [line for line in source.read_text().splitlines() if line.startswith(("import", "from"))]
    heavy = ("render", "marking", "sympy", "jinja2", "checking")
    assert not [line for line in tops if any(word in line for word in heavy)]
