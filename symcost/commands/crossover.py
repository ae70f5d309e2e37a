"""`symcost crossover`: where one part of a cost overtakes another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_counting, add_scope, add_source, convention, model, sizes
from symcost.commands.derive import add_formats, formats_of, write
from symcost.commands.parser import ASKED
from symcost.commands.solve import (
    MARGIN,
    page_wanted,
    print_open,
    print_relations,
    print_root,
    print_sizes,
)

if TYPE_CHECKING:
    import argparse

    from symcost.questions.crossover import Crossing


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "crossover",
        summary="where one part of a cost overtakes another",
        description="Groups are roles (attention, matrices, head), parts (layer.attention, "
        "feed_forward) or rest: everything else.",
        examples=(
            "crossover gpt2 attention rest --for s",
            "crossover lecture attention matrices --for s --format text",
        ),
    )
    add_source(command)
    asked = command.group(ASKED)
    asked.add_argument("left", metavar="LEFT", help="the group that overtakes")
    asked.add_argument("right", metavar="RIGHT", help="the group that is overtaken")
    asked.add_argument("--for", required=True, dest="unknown", metavar="SYMBOL", help="a symbol")
    asked.add_argument(
        "-q",
        "--quantity",
        default="flops_forward",
        metavar="NAME",
        help="a quantity (symcost list quantities; default: flops_forward)",
    )
    add_scope(command, " (default: token)")
    add_counting(command)
    add_formats(command, "(default: the answer alone)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    formats = formats_of(chosen) if page_wanted(chosen) else None
    found = model(chosen)
    crossing = found.crossover(
        chosen.left,
        chosen.right,
        chosen.unknown,
        quantity=chosen.quantity,
        convention=convention(chosen),
        scope=chosen.scope,
        **sizes(chosen.sizes),
    )
    if formats is not None:
        return write(found.explained(crossing), formats, chosen)
    _print(crossing)
    return 0


def _print(crossing: Crossing) -> None:
    from symcost.algebra.form import Num
    from symcost.algebra.plain import people

    measured, symbol = crossing.cost, crossing.by.symbol
    left, right = (group.name for group in crossing.groups)
    console.say(f"{measured.name}: {left} against {right} in {symbol}, {measured.ledger.quantity}")
    how = f"convention {measured.ledger.convention.name}, {measured.unit}"
    console.say(f"counted     {how}", MARGIN)
    for group, form in zip(crossing.groups, crossing.forms, strict=True):
        console.say_formula(f"{group.name:10}  ", people(form))
        console.say(f"            ({group.means})", MARGIN)
    print_relations(crossing.relations)
    print_root(crossing.root, crossing.why_no_closed_form)
    if crossing.more is None:
        print_open(crossing.open)
        return
    if crossing.hundredths is not None:
        console.say(f"root        {symbol} = {crossing.root_shown}", MARGIN)
    print_sizes(crossing.values, (e for e in crossing.difference.dims() if e is not crossing.by))
    for edge in crossing.edges_shown:
        for n in (edge, edge + 1):
            if crossing.numeric and n >= 1:
                costs = [people(Num(each)) for each in crossing.both_at(n)]
                said = f"{symbol} = {n:,}: {left} {costs[0]}, {right} {costs[1]}"
                console.say(f"at          {said}", MARGIN)
    console.say_answer(f"answer      {crossing.verdict}", MARGIN)
    for bound in crossing.bounds:
        console.say(f"constraint  {bound}", MARGIN)
