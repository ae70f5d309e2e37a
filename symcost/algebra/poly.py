"""Exact Laurent polynomials: the normal form in which two costs are compared.

A `Poly` is a dictionary from monomials to rational coefficients. A monomial may have negative
exponents, so `d/h` needs no fractions, and may hold opaque atoms such as `ceil(V/128)`. Equal
polynomials have equal dictionaries: comparing is deciding, never sampling. No floats enter.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, TypeAlias, final

from symcost.algebra.dim import Dim
from symcost.algebra.shown import Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Number: TypeAlias = "int | Fraction"
FUNCTIONS = ("ceil", "floor", "max", "min")


class UnboundError(ValueError):
    """A value was asked for while some symbols have none."""

    def __init__(self, dims: Iterable[Dim]) -> None:
        self.dims = tuple(sorted(set(dims), key=lambda each: each.key))
        names = ", ".join(f"{each.symbol} ({each.meaning})" for each in self.dims)
        flags = " ".join(f"--set {each.symbol}=..." for each in self.dims)
        super().__init__(f"no value for {names}; give one with {flags}")


@final
class Call:
    """floor, ceil, min or max of polynomials: an atom that algebra does not look into.

    `min` and `max` sort their arguments, so that min(s, W) and min(W, s) are the same atom.
    """

    __slots__ = ("_hash", "args", "function", "key")

    def __init__(self, function: str, args: Iterable[Poly]) -> None:
        if function not in FUNCTIONS:
            raise ValueError(f"'{function}' is not one of {', '.join(FUNCTIONS)}")
        held = tuple(args)
        if function in ("floor", "ceil") and len(held) != 1:
            raise ValueError(f"{function} takes one argument, not {len(held)}")
        if function in ("min", "max"):
            held = tuple(sorted(set(held), key=lambda each: each.key))
        self.function = function
        self.args = held
        # Atoms sort behind every dimension, then by what they hold.
        self.key: tuple[Any, ...] = (1_000_000, function, tuple(arg.key for arg in held))
        self._hash = hash((function, held))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Call) and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        # A hash is of one process; another one makes its own.
        return (Call, (self.function, self.args))

    def at(self, values: Mapping[Dim, Number]) -> Number:
        """The exact value of the call."""
        args = [arg.at(values) for arg in self.args]
        if self.function == "floor":
            return args[0] // 1
        if self.function == "ceil":
            return -(-args[0] // 1)
        return min(args) if self.function == "min" else max(args)


Atom: TypeAlias = "Dim | Call"
Monomial: TypeAlias = "tuple[tuple[Atom, int], ...]"
ONE: Monomial = ()


@lru_cache(maxsize=16_384)
def _times(left: Monomial, right: Monomial) -> Monomial:
    if not left:
        return right
    if not right:
        return left
    powers = dict(left)
    for atom, power in right:
        powers[atom] = powers.get(atom, 0) + power
    return tuple(sorted(((a, p) for a, p in powers.items() if p), key=lambda pair: pair[0].key))


def tidy(number: Number) -> Number:
    """A whole fraction as an int."""
    return number.numerator if number.denominator == 1 else number


@final
class Poly(Shown):
    """A Laurent polynomial with rational coefficients over dimensions and opaque atoms.

    >>> from symcost.algebra.dim import dim
    >>> d = symcost.Poly.of(dim("model"))
    >>> (d + 1) * (d - 1), (d + 1) * (d - 1) == d * d - 1
    (Poly(1*d**2 + -1), True)
    """

    __slots__ = ("_dims", "_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Number] | None = None) -> None:
        self.terms: dict[Monomial, Number] = {
            monomial: number if type(number) is int else tidy(number)
            for monomial, number in (terms or {}).items()
            if number
        }
        self._hash: int | None = None
        self._dims: tuple[Dim, ...] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # A hash is of one process; another one makes its own.
        return (Poly, (self.terms,))

    @staticmethod
    def of(value: Poly | Dim | Call | Number) -> Poly:
        """The polynomial that a dimension, an atom or an exact number is."""
        if isinstance(value, Poly):
            return value
        if isinstance(value, (Dim, Call)):
            return Poly({((value, 1),): 1})
        if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
            return Poly({ONE: value})
        raise TypeError(f"{value!r} is not exact: use a dimension, an integer or a fraction")

    @property
    def key(self) -> tuple[Any, ...]:
        """A total order on polynomials, the same on every run."""
        return tuple(
            sorted((tuple((a.key, p) for a, p in m), Fraction(c)) for m, c in self.terms.items())
        )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Poly):
            return self is other or self.terms == other.terms
        if isinstance(other, Dim) or (
            isinstance(other, (int, Fraction)) and not isinstance(other, bool)
        ):
            other = Poly.of(other)
        return isinstance(other, Poly) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = self._hashed()
        return self._hash

    def _hashed(self) -> int:
        # A number and a dimension equal the polynomial they are, so they hash alike.
        if not self.terms:
            return hash(0)
        if len(self.terms) == 1:
            ((monomial, number),) = self.terms.items()
            if monomial == ONE:
                return hash(number)
            if number == 1 and len(monomial) == 1 and monomial[0][1] == 1:
                return hash(monomial[0][0])
        return hash(frozenset(self.terms.items()))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __repr__(self) -> str:
        parts = [
            "*".join([str(c), *(f"{_name(a)}**{p}" if p != 1 else _name(a) for a, p in m)])
            for m, c in self.terms.items()
        ]
        return f"Poly({' + '.join(parts) or '0'})"

    def __add__(self, other: Poly | Dim | Number) -> Poly:
        added = other if isinstance(other, Poly) else Poly.of(other)
        sums = dict(self.terms)
        for monomial, number in added.terms.items():
            sums[monomial] = sums[monomial] + number if monomial in sums else number
        return Poly(sums)

    __radd__ = __add__

    @staticmethod
    def sum(parts: Iterable[Poly]) -> Poly:
        """All parts together; a sum of n terms made one by one would copy it n times."""
        sums: dict[Monomial, Number] = {}
        for part in parts:
            for monomial, number in part.terms.items():
                sums[monomial] = sums.get(monomial, 0) + number
        return Poly(sums)

    def __neg__(self) -> Poly:
        return Poly({monomial: -number for monomial, number in self.terms.items()})

    def __sub__(self, other: Poly | Dim | Number) -> Poly:
        return self + -Poly.of(other)

    def __rsub__(self, other: Poly | Dim | Number) -> Poly:
        return Poly.of(other) - self

    def __mul__(self, other: Poly | Dim | Number) -> Poly:
        factor = other if isinstance(other, Poly) else Poly.of(other)
        products: dict[Monomial, Number] = {}
        for left, a in self.terms.items():
            for right, b in factor.terms.items():
                monomial = _times(left, right)
                products[monomial] = products.get(monomial, 0) + a * b
        return Poly(products)

    __rmul__ = __mul__

    def __pow__(self, power: int) -> Poly:
        if power == 1:
            return self
        if power < 0:
            return self.inverse() ** -power
        return reduce(lambda product, _: product * self, range(power), Poly.of(1))

    def __truediv__(self, other: Poly | Dim | Number) -> Poly:
        return self * Poly.of(other).inverse()

    def __rtruediv__(self, other: Poly | Dim | Number) -> Poly:
        return Poly.of(other) * self.inverse()

    def inverse(self) -> Poly:
        """1/self, which is a Laurent polynomial exactly when self is one non-zero term."""
        if not self.terms:
            raise ZeroDivisionError("division of a cost by zero")
        if len(self.terms) > 1:
            raise ValueError("only a single term can be inverted here; a sum makes a Ratio")
        ((monomial, number),) = self.terms.items()
        return Poly({tuple((atom, -power) for atom, power in monomial): 1 / Fraction(number)})

    def atoms(self) -> tuple[Atom, ...]:
        """The atoms that occur, in the order of a product."""
        found = {atom for monomial in self.terms for atom, _ in monomial}
        return tuple(sorted(found, key=lambda atom: atom.key))

    def dims(self) -> tuple[Dim, ...]:
        """The dimensions that occur, those inside floor, ceil, min and max included."""
        if self._dims is None:
            found: set[Dim] = set()
            for monomial in self.terms:
                for atom, _ in monomial:
                    if isinstance(atom, Dim):
                        found.add(atom)
                    else:
                        found.update(each for arg in atom.args for each in arg.dims())
            self._dims = tuple(sorted(found, key=lambda each: each.key))
        return self._dims

    def degree(self, atom: Atom) -> int:
        """The highest power of an atom; 0 for the zero polynomial."""
        return max((dict(monomial).get(atom, 0) for monomial in self.terms), default=0)

    def coefficients(self, atom: Atom) -> dict[int, Poly]:
        """The polynomial by powers of one atom: power to coefficient."""
        powers: dict[int, dict[Monomial, Number]] = {}
        for monomial, number in self.terms.items():
            rest = tuple(pair for pair in monomial if pair[0] != atom)
            powers.setdefault(dict(monomial).get(atom, 0), {})[rest] = number
        return {power: Poly(terms) for power, terms in powers.items()}

    def substitute(self, replacements: Mapping[Dim, Poly | Dim | Number]) -> Poly:
        """Replaces dimensions, also inside floor, ceil, min and max, all at once."""
        if not replacements:
            return self
        return Poly.sum(
            reduce(
                lambda product, pair: product * _replaced(pair[0], replacements) ** pair[1],
                monomial,
                Poly.of(number),
            )
            for monomial, number in self.terms.items()
        )

    def at(self, values: Mapping[Dim, Number]) -> Number:
        """The exact value at these sizes; `UnboundError` names what has none."""
        try:
            return self._at(values)
        except (KeyError, UnboundError):  # only now all that are missing are looked for
            raise UnboundError([each for each in self.dims() if each not in values]) from None

    def _at(self, values: Mapping[Dim, Number]) -> Number:
        total: Number = 0
        for monomial, number in self.terms.items():
            product: Number = number
            for atom, power in monomial:
                base = values[atom] if isinstance(atom, Dim) else atom.at(values)
                # Fraction keeps negative powers exact: an int would turn into a float.
                product = product * (base**power if power > 0 else Fraction(base) ** power)
            total = total + product
        return tidy(total)


def _replaced(atom: Atom, replacements: Mapping[Dim, Poly | Dim | Number]) -> Poly:
    if isinstance(atom, Dim):
        return Poly.of(replacements.get(atom, atom))
    return called(atom.function, [arg.substitute(replacements) for arg in atom.args])


def called(function: str, args: Iterable[Poly]) -> Poly:
    """floor, ceil, min or max: a number where the arguments are numbers, an atom otherwise."""
    call = Call(function, args)
    if not any(arg.dims() for arg in call.args):
        return Poly.of(call.at({}))
    if len(call.args) == 1 and function in ("min", "max"):
        return call.args[0]
    return Poly.of(call)


def _name(atom: Atom) -> str:
    return atom.symbol if isinstance(atom, Dim) else f"{atom.function}{atom.args!r}"


def at_most(size: Poly, bound: Poly) -> Poly:
    """min(size, bound), an atom of its own."""
    return called("min", [size, bound])


def rounded_up(size: Poly, step: Poly) -> Poly:
    """The least multiple of `step` that is not below `size`."""
    return called("ceil", [size / step]) * step
