"""How often a script gives a value to each name, found before it is read.

A name with one value can stay a name in later formulas. Where it gets several, its versions must be
told apart, and its expression is put in instead.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What each assignment of a name gives to it: a plain number, or None for anything else.
Given: TypeAlias = "dict[str, list[Fraction | None]]"

MODULE = ""
UNIT = re.compile(
    r"_*(?:[kmgtpe]i?_?b(?:ytes?)?|kibi|mebi|gibi|tebi|kilo|mega|giga|tera|peta|thousand|million|"
    r"billion|trillion|bytes_per_\w+|(?:[kmgtp]|to|per)_?(?:flops?|bytes?|params?))_*",
    re.IGNORECASE,
)
BASES = (2, 10, 1000, 1024)
MAKERS = {"dict", "SimpleNamespace", "Namespace", "OrderedDict", "EasyDict", "AttrDict"}
LARGEST_EXPONENT = 64


def plain_number(node: ast.expr) -> Fraction | None:
    """The number, where nothing but a number is written: 768, -1, 1e9, 1024**3, 300 * 10**9."""
    match node:
        case ast.Constant(value=literal) if not isinstance(literal, bool):
            return exact(literal)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inside):
            value = plain_number(inside)
            return -value if value is not None and isinstance(sign, ast.USub) else value
        case ast.Call(func=ast.Name(id="int" | "float"), args=[inside], keywords=[]):
            value = plain_number(inside)
            return value if value is not None and value.denominator == 1 else None
        case ast.BinOp(op=ast.Pow() | ast.LShift()):
            return _round_number(node)
        case ast.BinOp(left=ast.Constant() as many, op=ast.Mult(), right=right):
            scale, value = _round_number(right), plain_number(many)
            return None if scale is None or value is None else value * scale
    return None


def _round_number(node: ast.expr) -> Fraction | None:
    """A power of two or ten: 1024, 2**30, 1 << 20, 1e9."""
    match node:
        case ast.Constant(value=literal):
            found = exact(literal)
            return found if found is not None and _is_power(found) else None
        case ast.BinOp(
            left=ast.Constant(value=int(base)), op=op, right=ast.Constant(value=int(power))
        ) if 0 <= power <= LARGEST_EXPONENT:
            if isinstance(op, ast.Pow) and base in BASES:
                return Fraction(base) ** power
            if isinstance(op, ast.LShift) and base == 1:
                return Fraction(2) ** power
    return None


def _is_power(value: Fraction) -> bool:
    return value in {Fraction(b) ** k for b in (1000, 1024) for k in range(1, 9)}


def exact(value: object) -> Fraction | None:
    """A literal's number, as the decimal fraction that was written; None where it is none."""
    if isinstance(value, int):
        return Fraction(value)
    if not isinstance(value, float):
        return None
    shown = repr(value)
    mantissa, _, power = shown.partition("e")
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", mantissa) or abs(int(power or 0)) > LARGEST_EXPONENT:
        return None
    return Fraction(mantissa) * Fraction(10) ** int(power or 0)


def field_name(key: str) -> str:
    """A key as a name: 'attention/kqv' is attention_kqv. Empty where it is none."""
    name = re.sub(r"\W+", "_", key).strip("_")
    return name if 0 < len(name) <= 60 and not name[0].isdigit() else ""


@final
@dataclass(frozen=True)
class Census:
    """For each scope (a function's name, "" for the module), what its names are given.

    `changed` are the names that a function changes outside of itself, `objects` those that have
    something behind a dot.
    """

    scopes: dict[str, Given] = field(default_factory=dict)
    parameters: dict[str, frozenset[str]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)

    def stays(self, scope: str, name: str) -> bool:
        """Whether a name given a formula here has this one meaning in the whole script.

        A function's own name must also be nobody else's.
        """
        if len(self.scopes.get(scope, {}).get(name, ())) > 1:
            return False
        if name in self.parameters.get(scope, ()):
            return False
        return scope == MODULE or not any(
            name in given for other, given in self.scopes.items() if other != scope
        )

    def is_only_numbers(self, scope: str, name: str) -> bool:
        """Whether a name only ever stands for a plain number: here, or, in a function, anywhere."""
        scopes = [self.scopes.get(scope, {})] if scope == MODULE else self.scopes.values()
        return all(each is not None for given in scopes for each in given.get(name, ()))

    def is_assigned(self, name: str) -> bool:
        """Whether the module gives the name a value at some place."""
        return name in self.scopes.get(MODULE, {})


def census(bodies: Iterable[Iterable[ast.stmt]]) -> Census:
    """Counts the assignments of a script, cell by cell."""
    found = Census()
    counted: Given = {}
    for body in map(list, bodies):
        for node in ast.walk(ast.Module(body, [])):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.objects.add(node.value.id)
        _merge(counted, _counted(body, MODULE, found, 0))
    _merge(found.scopes.setdefault(MODULE, {}), counted)
    return found


def _merge(into: Given, more: Given) -> None:
    for name, given in more.items():
        into.setdefault(name, []).extend(given)


def _counted(body: Iterable[ast.stmt], scope: str, found: Census, deep: int) -> Given:
    counted: Given = {}
    if deep > 50:
        return counted
    for statement in body:
        _merge(counted, _one(statement, scope, found, deep))
    return counted


def _one(statement: ast.stmt, scope: str, found: Census, deep: int) -> Given:
    counted: Given = {}
    for name, value in _assigned(statement):
        counted.setdefault(name, []).append(value)
    for name, value in _entries(statement):
        found.scopes.setdefault(MODULE, {}).setdefault(name, []).append(value)
    match statement:
        case ast.If(body=body, orelse=orelse):
            left = _counted(body, scope, found, deep + 1)
            _merge(counted, _one_of(left, _counted(orelse, scope, found, deep + 1)))
        case ast.FunctionDef(name=name, args=args, body=body):
            inner = name if scope == MODULE else f"{scope}.{name}"
            counted.setdefault(name, []).append(None)
            _merge(found.scopes.setdefault(inner, {}), _counted(body, inner, found, deep + 1))
            own = (*args.posonlyargs, *args.args, *args.kwonlyargs)
            found.parameters[inner] = frozenset(each.arg for each in own)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            found.changed.update(names)
        case ast.ClassDef(name=name, body=body):
            counted.setdefault(name, []).append(None)
            fields = [each for each in body if not isinstance(each, ast.FunctionDef)]
            methods = [each for each in body if isinstance(each, ast.FunctionDef)]
            own_fields = _counted(fields, MODULE, found, deep + 1)
            _merge(found.scopes.setdefault(MODULE, {}), own_fields)
            _counted(methods, name if scope == MODULE else f"{scope}.{name}", found, deep + 1)
        case _:
            for inside in _bodies(statement):
                _merge(counted, _counted(inside, scope, found, deep + 1))
    return counted


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        inside = getattr(statement, name, None)
        if isinstance(inside, list):
            yield inside


def _one_of(left: Given, right: Given) -> Given:
    """What is counted where only one of two branches is taken."""
    merged: Given = {}
    for name in (*left, *(each for each in right if each not in left)):
        ours, theirs = left.get(name, []), right.get(name, [])
        if len(ours) == len(theirs) == 1 and ours != theirs:
            merged[name] = [None]
        else:
            merged[name] = ours if len(ours) >= len(theirs) else theirs
    return merged


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, Fraction | None]]:
    """The variables that one statement gives a value to, without those in its body."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _target(target, value)
        case ast.AnnAssign(target=target, value=value) if value is not None:
            yield from _target(target, value)
        case ast.AugAssign(target=target):
            yield from _target(target, None)
        case ast.For(target=target):
            for _ in range(2):  # one value on each turn
                yield from _target(target, None)


def _target(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, Fraction | None]]:
    match target:
        case ast.Name(id=name):
            if value is None or not _is_same(name, value):
                yield name, None if value is None else given_number(name, value)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            values: list[ast.expr] | list[None] = [None] * len(targets)
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
                values = value.elts
            for each, one in zip(targets, values, strict=True):
                yield from _target(each, one)


def _is_same(name: str, value: ast.expr) -> bool:
    """Whether a name only hands on what has the same name: d_model = cfg.d_model."""
    if isinstance(value, ast.Call) and _last_name(value.func) in ("int", "get") and value.args:
        value = value.args[0]
        if isinstance(value, ast.Constant):
            return value.value == name
    return key_of(value) == name or (isinstance(value, ast.Name) and value.id == name)


def given_number(name: str, value: ast.expr) -> Fraction | None:
    """The plain number that an assignment gives; for a unit's name, such as GB, any arithmetic."""
    found = plain_number(value)
    if found is not None or not UNIT.fullmatch(name):
        return found
    inside = list(ast.walk(value))[:40]
    simple = (ast.Constant, ast.Name, ast.BinOp, ast.operator, ast.expr_context)
    if all(isinstance(each, simple) for each in inside) and all(
        UNIT.fullmatch(each.id) for each in inside if isinstance(each, ast.Name)
    ):
        return Fraction(0)  # a number, whatever it is; only that it is one counts here
    return None


def _entries(statement: ast.stmt) -> Iterator[tuple[str, Fraction | None]]:
    """The fields of dictionaries, namespaces and instances that one statement gives a value to."""
    target: ast.expr | None = None
    value: ast.expr | None = None
    match statement:
        case ast.Assign(targets=targets, value=value):
            target = targets[0]
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value):
            pass
        case ast.Return(value=value) | ast.Expr(value=value):
            pass
    key = key_of(target) if target is not None else ""
    if key and (value is None or not _is_same(key, value)):
        augmented = isinstance(statement, ast.AugAssign) or value is None
        yield key, None if augmented or value is None else plain_number(value)
    if value is not None:
        yield from _displayed(value)


def key_of(target: ast.expr) -> str:
    """The name of the field that is assigned: cfg.n_embd, cfg["n_embd"]."""
    match target:
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return field_name(key)
    return ""


def _displayed(value: ast.expr) -> Iterator[tuple[str, Fraction | None]]:
    for node in ast.walk(value):
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Dict):
            for key, inside in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    pairs.append((field_name(key.value), inside))
        elif isinstance(node, ast.Call) and _last_name(node.func) in MAKERS:
            pairs = [(each.arg, each.value) for each in node.keywords if each.arg]
        for name, inside in pairs:
            if name and not _is_same(name, inside):
                yield name, plain_number(inside)


def _last_name(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""
