"""Which sizes a model can have: relations keep sizes whole, tables have an end.

d = h d_h makes d a multiple of h, and h a divisor of d. The last word has `Architecture.bind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim, find
from symcost.algebra.identity import Relation, put_in
from symcost.algebra.plain import people
from symcost.graph.architecture import SizeError
from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number, Poly
    from symcost.graph.architecture import Architecture, Bound
    from symcost.questions.cost import Declared

# Steps from the wanted size to the nearest possible one; sizes must share absurd divisors to miss.
MOST_STEPS = 200_000
MOST_BOUND = 200


def following(
    architecture: Architecture, by: Dim, given: Mapping[str, int]
) -> tuple[Relation, ...]:
    """The rules (d_ff = 4 d) that hold while the symbol moves, as `Architecture.bind` has them."""
    taken = {find(name) for name in given}
    moved, found = {by}, []
    rules = [(dim(word), size, why) for word, (size, why) in architecture.sizes.items()]
    for _ in rules:
        for each, size, why in rules:
            if isinstance(size, int) or each in taken or each in moved:
                continue
            if moved & set(size.dims()):
                moved.add(each)
                found.append(Relation(each, size, why))
    return tuple(found)


@final
@dataclass(frozen=True)
class Possible:
    """The sizes of one symbol that a model can have, the others as they are.

    `whole` are relations whose right side must be a positive whole number, its other symbols
    already numbers. `least` and `most` come from limits, with the reason of the limit.
    """

    model: Declared
    by: Dim
    given: Mapping[str, int]
    whole: tuple[tuple[Relation, Poly], ...]
    least: int
    most: int | None
    reason: str

    @property
    def last(self) -> int | None:
        """A number that no possible size exceeds: by a limit, or as d/h is 1 or more; or None."""
        ends = [] if self.most is None else [self.most]
        for _, poly in self.whole:
            powers = poly.coefficients(self.by)
            if len(powers) == 1 and max(powers) < 0:
                # c/h^n is 1 or more only where h is at most c: both are whole.
                ends.append(int(poly.at({self.by: 1})))
        return min(ends, default=None)

    def bound(self, n: int) -> dict[Dim, Bound] | None:
        """All sizes once the symbol has this one; None where the model cannot have it."""
        try:
            return self.model.binding(**{**self.given, self.by.symbol: n})
        except SizeError:
            return None

    def nearest(self, start: int, step: int) -> int | None:
        """The first possible size from `start` on, upwards or downwards; None where none is."""
        at = max(start, self.least) if step > 0 else start
        if step < 0 and self.last is not None:
            at = min(at, self.last)
        tried = 0
        for _ in range(MOST_STEPS):
            if at < self.least or (self.most is not None and at > self.most):
                return None
            if any(_too_large(poly, self.by, at) for _, poly in self.whole) and step > 0:
                return None
            if all(_is_whole(poly.at({self.by: at})) for _, poly in self.whole):
                if self.bound(at) is not None:
                    return at
                tried += 1
                if tried > MOST_BOUND:
                    break
            at += step
        raise QuestionError(
            f"no possible {self.by.symbol} found near {start:,}: the model's relations refuse "
            "those that were tried; set other sizes"
        )

    def sentences(self) -> tuple[str, ...]:
        """What keeps sizes out, in words."""
        said = []
        for relation, poly in self.whole:
            left, right = map(people, relation.sides())
            step = lcm(*(Fraction(number).denominator for number in poly.terms.values()))
            below = any(power < 0 for power in poly.coefficients(self.by))
            one = len(poly.terms) == 1
            if below and one:
                above = next(iter(poly.terms.values()))
                said.append(f"{self.by.symbol} divides {above:,}: {left} = {right}")
            elif one and step > 1 and poly.degree(self.by) == 1:
                said.append(f"{self.by.symbol} is a multiple of {step:,}: {left} = {right}")
            elif step > 1 or below:
                said.append(f"{left} = {right} stays whole")
        if self.most is not None:
            said.append(f"{self.by.symbol} is at most {self.most:,}: {self.reason}")
        if self.least > 1:
            said.append(f"{self.by.symbol} is at least {self.least:,}: {self.reason}")
        return tuple(dict.fromkeys(said))


def possible(
    model: Declared, by: Dim, given: Mapping[str, int], values: Mapping[Dim, int]
) -> Possible:
    """The possible sizes of a symbol, everything else at `values`."""
    architecture = model.architecture
    rules = following(architecture, by, given)
    every = (*architecture.relations, *rules)
    others = {each: value for each, value in values.items() if each is not by}
    whole = []
    for relation in every:
        poly = put_in(relation.value, every).substitute(others)
        if poly.dims() == (by,):
            whole.append((relation, poly))
    least, most, reason = 1, None, ""
    for limit in architecture.limits:
        small, large = dim(limit.small), dim(limit.large)
        more = limit.more.substitute(others)
        if more.dims():
            continue
        if small is by and large in others:
            end = others[large] - int(more.at({}))
            if most is None or end < most:
                most, reason = end, limit.reason
        elif large is by and small in others:
            start = others[small] + int(more.at({}))
            if start > least:
                least, reason = start, limit.reason
    return Possible(model, by, dict(given), tuple(whole), least, most, reason)


def _is_whole(value: Number) -> bool:
    return value.denominator == 1 and value >= 1


def _too_large(poly: Poly, by: Dim, at: int) -> bool:
    """Whether a quotient such as d/h has fallen below 1, as it then stays."""
    return all(power < 0 for power in poly.coefficients(by)) and poly.at({by: at}) < 1
