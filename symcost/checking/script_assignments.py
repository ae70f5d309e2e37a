"""Assignments of a script: names and fields that get a value, and what is lost where one fails."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from symcost.checking.script_calls import Calls
from symcost.checking.script_census import MODULE, field_name, given_number, key_of
from symcost.checking.script_expressions import OF_ARRAYS
from symcost.checking.script_values import (
    Binding,
    Function,
    Imported,
    Items,
    NotReadError,
    Record,
    Scalar,
    Unknown,
    Value,
    VariesError,
    as_scalar,
    named,
    number,
)
from symcost.checking.script_words import dotted, key_from, worded
from symcost.checking.tree import Name, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Modules whose calls count nothing: drawing, files, clocks, running models.
SILENT = frozenset({
    "matplotlib", "seaborn", "plotly", "bokeh", "altair", "os", "sys", "time", "datetime", "json",
    "warnings", "logging", "argparse", "random", "pathlib", "IPython", "tqdm", "rich", "re", "gc",
    "pandas", "torch", "torchvision", "transformers", "datasets", "tensorflow", "keras", "flax",
    "jax", "tiktoken", "triton", "plt", "sns", "nn", "pd", "tf", "F", "subprocess", "copy",
})  # fmt: skip


# Methods of lists and dictionaries that only look.
LOOKS = frozenset({"get", "items", "keys", "values", "copy", "index", "count"})

COUNTS = re.compile(
    r"^numel$|num_?el|num_?param|n_?params|count_?param|param(eter)?s?_?count", re.I
)


class Assignments(Calls):
    """Follows assignments."""

    def assign(self, statement: ast.stmt, targets: Sequence[ast.expr], value: ast.expr) -> None:
        """a = b = value, and a, b = values."""
        many = isinstance(targets[0], ast.Tuple | ast.List)
        if many and _is_a_shape(value):
            self._axes(targets)
            return
        if many and isinstance(value, ast.Tuple | ast.List):
            self._each(statement, targets, value)
            return
        try:
            found = self.evaluate(value)
        except VariesError:
            raise
        except NotReadError:
            if not self._is_counted_by_the_program(statement, targets, value):
                raise
            return
        for target in targets:
            self.give_to(target, found, value, statement)

    def _is_counted_by_the_program(
        self, statement: ast.stmt, targets: Sequence[ast.expr], value: ast.expr
    ) -> bool:
        """N = count_parameters(model): nobody can know it here, so that N is taken as given."""
        match targets:
            case [ast.Name(id=name)] if counts_a_model(value):
                if not self.census.stays(self.frame.scope, name):
                    return False  # another line says what it is
                self.frame.names[name] = Binding(name, named(name))
                where = self.page.place(statement.lineno)
                self.taken.append(f"{where}: {name!r} is counted by the program; taken as given")
                return True
        return False

    def _each(
        self, statement: ast.stmt, targets: Sequence[ast.expr], value: ast.Tuple | ast.List
    ) -> None:
        """a, b = 1, 2: every value is read before any name changes; each may fail by itself."""
        found: list[Value] = []
        for each in value.elts:
            try:
                found.append(self.evaluate(each))
            except VariesError:
                raise
            except NotReadError as error:
                self.problem(statement, str(error))
                found.append(self.unknown(statement))
        for target in targets:
            inner = target.elts if isinstance(target, ast.Tuple | ast.List) else []
            if len(inner) != len(found):
                raise NotReadError(f"{len(found)} values for {len(inner)} names")
            for one, got, node in zip(inner, found, value.elts, strict=True):
                self.give_to(one, got, node, statement, claims=False)

    def _axes(self, targets: Sequence[ast.expr]) -> None:
        """B, T, C = x.shape: names of sizes."""
        for target in targets:
            for each in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
                if isinstance(each, ast.Name):
                    self.frame.names[each.id] = Binding(each.id, named(each.id))

    def give_to(
        self,
        target: ast.expr,
        value: Value,
        node: ast.expr | None,
        statement: ast.stmt,
        *,
        claims: bool = True,
    ) -> None:
        """Gives a value to a name or a field, and makes a line of a formula."""
        match target:
            case ast.Name(id=name):
                plain = node is not None and given_number(name, node) is not None
                if plain and isinstance(value, Scalar) and value.number is not None:
                    value = number(value.number)
                scope = self.frame.scope
                made = self.bound(name, value, plain=plain, scope=scope)
                self.frame.names[name] = made
                shown = name if made.kept or scope == MODULE or plain else self._own_name(name)
                self.show(statement, shown, made, value, claims)
            case ast.Attribute() | ast.Subscript():
                self._set(target, value, node, statement, claims=claims)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = self.sequence(value)
                if len(values) != len(targets):
                    raise NotReadError(f"{len(values)} values for {len(targets)} names")
                for each, one in zip(targets, values, strict=True):
                    self.give_to(each, one, None, statement, claims=False)
            case _:
                raise NotReadError(f"{worded(target)} is not read")

    def _own_name(self, name: str) -> str:
        """A name of a function's that others use too, told apart by the function's."""
        others = (given for scope, given in self.census.scopes.items() if scope != self.frame.scope)
        return f"{self.frame.scope}.{name}" if any(name in each for each in others) else name

    def show(self, at: ast.stmt, name: str, made: Binding, value: Value, claims: bool) -> None:
        """The line of an assignment, where it gives more than a number, words or another name."""
        if made.plain or not isinstance(value, Scalar) or value.node == Name(name):
            return
        if isinstance(value.node, Name) and name in self.census.objects:
            return  # a configuration under another name
        if self.frame.emits:
            self.line(at, name, (value,), claims=claims, collects=True)

    def _set(
        self,
        target: ast.Attribute | ast.Subscript,
        value: Value,
        node: ast.expr | None,
        statement: ast.stmt,
        *,
        claims: bool,
    ) -> None:
        owner = self.opened(target.value)
        name = key_of(target)
        plain = node is not None and given_number(name, node) is not None
        if isinstance(owner, Record):
            self.may_change(owner)
            if isinstance(target, ast.Attribute):
                made = self.set_field(owner, target.attr, value, plain=plain)
            else:
                key = key_from(self.evaluate(target.slice))
                name = field_name(str(key))
                made = self.set_field(owner, key, value, plain=plain)
        elif isinstance(owner, Items) and isinstance(target, ast.Subscript):
            self.may_change(owner)
            place = as_scalar(self.evaluate(target.slice), "the place").number
            if place is None or place.denominator != 1 or abs(place) >= len(owner.items):
                owner.lost = f"{worded(target)} is not read"
                raise NotReadError(owner.lost)
            owner.items[int(place)] = value
            return
        elif isinstance(target, ast.Attribute):
            made = self.bound(name, value, plain=plain, scope=MODULE)
            self.frame.names[dotted(target)] = made
        else:
            raise NotReadError(f"{worded(target)} is not read")
        self.show(statement, name, made, value, claims)

    def augment(self, statement: ast.AugAssign) -> None:
        """a += value: a is put in, for its earlier value is another one."""
        target = statement.target
        if isinstance(target, ast.Name) and self.binding(target.id) is None:
            raise NotReadError(f"{target.id!r} is used before it is given a value")
        right = self.evaluate(statement.value)
        before = self.evaluate(target)
        if isinstance(before, Items) and isinstance(right, Items):
            self.may_change(before)
            before.items += right.items[:2_000]
            return
        is_sum = isinstance(statement.op, ast.Add)
        is_product = isinstance(statement.op, ast.Mult)
        starts = isinstance(before, Scalar) and before.number is not None and before.parts == 1
        if is_sum and starts and before == number(0) and isinstance(right, Scalar):
            result: Value = right
        elif is_product and starts and before == number(1) and isinstance(right, Scalar):
            result = right
        else:
            result = self.combined(statement.op, before, right, statement)
        self.give_to(target, result, None, statement)

    def give_back(self, statement: ast.Return, value: ast.expr | None) -> None:
        """What a function returns."""
        frame = self.frame
        if value is None:
            return
        try:
            found = self.evaluate(value)
        except VariesError:
            raise
        except NotReadError as error:
            self.problem(statement, str(error), frame.scope.rpartition(".")[2])
            found = Unknown(str(error))
        if frame.emits:
            self._handed_back(statement, found)
        if frame.forks:
            frame.undecided = f"depends on whether {frame.forks[-1]}"
        frame.returned.append(found)

    def _handed_back(self, statement: ast.Return, found: Value) -> None:
        """What a function returns is a line with the function's name."""
        name = self.frame.scope.rpartition(".")[2]
        sides = found.items if isinstance(found, Items) else [found]
        for each in sides[:20]:
            if not isinstance(each, Scalar) or not names_of(each.node):
                continue
            if len(sides) == 1 or not isinstance(each.node, Name):
                self.line(statement, name, (each,), claims=len(sides) == 1)

    def lose(self, statement: ast.stmt, problem: str) -> None:
        """Names what is not understood; all that it would have given is unknown."""
        targets = list(_targets(statement))
        names = [each.id for each in targets if isinstance(each, ast.Name)]
        thing = isinstance(statement, ast.Assign) and names and names[0] in self.census.objects
        if not (isinstance(statement, ast.Assign) and (thing or self._is_silent(statement.value))):
            shown = statement
            if isinstance(statement, ast.For | ast.While | ast.Match | ast.With | ast.Try):
                shown = ast.Pass(lineno=statement.lineno, end_lineno=statement.lineno, col_offset=0)
            gives = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
            fields = [key_of(each) for each in targets]
            self.problem(shown, problem, (*names, *fields, "")[0] if gives else "")
        self.forget(targets, statement)
        self.spoil(statement)

    def spoil(self, statement: ast.stmt) -> None:
        """Nobody knows any more what a lost statement changes by calls: c.add(4 * d), f(c)."""
        problem = f"depends on what was not read ({self.page.place(statement.lineno)})"
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call):
                continue
            named = [each.value if isinstance(each, ast.Starred) else each for each in call.args]
            if isinstance(call.func, ast.Attribute):
                named.append(call.func.value)
            for each in named:
                found = self.binding(each.id) if isinstance(each, ast.Name) else None
                held = found.value if found is not None else None
                if isinstance(held, Items | Record) and self._may_change_by(call, held):
                    held.lost = held.lost or problem

    def _may_change_by(self, call: ast.Call, held: Items | Record) -> bool:
        """Whether a call may change what it is given, or what it is called on."""
        if not isinstance(call.func, ast.Attribute):
            own = self.binding(call.func.id) if isinstance(call.func, ast.Name) else None
            made = own.value if own is not None else None
            return isinstance(made, Function) and _changes_something(made)
        if call.func.attr in LOOKS:
            return False
        of = held.of if isinstance(held, Record) else None
        method = of.methods.get(call.func.attr) if of is not None else None
        return method is None or _changes_something(method)

    def forget(self, targets: Sequence[ast.expr], statement: ast.stmt) -> None:
        """Nobody knows any more what these stand for."""
        for target in targets:
            self._forget_one(target, statement)

    def _forget_one(self, target: ast.expr, statement: ast.stmt) -> None:
        lost = self.unknown(statement)
        match target:
            case ast.Name(id=name):
                self.frame.names[name] = Binding(name, lost)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self.forget(targets, statement)
            case ast.Attribute(value=ast.Name(id=owner)) | ast.Subscript(value=ast.Name(id=owner)):
                found = self.binding(owner)
                value = found.value if found is not None else None
                name = key_of(target)
                if isinstance(value, Record) and name and isinstance(target, ast.Attribute):
                    value.fields[target.attr] = Binding(name, lost)
                elif isinstance(value, Record) and isinstance(target, ast.Subscript):
                    match target.slice:
                        case ast.Constant(value=str(key)):
                            value.fields[key] = Binding(key, lost)
                        case _:
                            value.lost = f"depends on what was not read ({lost.where})"
                elif isinstance(value, Items):
                    value.lost = f"depends on what was not read ({lost.where})"

    def _is_silent(self, value: ast.expr) -> bool:
        """Whether a value comes from a call that counts nothing."""
        while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
            value = value.func if isinstance(value, ast.Call) else value.value
        if not isinstance(value, ast.Name):
            return False
        found = self.binding(value.id)
        if found is not None and isinstance(found.value, Imported):
            return found.value.path.partition(".")[0] in SILENT
        return found is None and value.id in SILENT


def _changes_something(function: Function) -> bool:
    """Whether a function's body changes a field or calls a method."""
    return any(
        isinstance(each, ast.Call)
        or (isinstance(each, ast.Attribute | ast.Subscript) and isinstance(each.ctx, ast.Store))
        for each in ast.walk(function.definition)
    )


def counts_a_model(value: ast.expr) -> bool:
    """Whether an expression asks a running model for its parameters."""
    return any(
        isinstance(each, ast.Call) and COUNTS.search(dotted(each.func).rpartition(".")[2])
        for each, _ in zip(ast.walk(value), range(60), strict=False)
    )


def _is_a_shape(value: ast.expr) -> bool:
    """Whether several names are given the sizes of an array."""
    match value:
        case ast.Attribute(attr=name) | ast.Call(func=ast.Attribute(attr=name), args=[]):
            return name in OF_ARRAYS
        case ast.Subscript(value=inner, slice=ast.Slice()):
            return _is_a_shape(inner)
    return False


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """Everything that a statement gives a value to, blocks included."""
    for node in ast.walk(statement):
        match node:
            case ast.Assign(targets=targets):
                yield from targets
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                yield target
            case ast.For(target=target):
                yield target
            case ast.withitem(optional_vars=ast.expr() as target):
                yield target
