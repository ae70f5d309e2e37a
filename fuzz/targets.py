"""What is fuzzed: each reader as a function of bytes, with seeds, and what it may answer.

A reader may answer or refuse: refusing is a `ValueError` (or what the target names) whose message
is one line. Whatever else comes out is a finding.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from symcost.catalog.own_model import read_own
from symcost.certificates import checker
from symcost.certificates.write import certificate_text
from symcost.checking.files import read_work
from symcost.checking.formula import read_formula
from symcost.checking.latex import read_latex
from symcost.checking.reading import read_any
from symcost.config.read import read as read_config
from symcost.graph.author import build
from symcost.marking import check
from symcost.model import load
from symcost.plot.collect import read_range
from symcost.quantities.plan import read_plan
from symcost.questions.budget import read as read_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
FOLDER = Path(tempfile.mkdtemp(prefix="symcost-fuzz-"))
ONE_FILE = FOLDER / "input"


@dataclass(frozen=True)
class Target:
    """A reader, where its seeds come from, and how it may refuse."""

    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    refuses: tuple[type[Exception], ...] = (ValueError,)
    longest: int = 2_000


def text_of(data: bytes) -> str:
    """Bytes as text; most are text already, and what is not becomes the replacement sign."""
    return data.decode("utf-8", "replace")


def _formulas() -> list[str]:
    rows = [json.loads(row) for row in _lines("notation.jsonl")]
    rows += [json.loads(row) for row in _lines("wild.jsonl")]
    keys = ("text", "snippet_formula", "latex")
    return [row[key] for row in rows for key in keys if row.get(key)]


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines()


def _encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def _configs() -> list[bytes]:
    rows = [json.loads(row) for row in _lines("hf_models.jsonl")]
    return [json.dumps(row["config"]).encode() for row in rows if "config" in row][::12]


def _config(data: bytes) -> object:
    architecture = read_config(_saved(data, ".json"))
    return build(architecture.declaration, architecture.name, **architecture.flags)


def _own(data: bytes) -> object:
    architecture = read_own(_saved(data, ".toml"))
    return build(architecture.declaration, architecture.name, **architecture.flags)


def _saved(data: bytes, suffix: str) -> Path:
    path = ONE_FILE.with_suffix(suffix)
    path.write_bytes(data)
    return path


def _work(ending: str) -> Callable[[bytes], object]:
    return lambda data: read_work(text_of(data), f"input{ending}", ending)


def _works(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [(DATA / "works" / name).read_bytes() for name in names]


def _certificates() -> list[bytes]:
    return [certificate_text(load("lecture").derive("params").page).encode()]


def _declarations() -> list[bytes]:
    """The TOML files that the documentation shows."""
    text = (ROOT / "docs" / "your-own.md").read_text(encoding="utf-8")
    return _encoded(re.findall(r"```toml\n(.*?)```", text, re.DOTALL))


SMALL = ("L*(3*d*d + h*d*d + 2*d*d_ff)", "12 L d^2", "2 L d (2 d + d_ff)", "d**2")

TARGETS: dict[str, Target] = {
    "formula": Target(lambda data: read_formula(text_of(data)), lambda: _encoded(_formulas())),
    "latex": Target(lambda data: read_latex(text_of(data)), lambda: _encoded(_formulas())),
    "any": Target(lambda data: read_any(text_of(data)), lambda: _encoded(_formulas())),
    "script": Target(_work(".py"), _works("counts.py", "training_flops.py", "homework.py")),
    "notebook": Target(_work(".ipynb"), _works("sizing.notebook.json", "old.notebook.json")),
    "markdown": Target(_work(".md"), _works("page.md")),
    "tex": Target(_work(".tex"), _works("paper.tex")),
    "sheet": Target(_work(".txt"), _works("sheet.txt")),
    "config": Target(_config, _configs, longest=4_000),
    "declaration": Target(_own, _declarations),
    "check": Target(
        lambda data: check(text_of(data), model="lecture", quantity="params"),
        lambda: _encoded(SMALL),
        longest=200,
    ),
    "plan": Target(
        lambda data: read_plan(text_of(data), {}),
        lambda: _encoded(("dp=8,tp=4,pp=2,ep=2,sp,micro=16,chunks=2",)),
        longest=200,
    ),
    "question": Target(
        lambda data: read_question(text_of(data)), lambda: _encoded(("params = 7e9",)), longest=200
    ),
    "range": Target(
        lambda data: read_range(text_of(data)), lambda: _encoded(("s=128:65536:256",)), longest=200
    ),
    "certificate": Target(
        lambda data: checker.check(json.loads(text_of(data))),
        _certificates,
        (ValueError, checker.CertificateError, checker.FalseLineError, RecursionError),
        longest=20_000,
    ),
}
