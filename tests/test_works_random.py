"""Scripts made at random: what is read of them is worth what running gives, or it is refused.

Here, and only here, made-up scripts really run; the library never runs one.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest

from symcost.checking.tree import names_of
from tests.nodes import value
from tests.test_works import read, settled

HEAD = """import os

maybe = len(os.environ.get("SYMCOST_MAYBE", "abc"))  # nobody knows it who only reads
d = 7
h = 3
L = 4
k = {'a': 0, 'b': d, 'c': 2}
w = [d, h, 5]


class Counter:
    n = 2

    def __init__(self, a, b=3):
        self.a = a
        self.b = b
        self.t = 0

    def size(self, m=1):
        return self.a * self.b * m + self.n

    def add(self, x):
        self.t += x
        return self.t


c = Counter(d)


def f(x, y=2):
    z = x * y
    if y > 2:
        z += x
    return z


x = d
t = 0
"""
ENDS = {
    "x_end": "x + 0*d",
    "t_end": "t*h",
    "k_end": "k['a'] + 10*k['b']",
    "c_end": "c.t*d + c.a",
    "w_end": "sum(w)*d",
}
ATOMS = (
    *("d", "h", "L", "x", "t", "0", "1", "3", "k['a']", "k['b']", "w[0]", "w[-1]", "w[1]", "c.a"),
    *("c.t", "c.size()", "c.size(m=2)", "len(w)", "sum(w)", "f(d)", "f(h, y=3)", "max(w)"),
    *("sum(k.values())", "k.get('z', 4)", "min(d, h)"),
)
FIXED = ("d", "h", "L", "2", "c.a", "c.size()")  # so that no number grows without end
TARGETS = ("x", "t", "k['a']", "k['b']", "c.t", "w[0]")
OVER = (
    *("range(L)", "range(3)", "range(1, h)", "range(d)", "range(0)", "[2, 3]", "w", "k.values()"),
    *("enumerate(w)", "zip(w, [1, 2])", "k.items()", "list(w)", "sorted(k.values())"),
)
TESTS = (
    "d > 5",
    "h == 4",
    "'a' in k",
    "'z' in k",
    "not w",
    "L % 2 == 1",
    "len(w) > 3",
    "maybe > 2",
    "maybe == 1",
)


class Writer:
    """Writes statements."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.walks: list[str] = []  # what the loops around go through

    def script(self) -> str:
        body = [line for _ in range(self.dice.randint(2, 6)) for line in self.statement("", 2)]
        ends = [f"{name} = {formula}" for name, formula in ENDS.items()]
        return HEAD + "\n".join([*body, *ends]) + "\n"

    def formula(self, depth: int = 2) -> str:
        if depth == 0 or self.flip(0.3):
            return self.dice.choice(ATOMS)
        sign = self.dice.choice(["+", "-", "*", "*", "+", "//"])
        if sign == "//":
            return f"({self.formula(depth - 1)}) // {self.dice.randint(1, 4)}"
        left = self.dice.choice(FIXED) if sign == "*" else self.formula(depth - 1)
        return f"({left} {sign} {self.formula(depth - 1)})"

    def statement(self, indent: str, depth: int) -> list[str]:
        said = f"{self.formula()} + i" if self.walks and self.flip(0.3) else self.formula()
        kinds = [
            (5, [f"{indent}{self.dice.choice(['x', 't', 'u', 'z'])} = {said}"]),
            (4, [f"{indent}{self.dice.choice(TARGETS)} {self.dice.choice('++-')}= {said}"]),
            (1, [f"{indent}{self.dice.choice(TARGETS)} *= {self.dice.choice(FIXED)}"]),
            (1, [f"{indent}k['{self.dice.choice('abcz')}'] = {said}"]),
            (1, [f"{indent}c.add({said})"]),
            (1, [f"{indent}k.update(b={said})"]),
            (1, [f"{indent}x = sum({self.formula(1)} for q in {self.dice.choice(OVER[:6])})"]),
        ]
        # A list that grows by itself has no end; a turn may go through another one.
        if not {"w", "zip(w, [1, 2])", "enumerate(w)"}.intersection(self.walks) or self.flip(0.3):
            kinds.append((1, [f"{indent}w.append({said})"]))
        weights = [weight for weight, _ in kinds]
        if depth and self.flip(0.45):
            return self.loop(indent, depth) if self.flip(0.7) else self.branch(indent, depth)
        return self.dice.choices(kinds, weights)[0][1]

    def loop(self, indent: str, depth: int) -> list[str]:
        over = self.dice.choice(OVER)
        names = "i, each" if over.startswith(("enum", "zip")) else "i"
        names = "key, i" if over == "k.items()" else names
        self.walks.append(over)
        inner = indent + "    "
        body = [
            line
            for _ in range(self.dice.randint(1, 3))
            for line in self.statement(inner, depth - 1)
        ]
        if self.flip(0.12):
            way = self.dice.choice(["break", "continue"])
            test = self.dice.choice([f"i == {self.dice.randint(0, 3)}", "maybe > 2"])
            body += [f"{inner}if {test}:", f"{inner}    {way}"]
            body += self.statement(inner, 0)
        self.walks.pop()
        if over == "w" or over.startswith("enum"):
            body += [f"{inner}if len(w) > 9:", f"{inner}    break"]
        return [f"{indent}for {names} in {over}:", *body]

    def branch(self, indent: str, depth: int) -> list[str]:
        inner = indent + "    "
        made = [f"{indent}if {self.dice.choice(TESTS)}:", *self.statement(inner, depth - 1)]
        if self.flip(0.5):
            made += [f"{indent}else:", *self.statement(inner, depth - 1)]
        return made

    def flip(self, chance: float) -> bool:
        return self.dice.random() < chance


def run(source: str) -> dict[str, Any] | None:
    """What the names are worth; None for a script that fails."""
    names: dict[str, Any] = {}
    try:
        exec(source, names)  # noqa: S102
    except (RuntimeError, KeyError, NameError):
        return None
    return names


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_a_script_is_worth_what_running_gives_or_it_is_refused(first: int) -> None:
    right = 0
    for seed in range(first, first + 50):
        source = Writer(seed).script()
        ran = run(source)
        if ran is None:
            continue
        work = read(source)
        for name in ENDS:
            lines = [each for each in work.lines if each.name == name]
            if not lines or lines[-1].problem:
                continue
            known: dict[str, Fraction] = settled(work)
            (node,) = lines[-1].nodes
            if set(names_of(node)) <= set(known):
                assert value(node, known) == ran[name], f"seed {seed}, {name}\n{source}"
                right += 1
    assert right > 150
