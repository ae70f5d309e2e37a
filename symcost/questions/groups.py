"""Groups of the terms of a ledger by name: roles, parts of the declaration, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Role
from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.quantities.ledger import Ledger, Term

REST = "rest"
# Other words for roles, as people say them.
PLURALS = {
    "matrices": Role.MATRIX,
    "logits": Role.HEAD,
    "norms": Role.NORM,
    "biases": Role.BIAS,
    "embeddings": Role.EMBEDDING,
    "positions": Role.POSITION,
    "routers": Role.ROUTER,
    "convolutions": Role.CONVOLUTION,
    "states": Role.STATE,
}
ROLES = {**{role.value: role for role in Role}, **PLURALS}


@final
@dataclass(frozen=True)
class Group:
    """Some terms of a ledger under a name; `means` says in words which."""

    name: str
    means: str
    terms: tuple[Term, ...]


def two_groups(ledger: Ledger, left: str, right: str) -> tuple[Group, Group]:
    """The groups of two names; `rest` is whatever the other group does not hold.

    A role (`attention`: the products of the scores alone) goes before a part of the same name; a
    part is written with its place where that is meant: `layer.attention`. Raises `QuestionError`
    for names that hold nothing, and for two groups that share terms.
    """
    if left == right:
        raise QuestionError(f"'{left}' is named twice: name two different groups")
    if left == REST:
        second, first = _with_rest(ledger, right)
        return first, second
    if right == REST:
        return _with_rest(ledger, left)
    first, second = _named(ledger, left), _named(ledger, right)
    shared = [term for term in first.terms if term in second.terms]
    if shared:
        where = ".".join(shared[0].path)
        raise QuestionError(f"'{left}' and '{right}' share {where}: name groups that lie apart")
    return first, second


def _with_rest(ledger: Ledger, name: str) -> tuple[Group, Group]:
    named = _named(ledger, name)
    others = tuple(term for term in ledger.terms if term not in named.terms)
    if not others:
        raise QuestionError(f"'{name}' is all there is in {ledger.quantity}: there is no rest")
    return named, Group(REST, f"everything but {name}", others)


def _named(ledger: Ledger, name: str) -> Group:
    role = ROLES.get(name)
    if role is not None:
        terms = tuple(term for term in ledger.terms if term.role is role)
        if terms:
            return Group(name, f"what has the role '{role.value}': {_operations(terms)}", terms)
    place = tuple(name.split("."))
    terms = tuple(term for term in ledger.terms if _lies_in(place, term.path))
    if terms:
        return Group(name, f"the part {name}: {_operations(terms)}", terms)
    roles = dict.fromkeys(term.role.value for term in ledger.terms)
    parts = dict.fromkeys(
        ".".join(term.path[:depth]) for term in ledger.terms for depth in range(1, len(term.path))
    )
    raise QuestionError(
        f"nothing in {ledger.quantity} is called '{name[:60]}'; roles: {', '.join(roles)}; "
        f"parts: {', '.join(list(parts)[:20])}; or rest"
    )


def _lies_in(place: Sequence[str], path: tuple[str, ...]) -> bool:
    """Whether the words stand in the path one after the other."""
    length = len(place)
    return any(path[at : at + length] == place for at in range(len(path) - length + 1))


def _operations(terms: Sequence[Term]) -> str:
    names = list(dict.fromkeys(term.label for term in terms))
    return (
        ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"
    )
