"""`symcost which`: a number in, the conventions and quantities that make it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_variant, model, sizes
from symcost.commands.parser import ASKED, MODEL, OUTPUT, UsageError
from symcost.commands.progress import progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from symcost.questions.which.answers import Answer
    from symcost.questions.which.ask import Naming
    from symcost.questions.which.claim import Claim

MOST_MODELS = 8
LONGEST = 200  # characters of all words of the number together


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "which",
        summary="say which quantity and conventions make a number",
        description="Gives every set of conventions and quantities that makes a number, or what "
        "rounds to it, fewest first. Exit code 0: something was found, 1: nothing.",
        examples=(
            "which 84934656",
            "which 124M --model gpt2",
            "which 272320954368 --model gpt2 --set s=1024",
            "which '36 MiB' --model gpt2 --set s=1024 --set B=1",
        ),
        # -5M looks like an option; one line says what is wrong.
        hint="; a number is positive, such as 124M (see symcost which --help)",
    )
    command.group(ASKED).add_argument(
        "number",
        metavar="NUMBER",
        nargs="+",
        help="124439808, 124M, 85 million, 1.3e9, 272 GFLOPs, 2.5GiB",
    )
    source = command.group(MODEL)
    source.add_argument(
        "--model", metavar="MODEL", help="a name, a config.json, or package.module:function"
    )
    source.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SYMBOL=VALUE",
        dest="sizes",
        help="a size, such as s=1024; may be given several times",
    )
    output = command.group(OUTPUT)
    output.add_argument("--all", action="store_true", help="every set (default: the first 10)")
    output.add_argument("--json", action="store_true", help="one JSON object")
    add_variant(command)
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.questions.which import ask
    from symcost.questions.which.claim import read_claim

    number = " ".join(each[: LONGEST + 1] for each in chosen.number[:LONGEST])
    read_claim(number)  # rubbish is refused before a model is loaded
    named = model(chosen) if chosen.model is not None else None
    if named is None and any((chosen.freeze, chosen.train_only, chosen.lora, chosen.absorbed)):
        raise UsageError(
            "--freeze, --train-only, --lora and --absorbed are of a model: add --model"
        )
    most = None if chosen.all else ask.MOST
    with progress(f"looking for {number}"):
        found = ask.which(number, named, sizes(chosen.sizes), most)
    if chosen.json:
        console.put_json(found.report())
    else:
        for line in _lines(found, alone=named is not None):
            head, equals, rest = line.partition("= ")
            if equals and not head.strip():
                console.say_formula(f"{head}= ", rest)
            else:
                console.say(line, len(line) - len(line.lstrip()) + 2)
    return 0 if found else 1


def _lines(found: Naming, *, alone: bool) -> Iterator[str]:
    claim, many = found.claim, len(found.answers)
    sets = f"{many} sets of conventions make it" if many > 1 else "1 set of conventions makes it"
    if found.more:  # counts that were not looked at, or that only add choices
        sets = f"the simplest {sets}".replace("simplest 1 set", "simplest set")
    how = "exactly" if claim.exact else "to the digits written"
    yield f"{claim.shown}, {how}: {sets if many else 'nothing that is counted makes it'}"
    for at, answer in enumerate(found.answers, 1):
        yield from _answer(at, answer, claim, alone=alone)
    if found.more:
        yield f"{found.more:,} more counts meet it: --all"
    if found.near:
        yield "near:"
        yield from (f"    {each.sentence}" for each in found.near)
    yield from (f"note: {each}" for each in found.notes)


def _answer(at: int, answer: Answer, claim: Claim, *, alone: bool) -> Iterator[str]:
    yield f"{at:>2}. {answer.quantity}: {'; '.join(answer.conventions) or answer.default}"
    if not alone:
        rest = len(answer.models) - MOST_MODELS
        others = f" and {rest} more" if rest > 0 else ""
        yield f"    of {', '.join(answer.models[:MOST_MODELS])}{others}"
    yield f"    = {answer.formula}"
    given = ", ".join(f"{symbol} = {value:,}" for symbol, value in answer.assumed)
    yield f"    = {answer.shown} {answer.unit}{f', {given} assumed' if given else ''}"
    if not claim.exact:
        yield f"    {answer.how_far} {claim.text}"
    if answer.counted:
        yield f"    counts {answer.counted}"
    if answer.named:
        yield f"    as {', '.join(answer.named)} counts"
    for other in answer.also:
        yield f"    also {other}"
