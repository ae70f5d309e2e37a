"""From a closed form to the text of a function, in the language of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.form import Num, Sym, dims_of, exchanged, meaning
from symcost.algebra.plain import python as plain
from symcost.algebra.simplify import written
from symcost.algebra.whole import fraction
from symcost.export.c import c
from symcost.export.expression import ExportError, Subject, function_name
from symcost.export.scripts import javascript, numpy, python
from symcost.export.tables import spreadsheet, sql

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form

LANGUAGES: dict[str, Callable[[Subject], str]] = {
    "python": python,
    "numpy": numpy,
    "c": c,
    "javascript": javascript,
    "sql": sql,
    "spreadsheet": spreadsheet,
}


def with_sizes(form: Form, sizes: Mapping[Dim, int], style: str | None = None) -> Form:
    """The form with numbers put in for some of its dimensions, in its shortest writing or a style.

    Raises `ExportError` for a number below 1, and for a dimension that the form does not have.
    """
    if not sizes:
        return form
    dims = dims_of(form)
    for each, value in sizes.items():
        if each not in dims:
            names = ", ".join(one.symbol for one in dims)
            raise ExportError(
                f"{each.symbol} ({each.meaning}) is not in the closed form; it has {names}"
            )
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ExportError(f"{each.symbol} must be a whole number of at least 1, not {value!r}")
    found = meaning(form).substitute(sizes).poly
    if found is not None:
        return written(found, style).form
    return exchanged(form, {Sym(each): Num(value) for each, value in sizes.items()})


def export(form: Form, language: str, name: str, counted: str) -> str:
    """The form as a function of its dimensions, in the order of a product.

    `name` is made an identifier; `counted` is one line that says what is counted, for the comment.
    Raises `ExportError` for a language that is not known, or that cannot hold the form, and
    `DivisorError` for a form that divides by what may be zero.
    """
    if language not in LANGUAGES:
        raise ExportError(f"'{language}' is none of {', '.join(LANGUAGES)}")
    over = fraction(form)
    top, bottom = over.top, over.bottom
    subject = Subject(function_name(name), top, bottom, dims_of(form), plain(form), counted)
    return LANGUAGES[language](subject)
