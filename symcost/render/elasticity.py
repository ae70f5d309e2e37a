"""The page of elasticities: one symbol with its proof, or all symbols in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.form import Form, Named, Num, Quotient, Sym, dims_of, expanded, power
from symcost.questions.cost import decimal, exactly, per_cent
from symcost.render.comparison import value
from symcost.render.page import Block, Cell, Chain, Equal, Heading, Line, Page, Run, Table, prose
from symcost.render.parts import chain_lines, convention_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.questions.cases import Condition
    from symcost.questions.cost import Cost
    from symcost.questions.sensitivity import Elasticity

MEANING = (
    "The elasticity of C in x is d log C / d log x: by how many per cent C grows where x grows by "
    "one per cent. It is the mean power of x, weighted by what each power costs."
)


def elasticity_page(
    cost: Cost,
    found: Mapping[Dim, tuple[Elasticity, ...] | str],
    *,
    cite: bool,
    alone: bool,
    proofs: bool,
) -> Page:
    """The elasticities of one cost; with `proofs` each symbol has its own chain."""
    blocks: list[Block] = [prose(MEANING), prose(*_moves(cost, cite=cite, alone=alone))]
    blocks += _table(cost, found)
    if proofs:
        for each, answers in found.items():
            for at, one in enumerate(() if isinstance(answers, str) else answers, 1):
                blocks += _proof(cost, each, one, at)
    title = f"Sensitivity of {cost.ledger.quantity} of {cost.name}"
    return Page("sensitivity", title, convention_line(cost.ledger.convention), tuple(blocks))


def conditions_cell(conditions: tuple[Condition, ...]) -> tuple[Run, ...]:
    """Conditions in words and formulas."""
    runs: list[Run] = []
    for each in conditions:
        runs += [
            " and " if runs else "where ",
            expanded(each.small),
            " is at most ",
            expanded(each.large),
        ]
    return tuple(runs)


def _moves(cost: Cost, *, cite: bool, alone: bool) -> tuple[Run, ...]:
    """What moves along with what."""
    relations = () if alone else (*cost.relations, *(cost.cited if cite else ()))
    held = [each for each in cost.cited if each not in relations]
    runs: list[Run] = []
    if alone:
        runs.append("Every symbol moves alone; no relation is put in.")
    for each in relations:
        runs += [", " if runs else "Put in, so that one moves the other: ", Equal(*each.sides())]
    if relations:
        runs.append(". All other sizes stay.")
    elif not alone:
        runs.append("No relation is put in: every other size stays.")
    for each in held if not alone else ():
        runs += [
            " ",
            Equal(*each.sides()),
            " is a proportion of the published sizes and is not put in (--cite does).",
        ]
    return tuple(runs)


def _table(cost: Cost, found: Mapping[Dim, tuple[Elasticity, ...] | str]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for each, answers in found.items():
        if isinstance(answers, str):
            rows.append((Sym(each), answers, "", ""))
            continue
        for one in answers:
            closed: tuple[Run, ...] = (one.claim.result,)
            where = conditions_cell(one.case.conditions)
            rows.append(
                (
                    Sym(each),
                    (*closed, *((" ", *where) if where else ())),
                    each.meaning,
                    _number(one),
                )
            )
    heads = ("Symbol", "Elasticity", "Meaning", "Here")
    known = ", ".join(
        f"{each.symbol} = {number:,}"
        for each, number in sorted(cost.values.items(), key=lambda pair: pair[0].key)
    )
    caption = f"At {known}" if known else "All sizes free"
    return [
        Heading(1, "Elasticities", "sensitivity:table"),
        Table("sensitivity:table", caption, heads, "lplr", tuple(rows)),
    ]


def _number(one: Elasticity) -> Cell:
    if one.value is None:
        return one.partly
    return decimal(one.value)


def _proof(cost: Cost, each: Dim, one: Elasticity, at: int) -> list[Block]:
    label = f"sensitivity:{each.word}-{at}"
    change = Named("D", each.symbol, one.proof.before)
    blocks: list[Block] = [
        Heading(1, f"In {each.symbol}: {each.meaning}", label),
    ]
    where = conditions_cell(one.case.conditions)
    if where:
        blocks.append(prose("This is the case ", *where, "."))
    blocks += [
        prose(
            "The cost with ",
            Sym(each),
            " + u instead of ",
            Sym(each),
            ", minus the cost: what stands at u is the derivative.",
        ),
        Chain(f"{label}-slope", change, chain_lines(one.proof.before, [one.proof])),
        prose("That derivative times ", Sym(each), ", over the cost:"),
        Chain(
            f"{label}-claim",
            one.claim.name,
            chain_lines(one.claim.start, one.claim.steps),
            boxed=True,
        ),
    ]
    if one.value is not None:
        blocks += _at_sizes(cost, each, one, label)
    elif dims_of(one.partly) != dims_of(one.claim.result):
        line = Line(one.partly, ("with the sizes that are known",))
        blocks.append(Chain(f"{label}-partly", one.claim.name, (line,)))
    return blocks


def _at_sizes(cost: Cost, each: Dim, one: Elasticity, label: str) -> list[Block]:
    assert one.value is not None
    shares = one.shares(cost.values)
    rows: list[tuple[Cell, ...]] = [
        (_power(each, times), value(one.powers[at][1]), per_cent(shares[times]))
        for at, (times, _) in enumerate(one.powers)
    ]
    heads = ("Power", "Coefficient", "Share of the cost")
    return [
        Table(f"{label}-powers", "The cost by powers", heads, "lpr", tuple(rows)),
        prose(
            f"At these sizes the elasticity is {exactly(one.value)}, about {decimal(one.value)}."
        ),
    ]


def _power(each: Dim, times: int) -> Form | str:
    if times == 0:
        return "none"
    positive = power(Sym(each), abs(times))
    return positive if times > 0 else Quotient(Num(1), positive)
