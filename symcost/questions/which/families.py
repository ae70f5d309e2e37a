"""Families of counts: one sum by roles, what may be left out of it, and what is done to the rest.

Everything here is plain integers. A family with r roles and f forms stands for up to f 2^r counts,
each of which is one addition and one multiplication.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.graph.tensor import Role
from symcost.questions.which.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.poly import Number
    from symcost.questions.which.choices import Choice
    from symcost.questions.which.network import Roles

MOST_LEFT_OUT = 5
# (what is left, the roles that are left out, the choices that this takes)
Part: TypeAlias = "tuple[Number, frozenset[Role], tuple[Choice, ...]]"


@final
@dataclass(frozen=True)
class Form:
    """`times` what is left `plus` a number, which is what `recipe` makes."""

    recipe: Recipe
    unit: str
    times: Number = 1
    plus: Number = 0


@final
@dataclass(frozen=True)
class Family:
    """The amounts of roles, those that may be left out or stand alone, and the forms."""

    roles: Roles
    forms: tuple[Form, ...]
    may_leave: Mapping[Role, Choice] = field(default_factory=dict)
    alone: Mapping[Role, Choice] = field(default_factory=dict)

    def parts(self) -> Iterator[Part]:
        """Every sum over what is left, where all of that has a value; nothing that is 0."""
        every = frozenset(self.roles)
        present = [role for role in self.may_leave if role in every]
        for many in range(min(len(present), MOST_LEFT_OUT, len(every) - 1) + 1):
            for roles in combinations(present, many):
                yield from self._left(frozenset(roles), tuple(self.may_leave[r] for r in roles))
        for role, choice in self.alone.items():
            if role in every and len(every) > 2:
                yield from self._left(every - {role}, (choice,))

    def _left(self, out: frozenset[Role], choices: tuple[Choice, ...]) -> Iterator[Part]:
        total: Number = 0
        for role, number in self.roles.items():
            if role not in out:
                if number is None:
                    return
                total = total + number
        if total:
            yield total, out, choices


def made(form: Form, part: Part) -> Recipe:
    """The recipe of one count of a family."""
    _, out, choices = part
    recipe = form.recipe
    if not out:
        return recipe
    return replace(recipe, left_out=recipe.left_out | out, choices=(*choices, *recipe.choices))
