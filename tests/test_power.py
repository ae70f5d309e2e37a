"""Delete any operation of a declaration, drop or double any axis of a weight: some fact fails.

The facts come from outside: published counts, closed laws with their source. They are so strong
that a declaration with one operation less, or one wrong shape, cannot satisfy them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Poly
from symcost.catalog.find import quantities
from symcost.graph.architecture import dims_of_model
from symcost.graph.component import Component, Part
from symcost.graph.functions import FUNCTIONS
from symcost.graph.tensor import Kind, Op, Role, Tensor
from symcost.models.gpt_sizes import HEADS_TILE
from symcost.quantities.convention import ALL, TORCH, Convention
from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.kv_cache import KV_CACHE
from symcost.quantities.params import PARAMS
from tests.loops import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Term

EXACT = replace(TORCH, name="exact", causal="exact")
EVERYTHING = Convention("everything", "every role, elementwise work included", flops=ALL)
B, L, S, H, V, CTX, D, FF = (
    Poly.of(dim(word))
    for word in ("batch", "layers", "time", "heads", "vocab", "positions", "model", "feed")
)


# -- taking a frozen declaration apart -------------------------------------------------------------


def places(root: Component, here: tuple[str, ...] = ()) -> Iterator[tuple[str, Op]]:
    """Every operation with its path."""
    for item in root.body:
        if isinstance(item, Part):
            yield from places(item.component, (*here, item.name))
        else:
            yield "/".join((*here, item.name)), item


def weights(root: Component, here: tuple[str, ...] = ()) -> Iterator[tuple[str, Tensor]]:
    """Every weight with its path."""
    yield from (("/".join((*here, weight.name)), weight) for weight in root.weights)
    for item in root.body:
        if isinstance(item, Part):
            yield from weights(item.component, (*here, item.name))


def rebuilt(
    root: Component,
    tensors: dict[int, Tensor],
    gone: Op | None = None,
    sizes: dict[str, Poly] | None = None,
) -> Component:
    """The declaration with tensors exchanged, one operation left out, more axes known."""

    def new(tensor: Tensor) -> Tensor:
        return tensors.get(id(tensor), tensor)

    body: list[Op | Part] = []
    for item in root.body:
        if isinstance(item, Part):
            inside = rebuilt(item.component, tensors, gone, sizes)
            inputs = tuple(map(new, item.inputs))
            body.append(replace(item, component=inside, inputs=inputs, writes=new(item.writes)))
        elif item is not gone:
            body.append(replace(item, reads=tuple(map(new, item.reads)), writes=new(item.writes)))
    return replace(
        root,
        inputs=tuple(map(new, root.inputs)),
        weights=tuple(map(new, root.weights)),
        body=tuple(body),
        output=new(root.output),
        sizes={**root.sizes, **(sizes or {})},
    )


def without(root: Component, op: Op) -> Component:
    """The declaration without an operation.

    What came in goes on where the axes are the same; otherwise the readers read what nobody makes.
    """
    first = next(tensor for tensor in op.reads if not tensor.is_weight)
    passes = set(first.axes) == set(op.writes.axes)
    return rebuilt(root, {id(op.writes): first} if passes else {}, op)


def reshaped(root: Component, weight: Tensor, axis: str, double: bool) -> Component:
    """The declaration with one axis of a weight left out, or twice as long."""
    kept = [f"twice_{each}" if each == axis else each for each in weight.axes]
    axes = tuple(each for each in kept if double or each != f"twice_{axis}")
    changed = replace(weight, axes=axes)
    twice = {f"twice_{axis}": 2 * root.size(axis)}
    return rebuilt(root, {id(weight): changed}, sizes=twice)


# -- facts from outside ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """What is measured, what it has to be, and who says so."""

    name: str
    source: str
    measure: Callable[[Component], object]
    value: object


def number(quantity: Measured, sizes: dict[str, int]) -> Callable[[Component], object]:
    """The exact value at sizes; d_h follows from them."""
    values = {dim(word): size for word, size in sizes.items()}
    values[dim("head")] = sizes["model"] // sizes["heads"]
    return lambda root: quantity.ledger(root, TORCH).at(values)


def closed(
    quantity: Measured, scope: str | None = None, convention: Convention = TORCH
) -> Callable[[Component], object]:
    return lambda root: put_in(quantity.ledger(root, convention, scope).total, [HEADS_TILE])


def elements(
    function: str, wanted: Callable[[Term], bool] = lambda _: True
) -> Callable[[Component], object]:
    """How many elements pass a function: work divided by the operations for each element."""

    def measure(root: Component) -> Poly:
        whole = FLOPS_FORWARD.ledger(root, EVERYTHING)
        met = whole.only(lambda term: term.op is not None and term.op.function == function)
        return put_in(met.only(wanted).total / FUNCTIONS[function].forward, [HEADS_TILE])

    return measure


def is_bias(term: Term) -> bool:
    return term.role is Role.BIAS


def is_residual(term: Term) -> bool:
    return "layer" in term.path and not is_bias(term)


def is_position(term: Term) -> bool:
    return "positions" in term.path


def rows_learned(root: Component) -> Poly:
    return FLOPS_BACKWARD.ledger(root, EVERYTHING).of_roles(Role.EMBEDDING).total


RADFORD = "Radford et al. 2019, section 2.3, and the released weights"
VASWANI = "Vaswani et al. 2017, section 3"
COUNTER = "torch.utils.flop_counter on the released model"
SMALL = {"vocab": 50257, "positions": 1024, "model": 768, "heads": 12, "layers": 12, "feed": 3072}
ONE_PASS = {**SMALL, "batch": 1, "time": 1024}
BLOCK = 4 * D**2 + 2 * D * FF

GPT2_FACTS = [
    Fact("parameters", RADFORD, number(PARAMS, SMALL), 124_439_808),
    Fact("forward FLOPs", COUNTER, number(FLOPS_FORWARD, ONE_PASS), 291_648_307_200),
    Fact("training FLOPs", COUNTER, number(FLOPS_TRAIN, ONE_PASS), 874_944_921_600),
    Fact(
        "parameters, closed",
        RADFORD,
        closed(PARAMS),
        V * D + CTX * D + L * (BLOCK + 9 * D + FF) + 2 * D,
    ),
    Fact(
        "forward FLOPs, closed",
        "Narayanan et al. 2021, appendix: matrices, scores and mix, logits",
        closed(FLOPS_FORWARD),
        2 * B * S * L * BLOCK + 4 * B * S**2 * L * D + 2 * B * S * V * D,
    ),
    Fact(
        "causal pairs",
        "s (s + 1)/2 pairs with past <= time, two products each",
        closed(FLOPS_FORWARD, "sequence", EXACT),
        2 * S * L * BLOCK + 2 * S * (S + 1) * L * D + 2 * S * V * D,
    ),
    Fact("cache", RADFORD, closed(KV_CACHE, "sequence"), 2 * 2 * L * S * D),
    Fact("softmax", VASWANI, elements("softmax"), B * H * S**2 * L),
    Fact("scale", VASWANI, elements("scale"), B * H * S**2 * L),
    Fact("layer_norm", RADFORD, elements("layer_norm"), (2 * L + 1) * B * S * D),
    Fact("gelu_tanh", RADFORD, elements("gelu_tanh"), B * S * FF * L),
    Fact("residual", RADFORD, elements("add", is_residual), 2 * L * B * S * D),
    Fact("position", RADFORD, elements("add", is_position), B * S * D),
    Fact("bias", RADFORD, elements("add", is_bias), L * B * S * (5 * D + FF)),
    Fact(
        "rows learned", "a row for each token, one for each place", rows_learned, B * S * D + S * D
    ),
]
LECTURE_FACTS = [
    Fact("parameters", "the lecture's example", number(PARAMS, SMALL), 84_934_656),
    Fact(
        "forward FLOPs",
        "Kaplan et al. 2020, table 1: 2 N + 4 L s d for a token, the full square",
        number(FLOPS_FORWARD, ONE_PASS),
        1024 * (2 * 84_934_656 + 4 * 12 * 1024 * 768),
    ),
    Fact("parameters, closed", VASWANI, closed(PARAMS), L * BLOCK),
    Fact(
        "training FLOPs",
        "Chowdhery et al. 2022, appendix B: 6 N + 12 L s d for each token",
        closed(FLOPS_TRAIN),
        B * S * (6 * L * BLOCK + 12 * L * S * D),
    ),
    Fact(
        "causal pairs",
        "s (s + 1)/2 pairs with past <= time, two products each",
        closed(FLOPS_FORWARD, "sequence", EXACT),
        2 * S * L * BLOCK + 2 * S * (S + 1) * L * D,
    ),
    Fact("cache", VASWANI, closed(KV_CACHE, "sequence"), 2 * 2 * L * S * D),
    Fact("softmax", VASWANI, elements("softmax"), B * H * S**2 * L),
    Fact("scale", VASWANI, elements("scale"), B * H * S**2 * L),
    Fact("relu", VASWANI, elements("relu"), B * S * FF * L),
    Fact("residual", VASWANI, elements("add", is_residual), 2 * L * B * S * D),
]
FACTS = {"gpt2": GPT2_FACTS, "lecture": LECTURE_FACTS}


@cache
def root_of(model: str) -> Component:
    return symcost.load(model).root


def failing(model: str, changed: Component) -> list[str]:
    """The facts that the changed declaration does not satisfy."""
    return [fact.name for fact in FACTS[model] if fact.measure(changed) != fact.value]


def expected(path: str, op: Op) -> str:
    """The fact that is about this very operation."""
    if op.kind is Kind.CONTRACT:
        return "forward FLOPs"
    if op.kind is Kind.REMEMBER:
        return "cache"
    if op.kind is Kind.GATHER:
        return "rows learned"
    if op.function != "add":
        return op.function
    return "bias" if "add_b_" in path else "position" if "positions" in path else "residual"


def moved(before: Component, after: Component) -> set[str]:
    """The quantities that differ, with every role counted."""

    def of(root: Component) -> dict[str, Poly]:
        return {name: q.ledger(root, EVERYTHING).total for name, q in quantities().items()}

    old, new = of(before), of(after)
    return {name for name in old if old[name] != new[name]}


MUST_MOVE = {
    Kind.CONTRACT: {"flops_forward", "flops_backward", "flops_train"},
    Kind.MAP: {"flops_forward", "flops_backward", "flops_train"},
    Kind.GATHER: {"flops_backward", "flops_train"},
    Kind.REMEMBER: {"kv_cache_bytes"},
}
OPS = [(model, path, op) for model in FACTS for path, op in places(root_of(model))]
PLACES = [f"{model}: {path}" for model, path, _ in OPS]
SHAPES = [
    (model, path, weight, axis)
    for model in FACTS
    for path, weight in weights(root_of(model))
    for axis in weight.axes
]


@pytest.mark.parametrize(
    ("model", "fact"),
    [(model, fact) for model, facts in FACTS.items() for fact in facts],
    ids=lambda each: each.name if isinstance(each, Fact) else each,
)
def test_the_whole_declaration_satisfies_every_fact(model: str, fact: Fact) -> None:
    assert fact.measure(root_of(model)) == fact.value, fact.source


@pytest.mark.parametrize(("model", "path", "op"), OPS, ids=PLACES)
def test_an_operation_that_is_missing_is_noticed(model: str, path: str, op: Op) -> None:
    changed = without(root_of(model), op)
    assert [each for each, _ in places(root_of(model)) if each != path] == [*dict(places(changed))]
    assert expected(path, op) in failing(model, changed)
    assert MUST_MOVE[op.kind] <= moved(root_of(model), changed)


@pytest.mark.parametrize(("model", "path", "op"), OPS, ids=PLACES)
def test_what_is_left_costs_what_a_run_counts(model: str, path: str, op: Op) -> None:
    changed = without(root_of(model), op)
    sizes = dict.fromkeys(dims_of_model(root_of(model)), 2)
    multiplications = run(changed, sizes).forward.total()
    assert FLOPS_FORWARD.ledger(changed, TORCH).at(sizes) == 2 * multiplications, path


@pytest.mark.parametrize("double", [False, True], ids=["dropped", "doubled"])
@pytest.mark.parametrize(
    ("model", "weight", "axis"),
    [(model, weight, axis) for model, _, weight, axis in SHAPES],
    ids=[f"{model}: {path}: {axis}" for model, path, _, axis in SHAPES],
)
def test_a_wrong_shape_is_noticed(model: str, weight: Tensor, axis: str, double: bool) -> None:
    changed = reshaped(root_of(model), weight, axis, double)
    assert {"parameters", "parameters, closed"} <= set(failing(model, changed))


def test_every_operation_of_the_models_is_tried() -> None:
    """28 operations stand in GPT-2 (23 of them in a layer), 15 in the lecture's transformer."""
    tried = [model for model, _, _ in OPS]
    assert {model: tried.count(model) for model in FACTS} == {"gpt2": 28, "lecture": 15}
