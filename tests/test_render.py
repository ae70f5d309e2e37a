"""Pages: formulas in every format, hostile names, labels, and the reports as golden files."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
    expanded,
)
from symcost.algebra.plain import people, python
from symcost.algebra.poly import Poly
from symcost.graph.architecture import Architecture
from symcost.models.lecture import LECTURE, bare_transformer
from symcost.render.environment import FORMATS, FormatError, writer
from symcost.render.latex import LatexMath
from symcost.render.mathml import write as mathml
from symcost.render.page import Share
from symcost.render.writer import percent

ROOT = Path(__file__).parent.parent
D, L, S, FF, H = (Sym(dim(word)) for word in ("model", "layers", "time", "feed", "heads"))
LATEX = LatexMath()

SHOWN: list[tuple[Form, str, str, str]] = [
    (Product((Num(12), L, Power(D, 2))), "12*L*d**2", "12 L d^2", "12 L d^{2}"),
    (Product((Num(2), D, FF)), "2*d*d_ff", "2 d d_ff", r"2 d\,d_{\mathrm{ff}}"),
    (
        Product((Num(2), L, D, Sum((Product((Num(2), D)), FF)))),
        "2*L*d*(2*d + d_ff)",
        "2 L d (2 d + d_ff)",
        r"2 L d (2 d + d_{\mathrm{ff}})",
    ),
    (Quotient(D, H), "d/h", "d/h", r"\frac{d}{h}"),
    (
        Quotient(S, Product((Num(6), D))),
        "s/(6*d)",
        "s/(6 d)",
        r"\frac{s}{6 d}",
    ),
    (Sum((D, Product((Num(-3), S)))), "d - 3*s", "d - 3 s", "d - 3 s"),
    (Product((Num(-12), D)), "-12*d", "-12 d", "-12 d"),
    (Product((L, Sum((Num(-1), D)))), "L*(-1 + d)", "L (-1 + d)", r"L (-1 + d)"),
    (Product((Num(12), Num(768))), "12*768", "12 x 768", r"12 \cdot 768"),
    (
        Product((Num(12), Power(Num(768), 2))),
        "12*768**2",
        "12 x 768^2",
        r"12 \cdot 768^{2}",
    ),
    (Num(84934656), "84934656", "84,934,656", r"84\,934\,656"),
    (Num(1024), "1024", "1,024", "1024"),
    (
        Function("ceil", (Quotient(S, Num(8)),)),
        "ceil(s/8)",
        "ceil(s/8)",
        r"\left\lceil \frac{s}{8} \right\rceil",
    ),
    (Function("min", (S, D)), "min(s, d)", "min(s, d)", r"\min\left(s, d\right)"),
    (Under(D, "W_Q"), "d", "d", r"\underbrace{d}_{W_{Q}}"),
    (Named("N", "feed forward", D), "N_feed_forward", "N_feed_forward", r"N_{\text{feed forward}}"),
    (Power(Sum((D, S)), 2), "(d + s)**2", "(d + s)^2", r"(d + s)^{2}"),
]


@pytest.mark.parametrize(("form", "code", "plain", "latex"), SHOWN, ids=[row[1] for row in SHOWN])
def test_a_form_in_every_notation(form: Form, code: str, plain: str, latex: str) -> None:
    assert python(form) == code
    assert people(form) == plain
    assert LATEX.write(form) == latex
    ElementTree.fromstring(f"<math>{mathml(form)}</math>")


LONG = Sum(tuple(Product((Num(each), D, S)) for each in range(2, 14)))


@pytest.mark.parametrize(
    "form",
    [
        LONG,
        Product((Num(2), LONG)),
        Product((Sum((D, S)), LONG)),
        Product((Num(2), Sum((D, S)), LONG)),
        Product((LONG, Sum((D, S)))),
        Product((D, LONG, Sum((S, FF)))),
        Sum((D, Product((Sum((D, S)), LONG)), Product((Num(-1), LONG)))),
    ],
    ids=people,
)
def test_a_broken_line_says_what_the_whole_says(form: Form) -> None:
    pieces = LATEX.pieces(form, 20)
    assert len(pieces) > 2

    def bare(text: str) -> str:
        return re.sub(r"\\(bigl|bigr|left|right|,)|\s", "", text)

    assert bare("".join(text for text, _ in pieces)) == bare(LATEX.write(form))


def test_mathml_has_structure_and_not_letters_in_a_row() -> None:
    form = Product((Num(2), D, FF))
    assert mathml(form).count("<mi>") == 3
    assert "<msub><mi>d</mi><mi>ff</mi></msub>" in mathml(form)
    assert "<munder>" in mathml(Under(D, "W_Q"))
    assert "<mn>84\u202f934\u202f656</mn>" in mathml(Num(84934656))


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ((1, 3), "33.3 %"),
        ((2, 3), "66.7 %"),
        ((1, 1), "100.0 %"),
        ((1, 10000), "< 0.1 %"),
        ((0, 1), "0.0 %"),
        ((-1, 3), "-33.3 %"),
        ((-1, 10000), "> -0.1 %"),
        ((1, 2000), "0.1 %"),
    ],
)
def test_shares_are_rounded_half_away_and_never_vanish(part: tuple[int, int], shown: str) -> None:
    from fractions import Fraction

    assert percent(Fraction(*part)) == shown


HOSTILE = (
    '\\input{/etc/passwd} 100% _^~#&${}\\ "<script>alert(1)</script> | `x` *b* [a](b) \x1b[31m'
)


def hostile() -> symcost.Model:
    return symcost.Model(
        Architecture(
            "hostile",
            HOSTILE,
            bare_transformer,
            HOSTILE,
            {
                word: (size, HOSTILE)
                for word, size in (("model", 8), ("heads", 2), ("layers", 3), ("feed", 32))
            },
            relations=LECTURE.relations,
            notes=(HOSTILE,),
        )
    )


def test_hostile_names_are_harmless_in_latex() -> None:
    text = hostile().derive("params").to_latex()
    assert r"\input{" not in text
    assert r"\textbackslash{}input\{/etc/passwd\} 100\% \_\textasciicircum{}" in text
    assert "\x1b" not in text


def test_hostile_names_are_harmless_in_html() -> None:
    class Tags(HTMLParser):
        found: Counter[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.found[tag] += 1
            assert not any(name.startswith("on") for name, _ in attrs)

    parser = Tags()
    parser.found = Counter()
    parser.feed(hostile().derive("params").to_html())
    assert parser.found["script"] == 2  # the data of the page, and its program
    assert parser.found["table"] > 0


def test_hostile_names_are_harmless_in_markdown() -> None:
    text = hostile().derive("params").to_markdown()
    assert "<script>" not in text.replace(r"\<script", "")
    assert re.search(r"(?<!\\)\| `x`", text) is None
    assert r"\[a\](b)" in text
    assert "\x1b" not in text


def test_hostile_names_do_not_move_the_cursor_of_a_terminal() -> None:
    assert "\x1b" not in hostile().derive("params").to_text()
    assert "\x1b" not in hostile().derive("params").to_html()
    part = Named("P", "\x1b[31m\u202e", Num(1))
    assert writer("text").math(part) == "P_ [31m "
    assert writer("text").name("\x1b_a") == " _a"


def test_no_name_ends_the_block_that_its_formula_stands_in() -> None:
    part = Named("P", "a\n```\n$$\n\n# b", Num(1))
    for kind in ("latex", "markdown"):
        assert "\n" not in writer(kind).math(part)


@pytest.mark.parametrize("name", ["lecture", "gpt2"])
def test_every_equation_has_a_label_of_its_own(name: str) -> None:
    text = symcost.load(name).derive(B=1, s=1024).to_latex()
    labels = re.findall(r"\\label\{([^}]*)\}", text)
    assert len(labels) == len(set(labels))
    assert text.count(r"\begin{equation}") == sum(label.startswith("eq:") for label in labels)


def test_the_html_page_needs_nothing_from_outside() -> None:
    text = symcost.load("gpt2").derive(B=1, s=1024).to_html()
    # What a reader may follow is no part of the page.
    followed = re.sub(r'<a href="https://(?:arxiv|doi)\.org/', "", text)
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", followed)
    assert not re.search(r"<script[^>]*\bsrc", text)
    assert "@import" not in text
    for formula in re.findall(r"<math.*?</math>", text):
        ElementTree.fromstring(formula)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(FormatError) as error:
        writer("word")
    assert str(error.value) == f"'word' is not a format: choose {', '.join(FORMATS)}"


@pytest.mark.parametrize(
    ("folder", "name", "sizes", "language"),
    [
        ("lecture", "lecture", {}, "en"),
        ("gpt2", "gpt2", {"B": 1, "s": 1024}, "en"),
        ("vorlesung", "lecture", {}, "de"),
    ],
    ids=["lecture", "gpt2", "vorlesung"],
)
def test_the_reports_are_current(
    folder: str, name: str, sizes: dict[str, int], language: str
) -> None:
    derived = symcost.load(name).derive(**sizes).in_language(language)
    for kind, file in (("latex", "tex"), ("markdown", "md"), ("html", "html")):
        written = (ROOT / "reports" / folder / f"derivation.{file}").read_text(encoding="utf-8")
        assert derived.to(kind) == written, f"reports/{folder} is stale: run make reports"


def test_a_page_does_not_change_between_two_runs() -> None:
    pages = [symcost.load("gpt2").derive(B=1, s=1024) for _ in range(2)]
    for kind in FORMATS:
        assert pages[0].to(kind) == pages[1].to(kind)


def test_symbols_without_a_value_stay_in_the_page() -> None:
    text = symcost.load("lecture").derive().to_text()
    assert "= 169,869,312 + 36,864 s\n" in text


def test_a_share_is_a_run_of_its_own() -> None:
    from fractions import Fraction

    for kind in FORMATS:
        assert "33.3" in writer(kind).show(Share(Fraction(1, 3)))


def test_a_convention_stands_on_every_page() -> None:
    for kind in FORMATS:
        text = symcost.load("gpt2").derive("params", convention="palm").to(kind)
        assert "palm" in text


def test_expanded_terms_stand_in_the_order_of_the_page() -> None:
    d, s, h = (Poly.of(dim(word)) for word in ("model", "time", "heads"))
    assert people(expanded(s + 6 * d + s * d + h)) == "s d + 6 d + s + h"
