"""`symcost show`: the parts of a model as a tree, with their weights, parameters and shares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_source, model, sizes
from symcost.commands.parser import OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "show",
        summary="draw the parts of a model as a tree, with parameters and shares",
        description="Draws a model as a tree: every part, how often it is repeated, every weight "
        "with its shape, its parameters in closed form and in numbers, and its share of all.",
        examples=(
            "show gpt2",
            "show deepseek-v3 --depth 2",
            "show llama-3-8b --lora r=16:W_Q,W_V",
        ),
    )
    add_source(command)
    command.group(OUTPUT).add_argument(
        "--depth", metavar="N", help="levels below the model (default: all)"
    )
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.render.tree import tree, tree_lines

    if chosen.depth is not None and not re.fullmatch("[0-9]{1,3}", chosen.depth):
        raise UsageError(f"--depth {chosen.depth[:40]}: write a whole number, such as 2")
    depth = None if chosen.depth is None else int(chosen.depth)
    found = model(chosen)
    values = {each: bound.value for each, bound in found.binding(**sizes(chosen.sizes)).items()}
    ledger = found.ledger("params")
    title = "".join(char if char.isprintable() else " " for char in found.architecture.title)
    console.say(f"{title}: parameters, shared tensors once")
    root = tree(ledger, found.name)
    relations = found.architecture.relations
    for line in tree_lines(root, relations, values, console.screen(), depth):
        print(line)
    return 0
