"""The documents show what happens: files are written, commands run, outputs compared."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from symcost.cli import main

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "docs/your-own.md",
    "docs/sweeps.md",
    "docs/traffic.md",
    "docs/activations.md",
    "docs/variants.md",
    "docs/plots.md",
    "docs/parallelism.md",
    "docs/questions-compare.md",
    "docs/questions-solve.md",
    "docs/which.md",
    "docs/beyond.md",
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"`([\w-]+\.(?:toml|py))`")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_is_shown(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    ran, at = 0, 0
    for block in BLOCK.finditer(text):
        kind, body = block[1], block[2]
        if kind in ("toml", "python"):
            # A block is the file that the words before it name last, if they name one.
            names = NAMED.findall(text[at : block.start()])
            if names:
                (folder / names[-1]).write_text(body, encoding="utf-8")
        if kind == "console":
            for command, shown in commands(body):
                if "config.json" in command:
                    continue  # any file of the reader's own
                assert main(shlex.split(command)[1:]) == 0
                compare(shown, capsys.readouterr().out)
                ran += 1
        at = block.end()
    assert ran >= 4


def commands(body: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append((line[2:].split("  # ")[0], []))
        else:
            found[-1][1].append(line)
    return found


def compare(shown: list[str], printed: str) -> None:
    """Every shown line stands in the output, in that order; between two without … nothing does."""
    lines, at, free = printed.splitlines(), 0, False
    for line in shown:
        if line == "…":
            free = True
            continue
        assert line in lines[at:], f"not printed: {line}\n\n{printed}"
        place = lines.index(line, at)
        assert free or place == at, f"something stands before: {line}\n\n{printed}"
        at, free = place + 1, False
