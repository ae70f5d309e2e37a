"""Marked reports: golden pages in four formats, marks that tell the truth, harmless words.

`python -m tests.test_marked` writes the golden pages anew, to be looked at before they are kept.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as some

from symcost.algebra.form import (
    Form,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Under,
    expanded,
    polynomial,
)
from symcost.algebra.plain import people, python
from symcost.algebra.poly import Poly
from symcost.checking.verdict import (
    Edit,
    Marked,
    MarkedLine,
    Meaning,
    Numbers,
    Status,
    Verdict,
)
from symcost.render.beside import beside, clipped, left_out
from symcost.render.environment import FORMATS
from symcost.render.marked import MARKS, render_marked, report
from symcost.render.screen import Screen
from symcost.render.sentences import far, one_line, shown
from tests.hostile import worded
from tests.verdicts import (
    FF,
    HEADS_TIMES,
    RIGHT,
    ROUGH,
    TWO,
    UNDER,
    UNEXPLAINED,
    UNREAD,
    WORK,
    D,
    H,
    L,
    S,
    V,
    feed,
    heads,
    layers,
    square,
    time,
    width,
)

GOLDEN = Path(__file__).parent / "data" / "marked"
ENDS = {"text": "txt", "markdown": "md", "latex": "tex", "html": "html", "typst": "typ"}
PAGES = {
    "wrong": HEADS_TIMES,
    "approximation": ROUGH,
    "under": UNDER,
    "unexplained": UNEXPLAINED,
    "unread": UNREAD,
    "work": WORK,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_golden_page(name: str, kind: str) -> None:
    golden = (GOLDEN / f"{name}.{ENDS[kind]}").read_text(encoding="utf-8")
    assert render_marked(PAGES[name], kind) == golden


# -- what a page says ------------------------------------------------------------------------------


def said(answer: Verdict | Marked) -> str:
    """The text page with its line breaks and indents undone."""
    return " ".join(render_marked(answer, "text").split())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (HEADS_TIMES, "WRONG: about 1.92 times too large at L = 12, d = 768, h = 12, d_ff = 3,072"),
        (HEADS_TIMES, "Read as: L*(3*d**2 + h*d**2 + 2*d*d_ff)"),
        (HEADS_TIMES, "h: query heads (as a hidden width the sum would not be homogeneous)"),
        (HEADS_TIMES, "made from all heads together (layer.attention.W_O, times h)."),
        (HEADS_TIMES, "yours L (3 d d + h d d + 2 d d_ff) ^^^^^ 1"),
        (HEADS_TIMES, "right L (3 d d + d^2 + 2 d d_ff) ^^^ 1 = 2 L d (2 d + d_ff)"),
        (ROUGH, "APPROXIMATION (under: d_ff = 4 d): it leaves out 13 L d, 0.1 % of the whole at"),
        (ROUGH, "12 L d^2 + 13 L d ^^^^^^ left out"),
        (UNDER, "RIGHT under: non-embedding; no biases"),
        (UNDER, "you give 84,934,655"),
        (UNDER, "homogeneity: s: every other term"),
        (UNEXPLAINED, "NOT equal, and no small change explains it"),
        (UNEXPLAINED, "Note: 'd_ff s' could be read as two factors."),
        (UNREAD, "NOT read: column 4: '*' is not understood"),
        (TWO, "By itself it would make the whole 3.75 times too large."),
        (TWO, "2 d d + d^2 + d^2 ^^^ 1 ^^^ 2"),
        (TWO, "Or else: a matrix is counted h times and two are missing."),
        (WORK, "The first wrong line is line 5, attn."),
        (WORK, "Held against lecture, counted as torch."),
        (WORK, "1 – import math NOT judged: it claims nothing"),
        (
            WORK,
            "6 (✓) layer = attn + n_ff Judged as: params of layer RIGHT, given your attn (line 5)",
        ),
        (WORK, "1 right, 1 right under conditions, 1 wrong, 1 not explained, 1 not read, 1 r"),
    ],
)
def test_a_page_says(answer: Verdict | Marked, sentence: str) -> None:
    assert sentence in said(answer)


def test_what_was_read_comes_before_the_verdict() -> None:
    page = said(HEADS_TIMES)
    places = [page.index(word) for word in ("Read as", "query heads", "WRONG", "1. The output")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (Fraction(12), "12 times too large"),
        (Fraction(1, 2), "2 times too small"),
        (Fraction(23, 12), "about 1.92 times too large"),
        (Fraction(3, 2), "1.5 times too large"),
        (Fraction(2, 3), "1.5 times too small"),
        (Fraction(1001, 1000), "0.1 % too large"),
        (Fraction(95, 100), "5.0 % too small"),
        (Fraction(123456, 100), "about 1,235 times too large"),
        (Fraction(10**12), "about 1.00 x 10^12 times too large"),
        (Fraction(1), ""),
        (Fraction(0), "zero"),
        (Fraction(-2), "not even positive"),
    ],
)
def test_how_far_off(ratio: Fraction, words: str) -> None:
    assert far(ratio) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (84_934_656, "84,934,656"),
        (Fraction(-1, 3), "-1/3"),
        (10**24 - 1, "999,999,999,999,999,999,999,999"),
        (10**24, "about 1.00 x 10^24"),
        (-(2**100), "about -1.27 x 10^30"),
        (7**300, "about 3.38 x 10^253"),
        (9999 * 10**30, "about 1.00 x 10^34"),
        (10**5000 + 1, "about 1.00 x 10^5000"),
        (Fraction(10**40, 3), "about 3.33 x 10^39"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_long_numbers_are_short(value: int | Fraction, text: str) -> None:
    assert shown(value) == text


def test_one_line_for_a_linter() -> None:
    assert one_line(TWO) == (
        "wrong: 3.5 times too large at d = 768, h = 12. the output projection is counted once for "
        "each head; the value projection is missing"
    )
    assert one_line(UNREAD) == "not read: column 4: '*' is not understood"
    assert "\n" not in one_line(replace(UNREAD, remark="one\ntwo"))


# -- marks without colour, with colour, in ASCII ---------------------------------------------------


def test_every_status_has_a_mark() -> None:
    assert {each.value for each in Status} <= set(MARKS)
    assert all(mark.plain.isascii() for mark in MARKS.values())


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES)
def test_ascii_pages_are_ascii(answer: Verdict | Marked) -> None:
    page = render_marked(answer, "text", Screen(plain=True))
    assert page.isascii()
    assert page.count("\n") == render_marked(answer, "text").count("\n")


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES)
def test_colour_adds_nothing_but_colour(answer: Verdict | Marked) -> None:
    coloured = render_marked(answer, "text", Screen(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render_marked(answer, "text")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_difference_is_marked_without_colour(kind: str) -> None:
    sign = {
        "text": "^^^^^ 1",
        "markdown": r"\underbrace{{\color{red}{h d d}}}_{\text{1}}",
        "latex": r"\underbrace{{\color{symcostwrong}{h d d}}}_{\text{1}}",
        "html": "&#x23DF;</mo></munder><mtext>1</mtext>",
        "typst": 'underbrace(inwrong(h d d), "1")',
    }[kind]
    assert sign in render_marked(HEADS_TIMES, kind)


@pytest.mark.parametrize("answer", PAGES.values(), ids=PAGES)
def test_no_line_of_text_is_too_long(answer: Verdict | Marked) -> None:
    assert max(map(len, render_marked(answer, "text").splitlines())) <= 88


# -- the right formula beside the wrong one --------------------------------------------------------


def marks(form: Form) -> list[tuple[str, str]]:
    """What is marked in a form: (label, part), in its order."""
    match form:
        case Under(body, label, tone) if tone:
            return [(label, people(body))]
        case Product(parts) | Sum(parts):
            return [each for part in parts for each in marks(part)]
        case Quotient(top, bottom):
            return marks(top) + marks(bottom)
    return []


def edit(given: Poly | int, true: Poly | int) -> Edit:
    sides = [None if each == 0 else expanded(Poly.of(each)) for each in (given, true)]
    return Edit("kind", "term", "why", given=sides[0], true=sides[1])


def bracket(*terms: Form) -> Form:
    return Product((L, Sum(terms)))


DD, HDD, DFF = Product((D, D)), Product((H, D, D)), Product((Num(2), D, FF))


@pytest.mark.parametrize(
    ("given", "edits", "wrong", "right", "shape"),
    [
        # in the writer's own bracket
        (
            bracket(HDD, DFF),
            [edit(layers * heads * square, 4 * layers * square)],
            [("1", "h d d")],
            [("1", "4 d^2")],
            "L (4 d^2 + 2 d d_ff)",
        ),
        # missing: it goes into the bracket, if it has the factor before it
        (
            bracket(Product((Num(3), D, D)), DFF),
            [edit(0, layers * square)],
            [],
            [("1", "d^2")],
            "L (3 d d + 2 d d_ff + d^2)",
        ),
        (
            bracket(DD, DFF),
            [edit(0, feed * width)],
            [],
            [("1", "d d_ff")],
            "L (d d + 2 d d_ff) + d d_ff",
        ),
        # too much: nothing stands in its place
        (
            bracket(DD, DFF),
            [edit(2 * layers * width * feed, 0)],
            [("1", "2 d d_ff")],
            [],
            "L d d",
        ),
        # two errors in one term, and an error in a part of a term
        (
            bracket(Product((Num(3), H, D, D)), DFF),
            [edit(layers * heads * square, layers * square)] * 3,
            [("1, 2, 3", "3 h d d")],
            [("1, 2, 3", "3 d^2")],
            "L (3 d^2 + 2 d d_ff)",
        ),
        (
            bracket(Product((Num(3), H, D, D)), DFF),
            [edit(layers * heads * square, layers * square)],
            [("1", "h d^2")],
            [("1", "d^2")],
            "L (2 h d^2 + d^2 + 2 d d_ff)",
        ),
        # an error in a whole bracket
        (
            bracket(DD, DFF),
            [edit(layers * (square + 2 * width * feed), layers * square)],
            [("1", "L (d d + 2 d d_ff)")],
            [("1", "L d^2")],
            "L d^2",
        ),
        # not one of the writer's terms: multiplied out
        (
            Product((Sum((D, S)), Sum((D, FF)))),
            [edit(width * time, width * feed)],
            [("1", "s d")],
            [("1", "d d_ff")],
            "d^2 + d d_ff + s d_ff + d d_ff",
        ),
        # the edits do not add up to the truth, or there are none: term by term
        (
            Sum((Product((Num(7), D, FF)), S)),
            [],
            [("differs", "7 d d_ff"), ("extra", "s")],
            [("missing", "4 d^2"), ("differs", "2 d d_ff")],
            "4 d^2 + 2 d d_ff",
        ),
    ],
)
def test_what_is_marked(
    given: Form, edits: list[Edit], wrong: object, right: object, shape: str
) -> None:
    true = polynomial(given)
    for each in edits:
        true = true - (polynomial(each.given) if each.given else 0)
        true = true + (polynomial(each.true) if each.true else 0)
    if not edits:
        true = 4 * square + 2 * width * feed
    sides = beside(given, expanded(true), edits)
    assert (marks(sides[0]), marks(sides[1])) == (wrong, right)
    assert people(sides[1]) == shape
    assert polynomial(sides[0]) == polynomial(given)
    assert polynomial(sides[1]) == true


MONOMIALS = (layers * square, layers * width * feed, heads * square, width, time * width, square)
numbers = some.integers(-3, 9).filter(bool)
terms = some.lists(some.tuples(some.sampled_from(MONOMIALS), numbers), min_size=1, max_size=6)


def gathered(pairs: list[tuple[Poly, int]]) -> Poly:
    return sum((number * monomial for monomial, number in pairs), Poly())


@drawn(terms, some.lists(some.tuples(terms, terms), max_size=3), some.booleans())
def test_marks_never_change_a_formula(
    own: list[tuple[Poly, int]],
    changed: list[tuple[list[tuple[Poly, int]], list[tuple[Poly, int]]]],
    in_brackets: bool,
) -> None:
    value = gathered(own)
    edits = [edit(gathered(one), gathered(other)) for one, other in changed]
    given = Product((L, Sum((expanded(value), D)))) if in_brackets else expanded(value)
    true = polynomial(given)
    for one, other in changed:
        true = true - gathered(one) + gathered(other)
    sides = beside(given, expanded(true), edits)
    assert polynomial(sides[0]) == polynomial(given)
    assert polynomial(sides[1]) == true


def test_what_divides_by_a_sum_is_shown_as_it_is() -> None:
    odd = Quotient(D, Sum((D, H)))
    assert beside(odd, D, ()) == (odd, D)


def test_what_an_approximation_leaves_out_is_added_to_it() -> None:
    whole = left_out(Product((Num(12), D)), Sum((H, S)))
    assert people(whole) == "12 d + (h + s)"
    assert marks(whole) == [("left out", "h + s")]


def test_a_very_long_formula_keeps_what_is_marked() -> None:
    plain = [Product((Num(each), D)) for each in range(2, 102)]
    kept, more = clipped(Product((L, Sum((*plain, Under(S, "1", "wrong"))))), 10)
    assert more == 101 - 10
    assert marks(kept) == [("1", "s")]
    assert clipped(Sum((D, S)), 10) == (Sum((D, S)), 0)


def test_a_row_is_not_said_twice() -> None:
    rows = report(ROUGH).entries[0].rows
    assert [row.label for row in rows] == ["yours", "right"]
    assert [row.label for row in report(HEADS_TIMES).entries[0].rows] == [
        "yours",
        "right",
        "=",
        "yours - right",
    ]


def test_toned_parts_mean_what_they_hold() -> None:
    form = Sum((D, Under(Product((Num(-1), S)), "1", "wrong")))
    assert python(form) == "d - s"
    assert polynomial(form) == width - time


# -- words of other people -------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script> \\input{/etc/passwd} $x$ 100% _^~#& **bold** `code` ``` [a](b) "
    "<img src=x> | \x1b[31m\x00\x02\x03\x1f ]]> --> {{ 7*7 }} << 7*7 >> <% raw %> 模型 é  end"
)


def hostile() -> Marked:
    """Every field that may hold a user's words holds these."""
    verdict = replace(
        worded(TWO, HOSTILE),
        source=f"{HOSTILE}\n{HOSTILE}",
        conditions=(HOSTILE, HOSTILE),
        edits=(Edit(HOSTILE, HOSTILE, HOSTILE, HOSTILE), *TWO.edits),
    )
    other = replace(verdict, meanings=(Meaning(HOSTILE, "another", HOSTILE),))
    lines = (
        MarkedLine(1, HOSTILE, HOSTILE, verdict),
        MarkedLine(2, HOSTILE, HOSTILE, other, carried=True, because=(HOSTILE,)),
        MarkedLine(3, HOSTILE, HOSTILE, replace(RIGHT, source=HOSTILE), True, (HOSTILE,)),
        MarkedLine(4, HOSTILE, why=HOSTILE, cell=2),
        MarkedLine(5, "x" * 5000, "y" * 5000, replace(verdict, read="z" * 5000)),
        *(MarkedLine(6, HOSTILE, "", replace(verdict, status=each)) for each in Status),
    )
    return Marked(HOSTILE, lines, (HOSTILE,))


class Tags(HTMLParser):
    """The tags of a page, and the words between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_hostile_words_are_words_in_html() -> None:
    page = render_marked(hostile(), "html")
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.tags
    assert "img" not in tags.tags
    assert {"onerror", "src", "href"}.isdisjoint(tags.attributes)
    assert "<script>alert(1)</script>" in tags.words
    assert "{{ 7*7 }}" in tags.words
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", page)
    # The page is well formed: every tag that is opened is closed.
    ElementTree.fromstring(re.sub(r"<!doctype html>|<meta[^>]*>", "", page))


def test_hostile_words_are_words_in_latex() -> None:
    page = render_marked(hostile(), "latex")
    assert not re.search(r"\\(input|include|write|openin|catcode)\b", page)
    assert page.count(r"\begin{document}") == page.count(r"\end{document}") == 1
    body = page[page.index(r"\begin{document}") :]
    assert not re.search(r"(?<!\\)[%#&~]", re.sub(r" & |~(?=\S)", "", body).replace(r"\\", ""))


def test_hostile_words_are_words_in_markdown() -> None:
    page = render_marked(hostile(), "markdown")
    # Outside of code and mathematics every sign that starts something has a backslash before it.
    bare = re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    bare = re.sub(r"(?<!\\)(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", bare)
    assert not re.search(r"(?<!\\)<", bare)
    assert not re.search(r"(?<!\\)\[", bare)
    assert not re.search(r"(?<!\\)`", bare)
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", page)
    for line in bare.splitlines():
        assert len(re.findall(r"(?<!\\)\*\*", line)) % 2 == 0
        assert len(re.findall(r"(?<!\\)\$", line)) % 2 == 0


def test_hostile_words_cannot_move_the_cursor() -> None:
    page = render_marked(hostile(), "text")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", page)
    assert max(map(len, page.splitlines())) <= 88 + len(HOSTILE)
    coloured = render_marked(hostile(), "text", Screen(colour=True))
    assert set(re.findall(r"\x1b\[([^m]*)m", coloured)) <= {"0", "1", "2", "31", "33", "35", "36"}


def test_a_fence_cannot_be_closed_from_inside() -> None:
    line = MarkedLine(1, "a\n```\n# not a heading\n````", "", replace(RIGHT, source="a"))
    page = render_marked(Marked("t", (line,)), "markdown")
    assert "`````\na\n```\n# not a heading\n````\n`````" in page


def test_a_work_of_nothing_has_a_page() -> None:
    for kind in FORMATS:
        assert "no lines" in render_marked(Marked("empty.py", ()), kind)


def test_a_single_huge_formula_is_bounded() -> None:
    wide = Sum(tuple(Product((Num(each), Power(D, each % 60 + 1), V)) for each in range(2, 2000)))
    verdict = replace(UNEXPLAINED, given=wide, source="d" * 1_000_000, numbers=Numbers(9**9999, 1))
    for kind in FORMATS:
        assert len(render_marked(verdict, kind)) < 40_000


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, answer in PAGES.items():
        for kind, end in ENDS.items():
            (GOLDEN / f"{name}.{end}").write_text(render_marked(answer, kind), encoding="utf-8")
