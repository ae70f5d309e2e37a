"""A bare number held against the true one: the same, rounded, a known factor off, or neither."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Num
from symcost.algebra.phrase import Phrase, say
from symcost.checking.factors import BINARY
from symcost.checking.mistakes import Look, mistake, mistakes
from symcost.checking.verdict import Edit, Status, Verdict

# What a number may be printed in: thousands, millions ..., KiB, MiB ..., and bits for bytes.
UNITS = tuple(
    base * step
    for base in (Fraction(1), Fraction(1, 8), Fraction(8))
    for step in (
        *(Fraction(1000) ** power for power in range(6)),
        *(Fraction(1024) ** power for power in range(1, 6)),
    )
)

if TYPE_CHECKING:
    from symcost.checking.mistakes import Mistake


def judge_number(
    blank: Verdict, given: Fraction, true: Fraction, quantity: frozenset[str]
) -> Verdict:
    """The verdict on a number."""
    if given == true:
        return replace(blank, status=Status.RIGHT)
    if rounds_to(true, given):
        return replace(
            blank,
            status=Status.APPROXIMATION,
            dropped=Num(true - given),
            remark=say("{0} rounded to the digits that are written", people(true)),
        )
    kind = _factor(given, true, quantity)
    empty = dict.fromkeys(("width", "n_of", "up", "down", "to", "from"), "")
    told = {"given": people(given), "true": people(true), "factor": str(given / true)}
    text = kind.sentence({**empty, **told, "terms": say("the number")})
    edit = Edit(kind.name, people(true), text, str(given / true), Num(given), Num(true))
    return replace(blank, status=Status.WRONG, edits=(edit,))


def _factor(given: Fraction, true: Fraction, quantity: frozenset[str]) -> Mistake:
    """A unit mistaken for another, or the number itself as the error.

    Half of a number may be many things, so nothing else is guessed from a number alone.
    """
    if true and given > 0 and given / true in BINARY:
        return mistake("binary_for_decimal")
    look = Look("number")
    return next(each for each in mistakes() if each.fits(look, quantity))


def rounds_to(true: Fraction, shown: Fraction) -> bool:
    """Whether a number is the true one rounded to its last digit that is not 0, or cut off there.

    A number of one digit is read as so many thousands, millions, ...: 1,000,000 is one million,
    which 819,200 rounds up to.
    """
    if shown <= 0 or true <= 0:
        return False
    unit = _unit(shown)
    off = abs(true - shown)
    return off * 2 <= unit or (shown < true and off < unit)


def follows(claimed: Fraction, given: Fraction) -> bool:
    """Whether a printed number may be what a formula gives: rounded, or in another unit."""
    if given <= 0 or claimed <= 0:
        return claimed == given
    for unit in UNITS:
        scaled = given / unit
        if rounds_to(scaled, claimed) or abs(scaled - claimed) * 100 <= scaled:
            return True
    return False


def wrong_number(claimed: Fraction, given: Fraction) -> Edit:
    """The error of a printed number that is not what its formula gives."""
    kind = mistake("number_does_not_follow")
    text = kind.sentence({"given": people(claimed), "true": people(given)})
    return Edit(kind.name, say("the printed number"), text, "", Num(claimed), Num(given))


def _unit(shown: Fraction) -> Fraction:
    """The value of the last digit that is not 0, in decimal notation."""
    unit = Fraction(1)
    scaled = shown
    while scaled.denominator != 1:
        scaled *= 10
        unit /= 10
        if unit.denominator > 10**30:
            return Fraction(0)
    whole = scaled.numerator
    while whole % 10 == 0:
        whole //= 10
        unit *= 10
    return unit


def people(value: Fraction) -> Phrase:
    """An exact number with its thousands apart, as every language has them."""
    if value.denominator == 1:
        return Phrase("{0}", (value.numerator,))
    return Phrase("{0}/{1}", (value.numerator, value.denominator))
