"""Elasticities: by how many per cent a cost grows when one size grows by one per cent.

E = d log C / d log x = x C'(x) / C(x), the mean power of x, weighted by what each power costs. That
C' is the derivative is proved as an identity: C(x + u) - C(x) = u C'(x) + u^2 R, with R finite at
u = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, stand_in
from symcost.algebra.form import (
    Form,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    expanded,
    power,
    product,
    total,
)
from symcost.algebra.identity import put_in
from symcost.algebra.plain import people
from symcost.algebra.poly import Number, Poly
from symcost.algebra.proof import Derivation, Rule, Step
from symcost.algebra.ratio import Ratio
from symcost.algebra.shown import Shown
from symcost.questions.cases import Case, cases
from symcost.questions.cost import Cost, QuestionError, asked, decimal
from symcost.questions.ratios import shortest

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = stand_in("u", 0)


@final
@dataclass(frozen=True)
class Elasticity(Shown):
    """The elasticity of a cost in one symbol, in one case of its minima and maxima.

    `powers` is the cost by powers of the symbol, `slope` is x C'(x), `proof` the identity that
    shows it, `claim` the chain to the closed form. `value` is exact; None while symbols are free,
    and then `partly` is the closed form with the known numbers put in.
    """

    by: Dim
    case: Case
    powers: tuple[tuple[int, Poly], ...]
    slope: Poly
    proof: Step
    claim: Derivation
    partly: Form
    value: Number | None

    def __repr__(self) -> str:
        here = "" if self.value is None else f", here {decimal(self.value)}"
        return f"<symcost elasticity in {self.by.symbol}: {people(self.claim.result)}{here}>"

    @property
    def ratio(self) -> Ratio:
        """The elasticity as a rational function."""
        return Ratio(self.slope, self.case.poly)

    def shares(self, values: Mapping[Dim, int]) -> dict[int, Fraction]:
        """What each power of the symbol has of the cost at these sizes."""
        whole = Fraction(self.case.poly.at(values))
        return {
            times: Fraction((held * Poly.of(self.by) ** times).at(values)) / whole
            for times, held in self.powers
        }


def moved(cost: Cost, *, cite: bool = False, alone: bool = False) -> Poly:
    """The cost as a function of what moves by itself.

    Relations are put in, so d moves d_h = d/h; with `cite` the published proportions too, so d
    moves d_ff = 4 d; `alone` puts nothing in.
    """
    if alone:
        return cost.ledger.total
    return put_in(cost.total, cost.cited) if cite else cost.total


def sensitivity(
    cost: Cost, by: str, *, cite: bool = False, alone: bool = False
) -> tuple[Elasticity, ...]:
    """The elasticity in one symbol, for each case that the sizes in force leave possible.

    Raises `QuestionError` for a symbol that the cost does not have, for one that only follows from
    others, and where the cost moves in steps or has a corner at these very sizes.
    """
    poly = moved(cost, cite=cite, alone=alone)
    each = asked(cost, poly, by)
    possible = [case for case in cases(poly, each) if _possible(case, cost.values, each)]
    return tuple(_elasticity(case, each, cost.values) for case in possible)


def _possible(case: Case, values: Mapping[Dim, int], by: Dim) -> bool:
    for condition in case.conditions:
        if any(one not in values for one in (*condition.small.dims(), *condition.large.dims())):
            continue
        if condition.is_edge(values):
            raise QuestionError(
                f"at {by.symbol} = {values.get(by)} two cases of the cost meet in a corner, where "
                "there is no elasticity; set another size"
            )
        if not condition.holds(values):
            return False
    return True


def _elasticity(case: Case, by: Dim, values: Mapping[Dim, int]) -> Elasticity:
    powers = tuple(sorted(case.poly.coefficients(by).items(), reverse=True))
    x = Poly.of(by)
    slope = sum((times * held * x**times for times, held in powers), Poly())
    ratio = Ratio(slope, case.poly)
    start = Quotient(_weighted(powers, by), _by_powers(powers, Sym(by)))
    shown = shortest(ratio)
    steps = (Step(start, shown, Rule.GATHER),) if start != shown else ()
    claim = Derivation(Named("E", by.symbol, shown), steps, "", (), start)
    known = {each: number for each, number in values.items() if each in case.poly.dims()}
    bound = len(known) == len(case.poly.dims())
    partly = shortest(ratio.substitute(known))
    value = Fraction(slope.at(values)) / Fraction(case.poly.at(values)) if bound else None
    return Elasticity(by, case, powers, slope, _proof(powers, by), claim, partly, value)


def _by_powers(powers: tuple[tuple[int, Poly], ...], base: Form) -> Form:
    """The sum of coefficient x base^power."""
    return total(_part(held, base, times) for times, held in powers)


def _weighted(powers: tuple[tuple[int, Poly], ...], by: Dim) -> Form:
    """The sum of power x coefficient x base^power."""
    parts = [_part(held * times, Sym(by), times) for times, held in powers if times]
    return total(parts)


def _part(held: Poly, base: Form, times: int) -> Form:
    if times == 0:
        return expanded(held)
    if isinstance(base, Sym):
        return expanded(held * Poly.of(base.dim) ** times)
    if times > 0:
        return product([expanded(held), power(base, times)])
    return Quotient(expanded(held), power(base, -times))


def _proof(powers: tuple[tuple[int, Poly], ...], by: Dim) -> Step:
    """C(x + u) - C(x) = u C'(x) + u^2 R: what is left is a multiple of u^2."""
    x, u = Poly.of(by), Poly.of(STEP)
    further = Sum((Sym(by), Sym(STEP)))
    before = total([_by_powers(powers, further), _negative(_by_powers(powers, Sym(by)))])
    first = sum((times * held * x ** (times - 1) for times, held in powers), Poly())
    rest: list[Form] = []
    for times, held in powers:
        top, below = _second_order(times, x, u)
        if top:
            shown = expanded(held * top)
            rest.append(
                Quotient(shown, Product((Sym(by), Power(further, -times)))) if below else shown
            )
    after = total(
        [
            product([Sym(STEP), expanded(first)]),
            *(product([Power(Sym(STEP), 2), each]) for each in rest),
        ]
    )
    return Step(before, after, Rule.DEFINITION, "what is left over is a multiple of u^2")


def _negative(form: Form) -> Form:
    return Product((Num(-1), form))


def _second_order(times: int, x: Poly, u: Poly) -> tuple[Poly, bool]:
    """(top, whether there is a bottom): ((x + u)^n - x^n - n u x^(n-1)) / u^2.

    For a negative power -k the bottom is x (x + u)^k, and x^k stands as a power in the top.
    """
    if times >= 0:
        found = sum(
            (comb(times, p) * x ** (times - p) * u ** (p - 2) for p in range(2, times + 1)), Poly()
        )
        return found, False
    k = -times
    top = x - x ** (1 - k) * (x + u) ** k + k * u * x ** (-k) * (x + u) ** k
    return top / u**2, True


def all_elasticities(
    cost: Cost, *, cite: bool = False, alone: bool = False
) -> dict[Dim, tuple[Elasticity, ...] | str]:
    """The elasticity in every symbol that moves by itself, or why there is none."""
    found: dict[Dim, tuple[Elasticity, ...] | str] = {}
    for each in moved(cost, cite=cite, alone=alone).dims():
        try:
            found[each] = sensitivity(cost, each.symbol, cite=cite, alone=alone)
        except QuestionError as error:
            found[each] = str(error)
    return found
