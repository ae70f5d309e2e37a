"""The page that sets two costs side by side: part by part, then what each difference costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.form import Form, Named, Num, Sym, expanded
from symcost.algebra.poly import Poly, tidy
from symcost.algebra.simplify import simplest
from symcost.questions.compare import Comparison, ConventionComparison, Effect, Row
from symcost.questions.ratios import constant
from symcost.render.page import (
    Block,
    Cell,
    Chain,
    Code,
    Equal,
    Heading,
    Line,
    Name,
    Page,
    Run,
    Table,
    prose,
)
from symcost.render.parts import chain_lines, convention_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from symcost.questions.cost import Cost


def comparison_page(found: Comparison, *, terms: bool = False, derive: bool = False) -> Page:
    """Two models: totals, parts, sizes one at a time, what is built otherwise.

    With `terms` the table of parts has a row for every operation or weight; with `derive` every
    effect of a size is followed by its proved step.
    """
    left, right = found.left, found.right
    name = left.ledger.quantity
    blocks: list[Block] = [*_totals(left, right, found.difference)]
    if found.relations:
        runs: list[Run] = ["Put into both: "]
        for relation in found.relations:
            runs += ["" if len(runs) == 1 else ", ", Equal(*relation.sides())]
        blocks.append(prose(*runs, "."))
    blocks += _parts(found.rows, (left.name, right.name), terms=terms)
    blocks += _sizes(found)
    if derive:
        blocks += [chain for at, each in enumerate(found.sizes) for chain in _proof(each, at)]
    blocks += _structure(found)
    return Page(
        "compare",
        f"{name}: {left.name} and {right.name}",
        convention_line(left.ledger.convention),
        tuple(blocks),
    )


def conventions_page(found: ConventionComparison, *, terms: bool = False) -> Page:
    """One model under two conventions: totals, parts, one choice at a time."""
    left, right = found.left, found.right
    names = (left.ledger.convention.name, right.ledger.convention.name)
    blocks: list[Block] = [
        prose(*convention_line(each.ledger.convention)) for each in (left, right)
    ]
    blocks += _totals(left, right, found.difference)
    blocks += _parts(found.rows, names, terms=terms)
    blocks.append(Heading(1, "What each choice costs", "compare:choices"))
    blocks.append(prose("The choices are changed one at a time, from the first to the second:"))
    rows: list[tuple[Cell, ...]] = [
        (each.choice, each.before, each.after, each.form, value(each.value))
        for each in found.effects
    ]
    rows.append(("all together", "", "", "", value(found.difference)))
    heads = ("Choice", "First", "Second", "Closed form", "Effect")
    blocks.append(Table("compare:choices", "Effects", heads, "lpplr", tuple(rows), total=True))
    title = f"{left.ledger.quantity} of {left.name}: {names[0]} and {names[1]}"
    return Page(
        "compare", title, ("Second minus first, in ", Code(left.ledger.unit), "."), tuple(blocks)
    )


def value(amount: Poly) -> Run:
    """A number, or what is left where symbols are free."""
    number = constant(amount)
    return expanded(amount) if number is None else tidy(number)


def as_form(amount: Poly) -> Form:
    """The same as a form, for the line of a chain."""
    number = constant(amount)
    return expanded(amount) if number is None else Num(tidy(number))


def _totals(left: Cost, right: Cost, difference: Poly) -> list[Block]:
    blocks: list[Block] = []
    same = left.name == right.name
    for at, each in enumerate((left, right), 1):
        who = each.ledger.convention.name if same else each.name
        known = {one: Poly.of(number) for one, number in each.values.items()}
        worth = as_form(each.total.substitute(known))
        lines = [Line(simplest(each.total).form, (who,))]
        lines.append(Line(worth, (each.unit,)))
        chain = Chain(
            f"compare:total-{at}", Named(each.quantity.letter, str(at), lines[0].form), tuple(lines)
        )
        blocks.append(chain)
    blocks.append(prose("Second minus first: ", value(difference), "."))
    return blocks


def _grouped(rows: Iterable[Row]) -> list[Row]:
    """Rows by the first words of their places: layer, attention."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        place = row.place[:-1][:2] or row.place[:1]
        known = found.get(place)
        if known is None:
            found[place] = Row(place, row.left, row.right, row.left_value, row.right_value)
            continue
        found[place] = Row(
            place,
            _sum(known.left, row.left),
            _sum(known.right, row.right),
            known.left_value + row.left_value,
            known.right_value + row.right_value,
        )
    return list(found.values())


def _sum(left: Poly | None, right: Poly | None) -> Poly | None:
    return left if right is None else right if left is None else left + right


def _parts(rows: Sequence[Row], names: tuple[str, str], *, terms: bool) -> list[Block]:
    shown = list(rows) if terms else _grouped(rows)
    cells: list[tuple[Cell, ...]] = []
    for row in shown:
        forms = _forms(row)
        cells.append(
            (
                place_cell(row.place),
                forms,
                value(row.left_value) if row.left is not None else "-",
                value(row.right_value) if row.right is not None else "-",
                value(row.difference),
            )
        )
    whole = [
        sum((getattr(row, at) for row in rows), Poly())
        for at in ("left_value", "right_value", "difference")
    ]
    cells.append(("total", "", *map(value, whole)))
    heads = ("Part", "Closed form", *names, "Difference")
    return [
        Heading(1, "Part by part", "compare:parts"),
        Table("compare:parts", "Values and differences", heads, "lprrr", tuple(cells), total=True),
    ]


def _forms(row: Row) -> Cell:
    if row.left is None or row.right is None or row.left == row.right:
        return simplest(row.left if row.left is not None else row.right or Poly()).form
    return (simplest(row.left).form, " | ", simplest(row.right).form)


def place_cell(place: Sequence[str]) -> Cell:
    """A place in a model: its parts from the outside in."""
    runs: list[Run] = []
    for part in place:
        runs += ["" if not runs else ", ", Name(part)]
    return tuple(runs[1:])


def _sizes(found: Comparison) -> list[Block]:
    if not found.sizes:
        return [prose("No size differs.")]
    rows: list[tuple[Cell, ...]] = []
    for each in found.sizes:
        ends = [value(end) if end is not None else "" for end in (each.before, each.after)]
        name: Cell = Sym(each.by) if each.by is not None else each.name
        rows.append((name, *ends, each.form, value(each.value)))
    added = sum((each.value for each in found.sizes), Poly())
    rows.append(("all sizes", "", "", "", value(added)))
    order = ", ".join(each.name for each in found.sizes)
    heads = ("Size", "First", "Second", "Closed form", "Effect")
    return [
        Heading(1, "What each size costs", "compare:sizes"),
        prose(
            f"Changed one at a time in the order {order}; a letter with a prime is the second's "
            "size, and what stands before a size in this order has been changed already. Each "
            "effect is the cost after the change minus the cost before it."
        ),
        Table("compare:sizes", "Effects of sizes", heads, "lrrlr", tuple(rows), total=True),
    ]


def _structure(found: Comparison) -> list[Block]:
    if not found.structure:
        return [prose("Both are built alike: the sizes are the whole difference.")]
    rows: list[tuple[Cell, ...]] = [
        (*each.name.split("| "), each.form, value(each.value)) for each in found.structure
    ]
    added = sum((each.value for each in found.structure), Poly())
    rows.append(("all parts", "", "", value(added)))
    heads = ("Which", "Part", "Closed form", "Effect")
    return [
        Heading(1, "What is built otherwise", "compare:structure"),
        prose("At the second's sizes; what only the first has is taken away:"),
        Table("compare:structure", "Effects of parts", heads, "lllr", tuple(rows), total=True),
        prose("Sizes and parts together: ", value(found.difference), "."),
    ]


def _proof(effect: Effect, at: int) -> list[Block]:
    """The cost after a change minus the cost before it, then the closed form of the effect."""
    step = effect.step
    if step is None:
        return []
    name = Named("D", effect.name, effect.form)
    label = f"compare:effect-{at}"
    return [
        Chain(label, name, chain_lines(step.before, [step] if step.before != step.after else []))
    ]
