"""Holds the parameters of a declaration, weight by weight, against those of a recorded model.

A recorded model has a number for each of its tensors, all layers together (queries, keys and values
perhaps in one); a declaration has `W_Q`, `W_K` and `W_V` in each kind of layer. A partition of both
sides into small groups of equal sums is looked for, so two faults in two tensors that cancel in the
total are found.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import symcost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LARGEST_GROUP = 4  # queries, keys, values and a gate in one tensor


def unmatched(
    model: symcost.Model, tensors: Iterable[int]
) -> tuple[dict[str, int], dict[str, int]]:
    """(tensors of the recorded model, weights of the declaration) that have no counterpart."""
    found = []
    for weight_name in (_by_shape, _by_stack, _by_place):
        left = {f"tensor {at}": count for at, count in enumerate(tensors) if count}
        weights = _gathered(model, weight_name)
        _pair_equal(left, weights)
        _pair_sums(left, weights)
        _pair_sums(weights, left)
        found.append((left, weights))
    return min(found, key=lambda pair: len(pair[0]) + len(pair[1]))


def _by_shape(path: tuple[str, ...], each: int) -> str:
    """Weights of all kinds of layers together, where shape and place are one."""
    return f"{path[1:] or path} {each}"


def _by_stack(path: tuple[str, ...], each: int) -> str:
    """Weights of each kind of layer apart."""
    return f"{path} {each}"


def _by_place(path: tuple[str, ...], _: int) -> str:
    """Weights of all stages of a network together, whatever their widths."""
    return re.sub(r"[0-9]+|first_|last_", "*", str(path[1:] or path))


def _gathered(model: symcost.Model, name: Callable[[tuple[str, ...], int], str]) -> dict[str, int]:
    values = {each: bound.value for each, bound in model.binding().items()}
    found: Counter[str] = Counter()
    for term in model.ledger("params").terms:
        found[name(term.path, int(term.each.at(values)))] += int(term.at(values))
    return {name: amount for name, amount in found.items() if amount}


def _pair_equal(left: dict[str, int], right: dict[str, int]) -> None:
    by_amount: dict[int, list[str]] = defaultdict(list)
    for name, amount in right.items():
        by_amount[amount].append(name)
    for name, amount in list(left.items()):
        if by_amount[amount]:
            del left[name], right[by_amount[amount].pop()]


def _pair_sums(wholes: dict[str, int], parts: dict[str, int]) -> None:
    """Removes each whole that is the sum of a few parts, with them: neighbours are tried first."""
    for name, amount in sorted(wholes.items(), key=lambda pair: pair[1]):
        group = _group(amount, parts)
        if group:
            del wholes[name]
            for each in group:
                del parts[each]


def _group(amount: int, parts: Mapping[str, int]) -> tuple[str, ...]:
    small = [name for name, part in parts.items() if part < amount]
    for size in range(2, LARGEST_GROUP + 1):
        near = (small[i : i + size] for i in range(len(small) - size + 1))
        for group in (*map(tuple, near), *_all_groups(small, size)):
            if sum(parts[name] for name in group) == amount:
                return group
    return ()


def _all_groups(names: list[str], size: int) -> Iterable[tuple[str, ...]]:
    return combinations(names, size) if len(names) <= 24 else ()
