"""Templates of one's own: single blocks overridden, in every format; what goes wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.cli import main
from symcost.render.environment import TemplateError
from symcost.render.macros import camel

if TYPE_CHECKING:
    from pathlib import Path

OWN_TITLE = '<% extends "symcost/FILE" %><% block title %>Own<% endblock %>'
OWN_SOURCES = '{% extends "symcost/page.html" %}{% block sources %}Own{% endblock %}'
PREAMBLE = r"""<% extends "symcost/page.tex" %>
<% block documentclass %>
\documentclass{corporate}
<% endblock %>
<% block settings %>
<< super() >>
\corporate
<% endblock %>
<% block title %>
\maketitle{<< page.title >>}
<% endblock %>
"""
CHAIN = r"""\begin{claim}{<< block.label >>}
<% for row in w.rows(block) %>
<< row.text >>\\
<% endfor %>
\end{claim}
"""


def derived() -> symcost.Derived:
    return symcost.load("gpt2").derive("params")


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_block_of_the_page_is_overridden_and_the_rest_stays(tmp_path: Path) -> None:
    write(tmp_path, "page.tex", PREAMBLE)
    text = derived().with_template(tmp_path).to_latex()
    assert r"\documentclass{corporate}" in text
    assert r"\maketitle{What GPT-2 small costs}" in text
    assert r"\documentclass[11pt" not in text
    assert "\\setlength{\\parindent}{0pt}" in text.split("\\corporate")[0]
    ours = derived().to_latex()
    assert (
        text[text.index(r"\providecommand{\reason}") :]
        == ours[ours.index(r"\providecommand{\reason}") :]
    )


def test_the_template_of_one_kind_of_block_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, "blocks/chain.tex", CHAIN)
    text = derived().with_template(tmp_path).to_latex()
    assert r"\begin{claim}{gpt2:params:attention}" in text
    assert r"\begin{equation}" not in text
    assert r"\documentclass[11pt" in text


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (
            "markdown",
            "page.md",
            '<% extends "symcost/page.md" %><% block title %># Own<% endblock %>',
        ),
        (
            "html",
            "page.html",
            '{% extends "symcost/page.html" %}{% block sources %}Own{% endblock %}',
        ),
        ("text", "page.txt", '<% extends "symcost/page.txt" %><% block title %>Own<% endblock %>'),
        (
            "beamer",
            "slides.tex",
            '<% extends "symcost/slides.tex" %><% block title %>Own<% endblock %>',
        ),
        ("macros", "macros.tex", "Own <% for each in macros %><< each.name >> <% endfor %>"),
    ],
)
def test_every_format_takes_templates(tmp_path: Path, kind: str, name: str, text: str) -> None:
    write(tmp_path, name, text)
    made = derived().with_template(tmp_path).to(kind)
    assert "Own" in made
    assert len(made) > 1500


def test_a_link_leads_to_no_file_outside_of_the_folder(tmp_path: Path) -> None:
    own = tmp_path / "own"
    write(tmp_path, "secret.tex", "SECRET")
    write(own, "kept.tex", "KEPT")
    for name, target in (("out.tex", "../secret.tex"), ("in.tex", "kept.tex")):
        (own / name).symlink_to(target)
    write(own, "page.tex", "<% include 'in.tex' %>")
    assert derived().with_template(own).to_latex() == "KEPT"
    write(own, "fragment.tex", "<% include 'out.tex' %>")
    with pytest.raises(
        TemplateError, match=r"fragment\.tex, line 1: there is no template out\.tex"
    ):
        derived().with_template(own).to_latex(fragment=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\n<% if %>", "page.tex, line 2: Expected an expression, got 'end of statement block'"),
        ("\n\n<< page.nothing >>", "page.tex, line 3: "),
        ("<< page.blocks.append(1) >>", "page.tex, line 1: "),
        ("<% include 'missing.tex' %>", "page.tex, line 1: there is no template missing.tex"),
        ("<% include '../secret.tex' %>", "page.tex, line 1: there is no template ../secret.tex"),
        (
            "<< w.__class__.__init__ >>",
            "page.tex, line 1: access to attribute '__init__'",
        ),
        ("<< w.show.__func__ >>", "page.tex, line 1: access to attribute '__func__'"),
        ("<< 1 / 0 >>", "page.tex, line 1: division by zero"),
    ],
)
def test_an_error_names_file_and_line(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "own", "page.tex", text)
    write(tmp_path, "secret.tex", "SECRET")
    with pytest.raises(TemplateError) as error:
        derived().with_template(tmp_path / "own").to_latex()
    assert str(error.value).startswith(said)
    arguments = ["derive", "gpt2", "-q", "params", "--format", "latex"]
    assert main([*arguments, "--template", str(tmp_path / "own")]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith(f"symcost: {said}")
    assert shown.err.count("\n") == 1
    assert "SECRET" not in shown.out


def test_an_error_in_a_block_template_names_that_file(tmp_path: Path) -> None:
    write(tmp_path, "blocks/chain.tex", "fine\n<< block.colour >>\n")
    with pytest.raises(TemplateError, match=r"^blocks/chain\.tex, line 2: "):
        derived().with_template(tmp_path).to_latex()


def test_a_folder_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "gpt2", "-q", "params", "--template", "nowhere"]) == 2
    assert capsys.readouterr().err == "symcost: --template nowhere: there is no such folder\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "fragments"], "fragments are several files: add -o DIR"),
        (
            ["--format", "macros", "--prefix", "x1"],
            "--prefix x1: the name of a macro has letters only",
        ),
        (["--format", "macros", "--fragment"], "a fragment is LaTeX: add --format latex"),
    ],
)
def test_what_cannot_be_written_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", "gpt2", "-q", "params", *arguments]) == 2
    assert capsys.readouterr().err == f"symcost: {said}\n"


def test_the_formats_of_latex_are_written_as_files(tmp_path: Path) -> None:
    formats = "latex,beamer,macros,bibtex,fragments"
    assert main(["derive", "gpt2", "-q", "params", "--format", formats, "-o", str(tmp_path)]) == 0
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    whole = {"derivation.tex", "slides.tex", "macros.tex", "references.bib", "fragments.md"}
    assert whole < found
    assert {"claims/params-attention.tex", "tables/params-parts.tex", "tables/notation.tex"} < found


def test_labels_stay_whatever_else_is_derived() -> None:
    few = symcost.load("gpt2").derive("params", B=1, s=1024).to_fragments()
    many = symcost.load("gpt2").derive("flops_forward", "params", B=1, s=1024).to_fragments()
    shared = set(few) - {"fragments.md"}
    assert shared < set(many)
    assert {path: few[path] for path in shared} == {path: many[path] for path in shared}


def test_macros_hold_the_numbers_of_the_engine() -> None:
    model = symcost.load("gpt2")
    text = model.derive(B=1, s=1024).to_macros()
    for name, quantity in {
        "Params": "params",
        "ParamsNonEmbedding": "params_non_embedding",
        "FlopsForward": "flops_forward",
        "FlopsTrain": "flops_train",
    }.items():
        value = model.value(quantity, B=1, s=1024)
        assert f"\\newcommand{{\\GptTwo{name}Digits}}{{{value}}}\n" in text
    assert r"\newcommand{\GptTwoSizeModelDigits}{768}" in text
    assert r"\newcommand{\GptTwoParamsInLayerAttentionShare}{22.8 \%}" in text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("gpt2", "GptTwo"),
        ("llama-3.1-8b", "LlamaThreePointOneEightB"),
        ("llama-31-8b", "LlamaThreeOneEightB"),
        (r"\input{x}_^%~é模", "InputX"),
        ("", ""),
    ],
)
def test_names_of_macros_are_letters(name: str, letters: str) -> None:
    assert camel(name) == letters
