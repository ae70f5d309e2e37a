"""Numbers that a writer shows for a formula: `# 84,934,656`, `# => 1.2e9`, a notebook's output.

A number with a suffix is what the suffix makes of it ("85M" is 85,000,000), unless the line itself
has already divided by as much: beside `x / 1e6`, "85M" is 85.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Container

LONGEST = 60  # characters of one number
LONGEST_REMARK = 400
LARGEST_EXPONENT = 64
DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9][0-9_]*)(?:\.[0-9]+)?|\.[0-9]+"
POWER = (
    r"[eE][+-]?[0-9]{1,3}|\s?(?:[x×*·]|\\times|\\cdot)\s?10(?:\^|\*\*)\{?(?P<ten>-?[0-9]{1,2})\}?"
)
SUFFIX = (
    r"(?P<words>thousand|million|billion|trillion|quadrillion|mn|bn)\b|"
    r"(?P<binary>[KMGTPE])i(?:B|[bB]ytes?)?\b|"
    r"(?P<unit>[kKMGTPEZ])(?=(?:B|[bB]ytes?|FLOP|flop|MAC|[oO]ps?\b|[pP]aram))|"
    r"(?P<letter>[kKMBGTP])(?![A-Za-z0-9])|(?P<percent>%)"
)
NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.^])(?P<sign>[-+−]?)\s?(?P<digits>{DIGITS})(?P<power>{POWER})?"
    rf"(?![0-9])(?:\s?(?:{SUFFIX}))?",
)
TENS = {"k": 3, "K": 3, "M": 6, "B": 9, "G": 9, "T": 12, "P": 15, "E": 18, "Z": 21}
WORDS = {
    "thousand": 3,
    "million": 6,
    "mn": 6,
    "billion": 9,
    "bn": 9,
    "trillion": 12,
    "quadrillion": 15,
}
BINARY = {"K": 10, "M": 20, "G": 30, "T": 40, "P": 50, "E": 60}
RELATION = re.compile(r"==?>?|->|→|⇒|≈|~=?|≃|∼")
# What may stand before a number that is the whole of a remark.
LEADING = re.compile(
    r"\s*(?:(?:is|about|approx(?:imately)?\.?|ca\.?|prints?|returns?|outputs?|gives|result|output|"
    r"i\.e\.|so|roughly|total|or)\b:?\s*|(?:==?>?|->|→|⇒|≈|~=?|≃|∼)\s*){0,6}",
    re.IGNORECASE,
)
# What may stand behind it.
UNIT = re.compile(
    r"(?:\s{0,3}(?:i?B|FLOPs?|flops?|FLOPS|MACs?|ops?|bytes?|params?|parameters?|weights?|"
    r"elements?|tokens?|values?|entries|numbers|in total|total|"
    r"per (?:token|layer|head|sequence|sample|batch|step|block))\b){0,4}"
    r"(?:/(?:token|layer|s|sec|step)\b)?\s*(?:$|[.,;:!)(\[—–-])",
)
SMALL = 12  # "# 2" may number a step; a larger number alone is a value
BEHIND = re.compile(rf"\s?(?:{SUFFIX})")


@final
@dataclass(frozen=True)
class Shown:
    """A number as it stands: `bare` without its suffix, `scale` what the suffix means."""

    text: str
    bare: Fraction
    scale: Fraction = Fraction(1)

    def settled(self, found: Fraction | None, divided: Fraction = Fraction(1)) -> Fraction:
        """The number meant, beside a line that is worth `found` and ends in "/ divided"."""
        scaled = self.bare * self.scale
        if self.scale == 1:
            return scaled
        if found is not None and found > 0 and self.bare > 0:
            return min((scaled, self.bare), key=lambda each: max(each / found, found / each))
        return self.bare if divided > 1 else scaled


def number_at(text: str, start: int = 0, end: int | None = None) -> tuple[Shown, int, int] | None:
    """The first number in a stretch of text, with where it begins and ends."""
    for found in NUMBER.finditer(text, start, len(text) if end is None else end):
        shown = _shown(found)
        if shown is not None:
            return shown, found.start(), found.end()
    return None


def shown_beside(remark: str, own: str = "", names: Container[str] = ()) -> Shown | None:
    """The value that a remark beside a line gives for it, or None.

    The remark is nothing but a number, or a number follows a sign such as "=" or "=>". What "="
    says of another of the writer's `names` ("d = 768") says nothing of the line named `own`.
    """
    if len(remark) > LONGEST_REMARK:
        return None
    leading = LEADING.match(remark)
    start = leading.end() if leading else 0
    found = NUMBER.match(remark, start)
    if found is not None and UNIT.match(remark, found.end()):
        shown = _shown(found)
        marked = start > len(remark) - len(remark.lstrip())
        if shown is not None and (marked or shown.scale > 1 or shown.bare > SMALL):
            return shown
    return _behind_relation(remark, own, names)


def _behind_relation(remark: str, own: str, names: Container[str]) -> Shown | None:
    last = None
    for sign in RELATION.finditer(remark):
        at = sign.end()
        while at < len(remark) and remark[at].isspace():
            at += 1
        number = NUMBER.match(remark, at)
        if number is None or not UNIT.match(remark, number.end()):
            continue
        if not _speaks_of_another(remark[: sign.start()], own, names):
            last = _shown(number) or last
    return last


def _speaks_of_another(before: str, own: str, names: Container[str]) -> bool:
    """Whether the left side of "=" is another name than the line's own."""
    side = re.split(r"[=≈,;:(]", before)[-1].strip()
    words = side.split()
    if not words or side == own or (own and words[-1] == own):
        return False
    if re.search(r"[0-9*/+^²]", side) and not re.fullmatch(r"\w+", side):
        return False
    last = words[-1]
    return last in names or "_" in last or len(last) < 3 or not last.isalpha()


def _shown(found: re.Match[str]) -> Shown | None:
    text = found[0].strip()
    if len(text) > LONGEST:
        return None
    value = Fraction(found["digits"].replace(",", "").replace("_", ""))
    power = found["power"]
    if power:
        ten = found["ten"] if found["ten"] is not None else power.strip()[1:]
        if abs(int(ten)) > LARGEST_EXPONENT:
            return None
        value *= Fraction(10) ** int(ten)
    return Shown(text, -value if found["sign"] in ("-", "−") else value, _scale(found))


def _scale(found: re.Match[str]) -> Fraction:
    if found["words"]:
        return Fraction(10) ** WORDS[found["words"]]
    if found["binary"]:
        return Fraction(2) ** BINARY[found["binary"]]
    letter = found["unit"] or found["letter"]
    if letter:
        return Fraction(10) ** TENS[letter]
    return Fraction(1, 100) if found["percent"] else Fraction(1)


def is_scale(divisor: Fraction, behind: str) -> bool:
    """Whether a number divided by `divisor` is the whole one again with the unit behind it.

    x/1e6 before "M" is x, shown in millions; x/2**30 before "GiB" likewise, and before "GB" it is
    not.
    """
    found = BEHIND.match(behind)
    return found is not None and _scale(found) == divisor
