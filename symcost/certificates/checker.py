"""Checks a certificate: every line of every chain equals the line before it.

This file stands alone. It imports nothing but the standard library, least of all symcost, so that
whoever doubts symcost need only read these lines:

    python checker.py gpt2.json

A line is an expression over positive sizes, written as JSON: a number (7, or "3/4" for a
fraction), a size ("d"), or an operation: ["+", ...], ["*", ...], ["/", a, b], ["^", a, 2],
["floor", a], ["ceil", a], ["min", ...], ["max", ...], ["name", 3]. A name stands for what the
table of names says. `given` are the equations a line may use: size = expression. Lines are compared
as quotients of polynomials with whole coefficients, by multiplying crosswise; floor, ceil, min and
max of numbers are numbers, else sizes of their own, the same where their arguments are equal.

Exit code 0: every line holds. 1: one does not. 2: the file is no certificate.
"""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from functools import reduce
from math import ceil, floor, gcd
from pathlib import Path
from typing import Any

FORMAT = "symcost certificate 1"
NUMBER = re.compile(r"(-?[0-9]{1,4000})/([0-9]{1,4000})")
MOST_BYTES = 50_000_000
MOST_TERMS = 20_000
MOST_POWER = 64
DEEPEST = 60
FUNCTIONS: dict[str, Any] = {"floor": floor, "ceil": ceil, "min": min, "max": max}

Monomial = tuple[tuple[str, int], ...]  # sizes and powers of at least 1, sorted
Poly = dict[Monomial, int]
Ratio = tuple[Poly, Poly]


class CertificateError(Exception):
    """A file that is no certificate, or one too large to be checked."""


class FalseLineError(Exception):
    """A line that does not hold."""


def times(left: Poly, right: Poly) -> Poly:
    """The product of two polynomials."""
    if len(left) * len(right) > MOST_TERMS * 50:
        raise CertificateError("an expression has too many terms")
    found: Poly = {}
    for one, number in left.items():
        for other, factor in right.items():
            powers = dict(one)
            for size, power in other:
                powers[size] = powers.get(size, 0) + power
            key = tuple(sorted(powers.items()))
            found[key] = found.get(key, 0) + number * factor
    return kept(found)


def plus(left: Poly, right: Poly) -> Poly:
    """The sum of two polynomials."""
    found = dict(left)
    for key, number in right.items():
        found[key] = found.get(key, 0) + number
    return kept(found)


def kept(poly: Poly) -> Poly:
    """The terms that are not zero."""
    if len(poly) > MOST_TERMS:
        raise CertificateError("an expression has too many terms")
    return {key: number for key, number in poly.items() if number}


def over(top: Poly, bottom: Poly) -> Ratio:
    """top / bottom, without the numbers and sizes that all terms share."""
    if not bottom:
        raise CertificateError("an expression divides by zero")
    common = gcd(*top.values(), *bottom.values())
    every = [dict(key) for key in (*top, *bottom)]
    least = {size: min(key.get(size, 0) for key in every) for size in every[0]}
    kinds = {
        key: tuple((size, left) for size, power in key if (left := power - least.get(size, 0)))
        for key in (*top, *bottom)
    }
    first, second = (
        {kinds[key]: number // common for key, number in poly.items()} for poly in (top, bottom)
    )
    return first, second


def add(left: Ratio, right: Ratio) -> Ratio:
    """The sum of two quotients."""
    if left[1] == right[1]:
        return over(plus(left[0], right[0]), left[1])
    top = plus(times(left[0], right[1]), times(right[0], left[1]))
    return over(top, times(left[1], right[1]))


def multiply(left: Ratio, right: Ratio) -> Ratio:
    """The product of two quotients."""
    return over(times(left[0], right[0]), times(left[1], right[1]))


def divide(left: Ratio, right: Ratio) -> Ratio:
    """The quotient of two quotients."""
    return over(times(left[0], right[1]), times(left[1], right[0]))


def equal(left: Ratio, right: Ratio) -> bool:
    """Whether a/b = c/d: whether a d is b c, term by term."""
    return times(left[0], right[1]) == times(right[0], left[1])


def constant(number: int | Fraction) -> Ratio:
    """A number as a quotient."""
    return kept({(): number.numerator}), {(): number.denominator}


def symbol(name: str) -> Ratio:
    """A size as a quotient."""
    return {((name, 1),): 1}, {(): 1}


def whole(node: Any) -> int:
    """A number of the file that has to be whole."""
    if isinstance(node, bool) or not isinstance(node, int):
        raise CertificateError(f"{node!r:.60} is no whole number")
    return node


class Reader:
    """Turns expressions into quotients of polynomials."""

    def __init__(self, sizes: set[str], names: list[Any]) -> None:
        self.sizes, self.names = sizes, names
        self.given: dict[str, Ratio] = {}
        self.known: dict[int, Ratio] = {}
        self.calls: list[tuple[str, list[Ratio]]] = []

    def read(self, node: Any, depth: int = 0) -> Ratio:
        """The value of an expression, the equations in force put in."""
        if depth > DEEPEST:
            raise CertificateError("brackets are nested too deeply")
        if isinstance(node, str):
            return self.given.get(node) or self.leaf(node)
        if not isinstance(node, list):
            return constant(whole(node))
        if node[0] == "name":
            return self.named(node, depth)
        if node[0] == "^":
            return self.power(node, depth)
        return self.operation(node[0], [self.read(each, depth + 1) for each in node[1:]])

    def leaf(self, text: str) -> Ratio:
        """A fraction or a size."""
        fraction = NUMBER.fullmatch(text)
        if fraction:
            return divide(constant(int(fraction[1])), constant(int(fraction[2])))
        if text not in self.sizes:
            raise CertificateError(f"{text[:60]!r} is not among the sizes")
        return symbol(text)

    def named(self, node: list[Any], depth: int) -> Ratio:
        """What a name stands for, worked out once for each set of equations."""
        if not 0 <= (place := whole(node[-1])) < len(self.names):
            raise CertificateError(f"there is no name {place}")
        if place not in self.known:
            self.known[place] = self.read(self.names[place]["is"], depth + 1)
        return self.known[place]

    def power(self, node: list[Any], depth: int) -> Ratio:
        """A base with a whole exponent."""
        base, exponent = self.read(node[1], depth + 1), whole(node[2])
        if abs(exponent) > MOST_POWER:
            raise CertificateError(f"the exponent {exponent} is too large")
        found = reduce(multiply, [base] * abs(exponent), constant(1))
        return found if exponent >= 0 else divide(constant(1), found)

    def operation(self, sign: str, args: list[Ratio]) -> Ratio:
        """A sum, a product, a quotient, or one of the four functions."""
        if sign == "+":
            return reduce(add, args, constant(0))
        if sign == "*":
            return reduce(multiply, args, constant(1))
        if sign == "/" and len(args) == 2:
            return divide(*args)
        rounds = sign in ("floor", "ceil")
        if (rounds and len(args) == 1) or (sign in ("min", "max") and args):
            if any(set(top) | set(bottom) != {()} for top, bottom in args):
                return symbol(f"{sign} {self.call(sign, args)}")
            numbers = [Fraction(top.get((), 0), bottom[()]) for top, bottom in args]
            return constant(FUNCTIONS[sign](numbers[0] if rounds else numbers))
        raise CertificateError(f"{sign!r:.30} with {len(args)} arguments means nothing")

    def call(self, function: str, args: list[Ratio]) -> int:
        """The place of a function of these arguments; their order is nothing to min and max."""
        for place, (other, held) in enumerate(self.calls):
            pairs = ((args, held), (held, args))
            if other == function and all(
                any(equal(one, two) for two in others) for some, others in pairs for one in some
            ):
                return place
        self.calls.append((function, args))
        return len(self.calls) - 1

    def use(self, equations: list[Any]) -> None:
        """Puts equations in force: each is solved for one size and put into the others."""
        self.given, self.known = {}, {}
        for left, right in ([self.read(side) for side in pair] for pair in equations):
            self.known = {}
            if not equal(left, right):
                self.solve(add(left, multiply(constant(-1), right)))

    def solve(self, zero: Ratio) -> None:
        """From top = 0, linear in some size with one term before it, that size."""
        top = zero[0]
        for size in sorted({size for key in top for size, _ in key}):
            terms = {key: number for key, number in top.items() if size in dict(key)}
            rest = {key: -number for key, number in top.items() if key not in terms}
            if len(terms) != 1 or not rest:
                continue
            ((key, number),) = terms.items()
            if dict(key)[size] == 1 and " " not in size:
                before: Poly = {tuple(pair for pair in key if pair[0] != size): number}
                self.given[size] = over(rest, before)
                self.given = {each: self.again(was, size) for each, was in self.given.items()}
                return
        raise CertificateError("an equation is linear in no size")

    def again(self, value: Ratio, size: str) -> Ratio:
        """A value with what a size stands for put in."""
        found: list[Ratio] = []
        for poly in value:
            total = constant(0)
            for key, number in poly.items():
                term = constant(number)
                for each, power in key:
                    factor = self.given[size] if each == size else symbol(each)
                    term = reduce(multiply, [factor] * power, term)
                total = add(total, term)
            found.append(total)
        return divide(found[0], found[1])


def check(data: Any) -> tuple[int, int]:
    """Checks a certificate that was read; returns how many chains and steps it has.

    Raises `FalseLineError` at the first line that does not hold, `CertificateError` for what is
    no certificate.
    """
    try:
        if data["format"] != FORMAT:
            raise CertificateError(f"this checker reads '{FORMAT}'")
        chains, steps = data["chains"], 0
        reader = Reader(set(data["sizes"]), data["names"])
        for chain in chains:
            place, lines, every = repr(chain["label"])[:80], chain["lines"], []
            for number, line in enumerate(lines):
                every += line["given"]
                reader.use(line["given"])
                here, before = (reader.read(each["is"]) for each in (line, lines[number - 1]))
                if number and not equal(before, here):
                    raise FalseLineError(f"{place}: line {number + 1} is not line {number}")
            steps += len(lines) - 1
            if chain["name"] is not None:
                reader.use(every)
                if not equal(reader.read(["name", chain["name"]]), reader.read(lines[-1]["is"])):
                    raise FalseLineError(f"{place}: it does not end at what its name stands for")
        return len(chains), steps
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CertificateError(f"no certificate: {type(error).__name__} {error!s:.200}") from None


def main(files: list[str]) -> int:
    """Checks files; prints a line for each and returns the exit code."""
    worst = 0
    for path in map(Path, files):
        try:
            if path.stat().st_size > MOST_BYTES or not path.is_file():
                raise CertificateError(f"no file of at most {MOST_BYTES:,} bytes")
            chains, steps = check(json.loads(path.read_text(encoding="utf-8")))
            print(f"{path}: {chains} chains, {steps} steps: every line holds")
        except FalseLineError as error:
            print(f"{path}: FALSE: {error}")
            worst = max(worst, 1)
        except (CertificateError, ValueError, OSError, RecursionError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            worst = 2
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else "name the certificates to check")
