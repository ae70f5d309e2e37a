"""Where every value comes from: the keys that were read, the sizes, and what was passed over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from symcost.catalog import find
from symcost.config.keys import shown
from symcost.config.read import understand
from symcost.model import Model, is_file, load
from symcost.render.breaking import wrapped
from symcost.render.environment import writer
from symcost.render.screen import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.config.keys import Keys

Table: TypeAlias = "tuple[str, list[tuple[str, str, str]]]"


def explain(source: str | Path | Mapping[str, Any]) -> list[Table]:
    """Tables of (name, value, origin): the keys of each level, then the sizes of the symbols.

    `source` is a configuration, or the name of a model. Raises what `symcost.load` raises.
    """
    if isinstance(source, str | Path) and Path(source).suffix == ".toml":
        return [_sizes(load(source))]
    if isinstance(source, str) and not is_file(source):
        if source not in find.presets() or source in find.architectures():
            return [_sizes(load(source))]
        found = find.preset(source)
        architecture, keys = understand(found["config"], found["source"].split(";")[0])
    else:
        architecture, keys = understand(source)
    return [*_levels(keys), _sizes(Model(architecture))]


def _levels(keys: Keys) -> Iterator[Table]:
    """The keys that were read, then those that change no count, level by level."""
    values = [(key, shown(keys.raw(key)), origin) for key, origin in list(keys.origins.items())]
    yield f"{keys.where}, model type {shown(keys.facts.model_type)}: keys", values
    rest = [key for key in keys.config if not keys.is_read(key) and key != "model_type"]
    if rest:
        passed = [(shown(key), shown(keys.config[key]), "") for key in rest]
        yield f"{keys.where}: keys that change no count", passed
    for each in keys.inner:
        yield from _levels(each)


def _sizes(model: Model) -> Table:
    """The symbols, their values, and where each value comes from."""
    bound = sorted(model.binding().items(), key=lambda pair: pair[0].key)
    rows = [
        (each.symbol, str(held.value), f"{each.meaning} ({held.origin})") for each, held in bound
    ]
    return f"{model.name}: sizes", rows


def written(tables: list[Table], width: int = WIDTH) -> str:
    """The tables as text, each under its title, in lines of this width."""
    lines = []
    for title, rows in tables:
        lines += wrapped(title, width, 2)
        wide = [max((len(row[place]) for row in rows), default=0) for place in (0, 1)]
        for name, value, origin in rows:
            head = f"  {name:{wide[0]}}  {value:>{wide[1]}}  "
            if len(head) <= width // 2:
                said, *more = wrapped(origin, width - len(head))
                lines.append(f"{head}{said}".rstrip())
                lines += [" " * len(head) + each for each in more]
            else:
                lines += wrapped(f"  {name}  {value}", width, 4)
                lines += [f"      {each}" for each in wrapped(origin, width - 6) if each]
    plain = writer("text")  # names of files and keys may hold signs that steer a terminal
    return "".join(f"{plain.escape(each)}\n" for each in lines)
