"""What a newcomer types first: it works, or one line says what to type instead."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import DimensionError, find
from symcost.cli import main

ROOT = Path(__file__).parents[1]
LLAMA = {
    "model_type": "llama",
    "hidden_size": 48,
    "intermediate_size": 128,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "vocab_size": 300,
}
OWN = '''
from symcost import Author


def projection(a: Author):
    """One matrix."""
    return a.linear("W", a.input("batch time model"), "model -> feed")


def misspelt(a: Author):
    """One matrix."""
    return a.linaer("W", a.input("batch time model"), "model -> feed")
'''
BEGINNINGS = {
    "html": "<!doctype html>",
    "md": "# What ",
    "tex": "% Derived by symcost",
    "txt": "What the bare transformer of a lecture costs\n",
    "json": "{",
    "typ": "// Derived by symcost",
}


@pytest.fixture(autouse=True)
def _where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "first_own", raising=False)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("symcost: ").rstrip("\n")


# -- one file, by its ending -----------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "beginning"), BEGINNINGS.items())
def test_the_ending_of_a_file_is_its_format(
    capsys: pytest.CaptureFixture[str], ending: str, beginning: str
) -> None:
    place = Path("new", f"notes.{ending}")
    assert main(["derive", "lecture", "-q", "params", "-o", str(place)]) == 0
    assert capsys.readouterr().out == f"{place}\n"
    assert place.read_text(encoding="utf-8").startswith(beginning)
    assert [*place.parent.iterdir()] == [place]


def test_a_format_that_is_named_decides_over_the_ending() -> None:
    assert main(["derive", "lecture", "--format", "beamer", "-o", "talk.tex"]) == 0
    assert "{beamer}" in Path("talk.tex").read_text(encoding="utf-8")
    assert main(["derive", "lecture", "--fragment", "-o", "part.tex"]) == 0
    assert "documentclass" not in Path("part.tex").read_text(encoding="utf-8")


def test_the_page_of_an_answer_goes_into_a_file_as_well() -> None:
    assert main(["solve", "gpt2", "params = 1e9", "--for", "d", "-o", "answer.md"]) == 0
    assert "```math" in Path("answer.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "--format html,latex -o a.html",
            "-o a.html is one file: give a folder for all that is written",
        ),
        (
            "--format fragments -o a.tex",
            "-o a.tex is one file: give a folder for all that is written",
        ),
        ("--format html -o a.pdf", "-o a.pdf is a PDF: leave --format out, or give a folder"),
    ],
)
def test_one_file_holds_one_page(
    capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    assert refused(capsys, "derive", "lecture", *options.split()) == message
    assert not [*Path().iterdir()]


def test_a_folder_may_be_called_like_a_file() -> None:
    Path("notes.md").mkdir()
    assert main(["derive", "lecture", "--format", "markdown", "-o", "notes.md"]) == 0
    assert Path("notes.md", "derivation.md").is_file()


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("marked.md", "# A formula"),
        ("marked.html", "<!doctype html>"),
        ("marked.json", "{"),
        ("marked", "A formula for params of lecture\n"),
    ],
)
def test_a_marked_report_has_the_format_of_its_ending(name: str, beginning: str) -> None:
    formula = ("--formula", "2 L d^2", "--model", "lecture", "-q", "params")
    assert main(["check", *formula, "-o", name]) == 1
    assert Path(name).read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.tex
def test_a_pdf_needs_no_other_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "lecture", "-q", "params", "-o", "notes.pdf"]) == 0
    assert capsys.readouterr().out == "notes.pdf\n"
    assert Path("notes.pdf").read_bytes()[:5] == b"%PDF-"


# -- models of one's own ---------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["mine", "./mine", "mine/config.json"])
def test_the_folder_of_a_configuration_is_the_configuration(
    capsys: pytest.CaptureFixture[str], source: str
) -> None:
    Path("mine").mkdir()
    Path("mine", "config.json").write_text(json.dumps(LLAMA), encoding="utf-8")
    asked = ["eval", source, "-q", "params", "--json"]
    for layers in (5, 6):  # and a file that changes is read again
        Path("mine", "config.json").write_text(
            json.dumps({**LLAMA, "num_hidden_layers": layers}), encoding="utf-8"
        )
        assert main(asked) == 0
        layer = 4 * 48 * 48 + 3 * 48 * 128 + 2 * 48
        found = json.loads(capsys.readouterr().out)["values"]["params"]
        assert found == 2 * 300 * 48 + layers * layer + 48
    assert main(["explain", source]) == 0


def test_a_folder_changed_between_two_processes_is_counted_anew(tmp_path: Path) -> None:
    """The kept answer of an `eval` is that of the file it was made from."""
    Path("mine").mkdir()
    found = []
    for layers in (5, 5, 6):
        config = json.dumps({**LLAMA, "num_hidden_layers": layers})
        Path("mine", "config.json").write_text(config, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "symcost", "eval", "mine", "-q", "params", "--json"],
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONPATH": str(ROOT), "SYMCOST_CACHE": str(tmp_path / "kept")},
        )
        found.append(json.loads(done.stdout)["values"]["params"])
    assert found[0] == found[1] < found[2]


def test_a_folder_without_a_configuration_says_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("empty").mkdir()
    assert refused(capsys, "eval", "./empty") == "empty/config.json: No such file or directory"


def test_a_key_of_another_spelling_is_named_with_the_usual_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("config.json").write_text(json.dumps({**LLAMA, "num_kv_heads": 2}), encoding="utf-8")
    said = refused(capsys, "eval", "config.json")
    assert said.endswith("it may change the cost. Did you mean 'num_key_value_heads'?")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("first_own.py", "first_own.py: name the function as well: first_own:FUNCTION"),
        (
            "first_own:projektion",
            "first_own:projektion: first_own has no function 'projektion'. "
            "Did you mean 'projection'?",
        ),
        (
            "first_own:misspelt",
            "first_own:misspelt: as a declaration it failed in line 12 with AttributeError: "
            "'Author' object has no attribute 'linaer'. Did you mean 'linear'?",
        ),
    ],
)
def test_a_module_that_does_not_do_says_where(
    capsys: pytest.CaptureFixture[str], source: str, message: str
) -> None:
    Path("first_own.py").write_text(OWN, encoding="utf-8")
    assert refused(capsys, "eval", source) == message


def test_a_module_may_be_named_by_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("first_own.py").write_text(OWN, encoding="utf-8")
    assert main(["eval", "first_own.py:projection", "-q", "params"]) == 0
    assert "= d*d_ff" in capsys.readouterr().out


def test_where_a_model_was_found_is_no_source_of_its_page() -> None:
    page = symcost.load(LLAMA).derive("params").to_text()
    assert "[Shazeer 2020]" in page
    assert "[configuration]" not in page


def test_the_dimension_that_the_documentation_makes_is_free() -> None:
    text = (ROOT / "docs" / "your-own.md").read_text(encoding="utf-8")
    found = re.search(r'symcost\.define\("(\w+)", "(\w+)"', text)
    assert found is not None
    for name in found.groups():
        with pytest.raises(DimensionError):
            find(name)


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "remark"),
    [
        (
            "12*L*d^2 + n_xtc*d",
            "not known: n_xtc. Did you mean 'n_ctx'? If not, say what it is, as in "
            "--let n_xtc=heads",
        ),
        ("12*L*d^2 + zzz*d", "not known: zzz; say what it is, as in --let zzz=heads"),
    ],
)
def test_a_misspelt_size_is_named_with_the_nearest(formula: str, remark: str) -> None:
    verdict = symcost.check(formula, model="gpt2", quantity="params")
    assert verdict.remark == remark
    assert verdict.conditions == ("d_ff = 4 d",)  # the right formula is shown whole


def test_a_bias_that_is_forgotten_is_missing_and_not_counted_in_part() -> None:
    text = "n_embd = 768\nmlp = 8 * n_embd**2 + 4 * n_embd  # feed forward with biases\n"
    Path("count.py").write_text(text, encoding="utf-8")
    (line,) = symcost.check_file("count.py", model="gpt2").lines
    assert line.verdict is not None
    assert [(each.kind, each.term) for each in line.verdict.edits] == [
        ("biases_missing", "layer.feed_forward.b_2")
    ]


def test_quantities_may_be_parted_by_commas(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("eval", "lecture", "--json")
    assert main([*asked, "-q", "params", "-q", "flops_train_6n,weight_bytes"]) == 0
    found = json.loads(capsys.readouterr().out)["values"]
    assert [*found] == ["params", "flops_train_6n", "weight_bytes"]


def test_help_is_a_word_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    everything = capsys.readouterr().out
    assert main(["help"]) == 0
    assert capsys.readouterr().out == everything
    assert main(["help", "derive"]) == 0
    assert capsys.readouterr().out.startswith("usage: symcost derive MODEL")


@pytest.mark.tex
def test_a_document_without_the_packages_is_told_which() -> None:
    part = symcost.load("lecture").derive("params").to_latex(fragment=True)
    Path("part.tex").write_text(part, encoding="utf-8")
    document = (
        "\\documentclass{article}\\usepackage{amsmath,xcolor}\\begin{document}\\input{part}\n"
    )
    Path("main.tex").write_text(document + "\\end{document}", encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "main.tex"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    said = done.stdout.decode("utf-8", "replace")
    told = re.findall(r"This fragment needs \\usepackage{(\w+)}", said)
    assert told == ["array", "booktabs", "longtable"]
    assert said.index("This fragment needs") < said.index("Undefined control sequence")
