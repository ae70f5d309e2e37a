"""What is wrong with a formula by itself, with no model to hold it against.

Parameters do not grow with the tokens; work grows with them once or twice; no cost is negative; if
all widths are doubled, a matrix grows fourfold and a vector twofold, and nothing grows faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import foreign
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.checking.alignment import alignments
from symcost.checking.classes import quantity_classes
from symcost.checking.pieces import formula_pieces
from symcost.checking.shown import show
from symcost.checking.tree import Name, Node, names_of
from symcost.checking.verdict import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.checking.pieces import Piece

TOKENS = frozenset({"time", "past", "cached", "context", "batch"})
LENGTHS = TOKENS - {"batch"}
GROWS = "if all widths are doubled it grows {0}-fold; a matrix grows fourfold and nothing faster"
WIDTHS = frozenset(
    {
        "model",
        "feed",
        "head",
        "value_head",
        "expert_feed",
        "shared_feed",
        "inner",
        "vocab",
        "latent",
    }
)


def lint(node: Node, quantity: str, let: Mapping[str, str]) -> Iterator[Lint]:
    """The rules that a formula breaks, each with the term at fault."""
    if isinstance(node, Name) or not names_of(node):
        return
    counted = {"params": (Poly.of(foreign("N_all")),), "tokens": (Poly.of(foreign("D_all")),)}
    aligned = alignments(names_of(node), (), counted, let, {}, {})[0]
    table = aligned.table()
    pieces = formula_pieces(node, lambda name: table[name], lambda _: frozenset())
    classes = quantity_classes(quantity) if quantity else frozenset()
    yield from _negative(pieces)
    if "params" in classes:
        yield from _grows_with_tokens(pieces)
    yield from _grows_too_fast(pieces, 2)
    if classes & {"forward", "train"}:
        yield from _tokens_too_often(pieces)


def _degree(piece: Piece, words: frozenset[str]) -> int:
    poly = piece.amount.poly
    if poly is None:
        return 0
    return max((_power(poly, dim) for dim in poly.dims() if dim.word in words), default=0) and sum(
        _power(poly, dim) for dim in poly.dims() if dim.word in words
    )


def _power(poly: Poly, dim: Dim) -> int:
    return max((dict(monomial).get(dim, 0) for monomial in poly.terms), default=0)


def _negative(pieces: tuple[Piece, ...]) -> Iterator[Lint]:
    rest = [each for each in pieces if each.number > 0]
    for each in pieces:
        if each.number < 0 and not rest:
            yield Lint("positivity", show(each.amount), "a cost cannot be negative")


def _grows_with_tokens(pieces: tuple[Piece, ...]) -> Iterator[Lint]:
    for each in pieces:
        if _degree(each, TOKENS) > 0 and _degree(each, WIDTHS) != 1:
            text = (
                "parameters do not grow with the tokens; only a position table has a row for each"
            )
            yield Lint("degree in tokens", show(each.amount), text)


def _tokens_too_often(pieces: tuple[Piece, ...]) -> Iterator[Lint]:
    for each in pieces:
        if _degree(each, LENGTHS) > 2:
            text = "the work of a layer grows with the square of the sequence at most"
            yield Lint("degree in tokens", show(each.amount), text)


def _grows_too_fast(pieces: tuple[Piece, ...], most: int) -> Iterator[Lint]:
    for each in pieces:
        if _degree(each, WIDTHS) > most:
            text = say(GROWS, str(2 ** _degree(each, WIDTHS)))
            yield Lint("homogeneity", show(each.amount), text)
