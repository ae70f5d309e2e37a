"""Reads what Typst made of a page: the words, the value of a formula, the ink on a page.

Nothing here is of symcost: the compiler says what it understood, and this adds it up.
"""

from __future__ import annotations

import json
import struct
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import typst

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Tree = dict[str, Any]

# A function of Typst that gives the letters of a piece of markup, and refuses what is no letter.
PLAIN = """
#let plain(it) = {
  if type(it) == str { it }
  else if it.func() == [ ].func() { " " }
  else if it.func() == smartquote { if it.double { "\\"" } else { "'" } }
  else if it.func() == h { "" }
  else if it.has("text") { it.text }
  else if it.has("children") { it.children.map(plain).join() }
  else { panic(it) }
}
"""


def query(folder: Path, text: str, selector: str) -> list[Tree]:
    """The elements of a document."""
    path = folder / "asked.typ"
    path.write_text(text, encoding="utf-8")
    found: list[Tree] = json.loads(typst.query(str(path), selector, ignore_system_fonts=True))
    return found


def value(tree: Tree, at: Mapping[str, Fraction]) -> Fraction:
    """The value of a formula; `at` has the letters as they are printed, index and all."""
    tokens = _tokens(tree)
    found = _sum(tokens, at)
    assert tokens == []
    return found


def _tokens(node: Tree) -> list[Any]:
    """Numbers, letters and signs in the order in which they are read."""
    kind = node["func"]
    if kind in ("space", "h"):
        return []
    if kind in ("sequence",):
        return _joined([token for each in node["children"] for token in _tokens(each)])
    if kind in ("text", "symbol"):
        text = node["text"]
        return [int(text)] if text.isdigit() else [text]
    if kind in ("lr", "class", "underbrace", "equation"):
        return _tokens(node["body"])
    if kind == "styled":
        return _tokens(node["child"])
    if kind == "op":
        return [node["text"]["text"]]
    if kind == "frac":
        return ["(", "(", *_tokens(node["num"]), ")", "/", "(", *_tokens(node["denom"]), ")", ")"]
    assert kind == "attach", kind
    (base, *more) = _tokens(node["base"])
    assert more == []
    index = "".join(map(str, _tokens(node["b"]))) if "b" in node else ""
    primes = "'" * node["tr"]["count"] if "tr" in node else ""
    if index or primes:
        base = f"{base}_{index}{primes}" if index else f"{base}{primes}"
    return [base, *(("^", power) for power in _tokens(node["t"]))] if "t" in node else [base]


def _joined(tokens: list[Any]) -> list[Any]:
    """Groups of digits side by side are one number: products of numbers have a dot."""
    found: list[Any] = []
    for each in tokens:
        if isinstance(each, int) and found and isinstance(found[-1], int):
            found[-1] = found[-1] * 1000 + each
        else:
            found.append(each)
    return found


def _sum(tokens: list[Any], at: Mapping[str, Fraction]) -> Fraction:
    total, sign = Fraction(0), 1
    if tokens[0] == "−":
        tokens.pop(0)
        sign = -1
    while True:
        total += sign * _product(tokens, at)
        if not tokens or tokens[0] not in ("+", "−"):
            return total
        sign = 1 if tokens.pop(0) == "+" else -1


def _product(tokens: list[Any], at: Mapping[str, Fraction]) -> Fraction:
    found = _factor(tokens, at)
    while tokens and tokens[0] not in ("+", "−", ")", ",", "⌉", "⌋"):
        if tokens[0] == "/":
            tokens.pop(0)
            found /= _factor(tokens, at)
            continue
        if tokens[0] == "⋅":
            tokens.pop(0)
        found *= _factor(tokens, at)
    return found


def _factor(tokens: list[Any], at: Mapping[str, Fraction]) -> Fraction:
    first = tokens.pop(0)
    if first in ("(", "⌈", "⌊"):
        found = _sum(tokens, at)
        close = tokens.pop(0)
        assert close == {"(": ")", "⌈": "⌉", "⌊": "⌋"}[first]
        if first != "(":
            found = Fraction(found.__ceil__() if first == "⌈" else found.__floor__())
    elif first in ("min", "max"):
        assert tokens.pop(0) == "("
        several = [_sum(tokens, at)]
        while tokens.pop(0) == ",":
            several.append(_sum(tokens, at))
        found = min(several) if first == "min" else max(several)
    else:
        found = Fraction(first) if isinstance(first, int) else at[first]
    if tokens and isinstance(tokens[0], tuple):
        found **= tokens.pop(0)[1]
    return found


def ink(png: bytes) -> tuple[tuple[float, float, float, float], tuple[float, float]]:
    """The box around all that is not white (left, top, right, bottom), and the size, in pixels."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, wide, high = 8, b"", 0, 0
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            wide, high, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, interlaced) == (8, 6, 0)
        data += body if kind == b"IDAT" else b""
        at += length + 12
    rows = _unfiltered(np.frombuffer(zlib.decompress(data), np.uint8).reshape(high, wide * 4 + 1))
    dark = (rows.reshape(high, wide, 4)[:, :, :3] < 200).any(axis=2)
    down, across = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    box = (float(across[0]), float(down[0]), float(across[-1] + 1), float(down[-1] + 1))
    return box, (float(wide), float(high))


def _unfiltered(rows: Any) -> Any:
    """The bytes of the pixels, from what PNG keeps: differences to the left and to above."""
    high, length = rows.shape[0], rows.shape[1] - 1
    found = np.zeros((high + 1, length // 4 + 1, 4), np.int64)
    for y in range(high):
        kind, line = int(rows[y, 0]), rows[y, 1:].reshape(-1, 4).astype(np.int64)
        above, here = found[y], found[y + 1]
        if kind == 0:
            here[1:] = line
        elif kind == 1:
            here[1:] = np.cumsum(line, axis=0) % 256
        elif kind == 2:
            here[1:] = (line + above[1:]) % 256
        else:
            for x in range(1, line.shape[0] + 1):
                a, b, c = here[x - 1], above[x], above[x - 1]
                guess = (a + b) // 2 if kind == 3 else _paeth(a, b, c)
                here[x] = (line[x - 1] + guess) % 256
    return found[1:, 1:]


def _paeth(a: Any, b: Any, c: Any) -> Any:
    guess = a + b - c
    near = np.abs(np.stack([guess - a, guess - b, guess - c]))
    return np.where(
        (near[0] <= near[1]) & (near[0] <= near[2]), a, np.where(near[1] <= near[2], b, c)
    )
