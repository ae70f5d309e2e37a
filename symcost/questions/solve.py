"""Solve a cost for one symbol: `params = 1e9` for d, the longest s within a memory budget.

The constraints of the model are kept: where d = h d_h, only multiples of h can be d. The answer is
the closed solution, the real root, and the nearest possible whole numbers on both sides with the
exact cost at each. Where there is no closed solution, the whole numbers come from bisection, after
a proof that the cost is monotone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import find
from symcost.algebra.form import Num
from symcost.algebra.identity import put_in
from symcost.algebra.plain import people
from symcost.algebra.proof import rewritten
from symcost.algebra.shown import Shown
from symcost.quantities.convention import DEFAULT
from symcost.questions.budget import Target, in_units, read
from symcost.questions.cost import Cost, QuestionError, cost, decimal
from symcost.questions.curve import MOST_BITS, Curve, root_in_hundredths
from symcost.questions.feasible import Possible, following, possible
from symcost.questions.roots import Root, closed_root, lift, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Number, Poly
    from symcost.algebra.proof import Step
    from symcost.quantities.convention import Convention
    from symcost.questions.cost import Declared


@final
@dataclass(frozen=True)
class Point:
    """A possible size and the exact cost there."""

    size: int
    cost: Number


@final
@dataclass(frozen=True)
class Found:
    """The answer in numbers.

    `hundredths` is 100 times the real root, rounded; None where there is none. Of the whole numbers
    1, 2, ... the first `edge` lie before the target; None where all do. `before` and `after` are
    the nearest possible sizes on both sides.
    """

    curve: Curve
    hundredths: int | None
    edge: int | None
    before: Point | None
    after: Point | None

    def root(self, target: Number) -> str:
        """The real root to two digits, and whether that is all of it; empty where there is none."""
        if self.hundredths is None:
            return ""
        root = Fraction(self.hundredths, 100)
        exact = root > 0 and self.curve.at(root) == target
        return (
            f"{decimal(root, 0 if root.denominator == 1 else 2)}"
            if exact
            else (f"{decimal(root, 2)} (rounded)")
        )


@final
@dataclass(frozen=True)
class Solved(Shown):
    """The answer to one question about one model.

    `shown` is the cost by powers of the symbol, `steps` lead there from the closed form; `root` is
    the closed solution of `equation` = 0, or None. `found` is None as long as symbols are `open`.
    """

    cost: Cost
    target: Target
    by: Dim
    relations: tuple[Relation, ...]
    start: Form
    steps: tuple[Step, ...]
    equation: Poly
    root: Root | None
    open: tuple[Dim, ...]
    possible: Possible
    found: Found | None

    def __repr__(self) -> str:
        question = f"{self.target.quantity} {self.target.sense} {people(Num(self.target.number))}"
        answer = self.verdict or f"open: {', '.join(each.symbol for each in self.open)}"
        return f"<symcost answer to {question} of {self.cost.name}: {answer}>"

    @property
    def given(self) -> Mapping[str, int]:
        """The sizes that were set."""
        return self.possible.given

    @property
    def shown(self) -> Form:
        """The cost by powers of the symbol."""
        return self.steps[-1].after if self.steps else self.start

    @cached_property
    def answer(self) -> Point | None:
        """The size asked for: the largest within a budget, the smallest that reaches a number.

        Of an equation it is the size that meets it exactly, None where none does.
        """
        found = self.found
        if found is None:
            return None
        pair = (found.before, found.after)
        fits = [each for each in pair if each is not None and self.holds(each)]
        return fits[0] if fits else None

    def holds(self, point: Point) -> bool:
        """Whether the question is answered by this size."""
        wanted, value = self.target.number, point.cost
        return {
            "=": value == wanted,
            "<": value < wanted,
            "<=": value <= wanted,
            ">": value > wanted,
            ">=": value >= wanted,
        }[self.target.sense]

    @property
    def verdict(self) -> str:
        """The answer in one sentence."""
        found, symbol, sense = self.found, self.by.symbol, self.target.sense
        if found is None:
            return ""
        if found.edge is None and found.before is None:
            return self._uncrossed(found)
        if self.answer is not None:
            words = {"<": "largest", "<=": "largest", ">": "smallest", ">=": "smallest"}
            if found.curve.trend < 0:
                words = {"<": "smallest", "<=": "smallest", ">": "largest", ">=": "largest"}
            if sense == "=":
                return f"{symbol} = {self.answer.size:,} meets it exactly"
            return f"{symbol} = {self.answer.size:,} is the {words[sense]} possible one"
        if sense == "=" and found.before and found.after:
            low, high = sorted((found.before.size, found.after.size))
            return f"no possible {symbol} meets it exactly: {low:,} and {high:,} are the nearest"
        if sense == "=":
            sizes = [each.size for each in (found.before, found.after) if each]
            near = f": {sizes[0]:,} is the nearest" if sizes else ""
            if found.edge is None and found.curve.trend < 0:
                near += f", for the cost falls with {symbol}, but stays above"
            return f"no possible {symbol} meets it exactly{near}"
        return f"no possible {symbol} has a cost {sense} {people(Num(self.target.number))}"

    def _uncrossed(self, found: Found) -> str:
        """The answer where no size crosses the number."""
        symbol, cap = self.by.symbol, found.curve.cap
        if found.curve.trend < 0:
            below, reason = False, f"the cost falls with {symbol}, but stays above"
        elif cap is not None:
            below, reason = True, f"the cost is never more than {people(Num(cap))}"
        else:
            below, reason = True, f"no whole {symbol} of {MOST_BITS} bits crosses it"
        fits = self.target.sense in (("<", "<=") if below else (">", ">="))
        return f"{'every' if fits else 'no'} {symbol}: {reason}"

    @property
    def why_no_closed_form(self) -> str:
        """One sentence; empty where there is a closed solution."""
        if self.root is not None:
            return ""
        powers = sorted(lift(self.equation, self.by)[0].coefficients(self.by))
        if self.found is not None and not self.found.curve.smooth:
            return f"{self.by.symbol} stands inside floor, ceil, min or max"
        if powers == [0]:
            return f"{self.by.symbol} stands inside floor, ceil, min or max"
        shown = ", ".join(str(each) for each in powers)
        return f"{self.by.symbol} occurs in the powers {shown}"


def solve(
    model: Declared,
    question: str,
    unknown: str,
    *,
    convention: Convention = DEFAULT,
    scope: str | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Solved:
    """The answer to `question`, such as "params = 1e9", for the symbol `unknown`.

    Raises `QuestionError` for a question that is not understood or a symbol that the cost does not
    depend on, and what `symcost.load(...).binding` raises for sizes.
    """
    given = dict(sizes or {})
    by = find(unknown)
    if by in map(find, given):
        raise QuestionError(f"{by.symbol} is given and asked for: leave --set {by.symbol} out")
    measured = cost(model, read(question).quantity, convention, scope, given)
    target = in_units(read(question), measured.ledger.unit)
    rules = following(model.architecture, by, given)
    relations = (*measured.relations, *rules)
    total = put_in(measured.ledger.total, relations)
    check_symbol(measured, total, by, relations)
    start = short(measured.total)
    steps = rewritten(start, rules, "collected", by)
    equation = total - target.number
    values = {each: value for each, value in measured.values.items() if each is not by}
    left = tuple(each for each in total.dims() if each not in values and each is not by)
    can = possible(model, by, given, values)
    root = closed_root(equation, by)
    found = None
    if not left:
        curve = Curve(total.substitute(values), by)
        found = _found(curve, target, measured, can)
    return Solved(measured, target, by, relations, start, steps, equation, root, left, can, found)


def check_symbol(measured: Cost, total: Poly, by: Dim, relations: Iterable[Relation]) -> None:
    """Raises `QuestionError` where a cost does not depend on a symbol, with what it depends on."""
    if by in total.dims():
        return
    has = ", ".join(each.symbol for each in total.dims()) or "nothing"
    for relation in relations:
        if relation.dim is by:
            left, right = map(people, relation.sides())
            raise QuestionError(
                f"{by.symbol} of {measured.name} follows from {left} = {right}; ask for one of "
                f"{has}"
            )
    raise QuestionError(
        f"{measured.ledger.quantity} of {measured.name} does not depend on {by.symbol} "
        f"({by.meaning}); it depends on {has}"
    )


def _found(curve: Curve, target: Target, measured: Cost, can: Possible) -> Found:
    """The numbers: the real root, the whole ones beside it, and those the model can have."""
    strict = target.sense in ("<", ">=")
    edge = curve.edge(target.number, strict)
    hundredths = root_in_hundredths(curve, target.number)
    before = can.nearest(edge, -1) if edge else None
    if edge is None:
        before = can.nearest(can.last, -1) if can.last is not None else None
    after = can.nearest(edge + 1, +1) if edge is not None else None
    return Found(
        curve,
        hundredths,
        edge,
        *(
            None if n is None else Point(n, _exact(curve, measured, can, n))
            for n in (before, after)
        ),
    )


def _exact(curve: Curve, measured: Cost, can: Possible, n: int) -> Number:
    """The cost at a possible size, counted term by term and held against the closed form."""
    bound = can.bound(n)
    assert bound is not None
    value = measured.ledger.at({each: held.value for each, held in bound.items()})
    if value != curve.at(n):
        raise AssertionError(f"{measured.name}: {value} counted, {curve.at(n)} by the closed form")
    return value
