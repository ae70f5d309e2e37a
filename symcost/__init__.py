"""symcost: closed forms, proofs and exact numbers for the cost of a neural network.

    >>> import symcost
    >>> symcost.load("gpt2").value("params")
    124439808

Everything is imported when it is first used, so `import symcost` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symcost.algebra.shown import shows

if TYPE_CHECKING:
    from symcost.algebra.dim import Dim, define
    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Poly
    from symcost.derived import Derived
    from symcost.graph.architecture import Architecture
    from symcost.graph.author import Author, build
    from symcost.graph.tensor import Role
    from symcost.identify import which
    from symcost.marking import check, check_file
    from symcost.model import Model, load
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger
    from symcost.quantities.plan import Plan

__version__ = "0.1.0"

shows("symcost.display")  # what notebooks show; loaded when something is shown

_HOME = {
    "Architecture": "symcost.graph.architecture",
    "Author": "symcost.graph.author",
    "Convention": "symcost.quantities.convention",
    "Derived": "symcost.derived",
    "Dim": "symcost.algebra.dim",
    "Ledger": "symcost.quantities.ledger",
    "Model": "symcost.model",
    "Plan": "symcost.quantities.plan",
    "Poly": "symcost.algebra.poly",
    "Relation": "symcost.algebra.identity",
    "Role": "symcost.graph.tensor",
    "build": "symcost.graph.author",
    "check": "symcost.marking",
    "check_file": "symcost.marking",
    "define": "symcost.algebra.dim",
    "load_ipython_extension": "symcost.magic",
    "load": "symcost.model",
    "which": "symcost.identify",
}
__all__ = [
    "Architecture",
    "Author",
    "Convention",
    "Derived",
    "Dim",
    "Ledger",
    "Model",
    "Plan",
    "Poly",
    "Relation",
    "Role",
    "build",
    "check",
    "check_file",
    "define",
    "load",
    "which",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'symcost' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
