"""The truth in pieces with their fingerprints, and what a change of some of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.checking.residues import PRIME, residue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.ratio import Ratio
    from symcost.checking.letters import Letters
    from symcost.checking.pieces import Piece, Slot
    from symcost.checking.residues import Fingerprints


@final
@dataclass(frozen=True)
class Size:
    """A size that occurs: its closed form, its tag, its fingerprint."""

    value: Ratio
    tag: str
    print: int


@final
@dataclass(frozen=True)
class Change:
    """What may have been done: `op` scale, missing, extra or swap; `mask` are the pieces concerned.

    A scale multiplies by `factor`. A swap puts `swapped[1]` where `swapped[0]` belongs, in every
    occurrence or in one (`once`); with `axis` it stands on that axis of the truth, whatever is
    there already. An extra adds `factor` itself. `delta` is the fingerprint of what
    this does to the total.
    """

    op: str
    mask: int
    delta: int
    factor: Ratio
    swapped: tuple[Size, Size] | None = None
    once: bool = False
    axis: Dim | None = None

    def pieces(self) -> list[int]:
        """The places of the pieces concerned."""
        return [at for at in range(self.mask.bit_length()) if self.mask >> at & 1]


@final
class Truth:
    """The pieces of a truth with their fingerprints, and the groups in which errors come."""

    def __init__(self, pieces: Sequence[Piece], letters: Letters, prints: Fingerprints) -> None:
        self.pieces = tuple(pieces)
        self.letters = letters
        self.prints = prints
        self._slots: dict[int, tuple[Ratio, int]] = {}  # by identity; each value is held
        self.amounts = [self._print(each) for each in self.pieces]
        self.groups = tuple(_groups(self.pieces))

    def _print(self, piece: Piece) -> int:
        product = residue(piece.number)
        for slot in piece.slots:
            value = self.slot_print(slot)
            product = product * (value if slot.power > 0 else pow(value, -1, PRIME)) % PRIME
        return product

    def slot_print(self, slot: Slot) -> int:
        """The fingerprint of a slot's size."""
        found = self._slots.get(id(slot.value))
        if found is None:
            found = self._slots[id(slot.value)] = slot.value, self.prints.ratio(slot.value)
        return found[1]

    def tag(self, slot: Slot) -> str:
        """What a slot's size is."""
        own = self.letters.value_tag(slot.value)
        return self.letters.tag(slot.dim) if slot.dim is not None and own == "" else own

    def sum_of(self, mask: int) -> int:
        """The fingerprint of the sum of some pieces."""
        return sum(each for at, each in enumerate(self.amounts) if mask >> at & 1) % PRIME

    @property
    def everything(self) -> int:
        """The mask of all pieces."""
        return (1 << len(self.pieces)) - 1

    def sizes(self) -> list[Size]:
        """The sizes in the pieces' slots, each once."""
        found: dict[int, Size] = {}
        for piece in self.pieces:
            for slot in piece.slots:
                key = self.slot_print(slot)
                if key not in found:
                    tag = self.tag(slot)
                    found[key] = Size(slot.value, tag, key)
        return list(found.values())


def _groups(pieces: tuple[Piece, ...]) -> Iterator[int]:
    """Masks of pieces that go wrong together, each once: one, a part, a class, equals, all."""
    seen: set[int] = set()
    for mask in _all_groups(pieces):
        if mask and mask not in seen:
            seen.add(mask)
            yield mask


def _all_groups(pieces: tuple[Piece, ...]) -> Iterator[int]:
    yield (1 << len(pieces)) - 1
    for at in range(len(pieces)):
        yield 1 << at
    depth = max((len(each.where) for each in pieces), default=0)
    for length in range(1, depth + 1):
        prefixes = dict.fromkeys(each.where[:length] for each in pieces)
        for prefix in prefixes:
            yield mask_of(each.where[:length] == prefix for each in pieces)
    classes = dict.fromkeys(name for each in pieces for name in sorted(each.classes))
    for name in classes:
        yield mask_of(name in each.classes for each in pieces)
    for some in (("W_K", "W_V"), ("W_Q", "W_K", "W_V"), ("scores", "mix"), ("bias", "norm")):
        yield mask_of(bool(each.classes & set(some)) for each in pieces)
    for parts in dict.fromkeys(each.where[:-1] for each in pieces if len(each.where) > 1):
        for some in (("W_K", "W_V"), ("W_Q", "W_K", "W_V")):
            inside = mask_of(
                each.where[:-1] == parts and bool(each.classes & set(some)) for each in pieces
            )
            yield inside
            yield mask_of(each.where[:-1] == parts for each in pieces) & ~inside
    yield from _units(pieces)


def _units(pieces: tuple[Piece, ...]) -> Iterator[int]:
    """Two, three ... of equal pieces, and all but one."""
    equal: dict[int, list[int]] = {}
    for at, each in enumerate(pieces):
        equal.setdefault(id(each.slots), []).append(at)
    for places in equal.values():
        for count in range(2, len(places) + 1):
            yield sum(1 << at for at in places[:count])


def mask_of(chosen: Iterable[bool]) -> int:
    """The chosen places as a mask, the first one in the lowest bit."""
    return sum(1 << at for at, each in enumerate(chosen) if each)
