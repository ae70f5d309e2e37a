"""Pages in Typst, set by its compiler: no warning, nothing in the margins, the right numbers."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as some

import symcost
from symcost.algebra.dim import all_dims, primed
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
    evaluate,
    names_in,
)
from symcost.catalog import find
from symcost.checking.verdict import Edit, Marked, MarkedLine, Numbers, Status
from symcost.render.language import language
from symcost.render.marked import render_marked
from symcost.render.page import Chain, Heading
from symcost.render.typst import escape
from symcost.render.typst_math import TypstMath, named, quoted, settable, symbol
from tests.test_latex import HOSTILE, LETTERS, gpt2_with_everything, hostile_page, numbers
from tests.test_latex_marked import HOMEWORK, WIDE
from tests.test_marked import PAGES as MARKED
from tests.test_marked import hostile as hostile_work
from tests.typst_tree import PLAIN, ink, query, value
from tests.verdicts import UNEXPLAINED, D, H, L, S, V

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from symcost import Derived
    from symcost.algebra.dim import Dim

DOTS = 36  # per inch: a page is 298 by 421 pixels
MARGIN = 25 / 25.4 * DOTS
FOOT = 14 / 25.4 * DOTS  # below the page number there is nothing


def model(name: str, *quantities: str, **choices: str) -> Callable[[], Derived]:
    sizes = {} if name == "lecture" else {"B": 1, "s": 1024}
    return lambda: symcost.load(name).derive(*quantities, **choices, **sizes)


PAGES: dict[str, tuple[Callable[[], Derived], tuple[int, ...]]] = {
    "lecture": (model("lecture"), (84_934_656, 87_048_585_216, 250_123_124_736)),
    "gpt2": (model("gpt2"), (124_439_808, 291_648_307_200, 874_944_921_600)),
    "gpt2, everything": (gpt2_with_everything, (124_439_808,)),
    "gpt2, all quantities": (model("gpt2", *find.quantities()), (124_439_808, 37_748_736)),
    "llama-3-8b": (model("llama-3-8b"), (8_030_261_248,)),
    "mixtral-8x7b": (model("mixtral-8x7b"), (46_702_792_704,)),
    "deepseek-v3": (model("deepseek-v3"), (671_026_404_352,)),
}


def fits(text: str) -> list[bytes]:
    """Sets a document, refuses every warning, and ink in the margins; its pages as pictures."""
    made, warnings = typst.compile_with_warnings(
        text.encode(), format="png", ppi=DOTS, ignore_system_fonts=True
    )
    assert [each.message for each in warnings] == []
    pages = made if isinstance(made, list) else [made]
    for page in pages:
        (left, top, right, bottom), (wide, high) = ink(page)
        assert left >= MARGIN - 1.5
        assert right <= wide - MARGIN + 1.5
        assert top >= MARGIN - 1.5
        assert bottom <= high - FOOT
    return pages


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_set_and_stays_inside_its_margins(name: str) -> None:
    derive, expected = PAGES[name]
    text = derive().to("typst")
    fits(text)
    for each in expected:
        assert f"{each:,}".replace(",", " thin ") in text


@pytest.mark.tex
@pytest.mark.parametrize("name", PAGES)
def test_the_numbers_are_on_the_paper(tmp_path: Path, name: str) -> None:
    derive, expected = PAGES[name]
    derive().to_pdf(tmp_path / "page.pdf", "typst")
    assert {str(each) for each in expected} - numbers(words_of(tmp_path / "page.pdf")) == set()


def words_of(path: Path) -> str:
    command = ["pdftotext", "-layout", path, "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["gpt2", "deepseek-v3", *MARKED])
def test_every_page_can_be_heard(name: str) -> None:
    """PDF/UA-1: tagged, with a title and a language, and words for each formula and figure."""
    text = PAGES[name][0]().to("typst") if name in PAGES else render_marked(MARKED[name], "typst")
    typst.compile(text.encode(), pdf_standards="ua-1", ignore_system_fonts=True)


def test_what_is_heard_of_a_formula(tmp_path: Path) -> None:
    derived = symcost.load("lecture").derive("params")
    found = query(tmp_path, derived.to("typst"), "math.equation.where(block: true)")
    words = [str(each["alt"]) for each in found if each.get("alt")]
    assert words[3] == (
        "P sub layer; equals P sub attention plus P sub feed forward; "
        "equals 4 d to the 2 plus 2 d d sub ff, put in the parts"
    )
    assert words[-1].endswith("; equals 84934656")


@pytest.mark.parametrize("name", MARKED)
def test_a_marked_work_is_set_and_stays_inside_its_margins(name: str) -> None:
    fits(render_marked(MARKED[name], "typst"))


def test_a_german_work_stays_inside_its_margins_and_can_be_heard() -> None:
    work = symcost.check_file(HOMEWORK, model="lecture")
    text = render_marked(work, "typst", language=language("de"))
    fits(text)
    typst.compile(text.encode(), pdf_standards="ua-1", ignore_system_fonts=True)
    assert '"=": " gleich "' in text
    assert '"wrong": "falsch"' in text


def test_ink_in_a_margin_is_seen() -> None:
    page = '#set page(paper: "a4", margin: 25mm)\n'
    fits(page + "words")
    for outside in ("dx: -2mm", "dx: 160mm", "dy: -3mm", "dy: 258mm"):
        with pytest.raises(AssertionError, match=r"assert \d"):
            fits(f"{page}#place({outside})[x]")


# -- formulas --------------------------------------------------------------------------------------

SHOWN: list[tuple[Form, str]] = [
    (Product((Num(12), L, Power(D, 2))), "12 L d^(2)"),
    (Product((H, Sym(symcost.algebra.dim.find("d_h")))), "h thin d_(h)"),
    (Sym(symcost.algebra.dim.find("d_ff")), 'd_("ff")'),
    (Sym(primed(symcost.algebra.dim.find("d_ff"))), 'd\'_("ff")'),
    (Sum((Product((Num(2), D)), Product((Num(-3), S)))), "2 d - 3 s"),
    (Product((Num(12), Power(Num(768), 2))), "12 dot 768^(2)"),
    (Num(84_934_656), "84 thin 934 thin 656"),
    (Num(1024), "1024"),
    (Num(Fraction(1, 2)), "frac(1, 2)"),
    (Function("ceil", (Quotient(S, Num(8)),)), "ceil(frac(s, 8))"),
    (Function("min", (S, D)), r"min \( s\, d \)"),
    (Under(D, "W_Q"), "underbrace(d, W_(Q))"),
    (Under(D, "scores"), 'underbrace(d, "scores")'),
    (Under(D, "1", "wrong"), 'underbrace(inwrong(d), "1")'),
    (Named("N", "feed forward", D), 'N_("feed forward")'),
    (Named("F_b", "layer", D), 'F_("b"\\, "layer")'),
    (Power(Sum((D, S)), 2), r"\( d + s \)^(2)"),
    (Product((D, Sum((Quotient(S, Num(2)), D)))), "d lr(( frac(s, 2) + d ))"),
]


@pytest.mark.parametrize(("form", "expected"), SHOWN, ids=[each for _, each in SHOWN])
def test_a_formula_in_typst(form: Form, expected: str) -> None:
    assert TypstMath().write(form) == expected


def letters(form: Form, point: dict[Dim, int]) -> dict[str, Fraction]:
    """What each printed letter is worth."""
    at = {each.symbol: Fraction(worth) for each, worth in point.items()}
    for each in names_in(form):
        head, _, own = each.letter.partition("_")
        marks = ",".join(mark for mark in (own, each.label) if mark)
        at[f"{head}_{marks}" if marks else head] = Fraction(evaluate(each.value, point))
    return at


@pytest.mark.parametrize("name", ["lecture", "gpt2, all quantities", "deepseek-v3"])
@pytest.mark.parametrize("flat", [False, True], ids=["display", "in the line"])
def test_typst_understands_the_formula_that_is_meant(tmp_path: Path, name: str, flat: bool) -> None:
    page = PAGES[name][0]().page
    chains = [block for block in page.blocks if isinstance(block, Chain)]
    forms = [line.form for chain in chains for line in chain.lines]
    written = "\n".join(f"${TypstMath(flat=flat).write(each)}$" for each in forms)
    found = query(tmp_path, written, "math.equation")
    assert len(found) == len(forms) > 20
    point = {each: 3 + 7 * at % 97 for at, each in enumerate(all_dims())}
    for form, tree in zip(forms, found, strict=True):
        assert value(tree, letters(form, point)) == evaluate(form, point)


LONG = Sum(tuple(Product((Num(10**8 + n), L, D, V)) for n in range(9)))
BROKEN = {
    **{name: form for name, form in WIDE.items() if name != "a thousand terms"},
    "a long sum": LONG,
    "a long sum in brackets": Product((Num(2), L, LONG, D)),
    "a sum in a sum": Sum((D, Product((L, LONG)), S)),
    "a subtracted sum": Sum((D, Product((Num(-1), LONG)))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_formula_too_wide_is_broken_or_set_smaller(name: str) -> None:
    derived = symcost.load("lecture").derive("params")
    chain = next(each for each in derived.page.blocks if isinstance(each, Chain))
    lines = tuple(replace(each, form=BROKEN[name]) for each in chain.lines)
    page = replace(derived.page, content=(replace(chain, lines=lines),))
    fits(replace(derived, page=page).to("typst"))


@pytest.mark.parametrize("name", WIDE)
def test_no_marked_formula_is_too_wide(name: str) -> None:
    form = WIDE[name]
    edit = Edit("kind", "term." * 60, "why" * 200, "factor" * 50, form, form)
    verdict = replace(
        UNEXPLAINED,
        status=Status.WRONG,
        source="x=" + "1234567890" * 30,
        read="+".join(["d_model*d_model"] * 40),
        given=form,
        true=Sum((form, D)),
        difference=form,
        edits=(edit,),
        numbers=Numbers(7**400, 7**399, 7**398, (("d", 10**20), ("name" * 20, 10**25))),
    )
    work = Marked("title_" * 40, (MarkedLine(1000, verdict.source, "x", verdict, cell=123),))
    fits(render_marked(work, "typst"))


# -- words of strangers ----------------------------------------------------------------------------

MARKUP = (
    '#include "page.typ"',
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.3.0": *',
    "= heading",
    "- item",
    "+ item",
    "/ term: words",
    "1. item",
    "// comment",
    "/* comment */",
    "$ x $",
    "@nowhere <label>",
    "*b* _e_ `c` ```raw```",
    "a -- b --- c -? d ... e",
    "[x] {y} (z) ; \\ \\u{41} ~",
    "https://example.org/a?b=c#d",
    "\"quoted\" 'single'",
    "|_^&%!",
    "]; #panic() [",
    ").x(1)",
    "#",
    "\\",
    "a\n\n= b",
)


def expected_words(text: str) -> str:
    """The words that a page shows of a text: spaces gathered, what cannot be set named."""
    shown = "".join(map(settable, unicodedata.normalize("NFC", " ".join(text.split()))))
    return " ".join(shown.split())


def words_seen(folder: Path, texts: list[str]) -> list[str]:
    """The letters that Typst reads in the markup of each text."""
    parts = [f"#metadata(plain([x{escape(each)}x]))<out>" for each in texts]
    found = query(folder, PLAIN + "\n".join(parts), "<out>")
    return [str(each["value"]) for each in found]


def check_words(folder: Path, texts: list[str]) -> None:
    for text, seen in zip(texts, words_seen(folder, texts), strict=True):
        assert (seen[:1], seen[-1:]) == ("x", "x")
        inside = re.sub("[\u200b\u2060]", "", seen[1:-1])
        inside = re.sub("[\xa0\u202f]", " ", inside).strip()
        # An apostrophe inside a word is one, wherever quotation marks are set.
        assert inside.replace("\u2019", "'") == expected_words(text).replace("\u2019", "'")


def test_markup_of_others_is_words(tmp_path: Path) -> None:
    check_words(tmp_path, [*MARKUP, HOSTILE, LETTERS, *(f"a {each}{each} b" for each in MARKUP)])


@given(some.lists(some.text(max_size=60), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_any_text_is_words(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    check_words(tmp_path_factory.mktemp("words"), texts)


@given(some.lists(some.text(min_size=1, max_size=40), min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_any_name_is_a_string_in_a_formula(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    text = "\n".join(f"#metadata({quoted(each)})<out>" for each in texts)
    text += "".join(f"\n$ {symbol(each)} + {named(each, each)} $" for each in texts)
    assert [each["value"] for each in query(folder, text, "<out>")] == [
        "".join(map(settable, unicodedata.normalize("NFC", each))) for each in texts
    ]
    assert len(query(folder, text, "math.equation")) == len(texts)


def test_hostile_pages_are_set(tmp_path: Path) -> None:
    page = hostile_page()
    text = page.to("typst")
    fits(text)
    assert query(tmp_path, text, "link") == []
    titles = [block for block in page.page.blocks if isinstance(block, Heading)]
    sources = 1 if page.page.sources else 0
    assert len(query(tmp_path, text, "heading")) == len(titles) + sources
    fits(render_marked(hostile_work(), "typst"))


@pytest.mark.tex
def test_hostile_words_are_on_the_paper_as_words(tmp_path: Path) -> None:
    hostile_page().to_pdf(tmp_path / "page.pdf", "typst")
    words = words_of(tmp_path / "page.pdf")
    assert r"\input{/etc/passwd}" in words
    assert "<script>" in words
    assert "root:" not in words
    assert "16000000" in numbers(words)


def test_every_character_that_counts_as_settable_has_a_glyph() -> None:
    """What no font has is drawn as one and the same box."""
    points = [each for each in range(0xA0, 0x2600) if len(settable(chr(each))) == 1]
    assert len(points) > 2000

    def glyphs(chars: list[str]) -> list[str]:
        rows = "\n".join(f"#block[x#box({quoted(each)})x]" for each in chars)
        page = '#set page(height: auto)\n#set text(font: "New Computer Modern")\n' + rows
        made = typst.compile(page.encode(), format="svg", ignore_system_fonts=True)
        assert isinstance(made, bytes)
        used = re.findall(r'xlink:href="#(\w+)"', made.decode())
        return " ".join(used).split(used[0])[1::2]

    missing = '"\\u{6A21}"'
    page = f"#set page(height: auto)\n#block[x#box({missing})x]"
    made = typst.compile(page.encode(), format="svg", ignore_system_fonts=True)
    assert isinstance(made, bytes)
    box = re.findall(r'xlink:href="#(\w+)"', made.decode())[1]
    drawn = glyphs([chr(each) for each in points])
    assert len(drawn) == len(points)
    assert [hex(at) for at, each in zip(points, drawn, strict=True) if box in each] == []
