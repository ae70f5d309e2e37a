"""The functions of a script, judged by themselves: their parameters are names."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import say
from symcost.checking.script_calls import defaults
from symcost.checking.script_census import plain_number
from symcost.checking.script_loops import Loops
from symcost.checking.script_prints import makes_text
from symcost.checking.script_state import Holder
from symcost.checking.script_values import (
    Binding,
    Class,
    Frame,
    Function,
    Record,
    Scalar,
    Unknown,
    Value,
    named,
)
from symcost.checking.script_words import constant

if TYPE_CHECKING:
    from symcost.checking.script_text import Page


@final
class Script(Loops):
    """Follows a whole script: its statements in order, then its functions."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._waiting: dict[int, tuple[Function, Class | None, list[Holder]]] = {}

    def read(self, page: Page) -> None:
        """Follows the statements of one text; the names of earlier ones are known."""
        self.page = self.site = page
        self.cell, self.half_row = page.cell, None
        self.out = []
        self.parts.append(self.out)
        self.run(page.statements)

    def finish(self) -> None:
        """Reads every function that was not yet read where it is called."""
        while self._waiting:
            self._alone(*self._waiting.pop(next(iter(self._waiting))))

    def later(self, function: Function, owner: Class | None) -> None:
        """Remembers a function; its lines will stand where it is defined.

        One that only makes texts counts nothing.
        """
        if makes_text(function.definition):
            return
        place: list[Holder] = []
        self.out = []
        self.parts += [place, self.out]
        self._waiting[id(function.definition)] = (function, owner, place)

    def in_place(self, function: Function) -> bool:
        """Follows a function without parameters where it is called, once."""
        if self.frame is not self.module or defaults(function) or function.bound_to is not None:
            return False
        found = self._waiting.pop(id(function.definition), None)
        if found is not None:
            self._inside(function, found[2], Frame(function.scope, function.home, emits=True))
        return True

    def _inside(self, function: Function, place: list[Holder], frame: Frame) -> None:
        """The lines of a function's body."""
        assert isinstance(function.definition, ast.FunctionDef)
        kept = (self.frame, self.page, self.out, self.statement, self.site)
        self.frame, self.out = frame, place
        self.page = function.page or self.page
        frame.said = _said(function.definition, self.page)
        self.active.append(function)
        try:
            self.run(function.definition.body)
        finally:
            self.active.pop()
            self.frame, self.page, self.out, self.statement, self.site = kept

    def _alone(self, function: Function, owner: Class | None, place: list[Holder]) -> None:
        """The lines of a function, one reading for each way that its open tests may go."""
        rows, path, outer = len(self.rows), list[tuple[str, bool]](), (self.path, self.trail)
        self.is_silent = id(function.definition) in self.followed
        named_lines = frozenset(self.named_lines)
        try:
            while True:
                self.path, self.trail, self.named_lines = path, [], set(named_lines)
                frame = Frame(function.scope, function.home, emits=True)
                self._open_parameters(frame, function, owner)
                found: list[Holder] = []
                self._inside(function, found, frame)
                _merge(place, found)
                path = self.trail
                while path and not path[-1][1]:
                    path = path[:-1]
                if not path:
                    break
                path = [*path[:-1], (path[-1][0], False)]
        finally:
            self.is_silent, (self.path, self.trail) = False, outer
            del self.rows[rows:]
            if not any(holder.line.nodes for holder in place):
                del place[1:]  # it counts nothing: one line says why

    def _open_parameters(self, frame: Frame, function: Function, owner: Class | None) -> None:
        signature = function.definition.args
        for at, (name, default) in enumerate(defaults(function).items()):
            if at == 0 and owner is not None and name in ("self", "cls"):
                frame.names[name] = Binding(name, self._self_of(owner, function))
                continue
            frame.names[name] = Binding(name, self._parameter(frame, name, default))
        notes = {each.arg: each.annotation for each in (*signature.args, *signature.kwonlyargs)}
        for name, annotation in notes.items():
            found = self.module.names.get(getattr(annotation, "id", ""))
            if found is not None and isinstance(found.value, Class):
                frame.names[name] = Binding(name, self._self_of(found.value, function))
        if signature.vararg is not None:
            lost = Unknown(f"any number of {signature.vararg.arg}")
            frame.names[signature.vararg.arg] = Binding(signature.vararg.arg, lost)
        if signature.kwarg is not None:
            name = signature.kwarg.arg
            frame.names[name] = Binding(name, named(name))

    def _parameter(self, frame: Frame, name: str, default: ast.expr | None) -> Value:
        """A parameter that nobody gives: what has its name above, a default, or else a size."""
        same = self.module.names.get(name)
        if same is not None and isinstance(same.value, Record):
            frame.assumed.append(say("with the {0} above", name))
            return same.value
        plain = None if default is None else plain_number(default)
        if plain is not None:
            self.defaults.setdefault(name, plain)
        elif isinstance(default, ast.Constant):
            value = constant(default.value)
            if not isinstance(value, Scalar):
                frame.assumed.append(say("with {0}", f"{name}={default.value!r}"[:55]))
                return value
        return named(name)

    def _self_of(self, owner: Class, asking: Function) -> Record:
        """The instance as its own __init__ makes it, where nobody gives any numbers."""
        if not owner.seen:
            record = Record({}, owner)
            for name, each in owner.fields.items():
                if each is not None:
                    record.fields[name] = each
            owner.seen.append(record)
            start = owner.methods.get("__init__")
            if start is not None and start.definition is not asking.definition:
                waiting = self._waiting.pop(id(start.definition), None)
                if waiting is not None:
                    self._alone(*waiting)
        return owner.seen[0]


def _merge(place: list[Holder], found: list[Holder]) -> None:
    """Adds the lines of another reading; one that is the same in both loses its conditions."""
    known = {replace(holder.line, notes=()): holder for holder in place}
    for holder in found:
        same = known.get(replace(holder.line, notes=()))
        if same is None:
            place.append(holder)
        else:
            notes = tuple(each for each in same.line.notes if each in holder.line.notes)
            same.line = replace(same.line, notes=notes)


def _said(definition: ast.FunctionDef, page: Page) -> tuple[str, ...]:
    """What stands above a function, and the first paragraph of its docstring."""
    words = ast.get_docstring(definition) or ""
    paragraph = " ".join(words.split("\n\n")[0].split())[:300]
    return (*page.above.get(definition.lineno, ()), *([paragraph] if paragraph else []))
