"""Loops of a script.

A body that is the same on every turn is read once and counted as often as the loop turns; another
is followed turn by turn where the turns are few and known. `while` is refused.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.checking.script_arithmetic import (
    added,
    measured,
    multiplied,
    turns_of,
)
from symcost.checking.script_lists import MOST_TURNS
from symcost.checking.script_state import MARK
from symcost.checking.script_statements import Flow, Statements
from symcost.checking.script_values import (
    Binding,
    NotReadError,
    Repeated,
    Scalar,
    Span,
    Unknown,
    Value,
    VariesError,
    number,
)
from symcost.checking.tree import Add, Name, Node, names_of, python

if TYPE_CHECKING:
    from collections.abc import Mapping


class Loops(Statements):
    """Follows loops."""

    def loop(self, statement: ast.For | ast.While) -> Flow:
        """A loop over a range or list; raises `NotReadError` for any other."""
        if isinstance(statement, ast.While):
            raise NotReadError("a while loop, whose number of turns is not known")
        over = self.evaluate(statement.iter)
        if not isinstance(over, Span | Repeated):
            return self._turn_by_turn(statement, over)
        count = turns_of(over) if isinstance(over, Span) else over.count
        if count.number is not None and count.number <= 0:
            return self.run(statement.orelse)
        try:
            self._read_once(statement, over, count)
        except VariesError as error:
            if self.markers:
                raise  # the loop around it is followed turn by turn
            if isinstance(over, Repeated) or over.numbers(MOST_TURNS) is None:
                raise NotReadError(str(error)) from error
            return self._turn_by_turn(statement, over)
        return self.run(statement.orelse)

    def _turn_by_turn(self, statement: ast.For, over: Value) -> Flow:
        self.frame.turns += 1
        try:
            for each in self.sequence(over):
                self.unpack(statement.target, each)
                flow = self.run(statement.body)
                if flow is Flow.BREAK:
                    return Flow.NEXT
                if flow in (Flow.RETURN, Flow.RAISE):
                    return flow
        finally:
            self.frame.turns -= 1
        return self.run(statement.orelse)

    def _read_once(self, statement: ast.For, over: Span | Repeated, count: Scalar) -> None:
        """One turn stands for all; what grows by the same amount on each grows `count` times.

        While the turn is read, what was there before stands under a mark. Raises `VariesError`,
        with everything as it was, where the turns are not all the same.
        """
        before, outer = dict(self.frame.names), self.markers
        lines, rows, named_lines = len(self.out), len(self.rows), set(self.named_lines)
        stored = _stored(statement)
        collecting = {name: each for name, each in before.items() if name in stored}
        try:
            self.markers = outer | {MARK + name for name in collecting}
            for name, binding in collecting.items():
                if isinstance(binding.value, Scalar):
                    self.frame.names[name] = Binding(name, Scalar(Name(MARK + name)))
            self.loop_name(statement.target, over.body if isinstance(over, Repeated) else None)
            if self.run(statement.body) is not Flow.NEXT:
                raise VariesError("the loop is left early")
            grown = self._grown(collecting, count)
        except VariesError:
            self.frame.names = before
            self.named_lines = named_lines
            del self.out[lines:], self.rows[rows:]
            raise
        finally:
            self.markers = outer
        self.notes = [say("the loop turns {0} times", python(count.node))]
        for name, value in grown.items():
            self.give_to(ast.Name(name), value, None, stored[name])
        lost = self.unknown(statement)
        for each in ast.walk(statement.target):
            if isinstance(each, ast.Name):
                self.frame.names[each.id] = Binding(each.id, lost)

    def _grown(self, collecting: Mapping[str, Binding], count: Scalar) -> dict[str, Scalar]:
        """What each name that was there before is worth after all turns, where it grew."""
        grown = {}
        ours = {MARK + name for name in collecting}
        for name, binding in list(self.frame.names.items()):
            value = binding.value
            if not isinstance(value, Scalar):
                if name in collecting and not isinstance(value, Unknown):
                    raise VariesError(f"{name!r} changes from turn to turn")
                continue
            if not ours.intersection(names_of(value.node)):
                continue  # the same on each turn
            first = collecting.get(name)
            if first is None or not isinstance(first.value, Scalar):
                raise VariesError(f"{name!r} changes from turn to turn")
            if value.node == Name(MARK + name):
                self.frame.names[name] = first
                continue
            more = _increase(value.node, MARK + name)
            if more is None or ours.intersection(each for node in more for each in names_of(node)):
                raise VariesError(f"{name!r} does not grow by the same amount on each turn")
            once = measured(more[0] if len(more) == 1 else Add(more), self.known)
            grows = multiplied(count, once)
            grown[name] = grows if first.value == number(0) else added(first.value, grows)
        return grown


def _increase(node: Node, mark: str) -> tuple[Node, ...] | None:
    """What a sum adds to the marked name, if it is such a sum."""
    if not isinstance(node, Add):
        return None
    rest = tuple(each for each in node.terms if each != Name(mark))
    return rest if len(rest) == len(node.terms) - 1 else None


def _stored(statement: ast.For) -> dict[str, ast.stmt]:
    """The names that a loop's body gives a value to, each with the last statement that does."""
    found: dict[str, ast.stmt] = {}
    for node in ast.walk(ast.Module(statement.body, [])):
        if isinstance(node, ast.stmt):
            for child in ast.iter_child_nodes(node):
                for each in ast.walk(child) if isinstance(child, ast.expr) else ():
                    if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                        found[each.id] = node
    return found
