"""A page in another language: every sentence is looked up, formulas and numbers stay.

The key of a sentence is its English, with `{0}`, `{1}` in the place of each formula or number:
"Look-up tables hold {0} parameters. What is left:". Its translation has the same places, in any
order.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, final

from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Power,
    Product,
    Quotient,
    Sum,
    Under,
)
from symcost.algebra.phrase import DECIMAL, PLACE, Part, Phrase, filled, verbatim
from symcost.render.language import Language
from symcost.render.page import (
    Block,
    Case,
    Cases,
    Cell,
    Chain,
    Cite,
    Code,
    Equal,
    Heading,
    Line,
    Matrices,
    Name,
    Origin,
    Page,
    Picture,
    Prose,
    Run,
    Sentence,
    Strong,
    Table,
    Value,
)
from symcost.render.writer import DIGITS

if TYPE_CHECKING:
    from symcost.plot.figure import Figure

LETTERS = re.compile(r"[^\W\d_]")
# Names that are symbols: W_Q, gamma, gamma_q, x.
SYMBOL = re.compile(r"[A-Za-z](_\w+)?|([b-zB-Z]|gamma|beta)([ _]\w+){0,2}")
LONGEST_NAME = 60  # characters; what is longer is a sentence


class UntranslatedWarning(UserWarning):
    """Sentences that the language has no words for stay English."""


@final
class Translator:
    """Says a page in a language, and keeps the sentences that it has no words for."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.missing: dict[str, None] = {}
        self._patterns = [
            (
                re.compile(
                    PLACE.sub("(.+)", re.escape(key).replace(r"\{", "{").replace(r"\}", "}"))
                ),
                said,
            )
            for key, said in language.names.items()
            if PLACE.search(key)
        ]
        self._english = language.code == "en" and not language.words

    def warn(self) -> None:
        """Warns where something stayed English: how much, and the first of it."""
        if self.missing:
            count = len(self.missing)
            one = count == 1
            words = "1 sentence has" if one else f"{count} sentences have"
            first = next(iter(self.missing))
            warnings.warn(
                f"{words} no translation in {self.language.name} and {'stays' if one else 'stay'} "
                "English, the first: "
                f"{first[:120]!r}",
                UntranslatedWarning,
                stacklevel=3,
            )

    def words(self, text: str) -> str:
        """A sentence or a word, without formulas. What is said already stays as it is."""
        if self._english and (self.language.digits == DIGITS or not isinstance(text, Phrase)):
            return text
        if isinstance(text, Phrase):
            return verbatim(text.said(self._look_up, self._part))
        return verbatim(self._look_up(text))

    def name(self, text: str) -> str:
        """The name of a part or an operation."""
        if self._english or SYMBOL.fullmatch(text) or not LETTERS.search(text):
            return text
        return verbatim(self._look_up(text.replace("_", " ")))

    def runs(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        """A sentence, with its formulas and numbers in the order that the language wants."""
        kept = [run for run in runs if not _is_text(run)]
        if self._english:
            flat = [
                self._run(run) if isinstance(run, Sentence | Phrase) else (run,) for run in runs
            ]
            return tuple(each for found in flat for each in found)
        key, at = "", 0
        for run in runs:
            key += str(run) if _is_text(run) else f"{{{at}}}"
            at += not _is_text(run)
        return tuple(self._put_back(self._look_up(key), kept))

    def form(self, form: Form) -> Form:
        """A formula, with the names of its parts in the language."""
        if self._english:
            return form
        match form:
            case Named(letter, label, value):
                return Named(letter, self._label(label), value)
            case Under(body, label, tone):
                return Under(self.form(body), self._label(label), tone)
            case Power(base, exponent):
                return Power(self.form(base), exponent)
            case Product(parts):
                return Product(tuple(map(self.form, parts)))
            case Sum(parts):
                return Sum(tuple(map(self.form, parts)))
            case Function(function, parts):
                return Function(function, tuple(map(self.form, parts)))
            case Quotient(top, bottom):
                return Quotient(self.form(top), self.form(bottom))
        return form

    def page(self, page: Page) -> Page:
        """The page, said in the language."""
        content = tuple(map(self._content, page.content))
        title, subtitle = self.words(page.title), self.runs(page.subtitle)
        sources = tuple(
            replace(each, places=tuple(map(self.words, each.places))) for each in page.sources
        )
        return replace(page, title=title, subtitle=subtitle, content=content, sources=sources)

    def _content(self, block: Block | Cases) -> Block | Cases:
        if not isinstance(block, Cases):
            return self._block(block)
        cases = tuple(replace(each, make=partial(self._made, each)) for each in block.cases)
        return replace(block, now=tuple(map(self._block, block.now)), cases=cases)

    def _made(self, case: Case) -> list[Block | Cases]:
        """What is said in a case, once somebody asks."""
        return [self._content(each) for each in case.make()]

    def _block(self, block: Block) -> Block:
        match block:
            case Heading():
                return replace(block, text=self.words(block.text))
            case Prose():
                return replace(block, runs=self.runs(block.runs))
            case Chain():
                left = None if block.left is None else self.form(block.left)
                return replace(block, left=left, lines=tuple(map(self._line, block.lines)))
            case Picture():
                figure = self._figure(block.figure)
                return replace(block, caption=self.words(block.caption), figure=figure)
            case Table():
                return replace(
                    block,
                    caption=self.words(block.caption),
                    heads=tuple(map(self.words, block.heads)),
                    rows=tuple(tuple(map(self._cell, row)) for row in block.rows),
                )

    def _figure(self, figure: Figure) -> Figure:
        return replace(
            figure,
            title=self.words(figure.title),
            below=self.words(figure.below),
            beside=self.words(figure.beside),
            series=tuple(replace(one, label=self.words(one.label)) for one in figure.series),
            marks=tuple(replace(one, text=self.words(one.text)) for one in figure.marks),
            thousands=self.language.digits.thousands,
            least=self.language.digits.least,
        )

    def _line(self, line: Line) -> Line:
        return replace(line, form=self.form(line.form), reason=self.runs(line.reason))

    def _cell(self, cell: Cell) -> Cell:
        return self.runs(cell) if isinstance(cell, tuple) else _only(self._run(cell))

    def _run(self, run: Run) -> tuple[Run, ...]:
        match run:
            case str():
                return (self.words(run),)
            case Sentence(runs):
                return self.runs(runs)
            case Value():
                return (replace(run, otherwise=self.words(run.otherwise)),)
            case Origin():
                return (replace(run, text=self.words(run.text)),)
            case Cite(key, short):
                return (Cite(key, self.words(short)),)
            case Strong(text):
                return (Strong(self.words(text)),)
            case Name(text):
                return (Name(self.name(text)),)
            case Code(text) if isinstance(text, Phrase):
                return (Code(self.words(text)),)
            case Equal(left, right):
                return (Equal(self.form(left), self.form(right)),)
            case Matrices(shapes):
                return (Matrices(tuple((self.form(a), self.form(b)) for a, b in shapes)),)
            case Named() | Under() | Power() | Product() | Sum() | Function() | Quotient():
                return (self.form(run),)
        return (run,)

    def _put_back(self, said: str, kept: Sequence[Run]) -> list[Run]:
        found: list[Run] = []
        for at, piece in enumerate(PLACE.split(said)):
            if at % 2 == 0:
                found += [verbatim(piece)] if piece else []
            elif int(piece) < len(kept):
                found += self._run(kept[int(piece)])
        return found

    def _label(self, label: str) -> str:
        return self.words(label) if isinstance(label, Phrase) else self.name(label)

    def _part(self, part: Part) -> str:
        if isinstance(part, Phrase):
            return self.words(part)
        return part if isinstance(part, str) else self.language.digits.number(part)

    def _look_up(self, key: str) -> str:
        """The translation of a key; the key itself where it has no words, or none is known."""
        if key == DECIMAL:
            return f"{{0}}{self.language.digits.decimal}{{1}}"
        if self._english or not LETTERS.search(PLACE.sub("", key)):
            return key
        core = key.strip()
        before, after = key[: key.index(core)], key[key.index(core) + len(core) :]
        said = self.language.words.get(core) or self._named(core)
        if said is None:
            self.missing[core] = None
            return key
        return f"{before}{said}{after}"

    def _named(self, core: str) -> str | None:
        """The name of a part; a symbol is its own, several words are said one by one."""
        if core in self.language.names:
            return self.language.names[core]
        if SYMBOL.fullmatch(core) or not LETTERS.search(core):
            return core
        if len(core) > LONGEST_NAME:
            return None
        for pattern, said in self._patterns:
            found = pattern.fullmatch(core)
            parts = [] if found is None else [self._named(each) for each in found.groups()]
            if found and None not in parts:
                return filled(said, [part for part in parts if part is not None])
        first, _, rest = core.rpartition(" ")
        both = [self._named(first), self._named(rest)] if first else [None]
        return None if None in both else " ".join(each for each in both if each is not None)


def _is_text(run: Run) -> bool:
    return isinstance(run, str) and not isinstance(run, Phrase)


def _only(runs: tuple[Run, ...]) -> Cell:
    return runs[0] if len(runs) == 1 else runs
