"""From a closed form to the text of a function, in the language of one's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.form import Num, Sym, dims_of, exchanged, expanded, meaning
from symcost.algebra.plain import python as plain
from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.algebra.simplify import written
from symcost.algebra.whole import Const, fraction
from symcost.export.c import c
from symcost.export.databases import spark, sql
from symcost.export.expression import Divides, ExportError, Room, Subject, function_name
from symcost.export.scripts import javascript, numpy, python
from symcost.export.tables import spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form
    from symcost.graph.architecture import Architecture

LANGUAGES: dict[str, Callable[[Subject], str]] = {
    "python": python,
    "numpy": numpy,
    "c": c,
    "javascript": javascript,
    "sql": sql,
    "spark": spark,
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


def rules_among(
    dims: Iterable[Dim],
    architecture: Architecture,
    sizes: Mapping[Dim, int],
    whole: Iterable[Poly] = (),
) -> tuple[Divides | Room, ...]:
    """The relations and limits that speak of these dimensions alone, once `sizes` are put in.

    `whole` are quotients that a plan wants whole.
    """
    known, found = set(dims), list[Divides | Room]()
    for relation in architecture.relations:
        value = relation.value.substitute(sizes)
        over = fraction(expanded(value))
        if over.bottom != Const(1) and set(value.dims()) <= known and value.dims():
            says = f"{relation.dim.symbol} = {show(value)} must be a whole number"
            found.append(Divides(over.top, over.bottom, says))
    for quotient in whole:
        value = quotient.substitute(sizes)
        over = fraction(expanded(value))
        if over.bottom != Const(1) and set(value.dims()) <= known and value.dims():
            found.append(Divides(over.top, over.bottom, f"{show(value)} must be a whole number"))
    for limit in architecture.limits:
        small, large = Poly.of(dim(limit.small)) + limit.more, Poly.of(dim(limit.large))
        small, large = small.substitute(sizes), large.substitute(sizes)
        if set((large - small).dims()) <= known and (large - small).dims():
            left = fraction(expanded(large - small))
            found.append(Room(left.top, f"{show(small)} <= {show(large)} must hold"))
    return tuple(found)


def export(
    form: Form, language: str, name: str, counted: str, rules: tuple[Divides | Room, ...] = ()
) -> str:
    """The form as a function of its dimensions, in the order of a product.

    `rules` are checked before. `name` is made an identifier; `counted` is one line that says what
    is counted, for the comment.
    Raises `ExportError` for a language that is not known, or that cannot hold the form, and
    `DivisorError` for a form that divides by what may be zero.
    """
    if language not in LANGUAGES:
        raise ExportError(f"'{language}' is none of {', '.join(LANGUAGES)}")
    over = fraction(form)
    top, bottom = over.top, over.bottom
    subject = Subject(function_name(name), top, bottom, dims_of(form), plain(form), counted, rules)
    return LANGUAGES[language](subject)
