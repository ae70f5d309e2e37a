"""docs/how-to-add.md does what it says: everything is added to a copy of symcost, and run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_docs import BLOCK, commands, compare

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "how-to-add.md"
NAMED = re.compile(r"`((?:symcost|templates)/[\w/.-]+\.\w+|[\w-]+\.json)`")
ADDED = {"python", "toml", "json", "text"}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of symcost with everything added that the page adds."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("symcost", "templates"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    text, at = PAGE.read_text(encoding="utf-8"), 0
    for block in BLOCK.finditer(text):
        if block[1] in ADDED:
            add(folder / NAMED.findall(text[at : block.start()])[-1], block[2])
        elif block[1] == "diff":
            change(folder, block[2].splitlines())
        at = block.end()
    return folder


def add(path: Path, body: str) -> None:
    """A file that is there gets the entry at its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = f"{path.read_text(encoding='utf-8')}\n" if path.exists() else ""
    path.write_text(before + body, encoding="utf-8")


def change(folder: Path, lines: list[str]) -> None:
    """Lines of one file replaced, as the diff says."""
    path = folder / lines[0].removeprefix("--- ")
    old = "".join(f"{line[1:]}\n" for line in lines[1:] if line.startswith("-"))
    new = "".join(f"{line[1:]}\n" for line in lines[1:] if line.startswith("+"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def sections() -> list[str]:
    titles = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(titles) == 8
    return titles


@pytest.mark.parametrize("title", sections())
def test_what_is_added_is_found(title: str, copied: Path) -> None:
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    (console,) = [block[2] for block in BLOCK.finditer(text) if block[1] == "console"]
    ((command, code, shown),) = commands(console)
    done = subprocess.run(
        [sys.executable, "-m", "symcost", *shlex.split(command)[1:]],
        cwd=copied,
        env={**os.environ, "PYTHONPATH": str(copied), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == code, done.stderr
    compare(shown, done.stdout)
