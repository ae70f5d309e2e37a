"""A page before it has a format: headings, prose, chains of equations, tables.

Text, formulas and numbers are kept apart to the last, so every format escapes and sets them in
its own way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, TypeAlias, final

from symcost.algebra.form import Form
from symcost.algebra.poly import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.identity import Relation
    from symcost.catalog.sources import Cited
    from symcost.plot.figure import Figure


@final
@dataclass(frozen=True)
class Code:
    """A name as it stands in a file or on a command line."""

    text: str


@final
@dataclass(frozen=True)
class Name:
    """The name of a weight or an operation: W_Q is set as a letter, scores as a word."""

    text: str


@final
@dataclass(frozen=True)
class Share:
    """A part of a whole, shown in per cent with one digit."""

    part: Fraction


@final
@dataclass(frozen=True)
class Equal:
    """left = right inside a sentence."""

    left: Form
    right: Form


@final
@dataclass(frozen=True)
class Strong:
    """Words that catch the eye: the name of a part before its description."""

    text: str


@final
@dataclass(frozen=True)
class Matrices:
    """Shapes of factors: (rows × inner)(inner × columns)."""

    shapes: tuple[tuple[Form, Form], ...]


@final
@dataclass(frozen=True)
class Cite:
    """A source of the page, cited in a sentence."""

    key: str
    short: str


Run: TypeAlias = "str | Number | Form | Code | Name | Share | Equal | Strong | Matrices | Cite"
Cell: TypeAlias = "Run | tuple[Run, ...]"


@final
@dataclass(frozen=True)
class Heading:
    """A section (level 1) or a subsection (level 2)."""

    level: int
    text: str
    label: str
    kind: ClassVar[str] = "heading"


@final
@dataclass(frozen=True)
class Prose:
    """One paragraph."""

    runs: tuple[Run, ...]
    kind: ClassVar[str] = "prose"


@final
@dataclass(frozen=True)
class Line:
    """One line of a chain: the form, and the reason why it equals the line before.

    `given` are the relations that the line uses.
    """

    form: Form
    reason: tuple[Run, ...] = ()
    given: tuple[Relation, ...] = ()


@final
@dataclass(frozen=True)
class Chain:
    """left = line = line ...; the last line in a box where it is a result."""

    label: str
    left: Form | None
    lines: tuple[Line, ...]
    boxed: bool = False
    kind: ClassVar[str] = "chain"


@final
@dataclass(frozen=True)
class Table:
    """A table. `align` has l, r, c or p (words that wrap) for each column.

    `total` sets the last row apart.
    """

    label: str
    caption: str
    heads: tuple[str, ...]
    align: str
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False
    kind: ClassVar[str] = "table"


@final
@dataclass(frozen=True)
class Picture:
    """A figure with its caption; a format without pictures says in words what it shows."""

    label: str
    caption: str
    figure: Figure
    kind: ClassVar[str] = "picture"

    @property
    def words(self) -> str:
        """What there is to see: the caption, and where something changes."""
        seen = [f"{mark.text[:1].upper()}{mark.text[1:]}." for mark in self.figure.marks]
        return " ".join([f"{self.caption}.", *seen])


Block: TypeAlias = "Heading | Prose | Chain | Table | Picture"


@final
@dataclass(frozen=True)
class Page:
    """A whole document: its title, one line below it, its blocks in order, and what it cites."""

    name: str
    title: str
    subtitle: tuple[Run, ...]
    blocks: tuple[Block, ...] = field(default_factory=tuple)
    sources: tuple[Cited, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its blocks: what a document has to be ready for."""
        return frozenset(block.kind for block in self.blocks)


def prose(*runs: Run) -> Prose:
    """A paragraph of text, formulas and numbers."""
    return Prose(runs)


def sections(blocks: Sequence[Block]) -> list[Heading]:
    """The headings of the first level, for a table of contents."""
    return [block for block in blocks if isinstance(block, Heading) and block.level == 1]
