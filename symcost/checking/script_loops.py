"""Loops of a script.

A body that is the same on every turn is read once and counted as often as the loop turns; another
is followed turn by turn where the turns are few and known. `while` is refused.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING, TypeAlias

from symcost.algebra.phrase import say
from symcost.checking.script_arithmetic import (
    added,
    measured,
    multiplied,
    turns_of,
)
from symcost.checking.script_census import key_of
from symcost.checking.script_functions import of_record
from symcost.checking.script_lists import MOST_TURNS
from symcost.checking.script_state import CHANGES, MARK
from symcost.checking.script_statements import Flow, Statements
from symcost.checking.script_values import (
    Binding,
    Items,
    NotReadError,
    Record,
    Repeated,
    Scalar,
    Span,
    Unknown,
    Value,
    VariesError,
    number,
)
from symcost.checking.script_words import dotted
from symcost.checking.tree import Add, Name, Node, names_of, python

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


Field: TypeAlias = ast.Attribute | ast.Subscript
Held: TypeAlias = "tuple[Field, Binding]"  # a field, and what it was before the loop


VIEWS = ("items", "values", "keys")


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
        walked = list(self.walked)
        self.walked += self._walks(statement.iter)
        try:
            for each in self._going(statement.iter, over):
                self.unpack(statement.target, each)
                flow = self.run(statement.body)
                if flow is Flow.BREAK:
                    return Flow.NEXT
                if flow in (Flow.RETURN, Flow.RAISE):
                    return flow
        finally:
            self.frame.turns -= 1
            self.walked = walked
        return self.run(statement.orelse)

    def _going(self, node: ast.expr, over: Value) -> Iterator[Value]:
        """What a loop goes through; what it changes of that is met later, as in Python."""
        viewed, walked = self._viewed(node), list(self._walks(node))
        at = 0
        while True:
            for each in walked:
                if each.lost:
                    raise NotReadError(each.lost)
            if viewed is not None:
                over = of_record(*viewed, self.referred)
            values = self.sequence(over)
            if at >= len(values):
                return
            if at >= MOST_TURNS:
                raise NotReadError(f"a loop of more than {MOST_TURNS} turns")
            yield values[at]
            at += 1

    def _viewed(self, node: ast.expr) -> tuple[Record, str] | None:
        """The dictionary of sizes.items() and its like, and how it is looked at."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr=attr), args=[]):
                found = self.opened(owner)
                if attr in VIEWS and isinstance(found, Record) and not found.lost:
                    return found, attr
        return None

    def _walks(self, node: ast.expr) -> Iterator[Items | Record]:
        """What enumerate and zip look up on the way: to change it meanwhile is not read."""
        match node:
            case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed"), args=args):
                for each in args:
                    viewed = self._viewed(each)
                    held = self.opened(each) if isinstance(each, ast.Name) else None
                    if viewed is not None:
                        yield viewed[0]
                    elif isinstance(held, Items | Record):
                        yield held
                    yield from self._walks(each)

    def _read_once(self, statement: ast.For, over: Span | Repeated, count: Scalar) -> None:
        """One turn stands for all; what grows by the same amount on each grows `count` times.

        While the turn is read, what was there before stands under a mark. Raises `VariesError`,
        with everything as it was, where the turns are not all the same.
        """
        before, outer = dict(self.frame.names), self.markers
        lines, rows, named_lines = len(self.out), len(self.rows), set(self.named_lines)
        statement, fields = self._with_names(statement)
        for name, (_, found) in fields.items():
            self.frame.names[name] = found
        start = dict(self.frame.names)
        stored = _stored(statement)
        collecting = {name: each for name, each in start.items() if name in stored}
        self.once += 1
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
            self.once -= 1
        self.notes = [say("the loop turns {0} times", python(count.node))]
        for name, value in grown.items():
            self.give_to(ast.Name(name), value, None, stored[name])
        for name, (target, _) in fields.items():
            self._put_back(target, self.frame.names.pop(name))
        lost = self.unknown(statement)
        for each in ast.walk(statement.target):
            if isinstance(each, ast.Name):
                self.frame.names[each.id] = Binding(each.id, lost)

    def _with_names(self, statement: ast.For) -> tuple[ast.For, dict[str, Held]]:
        """The loop with a name for every field that it adds to, as in sizes["mlp"] += d * d.

        Raises `VariesError` where a name would mean two things, or the rest of the loop reads what
        has the field.
        """
        fields = {ast.unparse(each): each for each in _added_to(statement)}
        used = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name)}
        held: dict[str, Held] = {}
        names: dict[str, str] = {}
        for text, target in fields.items():
            name, found = key_of(target), self._before(target)
            if found is None:
                continue
            if not name or name in {*held, *used} or self.binding(name) is not None:
                name = text  # a name of its own, and one that no script can have
            held[name], names[text] = (target, found), name
        if not held:
            return statement, held
        made = _Renamed(names).visit(copy.deepcopy(statement))
        if any(_reads_whole(made, ast.unparse(target.value)) for target, _ in held.values()):
            raise VariesError(CHANGES)
        return made, held

    def _before(self, target: Field) -> Binding | None:
        """What a field stands for, if it is one of a dictionary or of an object that is known."""
        owner = self.opened(target.value)
        key = _key(target)
        if isinstance(owner, Record):
            return None if key is None else owner.fields.get(key)
        return self.frame.names.get(dotted(target))

    def _put_back(self, target: Field, found: Binding) -> None:
        """Gives a field what its name is worth after the loop."""
        owner = self.opened(target.value)
        key = _key(target)
        if isinstance(owner, Record) and key is not None:
            self.may_change(owner)
            owner.fields[key] = found
        else:
            self.frame.names[dotted(target)] = found

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


class _Renamed(ast.NodeTransformer):
    """Puts names in the place of fields, by how these are written."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return self._named(node)

    def _named(self, node: Field) -> ast.expr:
        name = self.names.get(ast.unparse(node))
        if name is None:
            self.generic_visit(node)
            return node
        return ast.copy_location(ast.Name(name, node.ctx), node)


def _added_to(statement: ast.For) -> Iterator[Field]:
    """The fields that a loop's body adds to."""
    for each in ast.walk(statement):
        if isinstance(each, ast.AugAssign) and isinstance(each.target, Field):
            yield each.target


def _key(target: Field) -> str | int | None:
    """The key of a field, where it is written down."""
    match target:
        case ast.Attribute(attr=str(key)) | ast.Subscript(slice=ast.Constant(value=str(key))):
            return key
        case ast.Subscript(slice=ast.Constant(value=int(number))):
            return number
    return None


def _reads_whole(statement: ast.For, owner: str) -> bool:
    """Whether more of an object is read than single fields of it."""
    read = sum(isinstance(e, ast.expr) and ast.unparse(e) == owner for e in ast.walk(statement))
    called = {id(each.func) for each in ast.walk(statement) if isinstance(each, ast.Call)}
    single = 0
    for each in ast.walk(statement):
        match each:
            case ast.Attribute() | ast.Subscript(slice=ast.Constant()) if id(each) not in called:
                single += ast.unparse(each.value) == owner
    return read > single


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
