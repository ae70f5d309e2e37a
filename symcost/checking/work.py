"""Somebody's work, read: its lines, each with what it assigns, before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from fractions import Fraction

    from symcost.checking.tree import Node


class WorkError(ValueError):
    """A file that cannot be read at all. The message says where and why, in one line."""


@final
@dataclass(frozen=True)
class Line:
    """One statement of a work.

    `number` counts from 1 in the file, or in the cell where `cell` is set (cells count from 1).
    `name` is what is assigned, "" for a bare formula or a printed one. `nodes` are its sides: one
    for an assignment, several for a chain a = b = c; none where it was not understood, and then
    `problem` says why. Names of earlier lines stay names. `comment` is what the writer said of it:
    the comment on the line or right above it, the label it is printed with, the heading it stands
    under. `printed` are the numbers that the writer shows for it (a notebook's output, or a number
    in the comment), as exact as they stand there.
    """

    number: int
    source: str
    name: str = ""
    nodes: tuple[Node, ...] = ()
    comment: str = ""
    printed: tuple[Fraction, ...] = ()
    problem: str = ""
    cell: int | None = None
    notes: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Work:
    """The lines in order, and the values that the writer gave to names: n_embd = 768.

    A line that only gives a number to a name stands in `values`, not among the `lines`.
    """

    title: str
    lines: tuple[Line, ...]
    values: dict[str, int]
    notes: tuple[str, ...] = ()
