"""`symcost compare`: two models or two conventions term by term, or two formulas."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.asking import add_answer, add_asked, answer, one_quantity
from symcost.commands.common import convention, model, sizes, words
from symcost.commands.parser import ASKED, MODEL, OUTPUT, UsageError

if TYPE_CHECKING:
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Poly


def add(commands: Any) -> None:
    """Declares the arguments."""
    compare = commands.add_parser(
        "compare",
        summary="say what each difference between two models costs",
        description="Compares one quantity of two models, or of one model under two conventions; "
        "or two formulas: equal, equal if, or by how much not.",
        examples=(
            "compare llama-2-7b llama-3-8b",
            "compare gpt2 --conventions torch,megatron -q flops_train",
            "compare --formulas '12 L d^2' 'L (4 d^2 + 2 d d_ff)'",
        ),
    )
    add_asked(compare)
    asked = compare.group(ASKED)
    compare.group(MODEL).add_argument("other", metavar="OTHER", nargs="?", help="the second model")
    asked.add_argument(
        "--conventions", default="", metavar="A,B", help="two conventions instead of two models"
    )
    asked.add_argument(
        "--formulas", action="store_true", help="both are formulas in symbols, not models"
    )
    asked.add_argument(
        "--order", default="", metavar="SYMBOLS", help="sizes to change first, such as V,d_ff"
    )
    output = compare.group(OUTPUT)
    output.add_argument("--terms", action="store_true", help="every operation, not every part")
    output.add_argument("--derive", action="store_true", help="prove the effect of each size")
    add_answer(compare)
    compare.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if chosen.formulas:
        if chosen.other is None or chosen.conventions:
            raise UsageError("--formulas takes two formulas, such as '12 L d^2' '12*L*d**2'")
        _formulas(chosen)
        return 0
    pair = words(chosen.conventions)
    if bool(pair) == bool(chosen.other):
        raise UsageError("compare two models, or one model with --conventions A,B")
    quantity = one_quantity(chosen, "params")
    page = _conventions(chosen, pair, quantity) if pair else _models(chosen, quantity)
    answer(page, chosen)
    return 0


def _formulas(chosen: argparse.Namespace) -> None:
    """How both were read, their difference, and whether or when it vanishes."""
    from symcost.algebra.plain import people
    from symcost.checking.sides import one_side
    from symcost.questions.formulas import compare_formulas

    sides = one_side(chosen.model), one_side(chosen.other)
    found = compare_formulas(sides[0].value, sides[1].value)
    for name, side in zip(("left", "right"), sides, strict=True):
        console.say_formula(f"{name:10}  ", str(side.read))
    for side in sides:
        for note in side.notes:
            console.say(f"{'note':10}  {note}", 12)
    console.say_formula(f"{'difference':10}  ", people(found.difference))
    if found.equal:
        answer = "equal for all sizes"
    elif found.equal_if:
        # A relation that is solved for each of its symbols is said once.
        once = {_zero(each): " = ".join(map(people, each.sides())) for each in found.equal_if}
        answer = "equal if " + ", or if ".join(once.values())
    else:
        answer = "never equal" if found.never else "not equal for all sizes"
    console.say(f"{'answer':10}  {answer}", 12)


def _zero(relation: Relation) -> frozenset[Poly]:
    """What the relation says is zero, whatever symbol it is solved for."""
    from symcost.algebra.poly import Poly
    from symcost.algebra.simplify import content

    found = Poly.of(relation.dim) - relation.value
    for atom in found.atoms():  # nothing stays below a bar
        least = min(dict(monomial).get(atom, 0) for monomial in found.terms)
        found = found * Poly.of(atom) ** -min(least, 0)
    found = found / content(found)
    return frozenset((found, -found))


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
