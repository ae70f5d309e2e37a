"""The bridge to SymPy: closed forms handed out as expressions, and factorisation.

SymPy is imported inside the functions, because loading it takes longer than most answers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import find
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
)
from symcost.algebra.poly import Atom, Call, Number, Poly, called

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_sympy(form: Form | Poly) -> Any:
    """The SymPy expression of a form or polynomial, over positive-integer symbols."""
    import sympy

    if isinstance(form, Poly):
        return sympy.Add(*(_term(monomial, number) for monomial, number in form.terms.items()))
    match form:
        case Num(value):
            return _rational(value)
        case Sym(dim):
            return dim.sympy
        case Named(_, _, inner) | Under(inner, _):
            return to_sympy(inner)
        case Product(factors):
            return sympy.Mul(*map(to_sympy, factors))
        case Sum(terms):
            return sympy.Add(*map(to_sympy, terms))
        case Power(base, exponent):
            return to_sympy(base) ** exponent
        case Quotient(top, bottom):
            return to_sympy(top) / to_sympy(bottom)
        case Function(function, args):
            return _functions()[function](*map(to_sympy, args))


def from_sympy(expression: Any) -> Poly:
    """The polynomial of a SymPy expression made of sums, products, integer powers and symbols.

    Symbols are found by name, so `Symbol('d')` and `Symbol('d', positive=True)` are both d.
    Raises `ValueError` for anything else.
    """
    import sympy

    if isinstance(expression, sympy.Rational):
        return Poly.of(Fraction(int(expression.p), int(expression.q)))
    if isinstance(expression, sympy.Symbol):
        return Poly.of(find(expression.name))
    if isinstance(expression, sympy.Add):
        return sum((from_sympy(each) for each in expression.args), Poly())
    if isinstance(expression, sympy.Mul):
        product = Poly.of(1)
        for each in expression.args:
            product = product * from_sympy(each)
        return product
    if isinstance(expression, sympy.Pow) and isinstance(expression.exp, sympy.Integer):
        return from_sympy(expression.base) ** int(expression.exp)
    for name, function in _functions().items():
        if isinstance(expression, function):
            return called(name, [from_sympy(each) for each in expression.args])
    raise ValueError(f"{expression} is not built from sums, products, powers and dimensions")


def factors(poly: Poly) -> tuple[Number, list[tuple[Poly, int]], Poly]:
    """(number, [(irreducible factor, how often)], what all of it is divided by), in order."""
    import sympy

    below: Mapping[Atom, int] = {
        atom: max(0, -min(dict(m).get(atom, 0) for m in poly.terms)) for atom in poly.atoms()
    }
    # Laurent to ordinary: multiply by what stands below, divide by it again at the end.
    lift = Poly({tuple((atom, p) for atom, p in below.items() if p): 1})
    number, found = sympy.factor_list(to_sympy(poly * lift))
    parts = sorted(
        ((from_sympy(base), int(times)) for base, times in found),
        key=lambda pair: (len(pair[0].terms), pair[0].key),
    )
    return Fraction(int(number.p), int(number.q)), parts, lift


def _functions() -> dict[str, Any]:
    import sympy

    return {
        "floor": sympy.floor,
        "ceil": sympy.ceiling,
        "min": sympy.Min,
        "max": sympy.Max,
    }


def _rational(value: Number) -> Any:
    import sympy

    exact = Fraction(value)
    return sympy.Rational(exact.numerator, exact.denominator)


def _term(monomial: tuple[tuple[Atom, int], ...], number: Number) -> Any:
    import sympy

    powers = [_atom(atom) ** exponent for atom, exponent in monomial]
    return sympy.Mul(_rational(number), *powers)


def _atom(atom: Atom) -> Any:
    if isinstance(atom, Call):
        return _functions()[atom.function](*map(to_sympy, atom.args))
    return atom.sympy
