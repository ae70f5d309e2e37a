"""Pages as data: every number in JSON and CSV is the engine's, to the last digit."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import symcost
from symcost.checking.formula import read_formula
from symcost.cli import main
from symcost.render.data import guarded, per_cent, rows_csv
from tests.nodes import value

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"B": 1, "s": 1024}
MODELS = ("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3")
every_model = pytest.mark.parametrize("name", MODELS)
DATA = {name: json.loads(symcost.load(name).derive(**SIZES).to_json()) for name in MODELS}


def claims(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in data["blocks"] if each["kind"] == "claim"]


def worth(text: str, data: dict[str, Any]) -> Fraction:
    """The value of a Python expression at the sizes of the page, by a reader of its own."""
    names = {symbol: each["value"] for symbol, each in data["sizes"].items()}
    reading = read_formula(text, tuple(names))
    ((node,),) = [each.sides for each in reading.chains]
    return value(node, names)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@every_model
def test_json_says_how_and_at_what_sizes_it_was_counted(name: str) -> None:
    data, model = DATA[name], symcost.load(name)
    assert data["shape"] == "symcost page 1"
    assert data["name"] == model.name
    assert data["convention"]["name"] == "torch"
    assert {k: v["value"] for k, v in data["sizes"].items()} == {
        each.symbol: bound.value for each, bound in model.binding(**SIZES).items()
    }
    assert all(each["origin"] and each["meaning"] for each in data["sizes"].values())


@every_model
def test_every_claim_is_worth_what_its_lines_are(name: str) -> None:
    data = DATA[name]
    found = claims(data)
    assert len(found) > 8
    checked = 0
    for claim in found:
        whole = worth(claim["python"], data)
        for line in claim["lines"]:
            assert worth(line["python"], data) == whole
            if "value" in line:
                assert Fraction(line["value"]) == whole
                checked += 1
    assert checked > 10


@every_model
@pytest.mark.parametrize("quantity", ["params", "flops_forward", "kv_cache_bytes"])
def test_the_last_number_is_the_engines(name: str, quantity: str) -> None:
    model = symcost.load(name)
    data = json.loads(model.derive(quantity, **SIZES).to_json())
    (numbers,) = [each for each in claims(data) if each["label"].endswith(":numbers")]
    assert numbers["lines"][-1]["value"] == model.value(quantity, **SIZES)
    (total,) = [each for each in claims(data) if each["label"].endswith(":total")]
    assert worth(total["python"], data) == model.value(quantity, **SIZES)
    assert total["result"]


@every_model
def test_every_step_has_its_reason(name: str) -> None:
    for claim in claims(DATA[name]):
        if not claim["label"].endswith(":numbers"):  # arithmetic says what it is once
            assert all(line["reason"] for line in claim["lines"][1:])
        assert all(each["latex"] and each["text"] and each["python"] for each in claim["lines"])


def test_numbers_stay_exact_beyond_doubles() -> None:
    sizes = {"B": 3, "s": 10**15 + 1, "n_ctx": 10**15 + 1}
    model = symcost.load("gpt2")
    derived = model.derive("flops_forward", **sizes)
    text = derived.to_json()
    data = json.loads(text)
    (numbers,) = [each for each in claims(data) if each["label"].endswith(":numbers")]
    exact = model.value("flops_forward", **sizes)
    assert exact > 2**100
    assert numbers["lines"][-1]["value"] == exact
    assert str(exact) in text
    total = read(derived.to_csv("flops-forward-parts"))[-1]
    assert total["Value"] == str(exact)


@every_model
@pytest.mark.parametrize("quantity", ["params", "flops_forward"])
def test_a_breakdown_adds_up(name: str, quantity: str) -> None:
    model = symcost.load(name)
    derived = model.derive(quantity, **SIZES)
    table = f"{quantity.replace('_', '-')}-parts"
    *parts, total = read(derived.to_csv(table))
    assert total["Part"] == "total"
    assert int(total["Value"]) == model.value(quantity, **SIZES)
    assert sum(int(each["Value"]) for each in parts) == int(total["Value"])
    assert sum(Fraction(each["Share"]) for each in parts) == 1
    data = json.loads(derived.to_json())
    for each in (*parts, total):
        share = Fraction(each["Share"])
        assert abs(Fraction(each["Share in per cent"]) - 100 * share) <= Fraction(1, 20_000)
        assert Fraction(int(each["Value"]), int(total["Value"])) == share
        assert worth(each["Closed form"], data) == int(each["Value"])


@every_model
def test_json_and_csv_hold_the_same_tables(name: str) -> None:
    derived = symcost.load(name).derive(**SIZES)
    tables = [each for each in DATA[name]["blocks"] if each["kind"] == "table"]
    assert [each["table"] for each in tables] == derived.tables()
    assert len(set(derived.tables())) == len(tables) > 2
    for each in tables:
        rows = list(csv.reader(io.StringIO(derived.to_csv(each["table"]))))
        assert len(rows) == len(each["rows"]) + 1
        assert [head for head in rows[0] if not head.endswith("in per cent")] == each["heads"]


# -- what a spreadsheet does with it ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "' =1"),
        ("\r=1", "' =1"),
        (" =1", "' =1"),
        ("\n=1", "' =1"),
        ("a\nb", "a b"),
        (-1, "-1"),
        (Fraction(-1, 3), "-1/3"),
        (-(10**30), "-1000000000000000000000000000000"),
        (Fraction(6, 3), "2"),
        (per_cent(Fraction(-1, 3)), "-33.3333"),
        (per_cent(Fraction(1, 10**9)), "0.0000"),
        ("-", "-"),
        ("W_Q", "W_Q"),
        ("a\x00b", "a b"),
        ("", ""),
    ],
)
def test_a_cell_is_safe(cell: object, shown: str) -> None:
    assert guarded(cell) == shown


@given(some.lists(some.lists(some.text() | some.integers(), min_size=2, max_size=2), max_size=4))
def test_no_text_becomes_a_formula(rows: list[list[str | int]]) -> None:
    text = rows_csv(["a", "b"], rows)
    found = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert len(found) == len(rows)
    for read_row, row in zip(found, rows, strict=True):
        for shown, cell in zip(read_row, row, strict=True):
            if isinstance(cell, int):
                assert int(shown) == cell
            else:
                assert shown == "-" or not shown.strip().startswith(("=", "+", "-", "@"))


def test_a_stranger_names_a_file_of_formulas(tmp_path: Path) -> None:
    path = tmp_path / "=cmd.json"
    path.write_text(
        json.dumps({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12}),
        encoding="utf-8",
    )
    model = symcost.load(path)
    tables = [model.derive("params").to_csv(each) for each in model.derive("params").tables()]
    cells = [cell for text in tables for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("=cmd.json" in cell for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)


# -- the command -----------------------------------------------------------------------------------


def test_derive_writes_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["derive", "gpt2", "-q", "params", "--format", "json,csv", "-o", str(tmp_path)]
    assert main(asked) == 0
    named = [tmp_path / each for each in ("derivation.json", "tables/notation.csv",
             "tables/declaration.csv", "tables/params-parts.csv")]  # fmt: skip
    assert capsys.readouterr().out.splitlines() == list(map(str, named))
    derived = symcost.load("gpt2").derive("params")
    assert named[0].read_text(encoding="utf-8") == derived.to_json()
    assert named[3].read_text(encoding="utf-8") == derived.to_csv("params-parts")


def test_one_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["derive", "gpt2", "-q", "params", "--format", "csv", "--table", "params-parts"]
    assert main(asked) == 0
    derived = symcost.load("gpt2").derive("params")
    assert capsys.readouterr().out == derived.to_csv("params-parts")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--format csv", "there are 3 tables: choose one with --table: notation, declaration, "
                         "params-parts"),
        ("--format csv --table x", "there is no table 'x': choose notation, declaration, "
                                   "params-parts"),
        ("--table notation", "--table is of CSV: add --format csv"),
        ("--format json --table notation", "--table is of CSV: add --format csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_said(
    more: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", "gpt2", "-q", "params", *more.split()]) == 2
    assert capsys.readouterr().err == f"symcost: {said}\n"


@pytest.mark.parametrize(
    "asked",
    [
        "compare gpt2 llama-3-8b",
        "compare gpt2 --conventions torch,megatron -q flops_train",
        "sensitivity gpt2 --set B=1 --set s=1024",
    ],
)
def test_questions_are_answered_as_data(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*asked.split(), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    tables = [each for each in data["blocks"] if each["kind"] == "table"]
    assert data["shape"] == "symcost page 1"
    assert tables
    for each in tables:
        assert main([*asked.split(), "--format", "csv", "--table", each["table"]]) == 0
        rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
        assert len(rows) == len(each["rows"]) + 1


@pytest.mark.parametrize(
    ("asked", "table", "cells"),
    [
        (["solve", "gpt2", "params = 1e9", "--for", "d"], "solve-sizes", {"2460", "2472"}),
        (
            ["crossover", "gpt2", "attention", "rest", "--for", "s"],
            "crossover-sizes",
            {"6702", "6703"},
        ),
    ],
)
def test_solved_sizes_are_a_table(
    asked: list[str], table: str, cells: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*asked, "--format", "csv", "--table", table]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert cells <= {cell for row in rows for cell in row}


# -- commands that print rows ----------------------------------------------------------------------


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


ROWS = {
    "traffic": "traffic gpt2 --set B=8 --set s=1024",
    "roofline": "roofline gpt2 --device a100 --set B=8 --set s=1024",
    "lengths": "lengths gpt2 --lengths 100,200,1000",
}


@pytest.mark.parametrize("asked", ROWS.values(), ids=ROWS)
def test_rows_are_the_same_as_json_and_csv(asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(answered(capsys, *asked.split(), "--format", "json"))
    rows = read(answered(capsys, *asked.split(), "--format", "csv"))
    assert data["model"] == "gpt2"
    assert data["convention"] == "torch"
    assert len(rows) == len(data["rows"]) >= 3
    for row, other in zip(rows, data["rows"], strict=True):
        assert row == {k: "" if v is None else str(v) for k, v in other.items()}


@pytest.mark.parametrize("which", ["traffic", "roofline"])
def test_operations_add_up_to_the_ledger(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(answered(capsys, *ROWS[which].split(), "--format", "json"))
    *rows, whole = data["rows"]
    assert whole["operation"] == "in all"
    model = symcost.load("gpt2")
    assert whole["flops"] == model.value("flops_forward", B=8, s=1024)
    assert whole["bytes"] == model.value("traffic_bytes", B=8, s=1024)
    for what in ("flops", "bytes"):
        assert sum(each[what] for each in rows) == whole[what]
    assert Fraction(whole["intensity"]) == Fraction(whole["flops"], whole["bytes"])


def test_seconds_are_exact(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(answered(capsys, *ROWS["roofline"].split(), "--format", "json"))
    *rows, whole = data["rows"]
    for each in (*rows, whole):
        times = Fraction(each["flops"], data["peak"]), Fraction(each["bytes"], data["bandwidth"])
        assert Fraction(each["seconds"]) == max(times)
    assert sum(Fraction(each["seconds"]) for each in rows) == Fraction(data["one_by_one"])
    assert data["at_once"] == whole["seconds"]


def test_what_padding_wastes(capsys: pytest.CaptureFixture[str]) -> None:
    rows = read(answered(capsys, *ROWS["lengths"].split(), "--format", "csv"))
    costs = {each["cost"]: int(each["value"]) for each in rows}
    model = symcost.load("gpt2")
    alone = [model.value("flops_forward", B=1, s=length) for length in (100, 200, 1000)]
    assert costs["exact"] == sum(alone)
    assert costs["padded"] == model.value("flops_forward", B=3, s=1000)
    assert costs["waste"] == costs["padded"] - costs["exact"]


def test_values_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "eval",
        "gpt2",
        "-q",
        "params",
        "-q",
        "flops_forward",
        "-q",
        "arithmetic_intensity",
        "--set",
        "s=64",
    ]
    params, flops, ratio = read(answered(capsys, *words, "--format", "csv"))
    assert (params["value"], params["open"]) == ("124439808", "")
    assert (flops["value"], flops["open"], flops["scope"]) == ("", "B", "batch")
    exact = read(answered(capsys, *words, "--set", "B=2", "--format", "csv"))[2]
    wanted = symcost.load("gpt2").value("arithmetic_intensity", B=2, s=64)
    assert Fraction(exact["value"]) == wanted
    assert ratio["unit"] == "FLOP per byte"
    same = [answered(capsys, *words, *each) for each in (("--json",), ("--format", "json"))]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    ("what", "heads"),
    [
        ("models", ["name", "title", "source"]),
        ("quantities", ["name", "unit", "meaning"]),
        ("components", ["name", "title", "module"]),
        ("conventions", ["name", "title", "source"]),
        ("devices", ["name", "title", "source"]),
        ("optimizers", ["name", "title", "source"]),
        ("symbols", ["symbol", "meaning", "aliases"]),
        ("literature", ["id", "topic", "source"]),
    ],
)
def test_every_list_is_data(
    what: str, heads: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = json.loads(answered(capsys, "list", what, "--json"))
    text = answered(capsys, "list", what, "--format", "csv")
    rows = read(text)
    assert len(rows) == len(data) > 4
    assert list(rows[0])[:3] == heads
    assert [guarded(each[heads[0]]) for each in data] == [each[heads[0]] for each in rows]
    place = tmp_path / "a.csv"
    assert answered(capsys, "list", what, "--format", "csv", "-o", str(place)) == f"{place}\n"
    assert place.read_text(encoding="utf-8") == text


def test_where_sizes_come_from_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    rows = read(answered(capsys, "explain", "llama-3-8b", "--format", "csv"))
    assert rows == json.loads(answered(capsys, "explain", "llama-3-8b", "--format", "json"))
    assert {"L": "32", "d": "4096"}.items() <= {
        each["name"]: each["value"] for each in rows
    }.items()
