"""Formulas as people type them: Python, a pocket calculator's signs, products without a sign.

`4*d_model**2`, `12Ld^2`, `6ND`, `math.ceil(V/64)*64`. A word that is a known symbol, or has an
underscore, is one name; letters that stand close behind a number, or are all capitals, are a
product.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, final

from symcost.checking.grammar import LONGEST, Parser, ReadError, Reading, Token, constant
from symcost.checking.tree import Apply, Name, Node, Number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PIECE = re.compile(
    r"(?P<space>[ \t\f]+|\#[^\n]*)"
    r"|(?P<number>(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*\.?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<raised>[²³])"
    r"|(?P<relation>==|≈|~=|=)"
    r"|(?P<op>\*\*|//|[-+*/%^×·−])"
    r"|(?P<open>[(\[])|(?P<close>[)\]])|(?P<comma>,)|(?P<line>[\n;])"
)
RAISED = {"²": "2", "³": "3"}
SIGNS = {"**": "^", "×": "*", "·": "*", "−": "-"}
FUNCTIONS = {
    "ceil": "ceil",
    "ceiling": "ceil",
    "floor": "floor",
    "min": "min",
    "max": "max",
    "int": "floor",
    "Min": "min",
    "Max": "max",
    "Rational": "over",
    "Fraction": "over",
}
LETTERS = re.compile(r"[A-Za-z]+[0-9]*")


def read_formula(text: str, known: Collection[str] = ()) -> Reading:
    """The chains of a typed formula; `known` are names that are not taken apart.

    Raises `ReadError` with the column of what is not understood.
    """
    if len(text) > LONGEST:
        raise ReadError(LONGEST, f"more than {LONGEST} characters")
    return _Formula(text, list(_tokens(text)), known=frozenset(known)).reading()


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = PIECE.match(text, at)
        if found is None or not found[0]:
            raise ReadError(at, f"{text[at]!r} is not understood")
        kind, piece = str(found.lastgroup), found[0]
        if kind == "raised":
            yield from (Token("op", "^", at), Token("number", RAISED[piece], at))
        elif kind == "relation":
            yield Token("relation", "=" if piece in ("=", "==") else "~", at)
        elif kind == "op":
            yield Token("op", SIGNS.get(piece, piece), at)
        elif kind != "space":
            yield Token(kind, piece, at)
        at = found.end()


@final
class _Formula(Parser):
    """The atoms of typed formulas."""

    def __init__(self, text: str, tokens: list[Token], known: frozenset[str]) -> None:
        super().__init__(text, tokens)
        self._known = known

    def atom(self) -> Node:
        token = self.peek()
        if token is None or token.kind != "name":
            return super().atom()
        self._place += 1
        opened = self.peek()
        function = FUNCTIONS.get(re.sub(r"^(?:math|np|numpy|sympy|sp)\.", "", token.text))
        if function and opened is not None and opened.text == "(":
            self._place += 1
            return self._applied(function, token, self.arguments(opened))
        called = opened is not None and opened.text == "(" and opened.at == self._end(token)
        if (
            called
            and (len(token.text) > 1 or token.text in ("O", "f", "g"))
            and token.text not in self._known
        ):
            self.fail(f"{token.text[:40]}(...) is not read", token)
        if "." in token.text:
            return Name(token.text.rpartition(".")[2])
        if iskeyword(token.text) or len(token.text) > 60:
            self.fail(f"{token.text[:40]!r} cannot be a name", token)
        return self._name_or_letters(token)

    def _applied(self, function: str, token: Token, args: tuple[Node, ...]) -> Node:
        """A function of its arguments; what it wants of them is checked."""
        if function in ("floor", "ceil") and len(args) != 1:
            self.fail(f"{token.text} takes one argument", token)
        if function in ("min", "max") and len(args) < 2:
            self.fail(f"{token.text} takes two arguments or more", token)
        if function == "over":
            if len(args) != 2:
                self.fail(f"{token.text} takes two arguments", token)
            top, bottom = (constant(each) for each in args)
            if top is None or not bottom:
                self.fail(f"{token.text} takes two numbers", token)
            return Number(top / bottom)
        if token.text == "int":
            self.note("int(...) is read as floor(...)")
        return Apply(function, args)

    def _end(self, token: Token) -> int:
        return token.at + len(token.text)

    def _name_or_letters(self, token: Token) -> Node:
        """A name, or the first of several letters; the others become the next factors."""
        text = token.text
        before = self.tokens[self._place - 2] if self._place > 1 else None
        behind_number = (
            before is not None and before.kind == "number" and self._end(before) == token.at
        )
        if behind_number and "_" not in text and not text.isalpha() and text not in self._known:
            self.fail(f"{text[:20]!r} behind a number: write ^ or * before its digits", token)
        letters = self._letters(text, behind_number)
        if len(letters) == 1:
            return Name(text)
        self.note(f"{text!r} is read as {' * '.join(letters)}")
        at = token.at
        rest = []
        for letter in letters[1:]:
            at += len(letters[0])
            rest.append(Token("name", letter, at))
        self.tokens[self._place : self._place] = rest
        return Name(letters[0])

    def _letters(self, text: str, behind_number: bool) -> list[str]:
        if len(text) == 1 or text in self._known or "_" in text or not text.isalpha():
            return [text]
        two = len(text) == 2 and text[0].isupper()
        capitals = text.isupper() and len(text) <= 4
        mixed = any(each.isupper() for each in text) and not text[1:].islower()
        if behind_number or capitals or mixed or two:
            return list(text)
        return [text]
