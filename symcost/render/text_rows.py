"""A marked report for a terminal: marks in the margin, carets under what differs."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.plain import Plain
from symcost.render.environment import writer
from symcost.render.writer import Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from symcost.checking.verdict import Meaning
    from symcost.render.marked import Entry, Mark, Report, Row
    from symcost.render.page import Run
    from symcost.render.screen import Screen

Piece: TypeAlias = "tuple[str, str, str]"  # text, tone, label

LONGEST_HEAD = 30
LABELS = 13  # characters of the widest label
OPEN, NAMED, CLOSE = "\x02", "\x1f", "\x03"  # around a toned part, and behind its label
OF_MARK = {"right_under": "right", "carried": "right", "unusable": "soft", "skipped": "soft"}
TONED = Plain(
    times=" ",
    to_the="^",
    grouped=True,
    toned=lambda text, label, tone: f"{OPEN}{tone}|{label}{NAMED}{text}{CLOSE}",
)
PARTS = re.compile(f"{OPEN}([^|]*)\\|([^{NAMED}]*){NAMED}([^{CLOSE}]*){CLOSE}|([^{OPEN}]+)")


@final
class TextRows:
    """A report for a terminal: marks in the margin, carets under what differs."""

    def __init__(self, screen: Screen, digits: Digits) -> None:
        self._screen, self._room = screen, screen.line
        self._words = writer("text", digits)
        self._formulas = replace(TONED, separator=digits.thousands)

    def gutter(self, report: Report) -> int:
        """How wide the places of the lines are."""
        return max((len(each.place) for each in report.entries), default=0)

    def mark(self, mark: Mark) -> Raw:
        """The sign, padded to the width of the widest."""
        sign = mark.plain if self._screen.plain else mark.sign
        tone = OF_MARK.get(mark.name, mark.name)
        return Raw(self._toned(sign, tone) + " " * (4 - len(sign)))

    def margin(self, entry: Entry, wide: int) -> Raw:
        """The place and the mark of a line."""
        return Raw(
            f"{entry.place.rjust(wide)}  {self.mark(entry.mark)}" if wide else self.mark(entry.mark)
        )

    def source(self, row: str, indent: int) -> Raw:
        """What the writer wrote, broken anywhere if it must be."""
        room = self._room - indent
        shown = self._words.escape(row)
        pieces = [shown[at : at + room] for at in range(0, len(shown), room)] or [""]
        return Raw(("\n" + " " * indent).join(pieces))

    def space(self, width: int) -> Raw:
        """What stands under the margin."""
        return Raw(" " * width)

    def letter(self, meaning: Meaning, indent: int) -> Raw:
        """What a letter was taken for, and why."""
        why = f" ({meaning.why})" if meaning.why else ""
        return self.wrapped(
            (f"{meaning.stands_for}{why}",), indent, f"{self._words.escape(meaning.letter)}: "
        )

    def verdict(self, entry: Entry, indent: int) -> Raw:
        """The verdict in one sentence, its first word in capitals, in the colour of its mark."""
        first, *rest = entry.verdict
        word = re.match(r"[^\W\d_]*", str(first))
        runs = (str(first)[: word.end()].upper() + str(first)[word.end() :], *rest) if word else ()
        said = self.wrapped(runs, indent)
        return Raw(self._toned(said, OF_MARK.get(entry.mark.name, entry.mark.name)))

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence on one line."""
        return Raw("".join(self._words.show(run) for run in runs))

    def wrapped(self, runs: Sequence[Run], indent: int, head: str = "") -> Raw:
        """A sentence behind its head, in lines that fit."""
        if len(head) > LONGEST_HEAD:  # it is wrapped with what it heads
            return self.wrapped((head, *runs), indent)
        lines = textwrap.wrap(
            self.runs(runs),
            self._room - indent - len(head),
            break_on_hyphens=False,
        ) or [""]
        below = "\n" + " " * (indent + len(head))
        return Raw(head + below.join(lines))

    def formula(self, row: Row, indent: int) -> Raw:
        """A formula behind its label, broken before signs, with carets under what is marked."""
        label = row.label.rjust(LABELS) if row.label == "=" else row.label.ljust(LABELS)
        label += "  "
        lines: list[str] = []
        for pieces in _broken(self._formulas.write(row.form), self._room - indent - len(label)):
            lines.append("".join(self._toned(text, tone) for text, tone, _ in pieces))
            lines += _carets(pieces)
        if row.after:
            lines.append(f"... {self.runs(row.after)}")
        below = "\n" + " " * (indent + len(label))
        return Raw(label + below.join(line.rstrip() for line in lines))

    def _toned(self, text: str, tone: str) -> str:
        return self._screen.paint(text, tone)


def _pieces(text: str) -> Iterator[Piece]:
    """A written form in pieces that stay together: toned parts, and terms with their signs."""
    for found in PARTS.finditer(text):
        tone, label, toned, plain = found.groups()
        if toned is not None:
            yield toned, tone, label
        else:
            yield from ((each, "", "") for each in re.split(r"(?<=.)(?= [+-] )", plain))


def _broken(text: str, room: int) -> list[list[Piece]]:
    """The pieces in lines of at most `room` characters, broken before a sign."""
    groups: list[list[Piece]] = []
    for piece in _pieces(text):
        if re.match(" [+-] ", piece[0]) or not groups:
            groups.append([piece])
        else:
            groups[-1].append(piece)
    lines: list[list[Piece]] = []
    used = 0
    for group in groups:
        size = sum(len(each[0]) for each in group)
        if lines and used + size <= room:
            lines[-1] += group
            used += size
            continue
        group[0] = (group[0][0].lstrip(), *group[0][1:])
        lines.append(group)
        used = size
    return lines


def _carets(pieces: list[Piece]) -> list[str]:
    """The line of carets under a line, labels behind them where there is room, else below."""
    line, below, at = "", "", 0
    starts = [sum(len(each[0]) for each in pieces[:place]) for place in range(len(pieces))]
    marks = [(start, each) for start, each in zip(starts, pieces, strict=True) if each[1]]
    for place, (start, (text, _, label)) in enumerate(marks):
        after = marks[place + 1][0] if place + 1 < len(marks) else 10**6
        line = line.ljust(start) + "^" * len(text)
        at = len(line) + len(label) + 2
        if at <= after:
            line += f" {label}"
        else:
            below = f"{below} ".ljust(start) + label
    return [each for each in (line, below) if each]
