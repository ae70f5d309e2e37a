"""A number as people write it: 124439808, 124M, 85 million, 6.7B, 272 GFLOPs, 2.5 GiB, 1.3e9.

A whole number with all its digits is that number. One with a suffix, an exponent or a decimal
point is a claim with as many digits as are written: the true value rounded to them is it. k, M, G,
T are powers of 1000 and B alone is a billion; KiB, MiB, GiB, TiB are powers of 1024. Nothing is
read as a float, and what is too long is refused before it is looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Number, tidy
from symcost.algebra.typed import GROUPS as TYPED_GROUPS
from symcost.quantities.interpret import BYTE, FLOP, PARAMETER
from symcost.questions.cost import QuestionError
from symcost.questions.which.choices import BINARY_MEANT, DECIMAL_MEANT

if TYPE_CHECKING:
    from symcost.questions.which.choices import Choice

LONGEST = 90  # characters of a number
MOST_DIGITS = 60
MAC = "MAC"
SHOW = "write it as 124439808, 124M, 6.7B, 1.3e9, '272 GFLOPs' or 2.5GiB"
NUMBER = re.compile(
    r"[~≈]?\s*(?P<whole>[0-9]+(?:[,_ '][0-9]+)*)(?P<part>\.[0-9]+)?"
    r"(?:[eE](?P<power>[+-]?[0-9]+)|\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*\{?(?P<ten>-?[0-9]+)\}?)?"
    r"\s*(?P<suffix>[A-Za-z][A-Za-z \-]*)?"
)
GROUPS = re.compile(r"[0-9]{1,3}(?:([,_ '])[0-9]{3})(?:\1[0-9]{3})*")

PREFIXES = ("k", "m", "g", "t", "p", "e", "z")
WORDS = {
    "thousand": 10**3,
    "million": 10**6,
    "mio": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "b": 10**9,
    "trillion": 10**12,
    "quadrillion": 10**15,
}
UNITS = {
    PARAMETER: ("parameter", "parameters", "param", "params", "weights"),
    FLOP: ("flop", "flops"),
    MAC: ("mac", "macs"),
    BYTE: ("byte", "bytes"),
}


@final
@dataclass(frozen=True)
class Range:
    """What a claim takes in: `low` to `high` around `number`, read with or without a `choice`."""

    low: Number
    high: Number
    number: Number
    choice: Choice | None = None


@final
@dataclass(frozen=True)
class Claim:
    """A number that somebody names. `step` is its last digit, 0 where it is exact.

    `unit` is empty where none is written. `power` is that of the prefix before bytes: 3 of GB.
    With `counted` it is no number of bytes: nobody says 7B or 7 billion of them without the word.
    """

    text: str
    number: Number
    step: Number = 0
    unit: str = ""
    power: int = 0
    binary: bool = False
    counted: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is one number, and not what rounds to it."""
        return self.step == 0

    @property
    def shown(self) -> str:
        """The number as it was written, its thousands separated where it is plain digits."""
        return f"{self.number:,}" if self.text.isdigit() else self.text

    def fits(self, unit: str) -> bool:
        """Whether a quantity of this unit may be meant: MACs are often called FLOPs."""
        if not self.unit:
            return unit != BYTE or not self.counted
        return self.unit == unit or (self.unit == FLOP and unit == MAC)

    def ranges(self, unit: str) -> tuple[Range, ...]:
        """What it takes in, for a quantity of this unit; bytes may have the other kind of prefix.

        A value half a digit away is taken in on both sides, however halves are rounded.
        """
        if not self.fits(unit):
            return ()
        found = [_range(self.number, self.step, Fraction(1), None)]
        if self.power and unit == BYTE and not self.exact:
            other = Fraction(1024, 1000) ** self.power
            times, choice = (1 / other, DECIMAL_MEANT) if self.binary else (other, BINARY_MEANT)
            found.append(_range(self.number, self.step, times, choice))
        return tuple(found)


def _range(number: Number, step: Number, times: Fraction, choice: Choice | None) -> Range:
    half = Fraction(step) / 2
    low, high = ((number + each) * times for each in (-half, half))
    return Range(tidy(Fraction(low)), tidy(Fraction(high)), tidy(Fraction(number * times)), choice)


def read_claim(given: int | str) -> Claim:
    """The number that is given, a whole number or a text.

    Raises `QuestionError`, in one line, for whatever is no positive number of at most 60 digits.
    """
    if isinstance(given, int) and not isinstance(given, bool):
        if given.bit_length() > 4 * MOST_DIGITS or len(str(abs(given))) > MOST_DIGITS:
            raise QuestionError(f"a number of more than {MOST_DIGITS} digits is not taken")
        return _positive(Claim(str(given), given))
    if not isinstance(given, str):
        raise QuestionError(f"{type(given).__name__} is not exact: {SHOW}")
    if len(given) > LONGEST:
        raise QuestionError(f"{len(given):,} characters are no number that is taken: {SHOW}")
    text = given.strip()
    if re.match(r"[-−]\s*[0-9.]", text):
        raise QuestionError(f"'{text}': nothing costs less than nothing; write a positive number")
    found = NUMBER.fullmatch(text)
    if found is None:
        raise QuestionError(f"{text!r} is no number: {SHOW}")
    return _positive(_claim(text, found))


def _positive(claim: Claim) -> Claim:
    if claim.number <= 0:
        raise QuestionError(f"'{claim.text}': nothing costs 0 or less; write a positive number")
    return claim


def _claim(text: str, found: re.Match[str]) -> Claim:
    whole, part = found["whole"], found["part"] or ""
    if not whole.isdigit() and not GROUPS.fullmatch(whole):
        raise QuestionError(f"{text!r}: {TYPED_GROUPS}")
    digits = re.sub(r"[,_ ']", "", whole)
    power = _small(found["power"] or found["ten"] or "0", text)
    if abs(power) + len(digits) + len(part) > MOST_DIGITS:
        raise QuestionError(f"'{text}': more than {MOST_DIGITS} digits are not taken")
    scale, unit, prefix, binary = _suffix(found["suffix"] or "", text)
    counted = not prefix and scale != 1
    last = Fraction(10) ** (power - max(len(part) - 1, 0)) * scale
    number = Fraction(digits + part) * Fraction(10) ** power * scale
    rounded = bool(part) or found["power"] or found["ten"] or scale != 1
    return Claim(text, tidy(number), tidy(last) if rounded else 0, unit, prefix, binary, counted)


def _small(power: str, text: str) -> int:
    if len(power) > 4:
        raise QuestionError(f"'{text}': more than {MOST_DIGITS} digits are not taken")
    return int(power)


def _suffix(suffix: str, text: str) -> tuple[int, str, int, bool]:
    """(scale, unit, power of the prefix, whether it is one of 1024) of what stands behind."""
    scale, unit, power, binary = 1, "", 0, False
    words = suffix.lower().replace("-", " ").split()
    for at, word in enumerate(words):
        if word in WORDS and at == 0:
            scale = WORDS[word]
            continue
        read = _prefixed(word)
        if read is None or (unit and read[1]) or (scale != 1 and read[0]):
            raise QuestionError(f"{text!r}: '{word}' is not understood behind a number; {SHOW}")
        unit = unit or read[1]
        if read[0]:
            power, binary = read[0], read[2]
            scale = (1024 if binary else 1000) ** power
    return scale, unit, power, binary


def _prefixed(word: str) -> tuple[int, str, bool] | None:
    """(power, unit, whether of 1024) of one word such as GFLOPs, GiB, M or bytes."""
    for unit, names in UNITS.items():
        if word in names:
            return 0, unit, False
    power = PREFIXES.index(word[0]) + 1 if word[0] in PREFIXES else 0
    if not power:
        return None
    rest, binary = word[1:], False
    if rest.startswith("i"):
        rest, binary = rest[1:], True
    if not rest:
        return (power, "", binary) if word != "e" else None  # 1.5e is an exponent cut off
    if rest == "b":
        return power, BYTE, binary
    unit = next((unit for unit, names in UNITS.items() if rest in names), "")
    return (power, unit, binary) if unit else None
