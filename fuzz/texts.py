"""Formulas and works of other people, and what stands around them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fuzz.target import DATA, Target, encoded, of_text
from symcost.checking.annotations import AnnotationError, find_annotations
from symcost.checking.claims import exact_number
from symcost.checking.declared import declare
from symcost.checking.files import read_work
from symcost.checking.formula import read_formula
from symcost.checking.latex import read_latex
from symcost.checking.reading import read_any
from symcost.marking import check

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = ("L*(3*d*d + h*d*d + 2*d*d_ff)", "12 L d^2", "2 L d (2 d + d_ff)", "d**2")
SNIPPETS = (
    "d = 768\nL = 12\nattn = 4 * d * d  # = 2,359,296\nprint(f'{attn * L / 1e6:.1f}M')\n",
    "def params(n_layer, d, ratio=4):\n    return n_layer * (4*d*d + 2*ratio*d*d)\n"
    "print(params(12, 768))\n",
    "class C:\n    d: int = 768\n    @property\n    def mlp(self):\n        return 8 * self.d**2\n"
    "total = sum(C().mlp for _ in range(12))\n",
    "x = {'d': 768, 'h': 12}\nhead = x['d'] // x['h']\nassert head == 64\n",
    "total = 0\nfor i in range(L):\n    total += 2*d*d_ff if i % 2 else 3*d*d_ff\n",
    "qkv, out = 3*d*d, d*d\nparams = L*(qkv + out + sum([4*d, 5*d]))\n",
)
REMARKS = (
    "# symcost: params_non_embedding of gpt2 = 12*L*d**2\n",
    "flops = 6 * N * D  # symcost: flops_train of llama-2-7b under kaplan-2020 where D is tokens\n",
    "// symcost: params of lecture per token where H is heads, d is 768 = 2*H */\n-- symcost: x\n",
)


def _rows(name: str) -> list[dict[str, object]]:
    return [json.loads(row) for row in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _formulas() -> list[bytes]:
    keys = ("text", "snippet_formula", "latex")
    rows = [*_rows("notation.jsonl"), *_rows("wild.jsonl")]
    return encoded(str(row[key]) for row in rows for key in keys if row.get(key))


def _work(ending: str) -> Callable[[bytes], object]:
    return of_text(lambda text: read_work(text, f"input{ending}", ending))


def _works(*names: str, more: tuple[str, ...] = ()) -> Callable[[], list[bytes]]:
    """Works, and the pieces of them that a blank line ends: short inputs are read a hundred times
    while a long one is read once.
    """

    def seeds() -> list[bytes]:
        whole = [(DATA / "works" / name).read_bytes() for name in names]
        pieces = [each for work in whole for each in work.split(b"\n\n") if len(each) > 30]
        return [*whole, *pieces, *encoded(more)]

    return seeds


def _remarks(text: str) -> list[object]:
    """The annotations of a file; one that is none is told beside the others."""
    found = list(find_annotations(text))
    refused = [each[1] for each in found if isinstance(each, tuple)]
    if refused:
        raise refused[0]
    return list(found)


def _case(data: bytes) -> object:
    case = json.loads(data)
    if not isinstance(case, dict) or set(case) != {"model", "count", "scope", "symbols"}:
        raise ValueError("no case")
    return declare(**case).truth()


def _cases() -> list[bytes]:
    rows = _rows("cases_own.jsonl")
    keys = ("model", "count", "scope", "symbols")
    kept = [{key: row[key] for key in keys} for row in rows if all(row.get(key) for key in keys)]
    return encoded(map(json.dumps, kept[:40]))


def _number(text: str) -> object:
    found = exact_number(text)
    if found is None:
        raise ValueError("no number")
    return found


TEXTS = {
    "formula": Target(of_text(read_formula), _formulas, "a formula as it is typed"),
    "latex": Target(of_text(read_latex), _formulas, "a formula in LaTeX"),
    "any": Target(of_text(read_any), _formulas, "a formula in either notation"),
    "number": Target(
        of_text(_number), lambda: encoded(("768", "7/2", "2.5", "1e9")), "`check --number`"
    ),
    "check": Target(
        of_text(lambda text: check(text, model="lecture", quantity="params")),
        lambda: encoded(SMALL),
        "a formula, held against a model",
        longest=200,
        seconds=5,
    ),
    "annotation": Target(
        of_text(_remarks),
        lambda: encoded(REMARKS),
        "comments for `check --comments`",
        refuses=(AnnotationError,),
    ),
    "script": Target(
        _work(".py"),
        _works("homework.py", more=SNIPPETS),
        "a script in Python, never run",
        longest=500,
    ),
    "notebook": Target(
        _work(".ipynb"),
        _works("sizing.notebook.json", "old.notebook.json"),
        "a notebook, never run",
        "json",
        longest=3_000,
    ),
    "markdown": Target(_work(".md"), _works("page.md"), "a page in Markdown", longest=500),
    "tex": Target(_work(".tex"), _works("paper.tex"), "a document in LaTeX", longest=500),
    "sheet": Target(_work(".txt"), _works("sheet.txt"), "formulas, one on each line", longest=300),
    "case": Target(
        _case, _cases, "a network in a few words (`checking.declared`)", "json", longest=2_000
    ),
}
