"""The marked report: the writer's lines, a mark beside each, the explanation under it.

A report is built once as data (`report`) and set by a template in each format. A page never says
more than the verdicts it is made of.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Form, Num, dims_of, reordered, unbraced
from symcost.algebra.phrase import capital, every, joined, say, unstopped, verbatim
from symcost.checking.verdict import Marked, MarkedLine, Meaning, Status, Verdict
from symcost.render.beside import beside, clipped, left_out
from symcost.render.language import ENGLISH
from symcost.render.page import Code, Run, Sentence, Strong
from symcost.render.screen import PAPER
from symcost.render.sentences import alone, carried, headline, number, place, short, sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from symcost.checking.verdict import Edit
    from symcost.render.language import Language
    from symcost.render.screen import Screen

MOST_ROWS = 40  # of what was written on one line of a work
LONGEST_ROW = 300
MOST_ALTERNATIVES = 3
NOTHING = Num(0)


@final
@dataclass(frozen=True)
class Mark:
    """A teacher's mark: its sign, the same in ASCII, and what it says."""

    name: str
    sign: str
    plain: str
    words: str


MARKS = {
    each.name: each
    for each in (
        Mark("right", "✓", "ok", "right"),
        Mark("right_under", "✓", "ok", "right under conditions"),
        Mark("approximation", "≈", "~", "approximate"),
        Mark("wrong", "✗", "X", "wrong"),
        Mark("unknown", "?", "?", "not explained"),
        Mark("unusable", "–", "-", "not read"),
        Mark("carried", "(✓)", "(ok)", "right given earlier lines"),
        Mark("skipped", "–", "-", "not judged"),
    )
}


@final
@dataclass(frozen=True)
class Row:
    """A formula with a word before it, and words behind it."""

    label: str
    form: Form
    after: tuple[Run, ...] = ()


@final
@dataclass(frozen=True)
class Entry:
    """A line of the work: what stands there, how it was taken, the mark, and why."""

    mark: Mark
    place: str
    source: tuple[str, ...]
    taken: tuple[tuple[str, tuple[Run, ...]], ...]
    letters: tuple[Meaning, ...]
    verdict: tuple[Run, ...]
    errors: tuple[tuple[Run, ...], ...] = ()
    rows: tuple[Row, ...] = ()
    more: tuple[tuple[Run, ...], ...] = ()


@final
@dataclass(frozen=True)
class Report:
    """A marked work. `letters` are those that mean the same wherever they stand."""

    title: str
    mark: Mark
    summary: tuple[Run, ...]
    letters: tuple[Meaning, ...]
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]


def render_marked(
    answer: Verdict | Marked,
    kind: str,
    screen: Screen = PAPER,
    template: str = "verdict",
    language: Language = ENGLISH,
) -> str:
    """The report in text, markdown, latex, html or typst; `screen` is what text is set for.

    `template` is the page, or a part of another page such as `notebook/verdict`. Warns
    (`UntranslatedWarning`) where a sentence has no words in the language and stays English.
    """
    from symcost.render.environment import fill, text_writer, writer
    from symcost.render.marked_words import marks_said, report_said
    from symcost.render.rows import rows_for
    from symcost.render.translate import Translator

    to, digits = Translator(language), language.digits
    sets = writer(kind, digits) if kind != "text" else text_writer(screen, digits)
    page = fill(
        f"{template}.{sets.extension}",
        kind,
        report=report_said(report(answer), to),
        to=rows_for(kind, screen, digits),
        w=sets,
        t=to.words,
        marks=marks_said(to),
        language=language,
    )
    to.warn()
    return page


def report(answer: Verdict | Marked) -> Report:
    """A verdict, or a marked work, as a page shows it."""
    if isinstance(answer, Verdict):
        return _single(answer)
    shared = _shared(answer.lines)
    return Report(
        verbatim(short(answer.title, 200)) or "Marked work",
        MARKS[answer.status.value],
        (*_summary(answer), *_held(shared)),
        shared.letters,
        tuple(_entry(each, answer.lines, shared) for each in answer.lines),
        tuple(map(short, answer.notes)),
    )


def _single(verdict: Verdict) -> Report:
    line = MarkedLine(0, verdict.source, verdict=verdict)
    what = _of(verdict.quantity, verdict.model)
    return Report(
        verbatim(short(say("A formula for {0}", what) if what else say("A formula"), 200)),
        MARKS[verdict.status.value],
        (),
        (),
        (_entry(line, (line,), Shared((), "")),),
        (),
    )


# -- the whole work --------------------------------------------------------------------------------


def _summary(work: Marked) -> tuple[Run, ...]:
    """How many lines are right, and where the first error is."""
    counts = Counter(_mark(each).name for each in work.lines)
    parts = [
        say(f"{{0}} {mark.words}", str(counts[name]))
        for name, mark in MARKS.items()
        if counts[name]
    ]
    many = joined(", ", parts or [say("no lines")])
    first = next((each for each in work.lines if _mark(each) is MARKS["wrong"]), None)
    if first is None:
        return (many, ".")
    where = joined(", ", [each for each in (place(first), short(first.name, 80)) if each])
    return (many, ". ", Strong(say("The first wrong line is {0}.", where)))


@final
@dataclass(frozen=True)
class Shared:
    """What is said once for the whole work: letters with one meaning, what all is held against."""

    letters: tuple[Meaning, ...]
    against: str


def _shared(lines: Iterable[MarkedLine]) -> Shared:
    found: dict[str, list[Meaning]] = {}
    judged = [line.verdict for line in lines if line.verdict is not None]
    for verdict in judged:
        for each in verdict.meanings:
            found.setdefault(each.letter, []).append(each)
    same = [uses for uses in found.values() if len({each.stands_for for each in uses}) == 1]
    against = {_against(verdict) for verdict in judged if _against(verdict)}
    letters = tuple(_bounded(uses[0]) for uses in same)
    return Shared(letters, against.pop() if len(against) == 1 else "")


def _held(shared: Shared) -> tuple[Run, ...]:
    """What all lines are held against, said once."""
    return (" ", say("Held against {0}.", shared.against)) if shared.against else ()


def _of(what: str, whose: str) -> str:
    """A quantity of a model, either of which may be open."""
    return say("{0} of {1}", what, whose) if what and whose else joined("", (what or whose,))


def _bounded(meaning: Meaning) -> Meaning:
    return Meaning(short(meaning.letter, 80), short(meaning.stands_for), short(meaning.why))


def _against(verdict: Verdict) -> str:
    how = say("counted as {0}", verdict.convention) if verdict.convention else ""
    return verbatim(short(joined(", ", [each for each in (verdict.model, how) if each]), 200))


def _mark(line: MarkedLine) -> Mark:
    if line.verdict is None:
        return MARKS["skipped"]
    fine = line.verdict.status not in (Status.WRONG, Status.UNKNOWN, Status.UNUSABLE)
    return MARKS["carried" if line.carried and fine else line.verdict.status.value]


# -- one line --------------------------------------------------------------------------------------


def _entry(line: MarkedLine, lines: Sequence[MarkedLine], shared: Shared) -> Entry:
    mark, source = _mark(line), _source(line.source)
    where = str(line.number) if line.cell is None else f"[{line.cell}] {line.number}"
    where = where if line.number else ""
    verdict = line.verdict
    if verdict is None:
        why = (": ", say(short(line.why))) if line.why else ()
        words = (say("not judged"), *why)
        return Entry(mark, where, source, (), (), words)
    known = {(each.letter, each.stands_for) for each in shared.letters}
    own = list(map(_bounded, verdict.meanings))
    own = [each for each in own if (each.letter, each.stands_for) not in known]
    said = headline(verdict)
    if mark.name == "carried":
        said = carried(line, lines)
        if verdict.status is not Status.RIGHT:
            said = (*said, "; ", *headline(verdict))
    return Entry(
        mark,
        where,
        source,
        _taken(verdict, source, shared),
        tuple(own),
        said,
        _errors(verdict.edits),
        _rows(verdict, mark),
        _more(verdict, mark),
    )


def _source(text: str) -> tuple[str, ...]:
    """What the writer wrote, line by line, bounded."""
    rows = [short(row.expandtabs(4).rstrip(), LONGEST_ROW) for row in text[:50_000].splitlines()]
    rows = [row for row in rows if row] or [""]
    return (*rows[:MOST_ROWS], "...") if len(rows) > MOST_ROWS else tuple(rows)


def _taken(
    verdict: Verdict, source: Sequence[str], shared: Shared
) -> tuple[tuple[str, tuple[Run, ...]], ...]:
    """How the line was read, what it was held against, and what else could be meant."""
    found: list[tuple[str, tuple[Run, ...]]] = []
    if verdict.read and [verdict.read] != list(source):
        found.append(("Read as", (Code(short(verdict.read, LONGEST_ROW)),)))
    scope = say(f"per {verdict.scope}") if verdict.scope not in ("", "model") else ""
    against = "" if _against(verdict) == shared.against else _against(verdict)
    what = _of(joined(" ", [each for each in (verdict.quantity, scope) if each]), against)
    if what:
        found.append(("Judged as", (verbatim(short(what)),)))
    found += [("Note", (say(short(note)),)) for note in verdict.notes]
    return tuple(found)


def _errors(edits: Sequence[Edit]) -> tuple[tuple[Run, ...], ...]:
    return tuple(_error(each, several=len(edits) > 1) for each in edits)


def _error(edit: Edit, *, several: bool) -> tuple[Run, ...]:
    """What was done, to which term, by which factor."""
    said = say(unstopped(short(edit.explanation)) or short(edit.kind).replace("_", " "))
    if re.match(r"[a-z]{2,}[ ,:]", said):  # a letter, or a place such as layer.W_O, stays as it is
        said = capital(said)
    # A place that the words begin with is not said twice, and what is missing is no factor.
    named = not edit.term or edit.explanation.startswith(edit.term)
    what: list[Run] = [] if named else [Code(short(edit.term, 200))]
    factor = short(edit.factor, 80)
    times: list[Run] = [say("times {0}", factor)] if edit.factor not in ("", "0") else []
    between: list[Run] = [", "] if what and times else []
    where: list[Run] = [" (", *what, *between, *times, ")"] if what or times else []
    effect = alone(edit) if several else ""
    return (said, *where, *((". ", effect) if effect else (".",)))


def _rows(verdict: Verdict, mark: Mark) -> tuple[Row, ...]:
    """The writer's formula beside the right one; then what lies between them."""
    given, true = verdict.given, verdict.true
    if mark.name in ("right", "right_under", "unusable") or given is None:
        return ()
    if mark.name == "carried":
        differs = true is not None and verdict.difference not in (None, NOTHING)
        return (_row("were it right", true),) if differs and true is not None else ()
    if mark.name == "approximation":
        exact = [] if verdict.dropped is None else [left_out(given, verdict.dropped)]
        return _lined_up([_row("yours", given)], exact, true)
    if true is None:
        return (_row("yours", given),)
    wrong, right = beside(given, true, verdict.edits)
    rows = _lined_up([_row("yours", wrong)], [right], true)
    if verdict.difference in (None, NOTHING):
        return rows
    return (*rows, _row("yours - right", verdict.difference))


def _lined_up(rows: list[Row], exact: Sequence[Form], closed: Form | None) -> tuple[Row, ...]:
    """The right formula as it compares with the writer's, then in its own closed form."""
    forms = [*exact]
    if closed is not None and not any(reordered(unbraced(each), closed) for each in exact):
        forms.append(closed)
    for at, form in enumerate(forms):
        rows.append(_row("=" if at else "right", form))
    return tuple(rows)


def _row(label: str, form: Form) -> Row:
    kept, more = clipped(form)
    return Row(label, kept, (say("and {0} more terms", str(more)),) if more else ())


def _more(verdict: Verdict, mark: Mark) -> tuple[tuple[Run, ...], ...]:
    """Numbers, other explanations, lint, and the engine's own remark."""
    found: list[tuple[Run, ...]] = []
    if verdict.remark and mark.name != "unusable":
        found.append((Strong(say(short(verdict.remark))),))
    found += _numbers(verdict, mark)
    others = dict.fromkeys(map(_explained, verdict.alternatives))
    others.pop(_explained(verdict.edits), None)
    found += [("Or else: ", joined("", (said, "."))) for said in [*others][:MOST_ALTERNATIVES]]
    for lint in verdict.lint:
        term = (Code(short(lint.term, 200)), ": ") if lint.term else ()
        rule = joined("", (say(short(lint.rule).replace("_", " ")), ":"))
        found.append((Strong(rule), " ", *term, say(short(lint.explanation))))
    return tuple(found)


def _explained(edits: Sequence[Edit]) -> str:
    return joined("; ", [say(unstopped(short(each.explanation))) for each in edits])


def _numbers(verdict: Verdict, mark: Mark) -> list[tuple[Run, ...]]:
    """The formula's number, the right one and the printed one, where they are worth a line."""
    held = verdict.numbers
    pairs = (("yours gives ", held.given), ("right is ", held.true))
    told = [(words, value) for words, value in pairs if value is not None]
    if held.claimed is not None:
        told.append(("you give ", held.claimed))
    elif mark.name in ("right", "right_under") or held.given is None:
        return []
    said = mark.name in ("wrong", "unknown", "approximation")  # the sizes stand in the verdict
    at = () if said else sizes(verdict)
    runs: list[Run] = [Sentence(("At ", Sentence(at), ": ")) if at else say("In numbers: ")]
    for words, value in told:
        runs += ["" if words is told[0][0] else ", ", Sentence((words, number(Fraction(value))))]
    return [(*runs, *_open(verdict), ".")] if told else []


def _open(verdict: Verdict) -> tuple[Run, ...]:
    """Why there is no right number: sizes that have no value."""
    if verdict.true is None or verdict.numbers.true is not None:
        return ()
    known = {name for name, _ in verdict.numbers.sizes}
    left = [each.symbol for each in dims_of(verdict.true) if each.symbol not in known]
    if not left:
        return ()
    return "; ", say("the right one depends on {0}", every(left[:4]))
