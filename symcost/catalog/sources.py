"""What is cited: `Vaswani et al. 2017, arXiv 1706.03762, section 3.2` becomes an entry and a place.

    cited(["Gu and Dao 2023, Mamba, arXiv 2312.00752, algorithm 2"])

Facts that the text leaves out come from `sources.toml`; a source that is not there stands for
itself, with what its text says.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.phrase import Phrase, joined, listed, say, verbatim
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Iterable

ARXIV = re.compile(r"\(?\barXiv:?\s*([0-9]{4}\.[0-9]{4,5})\)?")
WHO = re.compile(r"((?:[A-Z][\w.-]+, )*[^,;:()]{2,60}?)\s+((?:19|20)[0-9]{2})\b[:,]?\s*")
PLACE = re.compile(
    r"\b(?:sections?|equations?|eq\.|tables?|appendix|appendices|algorithms?|figures?|chapter)\b.*",
    re.IGNORECASE | re.DOTALL,
)
REMARK = re.compile(r",\s*(?:for|and its|and the) .*", re.DOTALL)
# Where a model of the user's own was found, which is no work that anybody could look up.
OWN = re.compile(r"configuration|[\w.-]+\.(?:json|toml)|[\w.]+:[A-Za-z_]\w*")
LONGEST_TITLE = 200
SHORT = 40  # characters of a title that stands for authors and year


class SourceError(ValueError):
    """An entry of the table that says too little or what nobody asked for."""


@final
@dataclass(frozen=True)
class Source:
    """A work. `people` are its authors in full, or one organisation (`team`).

    `match` are words that a text names it by, where it has no authors and year: a program.
    """

    key: str
    title: str
    people: tuple[str, ...] = ()
    others: bool = False
    team: bool = False
    year: int = 0
    arxiv: str = ""
    venue: str = ""
    doi: str = ""
    url: str = ""
    match: str = ""

    @property
    def short(self) -> Phrase:
        """How it is cited in running text: Vaswani et al. 2017."""
        if not self.people:
            long = len(self.title) > SHORT
            return verbatim(f"{self.title[:SHORT].strip()}…" if long else self.title)
        last = [each if self.team else each.split()[-1] for each in self.people]
        several = self.others or len(last) > 2
        who = verbatim(f"{last[0]} et al.") if several else listed(last)
        return joined(" ", (who, str(self.year))) if self.year else who

    @property
    def authors(self) -> Phrase:
        """All its authors in one line."""
        return say("{0} and others", ", ".join(self.people)) if self.others else listed(self.people)

    @property
    def address(self) -> str:
        """Where it can be read."""
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return f"https://doi.org/{self.doi}" if self.doi else self.url

    @property
    def locator(self) -> str:
        """Its number in an archive, or its address."""
        if self.arxiv:
            return f"arXiv {self.arxiv}"
        return f"doi {self.doi}" if self.doi else self.url


@final
@dataclass(frozen=True)
class Cited:
    """A source and the places in it that are meant: section 3.2.

    `mark` is a letter behind the year, where two sources of a page would be cited alike.
    """

    source: Source
    places: tuple[str, ...] = ()
    mark: str = ""

    @property
    def short(self) -> Phrase:
        """How it is cited on this page: DeepSeek-AI 2024b."""
        return joined("", (self.source.short, self.mark)) if self.mark else self.source.short


@cache
def known() -> dict[str, Source]:
    """The table, by key. Raises `SourceError` for an entry that is not well formed."""
    text = packaged("catalog", "sources.toml").read_text(encoding="utf-8")
    return {key: _entry(key, found) for key, found in tomllib.loads(text).items()}


def _entry(key: str, found: dict[str, Any]) -> Source:
    unknown = set(found) - {*Source.__dataclass_fields__, "authors"} | {"key", "people"} & set(
        found
    )
    if unknown:
        raise SourceError(f"sources.toml, {key}: {', '.join(sorted(unknown))} means nothing here")
    fields = {"people": tuple(found.pop("authors", ())), **found}
    team = fields.pop("team", "")
    dated = fields.get("year") or fields.get("match")
    if bool(team) == bool(fields["people"]) or not fields.get("title") or not dated:
        raise SourceError(f"sources.toml, {key}: it needs title, year, and authors or team")
    return Source(key, **({**fields, "people": (team,), "team": True} if team else fields))


def cited(texts: Iterable[str]) -> tuple[Cited, ...]:
    """The sources in texts, each once, in the order in which they come; semicolons part them."""
    found: dict[str, Cited] = {}
    for text in texts:
        for piece in text.split(";"):
            each = cite(piece)
            if each is None:
                continue
            before = found.get(each.source.key, each)
            places = tuple(dict.fromkeys((*before.places, *each.places)))
            fuller = max(before.source, each.source, key=lambda one: len(one.title))
            found[fuller.key] = Cited(fuller, places)
    return tuple(found.values())


def told_apart(every: Iterable[Cited]) -> tuple[Cited, ...]:
    """The sources of a page; those with the same authors and year get letters behind the year."""
    alike: dict[str, list[Cited]] = {}
    for each in (found := list(every)):
        alike.setdefault(each.source.short, []).append(each)
    marks = {
        each.source.key: chr(ord("a") + at)
        for same in alike.values()
        if 1 < len(same) <= 26 and same[0].source.year
        for at, each in enumerate(same)
    }
    return tuple(replace(each, mark=marks.get(each.source.key, "")) for each in found)


def cite(piece: str) -> Cited | None:
    """One source and the place in it, or None where a text is about nothing that is published."""
    text = REMARK.sub("", " ".join(piece.split())).strip(" .,")
    if (
        not text or text.startswith("as `") or OWN.fullmatch(text)
    ):  # a component that follows another one of ours
        return None
    bare = ARXIV.sub("", text)
    place = PLACE.search(bare)
    places = (said_place(place[0].split(":")[0].strip(" ,.")),) if place else ()
    named = bare[: place.start()].strip(" ,.:") if place else bare.strip(" ,.:")
    source = _known_as(text) or _said(text, re.sub(r"\s*,[\s,]*", ", ", named))
    return Cited(source, places)


def said_place(text: str) -> Phrase:
    """A place in a source; one with a number is said in other languages too."""
    kind, _, number = text.partition(" ")
    plain = kind in ("section", "equation", "table") and re.fullmatch(r"[\d.]+", number)
    return say(f"{kind} {{0}}", number) if plain else verbatim(text)


def _known_as(text: str) -> Source | None:
    """The entry of the table with this arXiv number, else the one of these authors and this year.

    Authors and year alone may be those of several works: then one of their titles has to be there.
    """
    number = ARXIV.search(text)
    if number is not None:
        return next((each for each in known().values() if each.arxiv == number[1]), None)
    for each in known().values():
        if each.match and each.match in text:
            return each
    same = [each for each in known().values() if text.startswith(each.short)]
    titled = [each for each in same if each.title.split(":")[0].lower() in text.lower()]
    if titled:
        return titled[0]
    bare = same[0].short if same else ""
    alone = not re.search(r"[A-Z]", PLACE.sub("", text.removeprefix(bare)))
    return same[0] if len(same) == 1 and alone else None


def _said(text: str, named: str) -> Source:
    """A source of which only the text says anything."""
    model, config, _ = text.partition(", config.json")
    if config:
        return Source(_key(model), model, venue="config.json")
    found = ARXIV.search(text)
    number = found[1] if found else ""
    key = f"arxiv-{number.replace('.', '-')}" if number else ""
    who = WHO.match(named)
    if who is None:
        return Source(key or _key(named), named[:LONGEST_TITLE], arxiv=number)
    people = who[1].strip()
    listed = re.split(r"\s+and\s+|,\s*", re.sub(r"\s+et al\.?", "", people))
    title = named[who.end() :].strip(" ,.:")[:LONGEST_TITLE]
    return Source(
        key or _key(f"{listed[0]}{who[2]}{title}"),
        title or (f"arXiv {number}" if number else people),
        tuple(listed),
        others=people.endswith(("et al.", "et al")),
        team=len(listed) == 1 and " " in listed[0],
        year=int(who[2]),
        arxiv=number,
    )


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())[:40] or "source"
