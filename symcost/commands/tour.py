"""`symcost tour`: from nothing to a derivation, a check and a what-if, by running the commands.

On a terminal every step waits for Enter; into a pipe all of it is printed.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.commands import console

if TYPE_CHECKING:
    import argparse


@final
@dataclass(frozen=True)
class Step:
    """One command with what is to be seen in its output, and the exit code that belongs to it."""

    title: str
    words: str
    command: str
    code: int = 0


STEPS = (
    Step(
        "A formula, derived",
        "Start from a bare transformer as a lecture draws it, and derive how many parameters it "
        "has. Symbols first: every line follows from the one before, for the reason in brackets, "
        "and was proved when it was built. The arrow marks the result; numbers come last. "
        "It is a whole page: scroll up to read it.",
        "derive lecture -q params",
    ),
    Step(
        "A model, evaluated",
        "GPT-2 is known by name, as are many published models. The sizes that only you know, "
        "here the batch and the length of the text, are set. Numbers are exact to the last digit, "
        "and every output names the convention by which it counts.",
        "eval gpt2 -q params -q flops_forward --set B=1 --set s=1024",
    ),
    Step(
        "Somebody's formula, checked",
        "A student counts the weights of the lecture's transformer, and multiplies by the heads. "
        "The verdict names the term at fault and what it costs. Wrong is exit code 1, for "
        "scripts; a file of formulas or a notebook goes in the same way.",
        "check --formula 'L*(3*d*d + h*d*d + 2*d*d_ff)' --model lecture -q params",
        code=1,
    ),
    Step(
        "What if the model were twice as wide?",
        "Any size may be set, and what follows from it follows: here d_ff = 4 d. With h = 24 the "
        "heads keep their width. Compare with the numbers before: not quite four times.",
        "eval gpt2 -q params -q flops_forward --set d=1536 --set h=24 --set B=1 --set s=1024",
    ),
    Step(
        "When does attention cost more than all the rest?",
        "Texts grow longer. The closed form is solved for s: no curve is fitted, no number tried.",
        "crossover gpt2 attention rest --for s",
    ),
    Step(
        "The parts of it all",
        "A tree of every weight, with its share.",
        "show gpt2 --depth 2",
    ),
)
NEXT = (
    ("your own model", "symcost explain path/to/config.json"),
    ("a page for a lecture", "symcost derive gpt2 --format latex,html -o notes"),
    ("a number that you met", "symcost which 124M --model gpt2"),
    ("all commands, with examples", "symcost --help"),
    ("a network of your own", "docs/your-own.md"),
)
ASK = "Enter: next; q and Enter: quit "


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "tour",
        summary="two minutes from nothing to a derivation, a check and a what-if",
        description="Runs some commands one after the other and says what is to be seen. On a "
        "terminal every step waits for Enter, q quits.",
        examples=("tour", "tour --color always"),
    )
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    asks = console.is_terminal(sys.stdin) and console.is_terminal(sys.stdout)
    for at, step in enumerate(STEPS, 1):
        _head(f"{at} of {len(STEPS)}. {step.title}", step)
        sys.stdout.flush()
        code: int = chosen.again([*shlex.split(step.command), "--color", chosen.color])
        console.settle(chosen.color)
        if code != step.code:
            return code
        print()
        if asks and not _goes_on():
            return 0
    _where_next()
    return 0


def _head(title: str, step: Step) -> None:
    """The title, what is to be seen, and the command as one types it."""
    paint = console.screen().paint
    print(paint(title, "heading"))
    print()
    console.say(step.words, 0)
    print()
    exit_code = f"  # exit code {step.code}" if step.code else ""
    print(paint(f"$ symcost {step.command}", "command") + paint(exit_code, "soft"))


def _goes_on() -> bool:
    """Whether the reader wants more."""
    try:
        answer = input(console.screen().paint(ASK, "soft"))
    except (EOFError, KeyboardInterrupt):
        answer = "q"
        print()
    if answer.strip().lower().startswith("q"):
        return False
    print()
    return True


def _where_next() -> None:
    """What to try with a model, a formula or a number of one's own."""
    print(console.screen().paint("Where to go next", "heading"))
    print()
    wide = max(len(what) for what, _ in NEXT)
    for what, command in NEXT:
        console.say(f"  {what:{wide}}  {command}", wide + 6)
