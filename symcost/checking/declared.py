"""A declaration in a few words, built and counted: the truth that a formula is judged by.

Three values say it. The model says what the network is: widths and counts as numbers or as
expressions in the letters of the case. The count says what is counted, of which parts, over which
tokens. The scope says what is then done with it: `COUNT / s` is for each token. Nothing here is a
formula of a count: the network is declared from components, and the ledger is read off it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, DimensionError, dim, foreign
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking import counting, network
from symcost.checking.counting import BYTES
from symcost.checking.expressions import (
    DeclaredError,
    Expressions,
    MissingError,
    bounded,
    read,
    replaced,
    value,
)
from symcost.checking.grammar import size
from symcost.checking.tree import Add, Apply, Name, Node, meaning, names_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from symcost.algebra.poly import Atom
    from symcost.checking.counting import Count
    from symcost.graph.component import Component
    from symcost.quantities.ledger import Ledger

__all__ = ["COUNT", "Declared", "DeclaredError", "declare"]

COUNT = "COUNT"
MOST_TERMS = 20_000  # of a truth that is multiplied out
USUAL = {**network.SIZES, **counting.SIZES}
WORDS = tuple(USUAL)  # those first whose letter is preferred where one stands for several
SCALED = ("kv_cache_bytes", "weight_bytes")  # every element of these has the same bytes


@final
@dataclass(frozen=True)
class Declared:
    """A network, what is counted of it, and the letters that a writer has for its sizes.

    `ledger` holds the terms, in dimensions of the registry. `letters`: a letter that stands for one
    size and nothing more is the dimension of that size, every other one is a dimension of its own.
    `sizes` has the other dimensions as expressions in the letters, or as numbers; `numbers` are
    those that are plain whole numbers. `scope` is what is done with the count.
    """

    root: Component
    ledger: Ledger
    letters: dict[str, Dim]
    sizes: dict[Dim, Poly]
    scope: Node
    numbers: dict[Dim, int]

    def count(self) -> Ratio:
        """What is counted, in the letters."""
        return self._count

    def truth(self) -> Ratio:
        """What the scope makes of the count, in the letters."""
        return self._truth

    @cached_property
    def _count(self) -> Ratio:
        return Ratio.of(self.ledger.total.substitute(self.sizes))

    @cached_property
    def _truth(self) -> Ratio:
        known = {letter: Poly.of(each) for letter, each in self.letters.items()}
        counted = self._count.poly
        assert counted is not None, "a sum of terms is a polynomial"
        return meaning(self.scope, {**known, COUNT: counted}.__getitem__)


def declare(
    model: Mapping[str, Any], count: Mapping[str, Any], scope: str, symbols: Mapping[str, str]
) -> Declared:
    """The declaration of a case; `symbols` are its letters, each with what is said of it.

    Raises `DeclaredError` for a key, a word, a value or an expression that is not understood.
    """
    given = network.checked(model)
    asked, written = counting.checked(count)
    sizes = _expressions(given, asked, written, _checked_letters(symbols))
    net = network.network(given, sizes)
    ledger, dims = counting.counted(net, _settled(asked, sizes))
    letters = _letters(symbols, sizes, dims)
    polys = {letter: Poly.of(each) for letter, each in letters.items()}

    def said(key: str) -> Poly | None:
        return value(key, sizes.node(key), polys) if key in sizes.written else None

    factor = said("times_forward")
    if asked.what in SCALED:
        factor = said("bytes_per_element") or Poly.of(BYTES)
    held = _values(sizes, letters, dims)
    whole = {each: poly.at({}) for each, poly in held.items() if not poly.dims()}
    made = Declared(
        network.root_of(net),
        counting.finished(ledger, said("logits_for"), factor),
        letters,
        held,
        _scope(scope, sizes.letters),
        {each: number for each, number in whole.items() if isinstance(number, int)},
    )
    _prove_small(made)
    try:
        made.truth()
    except (ValueError, ZeroDivisionError) as error:
        raise DeclaredError(f"the scope {scope!r:.60} of this count: {error}") from None
    return made


def _checked_letters(symbols: Mapping[str, str]) -> frozenset[str]:
    """The letters of a case, each a name that a size may have."""
    if not hasattr(symbols, "keys"):
        raise DeclaredError(f"the symbols must be an object, not {symbols!r:.40}")
    for letter in symbols:
        try:
            foreign(letter)
        except (DimensionError, TypeError) as error:
            raise DeclaredError(f"{error}") from None
        if letter == COUNT:
            raise DeclaredError(f"{COUNT} is what is counted and cannot be a letter of the case")
    return frozenset(symbols)


def _expressions(
    given: Mapping[str, Any], asked: Count, written: Mapping[str, Any], letters: frozenset[str]
) -> Expressions:
    """Every size, as it is written or as it is where nothing is said."""
    idle = {word for key, others in network.NEEDS.items() if not given.get(key) for word in others}
    idle |= set(counting.SIZES) - set(counting.WHATS[asked.what])
    texts = {word: text for word, (_, text) in USUAL.items() if text and word not in idle}
    texts.update({key: given[key] for key in network.SIZES if key in given})
    texts.update(written)
    nodes = {key: read(key, text) for key, text in texts.items()}
    if "window" in nodes:  # a token sees no further, and no more is kept
        seen = nodes.get("context", Name("sequence"))
        nodes["context"] = Apply("min", (seen, nodes["window"]))
    return Expressions(nodes, letters, frozenset(WORDS))


def _settled(asked: Count, sizes: Expressions) -> Count:
    """The count, with what depends on its sizes: another context, bytes inside the ledger."""
    context = "context" in sizes.written and not sizes.same("context", "sequence")
    if asked.what in SCALED:
        return replace(asked, context=context, element=1)
    element = sizes.number("bytes_per_element") if "bytes_per_element" in sizes.written else BYTES
    if element is None or element.denominator != 1 or element < 1:
        raise DeclaredError(f"'bytes_per_element' is a whole number in a count of {asked.what}")
    return replace(asked, context=context, element=int(element))


def _letters(
    symbols: Mapping[str, str], sizes: Expressions, dims: Collection[Dim]
) -> dict[str, Dim]:
    """The dimension of each letter. Sizes that are counted have the first claim on a letter."""
    found: dict[str, Dim] = {}
    for word in sorted(WORDS, key=lambda word: _dim(word) not in dims):
        node = _node(word, sizes, dims)
        plain = node.text if isinstance(node, Name) else ""
        if plain and plain not in found:
            found[plain] = _dim(word)
    return {
        letter: found.get(letter) or foreign(letter, str(symbols[letter])) for letter in symbols
    }


def _values(
    sizes: Expressions, letters: Mapping[str, Dim], dims: Collection[Dim]
) -> dict[Dim, Poly]:
    """What the dimensions are that no letter stands for."""
    polys = {letter: Poly.of(each) for letter, each in letters.items()}
    plain = set(letters.values())
    found: dict[Dim, Poly] = {}
    for word in WORDS:
        each, node = _dim(word), _node(word, sizes, dims)
        if node is None or each in plain:
            continue
        number = sizes.number(word)
        if number is None or number > 0:
            found[each] = value(word, node, polys)
        elif each in dims:
            raise DeclaredError(f"{word!r} = {number} is no size; it must be positive")
    return found


def _node(word: str, sizes: Expressions, dims: Collection[Dim]) -> Node | None:
    """A size over the letters alone, or None where it is not declared and nobody needs it."""
    try:
        return sizes.node(word)
    except MissingError:
        if _dim(word) in dims:
            raise
        return None


def _dim(word: str) -> Dim:
    return network.dim_of(word) if word in network.SIZES else dim(counting.SIZES[word][0])


def _scope(scope: str, letters: frozenset[str]) -> Node:
    """What is done with the count: an expression in it and in the letters."""
    if not isinstance(scope, str):
        raise DeclaredError(f"the scope is an expression with {COUNT}, not {scope!r:.60}")
    node = read("scope", scope)
    for name in names_of(node):
        if name != COUNT and name not in letters:
            raise DeclaredError(f"'scope' = {scope!r:.60}: {name[:40]!r} is no letter of the case")
    bounded("scope", node)
    return node


def _prove_small(made: Declared) -> None:
    """Refuses what would have too many terms once it is multiplied out, before it is."""

    terms_of: dict[Atom, int] = {each: len(held.terms) for each, held in made.sizes.items()}

    def most(poly: Poly) -> int:
        return sum(
            prod(terms_of[atom] ** abs(power) for atom, power in monomial if atom in terms_of)
            for monomial in poly.terms
        )

    terms = 0
    for term in made.ledger.terms:
        sizes = (*term.sizes, *(times for _, times in term.repeats), term.scale)
        terms += prod(map(most, sizes))
    counted = Add((Name(COUNT),) * min(terms, MOST_TERMS)) if terms > 1 else Name(COUNT)
    scope = replaced(made.scope, lambda name: counted if name == COUNT else Name(name))
    if terms > MOST_TERMS or size(scope) > MOST_TERMS:
        raise DeclaredError("the truth has too many terms once it is multiplied out")
