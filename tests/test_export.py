"""Every exported function gives the integers of the tree it was made from, in its own language."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.algebra.dim import Dim, find
from symcost.algebra.form import Form, dims_of, evaluate
from symcost.algebra.poly import Poly, called
from symcost.algebra.simplify import written
from symcost.catalog import find as catalog
from symcost.cli import main
from symcost.export.expression import ExportError, function_name, identifiers
from symcost.export.write import LANGUAGES, export, with_sizes
from tests.sheet import cell

LARGEST = 2**63 - 1
B, V, W, L, d, h, s, window = (find(name) for name in ("B", "V", "W", "L", "d", "h", "s", "W"))


def shown(poly: Poly) -> Form:
    return written(poly, "expanded").form


# What no preset has: floors and ceils of negative numbers, minima of fractions, constants alone.
TREES: dict[str, Form] = {
    "floor": shown(called("floor", [Poly.of(s) / W - 3]) * d + 7),
    "ceil": shown(called("ceil", [(Poly.of(s) - 50) / W]) * d - V),
    "least": shown(called("min", [Poly.of(s) / W, Poly.of(d) / h]) * W * h),
    "most": shown(called("max", [Poly.of(s) - 40, Poly.of(d), Poly.of(W)]) - 2 * Poly.of(L)),
    "padded": shown(called("ceil", [Poly.of(V) / 128]) * 128 * d),
    "divided": shown(Poly.of(d) * d / h + Poly.of(s) * (Poly.of(s) + 1) / 2),
    "half": shown(called("floor", [Poly.of(s) / 2 + Fraction(1, 3)]) * 6 - d),
    "number": shown(Poly.of(42)),
    "minus": shown(-Poly.of(d) * s),
}
POINTS = (
    (1, 2, 3, 4, 12, 3, 5),
    (2, 50257, 7, 12, 768, 12, 1024),
    (1, 999, 64, 1, 48, 6, 49),
    (3, 128, 5, 9, 36, 4, 51),
)


def points(form: Form) -> list[dict[Dim, int]]:
    order = (B, V, W, L, d, h, s)
    every = [dict(zip(order, point, strict=True)) for point in POINTS]
    rest = {each: 3 + at for at, each in enumerate(dims_of(form)) if each not in order}
    return [{each: {**rest, **point}[each] for each in dims_of(form)} for point in every]


def model_forms() -> dict[str, Form]:
    found: dict[str, Form] = {}
    for name in catalog.architectures():
        model = symcost.load(name)
        for quantity in catalog.quantities():
            found[f"{name} {quantity}"] = model.form(quantity)
    half = symcost.load("gpt2").form("flops_forward", convention="megatron-lm", scope="sequence")
    return {**found, "gpt2 half causal": half}


CASES = {**TREES, **model_forms()}
EXPECTED = {name: [evaluate(form, point) for point in points(form)] for name, form in CASES.items()}


def whole(name: str) -> list[tuple[dict[Dim, int], int]]:
    """The points at which a form is a whole number."""
    pairs = zip(points(CASES[name]), EXPECTED[name], strict=True)
    return [(point, int(value)) for point, value in pairs if Fraction(value).denominator == 1]


def broken(name: str) -> list[dict[Dim, int]]:
    pairs = zip(points(CASES[name]), EXPECTED[name], strict=True)
    return [point for point, value in pairs if Fraction(value).denominator != 1]


def text(name: str, language: str) -> str:
    return export(CASES[name], language, f"case {name}", "for a test")


def function(name: str) -> str:
    return function_name(f"case {name}")


def loaded(source: str, name: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exported.py"
        path.write_text(source, encoding="utf-8")
        return runpy.run_path(str(path))[name]


@pytest.mark.parametrize("name", CASES)
def test_python(name: str) -> None:
    run = loaded(text(name, "python"), function(name))
    for point, value in whole(name):
        assert run(*point.values()) == value
    for point in broken(name):
        with pytest.raises(ValueError, match="do not divide"):
            run(*point.values())


@pytest.mark.parametrize("name", CASES)
def test_numpy(name: str) -> None:
    np = pytest.importorskip("numpy")
    run = loaded(text(name, "numpy"), function(name))
    held = whole(name)
    if not CASES[name] or not dims_of(CASES[name]):
        assert run() == held[0][1]
        return
    columns = [np.array([point[each] for point, _ in held]) for each in dims_of(CASES[name])]
    assert run(*columns).tolist() == [value for _, value in held]
    # The same with one width so large that 64 bits do not do.
    first, *_ = columns
    big = [first.astype(object) * 60 * 10**18, *columns[1:]]
    tall = [
        {**point, next(iter(point)): point[next(iter(point))] * 60 * 10**18} for point, _ in held
    ]
    exact = [evaluate(CASES[name], point) for point in tall]
    if all(Fraction(each).denominator == 1 for each in exact):
        assert run(*big).tolist() == exact
    with pytest.raises(ValueError, match="whole numbers of at least 1"):
        run(*[column * 0 for column in columns])


def in_process(command: list[str], source: str) -> str:
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True)
    return done.stdout


def test_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    lines: list[str] = []
    for name in CASES:
        lines.append(text(name, "javascript"))
        for point, _ in whole(name):
            args = ", ".join(f"{value}n" for value in point.values())
            lines.append(f"console.log(String({function(name)}({args})));")
        for point in broken(name):
            args = ", ".join(map(str, point.values()))
            lines.append(f"try {{ {function(name)}({args}); console.log('none'); }}")
            lines.append("catch (error) { console.log(error.message); }")
    expected = [
        each
        for name in CASES
        for each in (
            *(str(v) for _, v in whole(name)),
            *("these sizes do not divide" for _ in broken(name)),
        )
    ]
    assert in_process([node, "-"], "\n".join(lines)).splitlines() == expected


def test_c(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    functions, calls, expected = [], [], []
    for name in CASES:
        functions.append(text(name, "c"))
        for point, value in zip(points(CASES[name]), EXPECTED[name], strict=True):
            args = "".join(f", INT64_C({each})" for each in point.values())
            calls.append(f"code = {function(name)}(&r{args}); show(code, r);")
            if Fraction(value).denominator != 1:
                expected.append("2")
                continue
            expected.append(f"0 {value}")
            unchecked = f"{function(name)}_unchecked({args.removeprefix(', ')})"
            calls.append(f"show(0, {unchecked});")
            expected.append(f"0 {value}")
    helpers = "\n".join(
        dict.fromkeys(
            re.findall(
                r"^static inline int64_t (?:floor_div|ceil_div|least|most)\(.*$",
                "\n".join(functions),
                re.M,
            )
        )
    )
    body = "\n".join(functions)
    for line in helpers.splitlines():
        body = body.replace(line, "")
    program = f"""#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
{helpers}
{body}
static void show(int code, int64_t r) {{
  if (code) printf("%d\\n", code); else printf("0 %" PRId64 "\\n", r);
}}
int main(void) {{
  int64_t r = 0;
  int code = 0;
  {" ".join(calls)}
  return 0;
}}
"""
    source, binary = tmp_path / "all.c", tmp_path / "all"
    source.write_text(program, encoding="utf-8")
    flags = ["-std=c11", "-O1", "-Wall", "-Werror", "-Wno-unused-function"]
    subprocess.run([compiler, *flags, str(source), "-o", str(binary)], check=True)
    assert in_process([str(binary)], "").splitlines() == expected


def test_c_says_where_64_bits_end(tmp_path: Path) -> None:
    """The largest width that fits, and the next: 4 * B * L * s * d around 2^63."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    code = symcost.load("gpt2").export("kv_cache_bytes", "c")
    last = LARGEST // 4
    main_text = f"""
#include <stdio.h>
int main(void) {{
  int64_t r = 0;
  printf("%d ", gpt2_kv_cache_bytes(&r, 1, 1, 1, INT64_C({last})));
  printf("%lld ", (long long)r);
  printf("%d ", gpt2_kv_cache_bytes(&r, 1, 1, 1, INT64_C({last + 1})));
  printf("%d", gpt2_kv_cache_bytes(&r, 1, 0, 1, 1));
  return 0;
}}
"""
    source, binary = tmp_path / "one.c", tmp_path / "one"
    source.write_text(code + main_text, encoding="utf-8")
    subprocess.run([compiler, "-Wno-unused-function", str(source), "-o", str(binary)], check=True)
    assert in_process([str(binary)], "") == f"0 {4 * last} 1 3"


def test_sql() -> None:
    duckdb = pytest.importorskip("duckdb")
    base = duckdb.connect()
    for name in CASES:
        base.execute(text(name, "sql"))
        for point, value in whole(name):
            args = ", ".join(map(str, point.values()))
            assert base.execute(f'SELECT "{function(name)}"({args})').fetchone() == (value,)
        for point in broken(name):
            args = ", ".join(map(str, point.values()))
            with pytest.raises(duckdb.Error, match="do not divide"):
                base.execute(f'SELECT "{function(name)}"({args})').fetchall()


def test_spark() -> None:
    """In Spark itself, where it is installed."""
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark, and Java")
    quiet = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}
    found = sql.SparkSession.builder.master("local[1]").config(map=quiet).getOrCreate()
    for name in CASES:
        found.sql(text(name, "spark").strip().removesuffix(";"))
        call = f"`{function(name)}`"
        calls = [f"{call}({', '.join(map(str, point.values()))})" for point, _ in whole(name)]
        if calls:
            (row,) = found.sql(f"SELECT {', '.join(calls)}").collect()
            assert [int(each) for each in row] == [value for _, value in whole(name)]
        for point in broken(name):
            asked = f"SELECT {call}({', '.join(map(str, point.values()))})"
            with pytest.raises(Exception, match="do not divide"):
                found.sql(asked).collect()
    wide = symcost.load("gpt2").export("kv_cache_bytes", "spark", B=1, L=1, s=1)
    for ansi in ("true", "false"):
        found.conf.set("spark.sql.ansi.enabled", ansi)
        found.sql(wide.strip().removesuffix(";"))
        last = found.sql(f"SELECT gpt2_kv_cache_bytes({10**18})").collect()
        assert last[0][0] == 4 * 10**18
        for size, why in (
            ("0", "at least 1"),
            ("1.5D", "whole"),
            ("2.5", "whole"),
            ("1.0000000000000002D", "whole"),
            ("1000000000.000000001", "whole"),
        ):
            with pytest.raises(Exception, match=why):
                found.sql(f"SELECT gpt2_kv_cache_bytes({size})").collect()
        assert found.sql("SELECT gpt2_kv_cache_bytes(NULL)").collect()[0][0] is None
        if ansi == "true":
            with pytest.raises(Exception, match="OUT_OF_RANGE"):
                found.sql(f"SELECT gpt2_kv_cache_bytes({10**20})").collect()
    square = export(shown(Poly.of(d) ** 2 * s), "spark", "square", "for a test")
    for ansi in ("true", "false"):
        found.conf.set("spark.sql.ansi.enabled", ansi)
        found.sql(square.strip().removesuffix(";"))
        (row,) = found.sql(f"SELECT square(10, {10**18}), square(1, {10**19 - 1})").collect()
        assert [int(each) for each in row] == [10**37, (10**19 - 1) ** 2]
        with pytest.raises(Exception, match=r"OUT_OF_RANGE|more than 38"):
            found.sql(f"SELECT square(100, {10**18})").collect()
    found.stop()


def test_sql_runs_the_same_sweep() -> None:
    """A grid crossed in DuckDB, row by row what a sweep gives."""
    duckdb, np = pytest.importorskip("duckdb"), pytest.importorskip("numpy")
    model = symcost.load("llama-3-8b")
    base = duckdb.connect()
    base.execute(model.export("flops_train", "sql", B=4, L=32, V=128256, h=32, h_kv=8))
    found = base.execute(
        "SELECT llama_3_8b_flops_train(s, d, 4 * d) AS flops "
        "FROM (SELECT 256 * range AS d FROM range(1, 40)) CROSS JOIN "
        "(SELECT 97 * range AS s FROM range(1, 50)) ORDER BY d, s"
    ).fetchall()
    widths, lengths = 256 * np.arange(1, 40)[:, None], 97 * np.arange(1, 50)
    swept = model.sweep("flops_train", B=4, d=widths, d_ff=4 * widths, s=lengths)
    assert [each for (each,) in found] == swept.ravel().tolist()


def test_the_text_for_spark() -> None:
    lines = symcost.load("gpt2").export("kv_cache_bytes", "spark", B=1, L=1, s=1).splitlines()
    assert lines[-3:] == [
        "CREATE OR REPLACE TEMPORARY FUNCTION `gpt2_kv_cache_bytes`(`d` DECIMAL(38,19))",
        "RETURNS DECIMAL(38,0)",
        "RETURN CASE WHEN `d` IS NULL THEN NULL ELSE coalesce(CAST(CASE "
        "WHEN `d` % 1 <> 0 THEN raise_error('sizes are whole numbers') "
        "WHEN `d` < 1 THEN raise_error('sizes are at least 1') "
        "ELSE 4*CAST(`d` AS DECIMAL(38,0)) END AS DECIMAL(38,0)), "
        "raise_error('more than 38 digits')) END;",
    ]
    floor = text("floor", "spark").splitlines()[-1]
    assert (
        "- pmod((CAST(`s` AS DECIMAL(38,0)) - 3*CAST(`W` AS DECIMAL(38,0))), "
        "CAST(`W` AS DECIMAL(38,0)))) / CAST(`W` AS DECIMAL(38,0)) AS DECIMAL(38,0))" in floor
    )


def test_sql_over_a_table() -> None:
    duckdb = pytest.importorskip("duckdb")
    model = symcost.load("gpt2")
    base = duckdb.connect()
    base.execute(model.export("flops_forward", "sql", L=12, V=50257, B=1))
    base.execute("CREATE TABLE configs AS SELECT 64 * range AS width FROM range(1, 100)")
    found = base.execute(
        "SELECT width, gpt2_flops_forward(1024, width, 4 * width) FROM configs ORDER BY width"
    ).fetchall()
    form = with_sizes(model.form("flops_forward"), {L: 12, V: 50257, B: 1})
    assert found == [
        (width, evaluate(form, {s: 1024, d: width, find("d_ff"): 4 * width})) for width, _ in found
    ]
    # Beyond 64 bits it stays exact; beyond 128 bits it is an error and not a number.
    wide = base.execute(f"SELECT gpt2_flops_forward(1024, {10**12}, {10**12})").fetchone()
    assert wide == (evaluate(form, {s: 1024, d: 10**12, find("d_ff"): 10**12}),)
    for sizes in (f"{10**18}, {10**18}, {10**18}", "0, 1, 1"):
        with pytest.raises(duckdb.Error):
            base.execute(f"SELECT gpt2_flops_forward({sizes})").fetchall()


@pytest.mark.parametrize("name", CASES)
def test_spreadsheet(name: str) -> None:
    header, row = text(name, "spreadsheet").splitlines()
    formula = row.split("\t")[-1]
    form = CASES[name]
    assert header.split("\t") == [*(each.symbol for each in dims_of(form)), function(name)]
    for point, value in zip(points(form), EXPECTED[name], strict=True):
        cells = {f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[at]}2": v for at, v in enumerate(point.values())}
        found = cell(formula, cells)
        if Fraction(value).denominator != 1 or abs(value) >= 2**53:
            assert found is None
        else:
            # Above 2^53 a step on the way may refuse although the result is small; never a lie.
            assert found in (value, None)
            assert found == value or max(point.values()) > 40_000 or "ceil" in name


def test_a_spreadsheet_says_where_its_numbers_end() -> None:
    formula = symcost.load("gpt2").export("kv_cache_bytes", "spreadsheet").split("\t")[-1].strip()
    last = (2**53 - 1) // 4
    for width, value in ((last, 4 * last), (last + 1, None), (0, None), (1.5, None)):
        assert cell(formula, {"A2": 1, "B2": 1, "C2": 1, "D2": width}) == value


def test_names_are_safe() -> None:
    small, large = find("d"), find("h")
    assert identifiers([small, large], reserved=["d"])[small] == "d_model"
    assert identifiers([small], cells=True)[small] == "d_"
    assert function_name("7 b: x*/y") == "cost_7_b_x_y"
    lower = [each.lower() for each in identifiers([B, s, W, find("d_ff")], any_case=True).values()]
    assert len(set(lower)) == 4


def test_a_name_ends_no_comment() -> None:
    for language in LANGUAGES:
        made = export(shown(Poly.of(d)), language, "x", "evil */ int main\n import os\n")
        assert "evil */" not in made
        assert "\n import os" not in made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-q", "params", "--set", "B=3"], "is not in the closed form; it has"),
        (["-q", "params", "--set", "d=0"], "at least 1"),
        ([], "one quantity is exported at a time"),
        (["-q", "params", "-q", "flops_forward"], "one quantity is exported at a time"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "gpt2", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_prints(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "gpt2", "-q", "flops_forward", "--to", language, "--set", "L=12"]) == 0
    assert capsys.readouterr().out == symcost.load("gpt2").export("flops_forward", language, L=12)


def test_what_a_language_cannot_hold_is_refused() -> None:
    huge = shown(Poly.of(d) * 10**60)
    for language in ("c", "sql", "spark", "spreadsheet"):
        with pytest.raises(ExportError, match=r"more than|no cell"):
            export(huge, language, "huge", "for a test")
    run = loaded(export(huge, "python", "huge", "for a test"), "huge")
    assert run(3) == 3 * 10**60
    with pytest.raises(ExportError, match="none of"):
        export(huge, "cobol", "huge", "for a test")


def test_json_of_python_is_a_whole_number() -> None:
    """Nothing on the way is a float: a result with 40 digits is printed with 40 digits."""
    run = loaded(symcost.load("gpt2").export("flops_forward", L=12), "gpt2_flops_forward")
    assert json.dumps(run(1, 10**12, 50257, 10**12, 4 * 10**12)) == str(
        2 * 10**24 * (48 * 10**12 + 24 * 10**12 + 50257 + 96 * 10**12)
    )
