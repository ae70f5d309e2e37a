"""Two formulas: equal, equal if, or by how much not.

The difference is brought to its normal form. Where it is zero the formulas are equal; where it has
a factor that a relation between the sizes makes zero, they are equal under that relation; where all
its terms have one sign, they never are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.form import Form, meaning
from symcost.algebra.identity import Relation, solve
from symcost.algebra.poly import Call, Poly
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import content, ratio_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Formula: TypeAlias = "Form | Poly | Ratio"


@final
@dataclass(frozen=True)
class Verdict:
    """left - right = `difference`, and the relations under which it is zero.

    `equal_if` holds relations that each suffice by themselves: those that were offered and those
    that solve a factor of the difference. `never` says that it has one sign for all sizes.
    """

    equal: bool
    difference: Form
    equal_if: tuple[Relation, ...]
    never: bool


def difference(left: Formula, right: Formula, given: Iterable[Relation] = ()) -> Ratio:
    """left - right once the given relations are put in."""
    return (_ratio(left) - _ratio(right)).substitute(solve(given))


def equal(left: Formula, right: Formula, given: Iterable[Relation] = ()) -> bool:
    """Whether two formulas are equal for all sizes that obey the given relations: a decision."""
    return not difference(left, right, given)


def compare_formulas(
    left: Formula,
    right: Formula,
    given: Iterable[Relation] = (),
    offered: Iterable[Relation] = (),
) -> Verdict:
    """Equal, equal if, or by how much not.

    `offered` are relations to try one at a time, such as the proportions of a model; a relation
    that would only be true of zero or negative sizes is not named.
    """
    known = tuple(given)
    left_over = difference(left, right, known)
    if not left_over:
        return Verdict(True, ratio_form(left_over), (), False)
    tried = [each for each in offered if not left_over.substitute(solve([each]))]
    found = {_key(each): each for each in (*tried, *_solving(left_over.top))}
    return Verdict(
        False,
        ratio_form(left_over),
        tuple(found.values()),
        not found and _one_sign(left_over.top) and _one_sign(left_over.bottom),
    )


def _ratio(formula: Formula) -> Ratio:
    return Ratio.of(formula) if isinstance(formula, Poly | Ratio) else meaning(formula)


def _key(relation: Relation) -> tuple[str, object]:
    return relation.dim.symbol, relation.value


def _solving(top: Poly) -> Iterator[Relation]:
    """For every factor the relations that make it zero, solved for each symbol that can be."""
    for factor in _factors(top / content(top)):
        if _one_sign(factor):
            continue
        for each in factor.dims():
            powers = factor.coefficients(each)
            single = powers.get(1, Poly())
            if set(powers) == {0, 1} and len(single.terms) == 1:
                value = -powers[0] / single
                if each not in value.dims() and not _negative(value):
                    yield Relation(each, value, "the difference is zero")


def _factors(poly: Poly) -> list[Poly]:
    if len(poly.terms) < 2 or any(isinstance(atom, Call) for atom in poly.atoms()):
        return [poly]
    from symcost.algebra import symbolic

    return [factor for factor, _ in symbolic.factors(poly)[1]]


def _one_sign(poly: Poly) -> bool:
    """Whether all terms have one sign: then no positive sizes make the sum zero."""
    signs = {number > 0 for number in poly.terms.values()}
    return len(signs) == 1 and not any(isinstance(atom, Call) for atom in poly.atoms())


def _negative(poly: Poly) -> bool:
    return all(number < 0 for number in poly.terms.values())
