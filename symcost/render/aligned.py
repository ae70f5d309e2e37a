"""The rows of a chain as LaTeX aligns them: long sums broken, each reason where it has room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, final

from symcost.render.measure import LINE, height, width, width_of_words
from symcost.render.writer import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symcost.render.latex import LatexMath
    from symcost.render.page import Chain, Line

GAP = 3.0  # between the widest line and the column of reasons
INLINE = 6.0  # a reason on the line itself stands a little farther off


@final
@dataclass(frozen=True)
class Row:
    """One row between the ends of `aligned`.

    `step` counts the lines of the chain, of which a row is a piece; `height` is that of the formula
    in plain lines. A reason stands in a column of its own, or behind its formula.
    """

    left: str
    right: str
    why: str
    step: int
    height: float
    column: bool = True

    @property
    def text(self) -> Raw:
        """The row as `aligned` takes it, without the `\\\\`."""
        return self._set(" && ")

    @property
    def apart(self) -> Raw:
        """The row as `alignat` takes it, which leaves no space between its columns."""
        return self._set(r" &\qquad & ")

    def overlaid(self, number: int) -> Raw:
        """The row as a slide shows it from overlay `number` on; before, its place stays empty."""
        if number == 1:
            return self.text
        shown = replace(
            self,
            right=rf"\uncover<{number}->{{{{}}{self.right}}}" if self.right else "",
            why=rf"\uncover<{number}->{{{self.why}}}" if self.why else "",
            left=rf"\uncover<{number}->{{{self.left}}}" if self.left else "",
        )
        return shown.text

    def _set(self, column: str) -> Raw:
        between = column if self.column else r" \qquad " if self.right else r"\qquad "
        why = f"{between}{self.why}" if self.why else ""
        return Raw(f"{self.left} &{self.right}{why}")


def aligned_rows(
    printer: LatexMath, chain: Chain, reason: Callable[[Line], str], line: float = LINE
) -> list[Row]:
    """The rows of a chain, none wider than `line` where it can be broken."""
    left = printer.write(chain.left) if chain.left is not None else ""
    indent = width(chain.left) + 3 if chain.left is not None else 0
    room = line - indent
    split = [printer.pieces(each.form, room) for each in chain.lines]
    # Reasons stand in a column behind the widest line, if that leaves room for the longest.
    widest = max(wide for pieces in split for _, wide in pieces)
    longest = max(width_of_words(each.reason) for each in chain.lines)
    column = widest + GAP + longest <= room
    rows: list[Row] = []
    for step, (each, pieces) in enumerate(zip(chain.lines, split, strict=True)):
        needed = INLINE + width_of_words(each.reason) if each.reason else 0.0
        beside = column or pieces[-1][1] + needed <= room
        boxed = chain.boxed and step == len(chain.lines) - 1 and len(pieces) == 1
        if not beside and not boxed:
            # A sum that is broken once more may leave room for the reason.
            narrow = printer.pieces(each.form, room - needed)
            fits = len(narrow) <= len(pieces) + 1 and narrow[-1][1] + needed <= room
            beside = fits and _torn(narrow) <= _torn(pieces)
            pieces = narrow if beside else pieces
        tall = height(each.form) + (0.3 if boxed else 0)
        for at, (text, _) in enumerate(pieces):
            shown = rf"\boxed{{{text}}}" if boxed else text
            right = rf"\quad {shown}" if at else f"= {shown}"
            why = reason(each) if each.reason and beside and at == len(pieces) - 1 else ""
            rows.append(Row("" if rows else left, right, why, step, tall, column))
        if each.reason and not beside:
            said = [reason(part) for part in _broken(each, room)]
            rows += [Row("", "", why, step, 0.9, column=False) for why in said]
    return rows


def _torn(pieces: Sequence[tuple[str, float]]) -> int:
    """How many brackets end on another line than they begin."""
    return sum(text.count("gl(") for text, _ in pieces)


def _broken(line: Line, room: float) -> list[Line]:
    """A reason in as many lines as it needs, equally long, where it is words alone."""
    if width_of_words(line.reason) <= room or not all(isinstance(e, str) for e in line.reason):
        return [line]
    characters = max(int(room / width_of_words(["x"])), 1)
    words = "".join(map(str, line.reason))
    fewest = len(wrap(words, characters))
    even = range(-(-len(words) // fewest), characters)
    parts = next((found for n in even if len(found := wrap(words, n)) == fewest), None)
    parts = parts or wrap(words, characters)
    return [replace(line, reason=(part,)) for part in parts]
