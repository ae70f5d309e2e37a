"""One grammar for formulas, whatever they are written in: chains, sums, products, powers.

A language brings its tokens and its atoms. Every bound is checked before the work is done, and
every refusal names its column.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, prod
from typing import NoReturn, final

from symcost.algebra.poly import Poly
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
    names_of,
)

LONGEST = 20_000  # characters of a formula
DEEPEST = 80
MOST_TOKENS = 5_000
MOST_DIGITS = 60
LARGEST_EXPONENT = 64
MOST_TERMS = 20_000


class ReadError(ValueError):
    """A formula that cannot be read. The message begins with the column, counted from 1."""

    def __init__(self, at: int, problem: str) -> None:
        """`at` is the place in the text, from 0."""
        super().__init__(f"column {at + 1}: {problem}")
        self.at = at


@final
@dataclass(frozen=True)
class Token:
    """A piece of the text: `kind` is number, name, word, op, open, close, comma, relation, line or
    command.
    """

    kind: str
    text: str
    at: int


@final
@dataclass(frozen=True)
class Chain:
    """Sides that the writer says are equal: `relations` stand between them ("=" or "~")."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]


@final
@dataclass(frozen=True)
class Reading:
    """How a text was read: its chains, and notes on what could be read in two ways."""

    text: str
    chains: tuple[Chain, ...]
    notes: tuple[str, ...] = ()
    unit: str = ""


@dataclass
class Parser:
    """Reads tokens into chains. A language subclasses it and says what its atoms are."""

    text: str
    tokens: list[Token]
    notes: list[str] = field(default_factory=list)
    unit: str = ""
    _place: int = 0
    _depth: int = 0

    def reading(self) -> Reading:
        """The whole text as chains of equal sides."""
        if not self.tokens:
            raise ReadError(0, "there is no formula")
        if len(self.tokens) > MOST_TOKENS:
            raise ReadError(self.tokens[MOST_TOKENS].at, f"more than {MOST_TOKENS} signs")
        chains = []
        while self.peek() is not None:
            if self.taken("line"):
                continue
            chains.append(self._chain())
        if not chains:
            raise ReadError(0, "there is no formula")
        return Reading(self.text, tuple(chains), tuple(dict.fromkeys(self.notes)), self.unit)

    # -- tokens ----------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> Token | None:
        """The next token, or None at the end."""
        place = self._place + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def taken(self, kind: str, text: str = "") -> Token | None:
        """The next token, if it is of this kind; it is then used up."""
        token = self.peek()
        if token is None or token.kind != kind or (text and token.text != text):
            return None
        self._place += 1
        return token

    def fail(self, problem: str, token: Token | None = None) -> NoReturn:
        """Refuses, at a token or where the reading stands."""
        here = token or self.peek()
        raise ReadError(here.at if here else len(self.text), problem)

    def note(self, text: str) -> None:
        """Says how something ambiguous was read."""
        self.notes.append(text)

    # -- grammar ---------------------------------------------------------------------------

    def _chain(self) -> Chain:
        sides, relations = [self.expression()], []
        while True:
            token = self.peek()
            if token is not None and token.kind == "line" and self._continues():
                self.taken("line")
                continue
            relation = self.taken("relation")
            if relation is None:
                break
            relations.append(relation.text)
            sides.append(self.expression())
        token = self.peek()
        if token is not None and token.kind != "line":
            self.fail(f"{token.text!r:.20} cannot stand here")
        return Chain(tuple(sides), tuple(relations))

    def _continues(self) -> bool:
        """Whether the next line goes on with the same chain."""
        after = self.peek(1)
        return after is not None and after.kind == "relation"

    def expression(self) -> Node:
        """Terms, added and subtracted."""
        self._depth += 1
        if self._depth > DEEPEST:
            self.fail(f"nested more than {DEEPEST} deep")
        terms = [self._signed()]
        while True:
            self._skip_line_before_operator()
            if self.taken("op", "+"):
                terms.append(self._term())
            elif self.taken("op", "-"):
                terms.append(negative(self._term()))
            else:
                break
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _skip_line_before_operator(self) -> None:
        token, after = self.peek(), self.peek(1)
        if token is not None and token.kind == "line" and after is not None and after.kind == "op":
            self.taken("line")

    def _signed(self) -> Node:
        if self.taken("op", "-"):
            return negative(self._term())
        self.taken("op", "+")
        return self._term()

    def _term(self) -> Node:
        """Factors, multiplied and divided from left to right."""
        left = self._factor()
        divided: Token | None = None
        while True:
            token = self.peek()
            if token is None:
                return left
            if token.kind == "op" and token.text in ("*", "/", "//", "%"):
                self._place += 1
                right = self._signed_factor()
                left = self._operated(token, left, right)
                divided = token if token.text == "/" else None
                continue
            if not self.begins_factor(token):
                return left
            if divided is not None:
                self.note("a quotient before a product without a sign is read from left to right")
            if token.kind == "number":
                self.fail("a number cannot follow without a sign; write a product", token)
            left = product(left, self._factor())

    def _signed_factor(self) -> Node:
        if self.taken("op", "-"):
            return negative(self._factor())
        return self._factor()

    def _operated(self, token: Token, left: Node, right: Node) -> Node:
        if token.text == "*":
            return product(left, right)
        if token.text == "/":
            return self.over(token, left, right)
        if token.text == "//":
            return Apply("floor", (self.over(token, left, right),))
        self.over(token, left, right)
        return Apply("mod", (left, right))

    def over(self, token: Token, top: Node, bottom: Node) -> Over:
        """A quotient; refuses a zero below the bar."""
        if constant(bottom) == 0:
            self.fail("divides by zero", token)
        return Over(top, bottom)

    def begins_factor(self, token: Token) -> bool:
        """Whether a factor may begin with this token, so that a product without a sign goes on."""
        return token.kind in ("number", "name", "word", "open")

    def _factor(self) -> Node:
        base = self.atom()
        sign = self.taken("op", "^")
        if sign is None:
            return base
        exponent = self.exponent(sign)
        again = self.peek()
        if again is not None and again.kind == "op" and again.text == "^":
            self.fail("a power of a power needs brackets", again)
        if abs(exponent) > LARGEST_EXPONENT:
            self.fail(f"the exponent is larger than {LARGEST_EXPONENT}", sign)
        made = Raised(base, exponent)
        if size(made) > MOST_TERMS:
            self.fail(f"multiplied out, this has more than {MOST_TERMS} terms or digits", sign)
        return made

    def exponent(self, sign: Token) -> int:
        """A whole exponent, with or without brackets."""
        minus = self.taken("op", "-")
        value = constant(self.atom())
        if value is None or value.denominator != 1:
            self.fail("an exponent must be a whole number", sign)
        return -value.numerator if minus else value.numerator

    def atom(self) -> Node:
        """A number, a name, or something in brackets."""
        token = self.peek()
        if token is None:
            self.fail("something is missing at the end")
        if self.taken("number"):
            return self.number(token)
        if self.taken("name"):
            return Name(token.text)
        if self.taken("open"):
            return self.bracketed(token)
        return self.fail(f"{token.text!r:.20} cannot stand here", token)

    def number(self, token: Token) -> Number:
        """The exact number that a token writes."""
        if len(token.text) > MOST_DIGITS:
            self.fail(f"a number of more than {MOST_DIGITS} digits", token)
        mantissa, _, exponent = token.text.lower().replace("_", "").partition("e")
        if exponent and abs(int(exponent)) > LARGEST_EXPONENT:
            self.fail(f"the exponent is larger than {LARGEST_EXPONENT}", token)
        return Number(Fraction(mantissa) * Fraction(10) ** int(exponent or 0))

    def bracketed(self, opened: Token) -> Node:
        """What stands in brackets that have just been opened."""
        inside = self.expression()
        self.close(opened)
        return inside

    def arguments(self, opened: Token) -> tuple[Node, ...]:
        """Expressions separated by commas, in brackets that have just been opened."""
        found = [self.expression()]
        while self.taken("comma"):
            found.append(self.expression())
        self.close(opened)
        return tuple(found)

    def close(self, opened: Token) -> None:
        """The bracket that fits the one opened."""
        wanted = CLOSES[opened.text]
        token = self.peek()
        if token is None or token.kind != "close" or token.text != wanted:
            self.fail(f"{opened.text!r} of column {opened.at + 1} is not closed", token)
        self._place += 1


CLOSES = {"(": ")", "[": "]", "{": "}", "\\lfloor": "\\rfloor", "\\lceil": "\\rceil"}


def size(node: Node) -> int:
    """How many terms a formula has at most when it is multiplied out, or digits, whichever more."""
    match node:
        case Number(value):
            return max(1, len(str(value.numerator)) + len(str(value.denominator)) - 1)
        case Name():
            return 1
        case Add(terms):
            return sum(map(size, terms))
        case Times(parts) | Apply(_, parts):
            return prod(map(size, parts))
        case Over(top, bottom):
            return size(top) * size(bottom)
        case Raised(base, exponent):
            inner = size(base)
            if isinstance(base, Number):
                return inner * max(1, abs(exponent))
            return comb(abs(exponent) + inner - 1, inner - 1)


def negative(node: Node) -> Node:
    """Minus the node."""
    if isinstance(node, Number):
        return Number(-node.value)
    return product(Number(Fraction(-1)), node)


def product(left: Node, right: Node) -> Node:
    """Both multiplied; a chain of products stays flat."""
    ahead = left.factors if isinstance(left, Times) else (left,)
    return Times((*ahead, right))


def constant(node: Node) -> Fraction | None:
    """The value of a node without names, or None."""
    if names_of(node):
        return None
    found = meaning(node, lambda _: Poly()).poly
    value = None if found is None else found.at({})
    return None if value is None else Fraction(value)
