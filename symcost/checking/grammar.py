"""One grammar for formulas, whatever they are written in: chains, sums, products, powers.

A language brings its tokens and its atoms. Every bound is checked before the work is done, and
every refusal names its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import NoReturn, final

from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.checking.bulk import deeper, size, too_large
from symcost.checking.powers import LARGEST_BASE
from symcost.checking.signs import CLOSES, ROUNDS, UNITS
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

__all__ = ["Chain", "Parser", "ReadError", "Reading", "Token", "constant", "size"]

LONGEST = 20_000  # characters of a formula
DEEPEST = 40
MOST_TOKENS = 2_000
MOST_DIGITS = 60
LARGEST_EXPONENT = 64


class ReadError(ValueError):
    """A formula that cannot be read. The message begins with the column, counted from 1."""

    def __init__(self, at: int, problem: str) -> None:
        """`at` is the place in the text, from 0. What cannot be printed is not repeated."""
        shown = "".join(each if each.isprintable() else "?" for each in problem)
        super().__init__(f"column {at + 1}: {shown}")
        self.at = at


@final
@dataclass(frozen=True)
class Token:
    """A piece of the text.

    `kind` is number, name, word, text, sub, op, open, close, comma, relation, line, break or
    command. A formula may go on behind a line, never behind a break.
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
    signs_meet: bool = False  # whether a + -b is written
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
            if self.taken("line") or self.taken("break"):
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

    def take_unit(self, token: Token) -> bool:
        """A unit behind a formula ends it: 2 FLOPs."""
        if not UNITS.fullmatch(token.text.strip()):
            return False
        unit = token.text.strip()
        if self.unit and self.unit.lower().rstrip("s") != unit.lower().rstrip("s"):
            self.fail(f"{unit} here and {self.unit} before: one formula has one unit", token)
        self._place += 1
        self.unit = unit
        self.note(say("{0} is read as a unit", repr(unit)))
        return True

    def note(self, text: str) -> None:
        """Says how something ambiguous was read."""
        self.notes.append(text)

    # -- grammar ---------------------------------------------------------------------------

    def _chain(self) -> Chain:
        begins = self._place
        if self.taken("relation"):
            self.note("what stands before the first sign of equality is missing")
        sides = [self._side()]
        relations: list[str] = []
        while True:
            token = self.peek()
            if token is not None and token.kind == "line" and self._continues():
                self.taken("line")
                continue
            relation = self.taken("relation")
            if relation is None:
                break
            if not relations:
                self._refuse_definition(begins)
            self._skip_line()
            relations.append(relation.text)
            sides.append(self._side())
        token = self.peek()
        if token is not None and token.kind not in ("line", "break"):
            self.fail(f"{token.text!r:.20} cannot stand here")
        return Chain(tuple(sides), tuple(relations))

    def _side(self) -> Node:
        begins = self.peek()
        side = self.expression()
        self.bound(side, begins)
        return side

    def bound(self, node: Node, token: Token | None) -> None:
        """Refuses what would be too large once it is multiplied out."""
        problem = too_large(node)
        if problem:
            self.fail(problem, token)

    def _refuse_definition(self, begins: int) -> None:
        """N(d) = ... says that N depends on d; it is no product."""
        left = self.tokens[begins : self._place - 1]
        if DEFINES.fullmatch("".join(SHAPES.get(each.kind, each.text) for each in left)):
            self.fail(
                f"{left[0].text}(...) = ... defines a function; leave the brackets out", left[0]
            )

    def _continues(self) -> bool:
        """Whether the next line goes on with the same chain."""
        after = self.peek(1)
        return after is not None and after.kind == "relation"

    def expression(self) -> Node:
        """Terms, added and subtracted."""
        terms = [self._term(signed=True)]
        while True:
            self._skip_line_before_operator()
            if self.taken("op", "+"):
                self._skip_line()
                terms.append(self._term(signed=self.signs_meet))
            elif self.taken("op", "-"):
                self._skip_line()
                terms.append(negative(self._term(signed=self.signs_meet)))
            else:
                break
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _skip_line_before_operator(self, only: str = "") -> None:
        token, after = self.peek(), self.peek(1)
        if token is None or token.kind != "line" or after is None or after.kind != "op":
            return
        if not only or after.text in only:
            if token.text == "\n":
                self.note(
                    say("the line that begins with {0} goes on with the one before", after.text)
                )
            self.taken("line")

    def _skip_line(self) -> None:
        """After a sign that wants something behind it, the next line goes on."""
        while self.taken("line"):
            pass

    def _term(self, *, signed: bool = False) -> Node:
        """Factors, multiplied and divided from left to right.

        A minus in front takes the whole product, but only the first factors before // and %.
        """
        minus = signed and bool(self.taken("op", "-"))
        if signed and not minus:
            self.taken("op", "+")
        left = self._factor()
        divided = False
        while True:
            self._skip_line_before_operator(only="*/")
            token = self.peek()
            if token is None:
                break
            if token.kind == "op" and token.text in ("*", "/", "//", "%"):
                self._place += 1
                if minus and token.text in ("//", "%"):
                    left, minus = negative(left), False
                left = self._operated(token, left, self._signed_factor())
                divided = token.text != "*"
                continue
            if not self.begins_factor(token):
                break
            if divided:
                self.note("a quotient before a product without a sign is read from left to right")
            if not self.number_goes_on(token):
                self._refuse_number(token)
            self.note_application()
            left = product(left, self._factor())
        return negative(left) if minus else left

    def note_application(self) -> None:
        """N(d) in a formula: a product, but the writer may mean that N depends on d."""
        before = self.tokens[self._place - 1] if self._place else None
        kinds = [each.kind for each in self.tokens[self._place : self._place + 3]]
        if before is None or kinds != ["open", "name", "close"]:
            return
        if before.kind in ("name", "word", "sub") and self.tokens[self._place].text in ("(", "["):
            inside = self.tokens[self._place + 1].text
            self.note(say("the bracket ({0}) behind a name is read as a factor", str(inside)))

    def _refuse_number(self, token: Token) -> None:
        """A number behind a factor: d 2, or the number of an equation in brackets."""
        after, then = self.peek(1), self.peek(2)
        alone = after is not None and after.kind == "number" and then is not None
        if token.kind == "number" or (
            token.kind == "open" and alone and then is not None and then.kind == "close"
        ):
            self.fail("a number cannot follow without a sign; write a product", token)

    def number_goes_on(self, token: Token) -> bool:  # noqa: ARG002
        """Whether a number in the middle of a product is one more factor."""
        return False

    def _signed_factor(self) -> Node:
        self._skip_line()
        if self.taken("op", "-"):
            return negative(self._factor())
        return self._factor()

    def _operated(self, token: Token, left: Node, right: Node) -> Node:
        if token.text == "*":
            return product(left, right)
        quotient = self.over(token, left, right)
        if token.text == "/":
            return quotient
        return Apply("floor", (quotient,)) if token.text == "//" else Apply("mod", (left, right))

    def over(self, token: Token, top: Node, bottom: Node) -> Over:
        """A quotient; refuses a zero below the bar."""
        made = Over(top, bottom)
        if deeper(made):
            self.fail("brackets and quotients stand too deep in each other", token)
        if constant(bottom) == 0:
            self.fail("divides by zero", token)
        return made

    def begins_factor(self, token: Token) -> bool:
        """Whether a factor may begin with this token, so that a product without a sign goes on."""
        return token.kind in ("number", "name", "word", "open")

    def _factor(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            self.fail(f"nested more than {DEEPEST} deep")
        base = self.atom()
        sign = self.taken("op", "^")
        if sign is not None:
            base = self.raised(base, self.exponent(), sign)
        self._depth -= 1
        return base

    def exponent(self) -> Node:
        """What stands above: a number or a name, with a minus or not, or something in brackets."""
        minus = self.taken("op", "-")
        above = self.atom()
        again = self.peek()
        if again is not None and again.kind == "op" and again.text == "^":
            self.fail("a power of a power needs brackets", again)
        return negative(above) if minus else above

    def raised(self, base: Node, above: Node, sign: Token) -> Node:
        """A power with a whole exponent, or of a whole number with sizes above it."""
        self.bound(above, sign)
        value = constant(above)
        if value is None:
            if not isinstance(base, Number) or base.value.denominator != 1:
                self.fail("an exponent must be a whole number", sign)
            if not 1 <= base.value <= LARGEST_BASE or _factor_of_sizes(above) is None:
                self.fail("an exponent must be a whole number, or a sum of sizes over one", sign)
            return Apply("power", (base, above))
        if value.denominator != 1:
            self.fail("an exponent must be a whole number", sign)
        if abs(value) > LARGEST_EXPONENT:
            self.fail(f"the exponent is larger than {LARGEST_EXPONENT}", sign)
        if value <= 0 and deeper(base):
            self.fail("brackets and quotients stand too deep in each other", sign)
        if value < 0 and constant(base) == 0:
            self.fail("divides by zero", sign)
        made = Raised(base, value.numerator)
        self.bound(made, sign)
        return made

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
        if re.match("0[0-9]", token.text):
            self.fail(f"{token.text} begins with a zero", token)
        mantissa, _, exponent = token.text.lower().replace("_", "").partition("e")
        if not re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", mantissa):
            self.fail(f"{token.text!r:.20} is no number", token)
        if exponent and abs(int(exponent)) > LARGEST_EXPONENT:
            self.fail(f"the exponent is larger than {LARGEST_EXPONENT}", token)
        return Number(Fraction(mantissa) * Fraction(10) ** int(exponent or 0))

    def bracketed(self, opened: Token) -> Node:
        """What stands in brackets that have just been opened."""
        inside = self.expression()
        self.close(opened)
        rounds = ROUNDS.get(opened.text)
        return Apply(rounds, (inside,)) if rounds else inside

    def arguments(self, opened: Token) -> tuple[Node, ...]:
        """Expressions separated by commas, in brackets that have just been opened."""
        found = [self.expression()]
        while self.taken("comma"):
            found.append(self.expression())
        self.close(opened)
        return tuple(found)

    def close(self, opened: Token) -> None:
        """The bracket that fits the one opened."""
        self._skip_line()
        wanted = CLOSES[opened.text]
        token = self.peek()
        if token is None or token.kind != "close" or token.text != wanted:
            self.fail(f"{opened.text!r} of column {opened.at + 1} is not closed", token)
        self._place += 1


# The left side of N_a(d, h) = ..., a letter for each kind of sign.
SHAPES = {"name": "n", "word": "n", "text": "n", "number": "0", "sub": "_", "comma": ","}
INDEXED = r"n(?:_(?:[n0]|\{[n0_,]*\}))?"
DEFINES = re.compile(rf"{INDEXED}\({INDEXED}(?:,{INDEXED})*\)")


def _factor_of_sizes(above: Node) -> int | None:
    """The largest whole factor that a size has in an exponent; None where it is no such sum."""
    match above:
        case Name():
            return 1
        case Number(value):
            whole = value.denominator == 1 and abs(value) <= LARGEST_EXPONENT
            return abs(value.numerator) if whole else None
        case Add(parts) | Times(parts):
            if isinstance(above, Times) and sum(bool(names_of(each)) for each in parts) > 1:
                return None
            found = [_factor_of_sizes(each) for each in parts]
            factors = [each for each in found if each is not None]
            if len(factors) < len(found):
                return None
            most = sum(factors) if isinstance(above, Add) else prod(factors)
            return most if most <= LARGEST_EXPONENT else None
    return None


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
