"""6 N: the rule of thumb for training work, where its factors come from, and what it drops.

Source: Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv 2001.08361, section 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Form, Named, Num, product, total
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Estimate, Rule, Step
from symcost.algebra.simplify import simplest
from symcost.graph.tensor import Role
from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.interpret import FLOP, Combined, Measured, need_tokens
from symcost.quantities.params_active import PARAMS_ACTIVE
from symcost.quantities.params_parts import PARAMS_NON_EMBEDDING, TABLES

if TYPE_CHECKING:
    from symcost.algebra.identity import Relation
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger


def _six_n(root: Component, convention: Convention, scope: str) -> Ledger:
    if scope != "token":
        need_tokens(root)
    tokens = {
        "token": Poly.of(1),
        "sequence": root.size("time"),
        "batch": root.size("batch") * root.size("time"),
    }[scope]
    params = PARAMS_NON_EMBEDDING.ledger(root, convention)
    factor = 3 if convention.mac else 6
    return params.scaled(factor * tokens, "flops_train_6n", convention.unit, scope)


FLOPS_TRAIN_6N = Combined(
    "flops_train_6n",
    "C_6N",
    FLOP,
    "the estimate 6 N of training work, N the parameters outside look-up tables",
    _six_n,
    default_scope="token",
)


@final
@dataclass(frozen=True)
class SixN:
    """Where 6 N comes from, for one model and token.

    `matrices` is N restricted to the matrices that a token is multiplied with; `forward`,
    `backward` and `train` are steps that turn the work at those matrices into 2, 4 and 6 times it;
    `estimate` is the exact training work = 6 N + remainder, `dropped` the remainder part by part.
    Of a mixture of experts N counts what a token meets, and `unused` is what it does not.
    """

    matrices: Named
    forward: Step
    backward: Step
    train: Step
    n: Named
    estimate: Estimate
    dropped: tuple[tuple[str, Poly], ...]
    unused: Named | None = None


def explain_six_n(root: Component, convention: Convention, relations: tuple[Relation, ...]) -> SixN:
    """Derives the 2, the 3 and the remainder of 6 N from the declaration.

    Raises `FalseStepError` for a model where a matrix that a token meets is not met exactly once,
    for which the rule of thumb is not true of its matrices (a layer used twice).
    """
    per_mac = 1 if convention.mac else 2

    def closed(poly: Poly) -> Form:
        return simplest(put_in(poly, relations)).form

    def at_matrices(quantity: Measured) -> Form:
        return closed(quantity.ledger(root, convention, "token").of_roles(Role.MATRIX).total)

    weights = PARAMS_ACTIVE.ledger(root, convention).of_roles(Role.MATRIX)
    m = Named("M", "", closed(weights.total))
    forward = Step(
        at_matrices(FLOPS_FORWARD),
        product([Num(per_mac), m]),
        Rule.MATMUL,
        "each weight makes one multiplication and one addition for a token",
    )
    backward = Step(
        at_matrices(FLOPS_BACKWARD),
        product([Num(2 * per_mac), m]),
        Rule.GRADIENT,
        "the gradient of the weight and the gradient of the input: two products of the same size",
    )
    train = Step(
        total([forward.after, backward.after]),
        product([Num(3 * per_mac), m]),
        Rule.GATHER,
        "forward once, backward twice",
    )
    exact = FLOPS_TRAIN.ledger(root, convention, "token")
    everything = PARAMS_NON_EMBEDDING.ledger(root, convention)
    met = PARAMS_ACTIVE.ledger(root, convention).only(lambda term: term.role not in TABLES)
    unmet = everything.total - met.total
    n = Named("N", "active" if unmet else "", closed(met.total))
    six = met.scaled(3 * per_mac, "flops_train_6n", convention.unit, "token")
    estimate = Estimate(
        closed(exact.total),
        product([Num(3 * per_mac), n]),
        closed(exact.total - six.total),
        relations,
    )
    unused = Named("N", "idle", closed(unmet)) if unmet else None
    return SixN(m, forward, backward, train, n, estimate, _dropped(exact, six), unused)


def _dropped(exact: Ledger, six: Ledger) -> tuple[tuple[str, Poly], ...]:
    """The remainder role by role: what training does beyond 6 N, and what 6 N counts in vain."""
    parts = exact.by_role()
    for role, amount in six.by_role().items():
        parts[role] = parts.get(role, Poly()) - amount
    return tuple((role.value, amount) for role, amount in parts.items() if amount)
