"""Python scripts, followed with the writer's names and never run.

`read_script` gives the lines of a script: assignments, printed values, assertions, functions.

A name that gets one value stays a name in later lines, so that an error in it can be carried
forward: a name in a formula never refers to a line whose name is given a value more than once.
Where a name gets several, its versions are told apart by putting the earlier expression in (a sum
that is collected with `+=`, a loop's own names). A name that only ever gets plain numbers stays a
name as long as it has the value it was first used with; later values are put in, with a note.
A function is followed inside where it is called, and is a line by itself, named after it, with its
parameters as names; its own names are lines too.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.checking.script_alone import Script
from symcost.checking.script_census import census
from symcost.checking.script_state import Holder, StopError
from symcost.checking.script_text import page
from symcost.checking.work import Line, Work, WorkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from symcost.checking.script_text import Page

LARGEST_VALUE = 10**60


def read_script(text: str, title: str) -> Work:
    """The lines of a Python script. Raises `WorkError` where nothing in it can be read."""
    only = page(text)
    if not only.statements:
        if only.dropped:
            first = only.dropped[0]
            raise WorkError(f"line {first.line}: {first.source!r}: {first.problem}")
        raise WorkError("there is no Python statement in it")
    script, notes = follow([only])
    return Work(title, lines_of(script, [only]), values_of(script), notes)


def follow(pages: Sequence[Page]) -> tuple[Script, tuple[str, ...]]:
    """The pages read one after the other, their names shared; and notes on what was left out."""
    script = Script(census(each.statements for each in pages))
    notes = [note for each in pages for note in each.notes]
    try:
        for each in pages:
            script.read(each)
        script.finish()
    except StopError as error:
        at = script.statement
        where = "" if at is None else f"{script.page.place(at.lineno)}: "
        notes.append(say("{0}the rest is not read: the script {1}", where, str(error)))
        if at is not None:
            script.out.append(Holder(script.stopped(at, f"the script {error}")))
    return script, (*notes, *dict.fromkeys(script.taken))


def lines_of(script: Script, pages: Iterable[Page]) -> tuple[Line, ...]:
    """All lines in the order of the text, with those that are no Python."""
    lines = [holder.line for part in script.parts for holder in part]
    for each in pages:
        lines += _dropped(each)
    return tuple(sorted(lines, key=lambda line: (line.cell or 0, line.number)))


def _dropped(page_: Page) -> Iterator[Line]:
    for each in page_.dropped:
        number = each.line + page_.first - 1
        yield Line(number, each.source, problem=each.problem, cell=page_.cell)


def values_of(script: Script) -> dict[str, int]:
    """The whole numbers that names stand for: first those that formulas use."""
    found: dict[str, int] = {}
    for given in (script.owners, script.plain, script.derived, script.defaults):
        for name, value in _whole(given):
            found.setdefault(name, value)
    return found


def _whole(given: Mapping[str, Fraction]) -> Iterator[tuple[str, int]]:
    for name, value in given.items():
        if value.denominator == 1 and abs(value) < LARGEST_VALUE:
            yield name, value.numerator
