"""In which words a formula is refused, and where; sums over an index, added up one by one."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from symcost.checking.formula import read_formula
from symcost.checking.grammar import ReadError
from symcost.checking.latex import read_latex
from symcost.checking.tree import names_of, python
from tests.nodes import value
from tests.test_properties import read
from tests.test_reading import READ, read_case

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "refusals.jsonl").read_text().splitlines()
]
READERS = {"latex": read_latex, "python": read_formula}


@pytest.mark.parametrize("language", READERS)
def test_every_refusal_says_where_and_why(language: str) -> None:
    rows = {each["text"]: each["says"] for each in ROWS if each["language"] == language}
    said = {}
    for text in rows:
        with pytest.raises(ReadError) as error:
            READERS[language](text)
        said[text] = str(error.value)
    assert said == rows
    assert len(rows) > 120


def test_every_reading_is_echoed_with_its_notes() -> None:
    """What the formulas of `notation.jsonl` mean is held against numbers in `test_reading`."""
    path = Path(__file__).parent / "data" / "echoes.jsonl"
    recorded = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = []
    for case in READ:
        reading = read_case(case)
        echo = [" = ".join(map(python, each.sides)) for each in reading.chains]
        found.append({"id": case["id"], "echo": echo, "notes": list(reading.notes)})
    assert found == recorded


# A body with its index `l`, in LaTeX and as Python has it.
BODIES = {
    "d": "d",
    "l": "l",
    "l d": "l*d",
    "l^2": "l**2",
    "2 l^3 h": "2*l**3*h",
    r"\frac{l d}{h}": "l*d/h",
    "(l + 1)(l + 2)": "(l + 1)*(l + 2)",
    "(l d + h)(l + d)": "(l*d + h)*(l + d)",
    "d^2 (l + h)": "d**2*(l + h)",
}
BOUNDS = [
    ("1", "L"), ("0", "L"), ("0", "L - 1"), ("2", "L"), ("3", "L + 2"), ("m", "L"), ("m + 1", "L"),
    ("1", "4"),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("bounds", BOUNDS, ids=" to ".join)
def test_a_sum_is_what_its_terms_add_up_to(body: str, bounds: tuple[str, str]) -> None:
    text = rf"\sum_{{l={bounds[0]}}}^{{{bounds[1]}}} {body}"
    ((side,),) = (chain.sides for chain in read_latex(text).chains)
    for sizes in ({"L": 7, "m": 3, "d": 5, "h": 2}, {"L": 9, "m": 4, "d": 2, "h": 3}):
        given = {name: Fraction(size) for name, size in sizes.items()}
        first, last = (int(read(bound, given)) for bound in bounds)
        terms = [read(BODIES[body], {**given, "l": Fraction(at)}) for at in range(first, last + 1)]
        assert value(side, {name: sizes[name] for name in names_of(side)}) == sum(terms)


@pytest.mark.parametrize(
    ("text", "sides", "notes"),
    [
        ("d₁ + x²", "d_1 + x**2", ()),
        ("= 2 d", "2*d", ("what stands before the first sign of equality is missing",)),
        ("d(h)", "d*h", ("the bracket (h) behind a name is read as a factor",)),
        ("2**3**2 * n", "2**9*n", ()),
        ("1_000 d", "1000*d", ()),
        ("1e3 d", "1000*d", ()),
        ("d // h // 2", "floor(floor(d/h)/2)", ()),
        ("2(d+1)(h-1)", "2*(d + 1)*(h - 1)", ()),
        ("2**-n", "2**(-n)", ()),
        ("d % 3", "(d % 3)", ()),
    ],
)
def test_typed_formulas(text: str, sides: str, notes: tuple[str, ...]) -> None:
    reading = read_formula(text)
    assert [" = ".join(map(python, each.sides)) for each in reading.chains] == [sides]
    assert reading.notes == notes


@pytest.mark.parametrize(
    ("text", "sides", "notes"),
    [
        (r"\frac12 d", ["(1/2)*d"], ()),
        (r"\underbrace{d h}_{\text{heads}}", ["d*h"], ()),
        (r"\overbrace{d}^{x y} + 1", ["d + 1"], ()),
        (r"\min{d, h}", ["min(d, h)"], ()),
        (r"\begin{aligned} d &= 2 h \\ h &= 3 \end{aligned}", ["d = 2*h", "h = 3"], ()),
        (r"d & h", ["d", "h"], ()),
        (r"\[ d \]", ["d"], ()),
        (r"d \div h", ["d/h"], ()),
        (r"d \approx 2h", ["d = 2*h"], ()),
        (r"{\rm model} d_{1,2}", ["model*d_1_2"], ()),
        (r"12\,288 d", ["12288*d"], (r"12\,288 is read as one number",)),
        (r"12{,}288 d", ["12288*d"], ()),
        (r"\num{1e3} d", ["1000*d"], ()),
        (
            r"\sum_{l=1}^{L} d + h",
            ["L*d + h"],
            ("a sum takes what stands before the next + or -",),
        ),
    ],
)
def test_latex_formulas(text: str, sides: list[str], notes: tuple[str, ...]) -> None:
    reading = read_latex(text)
    assert [" = ".join(map(python, each.sides)) for each in reading.chains] == sides
    assert reading.notes == notes


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("7M d", ["7M is read as 7 times M"]),
        ("7M_1 d", []),
        ("7M^2 d", []),
        ("7 M d", []),
        ("7MB d", []),
        ("12L d", []),
        ("d M", []),
    ],
)
def test_a_letter_behind_a_number_may_be_a_scale(text: str, notes: list[str]) -> None:
    assert list(read_latex(text).notes) == notes


def test_brackets_that_round() -> None:
    for left, right, name in (("lfloor", "rfloor", "floor"), ("lceil", "rceil", "ceil")):
        (side,) = read_latex(rf"\{left} d / h \{right}").chains[0].sides
        assert python(side) == f"{name}(d/h)"


@pytest.mark.parametrize(
    ("text", "chains"),
    [
        ("(d +\n 1)*h", [["(d + 1)*h"]]),
        ("((d +\n 1)\n)*h", [["(d + 1)*h"]]),
        ("(d + 1)\n*h", [["(d + 1)*h"]]),
        ("2*(d + 1)\nx = 3*d", [["2*(d + 1)"], ["x", "3*d"]]),
        ("ab*(d)(h)", [["ab*d*h"]]),
        ("ab + 2", [["ab + 2"]]),
    ],
)
def test_brackets_hold_lines_together(text: str, chains: list[list[str]]) -> None:
    assert [[python(side) for side in each.sides] for each in read_formula(text).chains] == chains


@pytest.mark.parametrize("text", ["2*dh (h + 1)", "n_head(2*d)", "d 4", "(d) 4", "max(1,024, d)"])
def test_what_stands_side_by_side_is_a_product_only_where_that_is_plain(text: str) -> None:
    with pytest.raises(ReadError):
        read_formula(text)
