"""Tests of a script, where known values decide them."""

from __future__ import annotations

import ast
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, final

from symcost.checking.script_values import (
    Class,
    Flag,
    Function,
    Imported,
    Items,
    Nothing,
    Record,
    Scalar,
    Text,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

ORDER: dict[type[ast.cmpop], Callable[[Fraction, Fraction], bool]] = {
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
}


@final
class OpenError(ValueError):
    """Whether something holds depends on more than is known."""


def holds(value: Value) -> bool:
    """What Python takes a value for in a test."""
    match value:
        case Flag(true=true):
            return true
        case Nothing():
            return False
        case Text(text=text):
            return bool(text)
        case Scalar(number=found) if found is not None:
            return found != 0
        case Items(items=items, lost=""):
            return bool(items)
        case Record(fields=fields, lost=""):
            return bool(fields)
        case Function() | Class():
            return True
    raise OpenError


def compare(op: ast.cmpop, left: Value, right: Value) -> bool:
    """One comparison."""
    if isinstance(op, ast.Is | ast.IsNot) and {type(left), type(right)} == {Scalar, Flag}:
        raise OpenError
    if isinstance(op, ast.Eq | ast.Is):
        return same(left, right)
    if isinstance(op, ast.NotEq | ast.IsNot):
        return not same(left, right)
    if isinstance(op, ast.In | ast.NotIn):
        return inside(left, right) is isinstance(op, ast.In)
    found = ORDER.get(type(op))
    if (
        found is None
        or not isinstance(left, Scalar)
        or not isinstance(right, Scalar)
        or left.number is None
        or right.number is None
    ):
        raise OpenError
    return found(left.number, right.number)


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal."""
    if isinstance(left, Unknown | Imported) or isinstance(right, Unknown | Imported):
        raise OpenError
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        if left.number is None or right.number is None:
            if left.node == right.node:
                return True
            raise OpenError
        return left.number == right.number
    if isinstance(left, Items) and isinstance(right, Items):
        pairs = zip(left.items, right.items, strict=False)
        return len(left.items) == len(right.items) and all(same(*each) for each in pairs)
    if isinstance(left, Scalar) != isinstance(right, Scalar):
        sized, other = (left, right) if isinstance(left, Scalar) else (right, left)
        # A parameter that nobody gave may stand for anything but a number.
        if isinstance(sized, Scalar) and sized.number is None and not isinstance(other, Nothing):
            raise OpenError
        return isinstance(sized, Scalar) and isinstance(other, Flag) and sized.number == other.true
    return left == right


def inside(one: Value, many: Value) -> bool:
    """Whether a list holds a value, a dictionary a key, a text a piece."""
    if isinstance(many, Items) and not many.lost:
        return any(same(one, each) for each in many.items)
    if isinstance(one, Text) and isinstance(many, Record) and not many.lost:
        return one.text in many.fields
    if isinstance(one, Text) and isinstance(many, Text):
        return one.text in many.text
    raise OpenError
