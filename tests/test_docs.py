"""The documents show what happens: files are written, commands run, outputs compared."""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
import shutil
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
    "docs/live.md",
    "docs/pdf.md",
    "docs/parallelism.md",
    "docs/questions-compare.md",
    "docs/questions-solve.md",
    "docs/which.md",
    "docs/checking.md",
    "docs/beyond.md",
    "docs/terminal.md",
    "docs/data.md",
    "docs/index.md",
    "docs/conventions.md",
    "docs/tutorial.md",
    "docs/howto-check.md",
    "docs/howto-lecture.md",
    "docs/interop.md",
    "docs/howto-evaluate.md",
    "docs/documents.md",
    "docs/certificates.md",
    "docs/faults.md",
    "docs/fuzzing.md",
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"`([\w-]+\.(?:toml|py|md|json|tex))`")
FILES = {"toml": ".toml", "python": ".py", "markdown": ".md", "json": ".json", "latex": ".tex"}
EXIT = re.compile(r"  # exit code (\d)$")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    shutil.copytree(ROOT / "docs" / "homework", tmp_path / "docs" / "homework")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_is_shown(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    ran, at = 0, 0
    for block in BLOCK.finditer(text):
        kind, body = block[1], block[2]
        if kind in FILES:
            # A block is the file that the words before it name last, if they name one.
            names = NAMED.findall(text[at : block.start()])
            names = [each for each in names if each.endswith(FILES[kind])]
            if names:
                (folder / names[-1]).write_text(body, encoding="utf-8")
        if kind == "console":
            for command, code, shown in commands(body):
                if "config.json" in command:
                    continue  # any file of the reader's own
                assert main(shlex.split(command)[1:]) == code, command
                printed = capsys.readouterr()
                compare(shown, printed.out + printed.err)
                ran += 1
        at = block.end()
    assert ran >= 1


def commands(body: str) -> list[tuple[str, int, list[str]]]:
    """Each command, its exit code (0 unless a comment behind it says another), its output."""
    found: list[tuple[str, int, list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            said = EXIT.search(line)
            found.append((line[2:].split("  # ")[0], int(said[1]) if said else 0, []))
        else:
            found[-1][2].append(line)
    return found


@pytest.mark.parametrize("page", [*PAGES, "docs/notebooks.md"])
def test_what_python_answers_is_shown(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = [block[2] for block in BLOCK.finditer(text) if block[1] == "pycon"]
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert runner.run(session).failed == 0


@pytest.mark.parametrize("page", ["checking.md", "howto-evaluate.md"])
def test_the_tests_that_are_shown_pass(page: str, folder: Path) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (body,) = [block[2] for block in BLOCK.finditer(text) if "def test_" in block[2]]
    (folder / "costs.py").write_text(body, encoding="utf-8")
    tests = {k: v for k, v in runpy.run_path("costs.py").items() if k.startswith("test_")}
    for each in tests.values():
        each()
    assert tests


def test_a_class_is_marked_as_shown(folder: Path) -> None:
    text = (ROOT / "docs" / "howto-check.md").read_text(encoding="utf-8")
    (script,) = [block[2] for block in BLOCK.finditer(text) if "def mark_class" in block[2]]
    (table,) = [block[2] for block in BLOCK.finditer(text) if block[2].startswith("work,verdict")]
    works = folder / "homeworks"
    works.mkdir()
    shutil.copyfile(ROOT / "docs" / "homework" / "homework.py", works / "ada.py")
    (works / "ben.py").write_text(
        "d, d_ff, L = 768, 3072, 12\nlayer = 4 * d**2 + 2 * d * d_ff\nparams = L * layer\n",
        encoding="utf-8",
    )
    (works / "cy.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "mark_class.py").write_text(script, encoding="utf-8")
    runpy.run_path("mark_class.py")["mark_class"](works, "lecture")
    made = (works / "marked" / "class.csv").read_text(encoding="utf-8").splitlines()
    assert made[:3] == table.splitlines()
    assert made[3].startswith("cy.txt,")
    assert "21" in (works / "marked" / "ada.py.html").read_text(encoding="utf-8")


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
