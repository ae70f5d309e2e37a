"""k <= E: no token is sent to one expert twice. Read off the declaration, for every model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.dim import Dim
from symcost.algebra.poly import Poly
from symcost.graph.architecture import AtMost
from symcost.graph.tensor import Kind, Op

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component

CHOSEN = "chosen"
REASON = "no token is sent to one expert twice"


def with_choices(architecture: Architecture, root: Component) -> Architecture:
    """The architecture with a limit for every choice of experts in its declaration."""
    known = {(each.small, each.large) for each in architecture.limits}
    found = {(each.small, each.large): each for each in _choices(root)}
    new = tuple(each for key, each in found.items() if key not in known)
    return replace(architecture, limits=(*architecture.limits, *new)) if new else architecture


def _choices(root: Component) -> Iterator[AtMost]:
    for component in root.walk():
        for item in component.body:
            if not (isinstance(item, Op) and item.kind is Kind.ROUTE and len(item.reads) == 1):
                continue
            (scores,) = item.reads
            eaten = [axis for axis in scores.axes if axis not in item.writes.axes]
            small = _alone(component.size(CHOSEN)) if CHOSEN in item.writes.axes else None
            if small is not None and len(eaten) == 1:
                yield from _at_most(small, component.size(eaten[0]))


def _at_most(small: Dim, most: Poly) -> Iterator[AtMost]:
    """k <= E + E_0 as k - E_0 <= E; nothing where the experts are a number or a product."""
    for large in most.dims():
        more = Poly.of(large) - most
        if large not in more.dims():
            yield AtMost(small.word, large.word, REASON, more)
            return


def _alone(size: Poly) -> Dim | None:
    """The dimension that a size is."""
    dims = size.dims()
    return dims[0] if len(dims) == 1 and size == dims[0] else None
