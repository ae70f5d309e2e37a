"""Minima and maxima by cases: in each case a polynomial, and the condition under which it is it.

The local attention of Mistral keeps min(s, W - 1) places: s where s <= W - 1, and W - 1 where it is
the other way round. Floor and ceil have no such cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim
from symcost.algebra.form import atom_form
from symcost.algebra.plain import people
from symcost.algebra.poly import Call, Poly
from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 16


@final
@dataclass(frozen=True)
class Condition:
    """`small` <= `large`."""

    small: Poly
    large: Poly

    def holds(self, values: Mapping[Dim, int]) -> bool:
        """Whether it is true of these sizes."""
        return self.small.at(values) <= self.large.at(values)

    def is_edge(self, values: Mapping[Dim, int]) -> bool:
        """Whether both sides are equal there."""
        return self.small.at(values) == self.large.at(values)


@final
@dataclass(frozen=True)
class Case:
    """A polynomial, and the conditions under which the cost is this polynomial."""

    conditions: tuple[Condition, ...]
    poly: Poly


def cases(poly: Poly, by: Dim) -> tuple[Case, ...]:
    """The cases of a cost in one symbol; one without conditions where no call holds the symbol.

    Raises `QuestionError` for floor and ceil of the symbol, which move in steps.
    """
    done: list[Case] = []
    waiting = [Case((), poly)]
    while waiting:
        case = waiting.pop(0)
        call = _call(case.poly, by)
        if call is None:
            done.append(case)
        else:
            waiting += [
                Case((*case.conditions, *conditions), exchange(case.poly, call, value))
                for conditions, value in _branches(call, by)
            ]
        if len(done) + len(waiting) > MOST:
            raise QuestionError(f"more than {MOST} cases in {by.symbol}: ask for another symbol")
    return tuple(dict.fromkeys(done))


def _call(poly: Poly, by: Dim) -> Call | None:
    for atom in poly.atoms():
        if isinstance(atom, Call) and by in Poly.of(atom).dims():
            return atom
    return None


def _branches(call: Call, by: Dim) -> list[tuple[tuple[Condition, ...], Poly]]:
    if call.function in ("floor", "ceil"):
        raise QuestionError(
            f"{people(atom_form(call))} moves in steps of {by.symbol}, so there is no derivative "
            "and no single boundary; ask for another symbol"
        )
    found = []
    for chosen in call.args:
        others = [other for other in call.args if other != chosen]
        least = call.function == "min"
        conditions = tuple(
            Condition(chosen, other) if least else Condition(other, chosen) for other in others
        )
        found.append((conditions, chosen))
    return found


def exchange(poly: Poly, call: Call, value: Poly) -> Poly:
    """The polynomial with one call exchanged for a polynomial.

    Raises `QuestionError` where the call stands below a fraction bar and the value is a sum.
    """
    total = Poly()
    for monomial, number in poly.terms.items():
        product = Poly.of(number)
        for atom, power in monomial:
            if atom != call:
                product = product * Poly({((atom, power),): 1})
            elif power < 0 and len(value.terms) > 1:
                raise QuestionError(f"the cost divides by {people(atom_form(call))}: no cases")
            else:
                product = product * value**power
        total = total + product
    return total
