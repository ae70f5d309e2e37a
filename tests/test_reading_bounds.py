"""No text, however long, deep or strange, makes a reader slow, wrong or fail in another way."""

from __future__ import annotations

import json
import string
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcost.algebra.dim import foreign
from symcost.algebra.form import Sym
from symcost.algebra.ratio import Ratio
from symcost.checking.bulk import size
from symcost.checking.formula import read_formula
from symcost.checking.grammar import ReadError, Reading
from symcost.checking.latex import read_latex
from symcost.checking.reading import read_any
from symcost.checking.tree import (
    Add,
    Apply,
    Name,
    Node,
    Number,
    Over,
    Raised,
    Times,
    meaning,
    python,
    to_form,
)
from symcost.render.latex import LatexMath

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent / "data" / "notation.jsonl").read_text().splitlines()
]
NAMES = [f"{letter}_{number}" for letter in string.ascii_letters for number in range(1, 9)]
READERS: list[Callable[[str], Any]] = [read_formula, read_latex, read_any]


def sum_of(count: int) -> str:
    return "+".join(NAMES[:count])


STRANGE = {
    "brackets": "(" * 100_000,
    "brackets that are closed": "(" * 2_000 + "d" + ")" * 2_000,
    "ten million digits": "9" * 10_000_000,
    "sixty-one digits": "9" * 61,
    "power tower": "9**9**9**9",
    "power tower of twos": "2**" * 6_000 + "2",
    "large exponent": "1e1000000000",
    "large power of a sum": "(a+b)**100000",
    "many terms": "(a+b+c+d+e)**64",
    "many digits": "((((9**64)**64)**64)**64)**64",
    "high degree": "((((d**64)**64)**64)**64)**64",
    "high degree and digits": "((((9*d)**64)**64)**64)**64",
    "product of sums": "*".join([f"({sum_of(30)})"] * 4),
    "sum of fractions": "+".join(f"1/({name}+1)" for name in NAMES[:20]),
    "quotients": "a" + "/a" * 900,
    "rounded quotients": "a" + "//a" * 900,
    "remainders": "a" + " % a" * 900,
    "attack": '__import__("os").system("touch hit")',
    "attack without quotes": "().__class__.__bases__[0].__subclasses__()",
    "zero byte": "d\x00",
    "turned text": "d \u202e + h",
    "half a character": "d + \ud800",
    "brackets of functions": "ceil(" * 3_000,
    "fractions": r"\frac{a}{" * 800 + "b" + "}" * 800,
    "sums of sums": r"\sum_{l=1}^{L}" * 900 + "d",
    "sums in bounds": r"\sum_{i=1}^{" * 30 + "n" + "} i" * 30,
    "sums in first bounds": r"\sum_{i=" * 2_000,
    "columns": "a & b " * 3_000,
    "full stops": "." * 20_000,
    "commas": ", " * 10_000,
    "letters": "a" * 20_000,
    "letters behind a number": "2" + "a" * 19_000,
    "capitals": "A" * 20_000,
    "curly brackets": "{" * 20_000,
    "indices": "a_{" * 5_000,
    "index": "d_{" + "a" * 19_000 + "}",
    "powers": "a^" * 9_000,
    "minus": "-" * 20_000,
    "environments": r"\begin{align}" * 1_400,
    "dollars": "$" * 20_000,
    "backslashes": "\\" * 19_999,
    "words": r"\text{" * 3_000,
    "large base": "999999999999^n",
    "only spaces": " \t\n" * 6_000,
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_what_is_strange_is_refused_in_one_line(
    read: Callable[[str], Any], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = time.perf_counter()
    if read is read_latex and text.startswith("a %"):
        assert python(read(text).chains[0].sides[0]) == "a"  # a comment
    else:
        with pytest.raises(ReadError, match=r"\Acolumn \d+: [ -~]{5,200}\Z"):
            read(text)
    assert time.perf_counter() - begun < 20  # no measure of speed: it must not hang
    assert not list(tmp_path.iterdir())


LARGE = {
    "many terms": sum_of(400),
    "many factors": "*".join(NAMES * 2),
    "product of two sums": f"({sum_of(100)})*({sum_of(100)})",
    "power of a sum": "(a+b+c+d)**30",
    "power of a fraction": "((a+b)/(c+d))**40",
    "fractions": "+".join(f"1/({name}+1)" for name in NAMES[:8]),
    "rounded": "ceil(" * 8 + "d" + "/2)" * 8,
    "remainders": "a%b%c%d%e%f%g%h",
    "sums over ranges": "sum(" * 30 + "d" + " for i in range(n))" * 30,
    "nested": "(" * 38 + "d" + "+1)*2" * 38,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_what_is_large_is_read_and_worked_with(text: str) -> None:
    begun = time.perf_counter()
    reading, _ = read_any(text)
    use(reading)
    assert time.perf_counter() - begun < 20  # no measure of speed: it must not hang


def stands_for(name: str) -> Ratio:
    return Ratio.of(foreign(name.replace("-", "_").lstrip("_") or "u"))


def use(reading: Reading) -> None:
    """Everything that is done with a reading; a formula without a normal form says so."""
    for chain in reading.chains:
        for side in chain.sides:
            assert python(side).isprintable()
            assert size(side) > 0
            try:
                meaning(side, stands_for)
                form = to_form(side, lambda name: Sym(stands_for(name).dims()[0]))
            except ValueError:
                continue
            LatexMath().write(form)


PIECES = (
    *"0123456789abdhLVxEINOQSf+-*/^_=()[]{}.,;:!%&$~'|<> \n\\²₂×⌈⌉⌊⌋√½",
    *(r"\frac", r"\text{", r"\mathrm{", r"\sum_{i=1}^{n}", r"\left(", r"\right)", r"\cdot", r"\,"),
    *(r"\begin{align}", r"\end{align}", r"\\", r"\lfloor", r"\rfloor", r"\max(", r"\underbrace{"),
    *("**", "//", "==", "1e9", "d_model", "cfg.d", "ceil(", "sum(", "for i in range(", "}_{", "^{"),
    *("lambda", " if ", "FLOPs", "12", "{,}288", r"\phantom{", r"\color{red}", r"\mathcal{O}"),
)


def refusal(read: Callable[[str], Reading], text: str) -> ReadError | None:
    """What a reader says against a text; what it reads is used."""
    try:
        reading = read(text)
    except ReadError as error:
        return error
    use(reading)
    return None


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
@settings(max_examples=5000, deadline=400)
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_formula, read_latex):
        error = refusal(read, text)
        assert error is None or (str(error).isprintable() and 0 <= error.at <= len(text))


@given(st.sampled_from(TEXTS), st.data())
@settings(max_examples=500, deadline=400)
def test_a_formula_with_a_slip_is_read_or_refused(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    put = data.draw(st.sampled_from(("", *PIECES)))
    gone = data.draw(st.integers(0, 3))
    error = refusal(
        lambda each: read_any(each, ("d_model", "dh"))[0], text[:at] + put + text[at + gone :]
    )
    assert error is None or str(error).isprintable()


LETTERS = st.sampled_from(["d", "h", "V", "d_model", "n_head", "d_ff"]).map(Name)
NUMBERS = st.builds(
    lambda top, bottom: Number(Fraction(top, bottom)),
    st.integers(-20, 20),
    st.sampled_from([1, 1, 1, 2, 3, 10]),
)


def above(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(Add),
        several.map(Times),
        st.builds(Over, inner, LETTERS),
        st.builds(Over, inner, st.builds(lambda left, right: Add((left, right)), LETTERS, LETTERS)),
        st.builds(Raised, inner, st.integers(0, 3)),
        st.builds(Raised, LETTERS, st.integers(-3, -1)),
    )


def rounded(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda each: Apply("floor", (Over(each, Name("h")),)), inner),
        st.builds(lambda each: Apply("ceil", (Over(each, Number(Fraction(64))),)), inner),
        st.builds(lambda args: Apply("min", args), several),
        st.builds(lambda args: Apply("max", args), several),
        st.builds(lambda left, right: Apply("mod", (left, right)), inner, LETTERS),
        st.builds(
            lambda base, name, less: Apply(
                "power",
                (Number(Fraction(base)), Add((name, Number(Fraction(-less))))),
            ),
            st.integers(2, 12),
            LETTERS,
            st.integers(1, 3),
        ),
    )


TREES = st.recursive(st.one_of(LETTERS, NUMBERS, rounded(LETTERS)), above, max_leaves=12)
KNOWN = ("d_model", "n_head", "d_ff")


@given(TREES)
@settings(max_examples=250, deadline=None)
def test_what_is_echoed_reads_back(tree: Node) -> None:
    if size(tree) > 300:
        return
    (chain,) = read_formula(python(tree), KNOWN).chains
    assert meaning(chain.sides[0], stands_for) == meaning(tree, stands_for)


@given(TREES)
@settings(max_examples=250, deadline=None)
def test_what_is_printed_in_latex_reads_back(tree: Node) -> None:
    if size(tree) > 300:
        return
    shown = LatexMath().write(to_form(tree, lambda name: Sym(foreign(name))))
    (chain,) = read_latex(shown, KNOWN).chains
    assert meaning(chain.sides[0], stands_for) == meaning(tree, stands_for)
