"""Whole commands beside a process that imports sympy, and beside one that does nothing."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lines import Line
from timing import Pairs, in_turn, median, process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SYMPY, NOTHING = ("-c", "import sympy"), ("-c", "pass")
EVAL = ("-m", "symcost", "eval", "gpt2")
RIGHT = ("--formula", "12 n_{layer} d_{model}^2", "--model", "gpt2")
WRONG = ("--formula", "L*(3*d*d + h*d*d + 2*d*d_ff)", "--model", "lecture")
# name, command, exit code, against, bar
LINES = (
    ("import", ("-c", "import symcost"), 0, SYMPY, 1.1),
    ("derive", ("-m", "symcost", "derive", "gpt2"), 0, ("-c", "import sympy, jinja2"), 3.0),
    ("eval", EVAL, 0, SYMPY, 0.5),
    ("eval-bare", EVAL, 0, NOTHING, 4.0),
    ("eval-first", EVAL, 0, SYMPY, 2.0),
    ("check-right", ("-m", "symcost", "check", *RIGHT, "-q", "params_non_embedding"), 0, SYMPY, 2),
    ("check-wrong", ("-m", "symcost", "check", *WRONG, "-q", "params_non_embedding"), 1, SYMPY, 2),
)


@contextmanager
def caches(*, emptied: bool) -> Iterator[Callable[[], dict[str, str]]]:
    """The variable that says where the entries of `eval` are: they stay, or are new every time."""
    with tempfile.TemporaryDirectory() as folder:

        def more() -> dict[str, str]:
            place = tempfile.mkdtemp(dir=folder) if emptied else folder
            return {"SYMCOST_CACHE": place}

        yield more


def measured(name: str, pairs: int) -> list[Line]:
    """One of the lines, by its name."""
    _, command, code, against, bar = next(each for each in LINES if each[0] == name)
    with caches(emptied=name == "eval-first") as more:
        run = process(*command, codes=(code,), more=more)
        found = in_turn(run, process(*against), pairs)
    return [
        Line(
            name,
            f"{_shown(command)} / {_shown(against)}",
            found.ratio("cpu"),
            bar,
            notes=notes(found),
        )
    ]


def notes(found: Pairs) -> tuple[str, ...]:
    """The figures behind a ratio of processes."""
    cpu = [median(each, "cpu") * 1000 for each in (found.measured, found.against)]
    wall = [median(each, "wall") * 1000 for each in (found.measured, found.against)]
    memory = [median(each, "memory") / 1024 for each in (found.measured, found.against)]
    return (
        f"processor {cpu[0]:,.0f} ms / {cpu[1]:,.0f} ms; "
        f"wall {wall[0]:,.0f} ms / {wall[1]:,.0f} ms, {found.ratio('wall'):.2f} x; "
        f"memory {memory[0]:,.0f} MiB / {memory[1]:,.0f} MiB",
    )


def _shown(arguments: tuple[str, ...]) -> str:
    words = [f'"{each}"' if " " in each else each for each in arguments]
    return f"python {' '.join(words)}"
