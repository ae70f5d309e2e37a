r"""The LaTeX that symcost writes, compiled: it sets without an error, a warning or a hole.

`make test-tex` runs these; they need pdflatex and pdftotext and fail where those are missing.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.catalog import find
from symcost.quantities.convention import changed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from symcost import Author, Derived
    from symcost.graph.tensor import Tensor

pytestmark = pytest.mark.tex

SIZES = {"B": 1, "s": 1024}
# What a log must not say. TeX breaks its lines at 79 characters, so they are joined before.
COMPLAINTS = (
    r"Missing character:",
    r"undefined references",
    r"Reference .* undefined",
    r"multiply.defined",
    r"Rerun to get",
    r"LaTeX Error",
    r"Package \w+ Error",
    r"destination with the same identifier",
)
WIDE = r"Overfull \\hbox"

ARTICLE = r"""\documentclass[11pt]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,array,booktabs,longtable,xcolor}
\begin{document}
\section{Mine}
Words before, and equation~\eqref{eq:mine}.
\begin{equation}\label{eq:mine} a = b \end{equation}
\input{fragment}
Words after.
\end{document}
"""
# The narrow lines of the plain class: formulas may stand out, but everything is set.
NARROW = ARTICLE.replace("[11pt]", "").replace("\\usepackage[margin=25mm]{geometry}\n", "")


def compiled(folder: Path, text: str, complaints: tuple[str, ...] = (*COMPLAINTS, WIDE)) -> str:
    """Sets a document, refuses any complaint of the last run, returns the words seen.

    Citations move what stands behind them, so that references settle in the third run.
    """
    (folder / "page.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    for _ in range(3):
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        log = (folder / "page.log").read_text(encoding="latin-1")
        errors = re.findall(r"^!.*|^l\.\d.*", log, re.MULTILINE)
        assert (done.returncode, errors) == (0, [])
    joined = re.sub(r"(?<=^.{79})\n", "", log, flags=re.MULTILINE)
    found = [line for line in joined.splitlines() if re.search("|".join(complaints), line)]
    assert found == []
    return subprocess.run(
        ["pdftotext", "-layout", "page.pdf", "-"],
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    ).stdout


def numbers(words: str) -> set[str]:
    """The whole numbers on a page, without the thin spaces between their groups."""
    return {re.sub(r"\s", "", each) for each in re.findall(r"\d+(?:[\s ]\d{3})*", words)}


def lecture() -> Derived:
    return symcost.load("lecture").derive()


def gpt2(**choices: str) -> Derived:
    return symcost.load("gpt2").derive(**choices, **SIZES)


def gpt2_with_everything() -> Derived:
    counted = changed(find.convention("torch"), causal="exact", include=["elementwise"])
    return symcost.load("gpt2").derive(convention=counted, **SIZES)


PAGES: dict[str, tuple[Callable[[], Derived], set[str]]] = {
    "lecture": (lecture, {"84934656", "87048585216", "250123124736", "509607936"}),
    "lecture with sizes": (lambda: symcost.load("lecture").derive(**SIZES), {"84934656"}),
    "gpt2": (gpt2, {"124439808", "291648307200", "874944921600"}),
    "gpt2, kaplan-2020": (lambda: gpt2(convention="kaplan-2020"), {"84934656"}),
    "gpt2, megatron": (lambda: gpt2(convention="megatron"), {"124439808", "291648307200"}),
    "gpt2, everything": (gpt2_with_everything, {"124439808"}),
    "gpt2, token": (lambda: gpt2(scope="token"), {"124439808"}),
    "gpt2, all quantities": (
        lambda: symcost.load("gpt2").derive(*find.quantities(), **SIZES),
        {"124439808", "291648307200", "37748736"},
    ),
    "gpt2 without sizes": (lambda: symcost.load("gpt2").derive(), {"124439808"}),
    "gpt2-xl": (lambda: symcost.load("gpt2-xl").derive(**SIZES), {"1557611200"}),
    "gpt3-175b": (
        lambda: symcost.load("gpt3-175b").derive(B=1, s=2048),
        {"174604259328"},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_compiles_and_shows_its_numbers(tmp_path: Path, name: str) -> None:
    derive, expected = PAGES[name]
    words = compiled(tmp_path, derive().to_latex())
    assert expected - numbers(words) == set()


@pytest.mark.parametrize(("model", "params"), [("lecture", "84934656"), ("gpt2", "124439808")])
def test_the_fragment_goes_into_an_article_of_ones_own(
    tmp_path: Path, model: str, params: str
) -> None:
    derived = symcost.load(model).derive(**SIZES)
    (tmp_path / "fragment.tex").write_text(derived.to_latex(fragment=True), encoding="utf-8")
    for article, complaints in ((ARTICLE, (*COMPLAINTS, WIDE)), (NARROW, COMPLAINTS)):
        words = compiled(tmp_path, article, complaints)
        assert "Words before" in words
        assert "Words after" in words
        assert params in numbers(words)


# Words that a user, a configuration file or an attacker may put into a model.
HOSTILE = (
    r"""\input{/etc/passwd} 100% _^~#&${}\\ "<script>alert(1)</script> 模型 é ß ½ – ’ a|b `x'"""
)
# The letters of Europe beyond ASCII, and some signs that print nothing.
LETTERS = " ".join(map(chr, range(0xA0, 0x180))) + "\u200b\u202e\ufeff\x00\x1b\ud800"


def hostile(a: Author) -> Tensor:
    r"""\input{/etc/passwd} 100% of _ ^ ~ # & $ { } \\ "quoted" <script> 模型 é ß."""
    x = a.input("batch time model")
    # A row that begins with a bracket would be taken for the length behind the row before.
    x = a.part("[3]", hostile_part, x)
    x = a.part("模型", hostile_part, x)
    return a.map("add", x, x, name="100%_done")


def hostile_part(a: Author) -> Tensor:
    r"""\write18{ls} $x_1^2$ & more # of 50% {these} ~ ^ _ | \\."""
    x = a.input("batch time model")
    return a.linear("W_2", a.linear("W_1", x, "model -> feed"), "feed -> model")


def hostile_page() -> Derived:
    architecture = symcost.Architecture(
        HOSTILE,
        HOSTILE,
        hostile,
        HOSTILE,
        {"model": (1000, HOSTILE), "feed": (4000, HOSTILE)},
        notes=(HOSTILE, LETTERS),
    )
    convention = symcost.Convention(HOSTILE, HOSTILE)
    return symcost.Model(architecture).derive(convention=convention, **SIZES)


def test_hostile_words_are_set_as_words(tmp_path: Path) -> None:
    text = hostile_page().to_latex()
    assert not re.search(r"\\(input|include|write|openin|catcode)\b", text)
    words = compiled(tmp_path, text, COMPLAINTS)
    assert r"\input{/etc/passwd}" in words
    assert "100%" in words
    assert "<script>" in words
    assert "root:" not in words
    assert "16000000" in numbers(words)


def test_hostile_words_are_harmless_in_a_fragment(tmp_path: Path) -> None:
    (tmp_path / "fragment.tex").write_text(hostile_page().to_latex(fragment=True), encoding="utf-8")
    assert r"\input{/etc/passwd}" in compiled(tmp_path, ARTICLE, COMPLAINTS)
