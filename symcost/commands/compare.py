"""`symcost compare`: two models, or two conventions, term by term."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from symcost.commands.asking import add_answer, add_asked, answer, one_quantity
from symcost.commands.common import UsageError, convention, model, sizes, words


def add(commands: Any) -> None:
    """Declares the arguments."""
    compare = commands.add_parser(
        "compare",
        help="say what each difference between two models costs",
        description="Compares one quantity of two models, or of one model under two conventions.",
        epilog="examples: symcost compare llama-2-7b llama-3-8b | symcost compare gpt2 "
        "--conventions torch,megatron -q flops_train",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_asked(compare)
    compare.add_argument("other", nargs="?", help="the second model")
    compare.add_argument(
        "--conventions", default="", metavar="A,B", help="two conventions instead of two models"
    )
    compare.add_argument(
        "--order", default="", metavar="SYMBOLS", help="sizes to change first, such as V,d_ff"
    )
    compare.add_argument("--terms", action="store_true", help="every operation, not every part")
    compare.add_argument("--derive", action="store_true", help="prove the effect of each size")
    add_answer(compare)
    compare.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    pair = words(chosen.conventions)
    if bool(pair) == bool(chosen.other):
        raise UsageError("compare two models, or one model with --conventions A,B")
    quantity = one_quantity(chosen, "params")
    page = _conventions(chosen, pair, quantity) if pair else _models(chosen, quantity)
    sys.stdout.write(answer(page, chosen))
    return 0


def _models(chosen: argparse.Namespace, quantity: str) -> Any:
    from symcost.questions.compare import compare
    from symcost.questions.cost import cost, fitting
    from symcost.render.comparison import comparison_page

    second = argparse.Namespace(**{**vars(chosen), "model": chosen.other})
    pair = (model(chosen), model(second))
    given = fitting(pair, sizes(chosen.sizes))
    left, right = (
        cost(each, quantity, convention(chosen), chosen.scope, own)
        for each, own in zip(pair, given, strict=True)
    )
    found = compare(left, right, words(chosen.order))
    return comparison_page(found, terms=chosen.terms, derive=chosen.derive)


def _conventions(chosen: argparse.Namespace, pair: list[str], quantity: str) -> Any:
    from symcost.questions.compare import compare_conventions
    from symcost.render.comparison import conventions_page

    if len(pair) != 2:
        raise UsageError(f"--conventions {chosen.conventions}: name two, such as torch,megatron")
    if chosen.order or chosen.derive:
        raise UsageError("--order and --derive are for two models; one model has one set of sizes")
    first, second = (
        convention(argparse.Namespace(**{**vars(chosen), "convention": name})) for name in pair
    )
    found = compare_conventions(
        model(chosen), quantity, (first, second), chosen.scope, sizes(chosen.sizes)
    )
    return conventions_page(found, terms=chosen.terms)
