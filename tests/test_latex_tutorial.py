"""The document at the end of the tutorial is set by TeX, from what its command writes."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from symcost.cli import main
from tests.test_docs import BLOCK

pytestmark = pytest.mark.tex

TUTORIAL = Path(__file__).parent.parent / "docs" / "tutorial.md"


def test_the_document_of_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = [(block[1], block[2]) for block in BLOCK.finditer(TUTORIAL.read_text("utf-8"))]
    (command,) = [body.splitlines()[0] for _, body in blocks if "--fragment" in body]
    (document,) = [body for kind, body in blocks if kind == "latex"]
    assert main(shlex.split(command)[2:]) == 0
    (tmp_path / "notes.tex").write_text(document, encoding="utf-8")
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "notes.tex"],
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Overfull \\hbox" not in done.stdout
    assert "undefined" not in done.stdout
    assert (tmp_path / "notes.pdf").stat().st_size > 10_000
