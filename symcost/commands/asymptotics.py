"""`symcost asymptotics`: leading behaviour with its remainder, and how wrong rules of thumb are."""

from __future__ import annotations

import argparse
from typing import Any

from symcost.commands.asking import add_answer, add_asked, answer, one_quantity, share
from symcost.commands.common import convention, model, sizes, words
from symcost.commands.parser import ASKED, COUNTING, UsageError


def add(commands: Any) -> None:
    """Declares the arguments."""
    asymptotics = commands.add_parser(
        "asymptotics",
        summary="leading behaviour, and the exact error of rules of thumb",
        description="The leading term of one quantity with what it leaves out, or a rule of thumb "
        "with its error in closed form and the sizes for which that stays small.",
        examples=(
            "asymptotics gpt2 -q flops_forward --for s",
            "asymptotics gpt2 --rule 6N --within 5 --set s=1024",
        ),
    )
    add_asked(asymptotics)
    asked = asymptotics.group(ASKED)
    asked.add_argument(
        "--for", default="", metavar="SYMBOLS", dest="symbols", help="the symbols that grow"
    )
    asked.add_argument("--rule", metavar="NAME", help="a rule of thumb: 6N, 2N, 12Ld^2, ...")
    asked.add_argument(
        "--within", metavar="PERCENT", help="where the error stays within this many per cent"
    )
    asymptotics.group(COUNTING).add_argument(
        "--cite", action="store_true", help="put the published proportions in, such as d_ff = 4 d"
    )
    add_answer(asymptotics)
    asymptotics.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    within = None if chosen.within is None else share(chosen.within)
    symbols = words(chosen.symbols)
    page = _rule(chosen, symbols, within) if chosen.rule else _leading(chosen, symbols, within)
    answer(page, chosen)
    return 0


def _rule(chosen: argparse.Namespace, symbols: list[str], within: Any) -> Any:
    from symcost.algebra.dim import find
    from symcost.questions.thumb import thumb
    from symcost.render.growth import thumb_page

    if chosen.quantity or chosen.scope or chosen.cite:
        raise UsageError("a rule has its own quantity and scope: leave -q, --scope and --cite out")
    found = thumb(model(chosen), chosen.rule, convention(chosen), sizes(chosen.sizes))
    return thumb_page(found, [find(name) for name in symbols], within)


def _leading(chosen: argparse.Namespace, symbols: list[str], within: Any) -> Any:
    from symcost.questions.asymptotics import asymptotics
    from symcost.questions.cost import cost
    from symcost.render.growth import growth_page

    if not symbols:
        raise UsageError("name the symbol that grows, as in --for s, or a --rule")
    asked = cost(
        model(chosen),
        one_quantity(chosen, "flops_forward"),
        convention(chosen),
        chosen.scope,
        sizes(chosen.sizes),
    )
    found = [each for name in symbols for each in asymptotics(asked, name, cite=chosen.cite)]
    return growth_page(asked, found, within)
