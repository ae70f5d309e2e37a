"""Lists, dictionaries and comprehensions of a script."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.checking.script_arithmetic import (
    turns_of,
)
from symcost.checking.script_census import field_name, plain_number
from symcost.checking.script_state import State
from symcost.checking.script_values import (
    Binding,
    Frame,
    Items,
    NotReadError,
    Record,
    Repeated,
    Scalar,
    Span,
    Text,
    Unknown,
    Value,
    VariesError,
    number,
)
from symcost.checking.script_words import key_from, worded
from symcost.checking.tree import Name, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_TURNS = 256  # of a loop that is followed turn by turn


class Lists(State):
    """Reads what holds several values."""

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression stands for."""
        raise NotImplementedError

    def decide(self, node: ast.expr) -> bool:
        """Whether a test holds."""
        raise NotImplementedError

    def elements(self, elements: Sequence[ast.expr]) -> list[Value]:
        """The entries of a list, starred ones spread out."""
        found: list[Value] = []
        for each in elements:
            if isinstance(each, ast.Starred):
                found += self.sequence(self.evaluate(each.value))
            else:
                found.append(self.evaluate(each))
        return found

    def dictionary(self, node: ast.Dict) -> Record:
        """A dictionary in curly brackets."""
        record = Record({})
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = self.evaluate(value)
                if not isinstance(merged, Record):
                    raise NotReadError(f"**{worded(value)} is not read")
                record.fields |= merged.fields
            else:
                self.give(record, key_from(self.evaluate(key)), value)
        return record

    def give(self, record: Record, key: str | int, value: ast.expr) -> None:
        """An entry of a dictionary; where it is a formula, it is a line of its own."""
        try:
            found = self.evaluate(value)
        except VariesError:
            raise
        except NotReadError as error:
            self.problem(value, str(error), field_name(str(key)))
            found = self.unknown(value)
        plain = plain_number(value) is not None
        if isinstance(found, Scalar) and isinstance(found.node, Name):
            record.fields[key] = Binding("", found)  # another name for it
            return
        made = self.set_field(record, key, found, plain=plain)
        if isinstance(found, Scalar) and not plain and made.name and self.frame.emits:
            self.line(value, made.name, (found,))

    def record_of(self, pairs: Value) -> Record:
        """A dictionary from pairs of keys and values."""
        record = Record({})
        for each in self.sequence(pairs):
            if not isinstance(each, Items) or len(each.items) != 2:
                raise NotReadError("a dictionary that is not made of pairs")
            record.fields[key_from(each.items[0])] = Binding("", each.items[1])
        return record

    def sequence(self, value: Value) -> list[Value]:
        """The values that a loop would go through, one by one."""
        match value:
            case Items(items=items, lost=""):
                return list(items)
            case Record(fields=fields, lost=""):
                return [Text(key) if isinstance(key, str) else number(key) for key in fields]
            case Span():
                found = value.numbers(MOST_TURNS)
                if found is not None:
                    return list(found)
            case Repeated(body=body, count=Scalar(number=Fraction() as many)):
                if 0 <= many <= MOST_TURNS and many.denominator == 1:
                    return [body] * int(many)
            case Items(lost=lost) | Record(lost=lost):
                raise NotReadError(lost)
        raise NotReadError("a list whose length is not known")

    def turned(
        self, generators: Sequence[ast.comprehension], element: Callable[[], Value]
    ) -> Items | Repeated:
        """A comprehension: one value for all turns where they are equal, or each by itself."""
        outer, here = self.frame, generators[0]
        over = self.evaluate(here.iter)
        self.frame = Frame(outer.scope, outer, turns=outer.turns)
        try:
            if isinstance(over, Span | Repeated) and not here.ifs:
                count = turns_of(over) if isinstance(over, Span) else over.count
                try:
                    inside = over.body if isinstance(over, Repeated) else None
                    self.loop_name(here.target, inside)
                    return Repeated(self._inner(generators[1:], element), count)
                except VariesError:
                    self.frame.names.clear()
            self.frame.turns += 1
            found: list[Value] = []
            for each in self.sequence(over):
                self.unpack(here.target, each)
                if all(self.decide(test) for test in here.ifs):
                    inner = self._inner(generators[1:], element)
                    nested = len(generators) > 1 and isinstance(inner, Items)
                    found += inner.items if nested and isinstance(inner, Items) else [inner]
            return Items(found)
        finally:
            self.frame = outer

    def _inner(self, rest: Sequence[ast.comprehension], element: Callable[[], Value]) -> Value:
        return self.turned(rest, element) if rest else element()

    def loop_name(self, target: ast.expr, body: Value | None) -> None:
        """The index of a loop that is read once for all turns."""
        if body is not None:
            self.unpack(target, body)
            return
        if not isinstance(target, ast.Name):
            raise NotReadError(f"the index {worded(target)} is not read")
        self.frame.names[target.id] = Binding(target.id, Unknown("", varies=True))

    def unpack(self, target: ast.expr, value: Value) -> None:
        """Binds the names of a loop, or of several values at once, without a line."""
        match target:
            case ast.Name(id=name):
                plain = isinstance(value, Scalar) and not names_of(value.node)
                self.frame.names[name] = Binding(name, value, plain=plain)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = self.sequence(value)
                if len(values) != len(targets):
                    raise NotReadError(f"{len(values)} values for {len(targets)} names")
                for each, one in zip(targets, values, strict=True):
                    self.unpack(each, one)
            case _:
                raise NotReadError(f"{worded(target)} is not read")
