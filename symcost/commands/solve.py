"""`symcost solve`: the size at which a cost meets a number, kept possible for the model."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_counting, add_scope, add_source, convention, model, sizes
from symcost.commands.derive import add_formats, formats_of, is_page, write
from symcost.commands.parser import ASKED, UsageError
from symcost.commands.pdf import is_pdf, pdf_wanted
from symcost.render.breaking import glued

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.questions.roots import Root
    from symcost.questions.solve import Solved
    from symcost.questions.tokens import Best

MARGIN = 12  # columns of the words before answers
TOKENS = "tokens"


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "solve",
        summary="the size at which a cost meets a number",
        description="Solves a cost for one symbol, or says how many tokens to train on.",
        examples=(
            'solve gpt2 "params = 1e9" --for d',
            'solve llama-3-70b "kv_cache_bytes <= 80GiB" --for s --set B=1',
            "solve gpt2 --for tokens",
        ),
    )
    add_source(command)
    asked = command.group(ASKED)
    asked.add_argument(
        "question",
        metavar="QUESTION",
        nargs="?",
        default="",
        help="QUANTITY OP NUMBER[UNIT], such as 'params = 1e9'; with --for tokens also "
        "'compute = 5.76e23'",
    )
    asked.add_argument(
        "--for", required=True, dest="unknown", metavar="SYMBOL", help="a symbol, or tokens"
    )
    add_scope(command)
    add_counting(command)
    add_formats(command, "(default: the answer alone)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if chosen.unknown == TOKENS:
        return _tokens(chosen)
    if not chosen.question:
        raise UsageError("a question is missing: write it as in 'params = 1e9'")
    formats = formats_of(chosen) if page_wanted(chosen) else None
    found = model(chosen)
    solved = found.solve(
        chosen.question,
        chosen.unknown,
        convention=convention(chosen),
        scope=chosen.scope,
        **sizes(chosen.sizes),
    )
    if formats is not None:
        return write(found.explained(solved), formats, chosen)
    _print(solved)
    return 0


def _tokens(chosen: argparse.Namespace) -> int:
    """How many tokens to train on: for this model, for so many parameters, or for a budget."""
    from symcost.questions import tokens
    from symcost.questions.budget import in_units, read

    if chosen.format is not None:
        raise UsageError(
            "--for tokens has no page: leave --format out, see docs/questions-solve.md"
        )
    counted = convention(chosen)
    if chosen.question:
        target = read(chosen.question)
        target = in_units(target, "FLOP" if target.quantity == "compute" else "parameter")
        if target.quantity not in ("compute", "params") or target.sense != "=":
            raise UsageError("tokens follow from 'compute = FLOPS' or 'params = N': write one")
        if target.quantity == "compute":
            console.say(f"compute = {Fraction(target.number)} FLOP, C = 6 N D")
            own = model(chosen).value("params", convention=counted)
            held = int(Fraction(target.number) / (tokens.FLOPS_EACH * own))
            console.say(f"{chosen.model}: N = {own:,} parameters take D = {held:,} tokens")
            return _print_best(tokens.best_for(target.number))
        params = int(target.number)
    else:
        params = int(
            model(chosen).value("params", convention=counted, scope=None, **sizes(chosen.sizes))
        )
        print(f"{chosen.model}: N = {params:,} parameters")
    return _print_best(tokens.tokens_for(params))


def _print_best(found: Iterable[Best]) -> int:
    for best in found:
        counts = (f"N = {best.params:>17,}", f"D = {best.tokens:>21,}", f"C = {best.compute:,}")
        console.say(f"{glued(f'{best.rule:15}')} {'  '.join(map(glued, counts))}", 16)
        console.say(f"{'':15} {best.source}", 16)
    return 0


def page_wanted(chosen: argparse.Namespace) -> bool:
    """Whether the derivation is asked for: one of its arguments is given."""
    if pdf_wanted(chosen) or is_page(chosen.output) or is_pdf(chosen.output):
        return True
    if chosen.format is None and (chosen.output is not None or chosen.fragment):
        raise UsageError("-o and --fragment are for a page: add --format")
    return chosen.format is not None


def _print(solved: Solved) -> None:
    from symcost.algebra.form import Num
    from symcost.algebra.plain import people

    measured, target, symbol = solved.cost, solved.target, solved.by.symbol
    asked = f"{target.quantity} {target.sense} {people(Num(target.number))} {measured.unit}"
    console.say(f"{measured.name}: {asked}, solved for {symbol}")
    console.say(f"counted     convention {measured.ledger.convention.name}", MARGIN)
    console.say_formula("cost        ", people(solved.shown))
    print_relations(solved.relations)
    print_root(solved.root, solved.why_no_closed_form)
    found = solved.found
    if found is None:
        print_open(solved.open)
        return
    if found.hundredths is not None:
        console.say(f"root        {symbol} = {found.root(target.number)}", MARGIN)
    print_sizes(measured.values, (e for e in solved.equation.dims() if e is not solved.by))
    for sentence in solved.possible.sentences():
        console.say(f"constraint  {sentence}", MARGIN)
    for which, point in (("below", found.before), ("above", found.after)):
        if point is not None:
            cost = people(Num(point.cost))
            said = f"{symbol} = {point.size:,} costs {cost} {measured.unit}"
            console.say(f"{which:10}  {said}", MARGIN)
    console.say_answer(f"answer      {solved.verdict}", MARGIN)


def print_relations(relations: Iterable[Relation]) -> None:
    """The relations that were put in."""
    from symcost.algebra.plain import people

    said = [" = ".join(map(people, each.sides())) for each in relations]
    if said:
        console.say_list("given       ", said, MARGIN)


def print_root(root: Root | None, why: str) -> None:
    """The closed solution, or why there is none."""
    from symcost.algebra.plain import people
    from symcost.questions.roots import PowerRoot

    if root is None:
        how = "exact by bisection on whole numbers"
        console.say(f"solution    not in closed form: {why}; {how}", MARGIN)
    elif isinstance(root, PowerRoot):
        console.say_formula("solution    ", f"{people(root.left)} = {people(root.value)}")
    else:
        console.say_formula("solution    ", f"{root.by.symbol} = {people(root.root)}, where")
        for each in (root.a, root.b, root.c):
            console.say_formula(" " * MARGIN, f"{people(each)} = {people(each.value)}")


def print_open(left: Iterable[Dim]) -> None:
    """What has to be set before there are numbers."""
    flags = " ".join(glued(f"--set {each.symbol}=...") for each in left)
    console.say(f"numbers     open: {flags}", MARGIN)


def print_sizes(values: Mapping[Dim, int], shown: Iterable[Dim]) -> None:
    """The sizes that the numbers are for."""
    said = [f"{each.symbol} = {values[each]:,}" for each in shown if each in values]
    if said:
        console.say_list("sizes       ", said, MARGIN)
