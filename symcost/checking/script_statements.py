"""The statements of a script, followed in order: assignments, tests, functions, classes."""

from __future__ import annotations

import ast
from enum import Enum
from typing import TYPE_CHECKING

from symcost.checking.script_assignments import Assignments
from symcost.checking.script_census import MODULE, field_name, given_number, plain_number
from symcost.checking.script_values import (
    BORN,
    Binding,
    Class,
    Function,
    Imported,
    Items,
    LeavesError,
    NotReadError,
    Scalar,
    Value,
    VariesError,
)
from symcost.checking.script_words import dotted, worded

if TYPE_CHECKING:
    from collections.abc import Sequence


class Flow(Enum):
    """How a block of statements ends."""

    NEXT = "next"
    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"
    RAISE = "raise"


class Statements(Assignments):
    """Follows statements. Loops are added by the class that builds on it."""

    def run(self, body: Sequence[ast.stmt]) -> Flow:
        """Follows a block."""
        self.enter()
        try:
            for statement in body:
                flow = self.follow(statement)
                if flow is not Flow.NEXT:
                    return flow
            return Flow.NEXT
        finally:
            self.leave()

    def follow(self, statement: ast.stmt) -> Flow:
        """Follows one statement; what is not understood is named, and what it gives is unknown."""
        if self.frame.emits:
            self.statement, self.site = statement, self.page
            self.notes = []
        try:
            return self._followed(statement)
        except VariesError:
            raise
        except (NotReadError, RecursionError) as error:
            if isinstance(error, LeavesError) and not isinstance(statement, ast.For):
                raise
            problem = "nested too deep" if isinstance(error, RecursionError) else str(error)
            self.lose(statement, problem)
        return Flow.NEXT

    def _followed(self, statement: ast.stmt) -> Flow:
        match statement:
            case ast.Assign(targets=targets, value=value):
                self.assign(statement, targets, value)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.assign(statement, [target], value)
            case ast.AugAssign():
                self.augment(statement)
            case ast.Expr(value=value):
                return self._expression(statement, value)
            case ast.Assert(test=test):
                if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq):
                    self.equation(test, statement)
            case ast.If():
                return self._if(statement)
            case ast.For() | ast.While():
                return self.loop(statement)
            case ast.FunctionDef() | ast.ClassDef():
                self._define(statement)
            case _:
                return self._other(statement)
        return Flow.NEXT

    def loop(self, statement: ast.For | ast.While) -> Flow:
        """Follows a loop."""
        raise NotImplementedError

    def later(self, function: Function, owner: Class | None) -> None:
        """Remembers a function, to be judged by itself."""
        raise NotImplementedError

    def in_place(self, function: Function) -> bool:
        """Follows a function without parameters where it is called, as if it stood there."""
        raise NotImplementedError

    def _other(self, statement: ast.stmt) -> Flow:
        match statement:
            case ast.Import(names=names):
                for each in names:
                    name = each.asname or each.name.partition(".")[0]
                    path = each.name if each.asname else name
                    self.frame.names[name] = Binding(name, Imported(path))
            case ast.ImportFrom(module=module, names=names):
                for each in names:
                    name = each.asname or each.name
                    path = f"{module or ''}.{each.name}"
                    self.frame.names[name] = Binding(name, Imported(path))
            case ast.Return(value=value):
                self.give_back(statement, value)
                return Flow.RETURN
            case ast.With(items=items, body=body):
                targets = [one.optional_vars for one in items if one.optional_vars is not None]
                self.forget(targets, statement)
                return self.run(body)
            case ast.Try(body=body, orelse=orelse, finalbody=last):
                return self.run([*body, *orelse, *last])
            case ast.Break():
                return Flow.BREAK
            case ast.Continue():
                return Flow.CONTINUE
            case ast.Raise():
                return Flow.RAISE
            case ast.Match():
                self.lose(statement, "match is not read")
        return Flow.NEXT

    # -- what does not assign --------------------------------------------------------------------

    def _expression(self, statement: ast.Expr, value: ast.expr) -> Flow:
        if isinstance(value, ast.Call):
            return self._call(statement, value)
        if isinstance(value, ast.Constant) or self.frame is not self.module:
            return Flow.NEXT
        if isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            self.equation(value, statement)
            return Flow.NEXT
        self._bare(statement, self.evaluate(value))
        return Flow.NEXT

    def _bare(self, statement: ast.Expr, found: Value) -> None:
        """A formula that stands alone; a notebook shows what the last one is worth."""
        self.results[self.cell] = []
        sides = found.items if isinstance(found, Items) and not found.lost else [found]
        for each in sides[:20]:
            if isinstance(each, Scalar) and not self._is_only_a_value(each):
                holder = self.line(statement, "", (each,), claims=len(sides) == 1)
                if holder is not None:
                    self.results[self.cell].append(holder)

    def _call(self, statement: ast.Expr, call: ast.Call) -> Flow:
        name = dotted(call.func)
        if name in ("exit", "quit", "sys.exit"):
            return Flow.RAISE
        if name in ("print", "display", "rich.print") and self.binding(name) is None:
            self.printed(call)
            return Flow.NEXT
        if name.endswith(".add_argument"):
            self._option(call)
        own = self.binding(name)
        function = own.value if own is not None else None
        bare = not call.args and not call.keywords
        if isinstance(function, Function) and bare and self.in_place(function):
            return Flow.NEXT
        try:
            found = self.evaluate(call)
        except VariesError:
            raise
        except NotReadError as error:
            # Nothing is claimed by a call whose value goes nowhere.
            self.spoil(statement)
            if isinstance(function, Function):
                self.problem(statement, str(error))
            return Flow.NEXT
        if self.frame is self.module:
            self._bare(statement, found)
        return Flow.NEXT

    def _option(self, call: ast.Call) -> None:
        """parser.add_argument("--layers", default=12): what a name is if nobody says more."""
        said = {each.arg: each.value for each in call.keywords}
        value = plain_number(said["default"]) if "default" in said else None
        words = [each.value for each in call.args if isinstance(each, ast.Constant)]
        match said.get("dest"):
            case ast.Constant(value=str(name)):
                words = [f"--{name}"]
        for each in words if value is not None else ():
            if isinstance(each, str) and each.startswith("--") and value is not None:
                self.defaults.setdefault(field_name(each), value)

    # -- tests -----------------------------------------------------------------------------------

    def _if(self, statement: ast.If) -> Flow:
        try:
            holds = self.decide(statement.test)
        except VariesError:
            raise
        except NotReadError as error:
            return self._both(statement, str(error))
        return self.run(statement.body if holds else statement.orelse)

    def _both(self, statement: ast.If, problem: str) -> Flow:
        """A test that nobody can decide: both branches are read, what differs is unknown."""
        frame = self.frame
        test = f"{worded(statement.test)} ({self.page.place(statement.lineno)})"
        before = dict(frame.names)
        if self.markers:
            raise VariesError(problem)
        frame.forks.append(test)
        self.open.append((test, next(BORN)))
        try:
            first = self.run(statement.body)
            one, frame.names = frame.names, dict(before)
            frame.forks[-1] = f"not {test}"
            self.open[-1] = (frame.forks[-1], self.open[-1][1])
            second = self.run(statement.orelse)
        finally:
            frame.forks.pop()
            self.open.pop()
        header = ast.If(statement.test, [], [])
        ast.copy_location(header, statement)
        header.end_lineno = statement.lineno
        if first is Flow.RAISE or second is Flow.RAISE:
            if second is Flow.RAISE and first is not Flow.RAISE:
                frame.names = one
                return first
            return second
        if {first, second} & {Flow.BREAK, Flow.CONTINUE}:
            raise LeavesError(problem)
        self.problem(header, problem)
        if first is Flow.RETURN or second is Flow.RETURN:
            frame.names = frame.names if first is Flow.RETURN else one
            return first if first is second else Flow.NEXT
        for name in (*one, *frame.names):
            if one.get(name) != frame.names.get(name):
                frame.names[name] = Binding(name, self.unknown(statement))
        return Flow.NEXT

    # -- definitions -----------------------------------------------------------------------------

    def _define(self, statement: ast.FunctionDef | ast.ClassDef) -> None:
        if isinstance(statement, ast.FunctionDef):
            made = self._function(statement, self.frame.scope)
            self.frame.names[statement.name] = Binding(statement.name, made)
            if self.frame is self.module:
                self.later(made, None)
            return
        fields: dict[str, Binding | None] = {}
        found = Class(statement.name, fields)
        for each in statement.body:
            match each:
                case ast.AnnAssign(target=ast.Name(id=name), value=None):
                    fields[name] = None
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    fields[name] = self._field(name, value, each)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    fields[name] = self._field(name, value, each)
                case ast.FunctionDef(name=name):
                    method = self._function(each, statement.name)
                    found.methods[name] = method
                    if self.frame is self.module:
                        self.later(method, found)
        self.frame.names[statement.name] = Binding(statement.name, found)

    def _field(self, name: str, value: ast.expr, statement: ast.stmt) -> Binding | None:
        if isinstance(value, ast.Call) and dotted(value.func) in ("field", "dataclasses.field"):
            value = next((each.value for each in value.keywords if each.arg == "default"), value)
        try:
            found = self.evaluate(value)
        except NotReadError:
            return Binding(name, self.unknown(statement))
        made = self.bound(name, found, plain=given_number(name, value) is not None, scope=MODULE)
        self.show(statement, name, made, found, claims=True)
        return made

    def _function(self, statement: ast.FunctionDef, scope: str) -> Function:
        decorators = {dotted(each).rpartition(".")[2] for each in statement.decorator_list}
        inner = f"{scope}.{statement.name}" if scope else statement.name
        lazy = bool(decorators & {"property", "cached_property"})
        return Function(statement.name, inner, statement, self.frame, self.page, lazy)
