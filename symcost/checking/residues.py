"""Fingerprints: the value of a closed form at a random point, modulo a large prime.

Two closed forms with one fingerprint are almost surely equal; a search compares fingerprints, and
what it finds is then proved. The points are the same on every run.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim

if TYPE_CHECKING:
    from symcost.algebra.poly import Atom, Number, Poly
    from symcost.algebra.ratio import Ratio

PRIME = 2**127 - 1


@final
class Fingerprints:
    """Gives every dimension a random residue, and every opaque atom one by its inside."""

    def __init__(self) -> None:
        self._known: dict[Atom, int] = {}
        self._objects: dict[int, tuple[Ratio, int]] = {}  # by identity; each value is held
        self._inverses: dict[int, int] = {}

    def of(self, value: Ratio) -> int:
        """The fingerprint of a value that will be asked for again."""
        found = self._objects.get(id(value))
        if found is None:
            found = self._objects[id(value)] = value, self.ratio(value)
        return found[1]

    def inverse(self, print_: int) -> int:
        """The fingerprint of 1/value, by that of the value."""
        found = self._inverses.get(print_)
        if found is None:
            found = self._inverses[print_] = pow(print_, -1, PRIME)
        return found

    def ratio(self, value: Ratio) -> int:
        """The fingerprint of a rational function."""
        top = self.poly(value.top)
        bottom = self.poly(value.bottom)
        return top if bottom == 1 else top * pow(bottom, -1, PRIME) % PRIME

    def poly(self, value: Poly) -> int:
        """The fingerprint of a Laurent polynomial."""
        total = 0
        for monomial, number in value.terms.items():
            product = residue(number)
            for atom, power in monomial:
                base = self.atom(atom)
                product = product * (base if power == 1 else pow(base, power, PRIME)) % PRIME
            total += product
        return total % PRIME

    def atom(self, atom: Atom) -> int:
        """The residue of a dimension, or of floor, ceil, min or max of something."""
        known = self._known.get(atom)
        if known is None:
            if isinstance(atom, Dim):
                text = f"dim {atom.order} {atom.word}"
            else:
                inside = " ".join(str(self.poly(each)) for each in atom.args)
                text = f"call {atom.function} {inside}"
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            known = self._known[atom] = int.from_bytes(digest, "big") % PRIME or 1
        return known


def residue(number: Number) -> int:
    """An exact number modulo the prime."""
    if isinstance(number, int):
        return number % PRIME
    exact = Fraction(number)
    return exact.numerator * pow(exact.denominator, -1, PRIME) % PRIME
