"""Laws that hold for every polynomial, every relation, every convention: tried on random ones."""

from __future__ import annotations

import ast
import operator
import re
from fractions import Fraction
from itertools import pairwise, permutations
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symcost
from symcost.algebra.dim import Dim, dim
from symcost.algebra.form import Num, evaluate, expanded, meaning
from symcost.algebra.identity import Relation, put_in, same, same_in_integers, solve
from symcost.algebra.numbers import with_numbers
from symcost.algebra.plain import people, python
from symcost.algebra.poly import Call, Poly
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import STYLES, candidates, operations, simplest, symbols, written
from symcost.algebra.symbolic import from_sympy, to_sympy
from symcost.catalog.find import quantities
from symcost.graph.tensor import Role
from symcost.quantities.convention import ALL, CAUSAL, ELEMENTWISE, Convention
from symcost.quantities.ledger import SCOPES
from symcost.quantities.spread import PLANNED

if TYPE_CHECKING:
    from collections.abc import Callable

B, L, S, H, KV, R, D, DH, FF = (
    dim(word)
    for word in ("batch", "layers", "time", "heads", "groups", "share", "model", "head", "feed")
)
often = settings(max_examples=60, deadline=None, derandomize=True)
seldom = settings(max_examples=15, deadline=None, derandomize=True)


# -- a reader of plain text that shares nothing with what wrote it ---------------------------------


class Large(dict[str, Fraction]):
    """A number for every symbol that is asked for, the same on every run."""

    def __missing__(self, name: str) -> Fraction:
        self[name] = Fraction(10_007 + 12 * int.from_bytes(name.encode(), "big") % 99_991)
        return self[name]


FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": floor, "ceil": ceil, "min": min, "max": max}


def read(text: str, values: dict[str, Fraction]) -> Fraction:
    """The value of a formula in Python's notation, or in the spaced one for people."""
    text = re.sub(r"(?<=\d),(?=\d\d\d)", "", text.replace(" x ", "*").replace("^", "**"))
    text = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text)
    return _value(ast.parse(text, mode="eval").body, values)


def _value(node: ast.expr, values: dict[str, Fraction]) -> Fraction:
    match node:
        case ast.Constant(int() as number):
            return Fraction(number)
        case ast.Name(name):
            return values[name]
        case ast.UnaryOp(ast.USub(), inner):
            return -_value(inner, values)
        case ast.Call(ast.Name(function), args):
            return Fraction(FUNCTIONS[function](*(_value(each, values) for each in args)))
        case ast.BinOp(left, sign, right):
            return Fraction(SIGNS[type(sign)](_value(left, values), _value(right, values)))
    raise AssertionError(ast.dump(node))


SIGNS: dict[type[ast.operator], Callable[[Fraction, Fraction], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: base ** int(exponent),
}


# -- random costs ----------------------------------------------------------------------------------

numbers = st.builds(Fraction, st.integers(-12, 12).filter(bool), st.sampled_from((1, 1, 1, 2, 3)))
dims = st.sampled_from((B, L, S, H, D, DH, FF))
CALLS = (
    Call("ceil", [Poly.of(S) / 128]),
    Call("ceil", [(D + Poly.of(FF)) / H]),
    Call("floor", [Poly.of(FF) * 4 / 3]),
    Call("min", [Poly.of(S), Poly.of(FF) * 2]),
    Call("max", [Poly.of(D), Poly.of(H), Poly.of(7)]),
)


@st.composite
def polys(draw: Any, calls: bool = False, most: int = 6) -> Poly:
    """Sums of cost monomials. Every call here is at least 1, so that it may stand below a bar."""
    total = Poly()
    for _ in range(draw(st.integers(1, most))):
        term = Poly.of(draw(numbers))
        for each in draw(st.lists(dims, max_size=3, unique=True)):
            term = term * Poly.of(each) ** draw(st.integers(-2, 3))
        if calls and draw(st.booleans()):
            term = term * Poly.of(draw(st.sampled_from(CALLS))) ** draw(st.sampled_from((-1, 1, 2)))
        total = total + term
    return total


@st.composite
def sizes(draw: Any) -> dict[Dim, int]:
    return {each: draw(st.integers(1, 60)) for each in (B, L, S, H, KV, R, D, DH, FF)}


def by_name(values: dict[Dim, int]) -> dict[str, Fraction]:
    return {each.symbol: Fraction(value) for each, value in values.items()}


# -- polynomials and the ways to write them --------------------------------------------------------


@given(polys(calls=True), sizes())
@often
def test_every_way_of_writing_is_the_same_polynomial(poly: Poly, at: dict[Dim, int]) -> None:
    value = poly.at(at)
    everyone = [*candidates(poly), *(written(poly, style, by) for style in STYLES for by in (D, S))]
    for each in everyone:
        assert meaning(each.form) == Ratio.of(poly)
        assert evaluate(each.form, at) == value
        assert read(python(each.form), by_name(at)) == value


@given(polys(), sizes())
@often
def test_people_read_what_was_written(poly: Poly, at: dict[Dim, int]) -> None:
    for each in candidates(poly):
        assert read(people(each.form), by_name(at)) == poly.at(at)


@given(polys(calls=True), sizes())
@often
def test_a_value_is_the_value_of_the_expanded_form(poly: Poly, at: dict[Dim, int]) -> None:
    assert poly.at(at) == evaluate(expanded(poly), at)


@given(polys(calls=True))
@often
def test_the_simplest_form_is_cheapest_and_always_the_same(poly: Poly) -> None:
    def cost(form: Any) -> tuple[int, int]:
        return operations(form), symbols(form)

    chosen = simplest(poly)
    assert cost(chosen.form) == min(cost(each.form) for each in candidates(poly))
    other_order = Poly(dict(reversed(poly.terms.items())))
    assert simplest(other_order) == chosen


@given(polys())
@often
def test_sympy_and_back(poly: Poly) -> None:
    assert from_sympy(to_sympy(poly)) == poly
    for each in candidates(poly):
        assert from_sympy(sympy.expand(to_sympy(each.form))) == poly


@given(polys(calls=True, most=3), sizes())
@seldom
def test_sympy_gives_the_same_value(poly: Poly, at: dict[Dim, int]) -> None:
    """SymPy rewrites floor, ceil, min and max as it likes; the value has to stay."""
    expression = to_sympy(poly)
    exact = sympy.Rational(*Fraction(poly.at(at)).as_integer_ratio())
    assert expression.subs({each.sympy: value for each, value in at.items()}) == exact
    assert from_sympy(expression).at(at) == poly.at(at)


@given(polys(most=4), polys(most=4))
@often
def test_arithmetic_is_sympys(left: Poly, right: Poly) -> None:
    p, q = to_sympy(left), to_sympy(right)
    for ours, theirs in (
        (left + right, p + q),
        (left - right, p - q),
        (left * right, p * q),
        (left**2, p**2),
    ):
        assert sympy.expand(to_sympy(ours) - theirs) == 0


@given(polys(), numbers, dims, st.integers(-2, 2))
@often
def test_division_by_a_term_is_undone_by_multiplication(
    poly: Poly, number: Fraction, each: Dim, power: int
) -> None:
    term = number * Poly.of(each) ** power
    assert poly / term * term == poly


@given(polys(calls=True), polys(calls=True))
@often
def test_equal_polynomials_have_equal_dictionaries(left: Poly, right: Poly) -> None:
    assert left + right == right + left
    assert hash(left + right) == hash(right + left)
    assert (left + right) - right == left
    assert (left * right == Poly()) == (not left or not right)


# -- relations -------------------------------------------------------------------------------------

d, h, d_h = Poly.of(D), Poly.of(H), Poly.of(DH)
RELATIONS = {
    "heads tile": (Relation(DH, d / h, ""), Relation(FF, 4 * d, ""), Relation(KV, h, "")),
    "a chain": (Relation(D, h * d_h, ""), Relation(FF, 4 * d, ""), Relation(KV, h, "")),
    "a longer chain": (
        Relation(H, Poly.of(KV) * R, ""),
        Relation(D, h * d_h, ""),
        Relation(FF, 4 * d, ""),
        Relation(DH, Poly.of(64), ""),
    ),
}
related = st.sampled_from(sorted(RELATIONS))


@pytest.mark.parametrize("name", RELATIONS)
def test_the_order_of_relations_does_not_matter(name: str) -> None:
    given_ = RELATIONS[name]
    first = solve(given_)
    assert len(first) == len(given_)
    for order in permutations(given_):
        assert solve(order) == first
        assert solve((*order, *given_)) == first


def partly(poly: Poly, relations: tuple[Relation, ...], choose: Callable[[], bool]) -> Poly:
    """The polynomial with relations put into some of its terms."""
    total = Poly()
    for monomial, number in poly.terms.items():
        term = Poly({monomial: number})
        for each in relations:
            if choose():
                term = term.substitute({each.dim: each.value})
        total = total + term
    return total


@given(polys(), related, st.randoms(use_true_random=False), numbers, dims, st.integers(-2, 2))
@often
def test_identities_modulo_relations_are_decided(
    poly: Poly, name: str, chance: Any, number: Fraction, each: Dim, power: int
) -> None:
    relations = RELATIONS[name]
    other = partly(poly, relations, lambda: chance.random() < Fraction(1, 2))
    left, right = simplest(poly).form, simplest(other).form
    assert same(left, right, relations)
    assert same_in_integers(left, right, relations)
    # A single term is never zero, whatever is put in: the two sides are now unlike.
    wrong = simplest(other + number * Poly.of(each) ** power).form
    assert not same(left, wrong, relations)
    assert not same_in_integers(left, wrong, relations)
    assert put_in(poly - other, relations) == Poly()


@given(polys(), dims, dims)
@often
def test_without_a_relation_two_symbols_are_never_equal(poly: Poly, one: Dim, two: Dim) -> None:
    other = poly.substitute({one: two})
    assert same(expanded(poly), expanded(other)) == (poly == other)


# -- numbers ---------------------------------------------------------------------------------------


@given(polys(calls=True), sizes())
@often
def test_putting_numbers_in_ends_at_the_exact_value(poly: Poly, at: dict[Dim, int]) -> None:
    for each in candidates(poly):
        steps = with_numbers(each.form, at)
        if poly.dims():
            assert steps[0].before == each.form
            assert steps[-1].after == Num(poly.at(at))
        assert all(a.after == b.before for a, b in pairwise(steps))


@given(polys(), sizes(), st.sets(dims, min_size=1))
@often
def test_letters_without_a_value_stay(poly: Poly, at: dict[Dim, int], free: set[Dim]) -> None:
    known = {each: value for each, value in at.items() if each not in free}
    steps = with_numbers(expanded(poly), known)
    if steps:
        assert evaluate(steps[-1].after, at) == poly.at(at)
        assert len(steps) == 1 or not free & set(poly.dims())


# -- ledgers ---------------------------------------------------------------------------------------

MODELS = ("gpt2", "lecture")
ratios = {
    "none": Poly.of(1),
    "half": Poly.of(Fraction(1, 2)),
    "exact": (Poly.of(S) + 1) / (2 * Poly.of(S)),
}


@st.composite
def conventions(draw: Any) -> Convention:
    roles = st.frozensets(st.sampled_from(Role))
    mac = draw(st.booleans())
    flops = draw(roles) - (ELEMENTWISE | {Role.EMBEDDING, Role.POSITION} if mac else frozenset())
    return Convention(
        "random",
        "",
        params=draw(roles),
        flops=flops,
        mac=mac,
        causal=draw(st.sampled_from(CAUSAL)),
        element_bytes=draw(st.integers(1, 4)),
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", sorted(quantities()))
@given(convention=conventions(), scope=st.sampled_from(SCOPES))
@seldom
def test_a_convention_only_leaves_out_or_scales(
    model: str, name: str, convention: Convention, scope: str
) -> None:
    root, quantity = symcost.load(model).root, quantities()[name]
    everything = quantity.ledger(root, Convention("all", "", flops=ALL, element_bytes=1), scope)
    whole = {(term.path, term.label): term for term in everything.terms}
    assert len(whole) == len(everything.terms)
    unit = {"MAC": Fraction(1, 2), "byte": convention.element_bytes}
    if name in PLANNED:  # the optimizer says how many bytes a weight has, and there is one device
        unit["byte"] = 1
    found = quantity.ledger(root, convention, scope)
    for term in found.terms:
        full = whole[term.path, term.label]
        assert (term.axes, term.sizes, term.repeats, term.over, term.role) == (
            full.axes,
            full.sizes,
            full.repeats,
            full.over,
            full.role,
        )
        masked = full.op is not None and full.op.mask and name.startswith("flops")
        share = ratios[convention.causal] if masked else Poly.of(1)
        factor = unit.get(found.unit, 1)
        if term.label.startswith(("index of", "mask of")):
            factor = 1  # whatever the size of a number
        assert term.amount == full.amount * share * factor


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", sorted(quantities()))
@given(convention=conventions(), scope=st.sampled_from(SCOPES), at=sizes())
@seldom
def test_evaluating_and_summing_commute(
    model: str, name: str, convention: Convention, scope: str, at: dict[Dim, int]
) -> None:
    ledger = quantities()[name].ledger(symcost.load(model).root, convention, scope)
    values = {**at, dim("vocab"): 97, dim("positions"): 64}
    assert ledger.at(values) == ledger.total.at(values)
    assert sum(ledger.by_part().values(), Poly()) == ledger.total
    assert sum(ledger.by_role().values(), Poly()) == ledger.total


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", sorted(quantities()))
def test_layers_and_the_rest_are_all(model: str, name: str) -> None:
    ledger = quantities()[name].ledger(symcost.load(model).root, Convention("all", "", flops=ALL))
    layer = ledger.only(lambda term: term.path[0] == "layer")
    rest = ledger.only(lambda term: term.path[0] != "layer")
    one = layer.total / L
    assert L not in one.dims()
    assert L not in rest.total.dims()
    assert one * L + rest.total == ledger.total


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", sorted(quantities()))
@pytest.mark.parametrize("style", [None, *STYLES])
@given(convention=conventions(), scope=st.sampled_from(SCOPES), at=sizes())
@settings(max_examples=5, deadline=None, derandomize=True)
def test_every_closed_form_is_the_sum_of_its_ledger(
    model: str, name: str, style: str, convention: Convention, scope: str, at: dict[Dim, int]
) -> None:
    loaded = symcost.load(model)
    form = loaded.form(name, convention=convention, scope=scope, style=style)
    ledger = loaded.ledger(name, convention=convention, scope=scope)
    values = {**at, dim("vocab"): 97, dim("positions"): 64, D: at[H] * at[DH]}
    assert evaluate(form, values) == ledger.at(values)
    assert same(form, expanded(ledger.total), loaded.architecture.relations)
