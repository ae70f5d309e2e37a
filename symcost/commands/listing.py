"""`symcost list`: what there is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.commands.parser import ASKED, OUTPUT, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

LISTS = (
    "models",
    "quantities",
    "components",
    "conventions",
    "devices",
    "optimizers",
    "symbols",
    "literature",
)


def add(commands: Any) -> None:
    """Declares the arguments."""
    listing = commands.add_parser(
        "list",
        summary="list what there is: models, quantities, conventions, symbols, ...",
        description="Lists what symcost knows.",
        examples=("list models", "list quantities", "list literature --format markdown"),
    )
    listing.group(ASKED).add_argument("what", metavar="WHAT", choices=LISTS, help=", ".join(LISTS))
    output = listing.group(OUTPUT)
    output.add_argument("--json", action="store_true", help="one JSON list (of literature)")
    output.add_argument(
        "--format", choices=("text", "markdown"), default="text", help="a page (of literature)"
    )
    output.add_argument("-o", "--output", type=Path, metavar="FILE", help="write it into a file")
    listing.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.algebra.dim import all_dims
    from symcost.catalog import find
    from symcost.quantities.devices import devices
    from symcost.quantities.optimizers import OPTIMIZERS

    if chosen.what == "literature":
        return _literature(chosen)
    if chosen.json or chosen.output or chosen.format != "text":
        raise UsageError("list: --json, --format and -o are of `symcost list literature`")
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
    print("\n".join(_lines(rows)))
    return 0


def _lines(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    wide = max(len(row[0]) for row in rows)
    for first, second, third in rows:
        yield f"{first:{wide}}  {second}"
        if third:
            yield f"{'':{wide}}    {third}"


def _literature(chosen: argparse.Namespace) -> int:
    """Published closed forms, each with its verdict: as lines, as JSON, or as a page."""
    from symcost.render import literature

    if chosen.json and chosen.format != "text":
        raise UsageError("list: --json and --format exclude each other")
    if chosen.json:
        text = json.dumps(literature.data(), indent=2, ensure_ascii=False) + "\n"
    elif chosen.format == "markdown":
        text = literature.page()
    else:
        text = "\n".join(_lines(literature.rows())) + "\n"
    if chosen.output is None:
        print(text, end="")
        return 0
    try:
        chosen.output.parent.mkdir(parents=True, exist_ok=True)
        chosen.output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{chosen.output} cannot be written: {error.strerror}") from None
    return 0
