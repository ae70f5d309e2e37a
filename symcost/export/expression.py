"""Whole-number trees as expressions, and symbols as identifiers, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.whole import Add, Const, Div, Mul, Pick, Size, Whole, times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from symcost.algebra.dim import Dim

SUM, PRODUCT, ATOM = range(3)
# A1, XFD1048576, R1C1: what a spreadsheet reads as a cell.
CELL = re.compile(r"[A-Za-z]{1,3}[0-9]*|[rR][0-9]*[cC][0-9]*")


class ExportError(ValueError):
    """A closed form that cannot be written in a language, or a name that it cannot have."""


@final
@dataclass(frozen=True)
class Divides:
    """`top` over `bottom` is a whole number: the sizes tile. `says` has symbols and signs alone."""

    top: Whole
    bottom: Whole
    says: str


@final
@dataclass(frozen=True)
class Room:
    """`left` is not below 0: something fits. `says` has symbols and signs alone."""

    left: Whole
    says: str


@final
@dataclass(frozen=True)
class Subject:
    """What is written: a fraction, what it is called and what a reader must know of it.

    `top` over `bottom` is whole at every configuration that its relations allow. `rules` are those
    among its sizes; a configuration against one is an error, though a number may come out.
    """

    name: str
    top: Whole
    bottom: Whole
    dims: tuple[Dim, ...]
    formula: str
    counted: str
    rules: tuple[Divides | Room, ...] = ()

    def comment(self, names: Mapping[Dim, str]) -> list[str]:
        """The lines that stand above a function."""
        lines = [f"{self.name} = {self.formula}", self.counted]
        lines += [f"{names[each]}: {each.meaning}" for each in self.dims]
        return [_one_line(line) for line in lines]


def _one_line(text: str) -> str:
    """Text that can end no comment, nor show as anything else than what it is."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.split()).replace("*/", "* /")


@final
@dataclass(frozen=True)
class Notation:
    """How a language writes a product, and floor, ceil, min and max of finished arguments."""

    call: Callable[[str, Sequence[str]], str]
    names: Mapping[Dim, str]
    number: Callable[[int], str] = str

    def write(self, node: Whole) -> str:
        """The tree as an expression."""
        return self._write(node)[0]

    def factor(self, node: Whole) -> str:
        """The tree as an operand of a division: brackets around all but names and numbers."""
        return self._inside(node, ATOM)

    def _inside(self, node: Whole, least: int) -> str:
        text, level = self._write(node)
        return text if level >= least else f"({text})"

    def _write(self, node: Whole) -> tuple[str, int]:
        match node:
            case Const(value):
                return self.number(value), ATOM if value >= 0 else SUM
            case Size(dim):
                return self.names[dim], ATOM
            case Add(terms):
                return self._sum(terms), SUM
            case Mul((Const(value), *rest)) if value < 0:
                return f"-{self._inside(times((Const(-value), *rest)), PRODUCT)}", SUM
            case Mul(factors):
                return "*".join(self._inside(each, PRODUCT) for each in factors), PRODUCT
            case Div(way, top, bottom):
                return self.call(way, [self.factor(top), self.factor(bottom)]), ATOM
            case Pick(way, args):
                return self.call(way, [self.write(each) for each in args]), ATOM

    def _sum(self, terms: Sequence[Whole]) -> str:
        # What is added first, so that no language with unsigned numbers starts below zero.
        signed = sorted(((_sign(term), term) for term in terms), key=lambda pair: pair[0])
        written = ""
        for minus, term in signed:
            text = self._inside(times((Const(-1), term)) if minus else term, PRODUCT)
            if written:
                written += f" - {text}" if minus else f" + {text}"
            else:
                written = f"-{text}" if minus else text
        return written


def _sign(term: Whole) -> bool:
    head = term.factors[0] if isinstance(term, Mul) else term
    return isinstance(head, Const) and head.value < 0


def nested(function: str) -> Callable[[Sequence[str]], str]:
    """A function of two arguments for any number of them."""

    def write(args: Sequence[str]) -> str:
        found = args[0]
        for each in args[1:]:
            found = f"{function}({found}, {each})"
        return found

    return write


def identifiers(
    dims: Iterable[Dim],
    reserved: Iterable[str] = (),
    *,
    any_case: bool = False,
    cells: bool = False,
) -> dict[Dim, str]:
    """A safe name for each dimension: its symbol, with underscores where that is taken.

    `any_case` is for languages in which B and b are one name, `cells` for those that read d12 as a
    cell. The same dimensions get the same names on every run.
    """
    taken = {each.lower() if any_case else each for each in reserved}
    names: dict[Dim, str] = {}
    for each in dims:
        name = each.symbol
        if cells and CELL.fullmatch(name):
            name += "_"
        if (name.lower() if any_case else name) in taken:
            name = f"{name}_{each.word}"
        while (name.lower() if any_case else name) in taken:
            name += "_"
        taken.add(name.lower() if any_case else name)
        names[each] = name
    return names


def function_name(text: str) -> str:
    """A name of letters, digits and underscores for any text."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "cost"
    return name if name[0].isalpha() else f"cost_{name}"
