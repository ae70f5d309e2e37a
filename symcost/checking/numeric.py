"""A bare number held against the true one: the same, rounded, a known factor off, or neither."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.form import Num
from symcost.checking.mistakes import Look, mistakes
from symcost.checking.verdict import Edit, Status, Verdict

if TYPE_CHECKING:
    from symcost.checking.mistakes import Mistake

LIKELY = 9


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
            remark=f"{people(true)} rounded to the digits that are written",
        )
    kind = _factor(given, true, quantity)
    text = kind.text.format(
        given=people(given), true=people(true), terms="the number", factor=given / true, width="",
        n_of="", up="", down="", to="", **{"from": ""},
    )  # fmt: skip
    edit = Edit(kind.name, people(true), text, str(given / true), Num(given), Num(true))
    return replace(blank, status=Status.WRONG, edits=(edit,))


def _factor(given: Fraction, true: Fraction, quantity: frozenset[str]) -> Mistake:
    """A common factor between the two, or the number itself as the error."""
    if true and given > 0:
        look = Look("scale", given / true, everything=True)
        for each in mistakes():
            certain = each.cost <= LIKELY and each.fields.get("number", ["*"]) != ["*"]
            if certain and each.fits(look, quantity):
                return each
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


def people(value: Fraction) -> str:
    """An exact number with its thousands apart."""
    if value.denominator == 1:
        return f"{value.numerator:,}"
    return f"{value.numerator:,}/{value.denominator:,}"
