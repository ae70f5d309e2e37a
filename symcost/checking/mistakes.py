"""The errors that people make: which entry of `errors/` a change of the truth is.

A change multiplies terms by a factor, drops or adds a term, or puts one size for another. An entry
says what such a change looks like; of those that fit, the one with the least cost names it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.phrase import joined, worded
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from symcost.algebra.phrase import Phrase

# The files of errors; of two entries with one cost the one that is read first is taken.
FILES = (
    *("heads", "matrices", "tables", "vectors", "experts", "training", "memory"),
    *("convolutions", "sizes", "numbers"),
)
KEYS = frozenset(
    [
        "name",
        "title",
        "op",
        "number",
        "up",
        "down",
        "ups",
        "downs",
        "touches",
        "touches_all",
        "on",
        "classes",
        "quantity",
        "all",
        "from",
        "to",
        "cost",
        "text",
        "source",
        "likely",
        "convention",
        "mixed",
        "several",
        "within",
        "same",
        "context",
        "of_sums",
    ]
)


HEAD = "{terms}: "


class MistakeError(ValueError):
    """An entry of the table that says something nobody understands."""


@final
@dataclass(frozen=True)
class Look:
    """What a change looks like.

    `number`, `ups` and `downs` are a factor: a number, tags of sizes above and below the bar.
    `classes` are those of each term concerned, `tags` those of the sizes in these terms.
    `swapped` are the tags of the size that belongs there and of the one that stands there.
    """

    op: str
    number: Fraction = Fraction(1)
    ups: tuple[str, ...] = ()
    downs: tuple[str, ...] = ()
    classes: tuple[frozenset[str], ...] = ()
    tags: frozenset[str] = frozenset()
    swapped: tuple[str, str] | None = None
    everything: bool = False
    context: frozenset[str] = frozenset()

    @property
    def of_sums(self) -> bool:
        """Whether a size is put for another, or a sum such as s + o is in the factor."""
        if self.swapped is not None or (self.ups and self.downs):
            return True
        return any("+" in each for each in (*self.ups, *self.downs))

    def all_on(self, names: Collection[str]) -> bool:
        """Whether every term concerned has one of these classes."""
        return bool(self.classes) and all(not each.isdisjoint(names) for each in self.classes)


@final
@dataclass(frozen=True)
class Mistake:
    """An entry of the table; see `errors/README.md`."""

    name: str
    title: str
    text: str
    source: str
    ops: tuple[str, ...]
    cost: int
    fields: dict[str, Any]

    @property
    def is_convention(self) -> bool:
        """Whether it is no error where the ways to count are open."""
        return "convention" in self.fields

    def sentence(self, fields: Mapping[str, str], *, headed: bool = True) -> Phrase:
        """What was done, in words; what it was done to stands before a colon where it is `headed`.

        That head is no part of the sentence, so that every language has the two apart.
        """
        rest = self.text.removeprefix(HEAD)
        said = worded(rest, fields)
        return joined(": ", [fields["terms"], said]) if headed and rest != self.text else said

    def fits(self, look: Look, quantity: Collection[str]) -> bool:
        """Whether a change is this mistake."""
        return look.op in self.ops and self.fits_terms(look, quantity) and self.fits_change(look)

    def fits_terms(self, look: Look, quantity: Collection[str]) -> bool:
        """Whether it is made in such terms, of such a quantity, whatever the change is."""
        wanted = self.fields
        if "quantity" in wanted and not set(wanted["quantity"]) & set(quantity):
            return False
        if "classes" in wanted and not set(wanted["classes"]) & set(quantity):
            return False
        if "on" in wanted and not look.all_on(wanted["on"]):
            return False
        if wanted.get("all") and not look.everything:
            return False
        if wanted.get("several") and len(look.classes) < 2 and "core" not in look.classes[0]:
            return False
        if "touches_all" in wanted and not all(
            set(each.split("|")) & look.tags for each in wanted["touches_all"]
        ):
            return False
        if "context" in wanted and look.context.isdisjoint(wanted["context"]):
            return False
        return "same" not in wanted or not frozenset.intersection(*look.classes).isdisjoint(
            wanted["same"]
        )

    def fits_change(self, look: Look) -> bool:
        """Whether it is such a change; of a scale and a swap this does not depend on the terms."""
        if "of_sums" in self.fields and not look.of_sums:
            return False
        if look.op == "swap":
            return self._fits_swap(look)
        return self._fits_factor(look)

    def _fits_swap(self, look: Look) -> bool:
        wanted = self.fields
        assert look.swapped is not None
        if "touches" in wanted:
            parts = parts_of(look.swapped)
            inside = "within" not in wanted or parts <= set(wanted["within"])
            return inside and bool(set(wanted["touches"]) & parts)
        if "from" not in wanted:
            return False
        return all(
            _matches_tag(pattern, tag)
            for pattern, tag in zip((wanted["from"], wanted["to"]), look.swapped, strict=True)
        )

    def _fits_factor(self, look: Look) -> bool:
        wanted = self.fields
        named = any(key in wanted for key in ("up", "down", "touches", "ups", "downs"))
        if look.op == "scale":
            if "" in (*look.ups, *look.downs) and "mixed" not in wanted:
                return False  # a sum that is no size: nothing that has a name
            if not self._fits_number(look.number, named):
                return False
            if "touches" in wanted:
                parts = parts_of((*look.ups, *look.downs))
                inside = "within" not in wanted or parts <= set(wanted["within"])
                return inside and bool(set(wanted["touches"]) & parts)
            if "ups" in wanted or "downs" in wanted:
                return (len(look.ups), len(look.downs)) == (wanted["ups"], wanted["downs"])
            if not any(key in wanted for key in ("up", "down")):
                no_sizes = not look.ups and not look.downs
                free = "touches_all" in wanted and wanted.get("number", ["*"]) == ["*"]
                return no_sizes or free or "mixed" in wanted
            return _matches(wanted.get("up", []), look.ups) and _matches(
                wanted.get("down", []), look.downs
            )
        if "touches" in wanted:
            return bool(set(wanted["touches"]) & look.tags)
        return True

    def _fits_number(self, number: Fraction, named: bool) -> bool:
        wanted = self.fields.get("number", ["1"] if named else None)
        if number <= 0:
            return "mixed" in self.fields
        if wanted is None or wanted == ["*"]:
            return True
        if wanted == [">1"]:
            return number > 1
        if wanted == ["<1"]:
            return 0 < number < 1
        return str(number) in wanted


def _matches_tag(pattern: str, tag: str) -> bool:
    """Whether one of the patterns is the tag, or begins it where it ends with a star."""
    return any(
        tag == each or (each.endswith("*") and tag.startswith(each[:-1]))
        for each in pattern.split("|")
    )


def parts_of(tags: Collection[str]) -> set[str]:
    """The sizes in tags such as nope+rope and model/heads."""
    return {part.removeprefix("multiple of ") for each in tags for part in re.split(r"[+/*]", each)}


def _matches(patterns: list[str], tags: tuple[str, ...]) -> bool:
    """Whether each pattern takes one of the tags and none is left."""
    left = list(tags)
    for pattern in patterns:
        found = next((tag for tag in left if tag in pattern.split("|")), None)
        if found is None:
            return False
        left.remove(found)
    return not left


@cache
def mistakes() -> tuple[Mistake, ...]:
    """Every entry of the table, the least cost first."""
    paths = [packaged("checking", "errors", f"{name}.toml") for name in FILES]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    found = [_read(entry) for text in texts for entry in tomllib.loads(text)["mistake"]]
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        raise MistakeError("two mistakes have one name")
    return tuple(sorted(found, key=lambda each: each.cost))


def _read(entry: dict[str, Any]) -> Mistake:
    unknown = set(entry) - KEYS
    if unknown:
        raise MistakeError(f"{entry.get('name')}: unknown keys {', '.join(sorted(unknown))}")
    known = {"name", "title", "text", "source", "op", "cost"}
    fields = {key: value for key, value in entry.items() if key not in known}
    return Mistake(
        entry["name"],
        entry["title"],
        entry.get("text", ""),
        entry["source"],
        tuple(entry["op"].split("|")),
        entry["cost"],
        fields,
    )


@cache
def mistake(name: str) -> Mistake:
    """The entry of this name."""
    return next(each for each in mistakes() if each.name == name)


@cache
def _of_op(op: str) -> tuple[Mistake, ...]:
    return tuple(each for each in mistakes() if op in each.ops)


@cache
def _of_sizes(op: str, ups: int, downs: int) -> tuple[Mistake, ...]:
    """The entries that a change by so many sizes may be."""
    return tuple(
        each
        for each in _of_op(op)
        if not {"up", "down"} & set(each.fields)
        or {"touches", "ups", "downs"} & set(each.fields)
        or (len(each.fields.get("up", ())), len(each.fields.get("down", ()))) == (ups, downs)
    )


@lru_cache(maxsize=20_000)
def like(change: Look) -> tuple[Mistake, ...]:
    """The entries that are such a scale or such a swap, whatever terms it is of."""
    if change.op == "scale":
        some = _of_sizes(change.op, len(change.ups), len(change.downs))
    else:
        some = _of_op(change.op)
    return tuple(each for each in some if each.fits_change(change))


@lru_cache(maxsize=20_000)
def named(
    look: Look,
    quantity: frozenset[str],
    *,
    free: bool = False,
    barred: frozenset[str] = frozenset(),
) -> Mistake | None:
    """The likeliest mistake that a change is, or None; none that is `barred`.

    With `free` a way to count comes before every error.
    """
    fitting = (e for e in _of_op(look.op) if e.name not in barred and e.fits(look, quantity))
    if not free:
        return next(fitting, None)
    return min(fitting, key=lambda each: (not each.is_convention, each.cost), default=None)
