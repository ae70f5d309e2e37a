"""`symcost sensitivity`: by how many per cent a cost grows where a size grows by one per cent."""

from __future__ import annotations

import argparse
from typing import Any

from symcost.commands.asking import add_answer, add_asked, answer, one_quantity
from symcost.commands.common import convention, model, sizes, words
from symcost.commands.parser import ASKED, COUNTING, UsageError


def add(commands: Any) -> None:
    """Declares the arguments."""
    sensitivity = commands.add_parser(
        "sensitivity",
        summary="elasticities d log C / d log x, in closed form and in numbers",
        description="The elasticities of one quantity: closed forms, their proofs, exact values.",
        examples=(
            "sensitivity gpt2 -q flops_forward --for d --set B=1 --set s=1024",
            "sensitivity gpt2 -q params",
        ),
    )
    add_asked(sensitivity)
    asked = sensitivity.group(ASKED)
    asked.add_argument(
        "--for",
        default="",
        metavar="SYMBOLS",
        dest="symbols",
        help="only these symbols, each with its proof (default: a table of all)",
    )
    asked.add_argument(
        "--alone", action="store_true", help="put no relation in: every symbol moves by itself"
    )
    sensitivity.group(COUNTING).add_argument(
        "--cite", action="store_true", help="put the published proportions in, such as d_ff = 4 d"
    )
    add_answer(sensitivity)
    sensitivity.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.algebra.dim import find
    from symcost.questions.cost import cost
    from symcost.questions.sensitivity import all_elasticities, sensitivity
    from symcost.render.elasticity import elasticity_page

    if chosen.cite and chosen.alone:
        raise UsageError("--cite puts relations in and --alone leaves them out: choose one")
    how = {"cite": chosen.cite, "alone": chosen.alone}
    quantity = one_quantity(chosen, "flops_forward")
    asked = cost(model(chosen), quantity, convention(chosen), chosen.scope, sizes(chosen.sizes))
    wanted = words(chosen.symbols)
    found: dict[Any, Any] = (
        {find(name): sensitivity(asked, name, **how) for name in wanted}
        if wanted
        else dict(all_elasticities(asked, **how))
    )
    page = elasticity_page(asked, found, proofs=bool(wanted), **how)
    answer(page, chosen)
    return 0
