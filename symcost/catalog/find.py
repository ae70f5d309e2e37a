"""What there is: models, quantities, conventions and components, found by type.

Every module of a package is imported and looked through, so nothing has to be registered.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from symcost.algebra.near import did_you_mean
from symcost.files import packaged
from symcost.graph.architecture import Architecture
from symcost.quantities.convention import Convention
from symcost.quantities.intensity import Divided
from symcost.quantities.interpret import Combined, Measured, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType

    from symcost.graph.component import Declaration

Found = TypeVar("Found")

# What is asked for most, in the order of a page: `eval` without a quantity gives these.
HEADLINES = (
    "params",
    "params_embedding",
    "params_non_embedding",
    "params_active",
    "params_inactive",
    "flops_forward",
    "flops_backward",
    "flops_train",
    "flops_train_6n",
    "kv_cache_bytes",
    "activation_bytes",
    "weight_bytes",
    "optimizer_bytes",
    "traffic_bytes",
)
MOST_LISTED = 30


class UnknownNameError(ValueError):
    """A name that the catalog does not have; the message gives the nearest one."""


@cache
def architectures() -> dict[str, Architecture]:
    """Every named model."""
    return _by_name(_objects("symcost.models", Architecture))


@cache
def quantities() -> dict[str, Measured]:
    """Every quantity, those that are asked for most first."""
    found: list[Measured] = [*_objects("symcost.quantities", Quantity)]
    found += _objects("symcost.quantities", Combined)
    table = _by_name(found)
    return {name: table[name] for name in dict.fromkeys((*HEADLINES, *table))}


@cache
def quotients() -> dict[str, Divided]:
    """Every quotient of two quantities."""
    return _by_name(_objects("symcost.quantities", Divided))


@cache
def conventions() -> dict[str, Convention]:
    """Every named convention."""
    return _by_name(_objects("symcost.quantities", Convention))


@cache
def components() -> dict[str, Declaration]:
    """Every component, by the name of its function."""
    found: dict[str, Declaration] = {}
    for module in _modules("symcost.components"):
        for name, value in vars(module).items():
            own = inspect.isfunction(value) and value.__module__ == module.__name__
            # What takes more than the author (and flags) is a piece that components share.
            if own and not name.startswith("_") and value.__code__.co_argcount == 1:
                found[name] = value
    return dict(sorted(found.items()))


@cache
def presets() -> tuple[str, ...]:
    """The names of the published models that are kept as configurations. None of them is read."""
    folder = packaged("presets")
    names = (file.name for file in folder.iterdir() if file.name.endswith(".json"))
    return tuple(sorted(name.removesuffix(".json") for name in names))


def preset(name: str) -> dict[str, Any]:
    """Title, source and configuration of a published model."""
    file = packaged("presets", f"{name}.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def architecture(name: str) -> Architecture:
    """The model of this name: one that is declared here, or a published configuration."""
    if name in presets():
        from symcost.config.read import read

        found = preset(name)
        built = read(found["config"], found["source"].split(";")[0])
        return replace(built, name=name, title=found["title"], source=found["source"])
    declared: Architecture | None = _one("symcost.models", Architecture, name)
    if declared is not None:
        return declared
    everything = [*architectures(), *presets()]
    if name not in everything:
        _unknown(everything, name, "model")
    return architectures()[name]


def quantity(name: str) -> Measured:
    """The quantity of this name."""
    one = _one("symcost.quantities", Quantity, name)
    found: Measured | None = one or _one("symcost.quantities", Combined, name)
    if found is not None:
        return found
    if name not in quantities():
        _unknown([*quantities()], name, "quantity", near=quotients())
    return quantities()[name]


def quotient(name: str) -> Divided:
    """The quotient of this name."""
    return _pick(quotients(), name, "quotient")


def convention(name: str) -> Convention:
    """The convention of this name."""
    return _one("symcost.quantities", Convention, name) or _pick(conventions(), name, "convention")


def _pick(table: Mapping[str, Found], name: str, what: str) -> Found:
    if name not in table:
        _unknown(list(table), name, what)
    return table[name]


def _unknown(names: list[str], name: str, what: str, near: Iterable[str] = ()) -> NoReturn:
    hint = did_you_mean(name, [*names, *near])
    known = ", ".join(names) if len(names) <= MOST_LISTED else f"see `symcost list {what}s`"
    raise UnknownNameError(f"{name[:60]!r} is not a known {what}.{hint} Known: {known}")


def _by_name(found: Iterable[Found]) -> dict[str, Found]:
    table: dict[str, Found] = {}
    for each in found:
        name = str(getattr(each, "name", ""))
        if table.setdefault(name, each) is not each:
            raise ValueError(f"two entries of the catalog are both called '{name}'")
    return table


def _objects(package: str, wanted: type[Found]) -> Iterator[Found]:
    """Each object once, in the order of files and of lines."""
    seen: set[int] = set()
    for module in _modules(package):
        for value in vars(module).values():
            if isinstance(value, wanted) and id(value) not in seen:
                seen.add(id(value))
                yield value


def _modules(package: str) -> Iterator[ModuleType]:
    for name in _texts(package):
        yield importlib.import_module(f"{package}.{name}")


@cache
def _one(package: str, wanted: type[Found], name: str) -> Found | None:
    """The object of this name, if a module has the name in its text; no other is imported.

    A name that is put together from parts is in no text: all modules have to be looked through.
    """
    for module, text in _texts(package).items():
        if f'"{name}"' in text:
            for value in vars(importlib.import_module(f"{package}.{module}")).values():
                if isinstance(value, wanted) and getattr(value, "name", None) == name:
                    return value
    return None


@cache
def _texts(package: str) -> dict[str, str]:
    """The modules of a package with their texts, "" where it is installed without."""
    outer = importlib.import_module(package)
    found: dict[str, str] = {}
    for info in sorted(pkgutil.iter_modules(outer.__path__), key=lambda each: each.name):
        try:
            found[info.name] = Path(outer.__path__[0], f"{info.name}.py").read_text("utf-8")
        except OSError:
            found[info.name] = ""
    return found
