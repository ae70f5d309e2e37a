"""The text of a script before it is understood: its bounds, its statements, what is said beside.

Every bound is checked before Python's own parser sees the text. A line that is no Python is dropped
and named, and the rest is read.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.grammar import MOST_DIGITS
from symcost.checking.work import WorkError

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 250_000  # characters of a script
MOST_LINES = 10_000
LONGEST_LINE = 5_000
DEEPEST = 60
MOST_DROPPED = 200
SHOWN = 60

# Strings and comments, so that brackets and digits are looked for outside of them.
QUIET = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|'
    r"'''(?:[^\\]|\\.)*?'''|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'(?:[^'\\\n]|\\.)*'|#[^\n]*",
    re.DOTALL,
)
BRACKET = re.compile(r"[()\[\]{}\n]")
MAGIC = re.compile(r"\s*(?:%|!|\?)|\s*[\w.]+\?{1,2}\s*$")
OTHER_CELL = re.compile(r"\s*%%(?!time|capture|prun|memit)\w+")
# A line in the first column that goes on with the statement before it.
GOES_ON = re.compile(r"(?:[)\]}]|else\b|elif\b|except\b|finally\b)")


@final
@dataclass(frozen=True)
class Dropped:
    """A line that is no Python."""

    line: int
    source: str
    problem: str


@final
@dataclass(frozen=True)
class Page:
    """One text: a script, a cell, a block of code in a document.

    `cell` and `first` say where it stands, `heading` what stands above it. `statements` are what
    Python's parser made of it, `dropped` the lines that it could not read.
    """

    lines: tuple[str, ...]
    statements: tuple[ast.stmt, ...]
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    cell: int | None = None
    first: int = 1
    heading: str = ""
    beside: dict[int, str] = field(default_factory=dict)
    above: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def place(self, line: int) -> str:
        """Where a line is, for people."""
        shown = f"line {line + self.first - 1}"
        return shown if self.cell is None else f"cell {self.cell}, {shown}"

    def source(self, first: int, last: int) -> str:
        """The text of some lines, without the comments' indentation, not too long."""
        text = "\n".join(self.lines[first - 1 : last]).strip()
        return text if len(text) <= 400 else text[:397] + "..."


def page(text: str, *, cell: int | None = None, first: int = 1, heading: str = "") -> Page:
    """A text, cut into statements. Raises `WorkError` where none of it is Python."""
    where = "" if cell is None else say("cell {0}: ", str(cell))
    if len(text) > LONGEST:
        raise WorkError(f"{where}more than {LONGEST:,} characters of code")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text[:1].isspace():
        text = dedent(text)  # a piece of a longer script
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise WorkError(f"{where}more than {MOST_LINES:,} lines of code")
    if cell is not None and OTHER_CELL.match(text):
        note = say(
            "cell {0} is no Python ({1}), and passed over", str(cell), lines[0].strip()[:SHOWN]
        )
        return Page(tuple(lines), (), notes=(note,), cell=cell, first=first)
    plain = QUIET.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    dropped = list(_out_of_bounds(plain, lines))
    for each in dropped:
        lines[each.line - 1] = ""
    statements, magic = _statements(lines, plain.split("\n"), dropped)
    notes = [
        say("{0}line {1}: {2} is no Python", where, str(at + first), repr(shown))
        for at, shown in magic
    ]
    remarks = _Remarks(text, heading)
    return Page(
        tuple(text.split("\n")),
        tuple(statements),
        tuple(sorted(dropped, key=lambda each: each.line)),
        tuple(notes),
        cell,
        first,
        heading,
        remarks.beside,
        remarks.above,
    )


def _out_of_bounds(plain: str, lines: list[str]) -> Iterator[Dropped]:
    """The lines that Python's parser is not shown at all."""
    bad = set()
    for at, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            bad.add(at)
            yield Dropped(at, line[:SHOWN], f"more than {LONGEST_LINE} characters in one line")
    for found in re.finditer(rf"[0-9][0-9_]{{{MOST_DIGITS},}}", plain):
        at = plain.count("\n", 0, found.start()) + 1
        if at not in bad:
            bad.add(at)
            yield Dropped(at, lines[at - 1][:SHOWN], f"a number of more than {MOST_DIGITS} digits")
    for at in _too_deep(plain):
        if at not in bad:
            problem = f"brackets nested more than {DEEPEST} deep"
            yield Dropped(at, lines[at - 1][:SHOWN], problem)


def _too_deep(plain: str) -> Iterator[int]:
    at, depth, before, deepest = 1, 0, 0, 0
    for found in BRACKET.finditer(plain + "\n"):
        sign = found[0]
        if sign == "\n":
            if deepest > DEEPEST:
                yield at
                depth = before
            at, before, deepest = at + 1, depth, depth
        elif sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth = max(0, depth - 1)


def _parsed(text: str) -> list[ast.stmt]:
    """What Python's parser makes of a text; it never runs it. Raises `SyntaxError`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text).body
        except (RecursionError, MemoryError) as error:
            raise SyntaxError("nested too deep") from error
        except SyntaxError:
            raise
        except ValueError as error:
            raise SyntaxError(str(error)) from error


def _statements(
    lines: list[str], plain: list[str], dropped: list[Dropped]
) -> tuple[list[ast.stmt], list[tuple[int, str]]]:
    """The statements of some lines, and the notebook's own commands among them.

    What cannot be read otherwise is added to `dropped`.
    """
    try:
        return _parsed("\n".join(lines)), []
    except SyntaxError:
        pass
    magic = []
    for at, line in enumerate(plain):
        if MAGIC.match(line):
            magic.append((at, lines[at].strip()[:SHOWN]))
            lines[at] = re.sub(r"\S.*", "pass", lines[at], count=1)
    try:
        return _parsed("\n".join(lines)), magic
    except SyntaxError:
        return _salvaged(lines, dropped), magic


def _salvaged(lines: list[str], dropped: list[Dropped]) -> list[ast.stmt]:
    """The statements that are Python, each read by itself."""
    statements: list[ast.stmt] = []
    blocks = list(_blocks(lines))
    at, failed = 0, 0
    while at < len(blocks):
        made, used, problem = _longest(lines, blocks, at)
        statements += made
        if problem:
            failed += 1
            first, _ = blocks[at]
            shown = next((each for each in lines[first : first + 1] if each.strip()), "")
            dropped.append(Dropped(first + 1, shown.strip()[:SHOWN], f"is no Python: {problem}"))
            if failed > MOST_DROPPED:
                raise WorkError(f"more than {MOST_DROPPED} statements are no Python")
        at += used
    return statements


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """From one line in the first column to the next, as places in the list."""
    start: int | None = None
    decorated = False
    for at, line in enumerate(lines):
        first_column = bool(line) and not line[0].isspace() and line[0] != "#"
        if start is None and line.strip() and line[0] != "#":
            start = at
            decorated = line[0] == "@"
            continue
        if not first_column or GOES_ON.match(line):
            continue
        if start is not None and not decorated:
            yield start, at
            start = None
        start = at if start is None else start
        decorated = line[0] == "@"
    if start is not None:
        yield start, len(lines)


def _longest(
    lines: list[str], blocks: list[tuple[int, int]], at: int
) -> tuple[list[ast.stmt], int, str]:
    """One block, or as many as a string or bracket over several of them needs."""
    first, problem = blocks[at][0], ""
    for used in range(1, min(8, len(blocks) - at) + 1):
        last = blocks[at + used - 1][1]
        if last - first > 400 and used > 1:
            break
        try:
            body = _parsed("\n".join(lines[first:last]))
        except SyntaxError as error:
            problem = problem or (error.msg or "cannot be read").split("(<")[0].strip()[:80]
            continue
        for each in body:
            ast.increment_lineno(each, first)
        return body, used, ""
    return [], 1, problem


# -- what is said beside the statements ------------------------------------------------------------

RULE = re.compile(r"[-=*#~_+ ─━═]{3,}$")
DECORATED = re.compile(r"(?:[-=*~_─━═]{2,}|#+|%%)\s*(?P<text>.*?\w.*?)\s*[-=*#~_─━═]*$")
PART = re.compile(
    r"(?:part|section|question|exercise|task|problem|step|chapter)\s+[0-9a-zA-Z]{1,3}\b", re.I
)


FUNCTION = re.compile(r"\s*def\s+(\w{1,100})\(")
COUNTS = re.compile(r"(?:flops?|macs|params?|parameters|bytes|memory|cache)(?![a-z])", re.I)


class _Remarks:
    """Comments: `beside` a line, and `above` it with the heading it stands under.

    The name of a function that says what it counts is a heading inside of it.
    """

    def __init__(self, text: str, heading: str) -> None:
        self.beside: dict[int, str] = {}
        self.above: dict[int, tuple[str, ...]] = {}
        self._heading, self._block, self._indent = heading, "", 0
        self._ruled = False
        inside: list[tuple[int, str]] = []
        own = self._comments(text)
        for at, line in enumerate(text.split("\n"), 1):
            if at in own:
                self._own_line(own[at], at - 1 in own)
                self._indent = _indent(line)
            elif not line.strip():
                self._block, self._ruled = "", False
            else:
                self._ruled = False
                if _indent(line) < self._indent:  # the block that it was said in has ended
                    self._block, self._indent = "", 0
                while inside and _indent(line) <= inside[-1][0]:
                    inside.pop()
                counts = inside[-1][1] if inside else ""
                said = (self._heading, counts, self._block)
                self.above[at] = tuple(each for each in said if each)
                if (found := FUNCTION.match(line)) and COUNTS.search(found[1]):
                    inside.append((_indent(line), found[1]))

    def _comments(self, text: str) -> dict[int, str]:
        own = {}
        at, place = 1, 0
        for found in QUIET.finditer(text):
            at += text.count("\n", place, found.start())
            place = found.start()
            if found[0][0] != "#":
                continue
            begins = text.rfind("\n", 0, place) + 1
            said = found[0][1:].strip()
            if text[begins:place].strip():
                self.beside[at] = said[:300]
            else:
                own[at] = found[0][1:].strip()[:300]
        return own

    def _own_line(self, said: str, goes_on: bool) -> None:
        if not said or RULE.match(said):
            self._ruled = bool(said)
            return
        decorated = DECORATED.match(said)
        if decorated or self._ruled or PART.match(said):
            self._heading = (decorated["text"] if decorated else said).strip()
            self._block = ""
        else:
            self._block = f"{self._block} {said}"[:300] if goes_on and self._block else said


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
