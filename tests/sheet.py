"""A small evaluator of spreadsheet formulas, in the floats that spreadsheets compute with."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = re.compile(r"\s*(<>|>=|<=|[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[-+*/^(),<>=])")


class NotAvailableError(Exception):
    """#N/A."""


def cell(formula: str, cells: Mapping[str, float]) -> float | None:
    """What the cell shows; None for #N/A."""
    assert formula.startswith("=")
    try:
        return Formula(formula[1:], cells).value()
    except NotAvailableError:
        return None


class Formula:
    """Recursive descent. Values are floats, truth is a bool; IF looks at one branch only."""

    def __init__(self, text: str, cells: Mapping[str, float]) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), "a character nobody knows"
        self.at = 0
        self.names: dict[str, float] = {name: float(value) for name, value in cells.items()}

    def value(self) -> float:
        found = self.compared()
        assert self.at == len(self.tokens)
        return found

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.tokens[self.at]
        assert wanted in ("", token), (wanted, token)
        self.at += 1
        return token

    def compared(self) -> float:
        left = self.added()
        if self.peek() in ("<", ">=", "<>"):
            sign, right = self.take(), self.added()
            return {"<": left < right, ">=": left >= right, "<>": left != right}[sign]
        return left

    def added(self) -> float:
        # In a spreadsheet a leading minus binds tighter than anything.
        found = self.multiplied()
        while self.peek() in ("+", "-"):
            sign, right = self.take(), self.multiplied()
            found = found + right if sign == "+" else found - right
        return found

    def multiplied(self) -> float:
        found = self.powered()
        while self.peek() in ("*", "/"):
            sign, right = self.take(), self.powered()
            found = found * right if sign == "*" else found / right
        return found

    def powered(self) -> float:
        found = self.single()
        while self.peek() == "^":
            self.take()
            found = found ** self.single()
        return found

    def single(self) -> float:
        token = self.take()
        if token == "-":
            return -self.single()
        if token == "(":
            found = self.compared()
            self.take(")")
            return found
        if token.isdigit():
            return float(token)
        if self.peek() == "(":
            return self.called(token)
        return self.names[token]

    def called(self, function: str) -> float:
        self.take("(")
        if function == "LET":
            return self.let()
        if function == "IF":
            return self.choice()
        if function == "NA":
            self.take(")")
            raise NotAvailableError
        args = [self.compared()]
        while self.peek() == ",":
            self.take()
            args.append(self.compared())
        self.take(")")
        if function == "OR":
            return any(args)
        if function == "INT":
            return float(math.floor(args[0]))
        return {"MIN": min, "MAX": max}[function](args)

    def let(self) -> float:
        while self.tokens[self.at + 1] == ",":
            name = self.take()
            assert not re.fullmatch(r"[A-Za-z]{1,3}[0-9]*", name), f"{name} is a cell"
            assert name.lower() not in {each.lower() for each in self.names}, name
            self.take(",")
            value = self.compared()
            self.take(",")
            self.names[name] = value
        found = self.compared()
        self.take(")")
        return found

    def choice(self) -> float:
        condition = self.compared()
        self.take(",")
        if condition:
            return self.compared()
        depth = 0
        while depth or self.peek() != ",":
            depth += {"(": 1, ")": -1}.get(self.take(), 0)
        self.take(",")
        found = self.compared()
        self.take(")")
        return found
