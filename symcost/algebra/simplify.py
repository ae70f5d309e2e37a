"""Finding the form a person would write.

Candidates are made (expanded, factored, collected by one symbol, leading term pulled out), each
is a rewriting with a reason, and the cheapest wins: fewest operations, then fewest symbols, then
the order of this list. The choice depends on the polynomial alone, so it is the same everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, all_dims, dim
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
    expanded,
    ordered_terms,
    power,
    product,
    term_form,
    total,
)
from symcost.algebra.phrase import say
from symcost.algebra.poly import Atom, Monomial, Number, Poly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.ratio import Ratio

# Collecting by a symbol writes all terms down once more. A long sum with many symbols is collected
# by the commonest of them, as many as keep to this number of terms, and by a few in any case.
TERMS_TRIED, FEWEST_TRIED = 6_000, 4
# How many symbols a proof that a sum has no factors looks at, and how long a sum is given to SymPy.
MOST_PROOFS, MOST_FACTORED = 12, 200
STYLES = ("expanded", "factored", "collected", "leading")


@final
@dataclass(frozen=True)
class Candidate:
    """One way to write a polynomial, and why somebody would."""

    form: Form
    style: str
    reason: str
    by: Dim | None = None


def operations(form: Form) -> int:
    """How many additions, multiplications, divisions, powers and calls the form writes down."""
    match form:
        case Num() | Sym() | Named():
            return 0
        case Under(body, _):
            return operations(body)
        case Product(parts) | Sum(parts):
            return len(parts) - 1 + sum(map(operations, parts))
        case Function(_, parts):
            return max(1, len(parts) - 1) + sum(map(operations, parts))
        case Power(base, _):
            return 1 + operations(base)
        case Quotient(top, bottom):
            return 1 + operations(top) + operations(bottom)


def symbols(form: Form) -> int:
    """How many symbols the form writes down."""
    match form:
        case Sym() | Named():
            return 1
        case Num():
            return 0
        case Under(inner, _) | Power(inner, _):
            return symbols(inner)
        case Product(parts) | Sum(parts) | Function(_, parts):
            return sum(map(symbols, parts))
        case Quotient(top, bottom):
            return symbols(top) + symbols(bottom)


@lru_cache(maxsize=64)
def simplest(poly: Poly) -> Candidate:
    """The cheapest candidate: operations, then symbols, then the order of the candidates."""
    return min(
        candidates(poly), key=lambda each: (operations(each.form), symbols(each.form))
    )  # min keeps the first of equals, so the order of candidates is the last criterion


def written(poly: Poly, style: str | None = None, by: Dim | None = None) -> Candidate:
    """The polynomial in the wanted style, or the simplest form where none is wanted.

    `collected` takes the symbol to collect by, `leading` the symbol whose growth decides which
    term leads. Both default to the first symbol that repeats, or that leads.
    """
    if style is None:
        return simplest(poly)
    if style == "expanded":
        return Candidate(expanded(poly), style, "gather like terms")
    if style == "factored":
        return _factored(poly)
    if style == "collected":
        return _collected(poly, by) if by else _first_collected(poly)
    if style == "leading":
        return _leading(poly, by)
    raise ValueError(f"'{style}' is not a style: choose {', '.join(STYLES)}")


def candidates(poly: Poly) -> Iterator[Candidate]:
    """Every way to write the polynomial that is considered, in a fixed order.

    One after the other, since those of a long sum are long.
    """
    yield written(poly, "expanded")
    if len(poly.terms) < 2:
        return
    yield _factored(poly)
    for atom in _gathering(poly):
        yield _collected(poly, atom)
    yield from _collected_by_layers(poly)
    yield _leading(poly, None)


def content(poly: Poly) -> Poly:
    """The single term that divides every term: greatest common number, shared powers."""
    monomials = list(poly.terms)
    numbers = [Fraction(number) for number in poly.terms.values()]
    common = Fraction(
        gcd(*(number.numerator for number in numbers)),
        lcm(*(number.denominator for number in numbers)),
    )
    if all(number < 0 for number in numbers):
        common = -common
    # A power is pulled out only if every term has it: 8 d^3 + 2 d^3/h^2 keeps its 1/h^2.
    shared = dict(monomials[0]) if monomials else {}
    for other in map(dict, monomials):
        for atom, held in list(shared.items()):
            there = other.get(atom, 0)
            shared[atom] = min(held, there) if held > 0 else max(held, there)
            if shared[atom] * held <= 0:
                del shared[atom]
        if not shared:
            break
    monomial: Monomial = tuple(shared.items())
    return Poly({monomial: common})


def _gathering(poly: Poly) -> list[Atom]:
    """What to collect by: every dimension and call that occurs in two terms or more.

    Of very many the commonest: what collecting saves grows with the terms that it gathers.
    """
    counts = _occurrences(poly)
    found = [
        atom
        for atom in poly.atoms()
        if counts[atom] >= 2 and not (isinstance(atom, Dim) and atom.stands_in)
    ]
    most = max(FEWEST_TRIED, TERMS_TRIED // max(len(poly.terms), 1))
    if len(found) <= most:
        return found
    kept = set(sorted(found, key=lambda atom: -counts[atom])[:most])
    return [atom for atom in found if atom in kept]


def _occurrences(poly: Poly) -> Counter[Atom]:
    """In how many terms each atom occurs."""
    return Counter(atom for monomial in poly.terms for atom, _ in monomial)


def _single(poly: Poly) -> Form:
    ((monomial, number),) = poly.terms.items()
    return term_form(monomial, number)


def _join(outside: Poly, inside: Form) -> Form:
    """outside * inside, with a fraction kept below the bar: (2/3) d (...) is 2 d (...)/3."""
    head = _single(outside)
    if isinstance(head, Quotient):
        return Quotient(product([head.top, inside]), head.bottom)
    return product([head, inside])


def _pulled_out(poly: Poly) -> Form:
    """content * (the rest, as a sum)."""
    if len(poly.terms) < 2:
        return expanded(poly)
    common = content(poly)
    return _join(common, expanded(poly / common))


def _factored(poly: Poly) -> Candidate:
    if len(poly.terms) < 2:
        return Candidate(expanded(poly), "factored", "a single term is its own factored form")
    common = content(poly)
    rest = poly / common
    if _is_irreducible(rest):
        return Candidate(_pulled_out(poly), "factored", "pull out what all terms share")
    return Candidate(_by_sympy(common, rest), "factored", "factor the sum")


def _is_irreducible(poly: Poly) -> bool:
    """A proof for nearly every cost: a x + b, where nothing is shared by all terms.

    A factor without x would divide a and b, so it has no symbols but those of a. It divides what
    stands in b beside each product of other symbols. Where a is a single term, or one of those
    is, the factor is one too, and shared by all. Negative powers do not disturb this: they are
    units.
    """
    if any(not isinstance(atom, Dim) or atom.stands_in for atom in poly.atoms()):
        return True  # factoring looks at dimensions only; calls and names stay as they stand
    powers: dict[Atom, set[int]] = {}
    for monomial in poly.terms:
        for atom, times in monomial:
            powers.setdefault(atom, set()).add(times)
    counts = _occurrences(poly)
    linear = [a for a in powers if powers[a] == {1} and counts[a] < len(poly.terms)]
    terms = len(poly.terms)
    tried = sorted(linear, key=lambda atom: min(counts[atom], terms - counts[atom]))
    if any(_no_factor_without(poly, atom) for atom in tried[:MOST_PROOFS]):
        return True
    return terms > MOST_FACTORED


def _no_factor_without(poly: Poly, x: Atom) -> bool:
    """Whether no sum without x divides a x + b, by the argument of `_is_irreducible`."""
    with_x: list[Monomial] = []
    without: list[Monomial] = []
    for monomial in poly.terms:
        (with_x if any(atom == x for atom, _ in monomial) else without).append(monomial)
    if min(len(with_x), len(without)) == 1:
        return True
    inside = {atom for monomial in with_x for atom, _ in monomial}
    beside = Counter(
        tuple(pair for pair in monomial if pair[0] not in inside) for monomial in without
    )
    return min(beside.values()) == 1


def _by_sympy(outside: Poly, poly: Poly) -> Form:
    """outside * a sum of several variables as a product of sums, by SymPy's factorisation."""
    from symcost.algebra import symbolic

    number, factors, below = symbolic.factors(poly)
    parts = [power(_pulled_out(factor), times) for factor, times in factors]
    return _join(outside * number / below, product(parts))


def _collected(poly: Poly, atom: Atom) -> Candidate:
    """Gathers the powers of one symbol, after what all terms share is pulled out."""
    common = content(poly)
    rest = poly / common
    parts: list[Form] = []
    for exponent, coefficient in sorted(rest.coefficients(atom).items(), reverse=True):
        single = len(coefficient.terms) == 1
        if exponent == 0 and (single or content(coefficient) == 1):
            parts.append(expanded(coefficient))
        elif single:
            parts.append(expanded(coefficient * Poly({((atom, exponent),): 1})))
        else:
            own = content(coefficient)
            outside = own * Poly({((atom, exponent),): 1}) if exponent else own
            parts.append(_join(outside, expanded(coefficient / own)))
    form = _join(common, total(parts)) if common != 1 else total(parts)
    if isinstance(atom, Dim):
        return Candidate(form, "collected", "collect by", atom)
    return Candidate(form, "collected", say("collect by {0}(...)", atom.function))


def _collected_by_layers(poly: Poly) -> list[Candidate]:
    """Gathers by kinds of layers, where there are several: what each kind adds, kind by kind, and
    what several kinds add alike, gathered once for all of them.
    """
    common = content(poly)
    split = _by_kind(poly / common)
    if split is None:
        return []
    per_kind, rest = split
    found = []
    for groups in ([((kind,), own) for kind, own in per_kind.items()], _alike(per_kind)):
        parts: list[Form] = []
        for kinds, amount in groups:
            own = _nameless(content(amount))
            inside = simplest(amount / own).form
            if len(kinds) == 1:
                parts.append(_join(own * Poly.of(kinds[0]), inside))
            else:
                parts.append(_join(own, product([total(map(Sym, kinds)), inside])))
        if rest:
            parts.append(_pulled_out(rest))
        form = _join(common, total(parts)) if common != 1 else total(parts)
        found.append(Candidate(form, "collected", "collect by kinds of layers"))
    return found


def _nameless(term: Poly) -> Poly:
    """A single term without the names in it: (L_1 + L_2) F_attention, the name behind the sum."""
    ((monomial, number),) = term.terms.items()
    kept = tuple(
        (atom, times) for atom, times in monomial if not (isinstance(atom, Dim) and atom.stands_in)
    )
    return Poly({kept: number})


def _by_kind(poly: Poly) -> tuple[dict[Dim, Poly], Poly] | None:
    """What one layer of each kind adds, and the rest; None unless kinds add up linearly."""
    place = dim("layers").order
    counts = [each for each in poly.atoms() if isinstance(each, Dim) and each.order == place]
    if len(counts) < 2:
        return None
    per_kind: dict[Dim, Poly] = {}
    for count in counts:
        powers = poly.coefficients(count)
        if set(powers) - {0, 1} or set(powers.get(1, Poly()).atoms()) & set(counts):
            return None
        per_kind[count] = powers[1]
        poly = powers.get(0, Poly())
    return per_kind, poly


def _alike(per_kind: Mapping[Dim, Poly]) -> list[tuple[tuple[Dim, ...], Poly]]:
    """Terms by the kinds of layers that have them with the same number, most kinds first."""
    owners: dict[tuple[Monomial, Number], list[Dim]] = {}
    for kind, amount in per_kind.items():
        for term in amount.terms.items():
            owners.setdefault(term, []).append(kind)
    groups: dict[tuple[Dim, ...], dict[Monomial, Number]] = {}
    for (monomial, number), kinds in owners.items():
        groups.setdefault(tuple(kinds), {})[monomial] = number
    ordered = sorted(groups, key=lambda kinds: (-len(kinds), [kind.key for kind in kinds]))
    return [(kinds, Poly(groups[kinds])) for kinds in ordered]


def _first_collected(poly: Poly) -> Candidate:
    counts = _occurrences(poly)
    for each in all_dims():
        if counts[each] >= 2:
            return _collected(poly, each)
    return Candidate(_pulled_out(poly), "collected", "no symbol repeats: pull out what is shared")


def _leading(poly: Poly, by: Dim | None) -> Candidate:
    """leading term * (1 + the others relative to it)."""
    if len(poly.terms) < 2:
        return Candidate(expanded(poly), "leading", "a single term leads alone")
    grows = by or dim("model")

    def rank(term: tuple[Monomial, Number]) -> int:
        return -dict(term[0]).get(grows, 0)

    monomial, number = min(ordered_terms(poly), key=rank)
    lead = Poly({monomial: number})
    others = [term_form(m, c) for m, c in ordered_terms(poly / lead - 1)]
    reason = "pull out the term that leads in"
    return Candidate(_join(lead, total([Num(1), *others])), "leading", reason, grows)


def ratio_form(ratio: Ratio) -> Form:
    """A rational function with the single terms of both sides cancelled: s/(2 d + d_ff)."""
    if not ratio.top or ratio.poly is not None:
        return simplest(ratio.top).form
    above, below = content(ratio.top), content(ratio.bottom)
    common = above / below
    single = _single(common)
    top, bottom = (simplest(each).form for each in (ratio.top / above, ratio.bottom / below))
    if isinstance(single, Quotient):
        return Quotient(product([single.top, top]), product([single.bottom, bottom]))
    return Quotient(product([single, top]), bottom)
