"""The expressions of a script: what each stands for in the writer's names. Nothing is run."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.phrase import say
from symcost.checking.script_arithmetic import (
    added,
    divided,
    multiplied,
    negated,
    quotient,
    raised,
    remainder,
    subtracted,
)
from symcost.checking.script_census import field_name
from symcost.checking.script_lists import MOST_TURNS, Lists
from symcost.checking.script_tests import OpenError, compare, holds
from symcost.checking.script_values import (
    Binding,
    Class,
    Flag,
    Function,
    Imported,
    Items,
    NotReadError,
    Record,
    Repeated,
    Scalar,
    Text,
    Unknown,
    Value,
    VariesError,
    as_scalar,
    named,
    number,
)
from symcost.checking.script_words import (
    LONGEST_TEXT,
    constant,
    dotted,
    joined,
    key_from,
    worded,
    words_of,
)
from symcost.checking.tree import Name, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OPERATIONS: dict[type[ast.operator], Callable[[Scalar, Scalar], Scalar]] = {
    ast.Add: added,
    ast.Sub: subtracted,
    ast.Mult: multiplied,
    ast.Div: divided,
    ast.FloorDiv: quotient,
    ast.Mod: remainder,
    ast.Pow: raised,
}
# Attributes of arrays, which are no sizes with a name.
OF_ARRAYS = frozenset({"shape", "size", "ndim", "T", "dtype", "device", "nbytes", "itemsize"})
MATHEMATICS = frozenset({"math", "numpy", "torch", "operator", "functools", "statistics", "jax"})


class Expressions(Lists):
    """Reads expressions. What calls, and what prints, is added by those who build on it."""

    def called(self, node: ast.Call) -> Value:
        """What a call hands back."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr) -> Value:
        """What an expression stands for. Raises `NotReadError` where it is not understood."""
        self.enter()
        try:
            return self._evaluated(node)
        finally:
            self.leave()

    def scalar(self, node: ast.expr) -> Scalar:
        """An expression that must be a number."""
        return as_scalar(self.evaluate(node), worded(node))

    def _evaluated(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                return constant(value)
            case ast.Name(id=name):
                return self._named(name)
            case ast.BinOp():
                return self._operated(node)
            case ast.UnaryOp(op=op, operand=inside):
                return self._signed(op, inside)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self.called(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.evaluate(body if self.decide(test) else orelse)
            case ast.BoolOp(op=op, values=values):
                return self._first_of(isinstance(op, ast.Or), values)
            case ast.Compare():
                return Flag(self.compared(node))
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                found = self.evaluate(value)
                self.frame.names[name] = Binding(name, found)
                return found
        return self._display(node)

    def _display(self, node: ast.expr) -> Value:
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return Items(self.elements(elements))
            case ast.Dict():
                return self.dictionary(node)
            case (
                ast.ListComp(elt=element) | ast.GeneratorExp(elt=element) | ast.SetComp(elt=element)
            ):
                return self.turned(node.generators, lambda: self.evaluate(element))
            case ast.DictComp(key=key, value=value):
                pairs = self.turned(
                    node.generators, lambda: Items([self.evaluate(key), self.evaluate(value)])
                )
                return self.record_of(pairs)
            case ast.JoinedStr(values=values):
                return joined(*map(self._words, values))
            case ast.Lambda():
                scope = f"{self.frame.scope}.lambda"
                return Function("lambda", scope, node, self.frame)
        raise NotReadError(f"{worded(node)} is not read")

    # -- names and fields --------------------------------------------------------------------

    def _named(self, name: str) -> Value:
        found = self.looked_up(name)
        if found is not None:
            return self.referred(found)
        if self.census.is_assigned(name) or name in self.census.scopes.get(self.frame.scope, {}):
            raise NotReadError(f"{name!r} is used before it is given a value")
        return named(name)

    def opened(self, node: ast.expr) -> Value:
        """What stands before a dot or a square bracket; it may be something nobody knows."""
        if isinstance(node, ast.Name):
            found = self.binding(node.id)
            if found is None:
                return named(node.id)
            if isinstance(found.value, Unknown) and not found.value.varies:
                return found.value
        return self.evaluate(node)

    def _attribute(self, node: ast.Attribute) -> Value:
        owner, name = self.opened(node.value), node.attr
        match owner:
            case Record(fields=fields, of=of):
                if owner.lost:
                    raise NotReadError(owner.lost)
                if name in fields:
                    return self.referred(fields[name])
                if of is not None and name in of.methods:
                    return self.read_method(of.methods[name], owner)
                return named(name)
            case Class(fields=fields) if fields.get(name) is not None:
                binding = fields[name]
                assert binding is not None
                return self.referred(binding)
            case Imported(path=path):
                return Imported(f"{path}.{name}")
            case Unknown() | Scalar(node=Name()):
                if name in OF_ARRAYS:
                    raise NotReadError(f"{worded(node)} is not read")
                set_here = self.binding(dotted(node))
                return named(name) if set_here is None else self.referred(set_here)
        raise NotReadError(f"{worded(node)} is not read")

    def read_method(self, method: Function, owner: Record) -> Value:
        """A method of an instance, or what a property is worth."""
        raise NotImplementedError

    def _subscript(self, node: ast.Subscript) -> Value:
        owner = self.opened(node.value)
        if isinstance(owner, Unknown) or (
            isinstance(owner, Scalar) and isinstance(owner.node, Name)
        ):
            match node.slice:
                case ast.Constant(value=str(key)) if field_name(key):
                    return named(field_name(key))
            raise NotReadError(f"{worded(node)} is not read")
        if isinstance(node.slice, ast.Slice):
            return self._sliced(owner, node)
        return self.entry(owner, self.evaluate(node.slice), worded(node))

    def entry(self, owner: Value, at: Value, what: str) -> Value:
        """What a list or dictionary holds at a place."""
        if isinstance(owner, Items | Record) and owner.lost:
            raise NotReadError(owner.lost)
        if isinstance(owner, Record):
            found = owner.fields.get(key_from(at))
            if found is None:
                raise NotReadError(f"{what}: there is no such entry")
            return self.referred(found)
        if isinstance(owner, Items) and isinstance(at, Scalar) and at.number is not None:
            place = at.number
            if place.denominator == 1 and -len(owner.items) <= place < len(owner.items):
                return owner.items[int(place)]
        raise NotReadError(f"{what} is not read")

    def _sliced(self, owner: Value, node: ast.Subscript) -> Value:
        assert isinstance(node.slice, ast.Slice)
        ends: list[int | None] = []
        for each in (node.slice.lower, node.slice.upper, node.slice.step):
            value = None if each is None else self.scalar(each).number
            if each is not None and (value is None or value.denominator != 1):
                raise NotReadError(f"{worded(node)} is not read")
            ends.append(None if value is None else int(value))
        if isinstance(owner, Items) and not owner.lost and ends[2] != 0:
            return Items(owner.items[slice(*ends)])
        raise NotReadError(f"{worded(node)} is not read")

    # -- arithmetic --------------------------------------------------------------------------

    def _operated(self, node: ast.BinOp) -> Value:
        """A chain of operations, from the left; long sums do not nest."""
        chain: list[ast.BinOp] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            chain.append(first)
            first = first.left
        result = self.evaluate(first)
        for each in reversed(chain):
            result = self.combined(each.op, result, self.evaluate(each.right), each)
        return result

    def combined(self, op: ast.operator, left: Value, right: Value, node: ast.AST) -> Value:
        """Two values with an operation between them."""
        match left, op, right:
            case Text(text=one), ast.Add(), Text(text=other):
                return joined(one, other)
            case Text(text=one), ast.Mult(), Scalar(number=Fraction() as many):
                if many * len(one) > LONGEST_TEXT:
                    raise NotReadError("the text is too long")
                return Text(one * int(many))
            case Items(items=one), ast.Add(), Items(items=other) if not left.lost + right.lost:
                if len(one) + len(other) > MOST_TURNS * 4:
                    raise NotReadError("the list is too long")
                return Items([*one, *other])
            case (Items(items=[body]), ast.Mult(), Scalar()) if not left.lost:
                return Repeated(body, right)
        operation = OPERATIONS.get(type(op))
        if isinstance(op, ast.LShift):
            return multiplied(as_scalar(left, "this"), raised(number(2), as_scalar(right, "this")))
        if isinstance(op, ast.RShift):
            return quotient(as_scalar(left, "this"), raised(number(2), as_scalar(right, "this")))
        if operation is None:
            raise NotReadError(f"the operation {type(op).__name__} is not read")
        first, second = self._sides(left, right, node)
        if isinstance(op, ast.Pow) and names_of(second.node) and names_of(first.node):
            self.note(say("the exponent is {0}", str(second.number)))
        return operation(first, second)

    def _sides(self, left: Value, right: Value, node: ast.AST) -> tuple[Scalar, Scalar]:
        words = [
            worded(each) for each in (getattr(node, "left", node), getattr(node, "right", node))
        ]
        return as_scalar(left, words[0]), as_scalar(right, words[1])

    def _signed(self, op: ast.unaryop, inside: ast.expr) -> Value:
        if isinstance(op, ast.Not):
            return Flag(not self.decide(inside))
        if isinstance(op, ast.Invert):
            raise NotReadError("the operation ~ is not read")
        value = self.scalar(inside)
        return negated(value) if isinstance(op, ast.USub) else value

    # -- tests -------------------------------------------------------------------------------

    def decide(self, node: ast.expr) -> bool:
        """Whether a test holds. Raises `NotReadError` where nobody knows."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return not self.decide(node.operand)
        if isinstance(node, ast.BoolOp):
            return self._any_of(isinstance(node.op, ast.Or), node.values)
        try:
            return holds(self.evaluate(node))
        except OpenError as error:
            return self._open(node, error)

    def _any_of(self, wanted: bool, values: Sequence[ast.expr]) -> bool:
        """Whether one decides: a true one of `or`, a false one of `and`; others may be open."""
        lost: NotReadError | None = None
        for each in values:
            try:
                if self.decide(each) is wanted:
                    return wanted
            except VariesError:
                raise
            except NotReadError as error:
                lost = lost or error
        if lost is not None:
            raise lost
        return not wanted

    def _open(self, node: ast.expr, error: OpenError) -> bool:
        """A test that no value decides."""
        way = None if self.markers else self.chosen(worded(node))
        if way is None:
            raise NotReadError(f"depends on whether {worded(node)}") from error
        return way

    def compared(self, node: ast.Compare) -> bool:
        """A chain of comparisons."""
        left = self.opened(node.left)
        for op, side in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(side)
            try:
                if not compare(op, left, right):
                    return False
            except OpenError as error:
                return self._open(node, error)
            left = right
        return True

    def _first_of(self, wanted: bool, values: Sequence[ast.expr]) -> Value:
        """`or`: the first that holds; `and`: the first that does not."""
        for each in values[:-1]:
            if self.decide(each) is wanted:
                return self.evaluate(each)
        return self.evaluate(values[-1])

    # -- words -------------------------------------------------------------------------------

    def _words(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.FormattedValue):
            shown = words_of(self.evaluate(node.value))
            if shown is not None:
                return shown
        raise NotReadError("a text with a formula in it")
