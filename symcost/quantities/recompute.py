"""What backward does again: nothing, the core of attention, or the forward pass of the layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.quantities.attention_core import AttentionCores

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.ledger import Ledger


def again(forward: Ledger, root: Component) -> Ledger:
    """The terms of a forward pass that the ledger's convention does once more in backward.

    Source: Korthikanti et al. 2022, arXiv 2205.05198, section 5 and appendix A.
    """
    policy = forward.convention.policy
    core = AttentionCores(root).operations if policy == "selective" else frozenset[int]()
    terms = (
        replace(term, label=f"{term.label} again")
        for term in forward.terms
        if (policy == "full" and term.chained) or id(term.op) in core
    )
    return replace(forward, terms=tuple(terms))
