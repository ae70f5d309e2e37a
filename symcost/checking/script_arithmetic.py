"""Arithmetic on the numbers of a script, exact, each result measured before it is made."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isqrt
from typing import TYPE_CHECKING

from symcost.checking.grammar import LARGEST_EXPONENT, negative, product
from symcost.checking.script_values import NotReadError, Scalar, Span, named, number
from symcost.checking.tree import Add, Apply, Name, Node, Number, Over, Raised, Times, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ZERO = Fraction(0)


def _combined(
    node: Node, left: Scalar, right: Scalar, value: Fraction | None, **facts: int | bool
) -> Scalar:
    deep = max(left.deep, right.deep)
    flat = isinstance(node, Add | Times) and node_depth_kept(node, left)
    return Scalar(
        node,
        value,
        parts=left.parts + right.parts + 1,
        deep=max(left.deep, right.deep + 1) if flat else deep + 1,
        terms=int(facts.get("terms", 1)),
        whole=bool(facts.get("whole", left.whole and right.whole)),
        positive=bool(facts.get("positive", left.positive and right.positive)),
    )


def node_depth_kept(node: Node, left: Scalar) -> bool:
    """Whether a sum or product only grew longer."""
    return type(node) is type(left.node)


def _both(
    left: Scalar, right: Scalar, compute: Callable[[Fraction, Fraction], Fraction]
) -> Fraction | None:
    if left.number is None or right.number is None:
        return None
    return compute(left.number, right.number)


def added(left: Scalar, right: Scalar) -> Scalar:
    """left + right; a chain of sums stays flat."""
    ahead = left.node.terms if isinstance(left.node, Add) else (left.node,)
    value = _both(left, right, lambda x, y: x + y)
    return _combined(Add((*ahead, right.node)), left, right, value, terms=left.terms + right.terms)


def negated(scalar: Scalar) -> Scalar:
    """Minus the scalar; -(-a // b) is the ceiling of a/b."""
    match scalar.node:
        case Apply("floor", (Over(Times((Number(Fraction(numerator=-1)), *above)), below),)):
            upper = above[0] if len(above) == 1 else Times(tuple(above))
            value = None if scalar.number is None else -scalar.number
            node = Apply("ceil", (Over(upper, below),))
            return Scalar(node, value, scalar.parts, scalar.deep)
    value = None if scalar.number is None else -scalar.number
    if isinstance(scalar.node, Number):
        return number(-scalar.node.value)
    return Scalar(
        negative(scalar.node),
        value,
        scalar.parts + 2,
        scalar.deep + 1,
        scalar.terms,
        scalar.whole,
        positive=value is not None and value >= 0,
    )


def subtracted(left: Scalar, right: Scalar) -> Scalar:
    """left - right. A difference is positive where its value is known to be."""
    made = added(left, negated(right))
    positive = made.number is not None and made.number >= 0
    return Scalar(made.node, made.number, made.parts, made.deep, made.terms, made.whole, positive)


def multiplied(left: Scalar, right: Scalar) -> Scalar:
    """left * right; a chain of products stays flat."""
    value = _both(left, right, lambda x, y: x * y)
    node = product(left.node, right.node)
    return _combined(node, left, right, value, terms=left.terms * right.terms)


def divided(left: Scalar, right: Scalar) -> Scalar:
    """left / right, exactly."""
    if right.number == 0 or right.node == Number(ZERO):
        raise NotReadError("divides by zero")
    value = _both(left, right, lambda x, y: x / y)
    terms = left.terms * right.terms
    return _combined(Over(left.node, right.node), left, right, value, terms=terms, whole=False)


def rounded(function: str, inside: Scalar) -> Scalar:
    """floor or ceil of one scalar; of a whole one, the scalar itself."""
    if inside.whole:
        return inside
    value = inside.number
    if value is not None:
        value = Fraction(value.__floor__() if function == "floor" else value.__ceil__())
    return Scalar(
        Apply(function, (inside.node,)),
        value,
        inside.parts + 1,
        inside.deep + 1,
        positive=inside.positive,
    )


def quotient(left: Scalar, right: Scalar) -> Scalar:
    """left // right; (a + b - 1) // b is the ceiling of a/b."""
    above = _without_one_less(left.node, right.node)
    if above is not None and left.whole and right.whole and right.positive:
        node = Apply("ceil", (Over(above, right.node),))
        value = _both(left, right, lambda x, y: Fraction(x // y))
        return _combined(node, left, right, value, positive=left.positive)
    return rounded("floor", divided(left, right))


def _without_one_less(above: Node, below: Node) -> Node | None:
    """a, where a sum is a + below - 1."""
    if not isinstance(above, Add):
        return None
    rest = above.terms
    if isinstance(below, Number) and rest[-1] == Number(below.value - 1):
        rest = rest[:-1]
    elif rest[-2:] == (below, Number(Fraction(-1))):
        rest = rest[:-2]
    else:
        return None
    if not rest:
        return None
    return rest[0] if len(rest) == 1 else Add(rest)


def remainder(left: Scalar, right: Scalar) -> Scalar:
    """left % right."""
    divided(left, right)
    value = _both(left, right, lambda x, y: x % y)
    return _combined(Apply("mod", (left.node, right.node)), left, right, value)


def extreme(function: str, parts: list[Scalar]) -> Scalar:
    """min or max of some scalars."""
    if not parts:
        raise NotReadError(f"{function} of nothing")
    if len(parts) == 1:
        return parts[0]
    values = [each.number for each in parts if each.number is not None]
    known = len(values) == len(parts)
    value = (min(values) if function == "min" else max(values)) if known else None
    return Scalar(
        Apply(function, tuple(each.node for each in parts)),
        value,
        sum(each.parts for each in parts) + 1,
        max(each.deep for each in parts) + 1,
        whole=all(each.whole for each in parts),
        positive=all(each.positive for each in parts),
    )


def raised(base: Scalar, exponent: Scalar) -> Scalar:
    """base ** exponent, for a whole exponent; 0.5 of a square number; 2 ** a name."""
    power = exponent.number
    simple = isinstance(base.node, Number) and base.whole and base.node.value > 1
    if names_of(exponent.node) and simple:
        if not exponent.whole:
            raise NotReadError("an exponent that may be no whole number")
        value = None if power is None else _power(base, power).number
        made = Apply("power", (base.node, exponent.node))
        return _combined(made, base, exponent, value, whole=exponent.positive)
    if power is None:
        raise NotReadError("an exponent whose value is not known")
    return _power(base, power)


def _power(base: Scalar, power: Fraction) -> Scalar:
    if power == Fraction(1, 2):
        return square_root(base)
    if power.denominator != 1:
        raise NotReadError("an exponent that is no whole number")
    if abs(power) > LARGEST_EXPONENT:
        raise NotReadError(f"the exponent is larger than {LARGEST_EXPONENT}")
    whole = power.numerator
    if whole < 0:
        return divided(number(1), base if power == -1 else _power(base, -power))
    value = None if base.number is None else base.number**whole if _small(base.number) else None
    if base.number is not None and value is None:
        raise NotReadError("a number of more than 200 digits")
    terms = 1 if base.terms == 1 else comb(whole + base.terms - 1, base.terms - 1)
    positive = base.positive or whole % 2 == 0
    node = Raised(base.node, whole)
    return Scalar(node, value, base.parts + 1, base.deep + 1, terms, base.whole, positive)


def _small(value: Fraction) -> bool:
    """Whether a power of it stays short enough to be computed before it is measured."""
    return abs(value.numerator) <= 10**60 and value.denominator <= 10**60


def square_root(base: Scalar) -> Scalar:
    """The root of a number in the text, if it is exact."""
    value = base.number
    if value is not None and value >= 0 and not names_of(base.node):
        top, bottom = isqrt(value.numerator), isqrt(value.denominator)
        if Fraction(top, bottom) ** 2 == value:
            return number(Fraction(top, bottom))
    raise NotReadError("a root that is no exact number")


def total(parts: list[Scalar]) -> Scalar:
    """The sum of some scalars."""
    if not parts:
        return number(0)
    result = parts[0]
    for each in parts[1:]:
        result = added(result, each)
    return result


def product_of(parts: list[Scalar]) -> Scalar:
    """The product of some scalars."""
    if not parts:
        return number(1)
    result = parts[0]
    for each in parts[1:]:
        result = multiplied(result, each)
    return result


def measured(node: Node, known: Mapping[str, Scalar]) -> Scalar:
    """A tree as a scalar again, its names looked up among the known ones."""
    match node:
        case Number(value):
            return number(value)
        case Name(text):
            return known.get(text, named(text))
        case Add(terms):
            return total([measured(each, known) for each in terms])
        case Times(factors):
            return product_of([measured(each, known) for each in factors])
        case Over(top, bottom):
            return divided(measured(top, known), measured(bottom, known))
        case Raised(base, exponent):
            return raised(measured(base, known), number(exponent))
        case Apply(function, args):
            parts = [measured(each, known) for each in args]
            if function in ("min", "max"):
                return extreme(function, parts)
            two_sided = {"mod": remainder, "power": raised}.get(function)
            return two_sided(*parts) if two_sided else rounded(function, parts[0])


def turns_of(span: Span) -> Scalar:
    """How many numbers there are; none where the stop lies before the start."""
    if span.step.number is None or span.step.number == 0:
        raise NotReadError("the step of range is not known")
    distance = span.stop if span.start.number == 0 else subtracted(span.stop, span.start)
    many = distance if span.step.number == 1 else rounded("ceil", divided(distance, span.step))
    if many.number is not None and many.number < 0:
        return number(0)
    return many
