"""Sweeps give the integers that `Model.value` gives, and never a number that overflowed."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symcost
from symcost.algebra.dim import find
from symcost.algebra.form import evaluate, polynomial
from symcost.algebra.poly import Poly, called
from symcost.algebra.program import program
from symcost.algebra.simplify import written
from symcost.algebra.whole import DivisorError, fraction
from symcost.catalog import find as catalog
from symcost.cli import main
from symcost.graph.architecture import SizeError, dims_of_model
from symcost.sweep import machine
from symcost.sweep.machine import BLOCK, Machine, SweepError
from symcost.sweep.run import table

np = pytest.importorskip("numpy")

PRESETS = tuple(catalog.architectures())
QUANTITIES = tuple(catalog.quantities())
LARGEST = 2**63 - 1
d, h, s, W = (find(name) for name in ("d", "h", "s", "W"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_sweep_is_many_values(data: st.DataObject) -> None:
    model = symcost.load(data.draw(st.sampled_from(PRESETS)))
    quantity = data.draw(st.sampled_from(QUANTITIES))
    heads = data.draw(st.integers(1, 40))
    rows = data.draw(st.integers(1, 6))
    widths = [heads * data.draw(st.integers(1, 200)) for _ in range(rows)]
    lengths = [data.draw(st.integers(1, 500)) for _ in range(rows)]
    batch = data.draw(st.integers(1, 9))
    fixed = {"B": batch, "h": heads, "d_ff": 64 * heads, "n_ctx": 512, "L": 5, "V": 1000}
    tied = {each.dim for each in model.architecture.relations}
    known = {each.symbol for each in dims_of_model(model.root) if each not in tied}
    fixed = {name: value for name, value in fixed.items() if name in known}
    try:
        expected = [
            model.value(quantity, d=width, s=length, **fixed)
            for width, length in zip(widths, lengths, strict=True)
        ]
    except SizeError as error:
        if "has no symbol" not in str(error):
            raise
        return
    if any(Fraction(each).denominator != 1 for each in expected):
        with pytest.raises(SweepError, match="no whole number"):
            model.sweep(quantity, d=np.array(widths), s=np.array(lengths), **fixed)
        return
    found = model.sweep(quantity, d=np.array(widths), s=np.array(lengths), **fixed)
    assert found.tolist() == expected


@pytest.mark.parametrize("model", PRESETS)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_of_every_preset(model: str, quantity: str) -> None:
    held = symcost.load(model)
    bound = set(held.binding())
    bound |= {each.dim for each in held.architecture.relations}
    given = {each.symbol: 1536 for each in dims_of_model(held.root) if each not in bound}
    given.pop("s", None)
    lengths = [1, 7, 64, 500]
    values = [held.value(quantity, **{**given, "s": length}) for length in lengths]
    assert held.sweep(quantity, **{**given, "s": np.array(lengths)}).tolist() == values


# Trees with everything that a closed form may hold, and three sizes to put in.
def forms() -> st.SearchStrategy[Poly]:
    leaves = st.one_of(
        st.sampled_from([Poly.of(each) for each in (d, h, s, W)]),
        st.fractions(-5, 5, max_denominator=6).map(Poly.of),
    )

    def grow(inner: st.SearchStrategy[Poly]) -> st.SearchStrategy[Poly]:
        pairs = st.tuples(inner, inner)
        over = st.sampled_from([h, W])
        return st.one_of(
            pairs.map(lambda pair: pair[0] + pair[1]),
            pairs.map(lambda pair: pair[0] - pair[1]),
            pairs.map(lambda pair: pair[0] * pair[1]),
            st.tuples(inner, over).map(lambda pair: pair[0] / pair[1]),
            st.tuples(st.sampled_from(["min", "max"]), pairs).map(lambda x: called(*x)),
            st.tuples(st.sampled_from(["floor", "ceil"]), inner).map(
                lambda x: called(x[0], [x[1]])
            ),
        )

    return st.recursive(leaves, grow, max_leaves=7)


POINT = st.fixed_dictionaries({each: st.integers(1, 60) for each in (d, h, s, W)})


@settings(max_examples=100, deadline=None)
@given(poly=forms(), points=st.lists(POINT, min_size=1, max_size=4))
def test_programs_of_any_tree(poly: Poly, points: list[dict[Any, int]]) -> None:
    form = written(poly, "expanded").form
    over = fraction(form)
    for big in (False, True):
        for point in points:
            exact = Fraction(evaluate(form, point))
            tops = run(over.top, point, big=big)
            bottoms = run(over.bottom, point, big=big)
            assert Fraction(tops, bottoms) == exact


def run(node: Any, point: dict[Any, int], *, big: bool) -> int:
    """One point twice: as scalars that are folded, and as arrays."""
    from symcost.algebra.whole import Over

    made = program(Over(node, 1, ()))
    held = table({each: [value, value + 1] for each, value in point.items()})
    assert max(made.bounds(held.largest)) <= LARGEST
    folded = Machine(made, point, big=big)
    out = np.empty(1, folded.dtype)
    folded.run({}, out)
    swept = Machine(made, {}, big=big)
    found = np.empty(2, swept.dtype)
    swept.run({each: held.block(each, 0, 2).astype(swept.dtype) for each in swept.columns}, found)
    assert found[0] == out[0]
    return int(found[0])


@settings(max_examples=100, deadline=None)
@given(poly=forms(), point=POINT)
def test_no_intermediate_value_leaves_its_bound(poly: Poly, point: dict[Any, int]) -> None:
    made = program(fraction(written(poly, "expanded").form))
    bounds = made.bounds(point)
    values: list[Fraction] = []
    work = {
        "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y,
        "floor": lambda x, y: Fraction(x // y), "exact": lambda x, y: x / y,
        "min": min, "max": max,
    }  # fmt: skip
    for value, bound in zip(made.values, bounds, strict=True):
        if isinstance(value, int):
            values.append(Fraction(value))
        elif hasattr(value, "left"):
            values.append(work[value.name](values[value.left], values[value.right]))
        else:
            values.append(Fraction(point[value]))
        assert abs(values[-1]) <= bound


def test_nothing_is_computed_twice() -> None:
    made = program(fraction(written(Poly.of(d) * s + 3 * Poly.of(d) * s * s, "expanded").form))
    instructions = [each for each in made.values if hasattr(each, "left")]
    assert len(instructions) == len(set(instructions))


def test_a_divisor_that_may_be_zero_is_refused() -> None:
    from symcost.algebra.form import Quotient, Sum, Sym

    with pytest.raises(DivisorError, match="zero or negative"):
        fraction(Quotient(Sym(s), Sum((Sym(d), written(-Poly.of(h)).form))))


# The bound is sharp for a sum of products: 64 bits to the last number, big integers from the next.
@pytest.mark.parametrize(("more", "kind"), [(0, "int64"), (1, "object")])
def test_the_last_width_that_fits(more: int, kind: str) -> None:
    model = symcost.load("gpt2")
    width = LARGEST // (4 * 3 * 12) + more
    found = model.sweep("kv_cache_bytes", B=3, s=1, d=np.array([1, width]))
    assert found.dtype == kind
    assert found.tolist() == [4 * 3 * 12, 4 * 3 * 12 * width]


@pytest.mark.parametrize("least", [3_000_000_000, 10**18, 10**40])
def test_big_integers_are_exact(least: int) -> None:
    model = symcost.load("gpt2")
    widths = [12 * least, 12, 24 * least]
    found = model.sweep("flops_forward", B=1, s=np.array([5, 5, 7]), d=np.array(widths))
    assert found.tolist() == [
        model.value("flops_forward", B=1, s=length, d=width)
        for length, width in zip([5, 5, 7], widths, strict=True)
    ]
    with pytest.raises(SweepError, match="more than 64 bits hold"):
        model.sweep("flops_forward", B=1, s=5, d=np.array(widths), big=False)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"])
def test_narrow_types_do_not_overflow(kind: str) -> None:
    model = symcost.load("gpt2")
    widths = np.array([96, 120], kind)
    expected = [model.value("flops_forward", B=1, s=100, d=int(width)) for width in widths]
    assert model.sweep("flops_forward", B=1, s=100, d=widths).tolist() == expected


def test_columns_broadcast_and_may_be_views() -> None:
    model = symcost.load("gpt2")
    widths, lengths = 12 * np.arange(1, 9)[::2], np.arange(1, 7)
    found = model.sweep("flops_forward", B=2, d=widths[:, None], s=lengths)
    assert found.shape == (4, 6)
    assert found.tolist() == [
        [model.value("flops_forward", B=2, d=int(x), s=int(y)) for y in lengths] for x in widths
    ]


def test_blocks_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prime number of rows in small blocks, against one block."""
    from symcost.sweep import run as running

    model = symcost.load("gpt2")
    lengths = np.arange(1, 1010)
    whole = model.sweep("flops_train", B=1, s=lengths)
    monkeypatch.setattr(machine, "BLOCK", 8)
    monkeypatch.setattr(running, "BLOCK", 8)
    assert (model.sweep("flops_train", B=1, s=lengths) == whole).all()
    assert BLOCK > 1009


def test_rules_follow_and_published_sizes_stay() -> None:
    model = symcost.load("gpt2")
    found = model.sweep("params", d=np.array([768, 1536]))
    assert found.tolist() == [model.value("params"), model.value("params", d=1536)]
    assert found[0] == 124_439_808


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"d": [768], "s": [2], "h": 7, "B": 1}, "d_h = d/h must be a whole number"),
        ({"d": [768, 770], "h": [12, 12], "s": 2, "B": 1}, r"not so at row 1 \(d = 770, h = 12\)"),
        ({"d_h": [64, 65], "s": 2, "B": 1}, r"h d_h = d .*not so at row 1"),
        ({"s": [2, 9], "n_ctx": 8, "B": 1}, "s <= n_ctx.*not so at row 1"),
        ({"s": [2, 0], "B": 1}, "s .* must be at least 1, not 0"),
        ({"s": [2, -3], "B": 1}, "must be at least 1, not -3"),
        ({"s": [2], "B": 0}, "B .* must be at least 1, not 0"),
        ({"s": [2.0], "B": 1}, "must be whole numbers, not float:"),
        ({"s": [True, 2], "B": 1}, "must be whole numbers, not bool"),
        ({"s": ["7"], "B": 1}, "must be whole numbers"),
        ({"s": [2]}, "no value for B"),
        ({"s": [2], "n_experts": [3], "B": 1}, "has no symbol|no dimension"),
        ({"s": [2, 3], "d": [12, 24, 36], "B": 1}, "do not broadcast"),
        ({"s": [2], "seq_len": [3], "B": 1}, "given twice|unknown|no dimension"),
    ],
)
def test_what_cannot_be_swept_is_refused(sizes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        symcost.load("gpt2").sweep("flops_forward", **sizes)


def test_a_fraction_is_refused() -> None:
    model = symcost.load("gpt2")
    half = symcost.load("gpt2").value(
        "flops_forward", convention="kaplan-2020", scope="token", B=1, s=3
    )
    found = model.sweep("flops_forward", convention="kaplan-2020", scope="token", s=np.array([3]))
    assert found.tolist() == [half]


SWEEP = ["sweep", "gpt2", "-q", "flops_forward", "-q", "kv_cache_bytes", "--set", "B=1"]


def test_the_command_writes_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "--grid", "d=768:1536:384", "--grid", "s=1,1024"]) == 0
    first, *rows = csv.reader(capsys.readouterr().out.splitlines())
    assert first == ["d", "s", "flops_forward", "kv_cache_bytes"]
    model = symcost.load("gpt2")
    assert [list(map(int, row)) for row in rows] == [
        [x, y, *(model.value(q, B=1, d=x, s=y) for q in ("flops_forward", "kv_cache_bytes"))]
        for x in (768, 1152, 1536)
        for y in (1, 1024)
    ]


@pytest.mark.parametrize(
    ("width", "kind"), [(768, "int64"), (10**10, "decimal"), (10**30, "string")]
)
def test_the_command_writes_parquet(tmp_path: Path, width: int, kind: str) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    listed, out = tmp_path / "configs.csv", tmp_path / "out.parquet"
    listed.write_text(f"d,L\n{width},12\n768,24\n", encoding="utf-8")
    assert main([*SWEEP, "--list", str(listed), "--grid", "s=16,32", "-o", str(out)]) == 0
    held = parquet.read_table(out)
    assert str(held.schema.field("flops_forward").type).startswith(kind)
    model = symcost.load("gpt2")
    expected = [
        model.form("flops_forward")
        and evaluate(
            model.form("flops_forward"),
            {
                find("B"): 1, find("s"): y, find("d"): x, find("L"): layers,
                find("V"): 50257, find("d_ff"): 4 * x,
            },
        )
        for x, layers in ((width, 12), (768, 24))
        for y in (16, 32)
    ]  # fmt: skip
    assert [int(each) for each in held.column("flops_forward").to_pylist()] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to sweep"),
        (["--grid", "d"], "write s=1024,2048"),
        (["--grid", "d=1:"], "write s=1024,2048"),
        (["--grid", "d=9:1:2"], "write s=1024,2048"),
        (["--grid", "d=1:9:0"], "write s=1024,2048"),
        (["--grid", "d=0,1", "--set", "s=1"], "at least 1, not 0"),
        (["--grid", "B=1,2", "--set", "s=1"], "both set and swept"),
        (["--grid", "s=1,2", "--grid", "s=1,2"], "given twice"),
        (["--grid", "s=1,2", "-o", "out.txt"], "the ending is one of"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*SWEEP, *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_a_refused_sweep_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert (
        main([*SWEEP, "--set", "h=12", "--grid", "d=12,13", "--grid", "s=1", "-o", str(out)]) == 2
    )
    assert list(tmp_path.iterdir()) == []


def test_polynomials_read_back() -> None:
    """The shortest writing that a plan compiles means the same polynomial."""
    total = symcost.load("gpt2").ledger("flops_forward").total
    assert polynomial(written(total).form) == total
