"""`symcost list`: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

LISTS = ("models", "quantities", "components", "conventions", "devices", "optimizers", "symbols")


def add(commands: Any) -> None:
    """Declares the arguments."""
    listing = commands.add_parser(
        "list", help="list what there is", description="Lists what symcost knows."
    )
    listing.add_argument("what", choices=LISTS)
    listing.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.algebra.dim import all_dims
    from symcost.catalog import find
    from symcost.quantities.devices import devices
    from symcost.quantities.optimizers import OPTIMIZERS

    if chosen.what == "models":
        rows = [(each.name, each.title, each.source) for each in find.architectures().values()]
        kept = {name: find.preset(name) for name in find.presets()}
        rows += [(name, each["title"], each["source"]) for name, each in kept.items()]
    elif chosen.what == "quantities":
        rows = [(each.name, each.unit, each.meaning) for each in find.quantities().values()]
        rows += [(each.name, each.unit, each.meaning) for each in find.quotients().values()]
    elif chosen.what == "devices":
        rows = [(name, each.title, each.source) for name, each in devices().items()]
    elif chosen.what == "optimizers":
        rows = [(each.name, each.sentence(), each.source) for each in OPTIMIZERS]
    elif chosen.what == "conventions":
        rows = [(each.name, each.sentence(), each.source) for each in find.conventions().values()]
    elif chosen.what == "components":
        rows = [
            (name, (each.__doc__ or "").split("\n", 1)[0], each.__module__)
            for name, each in find.components().items()
        ]
    else:
        rows = [(each.symbol, each.meaning, ", ".join(each.aliases)) for each in all_dims()]
    wide = max(len(row[0]) for row in rows)
    for first, second, third in rows:
        print(f"{first:{wide}}  {second}")
        if third:
            print(f"{'':{wide}}    {third}")
    return 0
