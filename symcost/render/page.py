"""A page before it has a format: headings, prose, chains of equations, tables.

Text, formulas and numbers are kept apart to the last, so every format escapes and sets them in
its own way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, ClassVar, TypeAlias, final

from symcost.algebra.form import Form, Sym, dims_of, evaluate
from symcost.algebra.poly import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.catalog.sources import Cited
    from symcost.graph.architecture import Architecture, Bound
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
    """A part of a whole, shown in per cent with one digit. `of` is the form it is the value of."""

    part: Fraction
    of: Form | None = field(default=None, compare=False, repr=False)


@final
@dataclass(frozen=True)
class Value:
    """A number in a table that knows the form it is the value of; words where there is none yet."""

    number: Number | None
    of: Form
    otherwise: str = ""


@final
@dataclass(frozen=True)
class Origin:
    """Where the size of a dimension comes from."""

    text: str
    dim: Dim


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


@final
@dataclass(frozen=True)
class Sentence:
    """Runs that make a sentence by themselves inside a paragraph; pages come to writers without."""

    runs: tuple[Run, ...]


Run: TypeAlias = (
    "str | Number | Form | Code | Name | Share | Value | Origin | Equal | Strong | Matrices | Cite"
    " | Sentence"
)
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
class Stake:
    """A part of the whole that a figure shows: its closed form, and the series it is drawn in."""

    label: str
    series: str
    form: Form


@final
@dataclass(frozen=True)
class Picture:
    """A figure with its caption; a format without pictures says in words what it shows.

    `stakes` are the parts in closed form over the symbol `by`, for a page that draws by itself.
    """

    label: str
    caption: str
    figure: Figure
    stakes: tuple[Stake, ...] = field(default=(), compare=False, repr=False)
    by: Dim | None = field(default=None, compare=False, repr=False)
    kind: ClassVar[str] = "picture"

    @property
    def axis(self) -> Sym | None:
        """The symbol along which the figure goes."""
        return None if self.by is None else Sym(self.by)

    @property
    def words(self) -> str:
        """What there is to see: the caption, and where something changes."""
        seen = [f"{mark.text[:1].upper()}{mark.text[1:]}." for mark in self.figure.marks]
        return " ".join([f"{self.caption}.", *seen])


Block: TypeAlias = "Heading | Prose | Chain | Table | Picture"


@final
@dataclass(frozen=True)
class Test:
    """What a form must be for a case to hold: known, unknown, zero, not zero, positive, negative.

    Unknown is a form with a symbol that has no size; it is not zero.
    """

    form: Form
    says: str

    def holds(self, values: Mapping[Dim, int]) -> bool:
        """Whether it holds at these sizes."""
        known = all(each in values for each in dims_of(self.form))
        number = evaluate(self.form, values) if known else None
        match self.says:
            case "known":
                return known
            case "unknown":
                return not known
            case "zero":
                return number == 0
            case "not zero":
                return number != 0
            case "positive":
                return number is not None and number > 0
            case "negative":
                return number is not None and number < 0
        raise ValueError(f"'{self.says}' is no test")


@final
@dataclass(frozen=True)
class Case:
    """What is said where all tests hold; made only when somebody asks."""

    tests: tuple[Test, ...]
    make: Callable[[], Sequence[Block | Cases]]


@final
@dataclass(frozen=True)
class Cases:
    """What depends on the sizes: what is said `now`, and the cases there are for other sizes."""

    now: tuple[Block, ...]
    cases: tuple[Case, ...]
    kind: ClassVar[str] = "cases"


@final
@dataclass(frozen=True)
class Live:
    """The sizes that a reader of the page may change, and what is known of them."""

    architecture: Architecture
    dims: tuple[Dim, ...]
    binding: Mapping[Dim, Bound]

    @property
    def values(self) -> dict[Dim, int]:
        """The sizes in force."""
        return {each: bound.value for each, bound in self.binding.items()}


@final
@dataclass(frozen=True)
class Page:
    """A whole document: its title, one line below it, what it holds in order, what it cites."""

    name: str
    title: str
    subtitle: tuple[Run, ...]
    content: tuple[Block | Cases, ...] = field(default_factory=tuple)
    sources: tuple[Cited, ...] = ()
    live: Live | None = field(default=None, compare=False, repr=False)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What it says at the sizes in force."""
        return tuple(flat(self.content))

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its blocks: what a document has to be ready for."""
        return frozenset(block.kind for block in self.blocks)


def flat(content: Iterable[Block | Cases]) -> Iterator[Block]:
    """The blocks that hold at the sizes in force."""
    for block in content:
        if isinstance(block, Cases):
            yield from block.now
        else:
            yield block


def prose(*runs: Run) -> Prose:
    """A paragraph of text, formulas and numbers."""
    return Prose(runs)


def with_and(runs: Sequence[Run]) -> Run:
    """a and b and c."""
    return reduce(lambda several, each: Sentence((several, " and ", each)), runs)


def sections(blocks: Sequence[Block]) -> list[Heading]:
    """The headings of the first level, for a table of contents."""
    return [block for block in blocks if isinstance(block, Heading) and block.level == 1]
