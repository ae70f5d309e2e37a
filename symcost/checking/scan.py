r"""LaTeX cut into signs: spaces, sizes of brackets, colours and comments vanish here.

What a page shows and what it does not is kept apart: only mathematics is read, a second column of
an aligned row is a formula of its own, what \phantom hides is not there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.grammar import MOST_TOKENS, ReadError, Token
from symcost.checking.signs import LONGEST_RUN, LOWERED, RAISED, SIGNS, TOGETHER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# Spaces, sizes of brackets and marks that say nothing about the formula.
SILENT = re.compile(
    r"[,;:!> \n\t]|q?quad|left|right|[bB]igg?[lrm]?|displaystyle|textstyle|scriptstyle|limits|"
    r"nolimits|nonumber|notag|thinspace|medspace|thickspace|enspace|enskip|hfill|allowbreak|"
    r"mathstrut|strut|relax|null"
)
WITH_ARGUMENT = frozenset({"label", "tag", "tag*", "color", "textcolor", "hspace", "vspace"})
HIDDEN = frozenset({"phantom", "hphantom", "vphantom"})
ENVIRONMENTS = re.compile(
    r"(aligned|align|alignat|alignedat|flalign|equation|gather|gathered|split|math|displaymath|"
    r"multline|eqnarray)\*?"
)
COUNTED = re.compile(r"align(at|edat)\*?")
FONTS = re.compile(
    r"(text|math)(rm|it|bf|sf|tt|normal|up)|text|mathcal|mathscr|operatorname\*?|boldsymbol|"
    r"bm|rm|mbox|textnormal"
)
PROSE = frozenset({"text", "textrm", "mbox", "textit", "textbf", "textnormal", "textup"})
OTHER_LETTERS = frozenset({"mathcal", "mathscr", "mathbf", "boldsymbol", "bm"})
TIMES = frozenset({"cdot", "times", "ast", "star", "cdotp"})
EQUAL = {
    "equiv": "=",
    "coloneqq": "=",
    "triangleq": "=",
    "approx": "~",
    "simeq": "~",
    "sim": "~",
    "cong": "~",
    "approxeq": "~",
}
GREEK = re.compile(
    r"alpha|beta|gamma|delta|(var)?epsilon|zeta|eta|(var)?theta|iota|kappa|lambda|mu|nu|xi|pi|"
    r"(var)?rho|sigma|tau|upsilon|(var)?phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|"
    r"Upsilon|Phi|Psi|Omega|ell"
)
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
SCIENTIFIC = re.compile(r"[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,3})?")
COMMAND = re.compile(r"\\([A-Za-z]+\*?|.)", re.DOTALL)
GROUP = re.compile(r"(?:\{,\}|\\,|,)([0-9]{3})(?![0-9])")
LETTERS = re.compile(r"[A-Za-z]+")
UNDERSCORED = re.compile(r"[A-Za-z]+(?:\\_[A-Za-z0-9]+)+")
MANY = re.compile(r"\\(?:min|max)(?![A-Za-z])|\{(?:min|max)\}")
BRACKETS = {"(": "open", "[": "open", ")": "close", "]": "close", "{": "open", "}": "close"}
BRACKETS |= {"⌊": "open", "⌈": "open", "⌋": "close", "⌉": "close"}
PARENTHESES = {"{": "(", "}": ")", "lbrace": "(", "rbrace": ")", "lbrack": "[", "rbrack": "]"}
PARENTHESES |= {"lparen": "(", "rparen": ")"}
DOLLARS = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}
BLANK = re.compile(r"(?:\s|&|~|%[^\n]*(?:\n|$)|\\[,;:!> ]|\\q?quad(?![A-Za-z]))*")
# What may stand behind a full stop at the end of a formula.
END = re.compile(
    r"(?:\s|[$~]|\\[,;:!>)\]]|\\q?quad(?![A-Za-z])|\\(?:nonumber|notag)(?![A-Za-z])"
    r"|\\(?:end|label|tag\*?)\s*\{[^{}]*\}|%[^\n]*(?:\n|$))*$"
)
APART = re.compile(r"\s*(?:\\[,;:!> ]\s*)*\\q?quad(?![A-Za-z])")
RELATION = re.compile(r"[=≈:]|\\(?:equiv|coloneqq|triangleq|approx|simeq|sim|cong)(?![A-Za-z])")
WORDS = re.compile(r"\(?\s*\\(?:text|mbox|textrm|textit)\s*\{")


@final
class Scanner:
    """Cuts one text. `tokens` are the signs found, `notes` what could be read in two ways."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        """`known` are names of several letters that are not taken apart."""
        self.text, self.known, self.at = text, known, 0
        self.notes: list[str] = []
        self.tokens: list[Token] = []
        self._math = ""  # what closes the mathematics that is open
        self._closed = False  # whether mathematics was closed: only more of it may follow
        self._environments: list[str] = []
        self._open = 0  # brackets
        self._fonts: dict[str, str] = {}
        self._run_end = 0  # of the letters that stand close together here
        self._several = sorted(each for each in known if len(each) > 1 and each.isalpha())
        self._many = MANY.search(text) is not None

    def run(self) -> list[Token]:
        """Every sign of the text."""
        while self.at < len(self.text):
            if len(self.tokens) > MOST_TOKENS:
                raise ReadError(self.at, f"more than {MOST_TOKENS} signs")
            for token in self._next():
                self._open += (token.kind == "open") - (token.kind == "close")
                self.tokens.append(token)
        if self._math:
            raise ReadError(len(self.text), f"{self._math} is missing at the end")
        if self._environments:
            raise ReadError(len(self.text), rf"\end{{{self._environments[-1]}}} is missing")
        return self.tokens

    def _next(self) -> Iterator[Token]:
        char, at = self.text[self.at], self.at
        if char.isspace() or char == "~":
            self.at += 1
            return
        if char == "%":
            end = self.text.find("\n", at)
            self.at = len(self.text) if end < 0 else end
            return
        if char == "$" or self.text.startswith(("\\(", "\\)", "\\[", "\\]"), at):
            yield from self._delimiter()
            return
        if self._closed and not self._math:
            if char not in ".,;":
                raise ReadError(at, "words outside the mathematics are not read")
            self.at += 1
            return
        if char == "\\":
            yield from self._command()
        elif self._digit(at) or (char == "." and self._digit(at + 1)):
            yield self._number()
        elif char.isascii() and char.isalpha():
            yield from self._letters()
        elif char == "&":
            yield from self._column()
        elif char == "_":
            self.at += 1
            yield Token("sub", self._index(at), at)
        else:
            yield from self._sign(char)

    def _digit(self, at: int) -> bool:
        return self.text[at : at + 1].isdigit() and self.text[at].isascii()

    # -- signs -----------------------------------------------------------------------------

    def _sign(self, char: str) -> Iterator[Token]:
        at = self.at
        self.at += 1
        if char in RAISED or char in LOWERED:
            yield from self._small(RAISED if char in RAISED else LOWERED, at)
        elif char in "+-*/^" or char in SIGNS:
            yield Token("op", SIGNS.get(char, char), at)
        elif char in BRACKETS:
            yield Token(BRACKETS[char], char, at)
        elif char == ":" and self.text[self.at : self.at + 1] == "=":
            return
        elif char in "=≈":
            yield Token("relation", "=" if char == "=" else "~", at)
        elif char in ".,;" and self._ends_row(char):
            return
        elif char == ",":
            apart = not self._open and APART.match(self.text, self.at)
            yield Token("break" if apart else "comma", char, at)
        else:
            raise ReadError(at, f"{char!r} is not understood")

    def _small(self, table: dict[str, str], at: int) -> Iterator[Token]:
        """Digits set high or low by signs of their own: d², d₁."""
        digits = table[self.text[at]]
        while self.text[self.at : self.at + 1] in table and self.at < len(self.text):
            digits += table[self.text[self.at]]
            self.at += 1
        if table is LOWERED:
            yield Token("sub", digits, at)
            return
        yield Token("op", "^", at)
        yield from (Token("open", "{", at), Token("number", digits, at), Token("close", "}", at))

    def _ends_row(self, char: str) -> bool:
        """Whether a full stop or a comma ends a row or the formula, and says nothing."""
        after = BLANK.match(self.text, self.at)
        rest = self.text[after.end() if after else self.at :]
        row = rest.startswith("\\\\") and self._open == 0
        return row or (
            END.match(self.text, self.at) is not None and (char != "," or not self._open)
        )

    def _number(self) -> Token:
        at = self.at
        found = NUMBER.match(self.text, at)
        assert found is not None
        digits, self.at = found[0], found.end()
        groups = len(digits) <= 3 and "." not in digits
        while groups and len(digits) <= 60:
            group = GROUP.match(self.text, self.at)
            if group is None:
                break
            between = self.text[self.at : group.start(1)]
            if digits.startswith("0"):
                raise ReadError(
                    at, f"{digits}{between}{group[1]}: write a full stop before decimals"
                )
            if between == "," and self._many and self._open:
                raise ReadError(at, f"{digits},{group[1]} may be two numbers: put a space or {{,}}")
            if between != "{,}":
                self.notes.append(say("{0} is read as one number", f"{digits}{between}{group[1]}"))
            digits, self.at = digits + group[1], group.end()
        return Token("number", digits, at)

    def _letters(self) -> Iterator[Token]:
        """A letter; several where they are a known name, or are written with \\_ between them."""
        at = self.at
        if at >= self._run_end:
            run = LETTERS.match(self.text, at)
            assert run is not None
            self._run_end = run.end()
            if self.text.startswith("\\_", run.end()):
                long = UNDERSCORED.match(self.text, at)
                if long is not None:
                    self.at = long.end()
                    yield Token("word", long[0].replace("\\", ""), at)
                    return
            if run[0] in self._several:
                self.at = run.end()
                self.notes.append(say("{0} is read as one name", repr(run[0])))
                yield Token("word", run[0], at)
                return
            self._refuse_word(run[0], at)
            if at and len(run[0]) == 1 and self._digit(at - 1):
                self._scale(run[0], at + 1)
        self.at = at + 1
        yield self._letter(self.text[at], "", at)

    def _refuse_word(self, run: str, at: int) -> None:
        """Letters close together that may be a word, or hold a name of several letters."""
        inside = [each for each in self._several if each in run]
        word = TOGETHER.search(run)
        if inside or (word is not None and len(run) > 2):
            name = inside[0] if inside else run
            raise ReadError(
                at, rf"{name[:40]!r} may be one name: put it in \mathrm{{}}, or use spaces"
            )
        if len(run) >= LONGEST_RUN and run.islower():
            raise ReadError(
                at, rf"{run[:40]!r} may be one name: put it in \mathrm{{}}, or use spaces"
            )

    def _scale(self, letter: str, behind: int) -> None:
        """7B: a product, but the writer may mean billions."""
        before = self.tokens[-1] if self.tokens else None
        indexed = self.text.startswith(("_", "^"), behind)
        if before is None or before.kind != "number" or indexed:
            return
        if letter in ("K", "M", "B", "G", "T"):
            self.notes.append(say("{0}{1} is read as {0} times {1}", before.text, letter))

    def _letter(self, letter: str, font: str, at: int) -> Token:
        """A letter of one font; the same letter in two fonts would be two things."""
        if self._fonts.setdefault(letter, font) != font:
            raise ReadError(at, f"{letter} stands in two fonts, and may be two things")
        return Token("name", letter, at)

    # -- indices ---------------------------------------------------------------------------

    def _index(self, at: int) -> str:
        """What stands behind _, as it is written: a sign, a command, or what the brackets hold."""
        self._skip_spaces()
        if self.text.startswith("{", self.at):
            return self._balanced(at)
        command = COMMAND.match(self.text, self.at)
        if command is not None:
            self.at = command.end()
            if FONTS.fullmatch(command[1]):
                self._skip_spaces()
                if self.text.startswith("{", self.at):
                    return f"\\text{{{self._balanced(at)}}}"
                self.at += 1
                return self.text[self.at - 1 : self.at]
            return command[0]
        run = LETTERS.match(self.text, self.at)
        if run is not None and len(run[0]) > 1:
            return self._long_index(run[0], at)
        self.at += 1
        if self._digit(self.at - 1) and self._digit(self.at):
            raise ReadError(at + 1, "a subscript of several digits needs curly brackets")
        return self.text[self.at - 1 : self.at]

    def _long_index(self, run: str, at: int) -> str:
        """d_ff without brackets: LaTeX lowers the first letter only, the writer may mean all."""
        before = self.tokens[-1] if self.tokens else None
        name = f"{before.text}_{run}" if before is not None else ""
        if name not in self.known:
            raise ReadError(at, f"put curly brackets around {run[:20]}, or a space behind {run[0]}")
        self.notes.append(say("{0} is read as one name", repr(name)))
        self.at += len(run)
        return run

    def _skip_spaces(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _balanced(self, at: int) -> str:
        """The text in the curly brackets that come next, with all brackets in it."""
        self._skip_spaces()
        if not self.text.startswith("{", self.at):
            raise ReadError(at, "the curly brackets behind it are missing")
        begins, depth = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 2 if char == "\\" else 1
            depth += (char == "{") - (char == "}")
            if depth == 0:
                return self.text[begins + 1 : self.at - 1]
        raise ReadError(at, "the curly brackets behind it are not closed")

    # -- commands --------------------------------------------------------------------------

    def _command(self) -> Iterator[Token]:
        at = self.at
        found = COMMAND.match(self.text, at)
        if found is None:
            raise ReadError(at, "a command is missing behind the backslash")
        name, self.at = found[1], found.end()
        if SILENT.fullmatch(name):
            self._dotted(name)
        elif name == "\\":
            yield self._row(at)
        elif name in ("begin", "end"):
            yield from self._environment(name, at)
        elif name in WITH_ARGUMENT or name in HIDDEN:
            self._balanced(at)
        elif name in TIMES or name == "div":
            yield Token("op", "/" if name == "div" else "*", at)
        elif name in EQUAL:
            yield Token("relation", EQUAL[name], at)
        elif name in PARENTHESES:
            sign = PARENTHESES[name]
            yield Token(BRACKETS[sign], sign, at)
        elif name in ("lfloor", "lceil", "rfloor", "rceil"):
            yield Token("open" if name[0] == "l" else "close", f"\\{name}", at)
        elif GREEK.fullmatch(name):
            yield self._letter("l", name, at) if name == "ell" else Token("name", name, at)
        elif FONTS.fullmatch(name):
            yield self._font(name, at)
        elif name == "_":  # a subscript in Markdown
            yield Token("sub", self._index(at), at)
        elif name == "num":
            yield self._plain_number(at)
        else:
            yield Token("command", name, at)

    def _dotted(self, name: str) -> None:
        """A bracket that is not drawn: \\left."""
        if name in ("left", "right"):
            self._skip_spaces()
            if self.text.startswith(".", self.at):
                self.at += 1

    def _row(self, at: int) -> Token:
        skip = re.compile(r"\*?[ \t]*(?:\[\s*-?[0-9.]+\s*[a-z]{2}\s*\])?").match(self.text, self.at)
        self.at = skip.end() if skip else self.at
        return Token("line", "\\\\", at)

    def _plain_number(self, at: int) -> Token:
        digits = self._balanced(at).strip()
        if not SCIENTIFIC.fullmatch(digits):
            raise ReadError(at, r"\num holds no number that is read")
        return Token("number", digits, at)

    def _font(self, name: str, at: int) -> Token:
        if name == "rm":  # {\rm model}: the letters up to the bracket
            self._skip_spaces()
            found = LETTERS.match(self.text, self.at)
            if found is None:
                raise ReadError(at, r"\rm has no letters behind it")
            self.at = found.end()
            return Token("word", found[0], at)
        self._skip_spaces()
        if self.text.startswith("{", self.at):
            text = re.sub(r"\\([_ ,;%&#-])", r"\1", self._balanced(at)).strip()
        else:
            text = self.text[self.at : self.at + 1]
            self.at += 1
        if len(text) == 1 and text.isascii() and text.isalpha() and name not in PROSE:
            self._scale(text, self.at)
            return self._letter(text, name if name in OTHER_LETTERS else "", at)
        return Token("text" if name in PROSE else "word", text, at)

    def _environment(self, command: str, at: int) -> Iterator[Token]:
        name = self._balanced(at).strip()
        if not ENVIRONMENTS.fullmatch(name):
            raise ReadError(at, f"the environment {name[:30]!r} is not read")
        if command == "begin":
            self._environments.append(name)
            place = re.compile(r"\s*\[[tbc]\]").match(self.text, self.at)
            self.at = place.end() if place else self.at
            if COUNTED.fullmatch(name):
                self._balanced(at)
            return
        if not self._environments or self._environments.pop() != name:
            raise ReadError(at, rf"\end{{{name}}} ends nothing that has begun")
        yield Token("line", "\\end", at)

    # -- mathematics and columns -----------------------------------------------------------

    def _delimiter(self) -> Iterator[Token]:
        at = self.at
        sign = self.text[at : at + 2]
        sign = "$" if sign[0] == "$" and (sign != "$$" or self._math == "$") else sign
        self.at += len(sign)
        if self._math:
            if sign != self._math:
                raise ReadError(at, f"{sign} cannot stand inside mathematics")
            self._math, self._closed = "", True
            return
        if sign not in DOLLARS or (self.tokens and not self._closed):
            raise ReadError(at, f"{sign} cannot stand here: words and mathematics are mixed")
        self._math = DOLLARS[sign]
        if self.tokens:
            yield Token("break", sign, at)

    def _column(self) -> Iterator[Token]:
        """& before a relation only lines rows up; elsewhere another formula or remark begins."""
        at = self.at
        blank = BLANK.match(self.text, at)
        self.at = blank.end() if blank else at + 1
        rest = self.text[self.at :]
        row = re.split(r"\\\\|\\end(?![A-Za-z])", rest, maxsplit=1)[0]
        before = self.tokens[-1] if self.tokens else None
        if before is None or before.kind in ("line", "break", "relation", "op"):
            return
        if not row.strip() or RELATION.match(rest):
            return
        if WORDS.match(row) and not RELATION.search(row):
            self.notes.append(say("the remark {0} is left out", repr(row.strip()[:60])))
            self.at += len(row)
            return
        if row[0] in "+-" and not RELATION.search(row):
            return
        if self._open:
            raise ReadError(at, "a column cannot begin inside brackets")
        yield Token("break", "&", at)
