"""The page of a solved equation: the cost derived, the equation solved, the numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Named, Num, Power, Quotient, Sym, negate, product, total
from symcost.algebra.proof import Rule, Step
from symcost.algebra.simplify import written
from symcost.questions.cost import decimal
from symcost.questions.roots import PowerRoot, bracket, lift
from symcost.render.page import Block, Cases, Cell, Chain, Equal, Heading, Page, Table, prose
from symcost.render.parts import chain_lines, claims, convention_line, notation, slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.questions.roots import QuadraticRoot, Root
    from symcost.questions.solve import Solved
    from symcost.render.parts import Subject


def solve_page(subject: Subject, solved: Solved) -> Page:
    """The closed form line by line, then its solution, then the whole numbers beside it."""
    measured, by = solved.cost, solved.by
    prefix = f"{slug(measured.name)}:solve"
    scope = measured.ledger.scope
    derivation = subject.derivation(measured.quantity, None if scope == "model" else scope)
    blocks: list[Block | Cases] = [
        _asked(solved),
        *notation(subject, {*measured.total.dims(), by}),
        Heading(1, f"The cost: {measured.quantity.meaning}", f"{prefix}-cost"),
        *claims(derivation, prefix),
        *_solution(solved, prefix),
    ]
    title = f"{subject.architecture.title}: {measured.ledger.quantity} solved for {by.symbol}"
    return Page(measured.name, title, convention_line(subject.convention), tuple(blocks))


def solve_card(solved: Solved) -> Page:
    """The solution and the numbers alone, from a closed form that is taken as it is."""
    measured, by = solved.cost, solved.by
    prefix = f"{slug(measured.name)}:solve"
    title = f"{measured.name}: {measured.ledger.quantity} solved for {by.symbol}"
    blocks = (_asked(solved), *_solution(solved, prefix))
    return Page(measured.name, title, convention_line(measured.ledger.convention), blocks)


def _asked(solved: Solved) -> Block:
    target, by = solved.target, solved.by
    return prose(
        f"Asked: the {by.meaning} {by.symbol} with ",
        _name(solved),
        f" {target.sense} ",
        Num(target.number),
        f" {solved.cost.unit}.",
    )


def _name(solved: Solved) -> Named:
    return Named(solved.cost.quantity.letter, "", solved.shown)


def _solution(solved: Solved, prefix: str) -> list[Block]:
    measured, name = solved.cost, _name(solved)
    return [
        Heading(1, f"Solved for {solved.by.symbol}", f"{prefix}-root"),
        Chain(f"{prefix}:powers", name, chain_lines(solved.start, solved.steps)),
        *_equation(solved, name, prefix),
        *root_blocks(solved.root, solved.why_no_closed_form, measured.values, prefix),
        Heading(1, "In numbers", f"{prefix}-numbers"),
        *_numbers(solved, prefix),
    ]


def _equation(solved: Solved, name: Named, prefix: str) -> list[Block]:
    """All terms on one side, without what they share: proved to be the same."""
    part, divisor = lift(solved.equation, solved.by)
    left = total([name, negate(Num(solved.target.number))])
    if divisor != 1:
        left = Quotient(left, written(divisor).form)
    after = written(part, "collected", solved.by).form
    Step(left, after, Rule.GATHER, "", solved.relations)  # raises unless it is true
    return [
        prose("The number is met where this is 0:"),
        Chain(f"{prefix}:equation", left, chain_lines(after, [])),
    ]


def root_blocks(root: Root | None, why: str, values: Mapping[Dim, int], prefix: str) -> list[Block]:
    """The closed solution with its proof, or why there is none."""
    if root is None:
        return [
            prose(f"There is no closed solution here: {why}. The whole numbers below are exact.")
        ]
    if isinstance(root, PowerRoot):
        return [
            Chain(f"{prefix}:root", root.left, chain_lines(root.value, []), boxed=True),
            prose("It solves the equation: put in, both sides are the same."),
            Chain(f"{prefix}:check", root.check.before, chain_lines(root.check.after, [])),
        ]
    return _square(root, values, prefix)


def _square(root: QuadraticRoot, values: Mapping[Dim, int], prefix: str) -> list[Block]:
    blocks: list[Block] = [
        prose(
            "It is quadratic, with ",
            *(Equal(root.a, root.a.value), ", "),
            *(Equal(root.b, root.b.value), " and "),
            *(Equal(root.c, root.c.value), ". Its square is complete:"),
        ),
        Chain(f"{prefix}:square", root.square.before, chain_lines(root.square.after, [])),
        prose("Where the equation is 0, only the last two terms are left, so the root is"),
        Chain(f"{prefix}:root", Sym(root.by), chain_lines(root.root, []), boxed=True),
    ]
    if root.numbers(values) is None:
        return blocks
    return [*blocks, *_bracketed(root, values, prefix)]


def _bracketed(root: QuadraticRoot, values: Mapping[Dim, int], prefix: str) -> list[Block]:
    """The square root between two whole numbers."""
    numbers = root.numbers(values)
    assert numbers is not None
    a, b, c = numbers
    found = bracket(b * b - 4 * a * c)
    if found is None or a <= 0 or c >= 0:
        return [prose("Which root is meant, if any, the whole numbers below decide.")]
    under = Named("D", "", total([Power(Num(b), 2), negate(product([Num(4), Num(a), Num(c)]))]))
    step = Step(under.value, Num(found.of), Rule.NUMBERS)
    ends = [decimal(Fraction(found.least + more - b, 2 * a)) for more in (0, 1)]
    return [
        prose(
            "In whole numbers ",
            Equal(root.a, Num(a)),
            ", ",
            Equal(root.b, Num(b)),
            ", ",
            Equal(root.c, Num(c)),
            ", and under the square root stands",
        ),
        Chain(f"{prefix}:discriminant", under, chain_lines(step.before, [step])),
        prose(
            "which lies between two squares of whole numbers: ",
            Equal(Power(Num(found.least), 2), Num(found.least**2)),
            " is at most that, and ",
            Equal(Power(Num(found.least + 1), 2), Num((found.least + 1) ** 2)),
            f" is more. So the root lies between {ends[0]} and {ends[1]}, rounded.",
        ),
    ]


def _numbers(solved: Solved, prefix: str) -> list[Block]:
    """The real root, what the model allows, and the exact cost at the sizes beside it."""
    found, by = solved.found, solved.by
    if found is None:
        names = ", ".join(each.symbol for each in solved.open)
        return [prose(f"{names} has no value: the numbers are open.")]
    blocks: list[Block] = []
    if found.hundredths is not None:
        root = found.root(solved.target.number)
        blocks.append(prose(f"The real root is {by.symbol} = {root}."))
    blocks.append(prose(_monotone(solved)))
    blocks += [prose(f"{sentence}.") for sentence in solved.possible.sentences()]
    rows: list[tuple[Cell, ...]] = []
    for which, point in (("below", found.before), ("above", found.after)):
        if point is not None:
            away = point.cost - solved.target.number
            answer = "the answer" if point == solved.answer else ""
            rows.append((which, point.size, point.cost, away, answer))
    heads = ("", by.symbol, solved.cost.unit, "away from the target", "")
    blocks.append(
        Table(f"{prefix}:sizes", "The nearest possible sizes", heads, "lrrrl", tuple(rows))
    )
    return [*blocks, prose(f"Answer: {solved.verdict}.")]


def _monotone(solved: Solved) -> str:
    found, symbol = solved.found, solved.by.symbol
    assert found is not None
    way = "grows" if found.curve.trend > 0 else "falls"
    reason = (
        f"the derivative, written in {symbol} - 1, has coefficients of one sign only"
        if found.curve.smooth
        else "floor, ceil, min and max of what never falls never fall, and no term is subtracted"
    )
    return (
        f"With these sizes the cost {way} with {symbol} from 1 on: {reason}. So bisection on whole "
        "numbers finds every answer."
    )
