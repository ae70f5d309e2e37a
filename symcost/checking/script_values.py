"""What a name of a script may stand for, and arithmetic on it, with its bounds.

A `Scalar` is a formula in the writer's names, with its value where every name in it has one. No
operation makes a tree that is larger, deeper or longer than the bounds: it raises `NotReadError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.checking.tree import Name, Node, Number

if TYPE_CHECKING:
    import ast

    from symcost.checking.script_text import Page

MOST_PARTS = 2_000  # numbers, names and operations of one formula
DEEPEST = 60
MOST_TERMS = 20_000
LARGEST = 10**200
ZERO, UNIT = Fraction(0), Fraction(1)


BORN = count()  # the order in which lists and dictionaries come to be


class NotReadError(ValueError):
    """Something that is not understood. The message says what, without the line."""


@final
class LeavesError(NotReadError):
    """Nobody knows whether a turn of a loop ends here: so the loop around it is not understood."""


@final
class VariesError(NotReadError):
    """A loop's body that is not the same on every turn."""


@final
@dataclass(frozen=True)
class Scalar:
    """A number in the writer's names. `number` is its value where they all have one.

    `parts`, `deep` and `terms` measure the tree: its nodes, its depth, its terms when multiplied
    out. `whole` and `positive` are what it is for any sizes.
    """

    node: Node
    number: Fraction | None = None
    parts: int = 1
    deep: int = 1
    terms: int = 1
    whole: bool = True
    positive: bool = True

    def __post_init__(self) -> None:
        if self.parts > MOST_PARTS:
            raise NotReadError(f"the formula has more than {MOST_PARTS} parts")
        if self.deep > DEEPEST:
            raise NotReadError(f"the formula is nested more than {DEEPEST} deep")
        if self.terms > MOST_TERMS:
            raise NotReadError(f"multiplied out, the formula has more than {MOST_TERMS} terms")
        if self.number is not None and not _bounded(self.number):
            raise NotReadError("a number of more than 200 digits")


@final
@dataclass(frozen=True)
class Text:
    """Words: a label, a key."""

    text: str


@final
@dataclass(frozen=True)
class Flag:
    """True or False."""

    true: bool


@final
@dataclass(frozen=True)
class Nothing:
    """None."""


@final
@dataclass(frozen=True)
class Span:
    """range(start, stop, step)."""

    start: Scalar
    stop: Scalar
    step: Scalar

    def numbers(self, most: int) -> list[Scalar] | None:
        """Its numbers, where they are known and not more than `most`."""
        first, last, step = self.start.number, self.stop.number, self.step.number
        if first is None or last is None or step is None or step == 0:
            return None
        if (last - first) / step > most:
            return None
        return [number(each) for each in range(int(first), int(last), int(step))]


@final
@dataclass(frozen=True)
class Repeated:
    """The same value, `count` times: [4*d*d for _ in range(L)]."""

    body: Value
    count: Scalar


@final
@dataclass(eq=False)
class Items:
    """A list or tuple; lists change in place. `lost` says why nobody knows what it holds."""

    items: list[Value]
    lost: str = ""
    born: int = field(default_factory=BORN.__next__, compare=False, repr=False)


@final
@dataclass(eq=False)
class Record:
    """A dictionary, a namespace or an instance: values by key, each bound like a variable."""

    fields: dict[str | int, Binding]
    of: Class | None = None
    lost: str = ""
    born: int = field(default_factory=BORN.__next__, compare=False, repr=False)


@final
@dataclass(eq=False)
class Frame:
    """The names of a module or of one call.

    `scope` is the function's name, `home` where it looks for names that are not its own. `emits`:
    its statements become lines; in a call that is followed only for its value they do not.
    `turns` counts the loops that are being followed turn by turn, `forks` are the tests that nobody
    could decide, `returned` what was handed back. `said` is what the writer said of the function,
    `assumed` what its parameters were taken for.
    """

    scope: str = ""
    home: Frame | None = None
    emits: bool = False
    names: dict[str, Binding] = field(default_factory=dict)
    turns: int = 0
    forks: list[str] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)
    undecided: str = ""
    said: tuple[str, ...] = ()
    assumed: list[str] = field(default_factory=list)


@final
@dataclass(frozen=True, eq=False)
class Function:
    """A function of the writer's. `scope` is its name with the class or function it stands in,
    `home` the names around it, `page` the text it is in.
    """

    name: str
    scope: str
    definition: ast.FunctionDef | ast.Lambda
    home: Frame
    page: Page | None = None
    is_property: bool = False
    bound_to: Record | None = None


@final
@dataclass(frozen=True, eq=False)
class Class:
    """A class of the writer's: its fields in order, with their defaults, and its methods.

    `seen` is the instance as its own __init__ makes it, where nobody gives any numbers.
    """

    name: str
    fields: dict[str, Binding | None]
    methods: dict[str, Function] = field(default_factory=dict)
    seen: list[Record] = field(default_factory=list)


@final
@dataclass(frozen=True)
class Imported:
    """A module or a function of one: numpy, math.ceil."""

    path: str


@final
@dataclass(frozen=True)
class Unknown:
    """What could not be read, or was passed over, and `where` that was.

    `varies`: the index of a loop that is read once for all its turns.
    """

    where: str
    varies: bool = False


Value: TypeAlias = (
    "Scalar | Text | Flag | Nothing | Span | Repeated | Items | Record | Function | Class | "
    "Imported | Unknown"
)


@final
@dataclass(frozen=True)
class Binding:
    """A name and what it stands for.

    A `kept` name stays a name in the formulas that use it, otherwise its value is put in. `plain`:
    nothing but a number was given to it.
    """

    name: str
    value: Value
    kept: bool = False
    plain: bool = False


def _bounded(value: Fraction) -> bool:
    return abs(value.numerator) <= LARGEST and value.denominator <= LARGEST


def number(value: Fraction | int) -> Scalar:
    """A number that stands in the text."""
    exact = Fraction(value)
    return Scalar(Number(exact), exact, whole=exact.denominator == 1, positive=exact >= 0)


def as_scalar(value: Value, what: str) -> Scalar:
    """A value as a number: True counts one, an imported name is a size."""
    if isinstance(value, Scalar):
        return value
    if isinstance(value, Flag):
        return number(int(value.true))
    if isinstance(value, Imported):
        return named(value.path.rpartition(".")[2])
    raise NotReadError(f"{what} is no number")


def named(name: str, value: Fraction | None = None, like: Scalar | None = None) -> Scalar:
    """A name; a size is a whole number unless what it stands for says otherwise."""
    if like is None:
        return Scalar(Name(name), value)
    positive = like.positive if value is None else value >= 0
    return Scalar(Name(name), value, whole=like.whole, positive=positive)
