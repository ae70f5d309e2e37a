"""Python that a script may hold and that is not read: each piece says so, and in which words.

What is read instead of refused is held against running it, in test_works.py.
"""

from __future__ import annotations

import pytest

from tests.test_works import lines, read

# The last line of a script, or all of them where more than one is at stake.
REFUSED = [
    # -- values
    ("y = 3j * d", "a literal of type complex"),
    ("y = b'x' * 2", "a literal of type bytes"),
    ("y = ... + d", "a literal of type ellipsis"),
    ("y = 1e400 * d", "a number with too large an exponent"),
    ("y = None + d", "None is no number"),
    ("y = -None", "None is no number"),
    ("y = 2 * (d, h)", "a piece of Python (Tuple) is no number"),
    ("y = f'{d}' * 2", "a text with a formula in it"),
    ("y = '%d' % d", "'%d' is no number"),
    ("y = await f()", "a piece of Python (Await) is not read"),
    # -- arithmetic
    ("y = ~d", "the operation ~ is not read"),
    ("y = d @ h", "the operation MatMult is not read"),
    ("y = d ^ 2", "the operation BitXor is not read"),
    ("y = d | 3", "the operation BitOr is not read"),
    ("y = 2 ** (d/h)", "an exponent that may be no whole number"),
    ("y = d ** (n/3)", "an exponent whose value is not known"),
    ("y = d ** 5000", "the exponent is larger than 64"),
    # -- what nobody has decided
    ("y = x if x else d", "depends on whether 'x'"),
    ("y = d if n > 3 else h", "depends on whether 'n > 3'"),
    ("y = (d == h)", "depends on whether 'd == h'"),
    ("y = not d", "depends on whether 'd'"),
    ("y = d and h", "depends on whether 'd'"),
    ("y = 'a' < 'b'", "depends on whether \"'a' < 'b'\""),
    ("y = d if 1 is True else h", "depends on whether '1 is True'"),
    # -- texts
    ("y = 'a'.zfill(3)", "the method 'zfill' of a text is not read"),
    ("y = len('a,b'.split('')) * d", "the method 'split' of a text is not read"),
    (f"y = len('{'x' * 1500}' + '{'x' * 1500}')", "the text is too long"),
    # -- lists
    ("y = len(5)", "the length is not known"),
    ("y = len(None)", "the length is not known"),
    ("y = min([])", "min of nothing"),
    ("y = max([d, None])", "an entry of the list is no number"),
    ("y = sum([d, 'x'])", "an entry of the list is no number"),
    ("y = sum([[d, h], [d]])", "an entry of the list is no number"),
    ("y = sum(i*d for i in range(L))", "a list whose length is not known"),
    ("y = sum(d for d in xs if d > n)", "a list whose length is not known"),
    ("y = sum(set([2*d, 3*h]))", "a set of values that may be equal"),
    ("y = sorted([d, 3])[0]", "sorted, of values that are not known"),
    ("y = range(1, 2, 3, 4)[0] * d", "range takes one to three arguments"),
    ("xs = [d, h]\ny = xs[5]", "xs[...] is not read"),
    ("xs = [d, h]\ny = xs[n]", "xs[...] is not read"),
    ("xs = [d, h]\ny = xs[1:n]", "xs[...] is not read"),
    ("xs = [d]\ny = xs.index(d)", "xs.index(...) is not read"),
    ("xs = [d]\nxs.pop()\ny = sum(xs)", "xs.pop(...) is not read"),
    ("xs = [d]\nxs.append(f(3))\ny = sum(xs)", "f(...) is not read"),
    ("xs = [d, h]\nxs[n] = 3\ny = sum(xs)", "depends on what was not read (line 2)"),
    ("xs = [d, h]\nxs[7] = 3\ny = sum(xs)", "depends on what was not read (line 2)"),
    ("y = d[0]", "d[...] is not read"),
    # -- dictionaries
    ("c = {'a': 2*d}\ny = c['b'] + 1", "c[...]: there is no such entry"),
    ("c = {'a': 2*d}\ny = c.popitem()", "c.popitem(...) is not read"),
    ("c = {'a': d}\nc.clear()\ny = c['a']", "c.clear(...) is not read"),
    ("c = {'a': 2*d}\nc.update(x)\ny = sum(c.values())", "c.values(...) is not read"),
    ("y = getattr(c, n)", "getattr(...) is not read"),
    # -- calls
    ("y = max(xs, default=0)", "max(...) with default= is not read"),
    ("y = max(d, h, key=len)", "max(...) with key= is not read"),
    ("y = int(d, base=2)", "int(...) with base= is not read"),
    ("y = sum([d], **k)", "sum(...) with **= is not read"),
    ("import numpy as np\ny = np.sum([d, h], 1)", "np.sum(...) is not read"),
    ("import numpy as np\ny = np.prod([d, h], 1)", "np.prod(...) is not read"),
    ("import math\ny = math.foo(d)", "math.foo(...) is not read"),
    ("y = reduce(f, xs)", "reduce(...) is not read"),
    ("def f(a):\n    return 2*a\ny = f(d, h)", "f takes 1 arguments"),
    ("def f(a, b):\n    return a*b\ny = f(d)", "f is called without 'b'"),
    ("def f(a):\n    return 2*a\ny = f(d, **n)", "**'n' is not read"),
    ("def f(a):\n    return f(a)\ny = f(d)", "f: 'f' calls itself"),
    ("class A:\n    x = 2*d\ny = A.z", "'A.z' is not read"),
    # -- names
    ("t += d", "'t' is used before it is given a value"),
    ("global d\ny = 2*d", "'d' is changed inside a function"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "problem"), REFUSED)
def test_a_piece_that_is_not_read_says_so(source: str, problem: str) -> None:
    last = lines(source)[-1]
    assert last.partition(" = ")[2] == f"? {problem}"


STATEMENTS = [
    ("a, b = 2*d, 3*d, 4*d", ["? 3 values for 2 names"]),
    ("a, b = (2*d,)", ["? 1 values for 2 names"]),
    ("for a, b in [(d, h, 1)]:\n    y = a*2", ["? 3 values for 2 names"]),
    ("for a[0] in [d]:\n    y = 2*d", ["? a[...] is not read"]),
    ("for i in range(0, 10, n):\n    y = 2*d", ["? the step of range is not known"]),
    ("match d:\n    case 1:\n        y = 2", ["? match is not read"]),
    ("c = {**x}\ny = c['a']", ["c = ? **'x' is not read", "y = a"]),
    ("c = {n: 2*d}\ny = 3*d", ["c = ? a key that is not known", "y = 3*d"]),
    ("c = dict([1, 2])", ["c = ? a dictionary that is not made of pairs"]),
    ("a.b[0].c = 2*d", ["c = ? a.b[...] is not read"]),
    # What needs no answer is no line.
    ("y = [d, h]\nz = 'text'\nw = {'a': d}\nv: float", []),
    ("raise ValueError\ny = 2*d", []),
    # What is read all the same.
    ("try:\n    y = 2*d\nexcept ValueError:\n    y = 3*d", ["y = 2*d"]),
    ("try:\n    y = 2*d\nfinally:\n    z = 3*d", ["y = 2*d", "z = 3*d"]),
    ("with open('f') as g:\n    y = 2*d", ["y = 2*d"]),
    ("for a, b in [(d, h), (h, d)]:\n    y = a*2", ["y = d*2", "y = h*2"]),
    ("y = getattr(c, 'n_embd') * 2", ["y = n_embd*2"]),
    ("y = (lambda *a: sum(a))(d, h)", ["y = d + h"]),
    ("y = (lambda **k: sum(k.values()))(a=d)", ["y = d"]),
    ("y = d; z = h*2", ["y = d", "z = h*2"]),
    ("class A:\n    x = 2*d\ny = A().z * 2", ["x = 2*d", "y = z*2"]),
]


@pytest.mark.parametrize(("source", "expected"), STATEMENTS)
def test_statements(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


def test_digits_that_are_passed_over_are_noted() -> None:
    work = read("y = round(2*d, 2)")
    assert [each.notes for each in work.lines] == [("round(..., digits) is passed over",)]
