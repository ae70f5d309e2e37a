"""A page's chains of equations as data that other programs can check.

`checker.py` beside this file says what the format means, and checks it by itself.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
)
from symcost.certificates.checker import FORMAT
from symcost.render.page import Chain

if TYPE_CHECKING:
    from symcost.algebra.identity import Relation
    from symcost.render.page import Line, Page


@final
class _Tables:
    """The sizes and the names that expressions use, gathered while they are written."""

    def __init__(self) -> None:
        self.sizes: dict[str, str] = {}
        self.names: dict[Named, int] = {}
        self.rows: list[dict[str, Any]] = []

    def write(self, form: Form) -> Any:
        """The form as JSON."""
        match form:
            case Num(value):
                return _number(value)
            case Sym(dim):
                self.sizes[dim.symbol] = dim.meaning
                return dim.symbol
            case Named():
                return ["name", self.name(form)]
            case Under(inner, _):
                return self.write(inner)
            case Sum(parts):
                return ["+", *map(self.write, parts)]
            case Product(parts):
                return ["*", *map(self.write, parts)]
            case Power(base, exponent):
                return ["^", self.write(base), exponent]
            case Quotient(top, bottom):
                return ["/", self.write(top), self.write(bottom)]
            case Function(function, args):
                return [function, *map(self.write, args)]

    def name(self, named: Named) -> int:
        """The place of a name in the table; what it stands for is written before it."""
        if named not in self.names:
            stands_for = self.write(named.value)
            self.names[named] = len(self.rows)
            self.rows.append({"letter": named.letter, "of": named.label, "is": stands_for})
        return self.names[named]

    def equations(self, relations: tuple[Relation, ...]) -> list[Any]:
        """Relations as pairs of equal sides."""
        return [[self.write(side) for side in each.sides()] for each in relations]

    def line(self, line: Line) -> dict[str, Any]:
        """A line, and the equations that it uses."""
        return {"is": self.write(line.form), "given": self.equations(line.given)}


def _number(value: int | Fraction) -> int | str:
    exact = Fraction(value)
    whole = exact.denominator == 1
    return exact.numerator if whole else f"{exact.numerator}/{exact.denominator}"


def certificate(page: Page) -> dict[str, Any]:
    """The chains of a page, the names in them, and the sizes with their meanings."""
    tables = _Tables()
    chains = []
    for block in page.blocks:
        if not isinstance(block, Chain):
            continue
        name = tables.name(block.left) if isinstance(block.left, Named) else None
        lines = [tables.line(each) for each in block.lines]
        chains.append({"label": block.label, "name": name, "lines": lines})
    return {
        "format": FORMAT,
        "title": page.title,
        "sizes": tables.sizes,
        "names": tables.rows,
        "chains": chains,
    }


def certificate_text(page: Page) -> str:
    """The certificate as JSON, one chain's line to a line of the file."""
    data = certificate(page)
    parts = [f' "{key}": {json.dumps(data[key])}' for key in ("format", "title", "sizes")]
    names = ",\n".join(f"  {json.dumps(each)}" for each in data["names"])
    parts.append(f' "names": [\n{names}\n ]')
    chains = []
    for each in data["chains"]:
        lines = ",\n".join(f"    {json.dumps(line)}" for line in each["lines"])
        head = f'"label": {json.dumps(each["label"])}, "name": {json.dumps(each["name"])}'
        chains.append(f'  {{{head}, "lines": [\n{lines}\n  ]}}')
    parts.append(' "chains": [\n' + ",\n".join(chains) + "\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"
