"""A model as a tree: its parts, how often each is repeated, its weights with their shapes.

Beside every node stand its closed form, its number and its share of the whole, as far as the
screen has room for them: the number is the last to go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.identity import put_in
from symcost.algebra.plain import PEOPLE, people, show
from symcost.algebra.poly import Poly
from symcost.algebra.simplify import simplest
from symcost.render.writer import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.quantities.ledger import Ledger, Term
    from symcost.render.screen import Screen

GAP = 2
LONGEST_FORM = 28
BOXES = ("├─ ", "└─ ", "│  ", "   ")
ASCII = ("|- ", "`- ", "|  ", "   ")


@final
@dataclass
class Node:
    """A part, or a weight where it has a shape."""

    name: str
    times: Poly | None = None
    shape: tuple[Poly, ...] | None = None
    total: Poly = field(default_factory=Poly)
    inside: dict[str, Node] = field(default_factory=dict)


def tree(ledger: Ledger, name: str) -> Node:
    """The parts that the terms of a ledger stand in, in the order of the model."""
    root = Node(name)
    for term in ledger.terms:
        root.total = root.total + term.amount
        node, repeats = root, dict(term.repeats)
        for word in term.path:
            node = node.inside.setdefault(word, Node(word, repeats.get(word)))
            node.total = node.total + term.amount
        _shape(node, term)
    return root


def _shape(node: Node, term: Term) -> None:
    """Several terms of one weight (a bias cut in two) have no common shape."""
    node.shape = term.sizes if node.shape is None else ()


def tree_lines(
    root: Node,
    relations: Sequence[Relation],
    values: Mapping[Dim, int],
    screen: Screen,
    depth: int | None = None,
) -> list[str]:
    """The tree on a screen, down to `depth` levels below the model."""
    rows = [
        (head, node, _cells(node, root, relations, values))
        for head, node in _walk(root, ASCII if screen.plain else BOXES, depth)
    ]
    heads = [head + _named(node, values) for head, node, _ in rows]
    chosen = _chosen(heads, [cells for _, _, cells in rows], screen.width)
    widths = [max(len(cells[at]) for _, _, cells in rows) for at in chosen]
    first = max(map(len, heads))
    lines = []
    for text, (_, node, cells) in zip(heads, rows, strict=True):
        shown = [
            cells[at].ljust(width) if at <= FORM else cells[at].rjust(width)
            for at, width in zip(chosen, widths, strict=True)
        ]
        name = text.ljust(first)
        if node.shape is None:
            name = screen.paint(name, "heading")
        lines.append((" " * GAP).join([name, *shown]).rstrip())
    return lines


SHAPE, FORM, COUNT, SHARE = range(4)


def _cells(
    node: Node, root: Node, relations: Sequence[Relation], values: Mapping[Dim, int]
) -> tuple[str, str, str, str]:
    """Shape, closed form, number and share; the form is the number where a size is open."""
    shape = " x ".join(map(_size, node.shape)) if node.shape else ""
    total, whole = (put_in(each, relations) for each in (node.total, root.total))
    form = people(simplest(total).form)
    if any(each not in values for each in whole.dims()):
        return shape, "", form, ""
    count, of = total.at(values), whole.at(values)
    share = percent(Fraction(count) / Fraction(of)) if of else ""
    # The number says it all where the form is too long to be read beside it.
    return shape, form if len(form) <= LONGEST_FORM else "", PEOPLE.number(count), share


def _size(size: Poly) -> str:
    return show(size) if len(size.terms) == 1 else f"({show(size)})"


def _named(node: Node, values: Mapping[Dim, int]) -> str:
    """The name, and how often the part is there."""
    if node.times is None or node.times == 1:
        return node.name
    known = all(each in values for each in node.times.dims())
    number = f" = {PEOPLE.number(node.times.at(values))}" if known and node.times.dims() else ""
    return f"{node.name} x {show(node.times)}{number}"


def _chosen(heads: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> tuple[int, ...]:
    """The columns that there is room for."""
    wide = [max(len(row[at]) for row in cells) for at in range(4)]
    first = max(map(len, heads))
    for columns in ((SHAPE, FORM, COUNT, SHARE), (SHAPE, COUNT, SHARE), (COUNT, SHARE)):
        kept = tuple(at for at in columns if wide[at])
        if first + sum(wide[at] + GAP for at in kept) <= room:
            return kept
    return (COUNT,)


def _walk(
    node: Node, signs: tuple[str, str, str, str], depth: int | None, head: str = "", below: str = ""
) -> Iterator[tuple[str, Node]]:
    """Every node with the lines of the tree before it."""
    yield head, node
    if depth == 0:
        return
    left = None if depth is None else depth - 1
    fork, last, on, off = signs
    inside = list(node.inside.values())
    for at, each in enumerate(inside, 1):
        end = at == len(inside)
        yield from _walk(
            each, signs, left, below + (last if end else fork), below + (off if end else on)
        )
