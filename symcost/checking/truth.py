"""The truth in pieces with their fingerprints, and what a change of some of them is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, final

from symcost.algebra.ratio import Ratio
from symcost.checking.pieces import total
from symcost.checking.residues import PRIME, residue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from symcost.algebra.dim import Dim
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
class Change:
    """What may have been done: `op` scale, missing, extra or swap; `mask` are the pieces concerned.

    A scale multiplies by `factor`. A swap puts `swapped[1]` where `swapped[0]` belongs, in every
    occurrence or in one (`once`); with `axis` it stands on that axis of the truth, whatever is
    there already. An extra adds `factor` itself. `delta` is the fingerprint of what
    this does to the total. Most changes are never looked at, so a factor may be told how to make.
    """

    __slots__ = ("_factor", "axis", "delta", "mask", "once", "op", "swapped")

    def __init__(
        self,
        op: str,
        mask: int,
        delta: int,
        factor: Ratio | Callable[[], Ratio],
        swapped: tuple[Size, Size] | None = None,
        *,
        once: bool = False,
        axis: Dim | None = None,
    ) -> None:
        self.op = op
        self.mask = mask
        self.delta = delta
        self._factor = factor
        self.swapped = swapped
        self.once = once
        self.axis = axis

    @property
    def factor(self) -> Ratio:
        """What the pieces are multiplied by, or what is added."""
        if not isinstance(self._factor, Ratio):
            self._factor = self._factor()
        return self._factor

    def pieces(self) -> tuple[int, ...]:
        """The places of the pieces concerned."""
        return places_of(self.mask)

    def on(self, mask: int) -> Change:
        """The same, done to other pieces."""
        return Change(
            self.op, mask, self.delta, self._factor, self.swapped, once=self.once, axis=self.axis
        )


@lru_cache(maxsize=4_096)
def places_of(mask: int) -> tuple[int, ...]:
    """The places that a mask has."""
    return tuple(at for at in range(mask.bit_length()) if mask >> at & 1)


@final
class Truth:
    """The pieces of a truth with their fingerprints, and the groups in which errors come.

    `like` is a truth whose pieces stand in the same places, where there is one.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        letters: Letters,
        like: Truth | None = None,
    ) -> None:
        self.pieces = tuple(pieces)
        self.letters = letters
        self.prints = prints = letters.prints
        # Of each piece the fingerprints of its sizes, one for each slot.
        self.slots = [tuple([prints.of(slot.value) for slot in each.slots]) for each in self.pieces]
        self.amounts = [self._print(at) for at in range(len(self.pieces))]
        alike = like is not None and _same_places(like.pieces, self.pieces)
        self._masks: tuple[int, ...] = (
            like._masks if like is not None and alike else tuple(_all_groups(self.pieces))
        )
        self.groups = tuple(_groups(self._masks, self.pieces))
        self._sums: dict[int, int] = {}

    def _print(self, at: int) -> int:
        piece = self.pieces[at]
        product = residue(piece.number)
        for slot, print_ in zip(piece.slots, self.slots[at], strict=True):
            value = print_ if slot.power > 0 else self.prints.inverse(print_)
            product = product * value % PRIME
        return product

    def slot_print(self, slot: Slot) -> int:
        """The fingerprint of a slot's size."""
        return self.prints.of(slot.value)

    @cached_property
    def powers(self) -> list[dict[int, int]]:
        """Of each piece how often each size stands in it."""
        return [powers_of(each, self.prints) for each in self.pieces]

    def mask_with(self, print_: int) -> int:
        """The pieces in which a size stands."""
        return mask_of(print_ in each for each in self.powers)

    def tag(self, slot: Slot) -> str:
        """What a slot's size is."""
        own = self.letters.value_tag(slot.value)
        return self.letters.tag(slot.dim) if slot.dim is not None and own == "" else own

    def sum_of(self, mask: int) -> int:
        """The fingerprint of the sum of some pieces."""
        found = self._sums.get(mask)
        if found is None:
            found = sum(self.amounts[at] for at in places_of(mask)) % PRIME
            self._sums[mask] = found
        return found

    @property
    def everything(self) -> int:
        """The mask of all pieces."""
        return (1 << len(self.pieces)) - 1

    @cached_property
    def total(self) -> Ratio:
        """The sum of all pieces."""
        return total(self.pieces)

    def off(self, formula: Ratio) -> int:
        """The fingerprint of a formula less the truth."""
        return (self.prints.of(formula) - self.sum_of(self.everything)) % PRIME

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes in the pieces' slots, each once."""
        found: dict[int, Size] = {}
        for piece, prints in zip(self.pieces, self.slots, strict=True):
            for slot, key in zip(piece.slots, prints, strict=True):
                if key not in found:
                    found[key] = Size(slot.value, self.tag(slot), key)
        return tuple(found.values())


def powers_of(piece: Piece, prints: Fingerprints) -> dict[int, int]:
    """How often each size stands in a product, by fingerprint; above less below."""
    found: dict[int, int] = {}
    for slot in piece.slots:
        key = prints.of(slot.value)
        found[key] = found.get(key, 0) + slot.power
    return {key: power for key, power in found.items() if power}


def _same_places(some: tuple[Piece, ...], other: tuple[Piece, ...]) -> bool:
    """Whether pieces stand where others do and are of the same kinds: then they go wrong alike."""
    return len(some) == len(other) and all(
        one.where is two.where and one.classes is two.classes
        for one, two in zip(some, other, strict=True)
    )


def _groups(masks: Iterable[int], pieces: tuple[Piece, ...]) -> Iterator[int]:
    """Masks of pieces that go wrong together, each once: one, a part, a class, equals, all."""
    seen: set[int] = set()
    for mask in (*masks, *_units(pieces)):
        if mask and mask not in seen:
            seen.add(mask)
            yield mask


def _all_groups(pieces: tuple[Piece, ...]) -> Iterator[int]:
    """The groups by place and class, as they come."""
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
