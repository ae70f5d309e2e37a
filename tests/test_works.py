"""Scripts that somebody wrote, read without running them: the same numbers as when they run.

Here, and only here, the scripts of `data/works` really run; the library never runs one.
"""

from __future__ import annotations

import runpy
from fractions import Fraction
from math import isclose, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcost.checking.script import read_script
from symcost.checking.tree import Node, names_of, python
from tests.nodes import value

if TYPE_CHECKING:
    from symcost.checking.work import Line, Work

WORKS = Path(__file__).parent / "data" / "works"
often = settings(max_examples=150, deadline=None, derandomize=True)


def read(source: str) -> Work:
    return read_script(source, "a script")


def written(line: Line) -> str:
    """A line as one would say it: name = side, or its problem."""
    said = " == ".join(map(python, line.nodes)) or f"? {line.problem}"
    return f"{line.name} = {said}" if line.name else said


def lines(source: str) -> list[str]:
    return [written(each) for each in read(source).lines]


def script(name: str) -> Work:
    return read_script((WORKS / name).read_text(encoding="utf-8"), name)


def run(name: str) -> dict[str, Any]:
    return runpy.run_path(str(WORKS / name), run_name="__main__")


def settled(work: Work) -> dict[str, Fraction]:
    """Every name with a value, as the work itself says: given numbers, then line after line."""
    names = {name: Fraction(number) for name, number in work.values.items()}
    for line in work.lines:
        if line.name and len(line.nodes) == 1 and set(names_of(line.nodes[0])) <= set(names):
            names.setdefault(line.name, value(line.nodes[0], names))
    return names


def same(ours: Fraction, theirs: float | Fraction) -> bool:
    """Python's whole numbers exactly, its quotients as nearly as it has them."""
    return isclose(ours, theirs, rel_tol=1e-12) if isinstance(theirs, float) else ours == theirs


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("k = {'a': 0}\nfor _ in range(L):\n    k['a'] += 4*d\nx = k['a']", "x = L*(4*d)"),
        ("k = {'a': d}\nfor _ in range(L):\n    k['a'] += 4*d\nx = k['a']", "x = d + L*(4*d)"),
        ("c.a = 0\nfor _ in range(L):\n    c.a += 4*d\nx = c.a", "x = L*(4*d)"),
        ("a = 5\nk = {'a': 0}\nfor _ in range(L):\n    k['a'] += a*d\nx = k['a']", "x = k['a']"),
        (
            "k = {'a': 0}\nfor n in ('a', 'a'):\n    k[n] += d*h\nx = k['a']",
            "x = a + d*h + d*h",
        ),
        (
            "k = {'a': 0}\nfor _ in range(3):\n    k['a'] += d*h\n    f(k)\nx = k['a']",
            "x = d*h + d*h + d*h",
        ),
        (
            "k = {'a': 0}\nfor _ in range(L):\n    k[n] += 4*d\nx = k['a']",
            "x = ? depends on what was not read (line 3)",
        ),
    ],
)
def test_what_a_loop_adds_to_a_field_counts_on_every_turn(source: str, last: str) -> None:
    assert lines(source)[-1] == last


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("display(4*d*d)", ["4*d*d"]),
        ("rich.print(4*d*d)", ["4*d*d"]),
        ("def display(x): return 0\ndisplay(4*d*d)", []),
        (
            "b = [4*d]*L\nt = 0\nfor each in b:\n    t += each\ny = t",
            ["t = L*(4*d)", "y = L*(4*d)"],
        ),
        ("try:\n    x = 4*d*h\nfinally:\n    y = 3*d*h", ["x = 4*d*h", "y = 3*d*h"]),
        (
            "k = {'a': d}\nif s > w:\n    k.update(a=h)\nx = 2*k['a']",
            ["? depends on whether 's > w'", "x = ? depends on whether 's > w' (line 2)"],
        ),
        (
            "from types import SimpleNamespace\nc = SimpleNamespace(a=1, b=d)\nc.a = unknown(3)\n"
            "x = c.a*d\ny = c.b*d",
            ["a = ? unknown(...) is not read", "x = ? depends on 'a' (line 3)", "y = d*d"],
        ),
        (
            "import logging, warnings\nlogging.info(4*d)\nwarnings.warn(str(4*d))\nx = 4*d*h",
            ["x = 4*d*h"],
        ),
        (
            "t = 0\nfor i in [2, 3]:\n    if s > w:\n        continue\n    t += d\nx = t*h",
            ["? depends on whether 's > w'", "x = ? depends on 't' (line 2)"],
        ),
        ("d = 8\nx = d*h\nd = 9\ny = d*h", ["x = d*h", "y = 9*h"]),
        ("x = min(4*d, h)\ny = max(x, -h)*2", ["x = min(4*d, h)", "y = max(x, -h)*2"]),
    ],
)
def test_small_scripts(source: str, found: list[str]) -> None:
    assert lines(source) == found


# -- whole scripts ---------------------------------------------------------------------------------


# What is open as long as nobody calls the functions of the script.
OPEN = {"depends on 'rest' (any number of rest)", "the turns of the loop over 'turn' differ"}


@pytest.mark.parametrize(
    ("name", "least"), [("counts.py", 14), ("homework.py", 18), ("python.py", 100), ("flow.py", 30)]
)
def test_every_name_is_worth_what_running_gives(name: str, least: int) -> None:
    work, ran = script(name), run(name)
    names = settled(work)
    checked = 0
    for line in work.lines:
        assert not line.problem or (name == "python.py" and line.problem in OPEN)
        theirs = ran.get(line.name)
        last = [each for each in work.lines if each.name == line.name][-1]
        if isinstance(theirs, int | float | Fraction) and line is last:
            assert same(value(line.nodes[0], names), theirs), written(line)
            checked += 1
    assert checked >= least


@pytest.mark.parametrize(
    "name", ["counts.py", "homework.py", "training_flops.py", "python.py", "flow.py"]
)
def test_values_are_those_of_the_run(name: str) -> None:
    ran = run(name)
    shared = {key: number for key, number in script(name).values.items() if key in ran}
    assert shared
    assert shared == {key: ran[key] for key in shared}


@pytest.mark.parametrize("name", ["counts.py", "homework.py", "training_flops.py"])
def test_what_is_printed_is_what_running_prints(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(name)
    words = capsys.readouterr().out.replace(",", "").split()
    shown = [Fraction(word) for word in words if word.replace(".", "", 1).isdigit()]
    work = script(name)
    names = settled(work)
    whole = [each for each in shown if each > 1000]
    ours = {
        value(each.nodes[0], names)
        for each in work.lines
        if each.source.startswith("print") and len(each.nodes) == 1
    }
    assert whole
    assert set(whole) <= ours


def test_functions_are_worth_what_they_return() -> None:
    work, ran = script("training_flops.py"), run("training_flops.py")
    args = ran["args"]
    names = {key: Fraction(number) for key, number in settled(work).items()}
    by_hand = {
        "attention_flops": ran["attention_flops"](args, 7),
        "mlp_flops": ran["mlp_flops"](args, 7),
        "kv_cache": ran["kv_cache"](3, 11),
        "model_flops": ran["model_flops"](args, 7),
    }
    for line in work.lines:
        if line.name in names:
            continue
        names[line.name] = Fraction(0)
    names |= {"batch_size": Fraction(7), "batch": Fraction(3), "tokens": Fraction(11)}
    for _ in range(3):  # the lines of a function come before the one that is its result
        for line in work.lines:
            if line.name in ("per_layer", "head", "forward"):
                names[line.name] = value(line.nodes[0], names)
    found = {line.name: value(line.nodes[0], names) for line in work.lines if line.name in by_hand}
    assert found == by_hand


def test_the_number_of_a_model_comes_out() -> None:
    assert script("counts.py").values["total"] == 124_337_664
    assert script("counts.py").values["forward"] == 291_648_307_200
    assert script("counts.py").values["half"] == 272_320_954_368


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("d = 768\nn = 12 * d**2", ["n = 12*d**2"]),
        ("a = 4*d\nb = a + 1", ["a = 4*d", "b = a + 1"]),
        # A name with two formulas: the earlier one is put in.
        ("a = 4*d\na = a + 2\nb = 3*a", ["a = 4*d", "a = 4*d + 2", "b = 3*(4*d + 2)"]),
        ("t = 0\nt += a*b\nt += c\nprint(t)", ["t = a*b", "t = a*b + c", "a*b + c"]),
        ("t = 1\nt *= a\nt *= b", ["t = a", "t = a*b"]),
        ("t = n\nt -= 2\nt //= 3", ["t = n", "t = n - 2", "t = floor((n - 2)/3)"]),
        # Numbers given twice: the first stays a name, the second is put in.
        ("d = 8\na = 2*d\nd = 9\nb = 2*d", ["a = 2*d", "b = 2*9"]),
        ("d = 8\na = 2*d\nd = 8\nb = 2*d", ["a = 2*d", "b = 2*d"]),
        ("a = b = 4*d", ["a = 4*d", "b = 4*d"]),
        ("a, b = 4*d, 2*d", ["a = 4*d", "b = 2*d"]),
        (
            "a = 2*d\nb = 3*d\na, b = b, a\nc = a",
            ["a = 2*d", "b = 3*d", "a = 3*d", "b = 2*d", "c = 3*d"],
        ),
        ("x: int = 2*d", ["x = 2*d"]),
        ("n = 12*768**2", ["n = 12*768**2"]),
        ("B, T, C = x.shape\ny = B*T*C", ["y = B*T*C"]),
        ("y = cfg.n_embd * self.h + args.model.d", ["y = n_embd*h + d"]),
        ("y = config['n_embd'] * hf['text']['d_ff']", ["y = n_embd*d_ff"]),
        ("c = {'n_embd': 8, 'n': 2}\ny = c['n_embd'] * c.get('n') * c.get('k', 3)",
         ["y = n_embd*n*3"]),
        ("c = dict(n_embd=8)\ny = 2*c['n_embd']", ["y = 2*n_embd"]),
        ("from types import SimpleNamespace\nc = SimpleNamespace(d=8)\ny = 2*c.d", ["y = 2*d"]),
        ("c = {'a': 4*d}\nc['b'] = c['a'] + 1", ["a = 4*d", "b = a + 1"]),
        ("class C:\n    d: int = 8\n    h = 2\ny = C.d * C().h", ["y = d*h"]),
        ("class C:\n    d = 8\nc = C(d=9)\ny = 2*c.d", ["y = 2*d"]),
        ("c = {'attn/kv': 2*d}\ny = c['attn/kv']", ["attn_kv = 2*d", "y = attn_kv"]),
        ("cfg.d_ff = 4 * cfg.d\ny = 2 * cfg.d_ff", ["d_ff = 4*d", "y = 2*d_ff"]),
        ("GiB = 1024**3\nMB = 1e6\ny = n / GiB", ["y = n/GiB"]),
        ("KB = 1024\nMB = KB * 1024\ny = n / MB", ["y = n/MB"]),
        ("y = sum(np.arange(4)) * d", ["y = (0 + 1 + 2 + 3)*d"]),
        ("y = n * math.sqrt(9)", ["y = n*3"]),
    ],
)  # fmt: skip
def test_names_stay_or_are_put_in(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("d = 768", {"d": 768}),
        ("d_ff = 4 * 768", {"d_ff": 3072}),
        ("d = 768\nd_ff = 4 * d", {"d": 768, "d_ff": 3072}),
        ("a, b = 1, 2", {"a": 1, "b": 2}),
        ("a = b = 3", {"a": 3, "b": 3}),
        ("GiB = 1024**3\ntokens = 300e9", {"GiB": 2**30, "tokens": 3 * 10**11}),
        ("tokens = int(1e12)\nn = -3", {"tokens": 10**12, "n": -3}),
        ("rate = 0.5\nx = 3 * rate", {}),
        ("t = 0\nt += 2 * n", {}),
        ("d = 8\ny = 2*d\nd = 9", {"d": 8, "y": 16}),
        (
            "cfgs = {'a': dict(d=1), 'b': dict(d=2)}\nc = cfgs['b']\ny = 3 * c['d']",
            {"d": 2, "y": 6},
        ),
        ("def f(n, k=4):\n    return n * k\ny = f(12)", {"n": 12, "k": 4, "y": 48}),
        ("flag = True\nname = 'gpt2'\nx = [1, 2]", {}),
    ],
)
def test_values(source: str, expected: dict[str, int]) -> None:
    assert read(source).values == expected


def test_a_plain_number_is_no_line() -> None:
    assert lines("d = 768\nGiB = 1024**3\nseq = 2**12\nd = 1024") == []


def test_names_are_numbers_of_one_line() -> None:
    """No name in a formula refers to a line whose name is assigned more than once."""
    for path in ("counts.py", "homework.py", "training_flops.py"):
        work = script(path)
        assigned = [each.name for each in work.lines if each.name]
        used = {name for each in work.lines for node in each.nodes for name in names_of(node)}
        for name in used:
            assert assigned.count(name) <= 1, name


# -- what is understood ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = math.ceil(V / 64) * 64", "ceil(V/64)*64"),
        ("y = (V + 63) // 64 * 64", "ceil(V/64)*64"),
        ("y = -(-V // n) * n", "ceil(V/n)*n"),
        ("y = (V + n - 1) // n", "ceil(V/n)"),
        ("y = (V + 62) // 64", "floor((V + 62)/64)"),
        ("y = int(d / h)", "floor(d/h)"),
        ("y = int(d * h)", "d*h"),
        ("y = round(d * 2)", "d*2"),
        ("y = d % 64", "(d % 64)"),
        ("y = 2**n", "2**n"),
        ("y = (a + 1)**2", "(a + 1)**2"),
        ("y = pow(d, 3) + abs(d)", "d**3 + d"),
        ("y = d ** -1", "1/d"),
        ("y = -d + +h", "-d + h"),
        ("y = math.prod([a, b, 2])", "a*b*2"),
        ("y = np.prod((a, b))", "a*b"),
        ("y = math.sqrt(64) * d", "8*d"),
        ("y = d * 64 ** 0.5", "d*8"),
        ("y = min(a, b, 3) + max([c, d])", "min(a, b, 3) + max(c, d)"),
        ("y = sum([a, b, 3])", "a + b + 3"),
        ("y = sum(4*d for _ in range(L))", "L*(4*d)"),
        ("y = sum([4*d] * L)", "L*(4*d)"),
        ("y = sum(2*d for _ in range(1, L))", "(L - 1)*(2*d)"),
        ("y = sum(i*d for i in range(3))", "0*d + 1*d + 2*d"),
        ("y = sum(d for i in range(4) if i % 2 == 0)", "d + d"),
        ("y = sum(a*b for a in [1, 2] for b in (n, 3))", "1*n + 1*3 + 2*n + 2*3"),
        ("y = len([1, 2, 3]) * d", "3*d"),
        ("y = sum({str(i): 4*d for i in range(5)}.values())", "5*(4*d)"),
        ("y = len(range(0, L, 2))", "ceil(L/2)"),
        ("y = [a, b, c][-1] + (1, 2)[0]", "c + 1"),
        ("y = d << 2", "d*2**2"),
        ("y = 3*d if True else 2*d", "3*d"),
        ("y = (lambda x, k=2: k*x)(d)", "k*d"),
        ("y = 1_000 * d + 2.5e3", "1000*d + 2500"),
        ("y = 0.1 * d", "(1/10)*d"),
        ("y = n * (not False)", "n*1"),
        ("y = (z := 2*d) + z", "2*d + 2*d"),
    ],
)
def test_expressions(source: str, expected: str) -> None:
    assert lines(source) == [f"y = {expected}"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("t = 0\nfor _ in range(L):\n    t += a\nprint(t)", ["t = L*a", "L*a"]),
        ("t = n\nfor i in range(L):\n    t += a + b", ["t = n", "t = n + L*(a + b)"]),
        ("t = n\nfor i in range(L):\n    t -= a", ["t = n", "t = n + L*(-a)"]),
        ("t = 0\nfor i in range(2, L):\n    t = t + a", ["t = (L - 2)*a"]),
        (
            "t = 0\nfor _ in range(L):\n    x = 2*a\n    t += x\n    t += 3",
            ["x = 2*a", "t = L*(x + 3)"],
        ),
        (
            "t = u = 0\nfor _ in range(L):\n    t += a\n    for _ in range(h):\n        u += b",
            ["t = L*a", "u = L*(h*b)"],
        ),
        ("t = 0\nfor i in range(3):\n    t += i*a", ["t = 0*a", "t = 0*a + 1*a",
                                                     "t = 0*a + 1*a + 2*a"]),
        ("t = 0\nfor x in [a, 2*b]:\n    t += x", ["t = a", "t = a + 2*b"]),
        ("t = n\nfor i in range(0):\n    t += a\ny = t", ["t = n", "y = n"]),
        ("t = 1\nfor i in range(2):\n    t *= 2\ny = t*a", ["t = 2", "t = 2*2", "y = 2*2*a"]),
        ("xs = []\nfor n in (a, b):\n    xs.append(2*n)\ny = sum(xs)", ["y = 2*a + 2*b"]),
        ("for k, v in {'x': 2*a, 'y': 3*b}.items():\n    z = v", ["x = 2*a", "y = 3*b", "z = x",
                                                                  "z = y"]),
        ("t = 0\nfor i, x in enumerate([a, b]):\n    if i == 1:\n        break\n    t += x",
         ["t = a"]),
    ],
)  # fmt: skip
def test_loops(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 3\nif n > 2:\n    y = 2*d\nelse:\n    y = 3*d", ["y = 2*d"]),
        ("gated = False\nif gated:\n    y = 2*d\nelse:\n    y = 3*d\nz = y", ["y = 3*d", "z = y"]),
        ("k = None\nk = k or h\ny = 2*k", ["k = h", "y = 2*h"]),
        ("kind = 'mha'\nif kind in ('gqa', 'mqa'):\n    y = 1*d\nelif kind == 'mha':\n    y = 2*d",
         ["y = 2*d"]),
        ("if __name__ == '__main__':\n    y = 2*d", ["y = 2*d"]),
        ("if unknown(x) and False:\n    y = 2*d", []),
        ("if unknown(x) or True:\n    y = 2*d", ["y = 2*d"]),
    ],
)  # fmt: skip
def test_branches_that_values_decide(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


def test_a_branch_that_nobody_decides_is_read_both_ways() -> None:
    work = read("if n > k:\n    y = 2*d\nelse:\n    y = 3*d\nz = y + 1\nw = 5*d")
    assert [written(each) for each in work.lines] == [
        "? depends on whether 'n > k'",
        "y = 2*d",
        "y = 3*d",
        "z = ? depends on 'y' (line 1)",
        "w = 5*d",
    ]
    assert work.lines[1].notes == ("only if 'n > k' (line 1)",)
    assert work.lines[2].notes == ("only if not 'n > k' (line 1)",)


# -- functions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(d, h):\n    return 4*d*h\ny = f(n, 2)", ["f = 4*d*h", "y = 4*n*h"]),
        ("def f(d, k=4):\n    return k*d\ny = f(n, k=a)", ["f = k*d", "y = a*n"]),
        ("def f(a, b):\n    c = a*b\n    return c + 1\ny = f(b=n, a=m)",
         ["c = a*b", "f = c + 1", "y = m*n + 1"]),
        ("f = lambda x: 3*x\ny = f(n)", ["y = 3*n"]),
        ("def f(d):\n    return 2*d\ndef g(d):\n    return f(3*d) + f(d)\ny = g(n)",
         ["f = 2*d", "g = 2*(3*d) + 2*d", "y = 2*(3*n) + 2*n"]),
        ("def f(d):\n    return d, 2*d\na, b = f(n)", ["f = 2*d", "a = n", "b = 2*n"]),
        ("def f(d, bias=False):\n    n = 4*d\n    if bias:\n        n += 1\n    return n\n"
         "y = f(k, True)",
         ["n = 4*d", "f = 4*d", "y = 4*k + 1"]),
        ("def f(*ns):\n    return sum(ns)\ny = f(a, b)",
         ["f = ? depends on 'ns' (any number of ns)", "y = a + b"]),
        ("def f(d, k):\n    return d*k\nc = {'d': 8, 'k': 2}\ny = f(**c)", ["f = d*k", "y = d*k"]),
        ("class M:\n    def __init__(self, d, h):\n        self.d = d\n        self.d_h = d // h\n"
         "    def size(self):\n        return 4 * self.d * self.d_h\ny = M(8, 2).size()",
         ["d_h = floor(d/h)", "size = 4*d*d_h", "y = 4*d*floor(d/h)"]),
        ("def f(gated, d):\n    m = 3 if gated else 2\n    return m*d",
         ["m = 3", "m = 2", "f = 3*d", "f = 2*d"]),
    ],
)  # fmt: skip
def test_functions(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


def test_open_tests_of_a_function_are_said() -> None:
    work = read("def f(gated, d):\n    m = 3 if gated else 2\n    return m*d")
    last = [each for each in work.lines if each.name == "f"]
    assert [each.notes for each in last] == [("only if 'gated'",), ("only if not 'gated'",)]


def test_a_call_of_numbers_keeps_the_names_of_the_parameters() -> None:
    work = read("def f(n_layer, n_embd):\n    return 12*n_layer*n_embd**2\nN = f(12, 768)  # 85M")
    assert written(work.lines[-1]) == "N = 12*n_layer*n_embd**2"
    assert work.values == {"n_layer": 12, "n_embd": 768, "N": 84_934_656}
    assert work.lines[-1].printed == (Fraction(85_000_000),)


# -- words and numbers beside ----------------------------------------------------------------------


def test_comments_are_the_heading_the_block_above_and_the_remark() -> None:
    source = (
        "# --- Part 2: FLOPs ---\n\n# all heads\n# together\na = 2*d  # per token\nb = 3*d\n"
        "\nc = 4*d\n"
        "# ======\n# Part 3\n# ======\ne = a\n"
    )
    assert [each.comment for each in read(source).lines] == [
        "Part 2: FLOPs; all heads together; per token",
        "Part 2: FLOPs; all heads together",
        "Part 2: FLOPs",
        "Part 3",
    ]


@pytest.mark.parametrize(
    ("remark", "claimed"),
    [
        ("84,934,656", "84934656"),
        ("= 85M", "85000000"),
        ("=> 1.2e9", "1200000000"),
        ("-> 6.7 billion params", "6700000000"),
        ("~ 124M", "124000000"),
        ("12*768^2 = 7,077,888", "7077888"),
        ("y = 512", "512"),
        ("total params = 3 GB", "3000000000"),
        ("1.5 x 10^9 FLOPs", "1500000000"),
        ("36 GiB", str(36 * 2**30)),
        ("84_934_656 weights", "84934656"),
        ("2 for K and V", None),
        ("2", None),
        ("d = 768", None),
        ("with d_model = 768", None),
        ("4 matrices of 768 x 768", None),
        ("GPT-2", None),
        ("see section 3.2 of the paper", None),
        ("from 2019", None),
    ],
)
def test_numbers_in_remarks(remark: str, claimed: str | None) -> None:
    (line,) = read(f"y = 2*d*n  # {remark}").lines
    assert line.printed == ((Fraction(claimed),) if claimed else ())
    assert remark in line.comment


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        # The line has already divided: the number is the quotient.
        ("n = 36 * 10**6\ny = n * 3 / 1e6  # 108M", "108"),
        ("y = n / 2**20  # 36 MB", "36"),
        ("n = 36 * 10**6\ny = n * 3  # 108M", "108000000"),
    ],
)
def test_a_suffix_is_not_applied_twice(source: str, printed: str) -> None:
    assert read(source).lines[-1].printed == (Fraction(printed),)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("print('attention:', x)", [("attention", "x")]),
        ("print(f'attention params: {x:,}')", [("attention params", "x")]),
        ("print(f'{x/1e6:.1f}M weights')", [("M", "x")]),
        ("print(f'{x/2**30:.1f} GiB')", [("GiB", "x")]),
        ("print(f'{x/2**30:.1f} GB')", [("GB", "x/2**30")]),
        ("print('n', x / 10**6, 'M')", [("n M", "x")]),
        ("print('a', x, 'b', 2*x)", [("a", "x"), ("b", "2*x")]),
        ("print('a: %d, b: %s' % (x, 2*x))", [("a", "x"), ("b", "2*x")]),
        ("print('%d%% of %d' % (x, 2*x))", [("% of", "2*x")]),
        ("print('n', x / [1, 2], 'M')", [("", "")]),
        ("print('a: {:,} b: {k}'.format(x, k=2*x))", [("a", "x"), ("b", "2*x")]),
        ("print('sum ' + str(x + 1))", [("sum", "x + 1")]),
        ("print(x == 12 * n)", [("", "x == 12*n")]),
        ("print(f'weights: {human_format(x)} in all')", [("weights", "x")]),
        ("print('bytes ' + f'{x:,}'.replace(',', ' '))", [("bytes", "x")]),
        ("print(f\"{f'{x:,}':>12} weights\")", [("weights", "x")]),
        ("print('d is', d)", []),
        ("print('-' * 40)\nprint()", []),
        ("x + 1", [("", "x + 1")]),
        ("assert x == 12 * d, 'sizes'", [("", "x == 12*d")]),
        ("assert d % 2 == 0", [("", "(d % 2) == 0")]),
        ("assert d > 2", []),
    ],
)
def test_what_is_printed_or_stands_alone(call: str, expected: list[tuple[str, str]]) -> None:
    work = read(f"d = 8\nx = 4*d\n{call}")
    found = [(each.comment, " == ".join(map(python, each.nodes))) for each in work.lines[1:]]
    assert found == expected
    assert all(not each.name for each in work.lines[1:])


# -- what is not understood ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = model.count()\nz = y + 1\nw = z * 2\nv = 3*d",
         ["y = ? model.count(...) is not read", "z = ? depends on 'y' (line 1)",
          "w = ? depends on 'z' (line 2)", "v = 3*d"]),
        ("y = d / 0", ["y = ? divides by zero"]),
        ("y = d ** 0.5", ["y = ? a root that is no exact number"]),
        ("d = 9\ny = n * math.sqrt(d)", ["y = ? a root that is no exact number"]),
        ("y = d ** x", ["y = ? an exponent whose value is not known"]),
        ("y = round(d / 3)", ["y = ? round of what may be no whole number"]),
        ("y = abs(d - 3)", ["y = ? abs of what may have either sign"]),
        ("y = z + 1\nz = 2*d", ["y = ? 'z' is used before it is given a value", "z = 2*d"]),
        ("t = 0\nfor i in range(L):\n    t += i\nz = t",
         ["? the turns of the loop over 'i' differ", "z = ? depends on 't' (line 2)"]),
        ("t = 1\nfor i in range(L):\n    t *= 2\n",
         ["? 't' does not grow by the same amount on each turn"]),
        ("while x:\n    t = 3*d\nz = t",
         ["? a while loop, whose number of turns is not known", "z = ? depends on 't' (line 1)"]),
        ("y = x.shape[0] * 2", ["y = ? 'x.shape' is not read"]),
        ("y = open('f').read()", ["y = ? open(...) is not read"]),
        ("xs = [1]\nxs.insert(0, 5)\ny = sum(xs) * d", ["y = ? xs.insert(...) is not read"]),
        ("t = 0\ndef f(x):\n    global t\n    t += x\nf(2*d)\ny = t + 1",
         ["t = ? 't' is changed inside a function", "y = ? 't' is changed inside a function"]),
        ("import torch\nx = torch.ones(3)\ny = 2*d", ["y = 2*d"]),
        ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1])\ny = 2*d",
         ["y = 2*d"]),
        ('"""Words."""\nimport os\nos.makedirs("x")\ny = 2*d', ["y = 2*d"]),
        ("%matplotlib inline\n!pip install x\ny = 2*d", ["y = 2*d"]),
        ("y = 2*d\nthis is not ( python\nz = 3*d",
         ["y = 2*d", "? is no Python: '(' was never closed", "z = 3*d"]),
    ],
)  # fmt: skip
def test_problems_are_named_and_the_rest_is_read(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


def test_what_only_the_running_program_knows_is_taken_as_given() -> None:
    work = read(
        "N = sum(p.numel() for p in model.parameters())\nflops = 6 * N * tokens\n"
        "M = model.get_num_params()\nM = M - 2 * d\n"
    )
    assert [written(each) for each in work.lines] == [
        "flops = 6*N*tokens",
        "M = ? model.get_num_params(...) is not read",
        "M = ? depends on 'M' (line 3)",
    ]
    assert work.notes == ("line 1: 'N' is counted by the program; taken as given",)


def test_functions_that_make_texts_and_configurations_are_no_lines() -> None:
    work = read(
        "def human(n):\n    if n > 1000:\n        return f'{n / 1000}K'\n    return str(n)\n"
        "args = parse()\ncfg = args.config\nx = 2 * cfg.n_embd * args.layers\nprint('x', human(x))"
    )
    assert [written(each) for each in work.lines] == ["x = 2*n_embd*layers", "x"]


def test_options_of_a_command_are_values() -> None:
    work = read(
        "import argparse\np = argparse.ArgumentParser()\n"
        "p.add_argument('--n-layer', type=int, default=12)\nargs = p.parse_args()\n"
        "y = 2 * args.n_layer"
    )
    assert [written(each) for each in work.lines] == ["y = 2*n_layer"]
    assert work.values == {"n_layer": 12}


def test_lines_that_are_left_out_are_noted() -> None:
    work = read("%matplotlib inline\n!pip install x\ny = 2*d")
    assert work.notes == (
        "line 1: '%matplotlib inline' is no Python",
        "line 2: '!pip install x' is no Python",
    )


def test_line_numbers_and_sources_are_the_writers() -> None:
    work = read("d = 8\n\n# words\ny = (\n    2\n    * d\n)\n\nz = y + 1\n")
    assert [(each.number, each.source) for each in work.lines] == [
        (4, "y = (\n    2\n    * d\n)"),
        (9, "z = y + 1"),
    ]


# -- random arithmetic -----------------------------------------------------------------------------

NAMES = {"d": 768, "h": 12, "L": 7, "s": 33, "k": 2}
Formula = tuple[str, Fraction]


def leaves() -> st.SearchStrategy[Formula]:
    numbers = st.integers(0, 40).map(lambda each: (str(each), Fraction(each)))
    decimals = st.sampled_from(["0.5", "1e3", "2.25"]).map(lambda each: (each, Fraction(each)))
    names = st.sampled_from(sorted(NAMES)).map(lambda each: (each, Fraction(NAMES[each])))
    return st.one_of(numbers, decimals, names, names)


def combined(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: (f"({p[0][0]} + {p[1][0]})", p[0][1] + p[1][1])),
        two.map(lambda p: (f"{p[0][0]} - ({p[1][0]})", p[0][1] - p[1][1])),
        two.map(lambda p: (f"({p[0][0]}) * ({p[1][0]})", p[0][1] * p[1][1])),
        two.filter(lambda p: p[1][1] != 0).map(
            lambda p: (f"({p[0][0]}) / ({p[1][0]})", p[0][1] / p[1][1])
        ),
        two.filter(lambda p: p[1][1] != 0).map(
            lambda p: (f"(({p[0][0]}) // ({p[1][0]}))", Fraction(p[0][1] // p[1][1]))
        ),
        two.filter(lambda p: p[1][1] != 0).map(
            lambda p: (f"(({p[0][0]}) % ({p[1][0]}))", p[0][1] % p[1][1])
        ),
        inner.map(lambda p: (f"(-({p[0]}))", -p[1])),
        inner.map(lambda p: (f"({p[0]}) ** 2", p[1] ** 2)),
        two.map(lambda p: (f"min({p[0][0]}, {p[1][0]})", min(p[0][1], p[1][1]))),
        two.map(lambda p: (f"sum([{p[0][0]}, {p[1][0]}])", p[0][1] + p[1][1])),
        two.map(lambda p: (f"math.prod(({p[0][0]}, {p[1][0]}))", p[0][1] * p[1][1])),
        inner.map(lambda p: (f"math.ceil({p[0]})", Fraction(p[1].__ceil__()))),
        inner.map(lambda p: (f"int({p[0]})", Fraction(int(p[1])))),
        inner.map(lambda p: (f"sum({p[0]} for _ in range(L))", p[1] * NAMES["L"])),
        inner.map(lambda p: (f"({p[0]} if h > k else 1)", p[1])),
    )


formulas = st.recursive(leaves(), combined, max_leaves=12)
GIVEN = "".join(f"{name} = {number}\n" for name, number in NAMES.items())


@often
@given(formulas)
def test_random_arithmetic_is_worth_the_same(formula: Formula) -> None:
    source, expected = formula
    work = read(f"import math\n{GIVEN}y = 1*({source})")
    (line,) = work.lines
    assert value(line.nodes[0], NAMES) == expected, source


@often
@given(st.lists(formulas, min_size=2, max_size=5), st.integers(0, 4), st.integers(0, 4))
def test_random_sums_are_collected_the_same(parts: list[Formula], turns: int, more: int) -> None:
    (first, start), *rest = parts
    body = "".join(f"    t += {source}\n" for source, _ in rest)
    work = read(
        f"import math\n{GIVEN}turns = {turns}\nt = 1*({first})\nfor _ in range(turns):\n{body}"
        f"for i in range({more}):\n    t += i * d\ny = 1*t"
    )
    grown = start + turns * sum(each for _, each in rest)
    grown += prod((more, more - 1)) // 2 * NAMES["d"]
    found: Node = work.lines[-1].nodes[0]
    assert value(found, {**NAMES, "turns": turns}) == grown


def test_a_test_that_is_met_again_goes_the_same_way() -> None:
    source = (
        "def f(d, a, b):\n    x = 2*d if a > b else 3*d\n    y = 5*d if a > b else 7*d\n"
        "    z = 11*d if a > d else 13*d\n    return x + y + z\n"
    )
    found = [
        (" ".join(map(python, each.nodes)), len(each.notes))
        for each in read(source).lines
        if each.name == "f"
    ]
    assert found == [
        (f"{x}*d + {y}*d + {z}*d", 2) for x, y in ((2, 5), (3, 7)) for z in (11, 13)
    ]  # fmt: skip
