"""A marked report in another language: its own words are looked up, the writer's stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.checking.verdict import Meaning
from symcost.render.marked import MARKS

if TYPE_CHECKING:
    from symcost.render.marked import Entry, Mark, Report, Row
    from symcost.render.translate import Translator


def report_said(report: Report, to: Translator) -> Report:
    """The report, said in a language."""
    return replace(
        report,
        title=to.words(report.title),
        mark=_mark(report.mark, to),
        summary=to.runs(report.summary),
        letters=tuple(_letter(each, to) for each in report.letters),
        entries=tuple(_entry(each, to) for each in report.entries),
        notes=tuple(map(to.words, report.notes)),
    )


def marks_said(to: Translator) -> dict[str, str]:
    """What each mark says, for who does not see it."""
    return {name: to.words(mark.words) for name, mark in MARKS.items()}


def _entry(entry: Entry, to: Translator) -> Entry:
    return replace(
        entry,
        mark=_mark(entry.mark, to),
        taken=tuple((to.words(head), to.runs(runs)) for head, runs in entry.taken),
        letters=tuple(_letter(each, to) for each in entry.letters),
        verdict=to.runs(entry.verdict),
        errors=tuple(map(to.runs, entry.errors)),
        rows=tuple(_row(each, to) for each in entry.rows),
        more=tuple(map(to.runs, entry.more)),
    )


def _mark(mark: Mark, to: Translator) -> Mark:
    return replace(mark, words=to.words(mark.words))


def _letter(meaning: Meaning, to: Translator) -> Meaning:
    return Meaning(meaning.letter, to.words(meaning.stands_for), to.words(meaning.why))


def _row(row: Row, to: Translator) -> Row:
    return replace(row, label=to.words(row.label), form=to.form(row.form), after=to.runs(row.after))
