r"""LaTeX as people write formulas of costs: subscripts, products without a sign, chains of equals.

A letter is a name of its own, a subscript belongs to it: `12 n_{layer} d_{\text{model}}^2`. What
LaTeX sets without saying what it means (`O(...)`, `\log`, an unknown command) is refused with its
column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.grammar import LONGEST, Parser, ReadError, Reading, Token
from symcost.checking.scan import GREEK, Scanner
from symcost.checking.series import SeriesError, series
from symcost.checking.signs import SENTENCE
from symcost.checking.tree import Add, Apply, Name, Node, Number, Raised

if TYPE_CHECKING:
    from collections.abc import Collection

FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"})
SEEN_THROUGH = frozenset({"underbrace", "overbrace", "underline", "boxed"})
FUNCTIONS = frozenset({"min", "max", "floor", "ceil"})
# O(...) and its like are bounds, f(...) is somebody's function.
BOUNDS = frozenset({"O", "o", "Theta", "Omega"})
UNDEFINED = frozenset({"f", "g"})
NOUNS = frozenset({"sum", "total"})  # of the words of a sentence those that are given to a result
BOUNDARY = frozenset({"line", "break", "relation"})
FONT_IN_INDEX = re.compile(r"\\(?:text|math)?(?:rm|it|bf|sf|tt|normal|up)?\s*\{([^{}]*)\}|\\rm\b")
COMMAND_IN_INDEX = re.compile(r"\\([A-Za-z]+)")
INDEX = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
BOUND = re.compile(r"\s*(\\?[A-Za-z]+)\s*=")


def read_latex(text: str, known: Collection[str] = ()) -> Reading:
    """The chains of a LaTeX text; `known` are names that are not taken apart.

    Raises `ReadError` with the column of what is not understood.
    """
    if len(text) > LONGEST:
        raise ReadError(LONGEST, f"more than {LONGEST} characters")
    names = frozenset(known)
    scan = Scanner(text, names)
    tokens = scan.run()
    return _Latex(text, tokens, scan.notes, names).reading()


@final
class _Latex(Parser):
    """The atoms of LaTeX."""

    def __init__(
        self, text: str, tokens: list[Token], notes: list[str], known: frozenset[str]
    ) -> None:
        super().__init__(text, tokens, notes)
        self._known = known

    def reading(self) -> Reading:
        while self.tokens and self.tokens[-1].kind in ("line", "break"):
            self.tokens.pop()
        return super().reading()

    def begins_factor(self, token: Token) -> bool:
        if token.kind in ("text", "word"):
            if token.text not in self._known and self.take_unit(token):
                return False
            if token.kind == "text" and not self._is_letter(token):
                self.fail(f"the words {token.text[:30]!r} in a product are not read", token)
            return True
        if token.kind == "command":
            return token.text not in ("bmod", "mod", "pmod")
        return super().begins_factor(token)

    def number_goes_on(self, token: Token) -> bool:
        """d_{model} 3 d_{attn}: between two factors and apart; d2 may have lost its exponent."""
        before, after = self.tokens[self._place - 1], self.peek(1)
        apart = self.text[token.at - 1] in " \t\n,;:!~"
        goes_on = after is not None and (
            after.kind in ("name", "word", "open", "command") or after.text == "^"
        )
        above = self._place > 1 and self.tokens[self._place - 2].text == "^"
        if before.kind == "number" and not above:
            return False
        if token.kind != "number" or not (apart and goes_on):
            return False
        self.note(say("{0} between two factors is read as a factor", token.text))
        return True

    def _is_letter(self, token: Token) -> bool:
        """Whether words are a letter that only stands upright: \\text{d}_{\\text{model}}."""
        after = self.peek(1)
        indexed = after is not None and after.kind == "sub" and token.text.isalpha()
        return indexed or token.text in self._known

    def atom(self) -> Node:
        token = self.peek()
        if token is None:
            self.fail("something is missing at the end")
        if token.kind == "name":
            self._place += 1
            return self._named(token, token.text)
        if token.kind in ("word", "text"):
            return self._worded(token)
        if token.kind == "open" and token.text == "{":
            self._place += 1
            return self._grouped(token)
        if token.kind == "command":
            self._place += 1
            return self._applied(token)
        self._note_shape()
        return super().atom()

    def _note_shape(self) -> None:
        r"""(n \times d): the numbers of rows and columns of a matrix, or their product."""
        kinds = [each.kind for each in self.tokens[self._place : self._place + 5]]
        if kinds == ["open", "name", "op", "name", "close"]:
            sign = self.tokens[self._place + 2]
            if self.text.startswith(("\\times", "×"), sign.at):
                self.note("rows times columns in brackets are read as their product")

    # -- names -----------------------------------------------------------------------------

    def _worded(self, token: Token) -> Node:
        """Upright letters: a name, or a function with its arguments."""
        opened = self.peek(1)
        called = opened is not None and opened.kind == "open" and opened.text in ("(", "[")
        if token.text in FUNCTIONS and called:
            self._place += 1
            return self._function(token, token.text)
        if token.kind == "text" and token.text not in self._known:
            self._refuse_prose(token)
        self._place += 1
        name = _cleaned(token.text, token.at)
        if name.lower() in SENTENCE and name.lower() not in NOUNS:
            self.fail(f"the word {name!r} is no name", token)
        if called and len(name) > 1 and name not in self._known:
            self.fail(f"{name[:40]}(...) is not read", token)
        return self._named(token, name)

    def _refuse_prose(self, token: Token) -> None:
        """Words are a name where signs stand around them, and part of a sentence elsewhere."""
        before = self.tokens[self._place - 1] if self._place else None
        after = self.peek(1)
        alone = before is None or before.kind in BOUNDARY
        ends = after is None or after.kind in (*BOUNDARY, "op", "sub")
        inside = before is not None and (
            before.kind == "op" or (before.kind == "open" and before.text == "{")
        )
        opened = before is not None and before.kind == "open" and before.text != "{"
        closes = after is not None and after.kind in ("close", "comma")
        if alone and ends:
            return
        if " " in token.text or not (
            (inside and (ends or closes)) or (opened and ends) or self._is_letter(token)
        ):
            self.fail(f"the words {token.text[:30]!r} inside a formula are not read", token)

    def _named(self, token: Token, base: str) -> Name:
        """The name with its subscript, if one follows."""
        below = self.taken("sub")
        after, then = self.peek(), self.peek(1)
        if after is not None and after.kind == "open" and after.text == "{":
            after = then
        applied = after is not None and after.kind == "open" and after.text in ("(", "[")
        if applied and base in BOUNDS:
            self.fail(f"{base}(...) is a bound, not a number", token)
        if applied and base in UNDEFINED:
            self.fail(f"{base}(...) is a function that nobody has defined", token)
        if base == "Delta" and after is not None and after.kind in ("name", "word"):
            self.note("Delta in front of a name is read as a factor")
        return Name(f"{base}_{_index(below)}" if below else base)

    def _factor(self) -> Node:
        """A factor; d^2_{model} is the square of d_{model}."""
        begins = self.peek()
        found = super()._factor()
        below = self.peek()
        if below is not None and below.kind == "sub" and isinstance(found, Raised):
            plain = begins is not None and begins.kind in ("name", "word", "text")
            if plain and isinstance(found.base, Name) and "_" not in found.base.text:
                self._place += 1
                return Raised(Name(f"{found.base.text}_{_index(below)}"), found.exponent)
        return found

    def exponent(self) -> Node:
        token = self.peek()
        if token is not None and token.kind == "number" and len(token.text) > 1:
            self.fail("LaTeX raises to the first digit only: put the exponent in curly brackets")
        if token is not None and token.kind in ("text", "command"):
            self.fail("an exponent must be a whole number", token)
        if token is not None and token.kind == "op":
            self.fail("an exponent of several signs needs curly brackets", token)
        opened = self.taken("open", "{")
        if opened is None:
            return super().exponent()
        ahead = self.peek()
        if ahead is not None and ahead.kind == "text":
            self.fail("words above a number are not read", ahead)
        above = self.bracketed(opened)
        again = self.peek()
        if again is not None and again.kind == "op" and again.text == "^":
            self.fail("a power of a power needs brackets", again)
        return above

    def _grouped(self, opened: Token) -> Node:
        """Curly brackets are not seen on the page: a sum in them must stand alone."""
        before = self.tokens[self._place - 2] if self._place > 1 else None
        begins = self.peek()
        signed = begins is not None and begins.kind == "op"
        inside = self.bracketed(opened)
        if isinstance(inside, Add) or signed:
            self._refuse_unseen(before, opened)
        below = self.peek()
        if not isinstance(inside, Name) or "_" in inside.text:
            return inside
        if below is not None and below.kind == "sub":
            self._place += 1
            return Name(f"{inside.text}_{_index(below)}")
        return inside

    def _refuse_unseen(self, before: Token | None, opened: Token) -> None:
        """A sum whose brackets the page does not show must be a term, or stand alone."""
        after = self.peek()
        begins = before is None or before.kind in (*BOUNDARY, "open", "comma") or before.text == "+"
        ends = (
            after is None or after.kind in (*BOUNDARY, "close", "comma") or after.text in ("+", "-")
        )
        if not (begins and ends):
            self.fail("the page shows no brackets around this sum: write round ones", opened)

    # -- commands --------------------------------------------------------------------------

    def _applied(self, token: Token) -> Node:
        name = token.text
        if name in FRACTIONS:
            return self._fraction(token)
        if name in SEEN_THROUGH:
            return self._dressed(token)
        if name in FUNCTIONS:
            return self._function(token, name)
        if name == "sum":
            return self._series(token)
        return self.fail(rf"\{name[:20]} is not read", token)

    def _dressed(self, token: Token) -> Node:
        """What stands under a brace or in a box; the words at a brace say nothing."""
        before = self.tokens[self._place - 2] if self._place > 1 else None
        inside = self._argument(token)
        if token.text.endswith("brace") and not self.taken("sub") and self.taken("op", "^"):
            self._skip_group(token)
        if isinstance(inside, Add):
            self._refuse_unseen(before, token)
        above = self.peek()
        if above is not None and above.text == "^" and above.kind == "op":
            self.fail(rf"a power of \{token.text}: write brackets", above)
        return inside

    def _fraction(self, token: Token) -> Node:
        ahead = self.tokens[max(0, self._place - 3) : self._place - 1]
        mixed = [each.kind for each in ahead[-1:]] == ["number"] and ahead[0].text != "^"
        found = self.over(token, self._argument(token), self._argument(token))
        if mixed and isinstance(found.top, Number) and isinstance(found.bottom, Number):
            self.fail("a number before a fraction of numbers: a product, or a mixed number?", token)
        return found

    def _function(self, token: Token, name: str) -> Node:
        opened = self.taken("open")
        if opened is None:
            self.fail(rf"\{name} needs brackets", token)
        args = self.arguments(opened)
        if name in ("floor", "ceil") and len(args) != 1:
            self.fail(f"{name} takes one argument", token)
        if name in ("min", "max") and len(args) < 2:
            self.fail(f"{name} takes two arguments or more", token)
        return Apply(name, args)

    def _argument(self, token: Token) -> Node:
        """What a command takes: something in curly brackets, or the next sign alone."""
        opened = self.taken("open", "{")
        if opened is not None:
            return self.bracketed(opened)
        after = self.peek()
        if after is not None and after.kind == "number" and len(after.text) > 1:
            # \frac12: one digit each.
            self._place += 1
            rest = Token("number", after.text[1:], after.at + 1)
            self.tokens.insert(self._place, rest)
            return self.number(Token("number", after.text[0], after.at))
        if after is None or after.kind not in ("number", "name"):
            self.fail(rf"\{token.text} lacks what belongs to it", token)
        self._place += 1
        return self.number(after) if after.kind == "number" else Name(after.text)

    def _skip_group(self, token: Token) -> None:
        """The words above a brace."""
        if self.taken("word") or self.taken("text") or self.taken("name"):
            return
        if self.taken("open", "{") is None:
            self.fail("the words at the brace are missing", token)
        depth = 1
        while depth:
            piece = self.peek()
            if piece is None:
                self.fail("the words at the brace are not closed", token)
            self._place += 1
            if piece.text in "{}" and piece.kind in ("open", "close"):
                depth += 1 if piece.kind == "open" else -1

    def _series(self, token: Token) -> Node:
        r"""\sum_{l=1}^{L} of a product: what stands before the next + or -."""
        below = self.taken("sub")
        if not self.taken("op", "^"):
            self.fail(r"\sum needs its first and last index, as in _{l=1}^{L}", token)
        last = self._argument(token)
        below = below or self.taken("sub")
        bound = BOUND.match(below.text) if below else None
        if below is None or bound is None:
            self.fail(r"\sum needs its first index, as in _{l=1}", token)
        index = bound[1].lstrip("\\")
        index = "l" if index == "ell" else index
        first = self._part(below, below.text[bound.end() :])
        body = self._term()
        after = self.peek()
        if after is not None and after.kind == "op":
            self.note("a sum takes what stands before the next + or -")
        try:
            return series(index, first, last, body)
        except SeriesError as error:
            return self.fail(str(error), token)

    def _part(self, token: Token, text: str) -> Node:
        """An expression that stands in an index."""
        if "\\sum" in text:
            self.fail("a sum in the index of a sum is not read", token)
        try:
            chains = read_latex(text, self._known).chains
        except ReadError as error:
            self.fail(f"in the index, {error}", token)
        if len(chains) != 1 or len(chains[0].sides) != 1:
            self.fail("the first index of a sum is not read", token)
        return chains[0].sides[0]


def _index(token: Token) -> str:
    """The name that a subscript is: letters, digits and words, in or out of upright letters."""
    text = FONT_IN_INDEX.sub(lambda found: _upright(found[1] or ""), token.text)
    text = COMMAND_IN_INDEX.sub(_letter, text)
    text = re.sub(r"\\[,;:! ]|[{}]", "", text).replace("\\", "")
    text = re.sub(r"\s*[,/]\s*", "_", text.strip())
    text = re.sub(r"\s+", "", text).replace("~", "_").strip("._")
    if not text:
        raise ReadError(token.at, "the subscript is missing")
    if not INDEX.fullmatch(text) or len(text) > 40:
        raise ReadError(token.at, f"the subscript {token.text[:30]!r} is not read")
    if "-" in text and any(len(part) < 2 or part[0].isdigit() for part in re.split("[-_]", text)):
        raise ReadError(token.at, f"the subscript {token.text[:30]!r} is not read: it subtracts")
    return text


def _upright(text: str) -> str:
    return re.sub(r"[\s/,]+", "_", text.strip().rstrip("."))


def _letter(found: re.Match[str]) -> str:
    """A Greek letter in a subscript; other commands stay, and are refused."""
    if not GREEK.fullmatch(found[1]):
        return found[0] + "?"
    return "l" if found[1] == "ell" else found[1]


def _cleaned(text: str, at: int) -> str:
    """Words as a name: letters, digits, '_' and '-'; the first sign of a name is a letter."""
    name = re.sub(r"[\s/,]+", "_", text.strip().strip("."))
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_\-]{0,39}", name):
        raise ReadError(at, f"{text[:30]!r} cannot be a name")
    return name
