"""Sizes that are given by name."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import Dim, find
from symcost.catalog.own_module import LoadError

if TYPE_CHECKING:
    from collections.abc import Mapping


def named_sizes(sizes: Mapping[str, int]) -> dict[Dim, int]:
    """Sizes by symbol, word or alias. Raises `DimensionError` for a name nobody knows."""
    found: dict[Dim, int] = {}
    for name, value in sizes.items():
        each, number = find(name), _plain(value)
        if found.setdefault(each, number) != number:
            raise LoadError(f"two values for {each.symbol}: {found[each]} and {number}")
    return found


def _plain(value: Any) -> Any:
    """A whole number of NumPy as Python's own, so that no product of it overflows.

    What is none stays as it is, and is refused where sizes are bound.
    """
    try:
        return value if isinstance(value, bool) else index(value)
    except TypeError:
        return value
