r"""The marked reports in LaTeX, compiled: no error, no line too wide, every word is there.

`make test-tex` runs these; they need pdflatex and pdftotext and fail where those are missing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.dim import foreign
from symcost.algebra.form import Function, Num, Power, Product, Quotient, Sum, Sym
from symcost.checking.verdict import Edit, Marked, MarkedLine, Numbers, Status
from symcost.render.language import language
from symcost.render.marked import render_marked
from tests.test_latex import compiled
from tests.test_marked import PAGES, hostile
from tests.verdicts import FF, HEADS_TIMES, UNEXPLAINED, D, H, L, S, V

if TYPE_CHECKING:
    from symcost.algebra.form import Form

pytestmark = pytest.mark.tex
HOMEWORK = Path(__file__).parent.parent / "docs" / "homework" / "homework.py"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_compiles_without_a_line_too_wide(tmp_path: Path, name: str) -> None:
    words = compiled(tmp_path, render_marked(PAGES[name], "latex"))
    assert "Judged as" in words or name == "unread"


def test_a_german_page_compiles_without_a_line_too_wide(tmp_path: Path) -> None:
    work = symcost.check_file(HOMEWORK, model="lecture")
    words = compiled(tmp_path, render_marked(work, "latex", language=language("de")))
    assert "Faktor h zu viel" in " ".join(words.split())


def test_hostile_words_compile_and_nothing_stands_out(tmp_path: Path) -> None:
    words = " ".join(compiled(tmp_path, render_marked(hostile(), "latex")).split())
    assert "root:" not in words
    assert "/etc/passwd" in words.replace(" ", "")
    assert "[U+6A21]" in words.replace(" ", "")


LONG = Sym(foreign("a" * 40))
WIDE: dict[str, Form] = {
    "a number of 300 digits": Product((Num(7**355), D)),
    "a product of many letters": Product((LONG, LONG, LONG, L, D, H, FF, S, V, LONG, LONG)),
    "a wide fraction": Quotient(
        Sum(tuple(Product((Num(10**9 + n), L, D, FF)) for n in range(9))), Sum((D, H))
    ),
    "a wide rounding": Function(
        "ceil", (Sum(tuple(Product((Num(10**9 + n), LONG)) for n in range(9))),)
    ),
    "a power of a sum": Power(Sum(tuple(Product((Num(10**9 + n), LONG)) for n in range(9))), 2),
    "two wide sums": Product(
        tuple(Sum(tuple(Product((Num(10**9 + n), V, D)) for n in range(9))) for _ in range(2))
    ),
    "a thousand terms": Sum(tuple(Product((Num(10**9 + n), L, D, FF)) for n in range(1000))),
}


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("status", [Status.WRONG, Status.APPROXIMATION], ids=str)
def test_no_formula_is_too_wide(tmp_path: Path, name: str, status: Status) -> None:
    form = WIDE[name]
    edit = Edit("kind", "term." * 60, "why" * 200, "factor" * 50, form, form)
    verdict = replace(
        UNEXPLAINED,
        status=status,
        source="x=" + "1234567890" * 30,
        read="+".join(["d_model*d_model"] * 40),
        given=form,
        true=Sum((form, D)),
        difference=form,
        dropped=form,
        edits=(edit,),
        numbers=Numbers(7**400, 7**399, 7**398, (("d", 10**20), ("name" * 20, 10**25))),
    )
    work = Marked("title_" * 40, (MarkedLine(1000, verdict.source, "x", verdict, cell=123),))
    compiled(tmp_path, render_marked(work, "latex"))


def test_colour_and_number_show_what_differs(tmp_path: Path) -> None:
    words = compiled(tmp_path, render_marked(HEADS_TIMES, "latex"))
    assert "about 1.92 times too large" in words
    assert "84 934 656" in words
