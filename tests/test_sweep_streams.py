"""Grids and lists of any length: none is held, and every row is what a held one would give."""

from __future__ import annotations

import csv
import json
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symcost
from symcost.algebra.dim import find
from symcost.cli import main
from symcost.sweep import files, listed, machine, run
from symcost.sweep.columns import Along, Few, Steps
from symcost.sweep.grids import crossed, grid
from symcost.sweep.listed import Listed
from symcost.sweep.machine import SweepError

np = pytest.importorskip("numpy")
d, s, L = (find(name) for name in ("d", "s", "L"))


@settings(max_examples=100, deadline=None)
@given(
    shape=st.lists(st.integers(1, 6), min_size=1, max_size=3),
    axis=st.integers(0, 2),
    steps=st.booleans(),
    ends=st.tuples(st.integers(0, 215), st.integers(1, 216)),
)
def test_a_piece_of_a_column_is_that_of_the_whole_grid(
    shape: list[int], axis: int, steps: bool, ends: tuple[int, int]
) -> None:
    axis %= len(shape)
    count, inner, rows = shape[axis], prod(shape[axis + 1 :]), prod(shape)
    start, stop = ends[0] % rows, ends[1] % rows + 1
    if start >= stop:
        start, stop = stop - 1, start + 1
    held = np.arange(count) * 7 + 3
    values = Steps(3, 7, count) if steps else Few(held)
    whole = held.reshape([-1 if at == axis else 1 for at in range(len(shape))])
    whole = np.broadcast_to(whole, shape).reshape(-1)
    column = Along(values, inner)
    assert column.block(start, stop).tolist() == whole[start:stop].tolist()
    assert (column.least, column.largest) == (whole.min(), whole.max())


def test_a_range_without_an_end_in_sight_is_not_held() -> None:
    table = crossed(None, [grid("L=2,3"), grid("s=1:1000000000000:3"), grid("d=64,128")])
    assert table.rows == 4 * 333_333_333_334
    last = table.rows
    assert table.block(s, last - 3, last).tolist() == [10**12 - 3, 10**12, 10**12]
    assert table.block(L, last // 2 - 1, last // 2 + 1).tolist() == [2, 3]
    with pytest.raises(SweepError, match="2\\^63 rows or more"):
        crossed(None, [grid(f"{name}=1:10000000000") for name in ("d", "s")])


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (listed, files):
        monkeypatch.setattr(module, "STRETCH", 8)
    for module in (machine, run):
        monkeypatch.setattr(module, "BLOCK", 4)


SWEEP = ["sweep", "gpt2", "-q", "flops_forward", "--set", "B=1", "--set", "h=1"]


@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("lengths", ["s=5", "s=1:3", "s=1:19"])
def test_a_long_list_crossed_with_a_grid(tmp_path: Path, ending: str, lengths: str) -> None:
    """Stretches of the list end inside those of the output, and the other way round."""
    widths = [(64 + 3 * at, 1 + at % 5) for at in range(37)]
    source, out = tmp_path / "in.csv", tmp_path / f"out.{ending}"
    lines = [f"{width},{layers}\n" for width, layers in widths]
    source.write_text("d,L\n" + "\n".join(lines), encoding="utf-8")  # with empty lines between
    assert main([*SWEEP, "--list", str(source), "--grid", lengths, "-o", str(out)]) == 0
    every = grid(lengths)[1]
    model = symcost.load("gpt2")
    assert read(out) == [
        [width, layers, n, model.value("flops_forward", B=1, h=1, d=width, L=layers, s=n)]
        for width, layers in widths
        for n in every.take(0, len(every)).tolist()
    ]


def read(path: Path) -> list[list[Any]]:
    if path.suffix == ".parquet":
        held = pytest.importorskip("pyarrow.parquet").read_table(path)
        return [list(row.values()) for row in held.to_pylist()]
    if path.suffix == ".jsonl":
        return [[*json.loads(line).values()] for line in path.read_text().splitlines()]
    return [list(map(int, row)) for row in [*csv.reader(path.open())][1:]]


def test_lines_of_json_have_names_and_all_digits(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    wide = ["--grid", f"d=64,{10**14}", "--grid", "s=5", "-o", str(out)]
    assert main([*SWEEP, *wide]) == 0
    model = symcost.load("gpt2")
    exact = [model.value("flops_forward", B=1, h=1, s=5, d=width) for width in (64, 10**14)]
    assert exact[1] > 2**64
    assert out.read_text() == (
        f'{{"d": 64, "s": 5, "flops_forward": {exact[0]}}}\n'
        f'{{"d": {10**14}, "s": 5, "flops_forward": {exact[1]}}}\n'
    )


@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize(
    "then",
    ["s\n" + "9\n" * 19 + "10\n", "s\n" + "9\n" * 19, "d\n" + "9\n" * 20, "s\n" + "8\n" * 20],
)
def test_a_list_that_changes_while_it_is_read_is_refused(tmp_path: Path, then: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text("s\n" + "9\n" * 20)
    held = Listed(source)
    source.write_text(then)
    with pytest.raises(SweepError, match="changed while it was read"):
        _ = [held.stretch(number) for number in range(3)]


@pytest.mark.usefixtures("short_stretches")
def test_what_stands_far_down_is_read_before_anything_is_written(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("s\n" + "9\n" * 40 + "0\n")
    assert main([*SWEEP, "--list", str(source), "-o", str(out)]) == 2
    source.write_text("s\n" + "9\n" * 40 + f'"{"9" * 200_000}"\n')
    assert main([*SWEEP, "--list", str(source), "-o", str(out)]) == 2
    assert not out.exists()


@pytest.mark.usefixtures("short_stretches")
def test_sizes_beyond_64_bits_stand_beside_small_ones(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    widths = [64] * 9 + [2**63 + 64, 2**64, 10**30]
    source.write_text("d\n" + "".join(f"{each}\n" for each in widths))
    assert main([*SWEEP, "--set", "s=2", "--list", str(source), "-o", str(out)]) == 0
    exact = symcost.load("gpt2").sweep("flops_forward", B=1, h=1, s=2, d=np.array(widths, object))
    assert read(out) == [list(row) for row in zip(widths, exact.tolist(), strict=True)]
