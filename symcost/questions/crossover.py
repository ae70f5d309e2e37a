"""Where one group of terms overtakes another: symbolically, and the exact whole numbers.

`left` costs more than `right` on intervals of whole numbers. They are found exactly: between two
roots of its derivative a polynomial is monotone, so each sign change is bisected by itself, and a
second crossing cannot be missed. A difference with floor, ceil, min or max that is not proved
monotone is cut into polynomial pieces first (`pieces`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import find
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Call, Poly
from symcost.algebra.shown import Shown
from symcost.algebra.simplify import content
from symcost.quantities.convention import DEFAULT
from symcost.questions.cost import Cost, QuestionError, cost, decimal
from symcost.questions.curve import Curve, root_in_hundredths
from symcost.questions.feasible import following, possible
from symcost.questions.groups import Group, two_groups
from symcost.questions.intervals import not_negative
from symcost.questions.pieces import complement, positive
from symcost.questions.roots import Root, closed_root, lift, short
from symcost.questions.solve import check_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Number
    from symcost.quantities.convention import Convention
    from symcost.questions.cost import Declared
    from symcost.questions.intervals import Interval

MOST_SHOWN = 4  # spans and ends of spans in a sentence or a table


@final
@dataclass(frozen=True)
class Crossing(Shown):
    """`left` against `right` in one symbol.

    `amounts` are the two costs, `difference` is left - right without what all terms share, and
    `root` the closed solution of difference = 0. `more` holds the whole numbers from 1 up where
    left costs more than right, None as long as symbols are `open`.
    """

    cost: Cost
    by: Dim
    groups: tuple[Group, Group]
    relations: tuple[Relation, ...]
    amounts: tuple[Poly, Poly]
    shared: Poly
    difference: Poly
    root: Root | None
    open: tuple[Dim, ...]
    values: Mapping[Dim, int]
    more: tuple[Interval, ...] | None
    bounds: tuple[str, ...]
    given: Mapping[str, int]

    def __repr__(self) -> str:
        left, right = (group.name for group in self.groups)
        answer = self.verdict or f"open: {', '.join(each.symbol for each in self.open)}"
        return f"<symcost crossover of {left} and {right} in {self.cost.name}: {answer}>"

    @property
    def forms(self) -> tuple[Form, Form]:
        """The two costs as they are shown."""
        left, right = self.amounts
        return short(left), short(right)

    @property
    def never(self) -> bool:
        """Whether left costs more than right for no whole number."""
        return self.more == ()

    @property
    def always(self) -> bool:
        """Whether left costs more than right for all whole numbers from 1 up."""
        return self.more == ((1, None),)

    @property
    def first(self) -> int | None:
        """The first whole number at which left costs more than right; None where none is."""
        return self.more[0][0] if self.more else None

    @property
    def hundredths(self) -> int | None:
        """100 times the real number where both are equal, rounded, where there is just one."""
        if self.more is None or len(self.edges()) != 1:
            return None
        numbers = self.difference.substitute(dict(self.values))
        if not Curve(numbers, self.by).smooth:
            return None
        powers = {p: c for p, c in numbers.coefficients(self.by).items() if p}
        rising = Curve(sum((c * Poly.of(self.by) ** p for p, c in powers.items()), Poly()), self.by)
        constant = numbers.coefficients(self.by).get(0, Poly()).at({})
        try:
            return root_in_hundredths(rising, -constant)
        except QuestionError:
            return None

    @property
    def root_shown(self) -> str:
        """The real number where both are equal, rounded unless it is whole; empty without one."""
        if self.hundredths is None:
            return ""
        whole, rest = divmod(self.hundredths, 100)
        numbers = self.difference.substitute(dict(self.values))
        if not rest and numbers.at({self.by: whole}) == 0:
            return f"{whole:,}"
        return f"{decimal(Fraction(self.hundredths, 100), 2)} (rounded)"

    @property
    def numeric(self) -> bool:
        """Whether both costs are numbers: what all terms share may still be open."""
        known = {*self.values, self.by}
        return all(set(each.dims()) <= known for each in self.amounts)

    @property
    def why_no_closed_form(self) -> str:
        """One sentence; empty where there is a closed solution."""
        if self.root is not None:
            return ""
        inside = [atom for atom in self.difference.atoms() if isinstance(atom, Call)]
        if any(self.by in Poly.of(each).dims() for each in inside):
            return f"{self.by.symbol} stands inside floor, ceil, min or max"
        part, _ = lift(self.difference, self.by)
        powers = ", ".join(str(each) for each in sorted(part.coefficients(self.by)))
        return f"{self.by.symbol} occurs in the powers {powers}"

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        left, right = (group.name for group in self.groups)
        symbol = self.by.symbol
        if self.more is None:
            return ""
        if self.never:
            return f"never: {left} costs more than {right} for no whole {symbol}"
        if self.always:
            return f"always: {left} costs more than {right} for every whole {symbol} from 1 on"
        spans = [
            f"from {symbol} = {low:,} on"
            if high is None
            else f"up to {symbol} = {high:,}"
            if low == 1
            else f"from {symbol} = {low:,} to {high:,}"
            for low, high in self.more
        ]
        if len(spans) > MOST_SHOWN:
            left_out = len(spans) - 2
            spans = [spans[0], f"{left_out:,} more times", spans[-1]]
        return f"{left} costs more than {right} {', and '.join(spans)}"

    @property
    def edges_shown(self) -> list[int]:
        """The edges; of many the first and the last ones."""
        found = self.edges()
        if len(found) <= 2 * MOST_SHOWN:
            return found
        return [*found[:MOST_SHOWN], *found[-MOST_SHOWN:]]

    def edges(self) -> list[int]:
        """The last whole number before each change of who costs more."""
        found = []
        for low, high in self.more or ():
            found += [low - 1] if low > 1 else []
            found += [high] if high is not None else []
        return found

    def both_at(self, n: int) -> tuple[Number, Number]:
        """The exact costs of left and right at a size; only where nothing else is open."""
        left, right = (each.substitute(dict(self.values)) for each in self.amounts)
        return left.at({self.by: n}), right.at({self.by: n})


def crossover(
    model: Declared,
    left: str,
    right: str,
    by: str,
    *,
    quantity: str = "flops_forward",
    convention: Convention = DEFAULT,
    scope: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Crossing:
    """Where the group `left` of a quantity overtakes the group `right` as one symbol grows.

    Groups are roles (`attention`, `matrices`), parts (`layer.attention`, `feed_forward`) or `rest`.
    The default scope is one token, as tokens are in both alike; one sequence for images.
    Limits of a model (n_ctx) are named, not imposed.
    Raises `QuestionError` where the question has no meaning.
    """
    given = dict(sizes or {})
    moving = find(by)
    if moving in map(find, given):
        raise QuestionError(f"{moving.symbol} is given and asked for: leave --set out")
    measured = cost(model, quantity, convention, scope or _scope(model), given)
    groups = two_groups(measured.ledger, left, right)
    relations = (*measured.relations, *following(model.architecture, moving, given))
    first, second = (
        put_in(sum((term.amount for term in group.terms), Poly()), relations) for group in groups
    )
    check_symbol(measured, first + second, moving, relations)
    if first == second:
        raise QuestionError(f"'{left}' and '{right}' cost the same for all sizes")
    shared = content(Poly({**first.terms, **second.terms}))
    shared = shared if next(iter(shared.terms.values())) > 0 else -shared
    difference = (first - second) / shared
    if moving not in difference.dims():
        raise QuestionError(
            f"'{left}' and '{right}' grow alike with {moving.symbol}: neither overtakes the other"
        )
    values = {each: n for each, n in measured.values.items() if each is not moving}
    left_open = tuple(e for e in difference.dims() if e not in values and e is not moving)
    return Crossing(
        measured,
        moving,
        groups,
        relations,
        (first, second),
        shared,
        difference,
        closed_root(difference, moving),
        left_open,
        values,
        None if left_open else _more(difference.substitute(dict(values)), moving),
        possible(model, moving, given, values).sentences(),
        given,
    )


def _scope(model: Declared) -> str:
    """One token; one sequence where its tokens are a sum (patches and one more)."""
    lengths = [each.sizes["time"] for each in model.root.walk() if "time" in each.sizes]
    return "token" if all(len(length.terms) == 1 for length in lengths) else "sequence"


def _more(difference: Poly, by: Dim) -> tuple[Interval, ...]:
    """The whole numbers from 1 up where the difference is positive."""
    curve = Curve(difference, by)
    if curve.smooth:
        return complement(not_negative(-difference, by))
    try:
        return _by_trend(curve)
    except QuestionError:
        return positive(difference, by)


def _by_trend(curve: Curve) -> tuple[Interval, ...]:
    """The same for a difference with floor, ceil, min or max, where it is proved monotone."""
    rises = curve.trend > 0
    edge = curve.edge(0, strict=False)
    if rises:
        return () if edge is None else ((edge + 1, None),)
    return ((1, edge),) if edge else () if edge == 0 else ((1, None),)
