"""The writer's formula and the right one, one above the other: what differs is marked in both.

The writer's own shape is kept where the errors can be found in it: `L (3 d^2 + h d^2)` stays in
brackets, and only `h d^2` is marked. The marks carry the number of the error that explains them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.form import (
    Form,
    Num,
    Product,
    Sum,
    Under,
    expanded,
    polynomial,
    product,
    total,
)
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from symcost.checking.verdict import Edit

MOST_TERMS = 300  # of a formula that is compared term by term
SHOWN_TERMS = 24


@final
@dataclass(frozen=True)
class _Change:
    """What an edit puts in the place of what; either may be nothing."""

    label: str
    given: Poly
    true: Poly


def beside(given: Form, true: Form, edits: Sequence[Edit] = ()) -> tuple[Form, Form]:
    """Both formulas with their differences marked; unmarked where they are no sums of terms.

    What is marked still means the same: that is checked before it is handed out.
    """
    try:
        return _beside(given, true, edits)
    except ValueError:  # something divides by a sum
        return given, true


def _beside(given: Form, true: Form, edits: Sequence[Edit]) -> tuple[Form, Form]:
    whole, right = polynomial(given), polynomial(true)
    changes = [_change(str(at), edit) for at, edit in enumerate(edits, 1)]
    if len(whole.terms) + len(right.terms) > MOST_TERMS:
        return given, true
    explained = bool(changes) and _explains(whole, right, changes)
    pairs = [_in_shape(given, changes), _expanded(whole, changes)] if explained else []
    for pair in (
        *pairs,
        (_differing(given, right, say("extra")), _differing(true, whole, say("missing"))),
    ):
        if pair is not None and _means(pair[0], whole) and _means(pair[1], right):
            return pair
    return given, true


def left_out(given: Form, dropped: Form) -> Form:
    """What an approximation keeps, and what it drops as a marked part."""
    parts = dropped.terms if isinstance(dropped, Sum) else (dropped,)
    marked = Under(total(parts), say("left out"), "right")
    return total([given, marked])


def clipped(form: Form, most: int = SHOWN_TERMS) -> tuple[Form, int]:
    """The form without the unmarked terms that would be too many, and how many those are."""
    at = _bracket(form)
    if at is not None:
        inner, more = clipped(_factors(form)[at], most)
        return _with(form, at, inner), more
    if not isinstance(form, Sum) or len(form.terms) <= most:
        return form, 0
    marked = sum(map(_is_marked, form.terms))
    room = max(most - marked, 2)
    kept: list[Form] = []
    for term in form.terms:
        if not _is_marked(term):
            room -= 1
        if (_is_marked(term) or room >= 0) and len(kept) < 2 * most:
            kept.append(term)
    return Sum(tuple(kept)), len(form.terms) - len(kept)


def _is_marked(form: Form) -> bool:
    match form:
        case Under(_, _, tone):
            return bool(tone)
        case Product(parts) | Sum(parts):
            return any(map(_is_marked, parts))
    return False


def _change(label: str, edit: Edit) -> _Change:
    sides = [Poly() if side is None else polynomial(side) for side in (edit.given, edit.true)]
    return _Change(label, sides[0], sides[1])


def _explains(whole: Poly, right: Poly, changes: Iterable[_Change]) -> bool:
    for each in changes:
        whole = whole - each.given + each.true
    return whole == right


def _means(form: Form, value: Poly) -> bool:
    return polynomial(form) == value


def _wrong(form: Form, label: str) -> Form:
    return Under(form, label, "wrong")


def _right(form: Form, label: str) -> Form:
    return Under(form, label, "right")


# -- in the writer's own shape ---------------------------------------------------------------------


@dataclass
class _Placing:
    """The changes that have no place yet, and what is right but fits into no bracket."""

    open: list[_Change]
    outside: list[Form]

    def walk(self, form: Form, times: Poly) -> tuple[Form, Form]:
        """The form and its right counterpart; both stand in a product with `times`."""
        if isinstance(form, Sum) and not self._is_one_change(form, times):
            pairs = [self.walk(term, times) for term in form.terms]
            return total(pair[0] for pair in pairs), total(pair[1] for pair in pairs)
        at = _bracket(form)
        if at is None or self._is_one_change(form, times):
            return self._leaf(form, times)
        around = polynomial(_without(form, at))
        if len(around.terms) != 1:
            return self._leaf(form, times)
        given, right = self.walk(_factors(form)[at], times * around)
        return _with(form, at, given), _with(form, at, right)

    def _is_one_change(self, form: Form, times: Poly) -> bool:
        value = polynomial(form) * times
        return any(each.given == value for each in self.open)

    def _leaf(self, form: Form, times: Poly) -> tuple[Form, Form]:
        value = polynomial(form) * times
        rest, group = value, []
        for each in list(self.open):
            if each.given and _is_part(each.given, rest):
                rest = rest - each.given
                group.append(each)
                self.open.remove(each)
        if not group:
            return form, form
        label = ", ".join(each.label for each in group)
        kept = expanded(rest / times) if rest else Num(0)
        wrong = form if not rest else expanded((value - rest) / times)
        true = sum((each.true for each in group), Poly())
        return (
            total([kept, _wrong(wrong, label)]),
            total([kept, *self._inside(true, times, label)]),
        )

    def _inside(self, true: Poly, times: Poly, label: str) -> list[Form]:
        if not true:
            return []
        inner = true / times
        if _divides(inner, true):
            return [_right(expanded(inner), label)]
        self.outside.append(_right(expanded(true), label))
        return []


def _in_shape(given: Form, changes: Sequence[_Change]) -> tuple[Form, Form] | None:
    """The changes in the writer's own formula, or None where one is not to be found in it."""
    placing = _Placing([each for each in changes if each.given], [])
    wrong, right = placing.walk(given, Poly.of(1))
    if placing.open:
        return None
    right = total([right, *placing.outside])
    for each in changes:
        if not each.given:
            right = _added(right, each)
    return wrong, right


def _added(form: Form, change: _Change) -> Form:
    """What is missing, inside the writer's bracket where it has the factors outside."""
    at = _bracket(form)
    if at is not None:
        around = polynomial(_without(form, at))
        if len(around.terms) == 1 and _divides(change.true / around, change.true):
            missing = _right(expanded(change.true / around), change.label)
            return _with(form, at, total([_factors(form)[at], missing]))
    return total([form, _right(expanded(change.true), change.label)])


def _factors(form: Form) -> tuple[Form, ...]:
    return form.factors if isinstance(form, Product) else (form,)


def _bracket(form: Form) -> int | None:
    """The place of the only sum among the factors of a product."""
    if not isinstance(form, Product):
        return None
    sums = [at for at, factor in enumerate(form.factors) if isinstance(factor, Sum)]
    return sums[0] if len(sums) == 1 else None


def _without(form: Form, at: int) -> Form:
    factors = _factors(form)
    return product([*factors[:at], *factors[at + 1 :]])


def _with(form: Form, at: int, inner: Form) -> Form:
    """The product with another bracket; with an empty one nothing is left of it."""
    if inner == Num(0):
        return inner
    factors = _factors(form)
    return product([*factors[:at], inner, *factors[at + 1 :]])


def _is_part(part: Poly, whole: Poly) -> bool:
    """Whether taking the part away leaves every term its sign."""
    return all(
        monomial in whole.terms and 0 < Fraction(number) / Fraction(whole.terms[monomial]) <= 1
        for monomial, number in part.terms.items()
    )


def _divides(inner: Poly, whole: Poly) -> bool:
    """Whether a quotient looks no worse than what was divided: no new bars."""
    return _below(inner) <= _below(whole)


def _below(poly: Poly) -> set[object]:
    found: set[object] = {
        atom for monomial in poly.terms for atom, exponent in monomial if exponent < 0
    }
    return found | {number.denominator for number in poly.terms.values()} - {1}


# -- multiplied out --------------------------------------------------------------------------------


def _expanded(whole: Poly, changes: Sequence[_Change]) -> tuple[Form, Form] | None:
    """What both have in common, term by term, then each change."""
    rest = whole
    for each in changes:
        if not _is_part(each.given, rest):
            return None
        rest = rest - each.given
    same = expanded(rest)
    wrong = [_wrong(expanded(each.given), each.label) for each in changes if each.given]
    right = [_right(expanded(each.true), each.label) for each in changes if each.true]
    return total([same, *wrong]), total([same, *right])


def _differing(form: Form, other: Poly, lonely: str) -> Form:
    """The form with every term marked that the other has not, or has with another number."""
    value = polynomial(form)

    def walk(part: Form, times: Poly) -> Form:
        if isinstance(part, Sum):
            return total(walk(term, times) for term in part.terms)
        at = _bracket(part)
        if at is not None:
            around = polynomial(_without(part, at))
            return _with(part, at, walk(_factors(part)[at], times * around))
        terms = (polynomial(part) * times).terms
        unlike = [each for each in terms if value.terms.get(each) != other.terms.get(each)]
        if not unlike:
            return part
        alone = all(each not in other.terms for each in unlike)
        tone = "wrong" if lonely == "extra" else "right"
        return Under(part, lonely if alone else say("differs"), tone)

    return walk(form, Poly.of(1))
