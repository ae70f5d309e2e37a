"""The page of published closed forms: each with its verdict, and what that verdict rests on."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import Dim, foreign
from symcost.algebra.form import Sym, dims_of, exchanged
from symcost.checking.literature import (
    DEFINITION,
    checked,
    entries,
    over_counts,
    remainder,
    share,
    truth,
)
from symcost.checking.shown import form_of
from symcost.checking.verdict import Status
from symcost.render.markdown import MarkdownWriter
from symcost.render.writer import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from symcost.algebra.form import Form
    from symcost.algebra.ratio import Ratio
    from symcost.checking.literature import Against, Entry
    from symcost.checking.verdict import Verdict

WORDS = {
    Status.RIGHT.value: "right",
    Status.RIGHT_UNDER.value: "right under conditions",
    Status.APPROXIMATION.value: "approximation",
    Status.WRONG.value: "wrong",
    DEFINITION: "a definition",
}
INTRODUCTION = """\
{count} closed forms from papers, posts and code, each held against something that is not itself:
a network that is declared and counted, or a list of tensors or operations that is multiplied out
and summed. The letters are those of each source.

- **right**: equal to the truth, for all values of the letters;
- **right under conditions**: equal under what is named;
- **approximation**: equal but for a remainder, which is given in closed form;
- **wrong**: the term at fault is named;
- **a definition**: a choice, a price or a probability; nothing to check.
"""
INSIDE = re.compile(r"\b([A-Za-z])\\_([A-Za-z]+)\b")  # a letter with an index, among words
writer = MarkdownWriter()


@cache
def _verdicts() -> dict[str, Verdict]:
    return {each.id: checked(each) for each in entries()}


def verdict_of(entry: Entry) -> Verdict:
    """The verdict on an entry, found once."""
    return _verdicts()[entry.id]


def status_of(entry: Entry) -> str:
    """The verdict in a word; a definition has one of its own."""
    return DEFINITION if entry.is_definition else verdict_of(entry).status.value


def rows() -> list[tuple[str, str, str]]:
    """What `symcost list literature` prints: name, what is said of it, source."""
    return [
        (
            each.id,
            f"{WORDS[status_of(each)]}: {each.quantity} = {each.formula}",
            f"{each.source}, {each.where}",
        )
        for each in entries()
    ]


def data() -> list[dict[str, Any]]:
    """The entries as plain data, each with what the checker says."""
    return [
        {
            "id": each.id,
            "topic": each.topic,
            "source": each.source,
            "where": each.where,
            "about": each.about,
            "quantity": each.quantity,
            "symbols": dict(each.symbols),
            "latex": each.latex,
            "formula": each.formula,
            "status": status_of(each),
            "conditions": list(each.conditions),
            "note": each.note,
            "verdict": None if each.is_definition else verdict_of(each).as_data(),
        }
        for each in entries()
    ]


def page() -> str:
    """The whole page as Markdown."""
    known = entries()
    topics = list(dict.fromkeys(each.topic for each in known))
    lines = ["# Published closed forms", "", INTRODUCTION.format(count=len(known))]
    lines += _summary(known, topics)
    lines += _exceptions(known)
    for topic in topics:
        lines += ["", f"## {topic}"]
        within = [each for each in known if each.topic == topic]
        for source in dict.fromkeys(each.source for each in within):
            lines += ["", f"### {_heading(source)}"]
            for each in within:
                if each.source == source:
                    lines += ["", *_section(each)]
    return "\n".join(lines) + "\n"


def _summary(known: Iterable[Entry], topics: list[str]) -> Iterator[str]:
    yield f"| topic | {' | '.join(WORDS.values())} | in all |"
    yield "| :-- |" + " --: |" * (len(WORDS) + 1)
    found = Counter((each.topic, status_of(each)) for each in known)
    for topic in topics:
        counts = [found[topic, status] for status in WORDS]
        yield f"| [{topic}](#{_anchor(topic)}) | {_cells(counts)}"
    yield f"| all | {_cells([sum(found[each, s] for each in topics) for s in WORDS])}"


def _cells(counts: list[int]) -> str:
    return " | ".join(str(each) if each else "" for each in [*counts, sum(counts)]) + " |"


def _anchor(heading: str) -> str:
    kept = (each for each in heading.lower() if each.isalnum() or each in " -")
    return "".join(kept).replace(" ", "-")


def _exceptions(known: Iterable[Entry]) -> Iterator[str]:
    """What is not equal to its truth, at a glance."""
    yield from ("", "Not equal to the truth:", "")
    yield "| formula | verdict | remainder | over the truth |"
    yield "| :-- | :-- | :-- | --: |"
    for each in known:
        status = status_of(each)
        if status in (Status.WRONG.value, Status.APPROXIMATION.value):
            sizes = dict.fromkeys(_share(each, at) for at in range(len(each.sizes)))
            link = f"[{_words(each.about)}](#{each.id.lower()}), `{each.id}`"
            yield f"| {link} | {WORDS[status]} | {_off(each)} | {', '.join(sizes)} |"


def _section(entry: Entry) -> Iterator[str]:
    status = status_of(entry)
    yield f'<a id="{entry.id.lower()}"></a>'
    yield f"**{_capital(_words(entry.about))}** ({_words(entry.where)}; `{entry.id}`)"
    yield from ("", "```math", entry.latex, "```", "")
    yield f"- {_verdict(entry, status)}"
    letters = (f"{_named(entry, name)} {_words(words)}" for name, words in entry.symbols.items())
    yield f"- Letters: {'; '.join(letters)}."
    if entry.given:
        put = (f"${_letter(entry, name).latex}$ = `{text}`" for name, text in entry.given.items())
        yield f"- With {', '.join(put)}."
    if entry.truth is not None:
        yield from _held_against(entry.truth)
    if status in (Status.WRONG.value, Status.APPROXIMATION.value):
        yield _remainder(entry)
    if entry.whole is not None:
        yield _whole(entry, entry.whole)
    if entry.note:
        yield f"- {_words(entry.note)}"


def _named(entry: Entry, name: str) -> str:
    """A letter as printed, and as typed where that is not the same."""
    latex = _letter(entry, name).latex
    same = re.sub(r"[{}\\]|mathrm", "", latex) == name
    return f"${latex}$" if same else f"${latex}$ (`{name}`)"


def _verdict(entry: Entry, status: str) -> str:
    said = [_words(each) for each in entry.conditions]
    match status:
        case Status.RIGHT_UNDER.value:
            return f"**Right under**: {'; '.join(said)}."
        case Status.APPROXIMATION.value:
            return f"**Approximation**: {'; '.join(said)}."
        case Status.WRONG.value:
            edits = (each.explanation for each in verdict_of(entry).edits)
            return f"**Wrong**: {'; '.join(_words(each) for each in edits)}."
    if status == DEFINITION:
        return "**A definition**; nothing to check."
    return f"**{_capital(WORDS.get(status, status))}**."


def _held_against(against: Against) -> Iterator[str]:
    if against.model is not None:
        network = ", ".join(f"{key} {_plain(value)}" for key, value in against.model.items())
        counted = ", ".join(
            _plain(value) if key == "what" else f"{key} {_plain(value)}"
            for key, value in against.count.items()
        )
        scope = "" if against.scope == "COUNT" else f"; then `{against.scope}`"
        yield f"- Held against a network: `{network}`; counted: `{counted}`{scope}."
        return
    over = ", over:" if against.over else ":"
    yield f"- Held against the sum of{over}"
    yield from _parts(against.parts)
    if against.over:
        yield "- and below the bar:"
        yield from _parts(against.over)


def _plain(value: Any) -> str:
    """A value of a declaration as it is read: words of a list side by side."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "+".join(value) if isinstance(value, list) else str(value)


def _parts(parts: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """The parts, those with the same size on one line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, *factors in parts:
        groups.setdefault(tuple(factors), []).append(name)
    for size, names in groups.items():
        product = " * ".join(map(_bracketed, [each for each in size if each != "1"] or ["1"]))
        each_of = " each" if len(names) > 1 else ""
        yield f"  - {_words('; '.join(names))}: `{product}`{each_of}"


def _bracketed(text: str) -> str:
    """A sum inside a product needs brackets."""
    inner = text.startswith("(") and text.endswith(")") and text.count("(") == 1
    return f"({text})" if any(each in text[1:] for each in "+-") and not inner else text


def _off(entry: Entry) -> str:
    """What a formula lacks, or has too much, in the letters of its source."""
    left = remainder(entry)
    if over_counts(entry):
        return f"{_math(-left, entry)} too much"
    return f"{_math(left, entry)} left out"


def _remainder(entry: Entry) -> str:
    shares: dict[str, list[str]] = {}
    for at in range(len(entry.sizes)):
        shares.setdefault(_share(entry, at), []).append(_at(entry, at))
    said = [
        f"{part} of the truth at {' and at '.join(dict.fromkeys(where))}"
        for part, where in shares.items()
    ]
    return f"- {_off(entry)}: {'; '.join(said if truth(entry) else ['the truth is 0'])}."


def _whole(entry: Entry, whole: Against) -> str:
    left, part = remainder(entry, whole), share(entry, 0, whole)
    more, amount = ("more", left) if part >= 0 else ("less", -left)
    return (
        f"- {_capital(_words(whole.words))}: {_math(amount, entry)} {more}, "
        f"{percent(abs(part))} of that count at {_at(entry, 0)}."
    )


def _share(entry: Entry, at: int) -> str:
    """How large what is off is beside the truth."""
    return percent(abs(share(entry, at))) if truth(entry) else "the truth is 0"


def _at(entry: Entry, at: int) -> str:
    values = {name: each for name, each in entry.sizes[at].items() if name not in entry.given}
    shown = (f"{_letter(entry, name).latex}={_number(each)}" for name, each in values.items())
    return f"${', '.join(shown)}$"


def _number(value: Any) -> str:
    return f"{value:,}".replace(",", "{,}") if isinstance(value, int) else str(value)


def _math(value: Ratio, entry: Entry) -> str:
    """A closed form in the letters that the source prints."""
    form = form_of(value)
    table: dict[Form, Form] = {
        Sym(each): Sym(_letter(entry, each.symbol)) for each in dims_of(form)
    }
    return writer.math(exchanged(form, table))


def _letter(entry: Entry, name: str) -> Dim:
    """The letter as the source prints it: a dimension for the eye alone."""
    plain = foreign(name)
    latex = entry.letters.get(name, plain.latex)
    return Dim(plain.word, plain.symbol, latex, plain.meaning, (), plain.order)


def _words(text: str) -> str:
    """Words, with the letters among them set as such."""
    return INSIDE.sub(r"$\1_{\2}$", writer.escape(text))


def _heading(source: str) -> str:
    """A source as a heading; the name of a repository keeps its letters."""
    escaped = writer.escape(source)
    return escaped if "/" in source.split()[0] else _capital(escaped)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
