"""Sizes of a declaration that are written as expressions: `4*width`, `h / 64`, `s + o`.

An expression may name the letters of a case and other sizes by their word. Words are put in until
only letters are left. Bounds on what this makes are checked before anything is multiplied out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import foreign
from symcost.algebra.poly import Poly
from symcost.checking.formula import read_formula
from symcost.checking.grammar import ReadError, constant, size
from symcost.checking.tree import (
    Add,
    Apply,
    Name,
    Node,
    Number,
    Over,
    Raised,
    Times,
    meaning,
    parts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


LONGEST = 400  # characters of one expression
MOST_NODES = 300
DEEPEST = 30  # brackets in brackets of one expression
MOST_WORDS = 8  # words whose sizes are words whose sizes are words
LARGEST = 1_000  # terms or digits, multiplied out
MOST_TERMS = 50  # of one size
NAME = re.compile(r"[A-Za-z_]\w*")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
# A helper that expressions may call, and how many arguments it takes: their product is meant.
# conv2d_macs(channels in, channels out, filter rows, filter columns, rows out, columns out)
PRODUCTS = {"conv2d_macs": 6}


class DeclaredError(ValueError):
    """A declaration that is not understood. The message says in one line what, and the way out."""


@final
class MissingError(DeclaredError):
    """A size is asked for that the declaration does not have."""


def read(key: str, value: Any) -> Node:
    """The expression that a value is: a whole number, a decimal fraction, or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise DeclaredError(f"{key!r:.60} = {value!r:.60} is no size: write a number or a formula")
    if isinstance(value, str):
        return _read(key, value)
    try:
        return Number(Fraction(str(value)))
    except ValueError:  # nan, inf, or more digits than Python turns into text
        raise DeclaredError(f"{key!r:.60} is no number that can be read") from None


@lru_cache(maxsize=4096)
def _read(key: str, text: str) -> Node:
    if len(text) > LONGEST:
        raise DeclaredError(f"{key!r:.60} has more than {LONGEST} characters")
    try:
        opened = _opened(text)
        reading = read_formula(opened, NAME.findall(opened))  # no name is taken apart
    except ReadError as error:
        raise DeclaredError(f"{key!r:.60} = {text!r:.60}: {error}") from None
    sides = [side for chain in reading.chains for side in chain.sides]
    if len(sides) != 1:
        raise DeclaredError(f"{key!r:.60} = {text!r:.60} has {len(sides)} sides, not one")
    if max(level for level, _ in _nodes(sides[0])) > DEEPEST:
        raise DeclaredError(f"{key!r:.60} has more than {DEEPEST} brackets in brackets")
    return sides[0]


def _opened(text: str) -> str:
    """The text with calls of the known helpers written out."""
    for _ in range(DEEPEST):
        found = next((each for each in CALL.finditer(text) if each[1] in PRODUCTS), None)
        if found is None:
            break
        arguments, end = _arguments(text, found.end())
        if len(arguments) != PRODUCTS[found[1]]:
            raise DeclaredError(
                f"{found[1]} takes {PRODUCTS[found[1]]} sizes, not {len(arguments)}"
            )
        product = "*".join(f"({each})" for each in arguments)
        text = f"{text[: found.start()]}({product}){text[end:]}"
    return text


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """What stands between commas from a place behind an opened bracket, and where it closes."""
    found, depth = [""], 0
    for at in range(start, len(text)):
        letter = text[at]
        if letter == ")" and not depth:
            return found, at + 1
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    raise DeclaredError(f"a bracket is not closed: {text[start - 20 if start > 20 else 0 :]!r:.60}")


@final
@dataclass(frozen=True)
class Expressions:
    """The sizes of a case by their word, each over its letters alone once `node` is asked.

    `words` are all that may stand for a size, those that have none here among them.
    """

    written: Mapping[str, Node]
    letters: frozenset[str]
    words: frozenset[str]
    _known: dict[str, Node] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def node(self, word: str) -> Node:
        """The size of this word, every other word in it put in. Raises `DeclaredError`."""
        if word in self._known:
            return self._known[word]
        if word not in self.written:
            raise MissingError(f"{word!r} is not declared, and is needed here")
        if word in self._open:
            raise DeclaredError(f"{word!r} is declared by itself: {' -> '.join(self._open)}")
        if len(self._open) >= MOST_WORDS:
            raise DeclaredError(f"{word!r} is reached through more than {MOST_WORDS} words")
        self._open.append(word)
        try:
            made = self.inlined(word, self.written[word])
        finally:
            self._open.pop()
        self._known[word] = made
        return made

    def inlined(self, key: str, node: Node) -> Node:
        """An expression with the words in it put in, and no larger than is allowed."""
        made = replaced(node, self._meant)
        bounded(key, made)
        return made

    def _meant(self, name: str) -> Node:
        if name in self.letters:
            return Name(name)
        if name in self.words:
            return self.node(name)
        place = f"in {self._open[-1]!r}, " if self._open else ""
        raise DeclaredError(f"{place}{name[:40]!r} is no letter of the case and no size of it")

    def number(self, word: str) -> Fraction | None:
        """The number that a size is, or None where there are letters in it."""
        return constant(self.node(word))

    def same(self, left: str, right: str) -> bool:
        """Whether two sizes are equal, whatever the letters are."""
        free = {letter: Poly.of(foreign(letter)) for letter in self.letters}
        return value(left, self.node(left), free) == value(right, self.node(right), free)


def replaced(node: Node, put: Callable[[str], Node]) -> Node:
    """The tree with another one in the place of each name."""
    match node:
        case Number():
            return node
        case Name(text):
            return put(text)
        case Add(terms):
            return Add(tuple(replaced(each, put) for each in terms))
        case Times(factors):
            return Times(tuple(replaced(each, put) for each in factors))
        case Over(top, bottom):
            return Over(replaced(top, put), replaced(bottom, put))
        case Raised(base, exponent):
            return Raised(replaced(base, put), exponent)
        case Apply(function, args):
            return Apply(function, tuple(replaced(each, put) for each in args))


def bounded(key: str, node: Node) -> None:
    """Refuses a tree that is too large, or would be once it is multiplied out."""
    if sum(1 for _ in islice(_nodes(node), MOST_NODES + 1)) > MOST_NODES:
        raise DeclaredError(f"{key!r:.60} is too long once its words are put in")
    if size(node) > LARGEST:
        raise DeclaredError(f"{key!r:.60} is too large once it is multiplied out")


def _nodes(node: Node) -> Iterator[tuple[int, Node]]:
    """Every node with how deep it stands."""
    waiting = [(1, node)]
    while waiting:
        level, each = waiting.pop()
        yield level, each
        waiting.extend((level + 1, part) for part in parts_of(each))


def value(key: str, node: Node, letters: Mapping[str, Poly]) -> Poly:
    """The closed form of an expression over letters."""
    try:
        found = meaning(node, letters.__getitem__).poly
    except (ValueError, ZeroDivisionError) as error:
        raise DeclaredError(f"{key!r:.60}: {error}") from None
    if found is None:
        raise DeclaredError(f"{key!r:.60} divides by a sum, which no size here may do")
    if len(found.terms) > MOST_TERMS:
        raise DeclaredError(f"{key!r:.60} is a sum of more than {MOST_TERMS} terms")
    return found
