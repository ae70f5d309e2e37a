"""What an operation costs in work and in bytes, and which of the two a device waits for.

Source: Williams, Waterman and Patterson 2009, Roofline, doi 10.1145/1498765.1498785. All numbers
are exact: FLOPs and bytes are integers, times are fractions of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly, UnboundError
from symcost.algebra.ratio import Ratio
from symcost.quantities.convention import ConventionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.devices import Device
    from symcost.quantities.intensity import Divided
    from symcost.quantities.interpret import Measured

# A chip has one peak for products of matrices; what is counted beside them is counted at it too.
COMPUTE, MEMORY = "compute", "memory"


@final
@dataclass(frozen=True)
class Operation:
    """One operation, all its copies: work in FLOPs and traffic in bytes, in closed form."""

    path: tuple[str, ...]
    repeats: tuple[tuple[str, Poly], ...]
    flops: Poly
    moved: Poly

    @property
    def intensity(self) -> Ratio | None:
        """FLOPs for each byte; None where nothing is moved."""
        return Ratio(self.flops, self.moved) if self.moved else None

    def bounded(self, values: Mapping[Dim, int], device: Device, dtype: str) -> Bounded:
        """What a device waits for. Raises `UnboundError` for symbols without a value."""
        missing = [each for each in (self.flops + self.moved).dims() if each not in values]
        if missing:
            raise UnboundError(missing)
        flops, moved = Fraction(self.flops.at(values)), Fraction(self.moved.at(values))
        return Bounded(self, flops, moved, flops / device.peak(dtype), moved / device.bandwidth)


@final
@dataclass(frozen=True)
class Bounded:
    """An operation on a device: how long its work and its bytes take at least, in seconds."""

    operation: Operation
    flops: Fraction
    moved: Fraction
    compute_time: Fraction
    memory_time: Fraction

    @property
    def time(self) -> Fraction:
        """The longer of the two, a lower bound: both may go on at once."""
        return max(self.compute_time, self.memory_time)

    @property
    def bound(self) -> str:
        """What the device waits for."""
        return COMPUTE if self.compute_time > self.memory_time else MEMORY


@final
@dataclass(frozen=True)
class Roofline:
    """All operations on a device, in their order."""

    rows: tuple[Bounded, ...]
    whole: Bounded

    @property
    def one_by_one(self) -> Fraction:
        """Seconds at least, where one operation ends before the next begins."""
        return sum((row.time for row in self.rows), Fraction(0))

    @property
    def at_once(self) -> Fraction:
        """Seconds at least, where work and bytes of different operations overlap."""
        return self.whole.time


def operations(
    root: Component, convention: Convention, intensity: Divided
) -> tuple[Operation, ...]:
    """Every operation that works or moves something, in the order of the declaration."""
    if convention.mac:
        raise ConventionError("a device's peak is in FLOPs; leave --count mac out")
    above, below = intensity.ledgers(root, convention)
    found: dict[tuple[str, ...], list[Poly]] = {}
    repeats: dict[tuple[str, ...], tuple[tuple[str, Poly], ...]] = {}
    for at, ledger in ((1, below), (0, above)):
        for term in ledger.terms:
            found.setdefault(term.path, [Poly(), Poly()])[at] += term.amount
            repeats[term.path] = term.repeats
    return tuple(Operation(path, repeats[path], *sums) for path, sums in found.items())


def roofline(
    operations: tuple[Operation, ...], values: Mapping[Dim, int], device: Device, dtype: str
) -> Roofline:
    """All operations on one device.

    Raises `UnboundError` naming every symbol that has no value yet.
    """
    whole = Operation(
        (),
        (),
        sum((each.flops for each in operations), Poly()),
        sum((each.moved for each in operations), Poly()),
    )
    last = whole.bounded(values, device, dtype)
    return Roofline(tuple(each.bounded(values, device, dtype) for each in operations), last)


def utilisation(
    work: Measured,
    root: Component,
    convention: Convention,
    values: Mapping[Dim, int],
    tokens_per_second: Fraction,
    peak: int,
) -> Fraction:
    """The share of a peak (FLOPs a second, of all devices together) that goes into the model.

    Measured tokens a second x FLOPs for a token / peak. Source: Chowdhery et al. 2022, PaLM, arXiv
    2204.02311, appendix B.
    """
    if convention.mac:
        raise ConventionError("a device's peak is in FLOPs; leave --count mac out")
    ledger = work.ledger(root, convention, "token")
    missing = [each for each in ledger.total.dims() if each not in values]
    if missing:
        raise UnboundError(missing)
    return tokens_per_second * Fraction(ledger.at(values)) / peak
