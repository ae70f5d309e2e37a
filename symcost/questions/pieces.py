"""Where a difference with floor, ceil, min and max is positive: piece by piece, and exactly.

Among the whole numbers that leave one remainder by m, the floor of a polynomial with fractions is a
polynomial again, once its denominators divide m: for whole coefficients q, q(m t + r) leaves the
remainder of q(r). Minima and maxima are told apart by where their arguments meet. So every piece
is a polynomial on a known set of numbers, and `intervals` solves it. Nothing has to be monotone,
and no crossing is missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, final

from symcost.algebra.form import atom_form
from symcost.algebra.plain import people
from symcost.algebra.poly import Call, Poly
from symcost.questions.cases import exchange
from symcost.questions.cost import QuestionError
from symcost.questions.intervals import EVERYWHERE, both, joined, not_negative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.dim import Dim
    from symcost.questions.intervals import Interval

MOST_CLASSES = 1024  # remainders that are looked at one by one
MOST_PIECES = 4096
MOST_CHANGES = 100_000  # intervals that are written down


@final
@dataclass(frozen=True)
class Piece:
    """The numbers x = `step` t - `less` for whole t in `where`; `poly` is in t.

    0 <= less < step, so that x runs through whole numbers from 1 up as t does.
    """

    step: int
    less: int
    where: tuple[Interval, ...]
    poly: Poly


def positive(difference: Poly, by: Dim) -> tuple[Interval, ...]:
    """The whole numbers from 1 up where a difference in one symbol is positive.

    Raises `QuestionError` for what is no polynomial in pieces (floor of a quotient by the symbol,
    too many remainders) and for an order that changes for ever.
    """
    for monomial in difference.terms:
        for atom, power in monomial:
            if power < 0 and isinstance(atom, Call) and by in Poly.of(atom).dims():
                raise QuestionError(
                    f"a cost is divided by {people(atom_form(atom))}, so that it has no pieces: "
                    "name other groups, or ask for another symbol"
                )
    least = min((dict(m).get(by, 0) for m in difference.terms), default=0)
    whole = difference * Poly.of(by) ** max(-least, 0)
    waiting, done = [Piece(1, 0, EVERYWHERE, whole)], list[Piece]()
    while waiting:
        piece = waiting.pop()
        call = _innermost(piece.poly, by)
        if call is None:
            done.append(piece)
        elif piece.where:
            waiting += _split(piece, call, by)
        if len(waiting) + len(done) > MOST_PIECES:
            raise QuestionError(f"more than {MOST_PIECES:,} cases in {by.symbol}: ask for another")
    return _merged([(each, _where_positive(each, by)) for each in done], by)


def _innermost(poly: Poly, by: Dim) -> Call | None:
    """A call of the symbol whose arguments hold no call of it."""
    for atom in poly.atoms():
        if isinstance(atom, Call) and by in Poly.of(atom).dims():
            inner = (_innermost(arg, by) for arg in atom.args)
            return next((each for each in inner if each is not None), atom)
    return None


def _split(piece: Piece, call: Call, by: Dim) -> list[Piece]:
    if any(power < 0 for arg in call.args for power in arg.coefficients(by)):
        raise QuestionError(
            f"{people(atom_form(call))} divides by {by.symbol}, so that it has no pieces: name "
            "other groups, or ask for another symbol"
        )
    if call.function in ("floor", "ceil"):
        return _by_remainder(piece, call, by)
    found = []
    for at, chosen in enumerate(call.args):
        where = piece.where
        for other in (*call.args[:at], *call.args[at + 1 :]):
            apart = other - chosen if call.function == "min" else chosen - other
            where = both(where, not_negative(apart, by))
        if where:
            found.append(Piece(piece.step, piece.less, where, _exchanged(piece.poly, call, chosen)))
    return found


def _by_remainder(piece: Piece, call: Call, by: Dim) -> list[Piece]:
    """The floor or ceil of a polynomial, for every remainder by its common denominator."""
    (inside,) = call.args
    times = lcm(*(Fraction(number).denominator for number in inside.terms.values()))
    if piece.step * times > MOST_CLASSES:
        raise QuestionError(
            f"{people(atom_form(call))} moves in steps of more than {MOST_CLASSES:,} {by.symbol}: "
            "name other groups, or ask for another symbol"
        )
    found = []
    for less in range(times):
        where = _finer(piece.where, times, less)
        if not where:
            continue
        moved = {by: times * Poly.of(by) - less}
        finer = inside.substitute(moved)
        # Only the constant is not whole: all else is a multiple of the denominator.
        constant = Fraction(finer.coefficients(by).get(0, Poly()).at({}))
        whole = constant // 1 if call.function == "floor" else -(-constant // 1)
        moved_call = Call(call.function, [finer])
        poly = _exchanged(piece.poly.substitute(moved), moved_call, finer - constant + whole)
        step, behind = piece.step * times, piece.step * less + piece.less
        found.append(Piece(step, behind, where, poly))
    return found


def _exchanged(poly: Poly, call: Call, value: Poly) -> Poly:
    """The polynomial with a call exchanged, also inside other calls."""
    total = Poly()
    for monomial, number in exchange(poly, call, value).terms.items():
        product = Poly.of(number)
        for atom, power in monomial:
            held = Poly.of(atom)
            if isinstance(atom, Call):
                held = _again(Call(atom.function, [_exchanged(a, call, value) for a in atom.args]))
            product = product * held**power
        total = total + product
    return total


def _again(call: Call) -> Poly:
    if len(call.args) == 1 and call.function in ("min", "max"):
        return call.args[0]
    return Poly.of(call.at({})) if not any(arg.dims() for arg in call.args) else Poly.of(call)


def _finer(where: Sequence[Interval], times: int, less: int) -> tuple[Interval, ...]:
    """The u from 1 up for which times u - less lies in the intervals."""
    found = []
    for low, high in where:
        first = max(1, -(-(low + less) // times))
        last = None if high is None else (high + less) // times
        if last is None or first <= last:
            found.append((first, last))
    return tuple(found)


def _where_positive(piece: Piece, by: Dim) -> tuple[Interval, ...]:
    return both(piece.where, complement(not_negative(-piece.poly, by)))


def complement(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """The whole numbers from 1 up that lie in none of the intervals."""
    found: list[Interval] = []
    at = 1
    for low, high in joined(intervals):
        if low > at:
            found.append((at, low - 1))
        if high is None:
            return tuple(found)
        at = high + 1
    return (*found, (at, None))


def _merged(pieces: Sequence[tuple[Piece, tuple[Interval, ...]]], by: Dim) -> tuple[Interval, ...]:
    """The positive numbers of all remainders together, as intervals of whole numbers."""
    step = lcm(*(piece.step for piece, _ in pieces))
    if step > MOST_CLASSES:
        raise QuestionError(
            f"the order depends on {by.symbol} by {step:,} remainders: name other groups, or ask "
            "for another symbol"
        )
    # For each remainder the t in which the difference is positive, x = step t - less.
    held: list[list[Interval]] = [[] for _ in range(step)]
    for piece, where in pieces:
        times = step // piece.step
        for part in range(times):
            held[piece.step * part + piece.less] += _finer(where, times, part)
    every = [joined(each) for each in held]
    cuts = {1}
    for intervals in every:
        for low, high in intervals:
            cuts |= {low} if high is None else {low, high + 1}
    return joined(_blocks(sorted(cuts), every, step, by))


def _blocks(
    cuts: Sequence[int], every: Sequence[Sequence[Interval]], step: int, by: Dim
) -> list[Interval]:
    """Between two cuts every remainder keeps its sign."""
    found: list[Interval] = []
    for at, low in enumerate(cuts):
        stop = cuts[at + 1] if at + 1 < len(cuts) else None
        inside = [less for less in range(step) if _holds(every[less], low)]
        if len(inside) == step:
            found.append((step * (low - 1) + 1, None if stop is None else step * (stop - 1)))
        elif inside and (stop is None or (stop - low) * len(inside) > MOST_CHANGES):
            raise QuestionError(
                f"from {by.symbol} = {step * (low - 1) + 1:,} on the order depends on the "
                f"remainder of {by.symbol} by {step:,}, so that there is no last crossing: name "
                "other groups, or ask for another symbol"
            )
        elif inside and stop is not None:
            numbers = (step * t - less for t in range(low, stop) for less in inside)
            found += [(x, x) for x in numbers]
    return found


def _holds(intervals: Sequence[Interval], t: int) -> bool:
    return any(low <= t and (high is None or t <= high) for low, high in intervals)
