"""Words for parts of a network, as people select what they count: `q`, `scores`, `expert`, `norms`.

A part is a condition on a term of a ledger: its place, its role, its axes. One word serves every
quantity: the part `k` is a matrix and its bias among parameters, a product among work, and keys in
a cache. Words may overlap; a selection takes a term once.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from symcost.checking.expressions import DeclaredError
from symcost.graph.tensor import Role
from symcost.quantities.params_parts import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from symcost.quantities.ledger import Ledger, Term

Part: TypeAlias = "Callable[[Term], bool]"

LAYER = "_layer"
STACKS = frozenset({"layer", "dense_layer", "moe_layer"})
MARKS = ("remember_", "add_", "b_", "W_", "w_")


def stem(label: str) -> str:
    """What a label is about: `remember_add_b_K` is K, `b_W_1` is 1."""
    for mark in MARKS:
        label = label.removeprefix(mark)
    return label


def _attention(*stems: str) -> Part:
    return lambda term: "attention" in term.path and (not stems or stem(term.path[-1]) in stems)


def _feed(*stems: str) -> Part:
    return lambda term: (
        "feed_forward" in term.path
        and term.role is not Role.ROUTER
        and (not stems or stem(term.path[-1]) in stems)
    )


def _roles(*roles: Role) -> Part:
    return lambda term: term.role in roles


def _first(*names: str) -> Part:
    return lambda term: term.path[0] in names


def _expert(term: Term) -> bool:
    """One of the experts among which a router chooses."""
    return term.role is not Role.ROUTER and bool({"experts", "chosen"} & set(term.axes))


def _dense(term: Term) -> bool:
    """A feed-forward block that every token passes, and no mixture."""
    return _feed()(term) and not _expert(term) and not _shared(term)


def _shared(term: Term) -> bool:
    return "shared_expert" in term.path


def _head(term: Term) -> bool:
    return term.role is Role.HEAD or term.path[0] in ("b_E", "b_U")


DOWN, ROPE = ("DKV", "norm_kv", "gamma_kv"), ("KR",)
PARTS: dict[str, Part] = {
    "q": _attention("Q", "DQ", "UQ"),
    "k": _attention("K", "UK", *DOWN, *ROPE),
    "v": _attention("V", "UV", *DOWN),
    "kv": _attention("K", "V", "UK", "UV", *DOWN, *ROPE),
    "qkv": _attention("Q", "DQ", "UQ", "K", "V", "UK", "UV", *DOWN, *ROPE),
    "o": _attention("O"),
    "scores": _attention("scores"),
    "attn_v": _attention("mix"),
    "core": _attention("scores", "mix"),
    "attention": _attention(),
    "projections": _attention("Q", "DQ", "UQ", "K", "V", "UK", "UV", "DKV", "KR", "O"),
    "q_down": _attention("DQ"),
    "q_up": _attention("UQ"),
    "kv_down": _attention("DKV", *ROPE),  # one product in published code: latent and rotated key
    "kv_up": _attention("UK", "UV"),
    "k_rope": _attention(*ROPE),
    "k_up": _attention("UK"),
    "v_up": _attention("UV"),
    "gate": _feed("G"),
    "up": _feed("1"),
    "down": _feed("2"),
    "mlp": _feed(),
    "dense_mlp": _dense,
    "router": _roles(Role.ROUTER),
    "expert": _expert,
    "shared": _shared,
    "moe": lambda term: _roles(Role.ROUTER)(term) or _expert(term) or _shared(term),
    "embedding": _roles(*TABLES),
    "token_embedding": _first("W_E"),
    "positions": _roles(Role.POSITION),
    "token_types": _first("W_segments"),
    "non_embedding": lambda term: term.role not in TABLES,
    "logits": _head,
    "pooler": lambda term: stem(term.path[0]) == "pool",
    "norms": _roles(Role.NORM),
    "final_norm": _first("last_norm"),
    "embedding_norm": _first("row_norm"),
    "biases": _roles(Role.BIAS),
    "matrices": _roles(Role.MATRIX, Role.ROUTER, Role.HEAD),
    "layers": _first(*STACKS),
    "total": lambda _: True,
}
OTHERS = {
    "attn": "attention",
    "qk": "scores",
    "av": "attn_v",
    "ffn": "mlp",
    "ff": "mlp",
    "fc1": "up",
    "fc2": "down",
    "feed_forward": "mlp",
    "experts": "expert",
    "shared_expert": "shared",
    "shared_experts": "shared",
    "routers": "router",
    "embed": "embedding",
    "embeddings": "embedding",
    "head": "logits",
    "lm_head": "logits",
    "unembedding": "logits",
    "norm": "norms",
    "bias": "biases",
    "position": "positions",
}


def part_of(word: str) -> Part:
    """The condition that a word stands for; a `DeclaredError` names the nearest word."""
    found = PARTS.get(OTHERS.get(word, word))
    if found is None:
        close = difflib.get_close_matches(word, [*PARTS, *OTHERS], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f": choose {', '.join(PARTS)}"
        raise DeclaredError(f"{word[:40]!r} is no part of a network that is known{hint}")
    return found


def any_of(words: Iterable[str]) -> Part:
    """Whether a term belongs to one of several parts."""
    parts = [part_of(word) for word in words]
    return lambda term: any(part(term) for part in parts)


def selected(ledger: Ledger, word: str) -> Ledger:
    """A part of a ledger; `attn_layer` is attention in one layer, `layer` one layer as a whole.

    Where layers are of two kinds the part must be the same in both, or there in one alone.
    """
    if word != LAYER[1:] and not word.endswith(LAYER):
        return ledger.only(part_of(word))
    inside = part_of(word.removesuffix(LAYER)) if word != LAYER[1:] else part_of("layers")
    held = ledger.only(lambda term: term.path[0] in STACKS and inside(term))
    kinds = list(dict.fromkeys(term.path[0] for term in held.terms))
    each = [
        replace(held, terms=tuple(_once(term) for term in held.terms if term.path[0] == kind))
        for kind in kinds
    ]
    if any(other.total != each[0].total for other in each[1:]):
        raise DeclaredError(f"{word!r} differs between {' and '.join(kinds)}: say the sum you mean")
    return each[0] if each else held


def _once(term: Term) -> Term:
    return replace(term, repeats=())
