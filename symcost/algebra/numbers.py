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
    expanded,
    ordered_terms,
    polynomial,
    term_form,
    total,
)
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Call, Poly
from symcost.algebra.proof import Rule, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Monomial


def with_numbers(form: Form, values: Mapping[Dim, int], *, live: bool = False) -> tuple[Step, ...]:
    """The steps from a closed form to its value; letters without a value stay, terms gathered.

    Every number knows what it is the value of. With `live`, so do the numbers before letters that
    stay, which are written even where they are 1.
    """
    shown = dims_of(form)
    given = tuple(
        Relation(each, Poly.of(values[each]), "given") for each in shown if each in values
    )
    if not given:
        return ()
    if len(given) < len(shown):
        some = {each: values[each] for each in shown if each in values}
        partly = gathered(form, some) if live else _partly(form, some)
        if partly is None:
            return ()
        return (Step(form, partly, Rule.NUMBERS, "", given),)
    current = _replaced(form, values)
    steps = [Step(form, current, Rule.NUMBERS, "", given)]
    while not isinstance(current, Num):
        later = _worked_out(current)
        steps.append(Step(current, later, Rule.NUMBERS))
        current = later
    return tuple(steps)


def _partly(form: Form, values: Mapping[Dim, int]) -> Form:
    """The plain number first, then what still grows: 169,869,312 + 36,864 s."""
    left = polynomial(form).substitute(values)
    return total(term_form(m, c) for m, c in reversed(ordered_terms(left)))


def gathered(form: Form, values: Mapping[Dim, int]) -> Form | None:
    """The same, where every number knows the form that it is the value of.

    None where a letter that stays is inside floor, ceil, min or max.
    """
    numbers: dict[Monomial, Poly] = {}
    for monomial, number in polynomial(form).terms.items():
        stays = tuple(pair for pair in monomial if not set(Poly.of(pair[0]).dims()) <= set(values))
        if any(isinstance(atom, Call) for atom, _ in stays):
            return None
        goes = tuple(pair for pair in monomial if pair not in stays)
        numbers[stays] = numbers.get(stays, Poly()) + Poly({goes: number})
    terms: list[Form] = []
    for monomial, _ in reversed(ordered_terms(Poly(dict.fromkeys(numbers, 1)))):
        before = Num(numbers[monomial].at(values), expanded(numbers[monomial]))
        letters = term_form(monomial, 1)
        after = letters.factors if isinstance(letters, Product) else (letters,)
        terms.append(Product((before, *after)) if monomial else before)
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def origin(form: Form) -> Form:
    """The form with each number exchanged for what it is the value of."""
    match form:
        case Num(_, of):
            return form if of is None else of
        case Under(inner, _):
            return origin(inner)
    return _rebuilt(form, origin)


def _replaced(form: Form, values: Mapping[Dim, int]) -> Form:
    match form:
        case Sym(dim):
            return Num(values[dim], form)
        case Named():
            return Num(evaluate(form, values), form)
        case Under(inner, _):
            return _replaced(inner, values)
        case Product((Num(-1), Sym(dim))):  # shown as the same: no step is needed from one to other
            return Num(-values[dim], form)
    return _rebuilt(form, lambda part: _replaced(part, values))


def _worked_out(form: Form) -> Form:
    """One line further: whatever holds plain numbers only becomes a number."""
    if isinstance(form, Num):
        return form
    return Num(evaluate(form, {}), origin(form)) if _is_flat(form) else _rebuilt(form, _worked_out)


def _rebuilt(form: Form, change: Callable[[Form], Form]) -> Form:
    """The same shape, its parts changed."""
    match form:
        case Product(parts):
            return Product(tuple(map(change, parts)))
        case Sum(parts):
            return Sum(tuple(map(change, parts)))
        case Power(base, exponent):
            return Power(change(base), exponent)
        case Quotient(top, bottom):
            return Quotient(change(top), change(bottom))
        case Function(function, parts):
            return Function(function, tuple(map(change, parts)))
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
