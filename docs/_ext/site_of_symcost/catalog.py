"""Reference pages made from the catalog: what `symcost list` prints, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import all_dims
from symcost.catalog import find
from symcost.model import load
from symcost.quantities.convention import ELEMENTWISE, PARAMETER_WORDS, PRODUCT_WORDS
from symcost.quantities.devices import devices
from symcost.quantities.optimizers import OPTIMIZERS
from symcost.render.markdown import MarkdownWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from symcost.quantities.convention import Convention

WRITER = MarkdownWriter()
SQUARES = {"none": "s²", "half": "s²/2", "exact": "s(s+1)/2"}
AGAIN = {"none": "–", "selective": "the core of attention", "full": "whole layers"}


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {
        "models.md": _models(),
        "quantities.md": _quantities(),
        "conventions.md": _conventions(),
        "components.md": _components(),
        "symbols.md": _symbols(),
        "devices.md": _devices(),
        "optimizers.md": _optimizers(),
    }


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *align: str) -> str:
    """A table of Markdown; what is in its cells is escaped already."""
    lines = [heads, align or [":--"] * len(heads), *rows]
    return "".join(f"| {' | '.join(each)} |\n" for each in lines)


def plain(text: str) -> str:
    """Words of a declaration, on one line."""
    return WRITER.escape(" ".join(text.split()))


def _page(title: str, words: str, *blocks: str) -> str:
    return "\n".join((f"# {title}\n", f"{words}\n", *blocks))


def _models() -> str:
    declared = [
        (WRITER.code(each.name), plain(each.title), plain(each.source))
        for each in find.architectures().values()
    ]
    kept = {name: find.preset(name) for name in find.presets()}
    published = [
        (WRITER.code(name), plain(each["title"]), plain(each["source"]))
        for name, each in kept.items()
    ]
    heads = ("Name", "Model", "Source")
    return _page(
        "Models",
        "What `symcost list models` prints: every name that `symcost.load` and the commands take. "
        "Beside these they take the path of a `config.json`, of a TOML file and "
        "`module:function`; see [a network of your own](../your-own.md).",
        f"## Declared here\n\n{len(declared)} models.\n\n{table(heads, declared)}",
        f"## Published configurations\n\n{len(published)} models, each read from its "
        f"configuration.\n\n{table(heads, published)}",
    )


def _quantities() -> str:
    both = [*find.quantities().values(), *find.quotients().values()]
    rows = [(WRITER.code(each.name), plain(each.unit), plain(each.meaning)) for each in both]
    return _page(
        "Quantities",
        "What `symcost list quantities` prints; each can stand behind `-q`, and in "
        '`m.value("...")`.',
        table(("Name", "Unit", "Meaning"), rows),
    )


def _conventions() -> str:
    rows = [(WRITER.code(each.name), plain(each.source)) for each in find.conventions().values()]
    return _page(
        "Conventions",
        "What `symcost list conventions` prints. What the words mean, and why counts differ: "
        "[What is counted, and how](../conventions.md).",
        convention_table(),
        "## Sources\n",
        table(("Name", "Source"), rows),
    )


def convention_table() -> str:
    """What each named convention counts, one in a row."""
    heads = ("Convention", "Parameters", "Work", "Causal pairs", "Multiply-add", "Done again")
    return table(heads, map(_convention, find.conventions().values()))


def counted_table(name: str = "gpt2", time: int = 1024) -> str:
    """One model counted by each convention, one sequence of so many tokens."""
    model = load(name)
    heads = ("Convention", "Parameters", "Forward", "Training", "Forward is")
    rows = []
    for each in find.conventions():
        rest = {"convention": each, "B": 1, "s": time}
        numbers = (
            model.value("params", convention=each),
            model.value("flops_forward", **rest),
            model.value("flops_train", **rest),
        )
        form = WRITER.math(model.form("flops_forward", convention=each))
        rows.append((WRITER.code(each), *(f"{number:,}" for number in numbers), form))
    return table(heads, rows, ":--", "--:", "--:", "--:", ":--")


def _convention(each: Convention) -> tuple[str, ...]:
    counted = [word for word, role in PARAMETER_WORDS.items() if role in each.params]
    work = [word for word, role in PRODUCT_WORDS.items() if role in each.flops]
    work += sorted(role.value for role in each.flops & ELEMENTWISE)
    return (
        WRITER.code(each.name),
        "all" if len(counted) == len(PARAMETER_WORDS) else ", ".join(counted),
        ", ".join(work),
        SQUARES[each.causal],
        "1 MAC" if each.mac else "2 FLOPs",
        AGAIN[each.policy],
    )


def _components() -> str:
    rows = [
        (WRITER.code(name), plain((each.__doc__ or "").split("\n", 1)[0]), _module(each.__module__))
        for name, each in find.components().items()
    ]
    return _page(
        "Components",
        "What `symcost list components` prints. A TOML file names them; a function of an author "
        "uses them with `a.part` and `a.repeat`: [a network of your own](../your-own.md).",
        table(("Name", "What it does", "File"), rows),
    )


def _module(name: str) -> str:
    return WRITER.code(name.rpartition(".")[2] + ".py")


def _symbols() -> str:
    rows = [
        (f"${each.latex}$", WRITER.code(each.symbol), plain(each.meaning), _names(each.aliases))
        for each in all_dims()
    ]
    return _page(
        "Symbols",
        "What `symcost list symbols` prints: sizes, and the names that `--set` takes for them.",
        table(("Printed", "Typed", "Meaning", "Also called"), rows),
    )


def _names(aliases: Iterable[str]) -> str:
    return ", ".join(map(WRITER.code, aliases))


def _devices() -> str:
    rows = [
        (WRITER.code(name), plain(each.title), plain(each.source))
        for name, each in devices().items()
    ]
    return _page(
        "Devices",
        "What `symcost list devices` prints, for `symcost roofline --device` and `symcost mfu`; "
        "see [Traffic](../traffic.md).",
        table(("Name", "Device", "Source"), rows),
    )


def _optimizers() -> str:
    rows = [
        (WRITER.code(each.name), plain(each.sentence()), plain(each.source)) for each in OPTIMIZERS
    ]
    return _page(
        "Optimizers",
        "What `symcost list optimizers` prints, for `--optimizer`; see "
        "[Parallelism](../parallelism.md).",
        table(("Name", "What it keeps", "Source"), rows),
    )
