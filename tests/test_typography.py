"""What a page looks like on paper: what stays on one line, what is as tall as what it holds."""

from __future__ import annotations

import re

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import Form, Num, Product, Quotient, Sum, Sym
from symcost.catalog.sources import cited, told_apart
from symcost.render.environment import said
from symcost.render.language import ENGLISH, language
from symcost.render.latex import LatexMath, name
from symcost.render.slides import frames
from symcost.render.writer import LONGEST_TIE, tied, ties

SIZES = {"B": 1, "s": 1024}
D, H, L, V = (Sym(dim(each)) for each in ("model", "heads", "layers", "vocab"))


@pytest.mark.parametrize(
    ("before", "after", "together"),
    [
        ("s", "=", True),
        ("=", "3072", True),
        ("is", "s.", True),
        ("1", "multiply-add", True),
        ("section", "3.1", False),
        ("is", "a", False),
        ("width", "of", False),
        ("", "=", False),
    ],
)
def test_what_stays_on_one_line(before: str, after: str, together: bool) -> None:
    assert tied(before, after) is together


def test_strange_words_are_not_all_tied() -> None:
    pieces = ["=", "x", "=", "y"] * 50
    text = "".join(map("".join, zip(pieces, ties(pieces, "~"), strict=True)))
    assert text.replace("~", " ") == " ".join(pieces)
    assert 3 <= max(map(len, text.split(" "))) <= LONGEST_TIE


@pytest.mark.parametrize("kind", ["latex", "typst"])
def test_numbers_in_words_are_parted_as_in_formulas(kind: str) -> None:
    page = symcost.load("llama-3-8b").derive("flops_forward", **SIZES).to(kind)
    assert "21,504" not in page
    assert {"latex": r"s~=~21\,504", "typst": "s~\\=~21#sym.space.nobreak.narrow;504"}[kind] in page
    markdown = symcost.load("llama-3-8b").derive("flops_forward", **SIZES).to_markdown()
    assert "21,504" in markdown


@pytest.mark.parametrize(("inner", "size"), [(Quotient(D, H), "bigg"), (D, "big")])
def test_brackets_over_two_lines_are_as_tall_as_what_they_hold(inner: Form, size: str) -> None:
    form = Product((Num(2), Num(1), Sum((V, inner, L, H, D))))
    pieces = [text for text, _ in LatexMath().pieces(form, 8)]
    assert len(pieces) > 1
    assert pieces[0].startswith(rf"2 \cdot 1 \{size}l(")
    assert pieces[-1].endswith(rf"\{size}r)")


def test_sources_of_the_same_year_get_letters() -> None:
    page = symcost.load("deepseek-v3").derive("params")
    text = " ".join(page.to_text().split())
    assert "attention: DeepSeek-AI 2024b" in text
    assert "[DeepSeek-AI 2024a] DeepSeek-AI. DeepSeek-V3 Technical Report" in text
    assert "arXiv 2405.04434, 2024b" in text
    alone = told_apart(cited(["Vaswani et al. 2017, section 3"]))
    assert [each.mark for each in alone] == [""]


def test_sources_are_said_in_the_language_of_the_page() -> None:
    page = symcost.load("gpt2").derive("params").in_language("de").to_text()
    text = " ".join(page.split())
    assert "Press und Wolf 2017" in text
    assert "Ofir Press und Lior Wolf" in text
    assert "Radford et al. 2019, Tabelle 2" in text
    assert " and " not in re.sub(r"Attention Is.*|[A-Z][\w ]+ and [A-Z]\w+\.", "", text)


def test_a_greek_weight_with_an_index() -> None:
    assert name("gamma_q") == r"\gamma_{q}"
    assert name("gamma") == r"\gamma"
    page = symcost.load("deepseek-v3").derive("params").to_html()
    assert "gamma q" not in page
    assert "<msub><mi>γ</mi><mi>q</mi></msub>" in page


def test_the_picture_leaves_room_for_its_names() -> None:
    wide = {}
    for code in ("en", "de"):
        page = symcost.load("gpt2").derive("flops_forward", **SIZES).in_language(code).to_latex()
        (wide[code],) = map(int, re.findall(r"width=(\d+)mm", page))
    assert wide["de"] < wide["en"] == 90


def test_a_claim_without_words_stands_below_the_one_before() -> None:
    page = symcost.load("gpt2").derive(**SIZES).page
    with said(page, "latex", ENGLISH) as given:
        shown = frames(given["page"])
    chains = [frame for frame in shown if frame.rows and not frame.continued]
    assert all(frame.words or frame.title == "In closed form" for frame in chains)
    for frame in chains:
        steps = [frame.uncovered(row) for row in frame.rows]
        assert steps == sorted(steps)
        assert set(steps) == set(range(1, max(steps) + 1))


def test_digits_on_paper_keep_the_point_of_the_language() -> None:
    printed = language("de").digits.printed
    assert printed.number(1234) == "1234"
    assert printed.number(12345) == "12\u202f345"
    assert printed.decimal == ","
