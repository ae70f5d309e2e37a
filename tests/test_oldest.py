"""The oldest SymPy and Jinja that are supported give what the newest give, byte for byte.

OLDEST names an interpreter with the lower bounds installed; `make test-oldest` makes one.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from symcost.catalog import find

ROOT = Path(__file__).parent.parent
OLDEST = os.environ.get("OLDEST", "")
FORMATS = "latex,beamer,fragments,macros,markdown,html,text,json,certificate"
CLOSED_FORMS = """
import sys
import sympy, symcost
from symcost.catalog import find
for name in sys.argv[1:]:
    model = symcost.load(name)
    for quantity in find.quantities():
        try:
            print(name, quantity, sympy.srepr(model.expr(quantity)), model.form(quantity))
        except ValueError as refusal:
            print(name, quantity, refusal)
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
pytestmark = pytest.mark.oldest


def _both(*arguments):
    """What the newest and the oldest print."""
    assert OLDEST, "set OLDEST to the interpreter, or run `make test-oldest`"
    return [
        subprocess.run(
            [python, *arguments], capture_output=True, text=True, check=True, env=ENVIRONMENT
        ).stdout
        for python in (sys.executable, OLDEST)
    ]


def test_they_are_the_lower_bounds():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shown = "from importlib.metadata import version as v; print(v('sympy'), v('jinja2'))"
    newest, oldest = (text.split() for text in _both("-c", shown))
    bounds = [each.split(">=")[1] for each in declared["project"]["dependencies"]]
    assert [each.removesuffix(".0") for each in oldest] == bounds
    assert newest != oldest


@pytest.mark.parametrize("start", range(4))
def test_closed_forms_are_the_same(start):
    newest, oldest = _both("-c", CLOSED_FORMS, *find.presets()[start::32])
    assert len(newest.splitlines()) > 100
    assert newest == oldest


@pytest.mark.parametrize("name", ["lecture", "deepseek-v3", "swin-tiny"])
def test_pages_are_the_same_bytes(name, tmp_path):
    written = []
    for python in (sys.executable, OLDEST):
        folder = tmp_path / str(len(written))
        subprocess.run(
            [python, "-m", "symcost", "derive", name, "--format", FORMATS, "-o", folder],
            capture_output=True, check=True, cwd=ROOT, env=ENVIRONMENT,
        )  # fmt: skip
        written.append({path.name: path.read_bytes() for path in folder.rglob("*.*")})
    assert written[0] == written[1]
    assert len(written[0]) >= len(FORMATS.split(","))
