"""What a device sends in one training step, in bytes, by kind of parallelism.

A ring all-reduce over n devices sends 2 (n-1)/n of its bytes from each; an all-gather or a
reduce-scatter half of that (Patarasuk and Yuan 2009, doi 10.1016/j.jpdc.2008.09.002). A double
tree sends twice the bytes from each device that is no root (Sanders, Speck and Traeff 2009, doi
10.1016/j.parco.2009.09.001); it serves all-reduces only. B counts the sequences of one replica.
Activations have the convention's element size, gradients and weights that of the optimizer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Kind, Role
from symcost.quantities.interpret import BYTE, Combined
from symcost.quantities.ledger import Ledger, Term
from symcost.quantities.partial_sums import partial_sums
from symcost.quantities.places import AFTER, BEFORE, Spot, layers_of
from symcost.quantities.plan import Plan
from symcost.quantities.shard import Device
from symcost.quantities.training_state import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.component import Component
    from symcost.graph.tensor import Tensor
    from symcost.quantities.convention import Convention


def part_sent(ranks: Poly) -> Poly:
    """(n-1)/n: what a ring all-gather or reduce-scatter sends of its bytes."""
    return (ranks - 1) / ranks


def all_reduce(ranks: Poly, plan: Plan) -> Poly:
    """What an all-reduce sends of its bytes, from each device."""
    return Poly.of(2) if plan.collective == "tree" else 2 * part_sent(ranks)


def _data(root: Component, convention: Convention, _scope: str) -> Ledger:
    """Gradients are summed over the devices that share the data; ZeRO moves weights as well."""
    plan = plan_of(convention)
    terms: list[Term] = []
    if plan.on("dp"):
        device = Device(root, plan)
        for weight, share in device.weights(convention):
            terms += _for_weight(weight, share, device.data_ranks(weight), plan)
    return _ledger("data_parallel_bytes", convention, terms)


def _for_weight(weight: Tensor, share: Term, ranks: Poly, plan: Plan) -> Iterator[Term]:
    def sent(what: str, size: int, scale: Poly) -> Term:
        label = f"{what} of {share.label}"
        return replace(share, label=label, factor=size, scale=share.scale * scale)

    once, size = part_sent(ranks), plan.optimizer
    if not plan.zero:
        if weight.trainable:
            yield sent("all-reduce gradient", size.gradient, all_reduce(ranks, plan))
        return
    if weight.trainable:
        yield sent("reduce-scatter gradient", size.gradient, once)
    if plan.zero == 3:
        yield sent("all-gather for forward", size.weight, once)
        yield sent("all-gather for backward", size.weight, once)
    elif weight.trainable:
        yield sent("all-gather updated", size.weight, once)


def _tensor(root: Component, convention: Convention, _scope: str) -> Ledger:
    """One all-reduce for each partial sum; with sequence parallelism two halves of it.

    Weights on every rank whose gradients are partial sums are summed too: all of them where the
    activations between the blocks are split along the sequence.
    """
    plan = plan_of(convention)
    terms: list[Term] = []
    if plan.on("tp"):
        device = Device(root, plan)
        ring = plan if not plan.sequence else replace(plan, collective="ring")
        scale = all_reduce(plan.degree("tp"), ring)
        partial: set[int] = set()
        for each in partial_sums(device):
            if each.tensor.is_weight:
                partial.add(id(each.tensor))
            elif device.is_here({each.spot.place}):
                terms.append(_moved(device, each.spot, each.tensor, each.name, scale, convention))
        for weight, share in device.weights(convention):
            whole = plan.sequence and device.split_axis(weight) is None
            if weight.trainable and (whole or id(weight) in partial):
                label, size = f"sum gradient of {share.label}", plan.optimizer.gradient
                summed = share.scale * all_reduce(plan.degree("tp"), plan)
                terms.append(replace(share, label=label, factor=size, scale=summed))
    return _ledger("tensor_parallel_bytes", convention, terms)


def _experts(root: Component, convention: Convention, _scope: str) -> Ledger:
    """Each token goes to the devices of its experts and back, forward and backward.

    A token's experts are taken to be spread evenly, so (n-1)/n of the copies leave the device.
    Source: Lepikhin et al. 2020, GShard, arXiv 2006.16668, section 3; Rajbhandari et al. 2022,
    DeepSpeed-MoE, arXiv 2201.05596, section 5.
    """
    plan = plan_of(convention)
    terms: list[Term] = []
    if plan.on("ep"):
        device = Device(root, plan)
        scale = part_sent(plan.degree("ep"))
        if plan.sequence:
            scale = scale / plan.degree("tp")
        for spot, tensor, what, extra in _routed(device):
            if not device.is_here({spot.place}):
                continue
            ways = ("", "gradient: ") if tensor.needs_gradient else ("",)
            for way in ways:
                made = _moved(device, spot, tensor, f"{way}{what}", scale, convention)
                sizes = tuple(spot.component.size(axis) for axis in extra)
                terms.append(replace(made, axes=made.axes + extra, sizes=made.sizes + sizes))
    return _ledger("expert_parallel_bytes", convention, terms)


def _routed(device: Device) -> Iterator[tuple[Spot, Tensor, str, tuple[str, ...]]]:
    """Tensors that go to their experts, with the axis of copies they get, and those that return."""
    slices = {
        id(spot.op.writes): tuple(a for a in spot.op.reads[0].axes if a not in ("batch", "time"))
        for spot in device.places.spots
        if spot.op.kind is Kind.ROUTE and spot.op.weights
    }
    away: set[tuple[int, tuple[str, ...]]] = set()
    made_there: set[int] = set()
    for spot in device.places.spots:
        op = spot.op
        copies = next((slices[id(each)] for each in op.reads if id(each) in slices), ())
        if op.kind is Kind.CONTRACT and copies:
            made_there.add(id(op.writes))
            for tensor in op.reads:
                lacks = id(tensor) not in slices and not set(copies) & set(tensor.axes)
                if lacks and (id(tensor), spot.path) not in away:
                    away.add((id(tensor), spot.path))
                    yield spot, tensor, f"{tensor.name} to its experts", copies
        elif op.kind is Kind.MAP and any(id(each) in made_there for each in op.reads):
            there = [each for each in op.reads if id(each) in made_there]
            if set(op.writes.axes) >= set(there[0].axes):
                made_there.add(id(op.writes))
            else:
                yield spot, there[0], f"{there[0].name} back from them", ()


def _pipeline(root: Component, convention: Convention, _scope: str) -> Ledger:
    """What crosses to the next stage forward, and its gradient to the one before.

    Micro-batches cut the same bytes into pieces; chunks on each stage (interleaving) send them
    again. A table used before and after the layers is on the first and the last stage, which sum
    its gradient. Source: Narayanan et al. 2021, arXiv 2104.04473, sections 2.2 and 3.2.
    """
    plan = plan_of(convention)
    terms: list[Term] = []
    if plan.on("pp"):
        device = Device(root, plan)
        terms += _crossing(device, convention)
        for weight, share in device.weights(convention):
            tied = {BEFORE, AFTER} <= device.places.used[id(weight)]
            if tied and plan.stage != "middle" and weight.trainable:
                half = part_sent(Poly.of(2)) * 2
                label, size = f"sum gradient of {share.label}", plan.optimizer.gradient
                terms.append(replace(share, label=label, factor=size, scale=half))
    return _ledger("pipeline_bytes", convention, terms)


def _crossing(device: Device, convention: Convention) -> Iterator[Term]:
    plan, last = device.plan, layers_of(device.root)[-1]
    chunks = plan.degree("chunks")
    over = plan.degree("tp") if plan.sequence else Poly.of(1)
    ends = {"forward": plan.stage == "last", "backward": plan.stage == "first"}
    for way, at_the_end in ends.items():
        times = chunks - 1 if at_the_end else chunks
        if not times or (way == "backward" and not last.writes.needs_gradient):
            continue
        label = "send activations" if way == "forward" else "send their gradient"
        yield Term(
            (label,),
            label,
            Role.RESIDUAL,
            convention.element_bytes,
            last.writes.axes,
            tuple(device.root.size(axis) for axis in last.writes.axes),
            scale=times / over,
        )


def _moved(
    device: Device, spot: Spot, tensor: Tensor, label: str, scale: Poly, convention: Convention
) -> Term:
    """A tensor of activations that is sent where an operation stands."""
    sizes = tuple(spot.component.size(axis) for axis in tensor.axes)
    made = Term(
        (*spot.path, label),
        label,
        spot.op.role,
        convention.element_bytes,
        tensor.axes,
        sizes,
        spot.repeats,
        scale,
        chained=spot.chained,
        op=spot.op,
    )
    return device.staged(made) if spot.chained else made


def _everything(root: Component, convention: Convention, scope: str) -> Ledger:
    parts = [each.ledger(root, convention, scope) for each in KINDS]
    total = parts[0]
    for each in parts[1:]:
        total = total + each
    return replace(total, quantity="communication_bytes")


def _ledger(name: str, convention: Convention, terms: list[Term]) -> Ledger:
    return Ledger(name, BYTE, convention, "model", tuple(terms))


DATA_PARALLEL_BYTES = Combined(
    "data_parallel_bytes",
    "K_dp",
    BYTE,
    "bytes a device sends in a step to those that share the data",
    _data,
    scoped=False,
)
TENSOR_PARALLEL_BYTES = Combined(
    "tensor_parallel_bytes",
    "K_tp",
    BYTE,
    "bytes a device sends in a step to those that share its matrices",
    _tensor,
    scoped=False,
)
PIPELINE_BYTES = Combined(
    "pipeline_bytes",
    "K_pp",
    BYTE,
    "bytes a device sends in a step to the stages beside it",
    _pipeline,
    scoped=False,
)
EXPERT_PARALLEL_BYTES = Combined(
    "expert_parallel_bytes",
    "K_ep",
    BYTE,
    "bytes a device sends in a step to the experts of other devices, and back",
    _experts,
    scoped=False,
)
KINDS = (
    DATA_PARALLEL_BYTES,
    TENSOR_PARALLEL_BYTES,
    PIPELINE_BYTES,
    EXPERT_PARALLEL_BYTES,
)
COMMUNICATION_BYTES = Combined(
    "communication_bytes",
    "K",
    BYTE,
    "bytes a device sends in one training step",
    _everything,
    scoped=False,
)
