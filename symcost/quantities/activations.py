"""Bytes of activations: the tensors that backward reads, from forward until backward.

Source: Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models,
arXiv 2205.05198, sections 4 and 5 and table 2. B are the sequences of one micro-batch on one
device. Not counted: one number a row (means, deviations), the loss and what it keeps of the
logits, and what is alive only for a moment, such as the layer that is being recomputed. A fused
attention keeps nothing of its core: Dao et al. 2022, FlashAttention, arXiv 2205.14135, section 3.

Under a plan: tensor parallelism splits what has an axis of heads or of inner widths, sequence
parallelism everything else along time (section 4.2.2); the first stage of a pipeline keeps as many
micro-batches as there are stages (section 4.2.3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Role
from symcost.quantities.interpret import BYTE, Combined, shared
from symcost.quantities.ledger import Ledger, Term
from symcost.quantities.places import layers_of
from symcost.quantities.plan import Plan, PlanError
from symcost.quantities.saved import Element, SavedTensors, Storage
from symcost.quantities.shard import TENSOR_AXES

if TYPE_CHECKING:
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention

MASK_BYTES, INDEX_BYTES = 1, 8  # of one element of a mask, and of an index, in torch


def _activations(root: Component, convention: Convention, scope: str) -> Ledger:
    saved = SavedTensors(root, convention.policy, fused=convention.fused)
    plan = convention.plan or Plan()
    if plan.on("pp"):
        if plan.stage != "first":
            raise PlanError(
                f"activations are worked out for the first stage of a pipeline, which keeps most; "
                f"leave --stage {plan.stage} out"
            )
        layers_of(root)
    terms = (
        term
        for each in saved.kept.values()
        for term in _staged(_term(each, saved, convention, plan), each, plan)
    )
    return Ledger("activation_bytes", BYTE, convention, scope, shared(terms, root, scope))


def _term(held: Storage, saved: SavedTensors, convention: Convention, plan: Plan) -> Term:
    """The bytes of one tensor on one device."""
    size = {Element.MASK: MASK_BYTES, Element.INDEX: INDEX_BYTES}
    axes, frame = held.tensor.axes, held.frame
    role = held.op.role if held.op is not None else Role.RESIDUAL
    word = "" if held.element is Element.NUMBER else f"{held.element.value} of "
    term = Term(
        (*frame.path, held.label),
        f"{word}{held.label}",
        role,
        size.get(held.element, convention.element_bytes),
        axes,
        tuple(frame.component.size(axis) for axis in axes),
        frame.repeats,
        over=_ranks(held, plan),
        chained=frame.chained,
        op=held.op,
    )
    part = saved.later.get(id(held))
    if part is None:
        return term
    # The first of these is kept outside of the chain already.
    return replace(
        term,
        path=(*frame.path[:-1], f"into_{part.name}"),
        axes=("later copies", *axes),
        sizes=(part.times - 1, *term.sizes),
        repeats=frame.repeats[:-1],
    )


def _ranks(held: Storage, plan: Plan) -> Poly:
    """Over how many devices a tensor is split: table 2 of the source."""
    axes = set(held.tensor.axes)
    is_input = held.element is Element.INDEX and held.op is None and not held.frame.path
    if axes & TENSOR_AXES or (plan.sequence and "time" in axes and not is_input):
        return plan.degree("tp")
    return Poly.of(1)


def _staged(term: Term, held: Storage, plan: Plan) -> tuple[Term, ...]:
    """On the first stage: its share of the layers, and all before them, for every micro-batch
    under way; with m chunks a stage, 1 + (p - 1)/(p m) times as much of the layers.
    """
    if not plan.on("pp"):
        return (term,)
    stages, chunks = plan.degree("pp"), plan.degree("chunks")
    if held.place == "layers":
        scale = Poly.of(1)
        if plan.on("chunks"):
            scale = scale + (stages - 1) / (stages * chunks)
        return (replace(term, scale=term.scale * scale),)
    if held.place == "before":
        return (replace(term, scale=term.scale * stages),)
    return ()


ACTIVATIONS = Combined(
    "activation_bytes",
    "M_a",
    BYTE,
    "bytes that forward keeps for backward: every tensor that backward reads, once",
    _activations,
)
