"""Numbers in a formula that are sizes of the model: 768 is d where the model is 768 wide."""

from __future__ import annotations

from itertools import combinations, count, product
from typing import TYPE_CHECKING

from symcost.algebra.phrase import Phrase, say
from symcost.checking.tree import Name, Node, Number, exchanged, inner_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.dim import Dim

SURE = 32  # a number this large that is a size of the model is hardly anything else
ORDER = ("model", "feed", "vocab", "head", "positions", "time", "expert_feed")
SMALL = ("layers", "heads")
MOST_SMALL = 3


def lifted(
    node: Node, sizes: Mapping[Dim, int], *, small_alone: bool = False
) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Readings of the numbers as sizes: the large ones, and with them the small ones."""
    large = {
        value: dim
        for word in reversed(ORDER)
        for dim, value in sizes.items()
        if dim.word == word and value >= SURE
    }
    numbers = set(_numbers(node))
    table = {value: dim for value, dim in large.items() if value in numbers}
    if not table and not small_alone:
        return
    yield _put(node, table), _said(table)
    small = [dim for word in SMALL for dim in sizes if dim.word == word and sizes[dim] > 4]
    for chosen in _choices(node, small, sizes):
        yield _put(_nth(node, chosen), table), (*_said(table), *_said_once(chosen, sizes))


def _choices(node: Node, small: list[Dim], sizes: Mapping[Dim, int]) -> Iterator[dict[int, Dim]]:
    """Which small numbers, by their place in the formula, are which counts: layers before heads."""
    places = list(enumerate(_numbers(node)))
    options = [[(at, dim) for dim in small if sizes[dim] == value] for at, value in places]
    some = [each for each in options if each][:MOST_SMALL]
    for many in range(1, len(some) + 1):
        for picked in combinations(some, many):
            for pairs in product(*picked):
                yield dict(pairs)


def _said_once(chosen: Mapping[int, Dim], sizes: Mapping[Dim, int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_read_as(sizes[dim], dim) for dim in chosen.values()))


def _read_as(value: int, dim: Dim) -> Phrase:
    return say("{0} read as {1}", str(value), dim.symbol)


def _nth(node: Node, chosen: Mapping[int, Dim]) -> Node:
    """The formula with single numbers, counted as they stand, read as dimensions."""
    counter = count()

    def read(part: Node) -> Node | None:
        match part:
            case Number(value) if value.denominator == 1 and value > 4:
                dim = chosen.get(next(counter))
                return None if dim is None else Name(dim.symbol)
        return None

    return exchanged(node, read)


def _said(table: Mapping[int, Dim]) -> tuple[str, ...]:
    return tuple(_read_as(value, dim) for value, dim in table.items())


def _numbers(node: Node) -> Iterator[int]:
    for each in inner_nodes(node):
        if isinstance(each, Number) and each.value.denominator == 1 and each.value > 4:
            yield each.value.numerator


def _put(node: Node, table: Mapping[int, Dim]) -> Node:
    def read(part: Node) -> Node | None:
        match part:
            case Number(value) if value.denominator == 1 and value.numerator in table:
                return Name(table[value.numerator].symbol)
        return None

    return exchanged(node, read)
