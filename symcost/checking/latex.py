r"""LaTeX as people write formulas of costs: subscripts, products without a sign, chains of equals.

A letter is a name of its own, a subscript belongs to it: `12 n_{layer} d_{\text{model}}^2`. What
LaTeX sets without saying what it means (`O(...)`, `\log`, an unknown command) is refused with its
column.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.checking.grammar import LONGEST, Parser, ReadError, Reading, Token, negative, product
from symcost.checking.tree import Add, Apply, Name, Node, Number, names_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Spaces, sizes of brackets and marks that say nothing about the formula.
SILENT = re.compile(
    r"[,;:! ]|quad|qquad|left|right|middle|[bB]igg?[lr]?|displaystyle|textstyle|limits|nolimits|"
    r"nonumber|notag|thinspace|enspace|hfill|"
)
WITH_ARGUMENT = frozenset({"label", "tag", "color", "hspace", "vspace"})
ENVIRONMENTS = re.compile(
    r"(aligned|align|equation|gather|gathered|split|math|displaymath|multline|eqnarray|alignedat)\*?"
)
FONTS = re.compile(r"(text|math)(rm|it|bf|sf|tt)|text|mathcal|operatorname|boldsymbol|bm|rm|mbox")
PROSE = frozenset({"text", "textrm", "mbox", "textit", "textbf"})
TIMES = frozenset({"cdot", "times", "ast", "star"})
EQUAL = {"equiv": "=", "approx": "~", "simeq": "~", "sim": "~", "cong": "~"}
FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac"})
GREEK = re.compile(
    r"alpha|beta|gamma|delta|(var)?epsilon|zeta|eta|(var)?theta|iota|kappa|lambda|mu|nu|xi|pi|"
    r"(var)?rho|sigma|tau|upsilon|(var)?phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|"
    r"Upsilon|Phi|Psi|Omega|ell"
)
UNITS = re.compile(
    r"(?:T|G|M|k|Z|P|E)?(?:FLOPs?|MACs?|flops?|ops?)|params?|parameters?|bytes?|tokens?|elements?",
)
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
COMMAND = re.compile(r"\\([A-Za-z]+\*?|.|$)", re.DOTALL)
GROUP = re.compile(r"(?:\{,\}|\\,|,)([0-9]{3})(?![0-9])")
SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/", "^": "^", "−": "-", "×": "*", "·": "*"}
DIGITS = frozenset("0123456789")
RAISED = {"²": "2", "³": "3"}
BRACKETS = {"(": "open", "[": "open", ")": "close", "]": "close", "{": "open", "}": "close"}


def read_latex(text: str, known: Collection[str] = ()) -> Reading:
    """The chains of a LaTeX text; `known` are names that are not taken apart.

    Raises `ReadError` with the column of what is not understood.
    """
    if len(text) > LONGEST:
        raise ReadError(LONGEST, f"more than {LONGEST} characters")
    tokens, notes = _tokens(text)
    parser = _Latex(text, tokens)
    parser.notes += notes
    return parser.reading()


def _tokens(text: str) -> tuple[list[Token], list[str]]:
    scan = _Scanner(text)
    return list(scan.run()), scan.notes


class _Scanner:
    """Cuts a text into tokens; spaces, sizes and comments vanish here."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.notes: list[str] = []

    def run(self) -> Iterator[Token]:
        while self.at < len(self.text):
            char, at = self.text[self.at], self.at
            if char == "\\":
                yield from self._command()
            elif char in DIGITS or (char == "." and self.text[at + 1 : at + 2] in DIGITS):
                yield self._number()
            elif char.isalpha() and char.isascii():
                self.at += 1
                yield Token("name", char, at)
            elif char == "%":
                end = self.text.find("\n", at)
                self.at = len(self.text) if end < 0 else end
            elif char.isspace() or char in "&$~":
                self.at += 1
            elif char in RAISED:
                self.at += 1
                yield from (Token("op", "^", at), Token("number", RAISED[char], at))
            else:
                yield self._sign(char)

    def _sign(self, char: str) -> Token:
        at = self.at
        self.at += 1
        if char in SIGNS:
            return Token("op", SIGNS[char], at)
        if char in BRACKETS:
            return Token(BRACKETS[char], char, at)
        if char in "=≈":
            return Token("relation", "=" if char == "=" else "~", at)
        if char == "_":
            return Token("sub", char, at)
        if char == ",":
            return Token("comma", char, at)
        if char in ".;" and not self.text[self.at :].strip(" \n\t$}]"):
            return Token("end", char, at)
        raise ReadError(at, f"{char!r} is not understood")

    def _number(self) -> Token:
        at = self.at
        found = NUMBER.match(self.text, at)
        assert found is not None
        digits, self.at = found[0], found.end()
        while "." not in digits:
            group = GROUP.match(self.text, self.at)
            if group is None or len(digits.partition(",")[0]) > 60:
                break
            between = self.text[self.at : group.start(1)]
            if between in (",", "\\,"):
                self.notes.append(f"{digits}{between}{group[1]} is read as one number")
            digits, self.at = digits + group[1], group.end()
        return Token("number", digits, at)

    def _command(self) -> Iterator[Token]:
        at = self.at
        found = COMMAND.match(self.text, at)
        assert found is not None
        name, self.at = found[1], found.end()
        if SILENT.fullmatch(name):
            if name in ("left", "right") and self.text[self.at : self.at + 1] == ".":
                self.at += 1
            return
        if name == "\\":
            skip = re.match(r"\*?\s*(?:\[[^\]]{0,12}\])?", self.text[self.at :])
            self.at += skip.end() if skip else 0
            yield Token("line", "\\\\", at)
        elif name in ("(", ")", "[", "]"):
            return  # mathematics begins or ends
        elif name in ("{", "}"):
            yield Token(BRACKETS[name], "(" if name == "{" else ")", at)
        elif name in ("begin", "end"):
            self._environment(at)
        elif name in WITH_ARGUMENT:
            self._group(at)
        elif name in TIMES:
            yield Token("op", "*", at)
        elif name == "div":
            yield Token("op", "/", at)
        elif name in EQUAL:
            yield Token("relation", EQUAL[name], at)
        elif GREEK.fullmatch(name):
            yield Token("name", "l" if name == "ell" else name, at)
        elif name in ("lbrace", "lbrack", "lparen"):
            yield Token("open", "(", at)
        elif name in ("rbrace", "rbrack", "rparen"):
            yield Token("close", ")", at)
        elif FONTS.fullmatch(name):
            yield Token("text" if name in PROSE else "word", self._font(name, at), at)
        elif name in ("lfloor", "lceil"):
            yield Token("open", f"\\{name}", at)
        elif name in ("rfloor", "rceil"):
            yield Token("close", f"\\{name}", at)
        else:
            yield Token("command", name, at)

    def _environment(self, at: int) -> None:
        name = self._group(at)
        if not ENVIRONMENTS.fullmatch(name):
            raise ReadError(at, f"the environment {name[:30]!r} is not read")
        if name == "alignedat":
            self._group(at)

    def _font(self, name: str, at: int) -> str:
        if name == "rm":  # {\rm model}: the letters up to the bracket
            found = re.match(r"\s*([A-Za-z]+)", self.text[self.at :])
            if found is None:
                raise ReadError(at, r"\rm has no letters behind it")
            self.at += found.end()
            return found[1]
        rest = self.text[self.at :]
        single = re.match(r"\s*([A-Za-z])", rest)
        if single and not rest.lstrip().startswith("{"):
            self.at += single.end()
            return single[1]
        return re.sub(r"\\([_ ,;%&-])", r"\1", self._group(at)).strip()

    def _group(self, at: int) -> str:
        """The text in the curly brackets that come next."""
        found = re.match(r"\s*\{([^{}]*)\}", self.text[self.at :])
        if found is None:
            raise ReadError(at, "the curly brackets behind it are missing, or hold others")
        self.at += found.end()
        return found[1]


@final
class _Latex(Parser):
    """The atoms of LaTeX."""

    def reading(self) -> Reading:
        while self.tokens and self.tokens[-1].kind in ("end", "line"):
            self.tokens.pop()
        return super().reading()

    def begins_factor(self, token: Token) -> bool:
        if token.kind == "text":
            if self._takes_unit(token):
                return False
            self.fail(f"the words {token.text[:30]!r} in a product are not read", token)
        if token.kind == "word":
            return not self._takes_unit(token)
        if token.kind == "command":
            return token.text not in ("bmod", "mod", "pmod")
        return super().begins_factor(token)

    def _takes_unit(self, token: Token) -> bool:
        """A unit behind a formula ends it: 2 FLOPs."""
        if not UNITS.fullmatch(token.text):
            return False
        self._place += 1
        self.unit = token.text
        self.note(f"{token.text!r} is read as a unit")
        return True

    def atom(self) -> Node:
        token = self.peek()
        if token is None:
            self.fail("something is missing at the end")
        if token.kind == "name":
            self._place += 1
            return self._named(token, token.text)
        if token.kind == "text" and self._depth > 1:
            self.fail(f"the words {token.text[:30]!r} inside a formula are not read", token)
        if token.kind in ("word", "text"):
            self._place += 1
            return self._named(token, _cleaned(token.text, token.at))
        if token.kind == "open" and token.text in ("\\lfloor", "\\lceil"):
            self._place += 1
            return Apply(token.text[2:], (self.bracketed(token),))
        if token.kind == "command":
            self._place += 1
            return self._applied(token)
        return super().atom()

    def _named(self, token: Token, base: str) -> Name:
        """The name with its subscript, if one follows."""
        after = self.peek()
        applied = after is not None and after.kind == "open" and after.text == "("
        if applied and base == "O":
            self.fail("O(...) is a bound, not a number", token)
        if applied and base in ("f", "g"):
            self.fail(f"{base}(...) is a function that nobody has defined", token)
        return Name(f"{base}_{self._index()}") if self.taken("sub") else Name(base)

    def _index(self) -> str:
        """The text of a subscript: letters, digits and words."""
        token = self.peek()
        if token is None:
            self.fail("the subscript is missing")
        self._place += 1
        if token.kind in ("name", "number"):
            if token.kind == "number" and len(token.text) > 1:
                self.fail("a subscript of several digits needs curly brackets", token)
            return token.text
        if token.kind in ("word", "text"):
            return _cleaned(token.text, token.at, first=False)
        if token.kind != "open" or token.text != "{":
            self.fail("this is no subscript", token)
        parts: list[str] = []
        while not self.taken("close", "}"):
            piece = self.peek()
            if piece is None:
                self.fail("the subscript is not closed", token)
            self._place += 1
            parts.append(self._index_part(piece))
        text = "".join(parts)
        if not text:
            self.fail("the subscript is empty", token)
        return text

    def _index_part(self, piece: Token) -> str:
        if piece.kind in ("name", "number"):
            return piece.text
        if piece.kind in ("word", "text"):
            return _cleaned(piece.text, piece.at, first=False)
        if piece.kind in ("comma", "sub"):
            return "_"
        if piece.kind == "op" and piece.text == "-":
            return "-"
        if piece.kind == "open" and piece.text == "{":
            return ""
        if piece.kind == "close":
            return ""
        return self.fail(f"{piece.text!r} in a subscript is not read", piece)

    def exponent(self) -> Node:
        token = self.peek()
        if token is not None and token.kind == "number" and len(token.text) > 1:
            self.fail("LaTeX raises to the first digit only: put the exponent in curly brackets")
        if token is not None and token.kind in ("text", "command"):
            self.fail("an exponent must be a whole number", token)
        if token is not None and token.kind == "op":
            self.fail("an exponent of several signs needs curly brackets", token)
        return super().exponent()

    def _applied(self, token: Token) -> Node:
        name = token.text
        if name in FRACTIONS:
            return self.over(token, self._argument(token), self._argument(token))
        if name in ("underbrace", "overbrace"):
            inside = self._argument(token)
            if self.taken("sub") or self.taken("op", "^"):
                self._skip_group(token)
            return inside
        if name in ("boxed", "mathstrut", "phantom"):
            return self._argument(token)
        if name in ("min", "max"):
            opened = self.taken("open")
            if opened is None:
                self.fail(rf"\{name} needs brackets", token)
            return Apply(name, self.arguments(opened))
        if name == "sum":
            return self._series(token)
        return self.fail(rf"\{name[:20]} is not read", token)

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
        """The words below a brace."""
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
        r"""\sum_{l=1}^{L} of a term that does not look at l: as often as there are values of l."""
        if not self.taken("sub") or not self.taken("open", "{"):
            self.fail(r"\sum needs its first index, as in _{l=1}", token)
        index = self.taken("name")
        if index is None or not self.taken("relation", "="):
            self.fail(r"\sum needs its first index, as in _{l=1}", token)
        first = self.expression()
        if not self.taken("close", "}") or not self.taken("op", "^"):
            self.fail(r"\sum needs its last index, as in ^{L}", token)
        last = self._argument(token)
        body = self._term()
        if any(index.text in name.split("_") for name in names_of(body)):
            self.fail(f"a sum whose terms change with {index.text} is not read", token)
        if isinstance(first, Number) and first.value == 1:
            return product(last, body)
        return product(Add((last, negative(first), Number(Fraction(1)))), body)


def _cleaned(text: str, at: int, *, first: bool = True) -> str:
    """Words as a name: letters, digits, '_' and '-'; the first sign of a name is a letter."""
    name = re.sub(r"[\s/,]+", "_", text.strip().strip("."))
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,40}", name) or (first and not name[0].isalpha()):
        raise ReadError(at, f"{text[:30]!r} cannot be a name")
    return name
