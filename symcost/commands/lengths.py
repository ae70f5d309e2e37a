"""`symcost lengths`: a batch of sequences of unequal lengths, exact, padded, and the waste."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import find
from symcost.commands import console
from symcost.commands.common import add_counting, add_source, convention, model, sizes
from symcost.commands.data import add_data, counted_as, put_rows
from symcost.commands.parser import ASKED, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly
    from symcost.model import Model
    from symcost.quantities.moments import Moments

WHOLE = re.compile(r"[0-9]{1,15}")
MOST = 10_000
KINDS = ("exact", "padded", "waste")


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "lengths",
        summary="batches of unequal lengths, and what padding wastes",
        description="The cost of a batch by the sums of its lengths and of their squares.",
        examples=(
            "lengths gpt2 -q flops_forward --lengths 100,200,1000",
            "lengths gpt2 -q kv_cache_bytes",
        ),
    )
    add_source(command)
    add_counting(command)
    asked = command.group(ASKED)
    asked.add_argument(
        "-q", "--quantity", default="flops_forward", metavar="NAME", help="default: flops_forward"
    )
    asked.add_argument(
        "--lengths", metavar="NUMBERS", help="of the sequences; with --phase decode, of the caches"
    )
    add_data(command)
    command.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.algebra.identity import put_in
    from symcost.algebra.plain import people
    from symcost.algebra.simplify import simplest
    from symcost.commands.figures import rounded
    from symcost.quantities.moments import CACHED, NEW, unequal

    if chosen.phase == "extend":
        raise UsageError("--phase extend has two lengths a sequence; take prefill or decode")
    moments = CACHED if chosen.phase == "decode" else NEW
    found, counted = model(chosen), convention(chosen)
    ledger = found.ledger(chosen.quantity, convention=counted, scope="batch")
    batch = unequal(put_in(ledger.total, found.architecture.relations), moments)
    lengths = None if chosen.lengths is None else _lengths(chosen.lengths)
    values = _values(found, sizes(chosen.sizes), moments, lengths)
    if chosen.format != "text":
        rows = [_row(each, getattr(batch, each), ledger.unit, values) for each in KINDS]
        about = {**counted_as(found.name, counted), "quantity": chosen.quantity}
        return put_rows(chosen.format, rows, about)
    how = f"convention {counted.name}: {counted.sentence()}"
    console.say(f"{found.name}, {chosen.quantity}, {how}")
    for word in KINDS:
        poly = getattr(batch, word)
        known = all(each in values for each in poly.dims())
        value = f"{poly.at(values):,} {ledger.unit}" if known else ""
        console.say_formula(f"{word:8}{value:>32}  = ", people(simplest(poly).form))
    if all(each in values for each in batch.padded.dims()) and batch.padded.at(values):
        share = Fraction(batch.waste.at(values)) / Fraction(batch.padded.at(values))
        console.say_answer(f"wasted  {rounded(100 * share, '% of the padded batch')}")
    return 0


def _values(
    model: Model, given: dict[str, int], moments: Moments, lengths: list[int] | None
) -> dict[Dim, int]:
    """The sizes of the model and of the batch; the longest sequence has to fit the model too."""
    if lengths is None:
        return {each: bound.value for each, bound in model.binding(**given).items()}
    from symcost.quantities.moments import BATCH

    batch = moments.values(lengths)
    told = {BATCH: len(lengths), moments.length: max(lengths)}
    for name in given:
        if find(name) in told:
            raise UsageError(f"--set {name}: --lengths says it; leave one out")
    known = model.architecture.dims(model.root)
    told_here = {each.symbol: value for each, value in told.items() if each in known}
    bound = model.binding(**given, **told_here)
    values = {each: held.value for each, held in bound.items() if each not in told}
    return {**values, **batch}


def _row(word: str, poly: Poly, unit: str, values: Mapping[Dim, int]) -> dict[str, Any]:
    """A cost of the batch: exact value where all sizes are known, closed form."""
    from symcost.algebra.plain import python
    from symcost.algebra.simplify import simplest

    known = all(each in values for each in poly.dims())
    value = poly.at(values) if known else None
    return {"cost": word, "value": value, "unit": unit, "form": python(simplest(poly).form)}


def _lengths(text: str) -> list[int]:
    """Whole numbers, separated by commas."""
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if not WHOLE.fullmatch(word):
            raise UsageError(f"--lengths {text[:40]}: write whole numbers and commas: 100,200,1000")
    if len(words) > MOST:
        raise UsageError(f"--lengths: {len(words)} numbers; at most {MOST:,} are taken")
    return [int(word) for word in words]
