"""Where a line may break: words at blanks, formulas before a sign, then between factors.

A number is never broken, and a formula not inside a name. A part in brackets is broken only where
what stands outside of them gives no room.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GLUE = "\x00"  # stands for a blank at which no line breaks
STEP = 2  # columns by which a line is set in, for each bracket that is open
# Before a sign; between brackets, `(a)/(b)` and `(a) (b)`; before any factor or behind a comma.
PLACES = re.compile(
    r"(?P<term>\s+(?=[+\-=]\s))|(?P<comma>(?<=,)\s)"
    r"|(?P<close>[)\]])(?P<group>\s*(?=[*/]?[(\[]))?"
    r"|(?P<factor>\s+(?=x\s)|(?<=[^\s*])(?=\*[^*])|(?<![+\-=x])\s+(?![+\-=x]\s))"
    r"|(?P<open>[(\[])"
)
RANKS = {"term": 0, "group": 1, "comma": 2, "factor": 3}  # within one level of brackets
WORST = RANKS["factor"]


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Words in lines of at most `width`; all but the first begin `hang` columns further right.

    A word that is longer than a line is left whole, and so is what `glued` holds together.
    """
    lines = textwrap.wrap(
        text, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(GLUE, " ") for line in lines or [""]]


def glued(text: str) -> str:
    """Words that `wrapped` keeps on one line."""
    return text.replace(" ", GLUE)


def broken(formula: str, width: int, hang: int = STEP) -> list[str]:
    """A formula on one line in lines of at most `width` where it can be, hanging by `hang`."""
    lines: list[str] = []
    rest, indent, depth = formula, 0, 0
    while indent + len(rest) > width:
        cut = _cut(rest, width - indent, depth)
        if cut is None:
            break
        at, deeper = cut
        lines.append(" " * indent + rest[:at].rstrip())
        rest, depth = rest[at:].lstrip(), deeper
        indent = min(hang + STEP * depth, max(width // 2, hang))
    lines.append(" " * indent + rest)
    return lines


def _cut(text: str, room: int, depth: int) -> tuple[int, int] | None:
    """Where to break, and how many brackets are open there; None where there is no place.

    The best place has few open brackets, then a sign; among equals the last one that leaves the
    line half full. Factors are torn apart only where nothing else fits.
    """
    places: list[tuple[int, int, int]] = []
    for each in _places(text, depth):  # what lies beyond a line's room is not looked at
        places.append(each)
        if each[0] > room:
            break
    fitting = [each for each in places if each[0] <= room]
    for worst in (WORST - 1, WORST):
        some = [each for each in fitting if each[1] % (WORST + 1) <= worst]
        full = [each for each in some if each[0] >= room // 2]
        if some:
            at, _, level = min(full or some, key=lambda each: (each[1], -each[0]))
            return at, level
    return (places[0][0], places[0][2]) if places else None


def _places(text: str, depth: int) -> Iterator[tuple[int, int, int]]:
    """Every place where the text may break: where, how bad, how many brackets are open."""
    for found in PLACES.finditer(text):
        level, at = (WORST + 1) * depth, found.start()
        if found["open"]:
            depth += 1
        elif found["close"]:
            depth -= 1
            if found["group"] is not None:
                yield found.end(), (WORST + 1) * depth + RANKS["group"], depth
        elif at > 0 and found.end() < len(text):
            yield at, level + RANKS[str(found.lastgroup)], depth
