"""Formulas as people type them: Python, a pocket calculator's signs, products without a sign.

`4*d_model**2`, `12Ld^2`, `6ND`, `math.ceil(V/64)*64`. A word that is a known symbol, or has an
underscore, is one name; so is every word where all products have their sign, as in Python.
Elsewhere letters that stand close behind a number, or are capitals, are a product.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from keyword import iskeyword
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.grammar import (
    DEEPEST,
    LONGEST,
    Parser,
    ReadError,
    Reading,
    Token,
    constant,
    negative,
)
from symcost.checking.series import SeriesError, plus, series
from symcost.checking.signs import LONGEST_RUN, LOWERED, RAISED, SENTENCE, SIGNS, TOGETHER, UNITS
from symcost.checking.tree import Add, Apply, Name, Node, Number, Over, Times

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PIECE = re.compile(
    r"(?P<space>[ \t\f\r\u00a0\u2009\u202f]+|\\[ \t\r]*\n|\#[^\n]*)"
    r"|(?P<number>(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*[₀-₉]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|[α-ωΑ-Ω])"
    r"|(?P<raised>[⁰¹²³⁴-⁹]+)"
    r"|(?P<relation>==|:=|≈|~=|=)"
    r"|(?P<op>\*\*|//|[-+*/%^−×·⋅∗∙÷∕⁄])"
    r"|(?P<open>[(\[⌊⌈])|(?P<close>[)\]⌋⌉])|(?P<comma>,)|(?P<line>\n)|(?P<break>;)"
)
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "  # noqa: SIM905
        "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        strict=True,
    )
)
MODULE = re.compile(r"(?:math|np|numpy|sympy|sp|torch)\.")
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
    "pow": "power",
    "Mod": "mod",
    "sum": "sum",
    "prod": "prod",
}
# O(...) and its like are bounds, f(...) is somebody's function.
UNDEFINED = frozenset({"O", "o", "Θ", "Ω", "f", "g"})


def read_formula(text: str, known: Collection[str] = ()) -> Reading:
    """The chains of a typed formula; `known` are names that are not taken apart.

    Raises `ReadError` with the column of what is not understood.
    """
    if len(text) > LONGEST:
        raise ReadError(LONGEST, f"more than {LONGEST} characters")
    return _Formula(text, list(_tokens(text)), frozenset(known)).reading()


def _tokens(text: str) -> Iterator[Token]:
    at = depth = 0
    while at < len(text):
        found = PIECE.match(text, at)
        if found is None or not found[0]:
            raise ReadError(at, f"{text[at]!r} is not understood")
        kind, piece = str(found.lastgroup), found[0]
        if kind == "raised":
            digits = "".join(RAISED[each] for each in piece)
            yield from (Token("op", "^", at), Token("number", digits, at))
        elif kind == "relation":
            yield Token("relation", "~" if piece in ("≈", "~=") else "=", at)
        elif kind == "op":
            yield Token("op", SIGNS.get(piece, "^" if piece == "**" else piece), at)
        elif kind == "name":
            yield Token("name", _plain(piece, at), at)
        elif kind != "space" and not (kind == "line" and depth):
            depth += (kind == "open") - (kind == "close")
            yield Token(kind, piece, at)
        at = found.end()


def _plain(name: str, at: int) -> str:
    """A name in plain letters: d₁ is d_1."""
    if name in GREEK:
        return GREEK[name]
    head = name.rstrip("".join(LOWERED))
    if not head.isascii() or ("." in head and head != name):
        raise ReadError(at, f"{name!r:.40} cannot be a name")
    digits = "".join(LOWERED[each] for each in name[len(head) :])
    return f"{head}_{digits}" if digits else head


def _is_explicit(text: str, tokens: list[Token]) -> bool:
    """Whether every product has its sign, as in Python: then a word is one name."""
    signed = any(
        each.text == "*" or (each.text == "^" and text.startswith("**", each.at)) for each in tokens
    )
    measured = tokens and UNITS.fullmatch(tokens[-1].text)
    for left, right in pairwise(tokens[:-1] if measured else tokens):
        ends = left.kind in ("number", "close") or (left.kind == "name" and right.kind != "open")
        begins = right.kind in ("number", "name", "open")
        if ends and begins and not iskeyword(left.text) and not iskeyword(right.text):
            return False
    return signed


@final
class _Formula(Parser):
    """The atoms of typed formulas."""

    def __init__(self, text: str, tokens: list[Token], known: frozenset[str]) -> None:
        super().__init__(text, tokens, signs_meet=True)
        self._known = known
        self._owners: dict[str, str] = {}  # of an attribute: cfg for cfg.n_embd
        self._explicit = _is_explicit(text, tokens)

    # -- products without a sign -----------------------------------------------------------

    def begins_factor(self, token: Token) -> bool:
        before = self.tokens[self._place - 1]
        if token.kind == "name":
            if iskeyword(token.text):
                return False
            if self._ends_side(1) and token.text not in self._known and self.take_unit(token):
                return False
            self._refuse_words()
            return True
        if token.kind == "open":
            if token.text == "[" and before.kind == "name" and self._end(before) == token.at:
                self.fail(f"{before.text[:40]}[...] is not read", token)
            self._refuse_words()
            self._refuse_bracketed_word()
            return True
        return token.kind == "number"

    def _refuse_words(self) -> None:
        """Words without a sign between them may be a sentence: 12 layers is read, d layers not."""
        for place in (self._place, self._place - 1):
            each, before = self.tokens[place], self.tokens[place - 1] if place else None
            if each.kind != "name" or each.text in self._known or "_" in each.text:
                continue
            if each.text in ("x", "X") and self._stands_between(place):
                self.fail("x between two factors: a name, or a sign? write *", each)
            if len(each.text) == 1 or "." in each.text:
                continue
            if not each.text.isalpha():
                self.fail(f"{each.text[:20]!r}: write ^ or * before its digits", each)
            behind_number = place == self._place and before is not None and before.kind == "number"
            if behind_number and each.text.lower() not in SENTENCE:
                continue
            if len(self._letters(each, place)) == 1:
                self.fail(f"the word {each.text[:30]!r} in a product without a sign", each)

    def _refuse_bracketed_word(self) -> None:
        """d^2 (params): a remark, and no factor."""
        inside = self.tokens[self._place + 1 : self._place + 3]
        if [each.kind for each in inside] != ["name", "close"]:
            return
        word = inside[0].text
        if len(word) > 1 and word.isalpha() and word not in self._known:
            self.fail(f"the word {word[:30]!r} in brackets may be a remark", inside[0])

    def _stands_between(self, place: int) -> bool:
        around = self.tokens[max(0, place - 1) : place + 2]
        wanted = ("number", "name", "open", "close")
        return len(around) == 3 and around[0].kind in wanted and around[2].kind in wanted

    def _ends_side(self, ahead: int) -> bool:
        after = self.peek(ahead)
        return after is None or after.kind in ("relation", "line", "break")

    # -- atoms -----------------------------------------------------------------------------

    def atom(self) -> Node:
        token = self.peek()
        if token is not None and token.kind == "open" and token.text == "[":
            self.note("square brackets are read as round ones")
        if token is None or token.kind != "name":
            return super().atom()
        if self._place and self.tokens[self._place - 1].kind == "number":
            self._check_behind_number(token)
        self._place += 1
        opened = self.peek()
        function = FUNCTIONS.get(MODULE.sub("", token.text, count=1))
        if opened is not None and opened.text == "(" and opened.kind == "open":
            if function:
                self._place += 1
                return self._applied(function, token, opened)
            called = opened.at == self._end(token) or token.text in UNDEFINED
            undefined = len(token.text) > 1 or token.text in UNDEFINED
            if called and undefined and token.text not in self._known:
                self.fail(f"{token.text[:40]}(...) is not read", token)
        if iskeyword(token.text) or len(token.text) > 60:
            self.fail(f"{token.text[:40]!r} cannot be a name", token)
        if "." in token.text:
            return self._attribute(token)
        return self._name_or_letters(token)

    def _end(self, token: Token) -> int:
        return token.at + len(token.text)

    def _attribute(self, token: Token) -> Name:
        """cfg.n_embd is n_embd; that of another owner would be another number."""
        owner, _, name = token.text.rpartition(".")
        if MODULE.match(token.text):
            self.fail(f"{token.text[:40]} is not read", token)
        if self._owners.setdefault(name, owner) != owner:
            self.fail(f"{name[:40]} of {owner[:40]}, and of {self._owners[name][:40]}", token)
        return Name(name)

    def _check_behind_number(self, token: Token) -> None:
        """What is glued to a number: 2d is a product, 2d3 and 2_d are not."""
        before, text = self.tokens[self._place - 1], token.text
        if self._end(before) != token.at or text in self._known:
            return
        if text.startswith("_") or ("_" not in text and not text.isalpha()):
            self.fail(f"{text[:20]!r} behind a number: write ^ or * before its digits", token)
        if text in ("K", "k", "M", "B", "G", "T", "j", "J"):
            self.note(say("{0}{1} is read as {0} times {1}", before.text, text))

    def _name_or_letters(self, token: Token) -> Node:
        """A name, or the first of several letters; the others become the next factors."""
        letters = self._letters(token, self._place - 1)
        if len(letters) == 1:
            return Name(token.text)
        before = self.tokens[self._place - 2] if self._place > 1 else None
        if before is not None and before.kind == "op" and before.text == "^":
            self.fail(f"{token.text[:20]!r} in an exponent: write a product, or one name", token)
        self.note(say("{0} is read as {1}", repr(token.text), " * ".join(letters)))
        at = token.at
        rest = []
        for letter in letters[1:]:
            at += len(letters[0])
            rest.append(Token("name", letter, at))
        self.tokens[self._place : self._place] = rest
        return Name(letters[0])

    def _letters(self, token: Token, place: int) -> list[str]:
        """The word as one name, or its letters."""
        text = token.text
        if len(text) == 1 or text in self._known or "_" in text or not text.isalpha():
            return [text]
        before = self.tokens[place - 1] if place else None
        after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        glued = before is not None and before.kind == "number" and self._end(before) == token.at
        if glued:
            return self._glued(token)
        two = len(text) == 2 and text[0].isupper()
        several = len(text) <= 4 and text[0].isupper() and sum(map(str.isupper, text)) > 1
        if not (two or several):
            return [text]
        edges = ("relation", "line", "break")
        begins = before is None or before.kind in edges
        if begins and after is not None and after.kind == "relation":
            return [text]
        if self._explicit:
            self.note(say("{0} is read as one name", repr(text)))
            return [text]
        return list(text)

    def _glued(self, token: Token) -> list[str]:
        """Letters close behind a number: 12Ldh; refused where some of them may be one name."""
        text = token.text
        if len(text) >= LONGEST_RUN:
            self.fail(f"{text[:20]!r} behind a number may be one name: write * around it", token)
        parts = {text[i:j] for i in range(len(text)) for j in range(i + 2, len(text) + 1)}
        named = sorted(parts & self._known)
        together = TOGETHER.search(text)
        if named or together:
            inside = named[0] if named else together[0] if together else text
            self.fail(f"{inside!r} behind a number may be one name: write * around it", token)
        return list(text)

    def over(self, token: Token, top: Node, bottom: Node) -> Over:
        before = self.text[token.at - 1 : token.at]
        if token.text == "%" and before.isdigit() and self.text[token.at + 1 : token.at + 2] == " ":
            self.fail("percent, or the rest of a division? write spaces around %", token)
        return super().over(token, top, bottom)

    # -- powers ----------------------------------------------------------------------------

    def exponent(self) -> Node:
        """As Python has it: 2**3**2 is 2**(3**2), 2**-n has no brackets."""
        minus = self.taken("op", "-")
        base = self.atom()
        end = self.tokens[self._place - 1]
        again = self.taken("op", "^")
        if again is not None:
            if not self.text.startswith("**", again.at):
                self.fail("a power of a power needs brackets", again)
            self._depth += 1
            if self._depth > DEEPEST:
                self.fail("too many powers of powers", again)
            base = self.raised(base, self.exponent(), again)
            self._depth -= 1
        after = self.peek()
        named = after is not None and after.kind == "name" and end.kind == "number"
        if named and after is not None and after.at == self._end(end):
            self.note(say("the exponent in front of {0} is {1}", repr(after.text[:20]), end.text))
        return negative(base) if minus else base

    # -- functions -------------------------------------------------------------------------

    def _applied(self, function: str, token: Token, opened: Token) -> Node:
        """A function of its arguments; what it wants of them is checked."""
        if function in ("sum", "prod"):
            return self._gathered(function, token, opened)
        args = self.arguments(opened)
        wanted = {"floor": 1, "ceil": 1, "over": 2, "power": 2, "mod": 2}.get(function)
        if wanted is not None and len(args) != wanted:
            self.fail(f"{token.text} takes {('one argument', 'two arguments')[wanted - 1]}", token)
        if function == "power":
            return self.raised(args[0], args[1], token)
        if function in ("min", "max") and len(args) < 2:
            self.fail(f"{token.text} takes two arguments or more", token)
        if function == "over":
            top, bottom = (constant(each) for each in args)
            if top is None or not bottom:
                self.fail(f"{token.text} takes two numbers", token)
            return Number(top / bottom)
        if function == "mod":
            self.over(token, *args)
        if token.text == "int":
            self.note("int(...) is read as floor(...)")
        return Apply(function, args)

    def _gathered(self, function: str, token: Token, opened: Token) -> Node:
        """sum or prod of a list, or the sum of an expression over a range."""
        listed = self.peek()
        if listed is not None and listed.kind == "open" and listed.text in ("[", "("):
            begins = self._place
            self._place += 1
            args = [self.expression()]
            while self.taken("comma") and not self._closes(listed):
                args.append(self.expression())
            if self._closes(listed) and self._closed_behind():
                self.close(listed)
                self.close(opened)
                if len(args) == 1:
                    self.fail(f"{token.text} of one number is not read", token)
                return Add(tuple(args)) if function == "sum" else Times(tuple(args))
            self._place = begins
        if function == "prod":
            self.fail(f"{token.text} is read of a list only", token)
        return self._over_range(token, opened)

    def _closes(self, opened: Token) -> bool:
        after = self.peek()
        return after is not None and after.kind == "close" and opened.text + after.text in "()[]"

    def _closed_behind(self) -> bool:
        then = self.peek(1)
        return then is not None and then.kind == "close" and then.text == ")"

    def _over_range(self, token: Token, opened: Token) -> Node:
        """sum(body for i in range(first, end))."""
        body = self.expression()
        if not self.taken("name", "for"):
            self.fail(f"{token.text} is read of a list, or over a range", token)
        index = self.taken("name")
        if index is None or not self.taken("name", "in") or not self.taken("name", "range"):
            self.fail(f"{token.text} is read of a list, or over a range", token)
        bracket = self.taken("open", "(")
        if bracket is None:
            self.fail("range needs brackets", token)
        bounds = self.arguments(bracket)
        if len(bounds) > 2:
            self.fail("a range with steps is not read", bracket)
        self.close(opened)
        first = bounds[0] if len(bounds) == 2 else Number(Fraction(0))
        last = plus(bounds[-1], -1)
        try:
            return series(index.text, first, last, body)
        except SeriesError as error:
            return self.fail(str(error), token)
