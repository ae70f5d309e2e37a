"""Parameters in tables of vectors (tokens, learned positions), and all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role
from symcost.quantities.interpret import PARAMETER, Combined
from symcost.quantities.params import PARAMS

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger

TABLES = (Role.EMBEDDING, Role.POSITION)


def _embedding(root: Component, convention: Convention, _scope: str) -> Ledger:
    everything = PARAMS.ledger(root, convention)
    return everything.only(lambda term: term.role in TABLES, "params_embedding")


def _non_embedding(root: Component, convention: Convention, _scope: str) -> Ledger:
    everything = PARAMS.ledger(root, convention)
    return everything.only(lambda term: term.role not in TABLES, "params_non_embedding")


PARAMS_EMBEDDING = Combined(
    "params_embedding",
    "N_emb",
    PARAMETER,
    "parameters of look-up tables: tokens and learned positions",
    _embedding,
    scoped=False,
)
PARAMS_NON_EMBEDDING = Combined(
    "params_non_embedding",
    "N",
    PARAMETER,
    "parameters outside look-up tables",
    _non_embedding,
    scoped=False,
)
