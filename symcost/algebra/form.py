"""What is shown: a tree that keeps the author's order, beside the normal form that decides.

A `Form` is never rearranged behind anyone's back. `meaning` reads its normal form, `evaluate`
its exact value at a point; the two share no code, so each checks the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim, find
from symcost.algebra.poly import Atom, Monomial, Number, Poly, UnboundError, called
from symcost.algebra.ratio import Ratio
from symcost.algebra.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@final
@dataclass(frozen=True)
class Num(Shown):
    """An exact number.

    `of` is the form that it is the value of, at the sizes in force. It means nothing to algebra: a
    page whose sizes may change asks for it.
    """

    value: Number
    of: Form | None = field(default=None, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Sym(Shown):
    """A dimension."""

    dim: Dim


@final
@dataclass(frozen=True)
class Named(Shown):
    """A quantity with a name of its own, such as N with the subscript 'attention'.

    It stands for `value`; a step that opens it cites its definition.
    """

    letter: str
    label: str
    value: Form


@final
@dataclass(frozen=True)
class Product(Shown):
    """Factors in the order of the author."""

    factors: tuple[Form, ...]


@final
@dataclass(frozen=True)
class Sum(Shown):
    """Terms in the order of the author; a term with a negative leading number is subtracted."""

    terms: tuple[Form, ...]


@final
@dataclass(frozen=True)
class Power(Shown):
    """A base with an integer exponent."""

    base: Form
    exponent: int


@final
@dataclass(frozen=True)
class Quotient(Shown):
    """One form over another."""

    top: Form
    bottom: Form


@final
@dataclass(frozen=True)
class Function(Shown):
    """floor, ceil, min or max of forms."""

    function: str
    args: tuple[Form, ...]


@final
@dataclass(frozen=True)
class Under(Shown):
    """A part with a brace below that names it, in a colour where it has a tone ("wrong", "right").

    Neither label nor tone means anything to algebra.
    """

    body: Form
    label: str
    tone: str = ""


Form: TypeAlias = "Num | Sym | Named | Product | Sum | Power | Quotient | Function | Under"


def product(factors: Iterable[Form]) -> Form:
    """A product without ones and without nested products; no factors make 1."""
    flat: list[Form] = []
    for factor in factors:
        if isinstance(factor, Product):
            flat.extend(factor.factors)
        elif factor != Num(1):
            flat.append(factor)
    if not flat:
        return Num(1)
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def total(terms: Iterable[Form]) -> Form:
    """A sum without zeros and without nested sums; no terms make 0."""
    flat: list[Form] = []
    for term in terms:
        if isinstance(term, Sum):
            flat.extend(term.terms)
        elif term != Num(0):
            flat.append(term)
    if not flat:
        return Num(0)
    return flat[0] if len(flat) == 1 else Sum(tuple(flat))


def power(base: Form, exponent: int) -> Form:
    """base^exponent, without the exponent 1."""
    return base if exponent == 1 else Power(base, exponent)


def repeated(dims: Sequence[Dim]) -> Form:
    """The product of dimensions in the given order, equal neighbours gathered: d d s is d^2 s."""
    counts: dict[Dim, int] = {}
    for each in dims:
        counts[each] = counts.get(each, 0) + 1
    return product(power(Sym(each), count) for each, count in counts.items())


def split_sign(form: Form) -> tuple[bool, Form]:
    """(is it subtracted, the form without its minus)."""
    match form:
        case Num(value) if value < 0:
            return True, _opposite(form)
        case Product((Num(value) as first, *rest)) if value < 0:
            return True, product([_opposite(first), *rest])
        case Quotient(top, bottom):
            negative, positive = split_sign(top)
            return negative, Quotient(positive, bottom)
        case Under(body, label, tone):
            negative, positive = split_sign(body)
            return negative, Under(positive, label, tone)
    return False, form


def negate(form: Form) -> Form:
    """Minus the form."""
    negative, positive = split_sign(form)
    if negative:
        return positive
    return _opposite(form) if isinstance(form, Num) else product([Num(-1), form])


def _opposite(number: Num) -> Num:
    return Num(-number.value, None if number.of is None else negate(number.of))


def unbraced(form: Form) -> Form:
    """The form without its braces."""
    match form:
        case Under(body, _):
            return unbraced(body)
        case Product(factors):
            return product(map(unbraced, factors))
        case Sum(terms):
            return total(map(unbraced, terms))
    return form


def reordered(left: Form, right: Form) -> bool:
    """Whether two forms differ at most in the order of their factors, or of their terms."""
    if isinstance(left, Product) and isinstance(right, Product):
        return sorted(map(repr, left.factors)) == sorted(map(repr, right.factors))
    if isinstance(left, Sum) and isinstance(right, Sum):
        return sorted(map(repr, left.terms)) == sorted(map(repr, right.terms))
    return left == right


def meaning(form: Form) -> Ratio:
    """The normal form of what is shown: the only thing that decides equality."""
    match form:
        case Num(value):
            return Ratio.of(value)
        case Sym(dim):
            return Ratio.of(dim)
        case Named(_, _, value):
            return meaning(value)
        case Under(body, _):
            return meaning(body)
        case Product(factors):
            return reduce(lambda left, right: left * right, map(meaning, factors))
        case Sum(terms):
            return Ratio.sum(map(meaning, terms))
        case Power(base, exponent):
            return meaning(base) ** exponent
        case Quotient(top, bottom):
            return meaning(top) / meaning(bottom)
        case Function(function, args):
            return Ratio.of(called(function, [polynomial(arg) for arg in args]))


def polynomial(form: Form) -> Poly:
    """The Laurent polynomial of a form; `ValueError` where it divides by a sum."""
    found = meaning(form).poly
    if found is None:
        raise ValueError("this form divides by a sum and is no Laurent polynomial")
    return found


def evaluate(form: Form, values: Mapping[Dim, Number]) -> Number:
    """The exact value of the tree as it stands, by arithmetic alone."""
    match form:
        case Num(value):
            return value
        case Sym(dim):
            if dim not in values:
                raise UnboundError([dim])
            return values[dim]
        case Named(_, _, inner) | Under(inner, _):
            return evaluate(inner, values)
        case Product(factors):
            return reduce(lambda x, y: x * y, (evaluate(each, values) for each in factors))
        case Sum(terms):
            return sum(evaluate(each, values) for each in terms)
        case Power(base, exponent):
            return Fraction(evaluate(base, values)) ** exponent
        case Quotient(top, bottom):
            return Fraction(evaluate(top, values)) / Fraction(evaluate(bottom, values))
        case Function(function, args):
            return _apply(function, [evaluate(each, values) for each in args])


def _apply(function: str, args: list[Number]) -> Number:
    if function == "floor":
        return args[0].__floor__()
    if function == "ceil":
        return args[0].__ceil__()
    return {"min": min, "max": max}[function](args)


def dims_of(form: Form) -> tuple[Dim, ...]:
    """The dimensions a form shows, in the order of a product."""
    found: set[Dim] = set()
    _collect(form, found)
    return tuple(sorted(found, key=lambda each: each.key))


def _collect(form: Form, found: set[Dim]) -> None:
    match form:
        case Sym(dim):
            found.add(dim)
        case Named(_, _, inner) | Under(inner, _) | Power(inner, _):
            _collect(inner, found)
        case Product(parts) | Sum(parts) | Function(_, parts):
            for part in parts:
                _collect(part, found)
        case Quotient(top, bottom):
            _collect(top, found)
            _collect(bottom, found)


def names_in(form: Form) -> tuple[Named, ...]:
    """The named quantities that a form shows, in its order, each once."""
    match form:
        case Named():
            return (form,)
        case Under(inner, _) | Power(inner, _):
            return names_in(inner)
        case Product(parts) | Sum(parts) | Function(_, parts):
            return tuple(dict.fromkeys(name for part in parts for name in names_in(part)))
        case Quotient(top, bottom):
            return tuple(dict.fromkeys((*names_in(top), *names_in(bottom))))
    return ()


def exchanged(form: Form, table: Mapping[Form, Form]) -> Form:
    """The form with names or symbols exchanged for others, its shape kept."""
    if form in table:
        return table[form]
    match form:
        case Under(inner, label, tone):
            return Under(exchanged(inner, table), label, tone)
        case Power(base, exponent):
            return Power(exchanged(base, table), exponent)
        case Product(parts):
            return Product(tuple(exchanged(part, table) for part in parts))
        case Sum(parts):
            return Sum(tuple(exchanged(part, table) for part in parts))
        case Function(function, parts):
            return Function(function, tuple(exchanged(part, table) for part in parts))
        case Quotient(top, bottom):
            return Quotient(exchanged(top, table), exchanged(bottom, table))
    return form


def expanded(poly: Poly) -> Form:
    """The sum of the terms of a polynomial, highest degree first."""
    return total(term_form(m, c) for m, c in ordered_terms(poly))


def ordered_terms(poly: Poly) -> list[tuple[Monomial, Number]]:
    """The terms of a polynomial in the order of the page.

    Degree first, then the power of the model's width, then the rank of the symbols: 6 d + s.
    """
    width = find("d")
    ranked = sorted(
        {atom for monomial in poly.terms for atom, _ in monomial},
        key=lambda atom: (atom is not width, atom.key),
    )

    places = {atom: at for at, atom in enumerate(ranked)}

    def rank(term: tuple[Monomial, Number]) -> tuple[int, ...]:
        powers = sorted((places[atom], power) for atom, power in term[0])
        return (-sum(power for _, power in powers), *_lexical(powers))

    return sorted(poly.terms.items(), key=rank)


def _lexical(powers: list[tuple[int, int]]) -> Iterator[int]:
    """Sorts as the powers of all symbols one after the other would, the higher first, without
    writing down the zeros: there may be thousands.
    """
    for at, power in powers:
        # A power below zero stands behind none at all; the earlier its place, the later it sorts.
        yield from (0, at, -power) if power > 0 else (2, -at, -power)
    yield 1


def term_form(monomial: Monomial, number: Number) -> Form:
    """One term: number, then symbols by rank, negative powers below a fraction bar."""
    above = [power(atom_form(atom), p) for atom, p in monomial if p > 0]
    below = [power(atom_form(atom), -p) for atom, p in monomial if p < 0]
    if number.denominator != 1:
        below.insert(0, Num(number.denominator))
    top = product([Num(number.numerator), *above])
    return Quotient(top, product(below)) if below else top


def atom_form(atom: Atom) -> Form:
    """The form of a dimension or of floor, ceil, min, max."""
    if isinstance(atom, Dim):
        return Sym(atom)
    return Function(atom.function, tuple(expanded(arg) for arg in atom.args))
