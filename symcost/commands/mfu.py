"""`symcost mfu`: the share of a device's peak that a measured speed puts into the model."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.algebra.typed import whole
from symcost.commands import console
from symcost.commands.common import add_counting, add_source, convention, model, sizes
from symcost.commands.parser import ASKED, UsageError
from symcost.commands.roofline import add_device, print_device

if TYPE_CHECKING:
    import argparse

NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "mfu",
        summary="model FLOPs utilisation from measured tokens per second",
        description="Measured tokens a second x FLOPs for a token / peak of all devices. Training "
        "is meant unless --phase says otherwise.",
        examples=(
            "mfu gpt2 --device a100 --tokens-per-second 100000 --set s=1024",
            "mfu llama-3-8b --device h100 --devices 64 --tokens-per-second 600000 --set s=8192",
        ),
    )
    add_source(command)
    add_counting(command)
    add_device(command)
    asked = command.group(ASKED)
    asked.add_argument(
        "--tokens-per-second",
        required=True,
        metavar="NUMBER",
        help="measured, of all devices together",
    )
    asked.add_argument("--devices", default="1", metavar="NUMBER", help="how many (default: 1)")
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.algebra.identity import put_in
    from symcost.algebra.plain import people
    from symcost.algebra.simplify import simplest
    from symcost.catalog import find
    from symcost.commands.figures import decimal, rounded
    from symcost.quantities import devices
    from symcost.quantities.roofline import utilisation
    from symcost.questions.cost import exactly

    measured = _number(chosen.tokens_per_second, "--tokens-per-second")
    count = _number(chosen.devices, "--devices")
    if count.denominator != 1 or count < 1:
        raise UsageError(f"--devices {chosen.devices}: write a whole number, at least 1")
    device = devices.device(chosen.device)
    peak = count.numerator * device.peak(chosen.dtype)
    found, counted = model(chosen), convention(chosen)
    phase = chosen.phase or "train"
    work = find.quantity("flops_train" if phase == "train" else "flops_forward")
    values = {each: bound.value for each, bound in found.binding(**sizes(chosen.sizes)).items()}
    share = utilisation(work, found.root, counted, values, measured, peak)
    ledger = work.ledger(found.root, counted, "token")
    form = simplest(put_in(ledger.total, found.architecture.relations)).form
    console.say(f"{found.name}, {phase}, convention {counted.name}: {counted.sentence()}")
    print_device(device, chosen.dtype)
    each = f"{work.name} per token {exactly(ledger.at(values))}"
    console.say_formula("", f"{each} = {people(form)}")
    most = rounded(measured / share, " tokens per second")
    console.say(f"at the peak of {count} of them {most}")
    word = "hardware FLOPs utilisation" if counted.recompute else "model FLOPs utilisation"
    console.say_answer(f"{word} {decimal(100 * share)}% ({share})")
    if share > 1:
        console.say(
            "more than the peak, which nothing reaches: hold the tokens per second, --devices, "
            "--dtype and what is counted against what was measured"
        )
    return 0


def _number(text: str, option: str) -> Fraction:
    """A positive decimal number, exactly."""
    before, dot, after = text.partition(".")
    digits = whole(before)
    plain = f"{digits}{dot}{after}"
    if digits is None or not NUMBER.fullmatch(plain) or not Fraction(plain):
        raise UsageError(f"{option} {text[:40]}: write a positive number, such as 238300 or 1.5")
    return Fraction(plain)
