"""Pieces of a script in words: what a value shows, what an expression is called in a message."""

from __future__ import annotations

import ast

from symcost.checking.grammar import MOST_DIGITS
from symcost.checking.script_census import exact
from symcost.checking.script_values import (
    Flag,
    Items,
    Nothing,
    NotReadError,
    Scalar,
    Text,
    Value,
    number,
)

LONGEST_TEXT = 2_000


def words_of(value: Value) -> str | None:
    """A value as str() shows it, where that needs no format."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Scalar) and value.number is not None and value.number.denominator == 1:
        return str(value.number)
    if isinstance(value, Flag):
        return str(value.true)
    return "None" if isinstance(value, Nothing) else None


def joined(*texts: str) -> Text:
    """Texts behind each other, not too long together."""
    if sum(map(len, texts)) > LONGEST_TEXT:
        raise NotReadError("the text is too long")
    return Text("".join(texts))


def key_from(value: Value) -> str | int:
    """A value as the key of a dictionary."""
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Flag):
        return int(value.true)
    if isinstance(value, Scalar) and value.number is not None and value.number.denominator == 1:
        return int(value.number)
    if isinstance(value, Items):
        return repr([key_from(each) for each in value.items[:9]])
    if isinstance(value, Nothing):
        return "None"
    raise NotReadError("a key that is not known")


def constant(value: object) -> Value:
    """A literal."""
    if isinstance(value, bool):
        return Flag(value)
    if isinstance(value, str):
        return Text(value)
    if value is None:
        return Nothing()
    if isinstance(value, int | float):
        if isinstance(value, int) and value.bit_length() > MOST_DIGITS * 4:
            raise NotReadError(f"a number of more than {MOST_DIGITS} digits")
        found = exact(value)
        if found is None:
            raise NotReadError("a number with too large an exponent")
        return number(found)
    raise NotReadError(f"a literal of type {type(value).__name__}")


def dotted(node: ast.AST) -> str:
    """A name with its dots, cut short."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < 4:
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "...")
    return ".".join(reversed(parts))[:60]


def worded(node: ast.AST) -> str:
    """An expression, named in few words."""
    match node:
        case ast.Name(id=name):
            return repr(name[:60])
        case ast.Attribute():
            return repr(dotted(node))
        case ast.Call(func=func):
            return f"{dotted(func)}(...)"
        case ast.Subscript(value=value):
            return f"{dotted(value)}[...]"
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp():
            return _written(node)
        case ast.Constant(value=value):
            return repr(value)[:40]
    return f"a piece of Python ({type(node).__name__})"


def _written(node: ast.expr) -> str:
    """A short test as it was written."""
    simple = sum(1 for _, _ in zip(ast.walk(node), range(40), strict=False))
    return repr(ast.unparse(node)) if simple < 25 else "a long expression"
