"""Counts that meet a number: candidates are sums of plain integers, the simplest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.quantities.interpret import BYTE, FLOP, PARAMETER
from symcost.questions.which.answers import Near
from symcost.questions.which.choices import MOST_LIKELY, likely
from symcost.questions.which.claim import MAC
from symcost.questions.which.families import made

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from symcost.algebra.poly import Number
    from symcost.questions.which.claim import Claim, Range
    from symcost.questions.which.families import Family, Form, Part
    from symcost.questions.which.network import Network, Setting
    from symcost.questions.which.recipe import Recipe

NEAR = Fraction(1, 4)  # misses further away are not near
MOST_NEAR = 5
MOST_USUAL = 1  # choices of an answer that needs no misses beside it


@final
@dataclass(frozen=True)
class Match:
    """A count that meets a claim: the recipe, its number, and what of the claim it meets."""

    network: Network
    setting: Setting
    recipe: Recipe
    number: Number
    met: Range

    @cached_property
    def distance(self) -> Fraction:
        """How far the number is from the claim, as a share of the claim."""
        return Fraction(self.number - self.met.number) / Fraction(self.met.number)

    @cached_property
    def rank(self) -> tuple[int, int, int, Fraction, str]:
        """The fewest choices first, then the likeliest, then the nearest."""
        many, weight = self.recipe.weight
        recipe = self.recipe
        return many, weight, likely(recipe.quantity), abs(self.distance), "; ".join(recipe.words)


Searched: TypeAlias = "tuple[Network, Setting, Family]"


def matches(claim: Claim, searched: Iterable[Searched]) -> tuple[list[Match], list[Near]]:
    """All counts that meet the claim, in order, and the simple ones that come nearest."""
    found: list[Match] = []
    near: list[Near] = []
    ranges_of = {unit: claim.ranges(unit) for unit in (PARAMETER, FLOP, MAC, BYTE)}
    for network, setting, family in searched:
        wanted = [(form, ranges_of[form.unit]) for form in family.forms]
        for part in family.parts():
            for form, ranges in wanted:
                number = part[0] * form.times + form.plus
                hits = [each for each in ranges if each.low <= number <= each.high]
                if hits:
                    found.append(_match(network, setting, form, part, number, hits[0]))
                elif ranges:
                    near += _missed(claim, network, setting, form, part, number)
    found.sort(key=lambda each: each.rank)
    clear = found and (claim.exact or found[0].recipe.weight[0] <= MOST_USUAL)
    return found, [] if clear else _nearest(near)


def _match(
    network: Network, setting: Setting, form: Form, part: Part, number: Number, met: Range
) -> Match:
    recipe = made(form, part)
    choices = [each for each in (met.choice, setting.choice) if each is not None]
    if choices:
        recipe = replace(recipe, choices=(*recipe.choices, *choices))
    return Match(network, setting, recipe, number, met)


def _missed(
    claim: Claim, network: Network, setting: Setting, form: Form, part: Part, number: Number
) -> Iterator[Near]:
    simple = len(part[2]) + len(form.recipe.choices) <= 1 and setting.choice is None
    if not simple or likely(form.recipe.quantity) >= MOST_LIKELY:
        return
    distance = Fraction(claim.number - number) / Fraction(number)
    if abs(distance) <= NEAR:
        yield Near(network.architecture.name, made(form, part), number, distance)


def _nearest(near: list[Near]) -> list[Near]:
    """The nearest misses, one for each quantity of a model; a choice has to halve the distance."""

    def order(each: Near) -> tuple[Fraction, int]:
        choices = len(each.recipe.choices)
        return abs(each.distance) * (1 + choices), likely(each.recipe.quantity)

    best: dict[tuple[str, str], Near] = {}
    for each in near:
        key = (each.model, each.recipe.quantity)
        if key not in best or order(each) < order(best[key]):
            best[key] = each
    return nsmallest(MOST_NEAR, best.values(), key=order)
