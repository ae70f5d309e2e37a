"""The mathematics of a document, read into lines: chains, their names, the numbers at their end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.grammar import ReadError
from symcost.checking.latex import read_latex
from symcost.checking.shown_numbers import NUMBER, UNIT, Shown, number_at
from symcost.checking.tree import Name, Node, Number, Raised, Times, names_of
from symcost.checking.work import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.checking.markdown_layout import Layout, Span

RELATION = re.compile(r"(?<![<>!\\])=|≈|\\(?:approx|simeq|sim|equiv|cong)(?![A-Za-z])")
SIGN = re.compile(rf"\\[{{}}]|[{{}}]|(?P<relation>{RELATION.pattern})")
WRAPPED = re.compile(
    r"\s*\\begin\{(?P<name>(?:aligned|align|split|gathered|gather|array|alignedat)\*?)\}"
    r"(?:\[[a-z]\]|\{[^{}]*\})?(?P<body>.*)\\end\{(?P=name)\}\s*[.,;]?\s*",
    re.DOTALL,
)
PIECE = re.compile(r"\\\\(?:\*|\[[^\]\n]{0,12}\])?|\\begin\{|\\end\{|\\.|[{}]|\n", re.DOTALL)
GOES_ON = re.compile(
    r"[\s&{}]*(?:=|≈|[-+*/]|\\(?:approx|simeq|sim|equiv|cong|times|cdot|quad|qquad)(?![A-Za-z]))"
)
OPEN_END = re.compile(r"(?:[-+*/=]|\\(?:times|cdot|approx))[\s&]*$")
WORDS = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mbox|operatorname)\{([^{}]*)\}")
NOTHING_YET = re.compile(r"^\s*(?:\\(?:label|tag)\{[^{}]*\}\s*)*")
SPACES = re.compile(r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~|\{\}|&")
BEHIND = re.compile(r"[\s*_]*(?:=|≈|→|~)[\s*_]*(?=[0-9])")
SEVERAL = re.compile(r",\s*(?:\\[;, ]|\\q?quad|~)*\s+|;\s*|\\q?quad\s*(?:,|\\text\{[^{}]*\})?")

# What a bracket behind a number holds that is no formula: (85M), (about 85 million).
IN_WORDS = re.compile(r"\s*(?:[≈~]|[\d.,]+\s*[kKMBGT]\b|[A-Za-z]{3,})")


@final
@dataclass
class Found:
    """What the mathematics of a document says: lines, values of names, and how much was skipped."""

    lines: list[Line] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    skipped: int = 0


def read_math(layout: Layout, cell: int | None = None, heading: str = "") -> Found:
    """The lines of all mathematics in a document that stands below a heading."""
    found = Found()
    for span in layout.spans:
        said = (layout.heading(span.start) or heading, layout.said(span))
        comment = "; ".join(dict.fromkeys(each for each in said if each))
        behind = _number_behind(layout.plain, span)
        for text, at in rows(span.text):
            row = _Row(text, layout.line(span.inside + at), comment, cell, span.displayed)
            for each in _several(row):
                _read_row(each, found, behind)
    return found


@final
@dataclass(frozen=True)
class _Row:
    text: str
    number: int
    comment: str
    cell: int | None
    displayed: bool


def rows(text: str) -> Iterator[tuple[str, int]]:
    """The chains of a block, each with its place: a row that begins with "=" goes on with one."""
    start = 0
    wrapped = WRAPPED.fullmatch(text)
    if wrapped is not None:
        text, start = wrapped["body"], wrapped.start("body")
    waiting, place, opened = "", 0, 0
    for row, at in _cut(text):
        if waiting and (GOES_ON.match(row) or OPEN_END.search(waiting[-40:]) or opened > 0):
            waiting += r" \\ " + row
            opened += _opened(row)
            continue
        if waiting.strip():
            yield waiting, start + place
        waiting, place = row, at + len(row) - len(NOTHING_YET.sub("", row))
        opened = _opened(row)
    if waiting.strip():
        yield waiting, start + place


def _cut(text: str) -> Iterator[tuple[str, int]]:
    r"""The rows between the \\ that stand in no brackets."""
    depth, place = 0, 0
    for found in PIECE.finditer(text):
        sign = found[0]
        if sign in ("{", r"\begin{"):
            depth += 1
        elif sign in ("}", r"\end{"):
            depth -= 1
        if sign == r"\begin{":
            depth += 1  # its own bracket closes again
        if sign == r"\end{":
            depth += 1
        if sign.startswith("\\\\") and depth <= 0:
            yield text[place : found.start()], place
            place = found.end()
    yield text[place:], place


def _opened(text: str) -> int:
    """How many brackets a row leaves open."""
    return text.count("(") - text.count(")")


def _several(row: _Row) -> list[_Row]:
    """The formulas of a row that lists a few: L = 12, d = 768."""
    pieces = [each for each in SEVERAL.split(row.text) if each.strip(" &\n.,;")]
    if 1 < len(pieces) <= 20 and all(RELATION.search(each) for each in pieces):
        return [replace(row, text=each) for each in pieces]
    return [row]


def _number_behind(plain: str, span: Span) -> Shown | None:
    """The number that the words behind a formula give for it: $12 L d^2$ = 84,934,656."""
    if span.displayed:
        return None
    sign = BEHIND.match(plain, span.end)
    number = NUMBER.match(plain, sign.end()) if sign else None
    if number is None or not (UNIT.match(plain, number.end()) or plain[number.end()].isspace()):
        return None
    found = number_at(plain, number.start(), number.end())
    return found[0] if found else None


def _read_row(row: _Row, found: Found, behind: Shown | None) -> None:
    shown_text = " ".join(row.text.split()).strip(" &,;.")
    text, shown = without_numbers(row.text)
    if behind is not None:
        shown = [*shown, behind]
    try:
        reading = read_latex(text) if text.strip(" &\n.,;") else None
    except ReadError as error:
        if row.displayed or RELATION.search(row.text):
            found.lines.append(_line(row, shown_text, problem=str(error)))
        else:
            found.skipped += 1
        return
    for chain in reading.chains if reading else ():
        _keep(row, shown_text, chain.sides, (shown, reading.notes if reading else ()), found)


def _keep(
    row: _Row,
    source: str,
    sides: tuple[Node, ...],
    extra: tuple[list[Shown], tuple[str, ...]],
    found: Found,
) -> None:
    shown, notes = extra
    first, *rest = sides
    name = first.text if isinstance(first, Name) and (rest or shown) else ""
    numbers = [value for each in (rest if name else sides) if (value := plain(each)) is not None]
    nodes = tuple(each for each in (rest if name else sides) if plain(each) is None)
    if not nodes:
        given = [*numbers, *(each.settled(None) for each in shown)]
        if name and given and given[0].denominator == 1:
            found.values.setdefault(name, given[0].numerator)
        return
    if len(nodes) == 1 and not name and isinstance(nodes[0], Name):
        return
    if not row.displayed and len(sides) == 1 and not names_of(nodes[0]):
        return
    printed = [*numbers, *(each.settled(None) for each in shown)]
    read = [say("{0} is read as its value", repr(each.text)) for each in shown]
    found.lines.append(
        _line(row, source, name=name, nodes=nodes, printed=tuple(printed), notes=(*notes, *read))
    )


def plain(node: Node) -> Fraction | None:
    """A number by itself, with a power of ten behind it or without."""
    match node:
        case Number(value):
            return value
        case Times((Number(value), Raised(Number(Fraction(numerator=10)), exponent))):
            return value * Fraction(10) ** exponent
    return None


def _line(
    row: _Row,
    source: str,
    *,
    name: str = "",
    nodes: tuple[Node, ...] = (),
    printed: tuple[Fraction, ...] = (),
    notes: tuple[str, ...] = (),
    problem: str = "",
) -> Line:
    return Line(
        row.number,
        source[:400],
        name,
        nodes,
        row.comment,
        printed,
        problem,
        row.cell,
        notes,
    )


def without_numbers(text: str) -> tuple[str, list[Shown]]:
    r"""A row without the numbers that it ends with: = 84{,}934{,}656 \approx 85\text{M}."""
    shown: list[Shown] = []
    for start, end in reversed(_relations(text)[-4:]):
        tail = _as_words(text[end:])
        number = NUMBER.match(tail)
        unit = UNIT.match(tail, number.end()) if number is not None else None
        if unit is None or _goes_on(tail[unit.end() - 1 :]):
            break
        found = number_at(tail)
        if found is None:
            break
        shown.insert(0, found[0])
        text = text[:start].rstrip().rstrip("\\").rstrip()
    return text, shown


def _goes_on(behind: str) -> bool:
    """Whether a formula goes on behind its first number: 12 (d + 1), 12 - d; not 85,017 (85k)."""
    if behind[:1] in ("-", "—", "–"):
        return True
    return behind[:1] in ("(", "[") and not IN_WORDS.match(behind, 1)


def _relations(text: str) -> list[tuple[int, int]]:
    """Where the signs between the sides stand that are in no curly brackets."""
    found, depth = [], 0
    for each in SIGN.finditer(text):
        if each[0] in ("{", "}"):
            depth += 1 if each[0] == "{" else -1
        elif each["relation"] and depth <= 0:
            found.append(each.span())
    return found


def _as_words(text: str) -> str:
    words = WORDS.sub(r" \1", text.replace("{,}", ","))
    words = re.sub(r"\\,(?=[0-9]{3}(?![0-9]))", ",", words)
    words = re.sub(r"\\(?:label|tag)\{[^{}]*\}", "", words).replace(r"\%", "%")
    words = SPACES.sub(" ", words)
    return re.sub(r"[ \t\n]+", " ", words).strip().rstrip(".,; ")
