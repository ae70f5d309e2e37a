"""The harness of mutation testing: what it measures with, tried on a module of three functions."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

from mutation import blocks
from mutation.blocks import MARK, Blocks, marked
from mutation.choose import Group, chosen
from mutation.live import Live, same
from mutation.report import interval, survivors, table

SOURCE = '''
def larger(a, b):
    """Words."""
    if a > b:
        return a
    return b


TABLE = {"twice": lambda x: 2 * x}


def outer(x):
    def inner():
        return x + 1

    return inner
'''


def module(path: Path, source: str) -> types.ModuleType:
    made = types.ModuleType("made")
    exec(compile(source, str(path), "exec"), made.__dict__)  # noqa: S102
    return made


def test_blocks_are_noted_where_they_are_entered(tmp_path: Path) -> None:
    entered: list[str] = []
    made = types.ModuleType("marked")
    setattr(made, MARK, entered.append)
    exec(compile(marked("m.py", SOURCE), str(tmp_path), "exec"), made.__dict__)  # noqa: S102
    assert (made.larger(2, 1), made.larger(1, 2), made.TABLE["twice"](4)) == (2, 2, 8)
    assert entered == [
        "m.py::larger#1", "m.py::larger#2", "m.py::larger#1", "m.py::larger#3",
        "m.py::<lambda>#1",
    ]  # fmt: skip
    found = Blocks("m.py", SOURCE)
    assert [found.of(line, 8) for line in (4, 5, 6)] == [f"m.py::larger#{at}" for at in (1, 2, 3)]
    assert found.of(9, 28) == "m.py::<lambda>#1"
    assert found.of(9, 0) == ""  # runs when the module is loaded
    assert blocks.Blocks("m.py", "x = 1\n").of(1, 0) == ""


@pytest.mark.parametrize(
    ("before", "after", "answers"),
    [
        ("a > b", "a < b", (1, 8, 5)),
        ("2 * x", "3 * x", (2, 12, 5)),
        ("x + 1", "x - 1", (2, 8, 3)),
    ],
)
def test_live_functions_take_a_change(
    tmp_path: Path, before: str, after: str, answers: tuple[int, int, int]
) -> None:
    path = tmp_path / "made.py"
    made = module(path, SOURCE)
    held = made.larger, made.TABLE["twice"], made.outer  # as somebody has imported them
    old = compile(SOURCE, str(path), "exec")
    new = compile(SOURCE.replace(before, after), str(path), "exec")
    assert not same(old, new)
    assert same(old, compile("\n" + SOURCE, str(path), "exec"))
    changes = Live({path}).changes(old, new)
    assert changes
    for function, code in changes:
        function.__code__ = code
    assert (held[0](2, 1), held[1](4), held[2](4)()) == answers


def test_what_is_no_function_is_loaded_anew(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    made = module(path, SOURCE)
    old = compile(SOURCE, str(path), "exec")
    new = compile(SOURCE.replace("twice", "thrice"), str(path), "exec")
    assert made.TABLE
    assert Live({path}).changes(old, new) is None


def test_the_fastest_of_every_file_first_within_the_budget() -> None:
    a, b, c, d = (
        Group((f"{file}::t{seconds}",), seconds)
        for file, seconds in (("x", 1.0), ("x", 0.5), ("y", 2.0), ("z", 9.0))
    )
    assert chosen([a, b, c, d], 100) == [b, c, d, a]
    assert chosen([a, b, c, d], 4) == [b, c, a]
    assert chosen([], 4) == []


def test_shares_have_their_interval() -> None:
    assert [round(each, 3) for each in interval(90, 100)] == [0.826, 0.945]  # Wilson's
    assert [round(each, 3) for each in interval(10, 10)] == [0.722, 1.0]
    rows = [{"verdict": "killed"}] * 8 + [{"verdict": "timeout"}, {"verdict": "no code"}]
    alive = {
        "verdict": "survived", "path": "m.py", "line": 3, "where": "f", "tests": 2,
        "before": "a", "after": "b",
    }  # fmt: skip
    shown = table({"algebra": [*rows, alive]}, {"algebra": 1234})
    assert "| algebra | 1,234   | 10     | 8      | 1       | 1        | 90.0 % |" in shown
    assert survivors({"algebra": [*rows, alive]}) == ("m.py:3 f, 2 groups of tests\n  - a\n  + b\n")
