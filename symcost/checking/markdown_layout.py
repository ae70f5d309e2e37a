r"""Where things stand in a document: headings, blocks of code, mathematics, the words around it.

Markdown and plain LaTeX alike: `$...$`, `$$...$$`, `\(...\)`, `\[...\]`, `\begin{align}`, fenced
code, headings. Everything is found in one pass over the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, final

from symcost.checking.grammar import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SAID = 240
MOST_SPANS = 3_000
NEAR = 1_000  # characters before a formula that may speak of it
FENCE = re.compile(r"^[ \t>]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[^\n`]*)$", re.MULTILINE)
LISTING = re.compile(r"\\begin\{(?P<name>lstlisting|minted|verbatim|Verbatim)\}(?P<options>[^\n]*)")
INLINE_CODE = re.compile(r"(?<!`)(`{1,2})(?!`)[^`\n]{1,400}\1(?!`)")
HEADING = re.compile(
    r"^ {0,3}#{1,6}[ \t]+(?P<marked>[^\n]{1,200})$|"
    r"^(?P<under>[^\n|]{1,200})\n(?:={3,}|-{3,})[ \t]*$|"
    r"\\(?:sub){0,2}section\*?\{(?P<section>[^{}\n]*)\}|"
    r"\\(?:chapter|(?:sub)?paragraph)\*?\{(?P<part>[^{}\n]*)\}",
    re.MULTILINE,
)
ENVIRONMENTS = (
    r"equation|align|alignat|gather|multline|eqnarray|flalign|displaymath|math|aligned|split"
)
OPENER = re.compile(rf"\\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}}|\\\[|\\\(|\$\$|\$|\\\$|\\\\")
CLOSERS = {r"\[": r"\]", r"\(": r"\)", "$$": "$$"}
SENTENCE = re.compile(r"(?<=[.!?])\s+")
DECORATION = re.compile(r"^[ \t>]*(?:[-*+]|[0-9]{1,3}[.)])[ \t]+|\*\*|__|[|]", re.MULTILINE)
PYTHON = frozenset({"python", "py", "python3", "ipython", "ipython3", "{python}", "pycon"})


@final
@dataclass(frozen=True)
class Span:
    """A piece of mathematics: its text, where it begins and ends, whether it stands by itself."""

    text: str
    inside: int
    start: int
    end: int
    displayed: bool


@final
@dataclass(frozen=True)
class Code:
    """A block of code: its text and language, and the place of its first line."""

    text: str
    start: int
    language: str

    @property
    def is_python(self) -> bool:
        """Whether it says that it is Python."""
        words = re.split(r"[\s,]+", self.language.strip().lower().strip("{}"))
        return bool(words) and words[0].strip(".") in PYTHON

    @property
    def is_math(self) -> bool:
        """Whether it is a block of mathematics."""
        return self.language.strip().lower() in ("math", "latex", "tex", "katex")


@final
@dataclass
class Layout:
    """A document taken apart. `plain` is its text with code blanked out."""

    text: str
    plain: str = ""
    code: list[Code] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        hidden = _without_front_matter(_without_preamble(self.text))
        self.plain = self._without_code(hidden)
        self.headings = [
            (found.start(), _cleaned(title.rstrip("# ")))
            for found in HEADING.finditer(self.plain)
            for title in found.groups()
            if title and re.search(r"\w", title)
        ]
        fenced = [
            Span(each.text, each.start, each.start, each.start + len(each.text), displayed=True)
            for each in self.code
            if each.is_math
        ]
        found = [*islice(_spans(self.plain), MOST_SPANS), *fenced]
        self.spans = sorted(found, key=lambda each: each.start)

    def line(self, at: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self._starts, at)

    def heading(self, at: int) -> str:
        """The heading that a place stands under."""
        found = bisect_right(self.headings, (at, "\U0010ffff"))
        return self.headings[found - 1][1] if found else ""

    def said(self, span: Span) -> str:
        """The sentence that a formula stands in, or the one before it where it stands by itself."""
        begins = self.plain.rfind("\n", 0, span.start) + 1
        if self.plain[begins : begins + 8].lstrip().startswith("|"):  # a row of a table
            return _cleaned(self.plain[begins:].partition("\n")[0][:1_000])
        near = max(0, span.start - NEAR)
        start = max(near, self.plain.rfind("\n\n", near, span.start))
        if span.displayed and not self.plain[start : span.start].strip():
            start = max(near, self.plain.rfind("\n\n", near, max(near, start)))
        before = self.plain[start : span.start]
        heading = bisect_right(self.headings, (span.start, ""))
        if heading and self.headings[heading - 1][0] >= start:
            before = before[before.find("\n", self.headings[heading - 1][0] - start) + 1 :]
            before = re.sub(r"^(?:=|-){3,}[ \t]*\n", "", before)
        last = SENTENCE.split(before.rstrip() if span.displayed else before)[-1]
        if span.displayed:
            return _cleaned(last)
        after = self.plain[span.end : span.end + NEAR // 2].partition("\n\n")[0]
        after = SENTENCE.split(after)[0]
        return _cleaned(last + self.plain[span.start : span.end] + after)

    def closing_words(self) -> str:
        """The last paragraph that is no formula."""
        words = self.plain
        for span in reversed(self.spans):
            if span.displayed:
                words = words[: span.start] + words[span.end :]
        words = HEADING.sub("", words)
        paragraphs = [each for each in re.split(r"\n\s*\n", words) if re.search(r"\w", each)]
        return _cleaned(paragraphs[-1]) if paragraphs else ""

    def _without_code(self, text: str) -> str:
        """The text with blocks of code, code in a line and comments blanked out."""
        parts, place = [], 0
        for start, end, code in _blocks(text):
            parts += [text[place:start], _blank(text[start:end])]
            place = end
            self.code.append(code)
        text = "".join([*parts, text[place:]])
        text = _between(text, "<!--", "-->")
        return INLINE_CODE.sub(lambda found: _blank(found[0], "·"), text)


def _blank(text: str, sign: str = " ") -> str:
    return re.sub(r"[^\n]", sign, text)


def _between(text: str, opening: str, closing: str) -> str:
    """The text with everything from one sign to another blanked out."""
    parts, place = [], 0
    while (start := text.find(opening, place)) >= 0:
        end = text.find(closing, start)
        if end < 0:
            break
        parts += [text[place:start], _blank(text[start : end + len(closing)])]
        place = end + len(closing)
    return "".join([*parts, text[place:]])


def _without_front_matter(text: str) -> str:
    found = re.match(r"---[ \t]*\n", text)
    end = text.find("\n---", found.end() - 1) if found else -1
    return text if end < 0 else _blank(text[: end + 4]) + text[end + 4 :]


def _without_preamble(text: str) -> str:
    """A LaTeX document without its comments and what stands before it begins."""
    begin = text.find(r"\begin{document}")
    if begin < 0:
        return text
    begin += len(r"\begin{document}")
    body = re.sub(r"(?<!\\)%[^\n]*", lambda found: _blank(found[0]), text[begin:])
    return _blank(text[:begin]) + body


def _blocks(text: str) -> Iterator[tuple[int, int, Code]]:
    """Fenced code and listings, in order."""
    place = 0
    endless: set[str] = set()
    fences = [(found.start(), found) for found in FENCE.finditer(text)]
    listings = [(found.start(), found) for found in LISTING.finditer(text)]
    starts = sorted([*fences, *listings], key=lambda each: each[0])
    for at, (start, found) in enumerate(starts):
        if start < place:
            continue
        if "mark" in found.re.groupindex:
            close = _closing_fence(starts, at, found["mark"])
            stop, place = (close.start(), close.end()) if close else (len(text), len(text))
            language = found["language"]
        else:
            end = rf"\end{{{found['name']}}}"
            stop = -1 if end in endless else text.find(end, found.end())
            if stop < 0:
                endless.add(end)
                continue
            place = stop + len(end)
            language = found["options"].lower()
            language = "python" if "python" in language else found["name"]
        begin = min(found.end() + 1, stop)
        yield start, place, Code(text[begin:stop], begin, language)


def _closing_fence(
    starts: list[tuple[int, re.Match[str]]], at: int, mark: str
) -> re.Match[str] | None:
    for place in range(at + 1, len(starts)):
        found = starts[place][1]
        if "mark" in found.re.groupindex and not found["language"].strip():
            other = found["mark"]
            if other[0] == mark[0] and len(other) >= len(mark):
                return found
    return None


def _spans(text: str) -> Iterator[Span]:
    """Mathematics in order. Where a kind is opened and never closed, it is no mathematics."""
    closings: dict[str, int] = {}
    place = 0
    while (found := OPENER.search(text, place)) is not None:
        start, sign = found.start(), found[0]
        place = found.end()
        if sign in (r"\$", "\\\\"):
            continue
        if sign == "$":
            span = _inline(text, start)
        else:
            close = CLOSERS.get(sign) or rf"\end{{{found['name']}}}"
            if closings.get(close, -2) != -1 and closings.get(close, -2) < place:
                closings[close] = text.find(close, place)
            span = _displayed(text, found, close, closings[close])
        if span is not None:
            place = span.end
            yield span


def _displayed(text: str, found: re.Match[str], close: str, end: int) -> Span | None:
    start, begin = found.start(), found.end()
    if end < 0 or end - begin > LONGEST:
        return None
    displayed = found[0] != r"\("
    inside = text[begin:end]
    if not inside.strip() or (found[0] in CLOSERS and re.search(r"\n[ \t]*\n", inside)):
        return None
    stop = end + len(close)
    return Span(inside, begin, start, stop, displayed)


def _inline(text: str, start: int) -> Span | None:
    """$...$ with no space inside its ends and no digit behind it, so that prices are none."""
    end = start
    while True:
        end = text.find("$", end + 1, start + 1_000)
        if end < 0:
            return None
        if text[end - 1] != "\\":
            break
    inside = text[start + 1 : end]
    before = text[start - 1 : start]
    if (
        not inside.strip()
        or inside[0].isspace()
        or inside[-1].isspace()
        or text[end + 1 : end + 2].isdigit()
        or "\n\n" in inside
        or before.isalnum()
    ):
        return None
    return Span(inside, start + 1, start, end + 1, displayed=False)


def _cleaned(text: str) -> str:
    words = " ".join(DECORATION.sub(" ", text).split()).strip(" .,;:·")
    if len(words) <= MOST_SAID:
        return words
    return "..." + words[-MOST_SAID:]
