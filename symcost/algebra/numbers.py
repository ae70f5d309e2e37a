"""Putting numbers in, line by line: letters, then powers and products, then sums, to one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    dims_of,
    evaluate,
    ordered_terms,
    polynomial,
    term_form,
    total,
)
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Rule, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim


def with_numbers(form: Form, values: Mapping[Dim, int]) -> tuple[Step, ...]:
    """The steps from a closed form to its value; letters without a value stay, terms gathered."""
    shown = dims_of(form)
    given = tuple(
        Relation(each, Poly.of(values[each]), "given") for each in shown if each in values
    )
    if not given:
        return ()
    if len(given) < len(shown):
        left = polynomial(form).substitute({each: values[each] for each in shown if each in values})
        # The plain number first, then what still grows: 169,869,312 + 36,864 s.
        partly = total(term_form(m, c) for m, c in reversed(ordered_terms(left)))
        return (Step(form, partly, Rule.NUMBERS, "", given),)
    current = _replaced(form, values)
    steps = [Step(form, current, Rule.NUMBERS, "", given)]
    while not isinstance(current, Num):
        later = _worked_out(current)
        steps.append(Step(current, later, Rule.NUMBERS))
        current = later
    return tuple(steps)


def _replaced(form: Form, values: Mapping[Dim, int]) -> Form:
    match form:
        case Sym(dim):
            return Num(values[dim])
        case Named():
            return Num(evaluate(form, values))
        case Under(inner, _):
            return _replaced(inner, values)
        case Product((Num(-1), Sym(dim))):  # shown as the same: no step is needed from one to other
            return Num(-values[dim])
        case Product(parts):
            return Product(tuple(_replaced(part, values) for part in parts))
        case Sum(parts):
            return Sum(tuple(_replaced(part, values) for part in parts))
        case Power(base, exponent):
            return Power(_replaced(base, values), exponent)
        case Quotient(top, bottom):
            return Quotient(_replaced(top, values), _replaced(bottom, values))
        case Function(function, parts):
            return Function(function, tuple(_replaced(part, values) for part in parts))
    return form


def _worked_out(form: Form) -> Form:
    """One line further: whatever holds plain numbers only becomes a number."""
    if _is_flat(form):
        return Num(evaluate(form, {}))
    match form:
        case Product(parts):
            return Product(tuple(map(_worked_out, parts)))
        case Sum(parts):
            return Sum(tuple(map(_worked_out, parts)))
        case Power(base, exponent):
            return Power(_worked_out(base), exponent)
        case Quotient(top, bottom):
            return Quotient(_worked_out(top), _worked_out(bottom))
        case Function(function, parts):
            return Function(function, tuple(map(_worked_out, parts)))
    return form


def _is_flat(form: Form) -> bool:
    """A number, or one operation on numbers; powers count as numbers inside a product."""
    match form:
        case Num():
            return True
        case Power(base, _):
            return isinstance(base, Num)
        case Product(parts):
            return all(_is_number(part) for part in parts)
        case Sum(parts) | Function(_, parts):
            return all(isinstance(part, Num) for part in parts)
        case Quotient(top, bottom):
            return all(
                _is_number(part) or (isinstance(part, Product) and _is_flat(part))
                for part in (top, bottom)
            )
    return False


def _is_number(form: Form) -> bool:
    return isinstance(form, Num) or (isinstance(form, Power) and isinstance(form.base, Num))
