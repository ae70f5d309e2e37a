"""English that remembers how it was put together, so that a page can be said in other languages.

say("What {0} costs", "GPT-2")      # the text 'What GPT-2 costs', its key 'What {0} costs'

A `Phrase` is the English text wherever a text is wanted. Where a page is translated its key is
looked up, and its parts are put into the answer in the order that the other language wants.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.poly import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PLACE = re.compile(r"\{(\d+)\}")
NAMED = re.compile(r"\{(\w+)\}")
LONG_NUMBER = re.compile(r"(?<![\d,])(\d{1,3}(?:,\d{3})+)(?![\d,])")
DECIMAL = "{0}.{1}"  # every language has a sign of its own between whole and tenths
Part: TypeAlias = "str | Number"


@final
class Phrase(str):
    """A sentence or a word of the page, with its key and the parts that were put in.

    A part that is a phrase has a translation of its own; a plain text is a name and has none.
    """

    __slots__ = ("capital", "key", "parts")

    key: str
    parts: tuple[Part, ...]
    capital: bool

    def __new__(cls, key: str, parts: tuple[Part, ...] = (), capital: bool = False) -> Phrase:
        """The English text of the key with its parts."""
        text = filled(key, [_english(part) for part in parts])
        made = super().__new__(cls, _capital(text) if capital else text)
        made.key, made.parts, made.capital = key, parts, capital
        return made

    def __reduce__(self) -> tuple[type[Phrase], tuple[str, tuple[Part, ...], bool]]:
        return Phrase, (self.key, self.parts, self.capital)

    def said(self, look_up: Callable[[str], str], part: Callable[[Part], str]) -> str:
        """The sentence in another language."""
        text = filled(look_up(self.key), [part(each) for each in self.parts])
        return _capital(text) if self.capital else text


def say(key: str, *parts: Part) -> Phrase:
    """An English sentence with the parts for its `{0}`, `{1}`; a phrase by itself stays."""
    return key if isinstance(key, Phrase) and not parts else Phrase(key, parts)


def worded(text: str, parts: Mapping[str, Part]) -> Phrase:
    """A sentence whose places have names, `{terms} missing: {true}`: its key has numbers."""
    names = list(dict.fromkeys(NAMED.findall(text)))
    key = NAMED.sub(lambda place: f"{{{names.index(place[1])}}}", text)
    return Phrase(key, tuple(parts[name] for name in names))


def decimal(text: str) -> Phrase:
    """What has a decimal point, or none: 1.92, 5.3 %."""
    whole, point, rest = text.partition(".")
    return Phrase(DECIMAL, (whole, rest)) if point else verbatim(text)


def numbered(text: str) -> str:
    """A formula in words, whose long numbers look as in every language; one without stays."""
    pieces = LONG_NUMBER.split(text)
    if len(pieces) == 1:
        return text
    return joined("", [_number(each) if at % 2 else each for at, each in enumerate(pieces)])


def _number(text: str) -> Phrase:
    return Phrase("{0}", (int(text.replace(",", "")),))


def verbatim(text: str) -> Phrase:
    """A name, or words of somebody else: the same in every language."""
    return text if isinstance(text, Phrase) else Phrase("{0}", (text,))


def capital(text: str) -> Phrase:
    """The sentence with a capital letter in front, in every language."""
    return Phrase("{0}", (say(text),), capital=True)


def joined(glue: str, parts: Sequence[str]) -> Phrase:
    """Phrases side by side, with signs between them."""
    return Phrase(glue.join(f"{{{at}}}" for at in range(len(parts))), tuple(parts))


def listed(parts: Sequence[str]) -> Phrase:
    """a, b and c."""
    if len(parts) < 2:
        return joined("", parts)
    return Phrase("{0} and {1}", (joined(", ", parts[:-1]), parts[-1]))


def unstopped(text: str) -> str:
    """The sentence without a full stop; one that has none is the same phrase."""
    bare = text.strip().rstrip(".")
    return text if bare == text else bare


def every(parts: Sequence[str]) -> Phrase:
    """a and b and c."""
    return reduce(lambda some, more: say("{0} and {1}", some, more), map(verbatim, parts))


def filled(key: str, parts: Sequence[str]) -> str:
    """The text with the parts in their places."""

    def put(place: re.Match[str]) -> str:
        at = int(place[1])
        return parts[at] if at < len(parts) else place[0]

    return PLACE.sub(put, key)


def _english(part: Part) -> str:
    return str(part) if isinstance(part, str) else f"{part:,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
