"""Random display trees and whole-number trees, held against arithmetic written down here.

The polynomials of `test_properties` are sums of terms. A tree may be anything that an author can
write: quotients of sums, powers below a bar, names, braces, floor of a minimum.
"""

from __future__ import annotations

import copy
import pickle
import re
from fractions import Fraction
from itertools import pairwise
from itertools import product as every
from math import ceil, floor, prod
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symcost.algebra.dim import Dim, DimensionError, dim, find, foreign, powered, primed, stand_in
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
    exchanged,
    meaning,
    names_in,
    negate,
    polynomial,
    power,
    product,
    reordered,
    repeated,
    split_sign,
    total,
    unbraced,
)
from symcost.algebra.numbers import gathered, origin, with_numbers
from symcost.algebra.phrase import every as every_of
from symcost.algebra.phrase import listed
from symcost.algebra.plain import PYTHON, Plain, people, python
from symcost.algebra.poly import Call, Poly, UnboundError
from symcost.algebra.program import Instruction, Program, program
from symcost.algebra.proof import Derivation, Estimate, Rule, Step, limit, rewritten
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import operations, symbols, written
from symcost.algebra.symbolic import to_sympy
from symcost.algebra.whole import (
    Add,
    Const,
    Div,
    DivisorError,
    Mul,
    Over,
    Pick,
    Size,
    Whole,
    fraction,
    majorant,
    natural,
    plus,
    positive,
    sizes_of,
    times,
)
from tests.test_properties import by_name, read

S, H, D = (dim(word) for word in ("time", "heads", "model"))
often = settings(max_examples=50, deadline=None, derandomize=True)
seldom = settings(max_examples=20, deadline=None, derandomize=True)
POINTS = [dict(zip((S, H, D), sizes, strict=True)) for sizes in every((1, 2, 5), repeat=3)]

# -- display trees ---------------------------------------------------------------------------------


def value(form: Form, at: dict[Dim, int]) -> Fraction:
    """What a tree is worth, said once more."""
    match form:
        case Num(number):
            return Fraction(number)
        case Sym(size):
            return Fraction(at[size])
        case Named(_, _, inner) | Under(inner, _):
            return value(inner, at)
        case Product(parts):
            return prod((value(each, at) for each in parts), start=Fraction(1))
        case Sum(parts):
            return sum((value(each, at) for each in parts), Fraction(0))
        case Power(base, exponent):
            return value(base, at) ** exponent
        case Quotient(top, bottom):
            return value(top, at) / value(bottom, at)
        case Function(name, parts):
            held = [value(each, at) for each in parts]
            found = {"floor": floor, "ceil": ceil}.get(name)
            return Fraction(found(held[0]) if found else {"min": min, "max": max}[name](held))


leaves = st.one_of(
    st.integers(-6, 9).map(Num),
    st.sampled_from((S, H, D)).map(Sym),
    st.builds(Fraction, st.integers(1, 9), st.sampled_from((2, 3))).map(Num),
)


def grown(inner: st.SearchStrategy[Form], divided: st.SearchStrategy[Form]) -> Any:
    some = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        some.map(Product),
        some.map(Sum),
        some.map(lambda parts: Function("min", parts)),
        some.map(lambda parts: Function("max", parts)),
        inner.map(lambda part: Under(part, "a label", "wrong")),
        inner.map(lambda part: Named("P", "all of it", part)),
        st.builds(Power, inner, st.integers(0, 3)),
        st.builds(Power, divided, st.integers(-2, -1)),
        st.builds(Quotient, inner, divided),
        st.builds(Quotient, inner, divided).map(lambda part: Function("floor", (part,))),
        st.builds(Quotient, inner, divided).map(lambda part: Function("ceil", (part,))),
    )


# What may stand below a bar: positive at all sizes, and a single term or a sum.
below = st.sampled_from(
    (Sym(S), Sym(H), Num(3), Product((Num(2), Sym(D))), Sum((Sym(S), Sym(D))), Power(Sym(H), 2))
)
forms = st.recursive(leaves, lambda inner: grown(inner, below), max_leaves=7)
sizes = st.fixed_dictionaries({S: st.integers(1, 9), H: st.integers(1, 9), D: st.integers(1, 9)})


@often
@given(forms, sizes)
def test_a_tree_is_worth_what_it_says(form: Form, at: dict[Dim, int]) -> None:
    worth = value(form, at)
    assert evaluate(form, at) == worth
    for same in (unbraced(form), negate(negate(form)), product([form]), total([form, Num(0)])):
        assert value(same, at) == worth
    assert value(negate(form), at) == -worth
    negative, rest = split_sign(form)
    assert value(rest, at) == (-worth if negative else worth)
    assert value(power(form, 2), at) == worth**2
    assert value(total([form, form, Num(1)]), at) == 2 * worth + 1
    assert value(product([form, form, Num(3)]), at) == 3 * worth**2


@often
@given(forms, sizes)
def test_the_normal_form_is_worth_the_same(form: Form, at: dict[Dim, int]) -> None:
    try:
        normal = meaning(form)
    except ValueError:  # floor, min and max of a quotient of sums have no normal form
        assume(False)
    assert normal.at(at) == value(form, at)
    assert set(normal.dims()) <= set(dims_of(form))
    plain = dict(at)
    assert normal.substitute({D: 2 * Poly.of(H)}).at(plain) == value(form, {**at, D: 2 * at[H]})


@often
@given(forms, sizes)
def test_what_is_written_reads_back(form: Form, at: dict[Dim, int]) -> None:
    opened = exchanged(form, {name: name.value for name in names_in(form)})
    while names_in(opened):
        opened = exchanged(opened, {name: name.value for name in names_in(opened)})
    assert read(python(opened), by_name(at)) == value(form, at)
    toned = Plain("*", "**", grouped=False, toned=lambda text, *_: f"({text})")
    assert read(toned.write(opened), by_name(at)) == value(form, at)
    assert PYTHON.write(form).count("P_all_of_it") == people(form).count("P_all_of_it")


@often
@given(forms, sizes)
def test_the_symbols_of_a_tree(form: Form, at: dict[Dim, int]) -> None:
    shown = dims_of(form)
    assert list(shown) == sorted(shown, key=lambda each: each.key)
    for each in (S, H, D):
        if each not in shown:
            assert value(form, {**at, each: 7}) == value(form, at)
        elif not names_in(form):
            assert each.symbol in python(form)
    lacking = {each: size for each, size in at.items() if each not in shown[:1]}
    if shown:
        with pytest.raises(UnboundError):
            evaluate(form, lacking)


def signs(form: Form) -> int:
    """How many signs of operations a tree has."""
    match form:
        case Under(inner, _):
            return signs(inner)
        case Product(parts) | Sum(parts):
            return sum(1 + signs(each) for each in parts) - 1
        case Function(_, parts):
            return max(1, len(parts) - 1) + sum(signs(each) for each in parts)
        case Power(base, _):
            return 1 + signs(base)
        case Quotient(top, bottom):
            return 1 + signs(top) + signs(bottom)
    return 0


@often
@given(forms)
def test_what_is_counted_is_what_is_written(form: Form) -> None:
    assert operations(form) == signs(form)
    # A name counts once, whatever it holds; its letters are all that is written of it.
    bare = exchanged(form, {name: Sym(S) for name in names_in(form)})
    written = python(bare).replace("min", "").replace("max", "").replace("floor", "")
    assert symbols(form) == symbols(bare) == len(re.findall(r"[shd]", written))


@often
@given(forms, sizes)
def test_numbers_are_put_in_to_one_number(form: Form, at: dict[Dim, int]) -> None:
    if not dims_of(form):
        assert with_numbers(form, at) == ()
        return
    try:
        steps = with_numbers(form, at)
    except ValueError:  # steps are proved in normal forms, which min of a quotient has not
        assume(False)
    assert steps[0].before == form
    assert all(one.after == next_.before for one, next_ in pairwise(steps))
    last = steps[-1].after
    assert isinstance(last, Num)
    assert last.value == value(form, at)
    for step in steps:  # every number knows what it is the value of
        assert value(origin(step.after), at) == value(form, at)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Product((Num(2), Sym(S))), Product((Sym(S), Num(2))), True),
        (Product((Num(2), Sym(S))), Product((Sym(S), Num(3))), False),
        (Product((Num(2), Sym(S))), Sum((Num(2), Sym(S))), False),
        (Sum((Sym(H), Sym(S), Num(1))), Sum((Num(1), Sym(H), Sym(S))), True),
        (Sum((Sym(H), Sym(S))), Sum((Sym(H), Sym(H))), False),
        (Sym(S), Sym(S), True),
        (Sym(S), Sym(H), False),
    ],
)
def test_another_order_is_no_other_formula(left: Form, right: Form, same: bool) -> None:
    assert reordered(left, right) is same


def test_neighbours_are_gathered_in_the_order_given() -> None:
    assert people(repeated([D, D, S])) == "d^2 s"
    assert people(repeated([S, D, S])) == "s^2 d"
    assert repeated([]) == Num(1)


def test_letters_inside_a_minimum_stay() -> None:
    inside = Product((Num(2), Sym(H), Function("min", (Sym(S), Sym(D)))))
    assert gathered(inside, {H: 3}) is None
    assert with_numbers(inside, {H: 3}, live=True) == ()
    both = gathered(Product((Num(2), Sym(H), Function("min", (Sym(S), Num(4))))), {S: 9})
    assert both is not None
    assert people(both) == "8 h"
    assert people(origin(both)) == "2 min(4, s) h"


@seldom
@given(forms)
def test_sympy_says_the_same_of_a_tree(form: Form) -> None:
    import sympy

    at: dict[Dim, int] = {S: 5, H: 2, D: 7}
    found = to_sympy(form).subs({each.sympy: size for each, size in at.items()})
    expected = value(form, at)
    assert sympy.Rational(expected.numerator, expected.denominator) == found


# -- whole numbers ---------------------------------------------------------------------------------


def whole(node: Whole, at: dict[Dim, int]) -> int:
    """What a tree of whole numbers is worth."""
    match node:
        case Const(number):
            return number
        case Size(size):
            return at[size]
        case Add(terms):
            return sum(whole(each, at) for each in terms)
        case Mul(factors):
            return prod(whole(each, at) for each in factors)
        case Div(way, top, bottom):
            quotient = Fraction(whole(top, at), whole(bottom, at))
            return floor(quotient) if way == "floor" else ceil(quotient)
        case Pick(way, args):
            held = [whole(each, at) for each in args]
            return min(held) if way == "min" else max(held)


def run(made: Program, at: dict[Dim, int]) -> list[int]:
    """Every value of a program, one after the other."""
    found: list[int] = []
    for each in made.values:
        if isinstance(each, int):
            found.append(each)
        elif isinstance(each, Dim):
            found.append(at[each])
        else:
            assert isinstance(each, Instruction)
            left, right = found[each.left], found[each.right]
            if each.name == "exact":
                assert left % right == 0
            found.append(
                {
                    "add": left + right,
                    "sub": left - right,
                    "mul": left * right,
                    "floor": left // (right or 1),
                    "exact": left // (right or 1),
                    "min": min(left, right),
                    "max": max(left, right),
                }[each.name]
            )
    return found


def trees(inner: st.SearchStrategy[Whole]) -> Any:
    some = st.lists(inner, min_size=2, max_size=3)
    divisors = st.sampled_from((Const(2), Size(H), Mul((Const(3), Size(S))), Const(1)))
    return st.one_of(
        some.map(plus),
        some.map(times),
        st.builds(Div, st.sampled_from(("floor", "ceil")), inner, divisors),
        st.builds(Pick, st.sampled_from(("min", "max")), some.map(tuple)),
    )


atoms: st.SearchStrategy[Whole] = st.one_of(
    st.integers(-4, 4).map(Const), st.sampled_from((Size(S), Size(H), Size(D)))
)
wholes = st.recursive(atoms, trees, max_leaves=6)


@often
@given(wholes)
def test_what_is_seen_of_a_sign_holds_at_all_sizes(node: Whole) -> None:
    values = [whole(node, at) for at in POINTS]
    assert not positive(node) or min(values) >= 1
    assert not natural(node) or min(values) >= 0
    assert natural(node) or not positive(node)
    bound = majorant(node)
    for at, found in zip(POINTS, values, strict=True):
        assert abs(found) <= whole(bound, at)
    assert [each.key for each in sizes_of(node)] == sorted(each.key for each in sizes_of(node))
    for each in {S, H, D} - set(sizes_of(node)):
        assert {whole(node, at) for at in POINTS if at[each] == 1} == set(values)


@often
@given(wholes)
def test_a_program_does_what_the_tree_says(node: Whole) -> None:
    made = program(Over(node, 1, ()))
    assert len(set(made.values)) == len(made.values)  # nothing is computed twice
    bounds = made.bounds({S: 5, H: 5, D: 5})
    for at in POINTS:
        values = run(made, at)
        assert values[made.result] == whole(node, at)
        assert all(abs(each) <= most for each, most in zip(values, bounds, strict=True))


@often
@given(forms)
def test_a_form_is_one_whole_number_over_another(form: Form) -> None:
    try:
        over = fraction(form)
    except DivisorError:
        assume(False)
    assert over.number >= 1
    for at in POINTS[::5]:
        bottom = whole(over.bottom, at)
        assert bottom >= 1
        assert Fraction(whole(over.top, at), bottom) == value(form, at)
        try:
            made = program(over)
            assert run(made, at)[made.result] == value(form, at)
        except AssertionError:  # `exact` is for counts, which are whole
            assert value(form, at).denominator != 1


s, h, one = Size(S), Size(H), Const(1)


@pytest.mark.parametrize(
    ("node", "least"),
    [
        (Const(1), 1),
        (Const(0), 0),
        (Const(-1), None),
        (s, 1),
        (Add((s, Const(-1))), 0),
        (Add((s, Const(-2))), None),
        (Add((s, h, Const(-2))), 0),
        (Add((s, h, Const(-3))), None),
        (Add((s, Const(0))), 1),
        (Add((Mul((Const(-1), s)), h)), None),
        (Mul((s, h)), 1),
        (Mul((Const(0), s)), 0),
        (Mul((Const(-2), s)), None),
        (Div("floor", s, Const(2)), 0),
        (Div("ceil", s, Const(2)), 1),
        (Div("ceil", Add((s, Const(-1))), Const(2)), 0),
        (Div("ceil", Add((s, Const(-5))), Const(2)), None),
        (Pick("max", (Const(-3), s)), 1),
        (Pick("max", (Const(-3), Const(0))), 0),
        (Pick("max", (Const(-3), Const(-1))), None),
        (Pick("min", (Const(3), s)), 1),
        (Pick("min", (Const(0), s)), 0),
        (Pick("min", (Const(-1), s)), None),
    ],
)
def test_signs_are_seen_where_they_are_plain(node: Whole, least: int | None) -> None:
    assert positive(node) is (least == 1)
    assert natural(node) is (least is not None)


@pytest.mark.parametrize(
    ("form", "top", "number", "factors"),
    [
        (Quotient(Product((Num(6), Sym(S))), Num(4)), Mul((Const(3), s)), 2, ()),
        (Quotient(Product((Sym(S), Sym(H))), Sym(S)), h, 1, ()),
        (Quotient(Sym(S), Num(-2)), Mul((Const(-1), s)), 2, ()),
        (Sum((Quotient(Num(1), Num(2)), Quotient(Num(1), Num(3)))), Const(5), 6, ()),
        (Sum((Quotient(Num(1), Sym(S)), Num(1))), Add((s, one)), 1, (s,)),
        (Power(Sym(S), -2), one, 1, (s, s)),
        (Power(Sym(S), 0), one, 1, ()),
        (Quotient(Num(4), Product((Num(6), Sym(S)))), Const(2), 3, (s,)),
        (Quotient(Sym(H), Product((Num(-2), Sym(S)))), Mul((Const(-1), h)), 2, (s,)),
        (Function("floor", (Num(Fraction(7, 2)),)), Const(3), 1, ()),
        (Function("ceil", (Num(Fraction(7, 2)),)), Const(4), 1, ()),
        (Function("ceil", (Num(Fraction(-7, 2)),)), Const(-3), 1, ()),
        (Function("floor", (Sym(S),)), s, 1, ()),
        (Function("min", (Num(Fraction(1, 2)), Num(Fraction(1, 3)))), one, 3, ()),
        (Function("max", (Num(Fraction(1, 2)), Num(Fraction(1, 3)))), one, 2, ()),
        (Named("P", "", Under(Sym(S), "x")), s, 1, ()),
    ],
)
def test_fractions_are_in_lowest_terms(
    form: Form, top: Whole, number: int, factors: tuple[Whole, ...]
) -> None:
    assert fraction(form) == Over(top, number, factors)


@pytest.mark.parametrize("bottom", [Num(0), Sum((Sym(S), Num(-1))), Product((Num(0), Sym(S)))])
def test_no_program_divides_by_what_may_be_nothing(bottom: Form) -> None:
    with pytest.raises(DivisorError, match="divides by what may be zero or negative"):
        fraction(Quotient(Sym(H), bottom))


@pytest.mark.parametrize("function", ["floor", "ceil"])
def test_floor_and_ceil_are_of_one_thing(function: str) -> None:
    with pytest.raises(ValueError, match=f"{function} takes one argument, not 2"):
        Call(function, [Poly.of(S), Poly.of(H)])


def test_phrases_say_all_their_parts() -> None:
    parts = ["a", "b", "c"]
    assert [every_of(parts), listed(parts), listed(["a"])] == ["a and b and c", "a, b and c", "a"]
    assert every_of(parts).said(lambda key: key.replace("and", "und"), str) == "a and b und c"


# -- symbols and claims ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size",
    [D, primed(D), powered(2, S), foreign("strange_width", "said so"), stand_in("name_3", 3)],
    ids=str,
)
def test_a_symbol_survives_a_copy(size: Dim) -> None:
    for made in (pickle.loads(pickle.dumps(size)), copy.deepcopy(size)):
        assert (made.symbol, made.key, made.meaning) == (size.symbol, size.key, size.meaning)
        assert made.stands_in is size.stands_in
        assert made == size


def test_a_prime_is_found_by_its_name() -> None:
    assert find("d'") is primed(D)
    with pytest.raises(DimensionError, match="'q_q_q' is not a known symbol"):
        find("q_q_q'")


def test_ratios_say_what_they_lack_and_cannot_be_keys() -> None:
    ratio = Ratio(Poly.of(S), Poly.of(H) + D)
    with pytest.raises(UnboundError, match=r"no value for d \(width of the model\)") as error:
        ratio.at({S: 1, H: 2})
    assert error.value.dims == (D,)
    with pytest.raises(TypeError, match="no hash"):
        hash(ratio)


ONE, BOTH = Num(1), Sum((Sym(S), Sym(H)))


@pytest.mark.parametrize(
    ("dropped", "sign"),
    [
        (Sym(S), "+"),
        (Num(0), "0"),
        (Product((Num(-2), Sym(S))), "-"),
        (Sum((Sym(S), Product((Num(-1), Sym(H))))), "?"),
        (Quotient(Sym(S), BOTH), "?"),
    ],
)
def test_the_sign_of_what_is_dropped(dropped: Form, sign: str) -> None:
    estimate = Estimate(total([Sym(D), dropped]), Sym(D), dropped)
    assert estimate.sign == sign
    assert estimate.relative == meaning(Quotient(dropped, Sym(D)))


@pytest.mark.parametrize(
    ("top", "bottom", "found"),
    [
        (Poly.of(S) * 3 + 1, Poly.of(S) * 2 + H, Poly.of(Fraction(3, 2))),
        (Poly.of(S) * H, Poly.of(S) + 1, Poly.of(H)),
        (Poly.of(H), Poly.of(S) + 1, Poly()),
        (Poly(), Poly.of(S) + 1, Poly()),
        (Poly.of(S) * S, Poly.of(S) + 1, None),
        (1 / Poly.of(S), Poly.of(1), Poly()),
    ],
)
def test_limits(top: Poly, bottom: Poly, found: Poly | None) -> None:
    assert limit(Ratio(top, bottom), S) == found
    if bottom == 1:
        assert Estimate(Num(0), Num(0), Num(0)).sign == "0"


def test_limits_that_are_no_polynomial_are_refused() -> None:
    with pytest.raises(ValueError, match="the limit for s is a quotient of sums"):
        limit(Ratio(Poly.of(S) * H, Poly.of(S) * (Poly.of(H) + D)), S)
    with pytest.raises(ValueError, match="the limit for s meets floor, ceil, min or max"):
        limit(meaning(Quotient(Function("min", (Sym(S), Sym(D))), BOTH)), S)


def test_a_claim_shows_and_evaluates_its_first_line() -> None:
    start, end = Sum((Sym(S), Sym(S))), Product((Num(2), Sym(S)))
    claim = Derivation(Named("P", "all", end), (Step(start, end, Rule.GATHER),), "said", (), start)
    assert repr(claim) == "<symcost claim P_all = 2 s>"
    assert claim.evaluate({S: 21}) == 42
    assert claim.given == ()


def test_what_is_exchanged_keeps_its_braces() -> None:
    held = Under(Named("P", "all", Sym(S)), "heads", "wrong")
    assert exchanged(held, {Named("P", "all", Sym(S)): Sym(D)}) == Under(Sym(D), "heads", "wrong")


@pytest.mark.parametrize("by", [S, H])
def test_a_chain_collects_by_what_was_asked(by: Dim) -> None:
    start = Product((Sum((Sym(S), Sym(H))), Sum((Sym(S), Sym(H), Num(1)))))
    last = rewritten(start, (), "collected", by)[-1]
    assert last.by is by
    powers = polynomial(start).coefficients(by)
    assert isinstance(last.after, Sum)
    assert len(last.after.terms) == len(powers)


@pytest.mark.parametrize("number", [3, Fraction(1, 2)])
def test_numbers_on_the_left(number: Fraction) -> None:
    s = Poly.of(S)
    assert (number - s).at({S: 5}) == number - 5
    assert (number + s).at({S: 5}) == number + 5
    assert (number * s).at({S: 5}) == number * 5
    assert (number / s).at({S: 5}) == Fraction(number) / 5


def test_a_number_is_its_value_whatever_it_is_the_value_of() -> None:
    assert Num(3, Sym(S)) == Num(3)
    assert hash(Num(3, Sym(S))) == hash(Num(3))


def test_numbers_are_given_and_need_no_reason() -> None:
    steps = with_numbers(Sum((Sym(S), Sym(H))), {S: 2, H: 3})
    assert [(each.reason, [given.reason for given in each.given]) for each in steps] == [
        ("", ["given", "given"]), ("", [])
    ]  # fmt: skip
    (partly,) = with_numbers(Sum((Sym(S), Sym(H))), {S: 2})
    assert (partly.reason, [each.reason for each in partly.given]) == ("", ["given"])


def test_the_degree_of_nothing_and_of_a_number() -> None:
    assert Poly().degree(S) == 0
    assert Poly.of(7).degree(S) == 0
    assert (Poly.of(S) * S + S).degree(S) == 2


@pytest.mark.parametrize("by", [S, H])
def test_names_stay_as_they_stand_while_what_is_around_them_is_rewritten(by: Dim) -> None:
    held = Named("P", "all", Sum((Sym(D), Num(1))))
    start = Product((Sum((Sym(S), held)), Sum((Sym(S), Sym(H), Num(1)))))
    last = rewritten(start, (), "collected", by)[-1]
    assert last.by is by
    assert names_in(last.after) == (held,)
    assert polynomial(last.after) == polynomial(start)


def test_a_last_term_without_the_symbol_is_written_whole() -> None:
    poly = Poly.of(S) * S * 4 + Poly.of(S) * 8 + Poly.of(H) * 2 + 2 * Poly.of(D)
    found = written(poly, "collected", S).form
    assert people(found) == "2 (2 s^2 + 4 s + d + h)"
    apart = Poly.of(S) * 3 + Poly.of(H) * 2 + 2 * Poly.of(D)
    assert people(written(apart, "collected", S).form) == "3 s + 2 (d + h)"
    single = Poly.of(S) * 3 + 2 * Poly.of(H)
    assert people(written(single, "collected", S).form) == "3 s + 2 h"
