"""Calls in a script: functions of Python that are known, and the writer's own, followed inside."""

from __future__ import annotations

import ast
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.checking.script_arithmetic import added, multiplied
from symcost.checking.script_census import MAKERS, MODULE, plain_number
from symcost.checking.script_expressions import MATHEMATICS
from symcost.checking.script_functions import (
    distinct,
    extreme_of,
    in_order,
    length,
    of_record,
    of_text,
    product_over,
    simple,
    span,
    sum_of,
    two_sided,
)
from symcost.checking.script_prints import Prints
from symcost.checking.script_values import (
    Binding,
    Class,
    Frame,
    Function,
    Imported,
    Items,
    Nothing,
    NotReadError,
    Record,
    Repeated,
    Scalar,
    Text,
    Unknown,
    Value,
    as_scalar,
    named,
    number,
)
from symcost.checking.script_words import dotted, joined, key_from, worded, words_of
from symcost.checking.tree import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DEEPEST_CALL = 12
LISTS = frozenset({"list", "tuple", "iter", "array", "asarray"})
SETS = frozenset({"set", "frozenset"})
KNOWN = frozenset({
    *LISTS, *SETS, *MAKERS, "sum", "fsum", "prod", "min", "max", "amax", "amin", "len", "range",
    "sorted", "reversed", "enumerate", "zip", "str", "bool", "getattr", "arange", "reduce", "cdiv",
})  # fmt: skip
# What a call may say besides without another value; any other keyword is refused.
HARMLESS = frozenset({"strict", "dtype", "copy"})
WITH_START = frozenset({"sum", "prod", "enumerate"})


class Calls(Prints):
    """Follows calls."""

    def run(self, body: Sequence[ast.stmt]) -> object:
        """Follows some statements."""
        raise NotImplementedError

    def called(self, node: ast.Call) -> Value:
        """What a call hands back, for functions that are understood."""
        func = node.func
        if isinstance(func, ast.Attribute):
            return self._method(node, func)
        if isinstance(func, ast.Name):
            found = self.binding(func.id)
            if found is None:
                return self._known(func.id, node)
            if isinstance(found.value, Imported):
                return self._known(found.value.path.rpartition(".")[2], node)
            return self._own(self.referred(found), node)
        return self._own(self.evaluate(func), node)

    def _own(self, function: Value, node: ast.Call) -> Value:
        if isinstance(function, Function):
            return self.inlined(function, *self._arguments(node))
        if isinstance(function, Class):
            return self.instance(function, *self._arguments(node))
        raise NotReadError(f"{worded(node)} is not read")

    def _arguments(self, node: ast.Call) -> tuple[list[Binding], dict[str, Binding]]:
        given: list[Binding] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                values = self.sequence(self.evaluate(each.value))
                given += [Binding("", value, plain=_is_number(value)) for value in values]
            else:
                given.append(self._argument(each))
        named_ones: dict[str, Binding] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                named_ones[keyword.arg] = self._argument(keyword.value)
                continue
            spread = self.evaluate(keyword.value)
            if not isinstance(spread, Record) or spread.lost:
                raise NotReadError(f"**{worded(keyword.value)} is not read")
            for key, binding in spread.fields.items():
                value = self.referred(binding)
                named_ones[str(key)] = Binding("", value, plain=_is_number(value))
        return given, named_ones

    def _argument(self, node: ast.expr) -> Binding:
        """An argument; where it is not understood, only what depends on it is lost."""
        if isinstance(node, ast.Name):
            found = self.binding(node.id)
            if found is not None and isinstance(found.value, Unknown):
                return found
        return Binding("", self.evaluate(node), plain=plain_number(node) is not None)

    # -- the writer's own ----------------------------------------------------------------------

    def inlined(
        self, function: Function, args: list[Binding], keywords: dict[str, Binding]
    ) -> Value:
        """What a call of the writer's own function is worth, followed inside."""
        if any(each.definition is function.definition for each in self.active):
            raise NotReadError(f"{function.name!r} calls itself")
        if len(self.active) >= DEEPEST_CALL:
            raise NotReadError(f"calls inside more than {DEEPEST_CALL} others")
        outer, page = self.frame, self.page
        if function.page is not None:
            self.page = function.page
        frame = Frame(function.scope, function.home)
        self.enter()
        self.active.append(function)
        self.followed.add(id(function.definition))
        try:
            self.frame = frame
            self._bind_parameters(frame, function, args, keywords)
            if isinstance(function.definition, ast.Lambda):
                return self.evaluate(function.definition.body)
            self.run(function.definition.body)
            if frame.undecided:
                raise NotReadError(f"{function.name}: {frame.undecided}")
            found = frame.returned[0] if frame.returned else Nothing()
            if isinstance(found, Unknown):
                raise NotReadError(f"{function.name}: {found.where}")
            return found
        finally:
            self.active.pop()
            self.frame, self.page = outer, page
            self.leave()

    def _bind_parameters(
        self,
        frame: Frame,
        function: Function,
        args: list[Binding],
        keywords: dict[str, Binding],
    ) -> None:
        signature = function.definition.args
        names = [each.arg for each in (*signature.posonlyargs, *signature.args)]
        given = list(args)
        if function.bound_to is not None:
            given.insert(0, Binding("", function.bound_to))
        left = dict(keywords)
        found: dict[str, Binding] = dict(zip(names, given, strict=False))
        if len(given) > len(names) and signature.vararg is None:
            raise NotReadError(f"{function.name} takes {len(names)} arguments")
        if signature.vararg is not None:
            rest = [each.value for each in given[len(names) :]]
            frame.names[signature.vararg.arg] = Binding(signature.vararg.arg, Items(rest))
        for name in (*names, *(each.arg for each in signature.kwonlyargs)):
            if name in left and name not in found:
                found[name] = left.pop(name)
        for name, default in defaults(function).items():
            if name not in found and default is not None:
                found[name] = self._argument(default)
        if signature.kwarg is not None:
            record = Record({})
            for key, each in left.items():
                record.fields[key] = Binding(key, each.value)
            frame.names[signature.kwarg.arg] = Binding(signature.kwarg.arg, record)
        for name in defaults(function):
            if name not in found:
                raise NotReadError(f"{function.name} is called without {name!r}")
            binding = found[name]
            frame.names[name] = self.bound(name, binding.value, plain=binding.plain, scope=MODULE)

    def instance(self, made: Class, args: list[Binding], keywords: dict[str, Binding]) -> Record:
        """An instance of the writer's class: its fields, or what its __init__ sets."""
        record = Record({}, made)
        for name, default in made.fields.items():
            if default is not None:
                record.fields[name] = default
        start = made.methods.get("__init__")
        if start is not None:
            method = self.read_method(start, record)
            assert isinstance(method, Function)
            self.inlined(method, args, keywords)
            return record
        given = dict(zip(made.fields, args, strict=False)) | keywords
        for name, binding in given.items():
            if binding.plain:
                self.set_field(record, name, binding.value, plain=True)
            else:
                record.fields[name] = Binding(name, binding.value)
        after = made.methods.get("__post_init__")
        if after is not None:
            method = self.read_method(after, record)
            assert isinstance(method, Function)
            self.inlined(method, [], {})
        return record

    def read_method(self, method: Function, owner: Record) -> Value:
        """A method of an instance, or what a property is worth."""
        bound = replace(method, is_property=False, bound_to=owner)
        return self.inlined(bound, [], {}) if method.is_property else bound

    # -- methods -------------------------------------------------------------------------------

    def _method(self, node: ast.Call, func: ast.Attribute) -> Value:
        owner = self.opened(func.value)
        if isinstance(owner, Imported) and owner.path.split(".")[0] in MATHEMATICS:
            return self._known(func.attr, node)
        if isinstance(owner, Imported) and func.attr in MAKERS:
            return self._known(func.attr, node)
        if isinstance(owner, Scalar) and dotted(func.value) in ("math", "np", "numpy", "torch"):
            return self._known(func.attr, node)  # the import is missing
        match owner:
            case Text(text=text) if func.attr == "join" and len(node.args) == 1:
                words = [
                    words_of(each) or "" for each in self.sequence(self.evaluate(node.args[0]))
                ]
                return joined(text.join(words[:500]))
            case Text(text=text):
                return of_text(text, func.attr, [self.evaluate(each) for each in node.args])
            case Record(lost=""):
                return self._of_record(owner, node, func.attr)
            case Items(lost=""):
                return self._of_list(owner, node, func.attr)
        raise NotReadError(f"{worded(node)} is not read")

    def _of_record(self, record: Record, node: ast.Call, method: str) -> Value:
        if record.of is not None and method in record.of.methods:
            bound = self.read_method(record.of.methods[method], record)
            return self._own(bound, node)
        if method in ("items", "keys", "values"):
            return of_record(record, method, self.referred)
        if method in ("get", "setdefault", "pop") and node.args:
            return self._entry_of(record, node, method)
        if method == "copy":
            return Record(dict(record.fields), record.of)
        if method == "update":
            self.may_change(record)
            for each in node.args:
                more = self.evaluate(each)
                if not isinstance(more, Record):
                    record.lost = f"{worded(node)} is not read"
                    raise NotReadError(record.lost)
                record.fields |= more.fields
            for keyword in node.keywords:
                self.give(record, keyword.arg or "", keyword.value)
            return Nothing()
        if record.of is None:
            record.lost = f"{worded(node)} is not read"
        raise NotReadError(f"{worded(node)} is not read")

    def _entry_of(self, record: Record, node: ast.Call, method: str) -> Value:
        """get, and what besides takes the entry out (pop) or puts it in (setdefault)."""
        key, *rest = node.args
        name = key_from(self.evaluate(key))
        found = record.fields.get(name)
        if method != "get":
            self.may_change(record)
        if method == "pop":
            record.fields.pop(name, None)
        if found is not None:
            return self.referred(found)
        default = self.evaluate(rest[0]) if rest else Nothing()
        if method == "setdefault":
            record.fields[name] = Binding("", default)
        return default

    def _of_list(self, owner: Items, node: ast.Call, method: str) -> Value:
        if method == "copy":
            return Items(list(owner.items))
        if method not in ("append", "extend") or len(node.args) != 1:
            if method not in ("index", "count"):
                owner.lost = f"{worded(node)} is not read"
            raise NotReadError(f"{worded(node)} is not read")
        self.may_change(owner)
        try:
            value = self.evaluate(node.args[0])
            more = [value] if method == "append" else self.sequence(value)
        except NotReadError as error:
            owner.lost = str(error)
            raise
        if len(owner.items) + len(more) > 2_000:
            raise NotReadError("the list is too long")
        owner.items += more
        return Nothing()

    # -- Python's own --------------------------------------------------------------------------

    def _known(self, name: str, node: ast.Call) -> Value:
        if name in MAKERS:
            return self._from_keywords(node)
        if name == "getattr" and len(node.args) in (2, 3):
            return self._getattr(node)
        one, two = simple(name), two_sided(name)
        if one is None and two is None and name not in KNOWN:
            raise NotReadError(f"{worded(node)} is not read")
        args = self.elements(node.args) + self._beside(name, node)
        if one is not None and len(args) == 1:
            return one(as_scalar(args[0], worded(node.args[0])))
        if name == "round" and len(args) == 2 and isinstance(args[0], Scalar):
            self.note("round(..., digits) is passed over")
            return args[0]
        if two is not None and len(args) == 2:
            left, right = (as_scalar(each, "an argument") for each in args)
            return two(left, right)
        return self._of_lists(name, args, node)

    def _beside(self, name: str, node: ast.Call) -> list[Value]:
        """The start of a sum, given by name; a keyword that may change the value is refused."""
        found: list[Value] = []
        for each in node.keywords:
            if each.arg == "start" and name in WITH_START:
                found.append(self.evaluate(each.value))
            elif each.arg not in HARMLESS and (name, each.arg) != ("sorted", "reverse"):
                raise NotReadError(f"{worded(node)} with {each.arg or '**'}= is not read")
        return found

    def _of_lists(self, name: str, args: list[Value], node: ast.Call) -> Value:
        match name, args:
            case "sum" | "fsum", [many]:
                return sum_of(many, self.sequence)
            case "sum", [many, first] if isinstance(node.func, ast.Name) or node.keywords:
                start = as_scalar(first, "the start of the sum")
                return added(start, sum_of(many, self.sequence))
            case "prod", [many]:
                return product_over(many, self.sequence)
            case "prod", [many, first] if node.keywords:  # numpy's second one is an axis
                start = as_scalar(first, "the start of the product")
                return multiplied(start, product_over(many, self.sequence))
            case "min" | "max" | "amin" | "amax", [_, *_]:
                return extreme_of(name[-3:], args, self.sequence)
            case "len", [many]:
                return length(many, self.sequence)
            case "range" | "arange", _:
                return span(args)
            case "sorted", [many]:
                back = any(self.decide(each.value) for each in node.keywords)
                return in_order(self.sequence(many), backwards=back)
            case "reversed", [many]:
                return Items(self.sequence(many)[::-1])
            case "enumerate", [many, *start]:
                begin = as_scalar(start[0], "the start").number if start else Fraction(0)
                if begin is not None:
                    pairs = enumerate(self.sequence(many), int(begin))
                    return Items([Items([number(at), each]) for at, each in pairs])
            case "zip", [_, *_]:
                lists = [self.sequence(each) for each in args]
                return Items([Items(list(each)) for each in zip(*lists, strict=False)])
            case "str", [one] if words_of(one) is not None:
                return Text(words_of(one) or "")
            case _, [many] if name in LISTS:
                return many if isinstance(many, Repeated) else Items(self.sequence(many))
            case _, [many] if name in SETS:
                return distinct(self.sequence(many))
            case _, [] if name in LISTS | SETS:
                return Items([])
        raise NotReadError(f"{worded(node)} is not read")

    def _from_keywords(self, node: ast.Call) -> Record:
        record = Record({})
        for each in node.args:
            value = self.evaluate(each)
            more = value if isinstance(value, Record) else self.record_of(value)
            record.fields |= more.fields
        for keyword in node.keywords:
            if keyword.arg is None:
                value = self.evaluate(keyword.value)
                if not isinstance(value, Record):
                    raise NotReadError(f"**{worded(keyword.value)} is not read")
                record.fields |= value.fields
            else:
                self.give(record, keyword.arg, keyword.value)
        return record

    def _getattr(self, node: ast.Call) -> Value:
        name = self.evaluate(node.args[1])
        if not isinstance(name, Text):
            raise NotReadError(f"{worded(node)} is not read")
        owner = self.opened(node.args[0])
        if isinstance(owner, Record) and not owner.lost:
            if name.text in owner.fields:
                return self.referred(owner.fields[name.text])
            if len(node.args) == 3:
                return self.evaluate(node.args[2])
        return named(name.text)


def defaults(function: Function) -> dict[str, ast.expr | None]:
    """The parameters of a function, in order, each with its default."""
    signature = function.definition.args
    ordered = [each.arg for each in (*signature.posonlyargs, *signature.args)]
    lacking: list[ast.expr | None] = [None] * (len(ordered) - len(signature.defaults))
    found = dict(zip(ordered, [*lacking, *signature.defaults], strict=True))
    alone = (each.arg for each in signature.kwonlyargs)
    return found | dict(zip(alone, signature.kw_defaults, strict=True))


def _is_number(value: Value) -> bool:
    return isinstance(value, Scalar) and not names_of(value.node)
