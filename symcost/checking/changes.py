"""Everything that may have been done to the terms of a truth, each with its fingerprint.

A change concerns some pieces and says what they become. Candidates come from three sources: the
factors that errors are made of, sizes put for one another, and the writer's own terms held against
groups of the truth's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.pieces import Piece, Slot
from symcost.checking.residues import PRIME, residue
from symcost.checking.truth import Change, Size, Truth, mask_of, places_of, powers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from symcost.algebra.poly import Monomial, Number

NUMBERS = tuple(
    Fraction(text)
    for text in [
        "2",
        "1/2",
        "3",
        "1/3",
        "3/2",
        "2/3",
        "4",
        "1/4",
        "4/3",
        "3/4",
        "5/4",
        "4/5",
        "5/3",
        "3/5",
        "6",
        "1/6",
        "8",
        "1/8",
        "5/2",
        "2/5",
        "7/6",
        "6/7",
        "24",
        "1/24",
        "60",
        "1/60",
        "3600",
        "1/3600",
        "1000",
        "1/1000",
    ]
)
MOST_CHANGES = 6_000


@final
@dataclass(frozen=True)
class Hand:
    """The writer's formula in pieces: its products with brackets opened (`written`) and closed
    (`compact`), and the `sums` in brackets that occur in it or in the reference.
    """

    written: tuple[Piece, ...]
    compact: tuple[Piece, ...] = ()
    sums: tuple[Ratio, ...] = ()


def changes(truth: Truth, hand: Hand) -> list[Change]:
    """The candidates for what somebody wrote."""
    found: dict[tuple[int, int], Change] = {}
    for each in _candidates(truth, hand):
        if each.delta:
            found.setdefault((each.mask, each.delta), each)
            if len(found) >= MOST_CHANGES:
                break
    return list(found.values())


def _candidates(truth: Truth, hand: Hand) -> Iterator[Change]:
    yield from _missing(truth)
    yield from causal(truth)
    yield from _swaps(truth, hand)
    yield from _scales(truth, hand.written, hand.sums)
    yield from _held_against(truth, hand.written)
    yield from _cancelled(truth, hand.compact)
    yield from _extras(truth, hand.written)


def _missing(truth: Truth) -> Iterator[Change]:
    for mask in truth.groups:
        yield Change("missing", mask, -truth.sum_of(mask) % PRIME, Ratio.of(0))


def causal(truth: Truth) -> Iterator[Change]:
    """Attention's core counted for the s (s + 1) / 2 pairs that a causal mask leaves."""
    mask = mask_of(bool(each.classes & {"scores", "mix"}) for each in truth.pieces)
    if not mask:
        return
    lengths = {
        truth.slot_print(slot): slot.value
        for at, piece in enumerate(truth.pieces)
        if mask >> at & 1
        for slot in piece.slots
        if slot.dim is not None and slot.dim.word == "time" and slot.power > 0
    }
    for length in lengths.values():
        share = (length + 1) / (length * Ratio.of(2))
        yield Change("causal", mask, _scaled_by(truth, mask, share), share)


def _scaled_by(truth: Truth, mask: int, factor: Ratio) -> int:
    return truth.sum_of(mask) * (truth.prints.ratio(factor) - 1) % PRIME


def _scaled(truth: Truth, mask: int, factor: Ratio | Callable[[], Ratio], print_: int) -> Change:
    return Change("scale", mask, truth.sum_of(mask) * (print_ - 1) % PRIME, factor)


def _scales(truth: Truth, written: Sequence[Piece], sums: Sequence[Ratio]) -> Iterator[Change]:
    """Groups times a small number, or times or over a size."""
    prints = truth.prints
    factors = [(Ratio.of(each), residue(each)) for each in NUMBERS]
    values = {each.print: each.value for each in truth.sizes}
    for piece in written:
        for slot in piece.slots:
            values.setdefault(prints.of(slot.value), slot.value)
    for value in sums:
        values.setdefault(prints.of(value), value)
    one = Ratio.of(1)
    for print_, value in values.items():
        if print_ in (0, 1):
            continue
        over = prints.inverse(print_)
        factors += [(value, print_), (one / value, over)]
        factors += [(value * value, print_ * print_ % PRIME)]
        factors += [(one / (value * value), over * over % PRIME)]
    steps = [(factor, print_ - 1) for factor, print_ in factors]
    for mask in truth.groups:
        sum_ = truth.sum_of(mask)
        for factor, step in steps:
            yield Change("scale", mask, sum_ * step % PRIME, factor)


def _swaps(truth: Truth, hand: Hand) -> Iterator[Change]:
    """One size for another, in all pieces of a group or in a single place."""
    targets = _targets(truth, hand.written, hand.sums)
    for size in truth.sizes:
        if size.tag == "number" or not size.value.dims():
            continue
        powers = [each.get(size.print, 0) for each in truth.powers]
        concerned = truth.mask_with(size.print)
        held = [each for each in dict.fromkeys(mask & concerned for mask in truth.groups) if each]
        under = truth.prints.inverse(size.print)
        for target in targets:
            if target.print == size.print:
                continue
            ratio = target.print * under % PRIME
            factor = partial(_over, target.value, size.value)
            back = size.print * truth.prints.inverse(target.print) % PRIME
            steps = {
                power: pow(ratio if power > 0 else back, abs(power), PRIME) - 1
                for power in set(powers)
            }
            for mask in held:
                yield from _swapped(truth, mask, powers, steps, (factor, size, target))


def _over(top: Ratio, bottom: Ratio, power: int = 1) -> Ratio:
    return (top / bottom) ** power


def _swapped(
    truth: Truth,
    held: int,
    powers: list[int],
    steps: dict[int, int],
    what: tuple[Callable[[], Ratio], Size, Size],
) -> Iterator[Change]:
    """The swap everywhere in the pieces held; in one piece also once only.

    `steps` say what a power of the quotient of the sizes adds, by fingerprint.
    """
    factor, size, target = what
    places = places_of(held)
    delta = sum([truth.amounts[at] * steps[powers[at]] for at in places]) % PRIME
    yield Change("swap", held, delta, factor, (size, target))
    if len(places) == 1 and abs(powers[places[0]]) > 1:
        at = places[0]
        ratio = target.print * truth.prints.inverse(size.print) % PRIME
        once = ratio if powers[at] > 0 else pow(ratio, -1, PRIME)
        delta = truth.amounts[at] * (once - 1) % PRIME
        yield Change("swap", held, delta, factor, (size, target), once=True)


def _targets(truth: Truth, written: Sequence[Piece], sums: Sequence[Ratio] = ()) -> list[Size]:
    """Sizes that the writer uses, quotients of two of them that stand together, and the truth's."""
    prints, letters = truth.prints, truth.letters
    found: dict[int, Size] = {}

    def take(value: Ratio, key: int) -> None:
        if key not in found and value.dims():
            found[key] = Size(value, letters.value_tag(value), key)

    for piece in written:
        ups = [slot for slot in piece.slots if slot.power > 0 and slot.value.dims()]
        downs = [slot for slot in piece.slots if slot.power < 0]
        for slot in ups:
            take(slot.value, prints.of(slot.value))
            for below in downs:
                quotient = slot.value / below.value
                take(quotient, prints.ratio(quotient))
    for value in sums:
        if letters.value_tag(value):
            take(value, prints.of(value))
    width = _width_over_heads(truth, written)
    if width is not None:
        take(width, prints.ratio(width))
    sizes = truth.sizes
    for size in sizes:
        take(size.value, size.print)
        poly = size.value.poly
        if poly is not None and 1 < len(poly.terms) <= 4:  # n + 1: without the one, or the n
            for monomial in poly.terms:
                rest = {each: n for each, n in poly.terms.items() if each != monomial}
                left = Ratio.of(Poly(rest))
                take(left, prints.ratio(left))
    by_tag = {size.tag: size.value for size in (*sizes, *found.values())}
    if "model" in by_tag and {"feed", "expert_feed"} & set(by_tag):
        for times in (4, Fraction(8, 3), 2, 3, 8):
            several = by_tag["model"] * Ratio.of(times)
            take(several, prints.ratio(several))
    return list(found.values())


def _width_over_heads(truth: Truth, written: Sequence[Piece]) -> Ratio | None:
    """d/h in the letters of this formula, if it has both."""
    by_tag: dict[str, Ratio] = {}
    for piece in (*truth.pieces, *written):
        for slot in piece.slots:
            by_tag.setdefault(truth.letters.value_tag(slot.value), slot.value)
    if "model" in by_tag and "heads" in by_tag:
        return by_tag["model"] / by_tag["heads"]
    return None


def _held_against(truth: Truth, written: Sequence[Piece]) -> Iterator[Change]:
    """Each group as a multiple of each of the writer's terms, where that is one product."""
    products = [each.amount for each in written]
    once = {each.poly: each for each in products if each.poly is not None}
    single = [each for poly, each in once.items() if len(poly.terms) == 1]
    for mask in truth.groups:
        sum_ = truth.sum_of(mask)
        if not sum_:
            continue
        whole = _one_term([truth.pieces[at] for at in places_of(mask)])
        if whole is None:
            continue
        under = truth.prints.inverse(sum_)
        for value in single:
            print_ = truth.prints.of(value) * under % PRIME
            yield _scaled(truth, mask, partial(_over, value, whole), print_)


def _cancelled(truth: Truth, compact: Sequence[Piece]) -> Iterator[Change]:
    """Groups of equal pieces as multiples of the writer's terms, equal factors struck out."""
    unlike: dict[tuple[Fraction, frozenset[tuple[int, int]]], tuple[Piece, dict[int, int]]] = {}
    for each in compact:
        if each.amount:
            powers = powers_of(each, truth.prints)
            unlike.setdefault((each.number, frozenset(powers.items())), (each, powers))
    theirs = [(each, powers, _by_print(truth, each)) for each, powers in unlike.values()]
    simple: dict[int, bool] = {}

    @cache
    def quotients(at: int) -> list[tuple[Fraction, int, list[tuple[Ratio, int]]]]:
        """The writer's terms over a piece: the number, the fingerprint of the rest, the rest."""
        own, here = truth.powers[at], _by_print(truth, truth.pieces[at])
        found = []
        for piece, powers, there in theirs:
            left = dict(powers)
            for print_, power in own.items():
                left[print_] = left.get(print_, 0) - power
            values = there | here
            for print_, power in left.items():
                if power and print_ not in simple:
                    simple[print_] = _simple(truth, values[print_])
            if all(simple[print_] for print_, power in left.items() if power):
                made = 1
                for print_, power in left.items():
                    if power:
                        made = made * pow(print_, power, PRIME) % PRIME
                found.append((piece.number, made, [(values[each], left[each]) for each in left]))
        return found

    for mask in truth.groups:
        places = places_of(mask)
        own = truth.powers[places[0]]
        if any(truth.powers[at] != own for at in places):
            continue
        count = sum((truth.pieces[at].number for at in places), Fraction(0))
        if not count:
            continue
        for number, made, factors in quotients(places[0]):
            share = number / count
            print_ = residue(share) * made % PRIME
            yield _scaled(truth, mask, partial(_product, share, factors), print_)


def _by_print(truth: Truth, piece: Piece) -> dict[int, Ratio]:
    return {truth.slot_print(slot): slot.value for slot in piece.slots}


def _product(number: Fraction, factors: Sequence[tuple[Ratio, int]]) -> Ratio:
    product = Ratio.of(number)
    for value, power in factors:
        product = product * value**power
    return product


def _simple(truth: Truth, value: Ratio) -> bool:
    """Whether a factor is a size: one product, or a plain sum such as s + o."""
    poly = value.poly
    return poly is not None and (len(poly.terms) == 1 or bool(truth.letters.value_tag(value)))


def _one_term(pieces: Sequence[Piece]) -> Ratio | None:
    """The sum of pieces, where it and all that leads to it is a single product."""
    first: Monomial | None = None
    total: Number = 0
    for each in pieces:
        poly = each.amount.poly
        if poly is None or len(poly.terms) != 1:
            return None
        ((monomial, number),) = poly.terms.items()
        if first is not None and monomial != first:
            return None
        first, total = monomial, total + number
        if not total:
            return None
    return None if first is None else Ratio.of(Poly({first: total}))


def _extras(truth: Truth, written: Sequence[Piece]) -> Iterator[Change]:
    """The writer's own terms, as terms that should not be there."""
    for piece in written:
        yield Change("extra", 0, truth.prints.of(piece.amount), piece.amount)


# -- something done to all terms ------------------------------------------------------------------


def framing(truth: Truth, pool: Sequence[Change]) -> list[Change]:
    """The changes that concern every term, or every term that has a size: they come first."""
    everything = truth.everything
    masks = {each.print: truth.mask_with(each.print) for each in truth.sizes}
    found: dict[tuple[str, int, int], Change] = {}
    for each in pool:
        whole = each.mask == everything
        if each.swapped is not None and not each.once:
            whole = each.mask == masks[each.swapped[0].print]
        if whole and each.op in ("scale", "swap") and each.mask.bit_count() > 1:
            found.setdefault((each.op, each.mask, each.delta), each)
    return list(found.values())


def local(truth: Truth, hand: Hand) -> list[Change]:
    """Fewer candidates, for a truth that has been changed as a whole."""
    found: dict[tuple[int, int], Change] = {}
    sources = (
        _missing(truth),
        _on_axes(truth, hand.written),  # the first name of a change counts: axes say most
        _held_against(truth, hand.written),
        _cancelled(truth, hand.compact),
        _extras(truth, hand.written),
    )
    for source in sources:
        for each in source:
            if each.delta:
                found.setdefault((each.mask, each.delta), each)
    return list(found.values())


def _on_axes(truth: Truth, written: Sequence[Piece]) -> Iterator[Change]:
    """Another size than everywhere else on the token axes of some products."""
    targets = _targets(truth, written)
    tokens = [_token_slots(each) for each in truth.pieces]
    prints = truth.prints

    @cache
    def steps(now: int, count: int) -> list[tuple[int, Size, Callable[[], Ratio]]]:
        """What each size in the place of one adds to a term where that stands so many times."""
        value, under = values[now], prints.inverse(now)
        return [
            (
                pow(each.print * under, count, PRIME) - 1,
                each,
                partial(_over, each.value, value, count),
            )
            for each in targets
        ]

    values: dict[int, Ratio] = {}
    for mask in truth.groups:
        places = places_of(mask)
        if len(places) > 2:
            continue
        held = [tokens[at] for at in places]
        if not all(held) or len({len(each) for each in held}) != 1:
            continue
        now = held[0][0].value
        axis = held[0][0].dim
        here = prints.of(now)
        if axis is None or any(truth.slot_print(slot) != here for each in held for slot in each):
            continue
        known = Size(Ratio.of(Poly.of(axis)), truth.letters.tag(axis), here)
        values.setdefault(here, now)
        sum_ = truth.sum_of(mask)
        for step, target, factor in steps(here, len(held[0])):
            yield Change("swap", mask, sum_ * step % PRIME, factor, (known, target), axis=axis)


def _token_slots(piece: Piece) -> list[Slot]:
    return [
        slot
        for slot in piece.slots
        if slot.power > 0 and slot.dim is not None and slot.dim.word in ("time", "past", "cached")
    ]


def ways_to_count(truth: Truth) -> list[Change]:
    """The changes that conventions make: kinds of terms left out, everything or a kind halved."""
    found = [each for each in _missing(truth) if each.delta]
    found += causal(truth)
    half = Ratio.of(Fraction(1, 2))
    again = Ratio.of(Fraction(4, 3))
    for factor in (half, again):
        print_ = truth.prints.ratio(factor)
        found += [_scaled(truth, mask, factor, print_) for mask in truth.groups]
    return found
