"""From a configuration, as a file or a dictionary, to an architecture."""

from __future__ import annotations

import difflib
import importlib
import json
import tomllib
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import read_decoder
from symcost.config.families.litgpt import is_litgpt
from symcost.config.keys import CONFIG, ConfigError, Facts, Keys
from symcost.files import packaged, regular
from symcost.graph.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LARGEST_FILE = 1_000_000
MOST_KEYS = 2_000
MISFITS = (TypeError, KeyError, IndexError, AttributeError, OverflowError, ZeroDivisionError)


def read(source: str | Path | Mapping[str, Any], where: str = "configuration") -> Architecture:
    """The architecture that a configuration describes.

    Raises `ConfigError`, in one line, for whatever is not understood.
    """
    return understand(source, where)[0]


def understand(
    source: str | Path | Mapping[str, Any], where: str = "configuration"
) -> tuple[Architecture, Keys]:
    """The architecture that a configuration describes, and its keys with their origins."""
    if isinstance(source, str | Path):
        path = Path(source)
        path = path / CONFIG if path.is_dir() else path
        where = path.name
        config = _load(path)
    else:
        config = dict(source)
    try:
        return _understand(config, where)
    except RecursionError:
        raise ConfigError(f"{where}: nested too deeply") from None


def _understand(config: dict[str, Any], where: str) -> tuple[Architecture, Keys]:
    if len(config) > MOST_KEYS:
        raise ConfigError(
            f"{where}: {len(config)} keys; no configuration has more than {MOST_KEYS}"
        )
    model_type = "litgpt" if is_litgpt(config) else config.get("model_type")
    if model_type is None:
        raise ConfigError(
            f"{where}: the key model_type is missing; add the one it is read as, such as "
            '"model_type": "llama"'
        )
    if not isinstance(model_type, str):
        raise ConfigError(f"{where}: the key model_type must be a word, not {model_type!r:.60}")
    options = _options(model_type, where)
    keys = Keys(config, _facts(model_type), options.get("old", {}), where)
    try:
        built = _reader(options.get("reader", ""))(keys, options)
    except MISFITS as error:
        # A value of a kind that no reader expects, such as a number for a list of lists.
        problem = f"{type(error).__name__}: {str(error)[:120]}"
        place = f"{where}, model type '{model_type}'"
        raise ConfigError(f"{place}: a value does not fit: {problem}") from error
    keys.refuse_unread()
    return _architecture(where, model_type, built), keys


def inside(keys: Keys, key: str, model_type: str) -> Keys:
    """The keys of a configuration that stands inside another, with its own type's defaults."""
    found = keys.raw(key)
    if found is None:
        found = {}
    if not isinstance(found, dict):
        keys.fail(key, f"must be an object, not {found!r:.40}")
    given = found.get("model_type", model_type)
    if given != model_type:
        keys.fail(key, f"has the model type {given!r:.40}; only '{model_type}' is understood here")
    made = Keys(found, _facts(model_type), {}, f"{keys.where}, {key}")
    keys.inner.append(made)
    return made


def part_of(
    keys: Keys,
    key: str,
    model_type: str,
    otherwise: Mapping[str, Any],
    *,
    any_type: bool = True,
    renamed: Mapping[str, str] | None = None,
    lacking: Mapping[str, Any] | None = None,
) -> Keys:
    """The keys of a configuration inside another; one that is missing is `otherwise`.

    `any_type`: the model type it names counts, perhaps under a new name, or else it is the one
    given here, whatever it says. `lacking` stands before the defaults of its class. The class that
    it was saved from says nothing: it is used without a head of its own.
    """
    found = keys.raw(key)
    if found is None:
        found = dict(otherwise)
    if not isinstance(found, dict):
        keys.fail(key, f"must be an object, not {found!r:.40}")
    kind = found.get("model_type", model_type) if any_type else model_type
    if not isinstance(kind, str):
        keys.fail(key, f"has the model type {kind!r:.40}, which is no word")
    kind = (renamed or {}).get(kind, kind)
    config = {name: value for name, value in found.items() if name != "architectures"}
    old = _entries().get(kind, {}).get("old", {})
    facts = _facts(kind)
    if lacking:
        facts = replace(facts, defaults={**facts.defaults, **lacking})
    made = Keys(config, facts, old, f"{keys.where}, {key}")
    keys.inner.append(made)
    return made


def read_part(keys: Keys, **changed: Any) -> Built:
    """What the own type of a configuration inside another makes of it, with options changed."""
    options = _options(keys.facts.model_type, keys.where)
    built = _reader(options.get("reader", ""))(keys, {**options, **changed})
    if keys.has("tie_word_embeddings"):
        keys.raw("tie_word_embeddings")
    keys.refuse_unread()
    return built


def supported() -> tuple[str, ...]:
    """Every model type that can be read."""
    return tuple(_entries())


def _architecture(where: str, model_type: str, built: Built) -> Architecture:
    return Architecture(
        model_type,
        model_type,
        built.declaration,
        where,
        built.sizes,
        flags=built.flags,
        relations=built.relations,
        limits=built.limits,
        notes=tuple(built.notes),
    )


def _load(path: Path) -> dict[str, Any]:
    text = text_of(path)
    try:
        found = json.loads(text, object_pairs_hook=partial(_object, path.name))
    except ConfigError:
        raise
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path.name}: not JSON: {str(error)[:80]}") from None
    if not isinstance(found, dict):
        raise ConfigError(
            f"{path.name}: a configuration is an object, not a {type(found).__name__}"
        )
    return found


def _object(where: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, each of whose keys stands once: of two values nobody knows which one counts."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ConfigError(f"{where}: the key {name[:60]!r} stands twice in one object")
        found[name] = value
    return found


def text_of(path: Path) -> str:
    """What stands in a file of a bearable size. Raises `ConfigError`."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise ConfigError(f"{path.name}: {size:,} bytes; at most {LARGEST_FILE:,} are read")
        with open(path, encoding="utf-8", opener=regular) as file:
            return file.read(LARGEST_FILE)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name}: not text in UTF-8") from None


def _reader(name: str) -> Callable[[Keys, Mapping[str, Any]], Built]:
    """The function that reads a type: `read` in the module of that name, or the usual one."""
    if not name:
        return read_decoder
    module = importlib.import_module(f"symcost.config.families.{name}")
    found: Callable[[Keys, Mapping[str, Any]], Built] = module.read
    return found


@cache
def _entries() -> dict[str, dict[str, Any]]:
    """Every entry of every file in the folder `types`."""
    tables: dict[str, dict[str, Any]] = {}
    folder = packaged("config", "types")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
                if tables.setdefault(name, table) is not table:
                    raise ValueError(f"two entries for the model type '{name}'")
    return {name: _whole_entry(name, tables) for name in tables}


def _whole_entry(name: str, tables: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """An entry with that of the type it is `like` below it; `bias` sets all four biases."""
    own = dict(tables[name])
    below = _whole_entry(own.pop("like"), tables) if "like" in own else {}
    if "bias" in own:
        every = own.pop("bias")
        own = {**{f"{each}_bias": every for each in "qkvo"}, **own}
    return {**below, **own}


def _options(model_type: str, where: str) -> dict[str, Any]:
    entries = _entries()
    if model_type not in entries:
        close = difflib.get_close_matches(model_type, list(entries), n=1)
        hint = f"; the nearest known is '{close[0]}'" if close else ""
        raise ConfigError(f"{where}: the model type {model_type[:60]!r} is not known{hint}")
    return entries[model_type]


@cache
def _all_facts() -> dict[str, Any]:
    text = packaged("config", "defaults.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _facts(model_type: str) -> Facts:
    everything = _all_facts()
    entry = everything["types"].get(model_type)
    if entry is None:
        return Facts(model_type, model_type, {}, {}, everything["version"])
    return Facts(
        model_type,
        entry["class"],
        entry["defaults"],
        entry.get("aliases", {}),
        everything["version"],
    )
