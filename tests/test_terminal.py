"""What is printed fits the screen, has colours on terminals only, and fails over no character."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symcost
from symcost.certificates.checker import FORMAT
from symcost.cli import main, parser
from symcost.commands import console, progress
from symcost.render.breaking import broken, wrapped
from symcost.render.pdf import engine
from symcost.render.screen import PAPER, TONES, Screen
from symcost.render.text import TextWriter

from .terminals import bare, environment, on_a_terminal
from .terminals import symcost as command

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = {name: each for name, each in parser().commands.items() if each.summary}
CERTIFICATE = {"format": FORMAT, "sizes": {}, "names": [], "chains": []}
EXAMPLES = [(name, line) for name, each in COMMANDS.items() for line in each.examples]
NUMBER = re.compile(r"\d[\d,]*")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)


def words_of(line: str) -> tuple[list[str], int]:
    """The words of an example, and the exit code that it states."""
    said, _, code = line.partition("  # exit code ")
    return shlex.split(said), int(code or 0)


# -- formulas and words in lines -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "width", "lines"),
    [
        (
            "12 (4 x 768^2 + 2 x 768 x 3,072 + 9 x 768 + 3,072) + 768 (50,257 + 1,024 + 2)",
            60,
            [
                "12 (4 x 768^2 + 2 x 768 x 3,072 + 9 x 768 + 3,072)",
                "  + 768 (50,257 + 1,024 + 2)",
            ],
        ),
        (
            "L*(4*d**2 + 2*d*d_ff + 9*d + d_ff) + d*(V + n_ctx + 2)",
            24,
            ["L*(4*d**2 + 2*d*d_ff", "    + 9*d + d_ff)", "  + d*(V + n_ctx + 2)"],
        ),
        (
            "(2 L d + 4 B L s)/(8 B L s d^2 + V d)",
            26,
            ["(2 L d + 4 B L s)", "  /(8 B L s d^2 + V d)"],
        ),
        ("2 B s d h d_h", 12, ["2 B s d h", "  d_h"]),
        ("max(2 d, 3 d_ff)", 12, ["max(2 d,", "    3 d_ff)"]),
        ("d = 2 d_ff", 7, ["d", "  = 2", "  d_ff"]),
        ("123,456,789,012", 5, ["123,456,789,012"]),
        ("2 L d", 100, ["2 L d"]),
    ],
)
def test_formulas_break_before_signs_then_between_factors(
    formula: str, width: int, lines: list[str]
) -> None:
    assert broken(formula, width) == lines


MODELS = ("gpt2", "llama-3-8b", "deepseek-v3")
QUANTITIES = ("params", "flops_forward", "activation_bytes", "traffic_bytes")
FORMULAS = [
    written
    for name in MODELS
    for quantity in QUANTITIES
    for written in (
        symcost.load(name).report(quantity)["expressions"][quantity],
        TextWriter().math(symcost.load(name).form(quantity)),
    )
]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(FORMULAS), st.integers(1, 120))
def test_a_broken_formula_is_the_same_formula(formula: str, width: int) -> None:
    lines = broken(formula, width)
    assert "".join("".join(lines).split()) == "".join(formula.split())
    # No number and no name is torn apart: the pieces of the lines are those of the whole.
    pieces = re.compile(r"[\w,.^]+")
    assert [one for line in lines for one in pieces.findall(line)] == pieces.findall(formula)
    if width >= 60:
        assert max(map(len, lines)) <= width


def test_words_keep_long_words_whole() -> None:
    assert wrapped("a bb ccc", 4, 1) == ["a bb", " ccc"]
    assert wrapped("https://example.org/a-b-c d", 5) == ["https://example.org/a-b-c", "d"]
    assert wrapped("", 5) == [""]


# -- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lecture", "gpt2", "mixtral-8x7b", "deepseek-v3"])
@pytest.mark.parametrize("width", [60, 80, 100, 132, 200])
def test_pages_fit_and_numbers_stay_whole(model: str, width: int) -> None:
    page = symcost.load(model).derive("params", "flops_forward", B=1, s=1024)
    lines = page.to_text(Screen(width=width)).splitlines()
    too_long = [line for line in lines if len(line) > width]
    assert too_long == []
    # The page says the same numbers, however wide it is.
    wide = page.to_text(Screen(width=10_000))
    for number in set(NUMBER.findall(wide)):
        if len(number) > 5:
            assert any(number in NUMBER.findall(line) for line in lines), number


def test_numbers_of_a_table_end_in_one_column() -> None:
    page = symcost.load("gpt2").derive("params").to_text(Screen(width=80))
    table = page[page.index("Where it goes") :].split("\n\n")[1].splitlines()
    ends = {len(line.rstrip()) for line in table if line.rstrip().endswith("%")}
    assert len(ends) == 1
    assert len(table) >= 10


def test_a_narrow_screen_makes_records_of_wide_tables() -> None:
    page = symcost.load("gpt2").derive("params").to_text(Screen(width=60))
    record = "  W_E\n    Closed form  V d\n    Value        38,597,376\n    Share        31.0 %\n"
    assert record in page
    assert "38,597,376" in page


def test_colour_adds_nothing_but_colour() -> None:
    page = symcost.load("lecture").derive("params")
    coloured = page.to_text(Screen(colour=True))
    assert "\x1b[1;36m" in coloured
    assert bare(coloured) == page.to_text(PAPER)
    assert all(Screen(colour=True).paint("x", tone) != "x" for tone in TONES)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("model", ["gpt2", "deepseek-v3", "lecture"])
def test_trees_fit_and_add_up(
    model: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["show", model]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert max(map(len, printed)) <= width
    at = next(n for n, line in enumerate(printed) if line.startswith(f"{model}  "))
    found = [re.search(r" ([\d,]+) +(?:< )?[\d.]+ %$", line) for line in printed[at:]]
    numbers = [int(each[1].replace(",", "")) for each in found if each]
    assert len(numbers) == len(printed) - at
    assert numbers[0] == symcost.load(model).value("params")
    rows = zip(printed[at:], numbers, strict=True)
    assert sum(number for line, number in rows if line[:3] in ("├─ ", "└─ ")) == numbers[0]


# -- what a terminal is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "variables", "terminal", "colours"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, True, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_who_decides_on_colours(
    choice: str,
    variables: dict[str, str],
    terminal: bool,
    colours: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console, "is_terminal", lambda _: terminal)
    assert console.coloured(choice) is colours


@pytest.mark.parametrize(
    ("columns", "width"), [(None, 100), ("60", 60), ("20", 40), ("999", 200), ("x", 100)]
)
def test_a_pipe_is_as_wide_as_it_is_told(
    columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(console, "is_terminal", lambda _: False)
    assert console.width() == width


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_terminal_is_filled_and_coloured(columns: int) -> None:
    words = command("derive", "gpt2", "-q", "flops_train", "--set", "B=1", "--set", "s=1024")
    code, seen = on_a_terminal(words, columns=columns)
    assert code == 0
    assert "\x1b[1m" in seen
    longest = max(len(line) for line in bare(seen).splitlines())
    assert columns - 20 <= longest <= columns
    plain = on_a_terminal([*words, "--color", "never"], columns=columns)[1]
    assert bare(plain) == plain


# -- what an encoding lacks ------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize(
    ("name", "line"), EXAMPLES, ids=[f"{name} {at}" for at, (name, _) in enumerate(EXAMPLES)]
)
def test_examples_run_in_any_encoding(
    name: str,
    line: str,
    encoding: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The help of every command has examples, and each exits as it says it does."""
    assert line.split()[0] == name
    words, code = words_of(line)
    if "--pdf" in words and not can_make_pdf():
        pytest.skip("nothing that makes PDFs is installed: pip install typst")
    monkeypatch.chdir(tmp_path)
    _files_of_the_examples(tmp_path)
    with (tmp_path / "out").open("w", encoding=encoding, errors="strict") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main(words) == code
    text = (tmp_path / "out").read_text(encoding=encoding)
    assert text.strip() != ""
    assert encoding != "ascii" or text.isascii()


def can_make_pdf() -> bool:
    """Whether an engine is there."""
    try:
        engine(None)
    except ValueError:
        return False
    return True


def _files_of_the_examples(folder: Path) -> None:
    """What the examples are about, where it is a file of the reader's own."""
    config = folder / "path" / "to" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"model_type": "gpt2", "n_layer": 2}', encoding="utf-8")
    work = folder / "homework.py"
    work.write_text("L, d = 12, 768\nattention = 3 * L * d**2\n", encoding="utf-8")
    (folder / "train.py").write_text("# symcost: params of lecture = 12*L*d**2\n", encoding="utf-8")
    for name in ("gpt2", "llama"):
        (folder / f"{name}.cert.json").write_text(json.dumps(CERTIFICATE), encoding="utf-8")


def test_every_command_shows_examples() -> None:
    for name, each in COMMANDS.items():
        assert 2 <= len(each.examples) <= 6, name
        text = each.format_help()
        assert all(f"  symcost {line}" in text for line in each.examples)
        assert max(map(len, each.examples)) <= 88
    assert len(COMMANDS) >= 19


def test_the_help_names_every_command_once() -> None:
    text = parser().format_help()
    for name, each in COMMANDS.items():
        assert len(re.findall(rf"^  {name} +{re.escape(each.summary)}$", text, re.MULTILINE)) == 1
    assert "complete " not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("text", "2 × 3 ✓ … 模", r"2 x 3 ok ... \u6a21"),
        ("html", "<b>×</b>", "<b>&#215;</b>"),
        ("json", '{"a": "×𝑎"}', r'{"a": "\u00d7\ud835\udc4e"}'),
    ],
)
def test_a_lacking_character_is_written_as_the_format_can(
    kind: str, text: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as out:
        monkeypatch.setattr(sys, "stdout", out)
        console.put(text, kind)
    assert path.read_text(encoding="ascii") == shown


def test_a_complaint_fails_over_no_character() -> None:
    done = subprocess.run(
        command("eval", "模型"),
        env=environment(PYTHONIOENCODING="ascii"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(rb"symcost: '\u6a21\u578b' is not a known model.")


# -- long work -------------------------------------------------------------------------------------

LONG = """
import time
from symcost.commands.progress import progress
with progress("long\\x1b work") as count:
    count(1, 4)
    time.sleep({seconds})
print("done")
"""


def test_long_work_is_shown_and_erased() -> None:
    code, seen = on_a_terminal([sys.executable, "-c", LONG.format(seconds=1.2)])
    assert code == 0
    assert f"\rlong work [{'#' * 5}{' ' * 15}] 1 of 4, 0 s\x1b[K" in seen
    assert seen.endswith(f"{progress.ERASED}done\n")


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, None])
def test_short_work_and_dumb_terminals_show_nothing(variables: dict[str, str] | None) -> None:
    seconds = 0 if variables is None else 0.8
    run = [sys.executable, "-c", LONG.format(seconds=seconds)]
    assert on_a_terminal(run, variables=variables) == (0, "done\n")


def test_into_a_pipe_nothing_is_shown() -> None:
    run = [sys.executable, "-c", LONG.format(seconds=0.8)]
    done = subprocess.run(run, capture_output=True, env=environment(), check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")


# -- speed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["derive", "--help"],
        ["completion", "bash"],
        ["complete", "--", "derive", "gpt2", "--set", ""],
        ["complete", "--", "eval", "g"],
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "symcost", *words],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "symcost" in loaded
    assert not loaded & {"sympy", "jinja2", "numpy", "pyarrow", "matplotlib"}


def test_the_screen_of_a_command_is_not_the_next_ones(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    main(["list", "conventions", "--color", "always"])
    narrow = capsys.readouterr().out
    monkeypatch.delenv("COLUMNS")
    main(["list", "conventions"])
    wide = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= 60 < max(map(len, wide.splitlines()))
    assert console.screen()._replace(plain=False) == PAPER


def test_the_name_of_a_file_moves_no_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\x1b[2J.json"
    path.write_text('{"model_type": "gpt2", "\\u001b[2J": "\\u001b[2J"}', encoding="utf-8")
    for asked in ("explain", "eval", "show", "derive"):
        assert main([asked, str(path), "--color", "never"]) == 0
        assert "\x1b" not in capsys.readouterr().out, asked
