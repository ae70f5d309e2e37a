"""The pages of leading behaviour and of rules of thumb: kept, dropped, where the error is small."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.form import Form, Named, Num, Sym, atom_form, power, total
from symcost.algebra.proof import limit
from symcost.algebra.ratio import Ratio
from symcost.questions.cost import QuestionError, decimal, exactly, per_cent
from symcost.questions.ratios import shortest
from symcost.questions.region import Edge, Region, region
from symcost.render.elasticity import conditions_cell
from symcost.render.page import Block, Chain, Code, Equal, Heading, Line, Page, Run, prose
from symcost.render.parts import convention_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.dim import Dim
    from symcost.questions.asymptotics import Leading
    from symcost.questions.cost import Cost
    from symcost.questions.thumb import ThumbError

SIGNS = {
    "+": "The remainder is positive for all sizes: what is kept is too low.",
    "-": "The remainder is negative for all sizes: what is kept is too high.",
    "0": "There is no remainder: what is kept is exact.",
    "?": "The sign of the remainder depends on the sizes.",
}


def growth_page(cost: Cost, found: Sequence[Leading], within: Fraction | None) -> Page:
    """The leading behaviour of one cost in one or several symbols."""
    blocks: list[Block] = []
    for at, each in enumerate(found, 1):
        blocks += _growth(cost, each, at, within)
    title = f"Leading behaviour of {cost.ledger.quantity} of {cost.name}"
    return Page("asymptotics", title, convention_line(cost.ledger.convention), tuple(blocks))


def _growth(cost: Cost, each: Leading, at: int, within: Fraction | None) -> list[Block]:
    label = f"asymptotics:{each.by.word}-{at}"
    estimate = each.estimate
    how: tuple[Run, ...] = ("like ", power(Sym(each.by), each.power))
    if each.power == 0:
        how = ("not at all: it tends to a constant",)
    blocks: list[Block] = [
        Heading(1, f"As {each.by.symbol} grows: {each.by.meaning}", label),
        prose("It grows ", *how, "."),
    ]
    where = conditions_cell(each.conditions)
    if where:
        blocks.append(prose("This holds ", *where, "."))
    if each.rounded:
        runs: list[Run] = []
        for call in each.rounded:
            runs += [", " if runs else "Each of ", atom_form(call)]
        blocks.append(prose(*runs, " differs from what it rounds by less than 1."))
    blocks += _kept(cost.quantity.letter, estimate.exact, estimate.kept, estimate.dropped, label)
    if estimate.sign == "0":
        return [*blocks, prose(SIGNS["0"])]
    error = Ratio(each.dropped, each.kept)
    blocks += [prose(SIGNS[estimate.sign]), *_error(error, label, each.by)]
    if within is not None:
        found = region(each.kept, each.dropped, each.by, within, cost.values, each.relations)
        blocks += region_blocks(found)
    return blocks


def thumb_page(found: ThumbError, symbols: Sequence[Dim], within: Fraction | None) -> Page:
    """A rule of thumb: exact = rule + remainder, its error, and where that stays small."""
    rule, cost = found.rule, found.cost
    label = "asymptotics:rule"
    estimate = found.estimate
    which = " of one layer" if rule.layer else ""
    blocks: list[Block] = [
        prose(
            "The rule ",
            Code(rule.name),
            f" for {rule.quantity}{which}, in {cost.unit}. Source: {rule.source}.",
        )
    ]
    if found.n is not None:
        blocks.append(
            prose(
                "N is what a token meets of the parameters outside look-up tables: ",
                Equal(found.n, found.n.value),
                ".",
            )
        )
    blocks += _kept(cost.quantity.letter, estimate.exact, estimate.kept, estimate.dropped, label)
    blocks.append(prose(SIGNS[estimate.sign]))
    if estimate.sign != "0":
        blocks += _error(found.error, label, dim("time"))
        special = found.proportioned
        if special is not None:
            runs: list[Run] = []
            for each in cost.cited:
                runs += [", " if runs else "With ", Equal(*each.sides())]
            blocks.append(prose(*runs, ":"))
            line = Line(shortest(special), ("with the proportions of this model",))
            blocks.append(Chain(f"{label}-proportions", Named("R", "", line.form), (line,)))
        blocks += _here(found)
        if within is not None:
            blocks += _regions(found, symbols, within)
    title = f"How wrong {rule.name} is for {cost.name}"
    return Page("asymptotics", title, convention_line(cost.ledger.convention), tuple(blocks))


def _kept(letter: str, exact: Form, kept: Form, dropped: Form, label: str) -> list[Block]:
    lines = (
        Line(exact, ("exact",)),
        Line(total([kept, dropped]) if dropped != Num(0) else kept, ("kept, and the remainder",)),
    )
    name = Named(letter, "", exact)
    return [
        Chain(f"{label}-exact", name, lines, boxed=True),
        Chain(f"{label}-kept", Named(letter, "kept", kept), (Line(kept),)),
        Chain(f"{label}-dropped", Named("D", "", dropped), (Line(dropped, ("the remainder",)),)),
    ]


def _error(error: Ratio, label: str, by: Dim) -> list[Block]:
    shown = shortest(error)
    chain = Chain(
        f"{label}-error", Named("R", "", shown), (Line(shown, ("remainder over what is kept",)),)
    )
    runs: list[Run] = []
    if by in error.top.dims() + error.bottom.dims():
        runs = ["As ", Sym(by), " grows, ", *_tends(error, by)]
    return [chain, prose(*runs)] if runs else [chain]


def _tends(error: Ratio, by: Dim) -> tuple[Run, ...]:
    try:
        found = limit(error, by)
    except ValueError:
        return ("it tends to a quotient of the other sizes.",)
    if found is None:
        return ("it grows without bound.",)
    if not found:
        return ("it vanishes.",)
    return ("it tends to ", shortest(Ratio.of(found)), ".")


def _here(found: ThumbError) -> list[Block]:
    values = found.cost.values
    if found.value is not None:
        about = per_cent(found.value)
        return [prose(f"At the sizes in force the error is {exactly(found.value)}, about {about}.")]
    partly = found.error.substitute(dict(values))
    left = [each.symbol for each in (*partly.top.dims(), *partly.bottom.dims())]
    shown = shortest(partly)
    free = ", ".join(dict.fromkeys(left))
    if not free:
        return [
            prose(
                "At the sizes in force the error is about "
                f"{per_cent(Fraction(partly.top.at({})) / Fraction(partly.bottom.at({})))}."
            )
        ]
    return [
        prose(f"At the sizes in force, {free} left free:"),
        Chain("asymptotics:rule-here", Named("R", "", shown), (Line(shown),)),
    ]


def _regions(found: ThumbError, symbols: Sequence[Dim], within: Fraction) -> list[Block]:
    """One region for each symbol asked for; without any, for the tokens and for the width."""
    if symbols:
        return [block for each in symbols for block in region_blocks(found.within(each, within))]
    blocks: list[Block] = []
    for each in (dim("time"), dim("model")):
        try:
            blocks += region_blocks(found.within(each, within))
        except QuestionError as error:
            blocks.append(prose(f"In {each.symbol}: {error}"))
    return blocks


def region_blocks(found: Region) -> list[Block]:
    """Where the error stays within a share, and both sides of every end."""
    label = f"asymptotics:within-{found.by.word}"
    share = f"{decimal(found.share * 100, 4).rstrip('0').rstrip('.')} %"
    blocks: list[Block] = [
        Heading(1, f"Within {share}, by {found.by.symbol}", label),
        prose(*_where(found, share)),
    ]
    for edge in found.edges:
        inside, outside = _apart(edge, found.share)
        runs: list[Run] = [
            "At ",
            Equal(Sym(found.by), Num(edge.inside)),
            f" the error is {inside}, at ",
            Equal(Sym(found.by), Num(edge.outside)),
            f" it is {outside}.",
        ]
        near = found.whole.get(edge.inside)
        if near is not None and near != edge.inside:
            runs += [" The nearest one inside at which all sizes are whole is ", near, "."]
        blocks.append(prose(*runs))
    return blocks


def _apart(edge: Edge, share: Fraction) -> tuple[str, str]:
    """Both errors with as many digits as tell them from the share."""
    for digits in range(4, 30):
        inside, outside = (per_cent(each, digits) for each in (edge.error, edge.error_outside))
        exact = abs(edge.error) == share
        if outside.lstrip("-") != per_cent(share, digits) and (
            exact or inside.lstrip("-") != per_cent(share, digits)
        ):
            break
    return inside, outside


def _where(found: Region, share: str) -> tuple[Run, ...]:
    if not found.intervals:
        return (f"For no {found.by.symbol} does the error stay within {share}.",)
    runs: list[Run] = [f"The error stays within {share} for ", Sym(found.by)]
    for at, (low, high) in enumerate(found.intervals):
        runs.append(" and" if at else "")
        runs += [" from ", low] if high is None or low > 1 else [" up to ", high]
        if high is None:
            runs.append(" on")
        elif low > 1:
            runs += [" to ", high]
    return (*runs, ".")
