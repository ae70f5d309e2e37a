"""The leading behaviour of a cost as one symbol grows, with what that leaves out in closed form.

exact = kept + dropped, where kept is the term with the highest power of the symbol. Minima and
maxima are decided by what happens at the far end; floor and ceil differ from what they round by
less than one, so the leading term is that of the cost without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.form import atom_form
from symcost.algebra.identity import put_in
from symcost.algebra.plain import people
from symcost.algebra.poly import Call, Poly, called
from symcost.algebra.proof import Estimate
from symcost.algebra.simplify import simplest
from symcost.questions.cases import Case, Condition, cases
from symcost.questions.cost import Cost, QuestionError, asked

if TYPE_CHECKING:
    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Atom


@final
@dataclass(frozen=True)
class Leading:
    """cost = kept + dropped, kept of the highest power of the symbol.

    `conditions` say from where on the cost is `exact`; `rounded` are floors and ceils of the
    symbol, of which each differs from its argument by less than one.
    """

    by: Dim
    power: int
    exact: Poly
    kept: Poly
    dropped: Poly
    estimate: Estimate
    conditions: tuple[Condition, ...]
    rounded: tuple[Call, ...]
    relations: tuple[Relation, ...]


def asymptotics(cost: Cost, by: str, *, cite: bool = False) -> tuple[Leading, ...]:
    """The leading behaviour in one symbol, one answer for each case that the sizes leave open.

    Raises `QuestionError` for a symbol that the cost does not have.
    """
    relations = (*cost.relations, *(cost.cited if cite else ()))
    poly = put_in(cost.total, relations)
    each = asked(cost, poly, by)
    smooth, rounded = _smooth(poly, each)
    far = [case for case in cases(smooth, each) if _is_far(case, each)]
    if not far:
        raise QuestionError(f"no case of the cost holds for large {each.symbol}")
    return tuple(_leading(poly, case, each, rounded, relations) for case in far)


def _leading(
    poly: Poly, case: Case, by: Dim, rounded: tuple[Call, ...], relations: tuple[Relation, ...]
) -> Leading:
    exact = poly if rounded else case.poly
    powers = case.poly.coefficients(by)
    power = max(powers)
    kept = powers[power] * Poly.of(by) ** power
    dropped = exact - kept
    estimate = Estimate(simplest(exact).form, simplest(kept).form, simplest(dropped).form)
    return Leading(by, power, exact, kept, dropped, estimate, case.conditions, rounded, relations)


def _smooth(poly: Poly, by: Dim) -> tuple[Poly, tuple[Call, ...]]:
    """The cost with what floor and ceil of the symbol round in their places, and those calls."""
    rounded: list[Call] = []

    def smoothed(inner: Poly) -> Poly:
        total = Poly()
        for monomial, number in inner.terms.items():
            product = Poly.of(number)
            for atom, power in monomial:
                product = product * _power(replaced(atom), power, by)
            total = total + product
        return total

    def replaced(atom: Atom) -> Poly:
        if not isinstance(atom, Call) or by not in Poly.of(atom).dims():
            return Poly.of(atom)
        args = [smoothed(arg) for arg in atom.args]
        if atom.function in ("floor", "ceil"):
            if args[0].degree(by) < 1:
                raise QuestionError(
                    f"{people(atom_form(atom))} does not grow with {by.symbol}, so rounding is all "
                    "there is of it; ask for another symbol"
                )
            rounded.append(atom)
            return args[0]
        return called(atom.function, args)

    return smoothed(poly), tuple(dict.fromkeys(rounded))


def _power(base: Poly, power: int, by: Dim) -> Poly:
    if power < 0 and len(base.terms) > 1:
        raise QuestionError(f"the cost divides by a rounded sum: no leading term in {by.symbol}")
    return base**power


def _is_far(case: Case, by: Dim) -> bool:
    """Whether the conditions can hold for all large values of the symbol."""
    for condition in case.conditions:
        powers = (condition.large - condition.small).coefficients(by)
        leading = powers[max(powers)] if powers else Poly()
        if max(powers, default=0) > 0 and all(number < 0 for number in leading.terms.values()):
            return False
    return True
