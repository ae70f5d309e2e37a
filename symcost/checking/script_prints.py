"""What a script prints: the formulas in it, each with its label, and the rows that come out.

x / 1e6 before "M" is x, shown in millions.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.script_census import given_number
from symcost.checking.script_expressions import Expressions
from symcost.checking.script_values import (
    Function,
    NotReadError,
    Scalar,
    Text,
    VariesError,
)
from symcost.checking.script_words import dotted, worded, words_of
from symcost.checking.shown_numbers import is_scale
from symcost.checking.tree import Name, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.checking.script_state import Holder, Row

MOST_PIECES = 200
OF_TEXT = frozenset({"replace", "rjust", "ljust", "center", "strip", "rstrip", "lstrip"})
FORMATS = re.compile(
    r"^(?:format|str|repr|round|float|comma|commas|fmt)$|"
    r"human|format_|_format|_fmt|fmt_|pretty|numerize|intword|intcomma|readable|si_"
)
UNIT_BEHIND = re.compile(
    r"\s?(?:[kKMGTPEZ]?i?B|[kKMGTPEZ]|[kKMGTPEZ]?(?:FLOPs?|FLOPS|flops?|MACs?|ops)|%|bytes?|tokens?|"
    r"param(?:eter)?s?|weights|elements|thousand|million|billion|trillion)(?:/\w{1,12})?(?![\w:=])"
)
FORMAT = re.compile(r"\{(?P<key>[A-Za-z_]\w*|[0-9]{0,3})(?:![rsa])?(?::[^{}]{0,40})?\}")
PERCENT = re.compile(r"%[-+ #0-9.,]{0,12}(?P<kind>[dfFgGeEsrixX%])")


@final
@dataclass(frozen=True)
class Piece:
    """Words that are printed, or an expression."""

    text: str = ""
    node: ast.expr | None = None


class Prints(Expressions):
    """Follows print."""

    def printed(self, node: ast.Call) -> None:
        """The lines and the rows of one print."""
        if self.is_silent:
            return  # it was read where the function is called
        going_on = self.half_row
        rows: list[Row] = [[] if going_on is None else going_on]
        pieces = list(self._pieces(node))[:MOST_PIECES]
        single = sum(each.node is not None for each in pieces) == 1
        label = ""
        for at, piece in enumerate(pieces):
            if piece.node is None:
                first, *more = piece.text.split("\n")
                rows[-1].append(first)
                rows += [[each] for each in more]
                label = more[-1] if more else label + first
                continue
            after = takewhile(lambda each: each.node is None, pieces[at + 1 :])
            behind = "".join(each.text for each in after)
            shown = self._shown(piece.node, _label(label, behind), behind, claims=single)
            rows[-1].append(shown)
            label = f"{label}{shown}" if isinstance(shown, str) else ""
        end = next((each.value for each in node.keywords if each.arg == "end"), None)
        goes_on = isinstance(end, ast.Constant) and "\n" not in str(end.value)
        self.half_row = rows[-1] if goes_on else None
        new = rows if going_on is None else rows[1:]
        self.rows += [(self.cell, row) for row in new if any(each != "" for each in row)]

    def _shown(
        self, node: ast.expr, label: str, behind: str, *, claims: bool
    ) -> str | Holder | None:
        """Words where the value is words, the line of a formula, None for anything else."""
        at = self.statement if self.statement is not None else node
        self.notes = []
        if behind.lstrip().startswith("%"):
            return None  # a share
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq):
            self.equation(node, at, label)
            return None
        try:
            bare = self._without_scale(node, behind)
            value = self.evaluate(bare)
        except VariesError:
            raise
        except NotReadError as error:
            self.problem(at, f"{worded(node)}: {error}" if label else str(error))
            return None
        if not isinstance(value, Scalar):
            return words_of(value)
        if self._is_only_a_value(value):
            return str(value.number) if not names_of(value.node) else None
        return self.line(at, "", (value,), label=label, claims=claims)

    def _is_only_a_value(self, value: Scalar) -> bool:
        """A plain number, or the name of one: it claims nothing."""
        match value.node:
            case Name(text=text):
                return text not in self.known or text in self.plain
        return not names_of(value.node) and value.parts == 1

    def _without_scale(self, node: ast.expr, behind: str) -> ast.expr:
        """x of x / 1e6, where the words behind say that millions are shown."""
        scale, inner = Fraction(1), node
        while isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Div):
            below = self.evaluate(inner.right)
            if not isinstance(below, Scalar) or below.number is None:
                break
            if any(given_number(name, inner.right) is None for name in names_of(below.node)):
                break
            scale, inner = scale * below.number, inner.left
            if is_scale(scale, behind):
                self.note(say("shown divided by {0}", str(scale)))
                return inner
        return node

    def equation(self, node: ast.Compare, at: ast.AST, label: str = "") -> None:
        """A line with the two sides of a == b."""
        try:
            sides = [self.evaluate(each) for each in (node.left, *node.comparators)]
        except VariesError:
            raise
        except NotReadError as error:
            self.problem(at, str(error))
            return
        found = [each for each in sides if isinstance(each, Scalar)]
        if len(found) == len(sides) and any(names_of(each.node) for each in found):
            self.line(at, "", tuple(found), label=label, claims=False)

    # -- the pieces of a print -----------------------------------------------------------------

    def _pieces(self, node: ast.Call) -> Iterator[Piece]:
        options = {each.arg: each.value for each in node.keywords}
        between = options.get("sep")
        space = between.value if isinstance(between, ast.Constant) else " "
        for at, each in enumerate(node.args):
            if at:
                yield Piece(str(space))
            yield from self._of(each)

    def _of(self, node: ast.expr) -> Iterator[Piece]:
        match node:
            case ast.Constant(value=str(text)):
                yield Piece(text)
            case ast.JoinedStr(values=values):
                for each in values:
                    if isinstance(each, ast.FormattedValue):
                        yield from self._of(each.value)
                    elif isinstance(each, ast.Constant):
                        yield Piece(str(each.value))
            case ast.Call(func=ast.Attribute(attr="format", value=text)):
                yield from self._formatted(text, node)
            case ast.Call(func=ast.Attribute(attr=method, value=text)) if method in OF_TEXT:
                yield from self._of(text)
            case ast.Call(func=func, args=[inner, *_]) if self._only_formats(func):
                yield from self._of(inner)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if _has_words(node):
                yield from self._of(left)
                yield from self._of(right)
            case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
                args = right.elts if isinstance(right, ast.Tuple) else [right]
                yield from _percent(text, args)
            case _:
                yield Piece(node=node)

    def _only_formats(self, func: ast.expr) -> bool:
        """Whether a function makes a text of a number and counts nothing: human(x), f"{x:,}"."""
        if isinstance(func, ast.Name):
            found = self.binding(func.id)
            if found is not None and isinstance(found.value, Function):
                return makes_text(found.value.definition)
        return bool(FORMATS.search(dotted(func).rpartition(".")[2]))

    def _formatted(self, text: ast.expr, node: ast.Call) -> Iterator[Piece]:
        """The pieces of "{:,} bytes".format(x)."""
        try:
            words = self.evaluate(text)
        except NotReadError:
            words = None
        if not isinstance(words, Text):
            yield Piece(node=node)
            return
        named = {each.arg: each.value for each in node.keywords}
        place, at = 0, 0
        for found in FORMAT.finditer(words.text):
            yield Piece(words.text[place : found.start()])
            place = found.end()
            key: str | int = found["key"] or at
            at += not found["key"]
            if isinstance(key, str) and key.isdigit():
                key = int(key)
            if isinstance(key, int):
                yield Piece(node=node.args[key] if key < len(node.args) else node)
            else:
                yield Piece(node=named.get(key, node))
        yield Piece(words.text[place:])


def _percent(text: str, args: list[ast.expr]) -> Iterator[Piece]:
    """The pieces of "%d bytes" % x."""
    left, place = list(args), 0
    for found in PERCENT.finditer(text):
        yield Piece(text[place : found.start()] + ("%" if found["kind"] == "%" else ""))
        place = found.end()
        if found["kind"] != "%" and left:
            yield Piece(node=left.pop(0))
    yield Piece(text[place:])


def _has_words(node: ast.expr) -> bool:
    """Whether a sum joins texts."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        if _is_text(node.right):
            return True
        node = node.left
    return _is_text(node)


def makes_text(definition: ast.FunctionDef | ast.Lambda) -> bool:
    """Whether a function hands back nothing but texts."""
    if isinstance(definition, ast.Lambda):
        return _is_text(definition.body) or _has_words(definition.body)
    returned = [each.value for each in ast.walk(definition) if isinstance(each, ast.Return)]
    return bool(returned) and all(
        each is not None and (_is_text(each) or _has_words(each)) for each in returned
    )


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=ast.Name(id="str")) | ast.Call(func=ast.Attribute(attr="format")):
            return True
    return False


def _label(before: str, behind: str) -> str:
    """The words around a printed number; those behind it only where they are its unit."""
    unit = UNIT_BEHIND.match(behind)
    words = before.strip().rstrip(":=≈~->").strip(" -*#\t|,;:")
    return f"{words} {unit[0].strip()}".strip() if unit else words
