r"""Slides, fragments, macros and bibliographies, compiled; `make test-tex` runs these."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.render.environment import said
from symcost.render.language import ENGLISH
from symcost.render.slides import frames
from tests.test_latex import COMPLAINTS, SIZES, WIDE, compiled, hostile_page, numbers

if TYPE_CHECKING:
    from symcost import Derived

pytestmark = pytest.mark.tex
ROOT = Path(__file__).parent.parent

STRICT = (*COMPLAINTS, WIDE, r"Overfull \\vbox", r"Citation .* undefined", r"Underfull")
MODELS = {
    "gpt2": "124439808",
    "llama-3-8b": "8030261248",
    "mixtral-8x7b": "46702792704",
    "deepseek-v3": "671026404352",
}
OWN = r"""\documentclass[11pt]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,array,booktabs,longtable,xcolor,pgfplots}
\pgfplotsset{compat=1.16}
\allowdisplaybreaks
"""


def derived(name: str) -> Derived:
    return symcost.load(name).derive(**SIZES)


def written(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", MODELS)
def test_articles_have_no_line_too_wide_and_no_page_too_full(tmp_path: Path, name: str) -> None:
    words = compiled(tmp_path, derived(name).to_latex(), STRICT)
    assert MODELS[name] in numbers(words)
    assert "Sources" in words
    assert "Figure 1: Where the work goes as s grows" in " ".join(words.split())


@pytest.mark.parametrize("name", ["gpt2", "deepseek-v3"])
def test_slides_overflow_nowhere(tmp_path: Path, name: str) -> None:
    words = compiled(tmp_path, derived(name).to_beamer(), STRICT)
    assert MODELS[name] in numbers(words)
    assert "(continued)" in words
    # Each step has a slide of its own, and each slide is wider than high: 16 to 9.
    told = subprocess.run(
        ["pdfinfo", tmp_path / "page.pdf"], capture_output=True, check=True
    ).stdout
    (pages,) = map(int, re.findall(rb"Pages:\s+(\d+)", told))
    with said(derived(name).page, "latex", ENGLISH) as given:
        shown = frames(given["page"])
    steps = sum(max([1, *map(frame.uncovered, frame.rows)]) for frame in shown)
    assert pages == 1 + steps
    assert re.search(rb"Page size:\s+453\.5\d* x 255\.1", told)


def test_all_fragments_of_two_models_stand_in_one_document(tmp_path: Path) -> None:
    body, cited = [], []
    for name in ("gpt2", "deepseek-v3"):
        files = derived(name).to_fragments()
        written(tmp_path, {f"{name}/{path}": text for path, text in files.items()})
        body += [rf"\input{{{name}/{path}}}" for path in files if path.endswith(".tex")]
        cited += re.findall(r"\\label\{([^}]+)\}", "".join(files.values()))
    assert len(set(cited)) == len(cited)
    body += [rf"\ref{{{label}}}" for label in cited]
    text = f"{OWN}\\begin{{document}}\n{chr(10).join(body)}\n\\end{{document}}\n"
    words = compiled(tmp_path, text, (*COMPLAINTS, WIDE))
    assert {"124439808", "671026404352"} <= numbers(words)


def test_a_fragment_needs_no_more_than_its_first_lines_say(tmp_path: Path) -> None:
    files = derived("gpt2").to_fragments()
    for path in ("claims/params-attention.tex", "tables/notation.tex", "tables/params-parts.tex"):
        packages = re.search(r"^% ([a-z, ]+)\.$", files[path], re.MULTILINE)
        assert packages is not None
        head = rf"\documentclass{{article}}\usepackage{{{packages[1].replace(' ', '')}}}"
        head += r"\usepackage[margin=25mm]{geometry}"
        compiled(tmp_path, rf"{head}\begin{{document}}{files[path]}\end{{document}}")


def test_a_narrow_document_takes_narrow_fragments(tmp_path: Path) -> None:
    files = derived("gpt2").to_fragments(120)
    written(tmp_path, files)
    body = "\n".join(rf"\input{{{path}}}" for path in files if path.startswith("claims"))
    text = OWN.replace("margin=25mm", "textwidth=120mm")
    compiled(tmp_path, f"{text}\\begin{{document}}\n{body}\n\\end{{document}}\n")


def test_every_macro_of_two_models_is_used_in_one_document(tmp_path: Path) -> None:
    uses = []
    for name in ("gpt2", "llama-3-8b"):
        text = derived(name).to_macros()
        written(tmp_path, {f"{name}.tex": text})
        uses += re.findall(r"\\newcommand\{(\\[A-Za-z]+)\}", text)
    assert len(set(uses)) == len(uses) > 200
    body = "".join(f"x {use} y\\par\n\\({use}\\)\\par\n" for use in uses if "Convention" not in use)
    load = r"\input{gpt2}\input{llama-3-8b}\input{gpt2}"
    words = compiled(
        tmp_path,
        f"{OWN}{load}\\begin{{document}}\\GptTwoConvention\n{body}\\end{{document}}",
        COMPLAINTS,
    )
    assert {"124439808", "8030261248"} <= numbers(words)


def test_macros_with_other_numbers_under_the_same_names_are_refused(tmp_path: Path) -> None:
    one, two = (symcost.load("gpt2").derive(B=1, s=size) for size in (512, 1024))
    written(tmp_path, {"one.tex": one.to_macros(), "two.tex": two.to_macros()})
    text = f"{OWN}\\input{{one}}\\input{{two}}\\begin{{document}}x\\end{{document}}"
    written(tmp_path, {"page.tex": text})
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"are here already, with other contents" in done.stdout.replace(b"\n", b"")
    written(tmp_path, {"two.tex": two.to_macros("GptLong")})
    compiled(tmp_path, text.replace("{document}x", "{document}\\GptTwoParams{} \\GptLongParams"))


@pytest.mark.parametrize("name", [*MODELS, "hostile"])
def test_bibtex_takes_the_sources(tmp_path: Path, name: str) -> None:
    page = hostile_page() if name == "hostile" else derived(name)
    written(tmp_path, {"references.bib": page.to_bibtex()})
    cites = r"\nocite{*}\bibliographystyle{plain}\bibliography{references}"
    text = f"{OWN}\\begin{{document}}{cites}"
    written(tmp_path, {"page.tex": f"{text}\\end{{document}}\n"})
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    done = subprocess.run(["bibtex", "page"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Warning" not in done.stdout
    items = (tmp_path / "page.bbl").read_text(encoding="latin-1").count("\\bibitem")
    assert items == len(page.page.sources)
    compiled(tmp_path, f"{text}\\end{{document}}\n", COMPLAINTS)


@pytest.mark.parametrize("kind", ["beamer", "macros", "fragments"])
def test_hostile_words_are_words_in_every_document(tmp_path: Path, kind: str) -> None:
    page = hostile_page()
    if kind == "beamer":
        text = page.to_beamer()
    elif kind == "macros":
        macros = page.to_macros()
        names = re.findall(r"\\newcommand\{(\\[A-Za-z]+)\}", macros)
        text = f"{OWN}{macros}\\begin{{document}}{' '.join(names)}\\end{{document}}"
    else:
        files = page.to_fragments()
        assert all(re.fullmatch(r"(?:[a-z]+/)?[a-z0-9-]+\.(?:tex|md)", path) for path in files)
        body = "\n".join(each for path, each in files.items() if path.endswith(".tex"))
        text = f"{OWN}\\begin{{document}}{body}\\end{{document}}"
    assert not re.search(r"^[^%]*\\(input|include|write|openin|catcode)\b", text, re.MULTILINE)
    words = compiled(tmp_path, text, COMPLAINTS)
    assert "root:" not in words
    assert "16000000" in numbers(words)


def test_the_templates_and_the_document_that_are_shown_compile(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8")
    document, _, page, chain = re.findall(r"^```latex\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    model = symcost.load("gpt2")
    written(tmp_path, {"own/page.tex": page, "own/blocks/chain.tex": chain})
    made = model.derive("params").with_template(tmp_path / "own")
    words = compiled(tmp_path, made.to_latex())
    assert "for our course" in words
    assert "124439808" in numbers(words)
    files = model.derive("params").to_fragments()
    written(tmp_path, {f"parts/{path}": text for path, text in files.items()})
    assert "says." in compiled(tmp_path, document)


def test_a_document_makes_citations_of_what_a_fragment_cites(tmp_path: Path) -> None:
    page = derived("gpt2")
    written(tmp_path, {"fragment.tex": page.to_latex(fragment=True)})
    written(tmp_path, {"references.bib": page.to_bibtex()})
    cites = r"\bibliographystyle{plain}\bibliography{references}"
    text = (
        rf"{OWN}\newcommand{{\symcostcite}}[2]{{\cite{{#1}}}}\begin{{document}}\input{{fragment}}"
    )
    written(tmp_path, {"page.tex": f"{text}{cites}\\end{{document}}"})
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    subprocess.run(["bibtex", "page"], cwd=tmp_path, capture_output=True, check=True)
    words = compiled(tmp_path, f"{text}{cites}\\end{{document}}")
    assert "attention: [5], section 3.2" in " ".join(words.split())
    assert words.count("Attention Is All You Need") == 1
