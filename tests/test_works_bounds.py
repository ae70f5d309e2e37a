"""Hostile works: bounded time, one line, nothing run."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from symcost.checking.files import read_file
from symcost.checking.markdown import read_markdown
from symcost.checking.notebook import read_notebook
from symcost.checking.script import read_script
from symcost.checking.tree import python
from symcost.checking.work import WorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from symcost.checking.work import Work


@contextmanager
def without_hanging() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < 20  # no measure of speed: it must not hang


def outcome(reader: Callable[[str, str], Work], text: str) -> str:
    """The last line that was read, the last problem, or the refusal: always one line."""
    with without_hanging():
        try:
            work = reader(text, "x")
        except WorkError as error:
            refusal = str(error)
            work = None
    if work is None:
        assert "\n" not in refusal
        return f"refused: {refusal}"
    for line in work.lines:
        assert "\n" not in line.problem
        assert len(line.problem) < 400
    last = work.lines[-1] if work.lines else None
    if last is None:
        return "nothing"
    return f"problem: {last.problem}" if last.problem else " == ".join(map(python, last.nodes))


def script(text: str) -> str:
    return outcome(read_script, text)


def chain(times: int) -> str:
    calls = "".join(
        f"def f{i}(x):\n    return f{i - 1}(x) + f{i - 1}(x)\n" for i in range(1, times)
    )
    return f"def f0(x):\n    return x + x\n{calls}y = f{times - 1}(n)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(" * 100_000, "refused: line 1: "),
        ("x = " + "(" * 1_000 + "d" + ")" * 1_000 + "\ny = 2*d", "2*d"),
        ("x = (\n" * 5_000, "refused: line 1: "),
        ("x" * 10_000_000, "refused: more than 250,000 characters of code"),
        ("x = 1\n" * 12_000, "refused: more than 10,000 lines of code"),
        ("y = 2*d\nx = " + "1+" * 9_000, "problem: more than 5000 characters in one line"),
        ("x = 9**9**9**9", "problem: the exponent is larger than 64"),
        ("x = " + "9" * 5_000, "refused: line 1: "),
        ("x = 1e999 * d", "problem: a number with too large an exponent"),
        ("x = 10**60 * 10**60 * 10**60 * 10**60", "problem: a number of more than 200 digits"),
        ("x = d\n" + "x = x + x\n" * 100_000, "refused: more than 250,000 characters of code"),
        ("x = d\n" + "x = x + x\n" * 4_000, "problem: depends on 'x' (line 4000)"),
        ("x = d + 1\n" + "x = x * x\n" * 100, "problem: depends on 'x' (line 100)"),
        ("x = d\n" + "x = (x + 1) * 2\n" * 100, "problem: depends on 'x' (line 100)"),
        ("x = d\n" + "x = x * 99999999\n" * 300 + "y = 2*x", "2*(d*99999999*"),
        ("x = " + " + ".join(["n"] * 1_200), "problem: the formula has more than 2000 parts"),
        ("def f(n):\n    return f(n - 1)\ny = f(d)", "problem: f: "),
        ("def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\ny = g(d)", "problem: "),
        ("f = lambda x: f(x)\ny = f(d)", "problem: 'lambda' calls itself"),
        ("y = (lambda f: f(f))(lambda f: f(f))", "problem: 'lambda' calls itself"),
        ("class A:\n    @property\n    def f(self):\n        return self.f\ny = A().f",
         "problem: f: 'f' calls itself"),
        (chain(8), "n + n + "),
        (chain(40), "problem: f39: "),
        ("while True:\n    x = 2*d", "problem: a while loop"),
        ("t = 0\nfor i in range(10**12):\n    t += i*d", "problem: the turns of the loop over 'i'"),
        ("t = 0\nfor i in range(10**12):\n    for j in range(10**12):\n        t += d",
         "1000000000000*(1000000000000*d)".replace("1000000000000", "10**12")),
        ("t = 0\nfor i in range(200):\n    for j in range(200):\n        for k in range(200):\n"
         "            t += i*j*k*d", "problem: "),
        ("x = sum(i*j*k*d for i in range(250) for j in range(250) for k in range(250))",
         "problem: the script takes more than 60,000 steps to follow"),
        ("x = [0] * 10**12\ny = sum(x)", "10**12*0"),
        ("x = [1]\n" + "x = x + x\n" * 500 + "y = len(x)", "problem: depends on 'x' (line 501)"),
        ("x = 'a' * 10**12\ny = len(x)", "problem: depends on 'x' (line 1)"),
        ("x = []\nx.append(x)\ny = sum(x)", "problem: an entry of the list is no number"),
        ("x = []\nx.append(x)\nz = []\nz.append(z)\nif x == z:\n    y = 2*d", "problem: "),
        ("x = {}\nx['x'] = x\ny = sum(x['x']['x'].values())", "problem: "),
        ("print(f\"{f'{d*2}'}\")", "d*2"),
        ("y = 2*d\nprint(f'" + "{" * 2_001 + "')", "problem: is no Python"),
        ("y = 2*d\nprint(f'{" + "(" * 2_000 + "d" + ")" * 2_000 + "}')", "problem: is no Python"),
        ("y = 2*d\nprint(f'{" + "-" * 4_000 + "d}')", "problem: is no Python"),
        ("y = 2*d\nx = " + "-" * 4_000 + "d", "problem: is no Python: nested too deep"),
        ("x = d " + "** 2" * 300, "problem: nested more than 90 deep"),
        ("".join(" " * i + f"if a{i}:\n" for i in range(95)) + " " * 95 + "x = 2*d", "problem: "),
        ("if n == 1:\n    x = 1\n" + "".join(f"elif n == {i}:\n    x = {i}\n" for i in range(900)),
         "problem: "),
        ("not python at all\n" * 3_000, "refused: more than 200 statements are no Python"),
        ("x = 2*d  # " + "= 1 " * 1_000, "2*d"),
        ("x = 2*d  # " + "is " * 130, "2*d"),
        ("# " + "-a " * 100 + "\nx = 2*d", "2*d"),
        ("x = 1\0\ny = 2*d", "2*d"),
        ("x = '\ud800'\ny = 2*d", "2*d"),
        ("'''\n\"\"\"\n" * 3_000 + "y = 2*d", ""),
        ("a" + ".a" * 2_000 + "\ny = 2*d", "2*d"),
        ("\n".join(f"a{i} = {i + 1}*d" for i in range(9_000)),
         "problem: the script makes more than 5,000 lines"),
    ],
)  # fmt: skip
def test_hostile_scripts(text: str, expected: str) -> None:
    assert script(text).startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$" * 200_000, "refused: there is no formula in it"),
        ("$$ x " * 50_000, "refused: there is no formula in it"),
        (r"\[" * 100_000, "refused: there is no formula in it"),
        (r"\begin{align}" * 20_000, "refused: there is no formula in it"),
        ("`" * 200_000, "refused: there is no formula in it"),
        ("```\n" * 50_000, "refused: there is no formula in it"),
        ("<!--" * 50_000, "refused: there is no formula in it"),
        ("# x\n" * 50_000, "refused: there is no formula in it"),
        ("$$" + "(" * 100_000 + "$$", "refused: there is no formula in it"),
        ("$$a = " + "(" * 15_000 + "$$", "problem: column "),
        ("$$a = " + "{" * 15_000 + "$$", "problem: column "),
        ("$$a = b " + "= 1 " * 4_000 + "$$", ""),
        ("$$a " + r"\\ " * 6_000 + "$$", "refused: there is no formula in it"),
        ("$$a " + r"\\ = b " * 2_500 + "$$", ""),
        ("$a, " * 250 + "$", "refused: there is no formula in it"),
        ("x" * 2_000_000, "refused: more than 1,000,000 characters"),
        ("$2 d$ words. " * 3_000, "2*d"),
        ("```python\nx = 9**9**9**9\n```\n$$y = 2 d$$", "2*d"),
        ("```python\n" + "(" * 100_000 + "\n```\n$$y = 2 d$$", "2*d"),
    ],
)
def test_hostile_documents(text: str, expected: str) -> None:
    assert outcome(read_markdown, text).startswith(expected)


def test_hostile_notebooks() -> None:
    for text in ("[" * 1_000_000, '{"cells":' * 100_000, "x" * 4_000_000, '{"a":1,' * 300_000):
        assert outcome(read_notebook, text).startswith("refused: not a notebook")
    cell = {"cell_type": "code", "source": "print(x)\n" * 300, "outputs": []}
    output = {"output_type": "stream", "name": "stdout", "text": "1" * 1_000_000}
    many = {"output_type": "stream", "name": "stdout", "text": "a 1 b 2\n" * 20_000}
    text = json.dumps({"cells": [{**cell, "outputs": [output, many]}] * 3})
    with without_hanging():
        with pytest.raises(WorkError):
            read_notebook("x" * 6_000_000, "x")
        read_notebook(text, "x")


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    with path.open("wb") as file:
        file.truncate(10**11)  # a hole; reading it would take minutes
    with without_hanging(), pytest.raises(WorkError, match=r"large\.py: is larger than 5 MB"):
        read_file(path)


LEAVES_A_TRACE = (
    "__import__('os').system('touch hit')",
    "open('hit', 'w').write('x')",
    'exec(\'open("hit", "w")\')',
    "eval(\"open('hit', 'w')\")",
    "import pathlib\npathlib.Path('hit').touch()",
    "def f():\n    open('hit', 'w')\nf()",
    "class A:\n    x = open('hit', 'w')",
    "@open('hit', 'w').write\ndef f(d):\n    return 2*d",
    "x = [open('hit', 'w') for _ in range(3)]",
    "print(f\"{open('hit', 'w')}\")",
    "x = (lambda: open('hit', 'w'))()",
    "def f(x=open('hit', 'w')):\n    return x\nf()",
    "!touch hit",
    "%%bash\ntouch hit",
    "x = !touch hit",
    "from hit_module import hit",
    "x: open('hit', 'w') = 2*d",
    "assert open('hit', 'w')",
    "with open('hit', 'w') as file:\n    x = 2*d",
)


@pytest.mark.parametrize("source", LEAVES_A_TRACE)
def test_nothing_is_run(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cells = [{"cell_type": "code", "source": source}, {"cell_type": "code", "source": "y = 2*d"}]
    works = [
        read_script(f"{source}\ny = 2*d", "x"),
        read_notebook(json.dumps({"cells": cells}), "x"),
        read_markdown(f"```python\n{source}\n```\n$$y = 2 d$$", "x"),
    ]
    assert list(tmp_path.iterdir()) == []
    for work in works[1:]:
        assert any(python(node) == "2*d" for each in work.lines for node in each.nodes)


def test_a_long_script_and_a_long_notebook_are_quick() -> None:
    block = (
        "# layer {i}\nattn_{i} = 4 * d * d  # = 2,359,296\nmlp_{i} = 2 * d * d_ff\n"
        "total_{i} = L * (attn_{i} + mlp_{i})\nprint(f'total {{total_{i} / 1e6:.1f}}M')\n"
    )
    source = "d = 768\nd_ff = 4 * d\nL = 12\n" + "".join(block.format(i=i) for i in range(120))
    cell = {"cell_type": "code", "source": source, "outputs": []}
    cells = [{**cell, "source": part} for part in source.split("# layer")]
    with without_hanging():
        work = read_script(source, "x")
        read_notebook(json.dumps({"cells": cells}), "x")
    assert len(work.lines) == 1 + 4 * 120
    assert not any(each.problem for each in work.lines)
