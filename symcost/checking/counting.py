"""What a case counts: its keys understood, and the terms read off the declaration.

The terms stay in the dimensions of the registry. What the count itself says in letters (how many
tokens get logits, how many bytes an element has) is put into the terms that it is about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.poly import Poly
from symcost.catalog import find as catalog
from symcost.checking.expressions import DeclaredError
from symcost.checking.network import Network, known_keys, root_of
from symcost.checking.parts import any_of, part_of, selected
from symcost.graph.tensor import Role
from symcost.quantities.convention import TORCH, changed
from symcost.quantities.interpret import PARAMETER
from symcost.quantities.ledger import Ledger, Term

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = ("only_parts", "without_parts")
TOKENS = ("batch", "sequence", "context", "window", "logits_for")
CACHE = ("batch", "tokens", "context", "window", "bytes_per_element")
# Quantity -> the keys that a count of it may have.
WHATS: dict[str, tuple[str, ...]] = {
    "params": ("part",),
    "params_active": ("part",),
    "params_inactive": ("part",),
    "params_embedding": ("part",),
    "params_non_embedding": ("part",),
    "flops_forward": (*TOKENS, "times_forward"),
    "flops_backward": TOKENS,
    "flops_train": TOKENS,
    "kv_cache_bytes": CACHE,
    "activation_bytes": ("batch", "sequence", "bytes_per_element"),
    "weight_bytes": ("bytes_per_element",),
    "gradient_bytes": (),
    "optimizer_bytes": (),
    "training_state_bytes": (),
}
# Key -> the dimension that it sizes, and what it is where it is not given.
SIZES = {"batch": ("batch", "1"), "sequence": ("time", ""), "context": ("context", "")}
FACTORS = ("times_forward", "bytes_per_element")
BYTES = 2  # of an element, where nothing else is said


@final
@dataclass(frozen=True)
class Count:
    """What is counted, without its sizes.

    `only` is None where everything counts. `logits` is whether logits are counted: an expression
    for how many tokens of a sequence get them says True. `context`: a token attends to another
    number of tokens than the sequence has. `element` is the size of one element where the
    convention has to know it.
    """

    what: str
    part: str
    only: tuple[str, ...] | None
    without: tuple[str, ...]
    logits: bool
    context: bool = False
    element: int = BYTES


def checked(count: Mapping[str, Any]) -> tuple[Count, dict[str, Any]]:
    """The count, and its sizes and factors as they are written.

    `tokens` become the `sequence`, as a cache holds one; logits for a number of tokens become the
    size `logits_for`.
    """
    known_keys("count", count, dict.fromkeys(("what", *PARTS, *sum(WHATS.values(), ()))))
    what = count.get("what")
    if not isinstance(what, str) or what not in WHATS:
        raise DeclaredError(f"'what' is {', '.join(WHATS)}; {what!r:.60} is none of them")
    known_keys(f"count of {what}", count, ("what", *PARTS, *WHATS[what]))
    given = {key: value for key, value in count.items() if value is not None}
    part = given.get("part", "total")
    if not isinstance(part, str):
        raise DeclaredError(f"'part' is a word, not {part!r:.60}")
    if part == "active":
        what, part = {"params": "params_active"}.get(what, what), "total"
    only, without = (_words(key, given) for key in PARTS)
    logits = given.get("logits_for", only is None or bool({"logits", "head"} & set(only)))
    written = {key: given[key] for key in (*SIZES, "window", *FACTORS) if key in given}
    if "tokens" in given:
        written["sequence"] = given["tokens"]
    if not isinstance(logits, bool):
        written["logits_for"] = logits
    return Count(what, part, only, without or (), logits is not False), written


def _words(key: str, given: Mapping[str, Any]) -> tuple[str, ...] | None:
    if key not in given:
        return None
    words = given[key]
    if not isinstance(words, list | tuple) or not (words or key == "without_parts"):
        raise DeclaredError(f"{key!r} is a list of words for parts, not {words!r:.60}")
    for word in words:
        part_of(str(word))
    return tuple(words)


@lru_cache(maxsize=256)
def counted(net: Network, count: Count) -> tuple[Ledger, frozenset[Dim]]:
    """The terms of a count, and the dimensions in them."""
    ledger = _ledger(net, count)
    terms = tuple(_heads(term) for term in ledger.terms)
    if count.context:
        terms = tuple(_attending(term) for term in terms)
    ledger = selected(replace(ledger, terms=terms), count.part)
    only = None if count.only is None else any_of(count.only)
    without = any_of(count.without)

    def stays(term: Term) -> bool:
        if term.role is Role.HEAD and not _is_weight(ledger):
            return count.logits and not without(term)
        return (only is None or only(term)) and not without(term)

    ledger = ledger.only(stays)
    if not ledger.terms:
        raise DeclaredError(f"nothing is counted: the model has no such part for {count.what}")
    return ledger, frozenset(each for term in ledger.terms for each in dims_of(term))


def _is_weight(ledger: Ledger) -> bool:
    """Whether weights are counted, and not what is done with them."""
    return ledger.unit == PARAMETER or ledger.scope == "model"


def _ledger(net: Network, count: Count) -> Ledger:
    name = "params" if count.what == "weight_bytes" else count.what
    convention = changed(TORCH, element_bytes=count.element)
    try:
        return catalog.quantity(name).ledger(root_of(net), convention)
    except DeclaredError:
        raise
    except ValueError as error:  # a convention, a plan or a walk that this network is not fit for
        raise DeclaredError(f"{count.what} of this model: {error}") from None


def dims_of(term: Term) -> tuple[Dim, ...]:
    """Every dimension that occurs in a term."""
    sizes = (*term.sizes, *(times for _, times in term.repeats), term.scale, term.over)
    return tuple(each for size in sizes for each in size.dims())


def _heads(term: Term) -> Term:
    """Query heads as one size: groups times the query heads of each are the heads."""
    if not {"groups", "share"} <= set(term.axes):
        return term
    held = dict(zip(term.axes, term.sizes, strict=True))
    held["groups"] = held["groups"] * held.pop("share")
    axes = tuple("heads" if axis == "groups" else axis for axis in held)
    return replace(term, axes=axes, sizes=tuple(held.values()))


def _attending(term: Term) -> Term:
    """Scores, mixes and caches over what a token attends to; other work is for every new token."""
    if term.role is not Role.ATTENTION:
        return term
    return resized(term, "past", Poly.of(dim("context")))


def resized(term: Term, axis: str, size: Poly) -> Term:
    """A term with another size along one of its axes."""
    sizes = tuple(
        size if each == axis else held for each, held in zip(term.axes, term.sizes, strict=True)
    )
    return replace(term, sizes=sizes)


def finished(ledger: Ledger, asked: Poly | None, factor: Poly | None) -> Ledger:
    """The terms with logits for `asked` tokens of a sequence, all of them times a factor."""
    terms = ledger.terms
    if asked is not None:
        terms = tuple(
            resized(term, "time", asked) if term.role is Role.HEAD else term for term in terms
        )
    made = replace(ledger, terms=terms)
    if factor is None or factor == 1:
        return made
    return made.scaled(factor, ledger.quantity, ledger.unit, ledger.scope)
