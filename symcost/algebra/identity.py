"""Deciding whether two forms are equal, modulo relations that are cited.

A relation such as d_h = d/h or d_ff = 4 d is solved for one dimension and put in everywhere;
what is left is compared as rational functions. Every dimension is positive, so dividing by a
single term is always allowed. Nothing is sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim
from symcost.algebra.form import Form, Product, Quotient, Sym, evaluate, expanded, meaning
from symcost.algebra.plain import show
from symcost.algebra.poly import Number, Poly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.ratio import Ratio


class RelationError(ValueError):
    """Relations that contradict each other, or that cannot be solved for a dimension."""


@final
@dataclass(frozen=True)
class Relation:
    """`dim` = `value`, with the reason why it holds.

    Shown with the divisor on the left: head = model/heads reads h d_h = d.

    >>> from symcost.algebra.dim import dim
    >>> tiled = symcost.Relation(dim("feed"), 4 * symcost.Poly.of(dim("model")), "as published")
    >>> tiled.holds({dim("feed"): 3072, dim("model"): 768})
    True
    """

    dim: Dim
    value: Poly
    reason: str

    def sides(self) -> tuple[Form, Form]:
        """Left and right side as they are printed."""
        right = expanded(self.value)
        if isinstance(right, Quotient):
            below = right.bottom.factors if isinstance(right.bottom, Product) else (right.bottom,)
            return Product((*below, Sym(self.dim))), right.top
        return Sym(self.dim), right

    def holds(self, values: Mapping[Dim, int]) -> bool:
        """Whether the relation is true of these sizes."""
        return values[self.dim] == self.value.at(values)


def solve(relations: Iterable[Relation]) -> dict[Dim, Poly]:
    """One replacement for each relation that says something new, each free of the others.

    Raises `RelationError` where two relations contradict each other, or where what is left of one
    is linear in no dimension.
    """
    solved: dict[Dim, Poly] = {}
    users: dict[Dim, set[Dim]] = {}  # the solved dimensions in whose replacement one occurs
    for relation in relations:
        try:
            left = Poly.of(relation.dim).substitute(solved)
            right = relation.value.substitute(solved)
        except ValueError:
            raise RelationError(
                f"{relation.dim.symbol} = {show(relation.value)} divides by a sum once the other "
                "relations are put in: cite it solved"
            ) from None
        if left == right:
            continue
        dim, value = _isolate(left - right, prefer=relation.dim)
        for each in users.pop(dim, ()):
            solved[each] = solved[each].substitute({dim: value})
            for other in value.dims():
                users.setdefault(other, set()).add(each)
        solved[dim] = value
        for other in value.dims():
            users.setdefault(other, set()).add(dim)
    return solved


def _isolate(difference: Poly, prefer: Dim) -> tuple[Dim, Poly]:
    dims = difference.dims()
    if len(difference.terms) == 1:  # a product of positive sizes is never zero
        raise RelationError("the relations contradict each other")
    for dim in sorted(dims, key=lambda each: (each is not prefer, each.key)):
        powers = difference.coefficients(dim)
        single = powers.get(1)
        if set(powers) == {0, 1} and single is not None and len(single.terms) == 1:
            value = -powers[0] / single
            if dim not in value.dims():
                return dim, value
    names = ", ".join(each.symbol for each in dims)
    raise RelationError(f"a relation between {names} is not linear in any of them: cite it solved")


def reduced(form: Form, relations: Iterable[Relation] = ()) -> Ratio:
    """The normal form once the relations are put in."""
    return meaning(form).substitute(solve(relations))


def put_in(poly: Poly, relations: Iterable[Relation]) -> Poly:
    """The polynomial once the relations are put in."""
    return poly.substitute(solve(relations))


def same(left: Form, right: Form, relations: Iterable[Relation] = ()) -> bool:
    """Whether two forms are equal as rational functions modulo the relations: a decision."""
    given = tuple(relations)
    return reduced(left, given) == reduced(right, given)


def same_in_integers(left: Form, right: Form, relations: Iterable[Relation] = ()) -> bool:
    """The same question by unlike means: both trees in exact arithmetic at large points.

    It shares no code with `same` beyond the relations; a slip in either shows up as a quarrel.
    """
    given = tuple(relations)
    return all(evaluate(left, point) == evaluate(right, point) for point in _points(given))


class _Large(dict[Dim, "Number"]):
    """Gives every dimension a large number of its own, the same on every run."""

    def __init__(self, start: int, step: int) -> None:
        super().__init__()
        self._start, self._step = start, step

    def __missing__(self, dim: Dim) -> Number:
        seed = int.from_bytes(dim.symbol.encode(), "big")
        self[dim] = self._start + self._step * (seed % 1_000_003)
        return self[dim]

    def __contains__(self, dim: object) -> bool:
        return isinstance(dim, Dim)


def _points(relations: tuple[Relation, ...]) -> Iterable[Mapping[Dim, Number]]:
    for start, step in ((10_007, 12), (1_000_003, 60), (123_456_791, 7_919)):
        point = _Large(start, step)
        for dim, value in solve(relations).items():
            point[dim] = Fraction(evaluate(expanded(value), point))
        yield point
