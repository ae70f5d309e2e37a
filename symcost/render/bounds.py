"""Templates of strangers, bounded: how far they may count, how long what they make may become.

Jinja's sandbox keeps a template from reaching beyond what it is given; it does not keep one from
counting to a billion or from writing a letter a billion times. Here every turn of a loop, call,
filter, sum and part that is included is a step, and there are only so many of them. What a step may
make is bounded as well, so that no single step takes long.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.runtime import markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST_STEPS = 200_000  # the longest page of ours takes 6,000
MOST_LENGTH = 1_000_000  # characters of a text, or things in a list, that a template makes
IN_A_STEP = 20  # things that are looked at; a text of ten times as many characters
MOST_RANGE = 10_000
MOST_OUTPUT = 20_000_000  # characters of all that is written
MOST_DIGITS = 10_000  # of a number, in bits
SECONDS = 10  # of work, should all the other bounds let something slow pass
OF_A_TEMPLATE = 10  # steps for looking one up
BUILT_IN = (str, bytes, int, float, list, tuple, dict, set, frozenset, range)
WIDE = re.compile(r"%[^A-Za-z%]*(?:\*|[0-9]{5})|\{[^{}]*[0-9]{5}")  # places such as %99999d
# Of what modules the things are that a template may look into.
OF_A_PAGE = (
    *("builtins", "fractions", "jinja2.", "markupsafe"),
    *(f"symcost.{each}" for each in ("algebra", "catalog.sources", "plot", "render")),
)
STEP, JOINED = " step", " joined"  # no template can write such names


class TooMuchError(ValueError):
    """A template that counts too far or makes too much."""


class _Budget:
    def __init__(self) -> None:
        self.steps, self.ends = MOST_STEPS, time.thread_time() + SECONDS

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooMuchError(f"it takes more than {MOST_STEPS:,} steps")
        if time.thread_time() > self.ends:
            raise TooMuchError(f"it takes more than {SECONDS} seconds")


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """While it lasts, the templates that are filled in share one budget."""
    token = _budget.set(_Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def _spend(steps: int = 1) -> None:
    budget = _budget.get()
    if budget is not None:
        budget.spend(steps)


class Bounded(ImmutableSandboxedEnvironment):
    """The environment of templates that may come from strangers."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *args: Any, **options: Any) -> None:
        """Takes what Jinja's environment takes."""
        finalize = options["finalize"]
        # What is a text was held when it was made; a list may hold one list many times.
        options["finalize"] = lambda value: finalize(
            value if isinstance(value, str) else _held(value)
        )
        super().__init__(*args, **options)
        self.globals["range"] = _range
        del self.globals["lipsum"]  # as many words as one likes
        for name, each in list(self.filters.items()):
            self.filters[name] = _filter(name, each)
        for name, test in list(self.tests.items()):
            self.tests[name] = _filter(name, test)
        join = markup_join if options["autoescape"] else str_join
        self.filters |= {STEP: _step, JOINED: lambda parts: join(_held(parts))}
        self.concat = _written  # type: ignore[method-assign]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only what pages are made of has attributes, and only such have they.

        A page knows the model that it is about, and from there it is not far to SymPy, whose
        methods run the text that they are given.
        """
        return super().is_safe_attribute(obj, attr, value) and _of_a_page(obj) and _of_a_page(value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """A sum, product, power or remainder, of bounded size."""
        _spend()
        if operator == "**":
            _power(left, right)
        elif operator == "*":
            _product(left, right)
        elif operator == "%" and isinstance(left, str | bytes):
            _formatted(left)
            _held(right)
        return _held(super().call_binop(context, operator, left, right))

    def call(__self, __context: Any, __obj: Any, *args: Any, **named: Any) -> Any:  # noqa: N805
        """A call; those of texts and numbers make no more than a step may."""
        _spend()
        inner = getattr(__obj, "__wrapped__", __obj)  # Jinja wraps the `format` of texts
        owner = getattr(inner, "__self__", None)
        own = isinstance(owner, BUILT_IN) or any(__obj is each for each in BUILT_IN)
        if own:
            _arguments(owner, args, named)
            if inner.__name__ in ("format", "format_map"):
                _formatted(owner)
        made = super().call(__context, __obj, *args, **named)
        return _held(made) if own else made

    def get_template(self, *args: Any, **options: Any) -> Any:
        """A template by its name, which may include itself."""
        _spend(OF_A_TEMPLATE)
        return super().get_template(*args, **options)

    def _generate(self, source: nodes.Template, *args: Any, **options: Any) -> str:
        """Counts the turns of loops, and holds what `~` puts together."""
        for each in list(source.find_all(nodes.For)):
            each.body.insert(0, nodes.ExprStmt(_filtered(nodes.Const(1), STEP), lineno=each.lineno))
            if each.test is not None:
                each.test = nodes.And(_filtered(nodes.Const(1), STEP), each.test)
        for sum_ in list(source.find_all(nodes.Concat)):
            parts = nodes.List(sum_.nodes, lineno=sum_.lineno)
            sum_.nodes = [_filtered(parts, JOINED)]
        source.set_environment(self)
        return super()._generate(source, *args, **options)


def _of_a_page(value: Any) -> bool:
    """Whether a value, or the function that it is, belongs to what a template works with."""
    places = [type(value).__module__]
    if callable(value) and places == ["builtins"]:
        places.append(getattr(value, "__module__", None) or "builtins")
    return all(each.startswith(OF_A_PAGE) for each in places)


def _filtered(value: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None)


@pass_context
def _step(_context: Any, value: Any) -> Any:
    _spend()
    return value


def _filter(name: str, made: Any) -> Callable[..., Any]:
    """A filter or a test of Jinja that spends a step and makes no more than one may."""
    passed = int(hasattr(made, "jinja_pass_arg"))

    @wraps(made)
    def held(*args: Any, **named: Any) -> Any:
        _spend()
        value, *more = args[passed:]
        _arguments(value, more, named)
        if name == "format":
            _formatted(value)
        return _held(made(*args, **named))

    return held


def _written(parts: Iterable[str]) -> str:
    """All that a template or a block writes."""
    found, length = [], 0
    for each in parts:
        found.append(each)
        length += len(each)
        if length > MOST_OUTPUT:
            raise TooMuchError(f"it writes more than {MOST_OUTPUT:,} characters")
    _spend(length // (10 * IN_A_STEP))
    return "".join(found)


def _range(*args: int) -> range:
    found = range(*args)
    if found and abs(found[-1] - found[0]) // abs(found.step) >= MOST_RANGE:
        raise TooMuchError(f"a range has at most {MOST_RANGE:,} numbers")
    return found


# -- how large something is ------------------------------------------------------------------------


def _held(value: Any) -> Any:
    """The value, unless it is too large to go on with."""
    if _size(value) > MOST_LENGTH:
        raise TooMuchError(f"it makes more than {MOST_LENGTH:,} characters or things at once")
    return value


def _size(value: Any) -> int:
    """Characters, bits, things inside; counting ends soon after what is too large."""
    if isinstance(value, str | bytes):
        _spend(len(value) // (10 * IN_A_STEP))
        return len(value)
    if isinstance(value, int):
        return value.bit_length() * MOST_LENGTH // MOST_DIGITS
    found, looked, waiting = 0, 0, [value]
    while waiting and found <= MOST_LENGTH:
        each = waiting.pop()
        looked += 1
        if isinstance(each, list | tuple | set | frozenset):
            waiting.extend(each)
        elif isinstance(each, dict):
            waiting.extend((*each, *each.values()))
        found += len(each) if isinstance(each, str) else 1
    _spend(looked // IN_A_STEP)
    return found


def _arguments(value: Any, args: Iterable[Any], named: dict[str, Any]) -> None:
    """Raises where what is made of a value with these arguments may be too large."""
    size = _size(_held(value))
    for each in (*args, *named.values()):
        times = abs(each) if isinstance(each, int) else _size(each)
        if times > MOST_LENGTH or size * times > MOST_LENGTH:
            raise TooMuchError(f"it may make more than {MOST_LENGTH:,} characters at once")


def _power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() * abs(right))


def _product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() + right.bit_length())
    elif isinstance(left, int) or isinstance(right, int):
        times, value = (left, right) if isinstance(left, int) else (right, left)
        if times * _size(value) > MOST_LENGTH:
            raise TooMuchError(f"it makes more than {MOST_LENGTH:,} characters or things at once")


def _bits(count: int) -> None:
    if count > MOST_DIGITS:
        raise TooMuchError("it makes too large a number")


def _formatted(text: Any) -> None:
    shown = text.decode("latin-1") if isinstance(text, bytes) else str(text)
    if WIDE.search(shown):
        raise TooMuchError("a text with places asks for too much room")
