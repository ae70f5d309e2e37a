"""What is known while a script is followed: names, lines made so far, and how much work is left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.phrase import joined, say, verbatim
from symcost.checking.bulk import too_large
from symcost.checking.script_census import MODULE, Census, field_name
from symcost.checking.script_text import Page
from symcost.checking.script_values import (
    Binding,
    Frame,
    Function,
    Items,
    NotReadError,
    Record,
    Scalar,
    Text,
    Unknown,
    Value,
    VariesError,
    named,
)
from symcost.checking.shown_numbers import shown_beside
from symcost.checking.tree import Name, Node, Number, Over, names_of
from symcost.checking.work import Line

if TYPE_CHECKING:
    import ast

MOST_STEPS = 60_000  # expressions and statements that are looked at
MOST_LINES = 5_000
CHANGES = "the loop changes a list or dictionary"
MOST_PARTS = 200_000  # parts of all formulas together
DEEPEST = 90  # expressions in expressions, calls and blocks included
MOST_OPEN = 3  # tests of a function that are read both ways
MARK = "\0"  # begins the name of a variable that a loop adds to


@final
@dataclass(eq=False)
class Holder:
    """A line that a later output may still fill in, and what its last side is worth."""

    line: Line
    number: Fraction | None = None


Row: TypeAlias = "list[str | Holder | None]"  # one printed row: words, lines, other values


class StopError(Exception):
    """The work is larger than the bounds; what was read stays."""


@dataclass
class State:
    """The names and lines of a script that is being followed."""

    census: Census
    page: Page = field(default_factory=lambda: Page((), ()))
    module: Frame = field(default_factory=lambda: Frame(emits=True))
    owners: dict[str, Fraction] = field(default_factory=dict)
    plain: dict[str, Fraction] = field(default_factory=dict)
    derived: dict[str, Fraction] = field(default_factory=dict)
    known: dict[str, Scalar] = field(default_factory=dict)
    markers: frozenset[str] = frozenset()
    once: int = 0  # how many loops around are read once for all of their turns
    # The tests around that nobody decides, with the time at which each was met.
    open: list[tuple[str, int]] = field(default_factory=list)
    walked: list[Items | Record] = field(default_factory=list)  # what the loops around go through
    notes: list[str] = field(default_factory=list)
    rows: list[tuple[int | None, Row]] = field(default_factory=list)
    results: dict[int | None, list[Holder]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.frame = self.module
        self.statement: ast.stmt | None = None
        self.site = self.page
        self.cell: int | None = None
        self.followed: set[int] = set()
        self.taken: list[str] = []  # names that only the running program knows
        self.defaults: dict[str, Fraction] = {}
        self.formulas: set[str] = set()
        self.named_lines: set[str] = set()
        self.half_row: Row | None = None  # that the last print has not ended
        self.is_silent = False
        self.path: list[tuple[str, bool]] | None = None
        self.trail: list[tuple[str, bool]] = []
        self.out: list[Holder] = []
        self.parts: list[list[Holder]] = [self.out]
        self.active: list[Function] = []
        self._steps = self._deep = self._lines = self._size = 0
        self.module.names["__name__"] = Binding("__name__", Text("__main__"))

    # -- bounds --------------------------------------------------------------------------------

    def enter(self) -> None:
        """One more expression or block, inside the ones that are being read."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise StopError(f"takes more than {MOST_STEPS:,} steps to follow")
        if self._deep >= DEEPEST:
            raise NotReadError(f"nested more than {DEEPEST} deep")
        self._deep += 1

    def leave(self) -> None:
        """The expression or block is done."""
        self._deep -= 1

    # -- names ---------------------------------------------------------------------------------

    def binding(self, name: str) -> Binding | None:
        """What a name stands for here, or around here."""
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.home
        return None

    def bound(self, name: str, value: Value, *, plain: bool, scope: str) -> Binding:
        """A name with its value; it stays a name where it has no other meaning."""
        if not isinstance(value, Scalar):
            return Binding(name, value)
        if value.node == Name(name):
            return Binding(name, value)
        if plain:
            kept = value.whole and not self.frame.turns
            kept = kept and name not in self.formulas
            kept = kept and self.census.is_only_numbers(scope, name)
            if kept and value.number is not None:
                self.plain.setdefault(name, value.number)
            return Binding(name, value, kept=kept, plain=True)
        loose = self.frame.turns or self.frame.forks or self.trail
        free = name not in self.named_lines and name not in self.plain
        kept = self.frame.emits and not loose and free and self.census.stays(scope, name)
        if kept:
            if value.number is not None and value.number.denominator == 1:
                self.derived.setdefault(name, value.number)
            self.known[name] = named(name, value.number, value)
            self.formulas.add(name)
        return Binding(name, value, kept=kept)

    def referred(self, binding: Binding) -> Value:
        """A name as a formula uses it: itself, or what it stands for."""
        value = binding.value
        if isinstance(value, Unknown):
            if value.varies:
                raise VariesError(f"the turns of the loop over {binding.name!r} differ")
            raise NotReadError(f"depends on {binding.name!r} ({value.where})")
        if not isinstance(value, Scalar):
            return value
        if not binding.kept:
            if binding.plain and self.census.is_only_numbers(self.frame.scope, binding.name):
                self.note(joined(" = ", (binding.name, str(value.number))))
            return value
        if not binding.plain or value.number is None:
            return self.known.get(binding.name, value)
        if self.owners.setdefault(binding.name, value.number) != value.number:
            self.note(say("{0} = {1} here", binding.name, str(value.number)))
            return value
        self.known[binding.name] = named(binding.name, value.number, value)
        return self.known[binding.name]

    def looked_up(self, name: str) -> Binding | None:
        """What a name stands for, unless a function may have changed it."""
        if name in self.census.changed:
            raise NotReadError(f"{name!r} is changed inside a function")
        return self.binding(name)

    def note(self, text: str) -> None:
        """Says of the statement that is being read how it was read."""
        if text not in self.notes and len(self.notes) < 20:
            self.notes.append(text)

    def unknown(self, at: ast.AST) -> Unknown:
        """Stands for what could not be read at a place."""
        return Unknown(self.page.place(getattr(at, "lineno", 1)))

    def may_change(self, thing: Items | Record) -> None:
        """Refuses to change a list or dictionary where nobody knows whether it happens."""
        if self.once:
            raise VariesError(CHANGES)
        if any(thing is each for each in self.walked):
            thing.lost = "a loop changes what it goes through"
            raise NotReadError(thing.lost)
        for test, since in reversed(self.open):
            if thing.born < since:  # it was there before the test, wherever it is changed now
                thing.lost = f"depends on whether {test}"
                break

    def set_field(self, record: Record, key: str | int, value: Value, *, plain: bool) -> Binding:
        """Puts a value under a key of a dictionary or namespace."""
        name = field_name(str(key)) if isinstance(key, str) else ""
        made = self.bound(name, value, plain=plain, scope=MODULE) if name else Binding("", value)
        record.fields[key] = made
        return made

    def chosen(self, test: str) -> bool | None:
        """Which way an open test goes in this reading of a function, or None where nobody says.

        A function that is read by itself is read once for each way its first open tests may go:
        `path` holds the ways that are given, `trail` those that were met so far.
        """
        if self.path is None:
            return None
        for met, holds in self.trail:
            if met == test:
                return holds
        if len(self.trail) >= MOST_OPEN:
            return None
        given = self.path[len(self.trail)][1] if len(self.trail) < len(self.path) else True
        self.trail.append((test, given))
        return given

    # -- lines ---------------------------------------------------------------------------------

    def line(
        self,
        at: ast.AST,
        name: str,
        sides: tuple[Scalar, ...],
        *,
        label: str = "",
        claims: bool = True,
        collects: bool = False,
    ) -> Holder | None:
        """A line of the work. `collects`: its sum is still being collected by a loop."""
        nodes = tuple(each.node for each in sides)
        if name in self.named_lines and name in self.formulas:
            name = f"{self.frame.scope or 'again'}.{name}"  # formulas mean the other one
        if self.markers and self._has_marker(nodes):
            if collects:
                return None
            raise VariesError("the turns of the loop differ")
        self._size += sum(each.parts for each in sides)
        if self._size > MOST_PARTS:
            raise StopError(f"its formulas have more than {MOST_PARTS:,} parts")
        for node in nodes:
            problem = too_large(node)
            if problem:
                raise NotReadError(problem)
        found = sides[-1].number if sides else None
        made = self._made(at, name, nodes, label)
        if claims:
            remark = self._shown_page().beside.get(getattr(at, "end_lineno", 0), "")
            names = _Names(self)
            claim = shown_beside(remark, name, names)
            if claim is not None:
                divided = divisor(nodes[-1]) if nodes else Fraction(1)
                notes = (*made.notes, say("the remark {0} is read as its value", repr(claim.text)))
                printed = (claim.settled(found, divided),)
                made = replace(made, printed=printed, notes=notes)
        if name:
            self.named_lines.add(name)
        return self._kept(made, found)

    def problem(self, at: ast.AST, problem: str, name: str = "") -> None:
        """A line that is not understood. What is followed only for its value leaves none."""
        if self.frame.emits:
            self._kept(replace(self._made(at, name, (), ""), problem=problem, notes=()))

    def stopped(self, at: ast.AST, problem: str) -> Line:
        """The line at which the reading ended."""
        return replace(self._made(at, "", (), ""), problem=problem, notes=())

    def _has_marker(self, nodes: tuple[Node, ...]) -> bool:
        return any(name.startswith(MARK) for node in nodes for name in names_of(node))

    def _made(self, at: ast.AST, name: str, nodes: tuple[Node, ...], label: str) -> Line:
        page = self._shown_page()
        first = getattr(at, "lineno", 1)
        last = max(first, getattr(at, "end_lineno", first))
        beside = page.beside.get(last) or page.beside.get(first, "")
        inside = self.frame.said if self.frame.emits else ()
        said = (*inside, *page.above.get(first, ()), beside, label)
        taken = [verbatim(test) if holds else say("not {0}", test) for test, holds in self.trail]
        forks = [say("only if {0}", each) for each in (*taken, *self.frame.forks)]
        return Line(
            number=first + page.first - 1,
            source=page.source(first, last),
            name=name,
            nodes=nodes,
            comment="; ".join(dict.fromkeys(each for each in said if each)),
            cell=page.cell,
            notes=tuple(dict.fromkeys((*self.notes, *self.frame.assumed, *forks))),
        )

    def _shown_page(self) -> Page:
        """Where the statement stands that is being shown: the call's, for what it does inside."""
        return self.page if self.frame.emits else self.site

    def _kept(self, line: Line, worth: Fraction | None = None) -> Holder:
        if self.frame.turns:  # the same line of another turn
            for holder in reversed(self.out[-200:]):
                if holder.line == line:
                    return holder
        self._lines += 1
        if self._lines > MOST_LINES:
            raise StopError(f"makes more than {MOST_LINES:,} lines")
        self.out.append(Holder(line, worth))
        return self.out[-1]


@final
class _Names:
    """Every name that the writer has used so far."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __contains__(self, name: object) -> bool:
        state = self.state
        return name in state.frame.names or name in state.module.names or name in state.known


def divisor(node: Node) -> Fraction:
    """What a formula is divided by in the end, where that is a number."""
    if isinstance(node, Over) and isinstance(node.bottom, Number):
        return node.bottom.value
    if isinstance(node, Over) and not names_of(node.bottom):
        return Fraction(2)  # some number; only that it is one counts
    return Fraction(1)
