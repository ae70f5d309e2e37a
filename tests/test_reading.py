"""Formulas as people write them are read as they mean, or refused with a column; never otherwise.

`tests/data/notation.jsonl`: inputs with their meaning as Python, a list for a chain of equal sides,
null for what must be refused. Meanings are evaluated by a small evaluator of their own.
"""

from __future__ import annotations

import ast
import json
import math
import operator
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from symcost.algebra.dim import Dim, foreign
from symcost.algebra.form import Sym, evaluate
from symcost.algebra.form import meaning as form_meaning
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.formula import read_formula
from symcost.checking.grammar import ReadError, Reading
from symcost.checking.latex import read_latex
from symcost.checking.powers import with_powers
from symcost.checking.tree import Node, meaning, names_of, python, to_form
from symcost.render.latex import LatexMath

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "notation.jsonl").read_text().splitlines()
]
READERS: dict[str, Any] = {"latex": read_latex, "python": read_formula}
OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: base ** int(exponent),
}
CALLS: dict[str, Any] = {
    "floor": math.floor,
    "ceiling": math.ceil,
    "Mod": lambda left, right: left - right * math.floor(left / right),
    "Min": min,
    "Max": max,
    "Rational": operator.truediv,
}


def expected(text: str, values: dict[str, int]) -> Fraction:
    return _expected(ast.parse(text.replace("non-emb", "non_emb"), mode="eval").body, values)


def _expected(node: ast.AST, values: dict[str, int]) -> Fraction:
    match node:
        case ast.Constant(value=int() as value):
            return Fraction(value)
        case ast.Name(id=name):
            return Fraction(values[name])
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_expected(inner, values)
        case ast.BinOp(left=left, op=sign, right=right):
            sides = _expected(left, values), _expected(right, values)
            return Fraction(OPERATORS[type(sign)](*sides))
        case ast.Call(func=ast.Name(id=name), args=args):
            return Fraction(CALLS[name](*(_expected(each, values) for each in args)))
    raise AssertionError(ast.dump(node))


def letter(name: str) -> Dim:
    """A symbol for a name of a formula."""
    return foreign(name.replace("-", "_").lstrip("_"))


def value(node: Node, values: dict[str, int]) -> Fraction:
    """By numbers from the start."""
    found = meaning(node, lambda name: Poly.of(values[name.replace("-", "_")]))
    return Fraction(found.top.at({})) / Fraction(found.bottom.at({}))


def value_of_normal_form(node: Node, values: dict[str, int]) -> Fraction:
    """By symbols, numbers last."""
    found = meaning(node, lambda name: Ratio.of(letter(name)))
    dims = {letter(name): number for name, number in values.items()}
    return Fraction(found.at(with_powers(found, dims)))


def value_of_form(node: Node, values: dict[str, int]) -> Fraction:
    """By the tree that is shown."""
    form = to_form(node, lambda name: Sym(letter(name)))
    dims = {letter(name): number for name, number in values.items()}
    return Fraction(evaluate(form, with_powers(form_meaning(form), dims)))


def read_case(case: dict[str, Any]) -> Reading:
    return READERS[case["language"]](case["text"], case.get("known", ()))


REFUSED = [case for case in CASES if case["meaning"] is None]
READ = [case for case in CASES if case["meaning"] is not None]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["id"])
def test_what_has_no_certain_meaning_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ReadError, match=r"\Acolumn \d+: [^\n]{5,160}\Z") as error:
        read_case(case)
    assert 0 <= error.value.at <= len(case["text"])


@pytest.mark.parametrize("case", READ, ids=lambda case: case["id"])
def test_notation(case: dict[str, Any]) -> None:
    means = case["meaning"] if isinstance(case["meaning"], list) else [case["meaning"]]
    reading = read_case(case)
    (chain,) = reading.chains
    assert len(chain.sides) == len(means)
    assert bool(reading.notes) or not case.get("notes")
    source = random.Random(1)
    for side, text in zip(chain.sides, means, strict=True):
        names = [name.replace("-", "_") for name in names_of(side)]
        for _ in range(3):
            values = {name: source.randrange(2, 60) for name in names}
            wanted = expected(text, values)
            assert value(side, values) == wanted
            assert value_of_normal_form(side, values) == wanted
            assert value_of_form(side, values) == wanted


def test_the_cases_are_many() -> None:
    assert len(READ) >= 300
    assert len(REFUSED) >= 200
    assert len({case["id"] for case in CASES}) == len(CASES)


def same(left: Node, right: Node) -> bool:
    def stands_for(name: str) -> Ratio:
        return Ratio.of(letter(name))

    return meaning(left, stands_for) == meaning(right, stands_for)


@pytest.mark.parametrize("case", READ, ids=lambda case: case["id"])
def test_what_is_echoed_and_printed_reads_back(case: dict[str, Any]) -> None:
    for side in read_case(case).chains[0].sides:
        names = {name.replace("-", "_") for name in names_of(side)}
        assert same(read_formula(python(side), names).chains[0].sides[0], side)
        if not names & {"lambda"}:
            shown = LatexMath().write(to_form(side, lambda name: Sym(letter(name))))
            assert same(read_latex(shown, names).chains[0].sides[0], side)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"12\,288 d", "12288*d"),
        (r"\frac12 d", "(1/2)*d"),
        (r"\frac d h", "d/h"),
        (r"d_k h^2", "d_k*h**2"),
        (r"\left\lceil \frac{V}{64} \right\rceil \cdot 64", "ceil(V/64)*64"),
        (r"\sum_{i=0}^{L-1} d", "L*d"),
        (r"12 \cdot L \cdot d^2 \,\text{FLOPs}", "12*L*d**2"),
        (r"P = \underbrace{4d^2}_{W_Q, W_K} L", "P = 4*d**2*L"),
        (r"\begin{align*} F &= 2 B s \\ &\quad + 4 d \end{align*}", "F = 2*B*s + 4*d"),
        (r"\begin{align} a &= b \\ &= c \\ d &= e \end{align}", "a = b = c; d = e"),
        (r"3.14\times10^{23}", "(157/50)*10**23"),
        (r"n_{\rm layer} d_\mathrm{ff}", "n_layer*d_ff"),
        (r"-(d+1)(d-1)", "-(d + 1)*(d - 1)"),
        (r"12 L d²", "12*L*d**2"),
    ],
)
def test_latex_as_it_is_echoed(text: str, read: str) -> None:
    assert echo(read_latex(text)) == read


def echo(reading: Reading) -> str:
    return "; ".join(" = ".join(map(python, chain.sides)) for chain in reading.chains)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "column 1: there is no formula"),
        (r"d^23", "column 3: LaTeX raises to the first digit only"),
        (r"d^n", "column 2: an exponent must be a whole number"),
        (r"d^{2n}", "column 2: an exponent must be a whole number"),
        (r"O(d)", "column 1: O(...) is a bound"),
        (r"\mathcal{O}(d)", "column 1: O(...) is a bound"),
        (r"f(x, y)", "column 1: f(...) is a function"),
        (r"\log d", r"column 1: \log is not read"),
        (r"\sum_{l=1}^L d_l", "column 1: a sum whose terms change with l"),
        (r"(d", "column 3: '(' of column 1 is not closed"),
        (r"(d]", "column 3: '(' of column 1 is not closed"),
        (r"2 3", "column 3: a number cannot follow without a sign"),
        (r"1.000.000", "column 6: a number cannot follow without a sign"),
        (r"12 L d^2 + \dots", r"column 12: \dots is not read"),
        (r"L d \text{where } L=12", "column 5: the words 'where' in a product"),
        (r"12 d (\text{approx})", "column 7: the words 'approx' inside a formula"),
        (r"\frac{1}{0}", "column 1: divides by zero"),
        (r"d!", "column 2: '!' is not understood"),
        (r"\begin{tikzpicture} d", "column 1: the environment 'tikzpicture' is not read"),
        (r"\input{x}", r"column 1: \input is not read"),
        ("(" * 200 + "d" + ")" * 200, "column 41: nested more than 40 deep"),
    ],
)
def test_what_latex_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ReadError) as error:
        read_latex(text)
    assert str(error.value).startswith(problem)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("6ND", "6*N*D"),
        ("Vd + 12Ld^2", "V*d + 12*L*d**2"),
        ("2d_model", "2*d_model"),
        ("cfg.n_embd * 2", "n_embd*2"),
        ("L(4d^2 + 1)", "L*(4*d**2 + 1)"),
        ("d//h", "floor(d/h)"),
        ("np.ceil(d/2)", "ceil(d/2)"),
        ("1e9", "1000000000"),
        ("2**-1 * d", "2**-1*d"),
    ],
)
def test_typed_as_it_is_echoed(text: str, read: str) -> None:
    assert echo(read_formula(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os").system("touch hit")',
        "9**9**9**9",
        "(" * 100_000,
        "9" * 10_000_000,
        "(a+b+c+d+e+f+g)**60",
        "((((9**64)**64)**64)**64)**64",
        "x if y else z",
        "12Ld2",
        "f(x)",
        "d\x00",
        "lambda: 0",
    ],
    ids=lambda text: text[:20],
)
def test_what_typed_text_is_refused(text: str) -> None:
    with pytest.raises(ReadError, match=r"^column \d+: "):
        read_formula(text)


def test_what_could_be_read_in_two_ways_is_noted() -> None:
    assert read_latex(r"a/b c").notes
    assert read_latex(r"12\,288").notes
    assert read_formula("6ND").notes
    assert not read_formula("6*N*D").notes
    assert read_latex(r"2\,\text{bytes}").unit == "bytes"
