"""The page of a crossover: both costs, the equation where they meet, the whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.form import Named, Quotient, negate, total
from symcost.algebra.proof import Rule, Step
from symcost.algebra.simplify import written
from symcost.questions.roots import lift
from symcost.render.page import Block, Cell, Chain, Heading, Name, Page, Table, prose
from symcost.render.parts import chain_lines, convention_line, notation, slug
from symcost.render.solve_page import root_blocks

if TYPE_CHECKING:
    from symcost.questions.crossover import Crossing
    from symcost.questions.groups import Group
    from symcost.render.parts import Subject


def crossover_page(subject: Subject, crossing: Crossing) -> Page:
    """Both groups term by term, their difference, its root, and the exact whole numbers."""
    measured, by = crossing.cost, crossing.by
    blocks = [*notation(subject, {*measured.total.dims(), by}), *_answer(crossing)]
    left, right = (group.name for group in crossing.groups)
    title = f"{subject.architecture.title}: where {left} overtakes {right} in {by.symbol}"
    return Page(measured.name, title, convention_line(subject.convention), tuple(blocks))


def crossing_card(crossing: Crossing) -> Page:
    """The same without the table of symbols."""
    measured, symbol = crossing.cost, crossing.by.symbol
    left, right = (group.name for group in crossing.groups)
    title = f"{measured.name}: where {left} overtakes {right} in {symbol}"
    counted = convention_line(measured.ledger.convention)
    return Page(measured.name, title, counted, tuple(_answer(crossing)))


def _answer(crossing: Crossing) -> list[Block]:
    measured, by = crossing.cost, crossing.by
    prefix = f"{slug(measured.name)}:crossover"
    names = _names(crossing)
    blocks: list[Block] = [
        Heading(1, f"Two parts of {measured.ledger.quantity}", f"{prefix}-parts"),
        prose(f"Counted in {measured.unit}, all copies of a term together."),
    ]
    for name, group in zip(names, crossing.groups, strict=True):
        blocks += _group(crossing, name, group, prefix)
    return [
        *blocks,
        Heading(1, f"Where they are equal in {by.symbol}", f"{prefix}-root"),
        *_difference(crossing, names, prefix),
        *root_blocks(crossing.root, crossing.why_no_closed_form, crossing.values, prefix),
        Heading(1, "In numbers", f"{prefix}-numbers"),
        *_numbers(crossing, prefix),
    ]


def _names(crossing: Crossing) -> tuple[Named, Named]:
    letter = crossing.cost.quantity.letter
    left, right = (
        Named(letter, group.name.replace("_", " ").replace(".", " "), form)
        for group, form in zip(crossing.groups, crossing.forms, strict=True)
    )
    return left, right


def _group(crossing: Crossing, name: Named, group: Group, prefix: str) -> list[Block]:
    """The terms of a group as they are counted, and their sum as a proved step."""
    amounts = [written(term.amount, "expanded").form for term in group.terms]
    step = Step(total(amounts), name.value, Rule.PARTS, "", crossing.relations)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Name(term.path[-1]), ", ".join(term.path[:-1]).replace("_", " "), form)
        for term, form in zip(group.terms, amounts, strict=True)
    )
    label = f"{prefix}:{slug(group.name)}"
    return [
        prose(f"{group.name}: {group.means}."),
        Table(f"{label}-terms", group.name, ("Operation", "Part", "Cost"), "lll", rows),
        Chain(label, name, chain_lines(step.after, [])),
    ]


def _difference(crossing: Crossing, names: tuple[Named, Named], prefix: str) -> list[Block]:
    part, divisor = lift(crossing.difference, crossing.by)
    divisor = divisor * crossing.shared
    left = total([names[0], negate(names[1])])
    if divisor != 1:
        left = Quotient(left, written(divisor).form)
    after = written(part, "collected", crossing.by).form
    step = Step(left, after, Rule.GATHER, "", crossing.relations)
    return [
        prose("Both cost the same where this is 0:"),
        Chain(f"{prefix}:difference", step.before, chain_lines(step.after, [])),
    ]


def _numbers(crossing: Crossing, prefix: str) -> list[Block]:
    symbol = crossing.by.symbol
    if crossing.more is None:
        names = ", ".join(each.symbol for each in crossing.open)
        return [prose(f"{names} has no value: the numbers are open.")]
    blocks: list[Block] = []
    if crossing.hundredths is not None:
        blocks.append(prose(f"The real root is {symbol} = {crossing.root_shown}."))
    left, right = (group.name for group in crossing.groups)
    if crossing.edges() and crossing.numeric:
        beside = [n for edge in crossing.edges_shown for n in (edge, edge + 1)]
        rows: tuple[tuple[Cell, ...], ...] = tuple((n, *crossing.both_at(n)) for n in beside)
        label, heads = f"{prefix}:sizes", (symbol, left, right)
        blocks.append(Table(label, "The costs beside the crossing", heads, "rrr", rows))
    blocks.append(prose(f"{crossing.verdict}."))
    return [*blocks, *(prose(f"In this model {bound}.") for bound in crossing.bounds)]
