"""`symcost list`: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.data import add_data, rows_text
from symcost.commands.output import add_output, claim, put
from symcost.commands.parser import ASKED, OUTPUT, UsageError
from symcost.commands.progress import progress
from symcost.render.breaking import wrapped

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
    "languages",
    "messages",
)

COLUMNS = {
    "quantities": ("name", "unit", "meaning"),
    "components": ("name", "title", "module"),
    "symbols": ("symbol", "meaning", "aliases"),
    "languages": ("code", "name", "words"),
}


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
    output.add_argument("--json", action="store_true", help="the same as --format json: one list")
    add_data(listing, "markdown")
    add_output(listing, "FILE", "write it into a file")
    listing.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if chosen.json and chosen.format not in ("text", "json"):
        raise UsageError("list: --json and --format exclude each other")
    kind = "json" if chosen.json else chosen.format
    if chosen.output is not None:
        claim(chosen, [chosen.output])
    if chosen.what == "messages":
        text = _messages(kind)
    else:
        text = _literature(kind) if chosen.what == "literature" else _listed(chosen.what, kind)
    if chosen.output is None:
        console.put(text, kind)
    else:
        put(chosen, chosen.output, text)
    return 0


def _messages(kind: str) -> str:
    """The file of a new language: every sentence, and nothing behind it yet."""
    from symcost.render.language import skeleton

    if kind != "text":
        raise UsageError("list messages: this is a TOML file; leave --json and --format out")
    return skeleton()


def _languages() -> list[tuple[str, str, str]]:
    """The languages of a page, and how much each of them says."""
    from symcost.render.language import ENGLISH, languages, messages

    every = len(messages()["words"])
    rows = [
        (code, each.name, f"{len(each.words)} of {every} sentences")
        for code, each in languages().items()
    ]
    rows[0] = (ENGLISH.code, ENGLISH.name, "what the pages are written in")
    return rows


def _listed(what: str, kind: str) -> str:
    """A list as lines, or as data."""
    if kind == "markdown":
        raise UsageError("list: --format markdown is of `symcost list literature`")
    rows = _rows(what)
    if kind == "text":
        return "\n".join(_lines(rows)) + "\n"
    heads = COLUMNS.get(what, ("name", "title", "source"))
    return rows_text(kind, [dict(zip(heads, row, strict=True)) for row in rows])


def _rows(what: str) -> list[tuple[str, str, str]]:
    """The name of each, what it is, and where it comes from or what else it is called."""
    from symcost.algebra.dim import all_dims
    from symcost.catalog import find
    from symcost.quantities.devices import devices
    from symcost.quantities.optimizers import OPTIMIZERS

    if what == "models":
        rows = [(each.name, each.title, each.source) for each in find.architectures().values()]
        kept = {name: find.preset(name) for name in find.presets()}
        return [*rows, *((name, each["title"], each["source"]) for name, each in kept.items())]
    if what == "quantities":
        rows = [(each.name, each.unit, each.meaning) for each in find.quantities().values()]
        return rows + [(each.name, each.unit, each.meaning) for each in find.quotients().values()]
    if what == "languages":
        return _languages()
    if what == "devices":
        return [(name, each.title, each.source) for name, each in devices().items()]
    if what == "optimizers":
        return [(each.name, each.sentence(), each.source) for each in OPTIMIZERS]
    if what == "conventions":
        return [(each.name, each.sentence(), each.source) for each in find.conventions().values()]
    if what == "components":
        return [
            (name, (each.__doc__ or "").split("\n", 1)[0], each.__module__)
            for name, each in find.components().items()
        ]
    return [(each.symbol, each.meaning, ", ".join(each.aliases)) for each in all_dims()]


def _lines(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    room = console.screen().width
    wide = min(max(len(row[0]) for row in rows), room // 2)
    for first, second, third in rows:
        said, *more = wrapped(second, room - wide - 2)
        if len(first) <= wide:
            yield f"{first:{wide}}  {said}"
        else:
            yield from (first, f"{'':{wide}}  {said}")
        yield from (f"{'':{wide}}  {line}" for line in more)
        if third:
            yield from (f"{'':{wide}}    {line}" for line in wrapped(third, room - wide - 4))


def _literature(kind: str) -> str:
    """Published closed forms, each with its verdict: as lines, as data, or as a page."""
    from symcost.render import literature

    with progress("judging published formulas"):
        if kind == "markdown":
            return literature.page()
        if kind == "text":
            return "\n".join(_lines(literature.rows())) + "\n"
        rows = literature.data()
    return rows_text(kind, rows if kind == "json" else list(map(_flat, rows)))


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as one row: several things as one text, without the whole verdict."""
    symbols = "; ".join(f"{letter}: {meaning}" for letter, meaning in entry["symbols"].items())
    row = {**entry, "symbols": symbols, "conditions": "; ".join(entry["conditions"])}
    return {name: value for name, value in row.items() if name != "verdict"}
