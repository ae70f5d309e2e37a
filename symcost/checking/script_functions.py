"""Functions of Python that a script may call in a formula, on values that are understood."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.checking.script_arithmetic import (
    divided,
    extreme,
    multiplied,
    negated,
    product_of,
    raised,
    rounded,
    square_root,
    total,
    turns_of,
)
from symcost.checking.script_tests import OpenError, same
from symcost.checking.script_values import (
    Binding,
    Items,
    NotReadError,
    Record,
    Repeated,
    Scalar,
    Span,
    Text,
    Value,
    as_scalar,
    number,
)
from symcost.checking.script_words import joined
from symcost.checking.tree import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def whole_part(inside: Scalar) -> Scalar:
    """int(x): cut off towards zero."""
    if inside.number is not None and inside.number < 0:
        return rounded("ceil", inside)
    return rounded("floor", inside)


def nearest(inside: Scalar) -> Scalar:
    """round(x) of what is whole, in general or at the writer's values."""
    if inside.whole or (inside.number is not None and inside.number.denominator == 1):
        return inside
    if inside.number is not None and not names_of(inside.node):
        return number(inside.number.__round__())
    raise NotReadError("round of what may be no whole number")


def distance(inside: Scalar) -> Scalar:
    """abs(x), where the sign is clear."""
    if inside.positive:
        return inside
    if inside.number is not None:
        return negated(inside) if inside.number < 0 else inside
    raise NotReadError("abs of what may have either sign")


def sum_of(value: Value, sequence: Callable[[Value], list[Value]]) -> Scalar:
    """The sum of a list; of equal values, as often as there are."""
    if isinstance(value, Repeated):
        return multiplied(value.count, sum_of(value.body, sequence))
    if isinstance(value, Span):
        return total([as_scalar(each, "an entry") for each in sequence(value)])
    if isinstance(value, Scalar):
        return value
    parts = [_part(each, sequence, sum_of) for each in sequence(value)]
    if len(parts) > 2 and all(each == parts[0] for each in parts):
        return multiplied(number(len(parts)), parts[0])
    return total(parts)


def product_over(value: Value, sequence: Callable[[Value], list[Value]]) -> Scalar:
    """The product of a list."""
    if isinstance(value, Repeated):
        return raised(product_over(value.body, sequence), value.count)
    if isinstance(value, Scalar):
        return value
    return product_of([_part(each, sequence, product_over) for each in sequence(value)])


def _part(
    value: Value,
    sequence: Callable[[Value], list[Value]],
    inner: Callable[[Value, Callable[[Value], list[Value]]], Scalar],
) -> Scalar:
    if isinstance(value, Repeated):  # of a comprehension with two loops
        return inner(value, sequence)
    return as_scalar(value, "an entry of the list")


def length(value: Value, sequence: Callable[[Value], list[Value]]) -> Scalar:
    """len of a list, a text, a range, whatever its entries are."""
    if isinstance(value, Span):
        return turns_of(value)
    if isinstance(value, Repeated) and isinstance(value.body, Scalar):
        return value.count
    if isinstance(value, Text):
        return number(len(value.text))
    if isinstance(value, Items | Record):
        return number(len(sequence(value)))
    raise NotReadError("the length is not known")


def extreme_of(
    name: str, args: Sequence[Value], sequence: Callable[[Value], list[Value]]
) -> Scalar:
    """min and max, of several values or of one list."""
    values = list(args)
    if len(values) == 1 and isinstance(values[0], Repeated):
        values = [values[0].body]
    elif len(values) == 1:
        values = sequence(values[0])
    return extreme(name, [as_scalar(each, "an entry of the list") for each in values])


def span(args: Sequence[Value]) -> Span:
    """range with one, two or three arguments."""
    parts = [as_scalar(each, "the end of the range") for each in args]
    if len(parts) == 1:
        return Span(number(0), parts[0], number(1))
    if len(parts) in (2, 3):
        return Span(parts[0], parts[1], parts[2] if len(parts) == 3 else number(1))
    raise NotReadError("range takes one to three arguments")


def in_order(values: list[Value], *, backwards: bool) -> Items:
    """sorted, of numbers that are known or of texts."""
    if all(isinstance(each, Text) for each in values):
        words = sorted((each.text for each in values if isinstance(each, Text)), reverse=backwards)
        return Items([Text(each) for each in words])
    sized: list[tuple[Fraction, Value]] = []
    for each in values:
        if not isinstance(each, Scalar) or each.number is None:
            raise NotReadError("sorted, of values that are not known")
        sized.append((each.number, each))
    return Items([each for _, each in sorted(sized, key=lambda one: one[0], reverse=backwards)])


def distinct(values: list[Value]) -> Items:
    """set, whose entries are told apart: each value once."""
    found: list[Value] = []
    try:
        for each in values:
            if not any(same(each, other) for other in found):
                found.append(each)
    except OpenError:
        raise NotReadError("a set of values that may be equal") from None
    return Items(found)


def simple(name: str) -> Callable[[Scalar], Scalar] | None:
    """A function of one number, by its name."""
    return {
        "ceil": lambda x: rounded("ceil", x),
        "floor": lambda x: rounded("floor", x),
        "trunc": whole_part,
        "int": whole_part,
        "float": lambda x: x,
        "Fraction": lambda x: x,
        "Decimal": lambda x: x,
        "round": nearest,
        "abs": distance,
        "fabs": distance,
        "sqrt": square_root,
        "isqrt": square_root,
        "int64": whole_part,
        "float64": lambda x: x,
        "square": lambda x: multiplied(x, x),
    }.get(name)


def two_sided(name: str) -> Callable[[Scalar, Scalar], Scalar] | None:
    """A function of two numbers, by its name."""
    return {
        "pow": raised,
        "power": raised,
        "mul": multiplied,
        "truediv": divided,
        "Fraction": divided,
    }.get(name)


def of_text(text: str, method: str, args: Sequence[Value]) -> Value:
    """A method of a text, where that needs nothing but texts."""
    words = [each.text for each in args if isinstance(each, Text)]
    first = words[0] if words else None
    if method in ("upper", "lower", "title", "capitalize"):
        return Text(getattr(text, method)())
    if method in ("strip", "rstrip", "lstrip"):
        return Text(getattr(text, method)(first))
    if method == "replace" and len(words) == 2 and len(text) < 200 and len(words[1]) < 200:
        return joined(text.replace(words[0], words[1]))
    if method in ("ljust", "rjust", "center"):
        return Text(text)
    if method == "split" and first != "":
        return Items([Text(each) for each in text.split(first)[:200]])
    raise NotReadError(f"the method {method!r} of a text is not read")


def of_record(record: Record, method: str, referred: Callable[[Binding], Value]) -> Items:
    """items, keys and values of a dictionary."""
    pairs: list[tuple[Value, Value]] = []
    for key, binding in record.fields.items():
        shown: Value = Text(key) if isinstance(key, str) else number(key)
        value = binding.value
        pairs.append((shown, value if method == "keys" else referred(binding)))
    if method == "items":
        return Items([Items([key, value]) for key, value in pairs])
    return Items([key if method == "keys" else value for key, value in pairs])
