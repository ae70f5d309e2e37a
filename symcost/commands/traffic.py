"""`symcost traffic`: work, bytes and arithmetic intensity of every operation, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_counting, add_source, convention, model, sizes
from symcost.commands.data import add_data, counted_as, put_rows

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Poly
    from symcost.model import Model
    from symcost.quantities.convention import Convention
    from symcost.quantities.roofline import Operation


def add(commands: Any) -> None:
    """Declares the arguments."""
    traffic = commands.add_parser(
        "traffic",
        summary="bytes moved and arithmetic intensity of every operation",
        description="Work, bytes and arithmetic intensity of every operation, all copies of it.",
        examples=(
            "traffic gpt2 --set B=8 --set s=1024",
            "traffic gpt2 --phase decode --fused --set B=8 --set t=1023",
        ),
    )
    add_source(traffic)
    add_counting(traffic)
    add_data(traffic)
    traffic.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.catalog import find
    from symcost.quantities.roofline import operations

    found, counted = model(chosen), convention(chosen)
    values = {each: bound.value for each, bound in found.binding(**sizes(chosen.sizes)).items()}
    intensity = find.quotient(quotient_of(chosen.phase))
    if chosen.format != "text":
        return put_rows(chosen.format, *_data(chosen, found, counted, values))
    how = f"{counted.sentence()}; {counted.element_bytes} bytes an element"
    console.say(f"{found.name}, {chosen.phase or 'prefill'}, convention {counted.name}: {how}")
    relations = found.architecture.relations
    for each in operations(found.root, counted, intensity):
        print(place(each))
        _show(each.flops, each.moved, relations, values)
    print("in all")
    above, below = intensity.ledgers(found.root, counted)
    _show(above.total, below.total, relations, values)
    return 0


def _data(
    chosen: argparse.Namespace, found: Model, counted: Convention, values: Mapping[Dim, int]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row for each operation, the last for all of them; and how it was counted."""
    from symcost.catalog import find
    from symcost.quantities.roofline import operations

    intensity = find.quotient(quotient_of(chosen.phase))
    above, below = intensity.ledgers(found.root, counted)
    relations = found.architecture.relations
    rows = [
        {**named(each), **_row(each.flops, each.moved, relations, values)}
        for each in operations(found.root, counted, intensity)
    ]
    whole = _row(above.total, below.total, relations, values)
    about = {
        **counted_as(found.name, counted),
        "phase": chosen.phase or "prefill",
        "element_bytes": counted.element_bytes,
    }
    return [*rows, {"operation": "in all", "times": "1", **whole}], about


def named(operation: Operation) -> dict[str, Any]:
    """The columns that say which operation a row is of."""
    from symcost.algebra.form import expanded, product
    from symcost.algebra.plain import python

    times = product(expanded(count) for _, count in operation.repeats)
    return {"operation": "/".join(operation.path), "times": python(times)}


def _row(
    flops: Poly, moved: Poly, relations: tuple[Relation, ...], values: Mapping[Dim, int]
) -> dict[str, Any]:
    """Work, bytes and their quotient: closed forms, and exact values where all sizes are known."""
    from symcost.algebra.identity import put_in
    from symcost.algebra.plain import python
    from symcost.algebra.ratio import Ratio
    from symcost.algebra.simplify import ratio_form, simplest

    work, held = put_in(flops, relations), put_in(moved, relations)
    known = set(values)
    found: dict[str, Any] = {}
    for name, poly in (("flops", work), ("bytes", held)):
        found[name] = poly.at(values) if set(poly.dims()) <= known else None
        found[f"{name}_form"] = python(simplest(poly).form)
    ratio = Ratio(work, held) if work and held else None
    bound = ratio is not None and set(ratio.dims()) <= known
    found["intensity"] = ratio.at(values) if ratio is not None and bound else None
    found["intensity_form"] = None if ratio is None else python(ratio_form(ratio))
    return found


def quotient_of(phase: str | None) -> str:
    """The intensity that belongs to a phase: training also runs backward."""
    return "arithmetic_intensity_train" if phase == "train" else "arithmetic_intensity"


def place(operation: Operation) -> str:
    """Where an operation stands, and how often it is done."""
    from symcost.algebra.plain import show

    times = " x ".join(show(count) for _, count in operation.repeats)
    return "/".join(operation.path) + (f", {times} times" if times else "")


def _show(
    flops: Poly, moved: Poly, relations: tuple[Relation, ...], values: Mapping[Dim, int]
) -> None:
    from fractions import Fraction

    from symcost.algebra.identity import put_in
    from symcost.algebra.plain import people
    from symcost.algebra.ratio import Ratio
    from symcost.algebra.simplify import ratio_form, simplest
    from symcost.commands.figures import about

    work, held = put_in(flops, relations), put_in(moved, relations)
    for word, poly in (("FLOPs", work), ("bytes", held)):
        if not poly:
            continue
        value = "" if any(each not in values for each in poly.dims()) else f"{poly.at(values):,}"
        console.say_formula(f"  {word:10}{value:>22}  = ", people(simplest(poly).form))
    if work and held:
        ratio = Ratio(work, held)
        known = all(each in values for each in ratio.dims())
        value = about(Fraction(ratio.at(values)), 3) if known else ""
        console.say_formula(f"  {'intensity':10}{value:>22}  = ", people(ratio_form(ratio)))
