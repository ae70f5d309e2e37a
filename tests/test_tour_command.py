"""The tour runs real commands: on a terminal step by step, into a pipe in one go."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from symcost.cli import main
from symcost.commands.tour import ASK, STEPS, Step

from .terminals import bare, environment, on_a_terminal, symcost

GOLDEN = Path(__file__).parent / "data" / "tour.txt"


def test_into_a_pipe_all_is_printed() -> None:
    """Written afresh by `COLUMNS= symcost tour > tests/data/tour.txt`."""
    done = subprocess.run(
        symcost("tour"),
        capture_output=True,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert done.stdout.decode() == GOLDEN.read_text(encoding="utf-8")
    assert done.stderr == b""


@pytest.mark.parametrize("step", STEPS, ids=[step.title for step in STEPS])
def test_a_step_shows_what_its_command_prints(
    step: Step, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(shlex.split(step.command)) == step.code
    assert capsys.readouterr().out in GOLDEN.read_text(encoding="utf-8")
    assert f"$ symcost {step.command}" in GOLDEN.read_text(encoding="utf-8")


def test_on_a_terminal_every_step_waits() -> None:
    code, seen = on_a_terminal(symcost("tour"), [(ASK, "\n")] * len(STEPS))
    assert code == 0
    text = bare(seen)
    places = [text.index(f"{at} of {len(STEPS)}. {step.title}") for at, step in enumerate(STEPS, 1)]
    assert places == sorted(places)
    assert text.count(ASK) == len(STEPS)
    assert "Where to go next" in text


@pytest.mark.parametrize("word", ["q\n", "Quit\n", "\x04"])
def test_it_can_be_left(word: str) -> None:
    code, seen = on_a_terminal(symcost("tour"), [(ASK, "\n"), (ASK, word)])
    assert code == 0
    assert f"2 of {len(STEPS)}" in seen
    assert f"3 of {len(STEPS)}" not in seen
