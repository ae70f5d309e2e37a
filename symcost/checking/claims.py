"""A formula with what its letters mean and what it claims, made into a question for the judge.

A claim is judged under a declaration (`model`, `count`, `scope`), or, where no network is behind
it, against a reference formula in the same letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

from symcost.algebra.dim import Dim, foreign
from symcost.algebra.phrase import verbatim
from symcost.algebra.poly import Number, Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.changes import Hand
from symcost.checking.classes import classes_of_product, quantity_classes
from symcost.checking.declared import Declared, declare
from symcost.checking.judge import Question, judge
from symcost.checking.letters import Letters
from symcost.checking.pieces import (
    Piece,
    Slot,
    compact_pieces,
    formula_pieces,
    ledger_pieces,
    monomial_pieces,
    sums_in,
)
from symcost.checking.reading import read_any
from symcost.checking.search import A_SECOND
from symcost.checking.tree import Node, meaning, names_of, python
from symcost.checking.verdict import Meaning, Status, Verdict
from symcost.checking.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


SCOPES = ("COUNT", "COUNT*one", "COUNT*one/one")
CONVOLUTION = frozenset({"stride", "padding", "channels_in", "channels_out", "output_map"})
LONGEST_NUMBER = 400  # digits, and the largest power of ten: a float has 308
Values: TypeAlias = "Mapping[Dim, Number]"


class ClaimError(ValueError):
    """A claim that does not say what it is about."""


@final
@dataclass(frozen=True)
class Claim:
    """Somebody's formula: `symbols` say what each letter stands for, `quantity` what is claimed.

    `model`, `count` and `scope` are the declaration under which it is judged (`checking.declared`);
    without a model, `reference` is the truth as a formula. `sizes` are configurations, the letters'
    values; `claimed` is the number that was printed.
    """

    formula: str
    symbols: Mapping[str, str]
    quantity: str
    model: Mapping[str, Any] | None = None
    count: Mapping[str, Any] = field(default_factory=dict)
    scope: str = "COUNT"
    reference: str = ""
    sizes: tuple[Mapping[str, Any], ...] = ()
    claimed: Any = None


def check_claim(claim: Claim, steps: int = A_SECOND * 3 // 4) -> Verdict:
    """The verdict on a claim; one that cannot be read is unusable, with the reason as remark."""
    try:
        return judge(question(claim, steps))
    except (ValueError, ArithmeticError) as error:
        return Verdict(Status.UNUSABLE, claim.formula[:200], remark=str(error))


def question(claim: Claim, steps: int = A_SECOND * 3 // 4) -> Question:
    """The claim with its formula read and its truth derived."""
    reading, _ = read_any(claim.formula, tuple(claim.symbols))
    formula = reading.chains[0].sides[-1]
    quantity = quantity_classes(claim.quantity)
    symbolic: tuple[Piece, ...] = ()
    sizes: Mapping[Dim, Number] = {}
    if claim.model is None:
        stands_for, letters, truth, nodes = _by_reference(claim, quantity, formula)
    else:
        stands_for, letters, truth, nodes, extra = _by_declaration(claim, quantity)
        quantity |= extra
        symbolic, sizes = _in_symbols(claim)
    values = tuple(_values(each, stands_for) for each in claim.sizes)
    closed = tuple(
        each
        for node in nodes
        for each in formula_pieces(node, stands_for, _classes(letters, quantity), closed=True)
    )
    return Question(
        meaning(formula, stands_for),
        Hand(
            formula_pieces(formula, stands_for, _classes(letters, quantity)),
            compact_pieces(formula, stands_for),
            tuple(sums_in((formula, *nodes), stands_for)),
        ),
        truth,
        letters,
        quantity,
        values,
        _claimed(claim.claimed),
        steps,
        Verdict(
            Status.UNKNOWN,
            claim.formula,
            read=python(formula),
            quantity=claim.quantity,
            notes=reading.notes,
            meanings=tuple(_meanings(claim, formula, stands_for)),
        ),
        closed if closed != truth else (),
        symbolic,
        sizes,
    )


def _meanings(claim: Claim, formula: Node, stands_for: Callable[[str], Poly]) -> Iterable[Meaning]:
    for name in names_of(formula):
        words = claim.symbols.get(name, "")
        dims = stands_for(name).dims()
        symbol = dims[0].symbol if dims else name
        yield Meaning(
            name, verbatim(words or symbol), "as the writer says" if words else "by its name"
        )


def _by_reference(
    claim: Claim, quantity: frozenset[str], formula: Node
) -> tuple[Callable[[str], Poly], Letters, tuple[Piece, ...], tuple[Node, ...]]:
    if not claim.reference:
        raise ClaimError("a claim needs a model to be judged under, or a reference formula")
    reference = read_any(claim.reference, tuple(claim.symbols))[0].chains[0].sides[0]
    names = dict.fromkeys((*claim.symbols, *names_of(formula), *names_of(reference)))
    dims = {name: foreign(name, claim.symbols.get(name, "")) for name in names}
    tags = {dim: tag_of(claim.symbols.get(name, name)) or name for name, dim in dims.items()}
    if CONVOLUTION & set(tags.values()):  # groups of channels, not of a state
        tags = {dim: "conv_groups" if tag == "state_groups" else tag for dim, tag in tags.items()}
    letters = Letters(tags)

    def stands_for(name: str) -> Poly:
        return Poly.of(dims[name])

    pieces = formula_pieces(reference, stands_for, _classes(letters, quantity))
    return stands_for, letters, pieces, (reference,)


def _by_declaration(
    claim: Claim, quantity: frozenset[str]
) -> tuple[Callable[[str], Poly], Letters, tuple[Piece, ...], tuple[Node, ...], frozenset[str]]:
    assert claim.model is not None
    found = declare(claim.model, claim.count, claim.scope, claim.symbols)
    named, sizes = _letters(claim, found)
    tags = {}
    for name, words in claim.symbols.items():
        dim = named.get(name) or foreign(name, words)
        tag = tag_of(words)
        if tag and dim.word not in _registry_tags(found):
            tags[dim] = tag
    letters = Letters(tags)

    def stands_for(name: str) -> Poly:
        known = named.get(name)
        return Poly.of(known if known is not None else foreign(name))

    def scope(count: int) -> Ratio:
        return meaning(
            found.scope,
            lambda name: Poly.of(count) if name == "COUNT" else stands_for(name),
        )

    beside = scope(0)
    times = scope(1) - beside
    pieces = with_classes(ledger_pieces(found.ledger, sizes, times))
    if beside:
        pieces += _beside(beside, letters, quantity)
    extra = frozenset(_known_of(claim))
    return stands_for, letters, pieces, (), extra


def _registry_tags(found: Declared) -> frozenset[str]:
    return frozenset(dim.word for dim in found.sizes) | frozenset(
        dim.word for term in found.ledger.terms for size in term.sizes for dim in size.dims()
    )


def _in_symbols(claim: Claim) -> tuple[tuple[Piece, ...], Mapping[Dim, Number]]:
    """The pieces of a declaration that has numbers only, in the symbols of the registry."""
    assert claim.model is not None
    found = declare(claim.model, claim.count, claim.scope, claim.symbols)
    open_sizes = {dim: size for dim, size in found.sizes.items() if dim not in found.numbers}
    if any(size.dims() for size in open_sizes.values()) or python(found.scope) not in SCOPES:
        return (), {}
    pieces = ledger_pieces(found.ledger, open_sizes)
    dims = {each for piece in pieces for each in piece.amount.dims()}
    if not dims <= set(found.numbers):
        return (), {}
    return with_classes(pieces), dict(found.numbers)


def _known_of(claim: Claim) -> Iterator[str]:
    """What a declaration says of the kind of count, in the words of the table."""
    assert claim.model is not None
    if claim.model.get("latent_attention") and "cache" in str(claim.count.get("what")):
        yield "latent_cache"
    if "experts" in claim.model:
        yield "mixture"
    if re.search(r"/\s*2\b", str(claim.count.get("context", ""))):
        yield "causal"


def _letters(claim: Claim, found: Declared) -> tuple[dict[str, Dim], dict[Dim, Poly]]:
    """The letters' dimensions. Where a declaration has numbers only, letters name its sizes."""
    named = dict(found.letters)
    sizes = dict(found.sizes)
    if any(not each.dims() for each in sizes.values()):
        by_word = {dim.word: dim for dim in found.numbers}
        for name, words in claim.symbols.items():
            if name in found.letters:
                continue  # the declaration itself says what it is
            dim = by_word.get(tag_of(words))
            fits = dim is not None and any(
                str(each.get(name)) == str(found.numbers[dim]) for each in claim.sizes
            )
            if dim is not None and fits:
                named[name] = dim
                sizes.pop(dim, None)
    return named, sizes


def with_classes(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Pieces that know of their neighbours: a weight beside a gate is one of three matrices."""
    gated = {each.where[:-1] for each in pieces if "W_G" in each.classes and _feeds(each)}
    return tuple(
        replace(each, classes=each.classes | {"one_of_three"})
        if each.where[:-1] in gated and each.classes & {"W_G", "W_1", "W_2"}
        else each
        for each in pieces
    )


def _feeds(piece: Piece) -> bool:
    return any("feed" in part or "expert" in part for part in piece.where)


def _beside(beside: Ratio, letters: Letters, quantity: frozenset[str]) -> tuple[Piece, ...]:
    """What a scope adds to the count, as terms of their own."""
    pieces = monomial_pieces(beside)
    if pieces is None:
        return (Piece(("beside",), Fraction(1), (Slot(beside),)),)
    classes = _classes(letters, quantity)
    return tuple(replace(e, where=("beside",), classes=classes(e) | {"beside"}) for e in pieces)


def _classes(letters: Letters, quantity: frozenset[str]) -> Callable[[Piece], frozenset[str]]:
    def classes(piece: Piece) -> frozenset[str]:
        sizes = [(letters.value_tag(slot.value), slot.power) for slot in piece.slots]
        return classes_of_product(sizes, quantity, piece.number)

    return classes


def _values(config: Mapping[str, Any], stands_for: Callable[[str], Poly]) -> dict[Dim, Number]:
    found: dict[Dim, Number] = {}
    for name, value in config.items():
        dims = stands_for(name).dims()
        exact = exact_number(value)
        if len(dims) == 1 and exact is not None:
            found[dims[0]] = exact
    return found


def _claimed(value: Any) -> Fraction | None:
    exact = exact_number(value)
    return None if exact is None else Fraction(exact)


def exact_number(value: Any) -> Number | None:
    """An int or a fraction from data: 768, "7/2", 2.5 (which JSON read as a float); else None.

    1e99999 is a number that nobody means, and that would fill the memory: None.
    """
    if isinstance(value, bool) or value is None:
        return None
    try:
        text = str(value)
        mantissa, _, power = text.lower().partition("e")
        if len(mantissa) > LONGEST_NUMBER or abs(int(power or 0)) > LONGEST_NUMBER:
            return None
        exact = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return exact.numerator if exact.denominator == 1 else exact


__all__ = ["Claim", "ClaimError", "check_claim", "exact_number", "question"]
