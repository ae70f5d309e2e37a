"""The same bytes everywhere: whatever the hash seed, locale, time zone or order of imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORLDS = {
    "seed": {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
    "posix": {
        "PYTHONHASHSEED": "4242",
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
        "PYTHONUTF8": "0",
    },
    "turkish": {
        "PYTHONHASHSEED": "7",
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "America/St_Johns",
        "COLUMNS": "40",
    },
}
FORMATS = ("latex", "markdown", "html")
# Every module, last name first, so that whatever registers itself does so in another order.
BACKWARDS = """
import importlib, pkgutil, sys
import symcost
names = [each.name for each in pkgutil.walk_packages(symcost.__path__, "symcost.")]
for name in sorted(names, reverse=True):
    if not name.endswith("__main__"):
        importlib.import_module(name)
from symcost.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _run(world, *arguments):
    environment = {**os.environ, **WORLDS[world]}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, check=False, cwd=ROOT
    )


def _written(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


@pytest.mark.parametrize("model", ["lecture", "deepseek-v3"])
def test_pages_are_the_same_bytes(model, tmp_path):
    pages = {}
    for world in WORLDS:
        arguments = ("-m", "symcost", "derive", model, "--format", ",".join(FORMATS))
        run = _run(world, *arguments, "-o", str(tmp_path / world))
        assert run.returncode == 0, run.stderr
        pages[world] = _written(tmp_path / world)
    first, *others = pages.values()
    assert len(first) >= len(FORMATS)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "gpt2", "--set", "B=1", "--set", "s=1024", "--json"),
        (
            "check",
            "--formula",
            "L*(3*d*d + h*d*d + 2*d*d_ff)",
            "--model",
            "lecture",
            "-q",
            "params",
            "--json",
        ),
        ("check", "docs/homework/homework.py", "--model", "lecture", "--format", "markdown"),
        ("which", "84934656", "--json"),
        ("explain", "tests/data/fuzz/config/control_sign.json"),
    ],
    ids=["eval", "formula", "homework", "which", "refused"],
)
def test_answers_are_the_same_bytes(arguments):
    runs = [_run(world, "-m", "symcost", *arguments) for world in ("seed", "turkish")]
    assert len({(run.returncode, run.stdout, run.stderr) for run in runs}) == 1
    assert runs[0].stdout or runs[0].stderr


def test_the_order_of_imports_is_nothing_to_a_page(tmp_path):
    plain, backwards = tmp_path / "plain", tmp_path / "backwards"
    arguments = ("derive", "gpt2", "--set", "B=1", "--format", ",".join(FORMATS), "-o")
    runs = [
        _run("seed", "-m", "symcost", *arguments, str(plain)),
        _run("seed", "-c", BACKWARDS, *arguments, str(backwards)),
    ]
    assert [run.returncode for run in runs] == [0, 0], runs[1].stderr
    assert _written(plain) == _written(backwards) != {}
