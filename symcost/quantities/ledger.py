"""A ledger, not a number: where, what, how much. Sums, tables and derivations are views of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, TypeVar, final

from symcost.algebra.form import Form, Num, Quotient, expanded, product
from symcost.algebra.poly import Number, Poly, tidy
from symcost.algebra.shown import Shown
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.tensor import Op
    from symcost.quantities.convention import Convention

K = TypeVar("K")
SCOPES = ("batch", "sequence", "token")


class LedgerError(ValueError):
    """Two ledgers that cannot be added."""


@final
@dataclass(frozen=True)
class Term:
    """`scale` x `factor` x the sizes of `axes`, done once for each of `repeats`.

    `scale` is what the convention makes of the term, `path` where it stands in the model, `label`
    what it is there (a weight, or the gradient of one), `over` a divisor that a scope brings.
    """

    path: tuple[str, ...]
    label: str
    role: Role
    factor: int
    axes: tuple[str, ...]
    sizes: tuple[Poly, ...]
    repeats: tuple[tuple[str, Poly], ...] = ()
    scale: Poly = field(default_factory=lambda: Poly.of(1))
    over: Poly = field(default_factory=lambda: Poly.of(1))
    chained: bool = False
    op: Op | None = field(default=None, compare=False)

    @cached_property
    def each(self) -> Poly:
        """One copy."""
        return reduce(lambda x, y: x * y, self.sizes, self.scale * self.factor) / self.over

    @cached_property
    def amount(self) -> Poly:
        """All copies, in closed form."""
        return reduce(lambda x, repeat: x * repeat[1], self.repeats, self.each)

    def at(self, values: Mapping[Dim, int]) -> Number:
        """The exact value from the sizes alone: plain numbers, no polynomial is multiplied."""
        number: Number = self.factor * self.scale.at(values)
        for size in (*self.sizes, *(times for _, times in self.repeats)):
            number = number * size.at(values)
        return number if self.over == 1 else tidy(number / Fraction(self.over.at(values)))

    def form(self) -> Form:
        """One copy as it is first written down: number, then the sizes in the author's order."""
        shown = product([Num(self.factor), *(expanded(size) for size in self.sizes)])
        if self.scale != 1:
            shown = product([expanded(self.scale), shown])
        return shown if self.over == 1 else Quotient(shown, expanded(self.over))


@final
@dataclass(frozen=True)
class Ledger(Shown):
    """The terms of one quantity of one model, with unit, convention and scope."""

    quantity: str
    unit: str
    convention: Convention
    scope: str
    terms: tuple[Term, ...]

    def __repr__(self) -> str:
        per = "" if self.scope == "model" else f" per {self.scope}"
        return (
            f"<symcost ledger of {self.quantity}: {len(self.terms)} terms, {self.unit}{per}, "
            f"convention {self.convention.name}>"
        )

    def __add__(self, other: Ledger) -> Ledger:
        """Both together. Refuses two units, two conventions or two scopes."""
        for what in ("unit", "convention", "scope"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                raise LedgerError(
                    f"{self.quantity} and {other.quantity} have two {what}s: "
                    f"{getattr(mine, 'name', mine)} and {getattr(theirs, 'name', theirs)}"
                )
        return replace(self, terms=self.terms + other.terms)

    @cached_property
    def total(self) -> Poly:
        """The closed form: the sum of all terms."""
        return Poly.sum(term.amount for term in self.terms)

    def at(self, values: Mapping[Dim, int]) -> Number:
        """The exact value, term by term in plain numbers."""
        total: Number = sum(term.at(values) for term in self.terms)
        return tidy(total)

    def only(self, wanted: Callable[[Term], bool], quantity: str | None = None) -> Ledger:
        """The terms that satisfy a condition."""
        return replace(
            self,
            quantity=quantity or self.quantity,
            terms=tuple(term for term in self.terms if wanted(term)),
        )

    def of_roles(self, *roles: Role) -> Ledger:
        """The terms of these roles.

        >>> ledger = symcost.load("gpt2").ledger("params")
        >>> ledger.of_roles(symcost.Role.NORM).total
        Poly(4*L*d + 2*d)
        """
        return self.only(lambda term: term.role in roles)

    def by_part(self, depth: int = 1) -> dict[tuple[str, ...], Poly]:
        """Sums by the first `depth` words of the path, in the order of the model.

        >>> symcost.load("lecture").ledger("params").by_part(depth=2)
        {('layer', 'attention'): Poly(4*L*h*d*d_h), ('layer', 'feed_forward'): Poly(2*L*d*d_ff)}
        """
        return self._sums(lambda term: term.path[:depth])

    def by_role(self) -> dict[Role, Poly]:
        """Sums by role, in the order of first sight.

        >>> symcost.load("lecture").ledger("params").by_role()
        {<Role.MATRIX: 'matrix'>: Poly(4*L*h*d*d_h + 2*L*d*d_ff)}
        """
        return self._sums(lambda term: term.role)

    def _sums(self, key: Callable[[Term], K]) -> dict[K, Poly]:
        """Sums of the terms with one key, in the order of first sight."""
        groups: dict[K, list[Poly]] = {}
        for term in self.terms:
            groups.setdefault(key(term), []).append(term.amount)
        return {each: Poly.sum(amounts) for each, amounts in groups.items()}

    def scaled(self, factor: int | Poly, quantity: str, unit: str, scope: str) -> Ledger:
        """Every term times a number or a size: 6 N from N."""
        times = Poly.of(factor)
        return Ledger(
            quantity,
            unit,
            self.convention,
            scope,
            tuple(replace(term, scale=term.scale * times) for term in self.terms),
        )
