"""A closed form as a list of instructions in which nothing is computed twice.

Every instruction takes two values that stand before it. Equal subexpressions share one
instruction; numbers are folded. Values are sizes, numbers and the results of instructions, in
that order of their making, addressed by their place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from symcost.algebra.whole import Add, Const, Div, Mul, Over, Pick, Size, Whole, plus, times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from symcost.algebra.dim import Dim

Name: TypeAlias = Literal["add", "sub", "mul", "floor", "min", "max", "exact"]


@final
@dataclass(frozen=True)
class Instruction:
    """`name` of the values at the places `left` and `right`.

    `floor` rounds a quotient down; `exact` divides and must leave nothing.
    """

    name: Name
    left: int
    right: int


@final
@dataclass(frozen=True)
class Program:
    """Values by place: a dimension, a number, or an instruction. The last is the result."""

    values: tuple[Dim | int | Instruction, ...]
    result: int

    def bounds(self, largest: Mapping[Dim, int]) -> list[int]:
        """For each value, a number that its magnitude does not exceed at sizes up to `largest`."""
        found: list[int] = []
        for value in self.values:
            if isinstance(value, int):
                found.append(abs(value))
            elif isinstance(value, Instruction):
                found.append(_bound(value.name, found[value.left], found[value.right]))
            else:
                found.append(largest[value])
        return found


def _bound(name: Name, left: int, right: int) -> int:
    match name:
        case "add" | "sub":
            return left + right
        case "mul":
            return left * right
        case "floor":
            # floor(-1/2) is -1, and the bound of what is divided is never below 1 then.
            return left
        case "exact":
            return left
        case "min" | "max":
            return max(left, right)


def program(over: Over) -> Program:
    """The program of a fraction; its last instruction divides, where something is divided."""
    builder = _Builder()
    result = builder.place(_spread(over.top))
    if over.bottom != Const(1):
        result = builder.instruction("exact", result, builder.place(over.bottom))
    return Program(tuple(builder.values), result)


def _spread(node: Whole) -> Whole:
    """A number before a sum goes into the sum where its terms have numbers of their own.

    2 d (144 d + 24 s + 5) takes one multiplication more than d (288 d + 48 s + 10).
    """
    match node:
        case Add(terms):
            return plus(map(_spread, terms))
        case Mul(factors):
            spread = list(map(_spread, factors))
            if isinstance(spread[0], Const):
                for at, factor in enumerate(spread):
                    if isinstance(factor, Add) and all(map(_numbered, factor.terms)):
                        spread[at] = plus(times((spread[0], term)) for term in factor.terms)
                        return times(spread[1:])
            return times(spread)
        case Div(way, top, bottom):
            return Div(way, _spread(top), _spread(bottom))
        case Pick(way, args):
            return Pick(way, tuple(map(_spread, args)))
    return node


def _numbered(term: Whole) -> bool:
    return isinstance(term, Const) or (isinstance(term, Mul) and isinstance(term.factors[0], Const))


@final
@dataclass
class _Builder:
    """Gives every value a place, equal values the same one."""

    values: list[Dim | int | Instruction] = field(default_factory=list)
    places: dict[Dim | int | Instruction, int] = field(default_factory=dict)

    def put(self, value: Dim | int | Instruction) -> int:
        if value not in self.places:
            self.places[value] = len(self.values)
            self.values.append(value)
        return self.places[value]

    def instruction(self, name: Name, left: int, right: int) -> int:
        return self.put(Instruction(name, left, right))

    def chain(self, name: Name, parts: Sequence[Whole]) -> int:
        first, *rest = [self.place(part) for part in parts]
        for each in rest:
            first = self.instruction(name, first, each)
        return first

    def place(self, node: Whole) -> int:
        match node:
            case Const(value):
                return self.put(value)
            case Size(dim):
                return self.put(dim)
            case Mul(factors):
                # Sums first, the number last: what was just computed is scaled in its place.
                ordered = sorted(
                    factors, key=lambda factor: 2 * isinstance(factor, Const) + _plain(factor)
                )
                return self.chain("mul", ordered)
            case Add(terms):
                return self.sum(terms)
            case Pick(way, args):
                return self.chain("min" if way == "min" else "max", args)
            case Div(way, top, bottom):
                if way == "floor":
                    return self.instruction("floor", self.place(top), self.place(bottom))
                # ceil(x) = -floor(-x)
                zero = self.put(0)
                minus = self.instruction("sub", zero, self.place(top))
                down = self.instruction("floor", minus, self.place(bottom))
                return self.instruction("sub", zero, down)

    def sum(self, terms: Sequence[Whole]) -> int:
        """Added terms first, so that what is subtracted is subtracted from something."""
        added = [term for term in terms if not _negative(term)]
        taken = [times((Const(-1), term)) for term in terms if _negative(term)]
        result = self.chain("add", added) if added else self.put(0)
        for each in taken:
            result = self.instruction("sub", result, self.place(each))
        return result


def _plain(factor: Whole) -> bool:
    return isinstance(factor, Size)


def _negative(term: Whole) -> bool:
    head = term.factors[0] if isinstance(term, Mul) else term
    return isinstance(head, Const) and head.value < 0
