"""What a notebook printed, given to the lines that printed it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.checking.script_state import divisor
from symcost.checking.shown_numbers import Shown, number_at

if TYPE_CHECKING:
    from symcost.checking.script_state import Holder, Row

MOST_ROWS = 4_000
LONGEST_ROW = 2_000
FURTHEST = 50  # rows that may be passed over for one that fits


def fill_in(rows: list[Row], output: str) -> None:
    """Gives the numbers of an output to the lines that printed them, row by row.

    A row fits where its words stand in the printed line in the same order.
    """
    printed = [each for each in output.split("\n")[:MOST_ROWS] if each.strip()]
    at = 0
    for row in rows:
        for ahead in range(at, min(at + FURTHEST, len(printed))):
            found = _fits(row, printed[ahead][:LONGEST_ROW])
            if found is not None:
                at = ahead + 1
                for holder, claim in found:
                    show(holder, claim)
                break


def show(holder: Holder, claim: Shown) -> None:
    """Adds a number to what a line is shown to be worth."""
    line = holder.line
    divided = divisor(line.nodes[-1]) if line.nodes else Fraction(1)
    amount = claim.settled(holder.number, divided)
    if amount not in line.printed:
        notes = (*line.notes, say("the output {0} is read as its value", repr(claim.text)))
        holder.line = replace(line, printed=(*line.printed, amount), notes=notes)


def _fits(row: Row, text: str) -> list[tuple[Holder, Shown]] | None:
    found: list[tuple[Holder, Shown]] = []
    waiting: list[Holder | None] = []
    place = 0
    for piece in (*row, "\n"):
        if not isinstance(piece, str):
            waiting.append(piece)
            continue
        words = piece.strip()
        if not words and piece != "\n":
            continue
        end = len(text) if piece == "\n" else text.find(words, place)
        if end < 0 or (not waiting and text[place:end].strip()):
            return None
        # The suffix of a number is among the words behind it: 84.9M.
        for holder in waiting:
            number_found = number_at(text, place, min(len(text), end + 12))
            if number_found is None or number_found[1] >= end:
                if holder is not None:
                    return None
                continue
            claim, _, place = number_found
            if holder is not None:
                found.append((holder, claim))
        waiting, place = [], max(place, end + len(words))
    return found
