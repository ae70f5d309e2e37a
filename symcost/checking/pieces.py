"""The terms of a truth, each a product of named sizes, so that an error can point at one.

A truth comes from a ledger, or, where no declaration is known, from a reference formula. Either
way it becomes pieces: a number times slots, each slot a size with the dimension that it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.tree import (
    Add,
    Apply,
    Name,
    Node,
    Number,
    Over,
    Raised,
    Times,
    inner_nodes,
    meaning,
)
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from symcost.algebra.poly import Number as Number_
    from symcost.quantities.ledger import Ledger, Term

MOST_PIECES = 200
MOST_UNITS = 6  # a reference term such as 4 d h d_h is four products that can go wrong one by one


@final
@dataclass(frozen=True)
class Slot:
    """A size in a product: `dim` is what it is in the declaration, `value` in the writer's letters.

    A size of the reference that is an expression has no `dim`. `power` is 1 or -1.
    """

    value: Ratio
    dim: Dim | None = None
    power: int = 1


@final
@dataclass(frozen=True)
class Piece:
    """`number` times the slots: a term that may be right or wrong by itself.

    `where` is its place in the model, `classes` what it is, in the words of `errors/`.
    """

    where: tuple[str, ...]
    number: Fraction
    slots: tuple[Slot, ...]
    classes: frozenset[str] = frozenset()

    @cached_property
    def amount(self) -> Ratio:
        """The closed form."""
        product = Ratio.of(self.number)
        for slot in self.slots:
            product = product * slot.value if slot.power > 0 else product / slot.value
        return product

    @property
    def name(self) -> str:
        """Its place as text."""
        return ".".join(self.where)


def total(pieces: Iterable[Piece]) -> Ratio:
    """The sum of the pieces."""
    return sum((each.amount for each in pieces), Ratio.of(0))


# -- from a ledger ---------------------------------------------------------------------------------


def ledger_pieces(
    ledger: Ledger, sizes: Mapping[Dim, Poly], times: Ratio | None = None
) -> tuple[Piece, ...]:
    """Every term of a ledger, its sizes in the writer's letters, times a factor of a scope."""
    return gathered(_from_term(term, sizes, times) for term in ledger.terms if term.amount)


def gathered(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Forward and backward of one operation as one piece: its gradients cost what it costs."""
    found: dict[object, Piece] = {}
    for each in pieces:
        sizes = sorted((slot.dim.word if slot.dim else repr(slot.value)) for slot in each.slots)
        key = each.where, tuple(sizes)
        known = found.get(key)
        if known is None:
            found[key] = each
        else:
            classes = known.classes | each.classes
            found[key] = replace(known, number=known.number + each.number, classes=classes)
    return tuple(found.values())


def _from_term(term: Term, sizes: Mapping[Dim, Poly], times: Ratio | None) -> Piece:
    slots: list[Slot] = []
    number = Fraction(term.factor)
    held = [(poly, 1) for poly in term.sizes]
    held += [(times_, 1) for _, times_ in term.repeats]
    held += [(term.over, -1), (term.scale, 1)]
    for poly, power in held:
        more, parts = _slots(poly, sizes, power)
        number *= more
        slots += parts
    if times is not None:
        more, parts = _ratio_slots(times)
        number *= more
        slots += parts
    return Piece(term.path, number, tuple(_heads_joined(slots)), classes_of_term(term))


def _heads_joined(slots: list[Slot]) -> list[Slot]:
    """groups x share are the query heads, which is what people count."""
    words = [slot.dim.word if slot.dim is not None and slot.power > 0 else "" for slot in slots]
    if "groups" not in words or "share" not in words:
        return slots
    at, other = words.index("groups"), words.index("share")
    joined = Slot(slots[at].value * slots[other].value, dim("heads"))
    kept = [slot for place, slot in enumerate(slots) if place not in (at, other)]
    return [*kept[: min(at, other)], joined, *kept[min(at, other) :]]


def _slots(poly: Poly, sizes: Mapping[Dim, Poly], power: int) -> tuple[Fraction, list[Slot]]:
    """A size as slots: a product of dimensions one by one, a sum as a whole."""
    if len(poly.terms) != 1:
        return Fraction(1), [Slot(Ratio.of(poly.substitute(sizes)), None, power)]
    ((monomial, number),) = poly.terms.items()
    slots = []
    for atom, exponent in monomial:
        sign = power if exponent > 0 else -power
        named = atom if isinstance(atom, Dim) else None
        value = Ratio.of(Poly.of(atom).substitute(sizes))
        slots += [Slot(value, named, sign)] * abs(exponent)
    return Fraction(number) ** power, slots


def _ratio_slots(ratio: Ratio) -> tuple[Fraction, list[Slot]]:
    if ratio.poly is None:
        return Fraction(1), [Slot(ratio)]
    return _slots(ratio.poly, {}, 1)


def classes_of_term(term: Term) -> frozenset[str]:
    """What a term is: its role, its label, and the parts of the model that it stands in.

    The role of what makes logits is `logits` here: a head of attention is another thing.
    """
    role = "logits" if term.role is Role.HEAD else term.role.value
    words = {dim.word for size in term.sizes for dim in size.dims()}
    more = {"expert"} if words & {"experts", "chosen", "expert_feed"} else set()
    more |= {"shared"} if "shared_feed" in words else set()
    return frozenset({*more, role, term.label, term.path[-1], *term.path})


# -- from a reference formula ----------------------------------------------------------------------


def formula_pieces(
    node: Node,
    stands_for: Callable[[str], Poly | Ratio],
    classes: Callable[[Piece], frozenset[str]],
    *,
    closed: bool = False,
) -> tuple[Piece, ...]:
    """The products of a formula as it is written; terms that cancel are multiplied out first.

    With `closed` a plain sum of sizes such as (n + 1) stays one size.
    """
    whole = meaning(node, stands_for)
    terms = node.terms if isinstance(node, Add) else (node,)
    written = [
        replace(_piece(each, stands_for, whole=closed), where=(f"term {at}",))
        for at, term in enumerate(terms, 1)
        for each in products(term, closed=closed)
    ]
    merged = monomial_pieces(whole)
    if merged is not None and (
        len(written) > MOST_PIECES or _cancels(written) or total(written) != whole
    ):
        written = merged
    return tuple(
        replace(
            each,
            where=(*(each.where or ("term 0",)), str(place)),
            classes=each.classes | classes(each),
        )
        for place, each in enumerate(written, 1)
        if each.amount
    )


def compact_pieces(node: Node, stands_for: Callable[[str], Poly | Ratio]) -> tuple[Piece, ...]:
    """The terms of a formula with their brackets closed: a sum in brackets is one factor."""
    terms = node.terms if isinstance(node, Add) else (node,)
    found = []
    for term in terms:
        match term:
            case Times(factors):
                product = tuple((each, 1) for each in factors)
            case Over(top, bottom):
                product = (
                    *((each, 1) for each in _factors(top)),
                    *((each, -1) for each in _factors(bottom)),
                )
            case _:
                product = ((term, 1),)
        found.append(_piece(product, stands_for))
    return tuple(found)


def _cancels(pieces: Iterable[Piece]) -> bool:
    """Whether one monomial occurs with both signs: then the writing says nothing."""
    signs: dict[object, set[bool]] = {}
    for each in pieces:
        poly = each.amount.poly
        if poly is None:
            continue
        for monomial, number in poly.terms.items():
            signs.setdefault(monomial, set()).add(number > 0)
    return any(len(each) == 2 for each in signs.values())


def monomial_pieces(whole: Ratio) -> list[Piece] | None:
    """The monomials of a closed form as pieces, None where it divides by a sum."""
    if whole.poly is None:
        return None
    found = []
    for monomial, number in sorted(
        whole.poly.terms.items(), key=lambda item: tuple((a.key, p) for a, p in item[0])
    ):
        more, slots = _slots(Poly({monomial: 1}), {}, 1)
        found.append(Piece((), Fraction(number) * more, tuple(slots)))
    return found


def products(node: Node, *, closed: bool = False) -> list[tuple[tuple[Node, int], ...]]:
    """Every product that a sum comes to once its brackets are opened: factors, powers 1 or -1."""
    return list(_products(node, closed))


def _products(node: Node, closed: bool) -> Iterator[tuple[tuple[Node, int], ...]]:
    match node:
        case Add(terms):
            for each in terms:
                yield from _products(each, closed)
        case Times(factors):
            yield from _crossed([(each, 1) for each in factors], closed)
        case Over(Name(), Name()) if closed:  # d/h is a width
            yield ((node, 1),)
        case Over(top, bottom):
            below = [(each, -1) for each in _factors(bottom)]
            yield from _crossed([*((each, 1) for each in _factors(top)), *below], closed)
        case Raised(base, exponent) if 0 < abs(exponent) <= 4:
            yield from _crossed([(base, 1 if exponent > 0 else -1)] * abs(exponent), closed)
        case _:
            yield ((node, 1),)


def _factors(node: Node) -> tuple[Node, ...]:
    return node.factors if isinstance(node, Times) else (node,)


def _crossed(
    factors: list[tuple[Node, int]], closed: bool
) -> Iterator[tuple[tuple[Node, int], ...]]:
    """The products of sums: every choice of one term for each factor."""
    chosen: list[tuple[tuple[Node, int], ...]] = [()]
    for node, power in factors:
        kept = isinstance(node, Add) and (power < 0 or (closed and _is_plain(node)))
        kept = kept or (closed and _is_width(node))
        if isinstance(node, (Number, Name, Apply)) or kept:
            options: list[tuple[tuple[Node, int], ...]] = [((node, power),)]
        else:
            options = [
                tuple((part, sign * power) for part, sign in option)
                for option in _products(node, closed)
            ]
        if len(chosen) * len(options) > MOST_PIECES:
            chosen = [(*each, (node, power)) for each in chosen]
            continue
        chosen = [(*each, *option) for each in chosen for option in options]
    yield from chosen


def _is_width(node: Node) -> bool:
    """Whether a quotient is one size, as d/h is."""
    return isinstance(node, Over) and isinstance(node.top, Name) and isinstance(node.bottom, Name)


def _is_plain(node: Add) -> bool:
    return all(not isinstance(each, (Times, Add)) for each in node.terms)


def _piece(
    product: tuple[tuple[Node, int], ...],
    stands_for: Callable[[str], Poly | Ratio],
    *,
    whole: bool = False,
) -> Piece:
    number = Fraction(1)
    slots: list[Slot] = []
    # A factor 1 that somebody wrote down says that there is one row, one step, one token.
    one = frozenset({"one"} if any(node == Number(Fraction(1)) for node, _ in product) else ())
    for node, power in product:
        value = meaning(node, stands_for)
        single = value.poly is not None and len(value.poly.terms) == 1
        if isinstance(node, Name) or not single or (whole and _is_width(node)):
            slots.append(Slot(value, _only_dim(value), power))
            continue
        assert value.poly is not None
        more, parts = _slots(value.poly, {}, power)
        number *= more
        slots += parts
    return Piece((), number, tuple(slots), one if len(product) > 1 else frozenset())


def _only_dim(value: Ratio) -> Dim | None:
    poly = value.poly
    if poly is None or len(poly.terms) != 1:
        return None
    ((monomial, number),) = poly.terms.items()
    if number == 1 and len(monomial) == 1 and monomial[0][1] == 1:
        atom = monomial[0][0]
        return atom if isinstance(atom, Dim) else None
    return None


def in_units(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """A piece with a small whole number as that many equal pieces: 4 d h d_h are four products."""
    found: list[Piece] = []
    for each in pieces:
        count = each.number
        if count.denominator == 1 and 2 <= count <= MOST_UNITS:
            found += [replace(each, number=Fraction(1))] * int(count)
        else:
            found.append(each)
    return tuple(found)


def put_in(pieces: Iterable[Piece], sizes: Mapping[Dim, Poly | Number_]) -> tuple[Piece, ...]:
    """The pieces with sizes put in; their dimensions stay known."""
    return tuple(
        replace(
            each,
            slots=tuple(replace(slot, value=slot.value.substitute(sizes)) for slot in each.slots),
        )
        for each in pieces
    )


def sums_in(nodes: Iterable[Node], stands_for: Callable[[str], Poly | Ratio]) -> Iterator[Ratio]:
    """The sums in brackets: a factor (s + o) may be one too many."""
    for node in nodes:
        for inner in inner_nodes(node):
            if isinstance(inner, Add) and inner is not node:
                yield meaning(inner, stands_for)
