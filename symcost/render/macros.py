r"""Every closed form and every number of a page as a macro: no document holds a stale count.

\GptTwoParamsForm is the closed form, \GptTwoParams the number, \GptTwoParamsDigits its digits.
Names are letters only, made of the model's name and the label of the block; they do not depend on
what else is on the page.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final
from zlib import crc32

from symcost.algebra.form import (
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
    unbraced,
)
from symcost.algebra.plain import people
from symcost.render.environment import fill, said, writer
from symcost.render.language import ENGLISH
from symcost.render.latex import LatexMath
from symcost.render.page import Chain, Equal, Heading, Name, Prose, Share, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from symcost.algebra.poly import Number
    from symcost.render.language import Language
    from symcost.render.page import Block, Cell, Page

LONGEST = 80  # letters of a name before they are cut
DIGITS = ("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
PIECE = re.compile(r"[A-Za-z]+|[0-9]|\.(?=[0-9])")
FORMS = (Num, Sym, Named, Product, Sum, Power, Quotient, Function, Under)
SET = LatexMath()


class PrefixError(ValueError):
    """A beginning of names that no macro can have."""


@final
@dataclass(frozen=True)
class Macro:
    """A macro: its name without the backslash, what it stands for, and that in words."""

    name: str
    body: str
    words: str


def camel(text: str) -> str:
    """Words and digits as letters: llama-3.1-8b becomes LlamaThreePointOneEightB."""
    found = "".join(map(_spelled, PIECE.findall(text)))
    if len(found) <= LONGEST:
        return found
    told_apart = f"{crc32(found.encode()):08x}"
    return found[:LONGEST] + "".join(chr(ord("A") + int(each, 16)) for each in told_apart)


def _spelled(piece: str) -> str:
    if piece == ".":
        return "Point"
    return DIGITS[int(piece)] if piece.isdigit() else piece[0].upper() + piece[1:]


def macro_file(
    page: Page, prefix: str = "", own: Path | None = None, language: Language = ENGLISH
) -> str:
    """The file of macros. `prefix` is what the names begin with: the model's name if empty."""
    if not re.fullmatch(r"[A-Za-z]*", prefix):
        raise PrefixError(f"--prefix {prefix[:40]}: the name of a macro has letters only")
    start = prefix or camel(page.name) or "Model"
    with said(page, "latex", ENGLISH) as english, said(page, "latex", language) as given:
        found = macros(english["page"], given["page"], start)
        text = "\n".join(f"{each.name}={each.body}" for each in found)
        signature = hashlib.sha256(text.encode()).hexdigest()[:16]
        given |= {"macros": found, "prefix": start, "signature": signature}
        return fill("macros.tex", "latex", own, **given)


def macros(page: Page, shown: Page, start: str) -> list[Macro]:
    """The macros of a page, named after `page` and filled with `shown`, which may be translated.

    A name that is taken already is lengthened.
    """
    taken: dict[str, Macro] = {}
    for name, body, words in _found(page, shown):
        whole = f"{start}{name}"
        while whole in taken and taken[whole].body != body:
            whole += "Other"
        taken.setdefault(whole, Macro(whole, body, words))
    return list(taken.values())


def _found(page: Page, shown: Page) -> Iterator[tuple[str, str, str]]:
    sets = writer("latex")
    yield "Title", sets.escape(shown.title), page.title
    yield "Convention", str(sets.show(shown.subtitle)), "how it is counted"
    section = ""
    for at, (block, other) in enumerate(zip(page.blocks, shown.blocks, strict=True)):
        match block:
            case Heading():
                section = _name(block.label)
            case Prose():  # its runs stand in another order in another language
                yield from _of_prose(block, section, page.blocks[at + 1 : at + 2])
            case Chain() | Table():
                pairs = zip(_of_block(block), _of_block(other), strict=True)
                yield from ((name, body, words) for (name, _, words), (_, body, _) in pairs)


def _of_block(block: Block) -> Iterator[tuple[str, str, str]]:
    if isinstance(block, Chain):
        yield from _of_chain(block)
    elif isinstance(block, Table):
        yield from _of_table(block)


def _name(label: str) -> str:
    """The name of a label without the model's: gpt2:params:total becomes Params."""
    return "".join(camel(part) for part in label.split(":")[1:] if part != "total")


def _of_chain(chain: Chain) -> Iterator[tuple[str, str, str]]:
    last = chain.lines[-1].form
    name = _name(chain.label)
    if name.endswith("Numbers") and isinstance(last, Num):
        left = people(chain.left) if chain.left is not None else ""
        yield from _number(name.removesuffix("Numbers"), last.value, f"{left} = {people(last)}")
        return
    words = f"{people(chain.left)} = {people(last)}" if chain.left is not None else people(last)
    yield f"{name}Form", _math(SET.write(unbraced(last))), words
    if chain.left is not None and not name.endswith("Numbers"):
        yield f"{name}Symbol", _math(SET.write(chain.left)), people(chain.left)


def _of_prose(
    block: Prose, section: str, behind: tuple[Block, ...]
) -> Iterator[tuple[str, str, str]]:
    numbers = bool(behind) and isinstance(behind[0], Chain) and behind[0].label.endswith(":numbers")
    for run in block.runs:
        if not isinstance(run, Equal) or not isinstance(run.left, Named):
            continue
        said = f"{people(run.left)} = {people(run.right)}"
        own = camel(run.left.label) or camel(run.left.letter)
        if numbers and isinstance(run.right, Num):
            yield from _number(f"{section}With{own}", run.right.value, said)
        else:
            yield f"{section}{own}Form", _math(SET.write(run.right)), said


def _of_table(table: Table) -> Iterator[tuple[str, str, str]]:
    name = _name(table.label)
    if name.endswith("Declaration"):
        return
    for row in table.rows:
        cells = [_plain(cell) for cell in row[1:]]
        if isinstance(row[0], Sym):
            sized = row[0].dim
            for cell in cells:
                if isinstance(cell, int | Fraction):
                    words = f"{sized.meaning}, {sized.symbol} = {cell}"
                    yield from _number(f"Size{camel(sized.word)}", cell, words)
            continue
        place = _words(row[0])
        kinds = [_kind(cell) for cell in cells]
        for head, cell, kind in zip(table.heads[1:], cells, kinds, strict=True):
            which = camel(head) if kinds.count(kind) > 1 else ""
            start = f"{name.removesuffix('Parts')}In{camel(place)}{which}"
            words = f"{table.caption}: {place}"
            if isinstance(cell, int | Fraction):
                yield from _number(start, cell, words)
            elif isinstance(cell, Share):
                yield f"{start}Share", writer("latex").show(cell), f"{words}, share"
            elif isinstance(cell, FORMS):
                yield f"{start}Form", _math(SET.write(cell)), f"{words}, closed form"


def _plain(cell: Cell) -> Cell:
    """A number that knows its form as the number; words where there is none."""
    if not isinstance(cell, Value):
        return cell
    return cell.otherwise if cell.number is None else cell.number


def _kind(cell: Cell) -> str:
    if isinstance(cell, int | Fraction):
        return "number"
    return "share" if isinstance(cell, Share) else "form" if isinstance(cell, FORMS) else "words"


def _number(name: str, value: Number, said: str) -> Iterator[tuple[str, str, str]]:
    yield name, _math(SET.number(value)), said
    yield f"{name}Digits", str(value), f"{said}, digits alone"


def _math(text: str) -> str:
    return rf"\ensuremath{{{text}}}"


def _words(cell: Cell) -> str:
    runs = cell if isinstance(cell, tuple) else (cell,)
    return "".join(run.text if isinstance(run, Name) else str(run) for run in runs)
