"""The search for changes that make a difference: what it finds is what trying all sets finds."""

from __future__ import annotations

import pickle
import random
from fractions import Fraction
from itertools import combinations

import pytest

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, called
from symcost.algebra.ratio import Ratio
from symcost.checking.factors import Factors, partitions
from symcost.checking.letters import Letters
from symcost.checking.mistakes import Look, like, mistakes
from symcost.checking.pieces import Piece, Slot, total
from symcost.checking.residues import PRIME
from symcost.checking.search import ANOTHER, DEAR, Budget, OutOfStepsError, Search
from symcost.checking.truth import Change, Truth, mask_of, places_of

ONE = Ratio.of(1)
COST = 9
PIECES = 10


def _changes(count: int, seed: int, largest: int) -> list[Change]:
    """Changes of a few of ten pieces. Small deltas add up to each other often."""
    draw = random.Random(seed)
    return [
        Change("missing", 1 << draw.randrange(PIECES), draw.randrange(1, largest), ONE)
        for _ in range(count)
    ]


def _all(changes: list[Change], difference: int, size: int) -> set[frozenset[int]]:
    found = set()
    for some in combinations(range(len(changes)), size):
        masks = [changes[at].mask for at in some]
        apart = sum(masks) == mask_of(any(each >> at & 1 for each in masks) for at in range(PIECES))
        if apart and sum(changes[at].delta for at in some) % PRIME == difference % PRIME:
            found.add(frozenset(some))
    return found


@pytest.mark.parametrize("largest", [60, PRIME])
@pytest.mark.parametrize("seed", range(4))
def test_every_set_of_changes_is_found(seed: int, largest: int) -> None:
    changes = _changes(18, seed, largest)
    draw = random.Random(-seed)
    for size in (1, 2, 3, 4):
        picked = draw.sample(changes, size)
        for difference in (sum(each.delta for each in picked), draw.randrange(largest)):
            search = Search(changes, lambda _: COST)
            found = search.run(difference % PRIME, Budget(10**9), most=size, least=size)
            places = {id(each): at for at, each in enumerate(changes)}
            sets = [frozenset(places[id(one)] for one in each.changes) for each in found]
            assert set(sets) == _all(changes, difference, size)
            assert {each.cost for each in found} <= {COST * size + ANOTHER * (size - 1)}


def test_the_steps_are_the_same_whether_anything_is_found() -> None:
    changes = _changes(30, 7, PRIME)
    left = []
    for difference, dearest in ((changes[3].delta, DEAR), (12345, DEAR), (12345, 0)):
        budget = Budget(10**6)
        Search(changes, lambda _: COST).run(difference, budget, most=3, least=3, dearest=dearest)
        left.append(10**6 - budget.left)
    assert left == [30 * 31 // 2] * 3
    budget = Budget(100)
    assert Search(changes, lambda _: COST).run(1, budget, most=4, least=3) == []
    with pytest.raises(OutOfStepsError):
        budget.spend(1)


def test_a_factor_is_made_once_and_only_when_it_is_asked_for() -> None:
    made = []

    def factor() -> Ratio:
        made.append(1)
        return ONE

    change = Change("scale", 0b1010, 5, factor)
    assert (change.pieces(), change.on(1).pieces(), made) == ((1, 3), (0,), [])
    assert change.factor is change.factor
    assert made == [1]
    assert places_of(0) == ()


def test_what_fits_a_factor_is_found_without_looking_at_every_entry() -> None:
    tags = ("heads", "model", "head", "nope+rope", "number", "", "experts")
    draw = random.Random(1)
    for _ in range(400):
        number = draw.choice((Fraction(1), Fraction(2), Fraction(1, 2), Fraction(5, 7)))
        ups, downs = (tuple(draw.choices(tags, k=draw.randrange(3))) for _ in range(2))
        look = Look("scale", number, ups, downs)
        slow = [each for each in mistakes() if "scale" in each.ops and each.fits_change(look)]
        assert [*like(look)] == slow


def test_every_way_to_take_a_factor_apart_makes_the_factor() -> None:
    d, h, s = (Ratio.of(Poly.of(dim(each))) for each in ("model", "heads", "time"))
    for factor in (d * d / h, 6 * d / (h * s), Ratio.of(Fraction(3, 4)), (d + s) / h, d / d):
        taken = Factors(Letters().value_tag).taken(factor)
        ways = list(partitions(taken.number, taken.ups, taken.downs))
        assert 0 < len(taken.options) <= len(ways)
        for floor, bits in taken.options:
            product = ONE
            for each in bits:
                product = product * each.number
                for up in each.ups:
                    product = product * up
                for down in each.downs:
                    product = product / down
            assert product == factor
            least = [each.kind.sure or each.kind.entries[0] for each in bits]
            assert floor == sum(each.cost for each in least) + 2 * (len(bits) - 1)


def test_a_truth_made_of_another_has_its_groups() -> None:
    words = ("model", "heads", "time", "feed")
    slots = [Slot(Ratio.of(Poly.of(dim(each))), dim(each)) for each in words]
    pieces = [
        Piece(("layer", f"W_{at}"), Fraction(at), (each, slots[0]), frozenset({"matrix"}))
        for at, each in enumerate(slots, 1)
    ]
    letters = Letters()
    truth = Truth(pieces, letters)
    swapped = [
        Piece(each.where, each.number, (*each.slots, slots[2]), each.classes) for each in pieces
    ]
    inner = Truth(swapped, letters, truth)
    assert inner.groups == Truth(swapped, letters).groups == truth.groups
    assert inner.total == total(swapped)
    assert inner.off(inner.total + 1) == 1
    assert Truth(swapped[:3], letters, truth).groups != truth.groups


def test_polynomials_survive_another_process() -> None:
    d, s = Poly.of(dim("model")), Poly.of(dim("time"))
    for value in (d * s + 3, called("ceil", [d / 128]) * s, Poly()):
        hash(value)
        back = pickle.loads(pickle.dumps(value))
        assert (back, back.dims()) == (value, value.dims())
        ratio = Ratio(value, d + s)
        assert pickle.loads(pickle.dumps(ratio)) == ratio
        assert pickle.loads(pickle.dumps(Ratio.of(value))) * d == Ratio.of(value) * d
