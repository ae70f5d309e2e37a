"""Every quantity against a run with plain loops: forward, backward, parameters, cache, elements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcost.algebra.dim import Dim, dim
from symcost.catalog.find import components
from symcost.graph.architecture import dims_of_model
from symcost.graph.author import Author, build
from symcost.graph.component import Component
from symcost.graph.functions import FUNCTIONS
from symcost.graph.tensor import Role, Tensor
from symcost.models.gpt import gpt, gpt_layer
from symcost.models.lecture import bare_attention, bare_layer, bare_transformer
from symcost.papers.lecture_counts import count_a, count_b
from symcost.quantities.convention import ALL, KAPLAN, MEGATRON, TORCH, Convention
from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.kv_cache import KV_CACHE
from symcost.quantities.params import PARAMS
from tests.loops import PRIME, Run, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.graph.component import Declaration, Flag
    from symcost.quantities.interpret import Measured

EXACT = replace(TORCH, name="exact", causal="exact")
HALF = replace(TORCH, name="half", causal="half")
MULTIPLY_ADDS = replace(TORCH, name="mac", mac=True)
EVERYTHING = Convention("everything", "every role, elementwise work included", flops=ALL)


def assert_counts(root: Component, sizes: Mapping[Dim, int]) -> None:
    """Each ledger at these sizes is what a run counts; under every causal convention."""

    def at(quantity: Measured, convention: Convention = TORCH) -> object:
        return quantity.ledger(root, convention).at(sizes)

    full, seen = run(root, sizes), run(root, sizes, causal=True)
    work = full.forward.total(), full.backward.total()
    assert at(FLOPS_FORWARD) == 2 * work[0]
    assert at(FLOPS_BACKWARD) == 2 * work[1]
    assert at(FLOPS_TRAIN) == 2 * sum(work)
    assert at(FLOPS_TRAIN, MULTIPLY_ADDS) == sum(work)
    assert at(FLOPS_TRAIN, MEGATRON) == 2 * sum(work) + 2 * full.forward_in_chains.total()
    assert at(FLOPS_FORWARD, EXACT) == 2 * seen.forward.total()
    assert at(FLOPS_BACKWARD, EXACT) == 2 * seen.backward.total()
    assert at(KV_CACHE) == 2 * full.remembered
    assert_causal_half(root, sizes, full)
    assert_elements(root, sizes, full)
    ledger = PARAMS.ledger(root, TORCH)
    assert ledger.at(sizes) == full.params.total()
    by_role = {role: amount.at(sizes) for role, amount in ledger.by_role().items()}
    assert Counter(by_role) == full.params


def assert_causal_half(root: Component, sizes: Mapping[Dim, int], full: Run) -> None:
    """Half of the square is a convention, not a run: masked products count one half."""
    masked = {id(op) for each in root.walk() for op in each.body if getattr(op, "mask", "")}
    for quantity in (FLOPS_FORWARD, FLOPS_BACKWARD):
        none, half = quantity.ledger(root, TORCH), quantity.ledger(root, HALF)
        for whole, part in zip(none.terms, half.terms, strict=True):
            share = Fraction(1, 2) if id(whole.op) in masked else 1
            assert part.at(sizes) == whole.at(sizes) * share
    bare = sum(work for role, work in full.forward.items() if role in KAPLAN.flops)
    assert FLOPS_FORWARD.ledger(root, replace(KAPLAN, causal="none")).at(sizes) == 2 * bare


def assert_elements(root: Component, sizes: Mapping[Dim, int], full: Run) -> None:
    """Elementwise work is elements met times operations per element."""
    forward = sum(FUNCTIONS[each].forward * met for (each, _), met in full.mapped.items())
    backward = sum(FUNCTIONS[each].backward * met for (each, _), met in full.mapped_back.items())
    assert FLOPS_FORWARD.ledger(root, EVERYTHING).at(sizes) == forward + 2 * full.forward.total()
    assert (
        FLOPS_BACKWARD.ledger(root, EVERYTHING).at(sizes)
        == backward + full.scattered + 2 * full.backward.total()
    )


@dataclass(frozen=True)
class Dual:
    """value + slope e with e^2 = 0: a derivative forward, to hold against reverse mode."""

    value: int
    slope: int

    def __add__(self, other: Dual | int) -> Dual:
        right = other if isinstance(other, Dual) else Dual(other, 0)
        return Dual(self.value + right.value, self.slope + right.slope)

    __radd__ = __add__

    def __mul__(self, other: Dual | int) -> Dual:
        right = other if isinstance(other, Dual) else Dual(other, 0)
        slope = self.value * right.slope + self.slope * right.value
        return Dual(self.value * right.value, slope)

    __rmul__ = __mul__

    def __mod__(self, prime: int) -> Dual:
        return Dual(self.value % prime, self.slope % prime)


def assert_gradients(root: Component, sizes: Mapping[Dim, int], causal: bool) -> None:
    """Reverse mode in the oracle is the derivative: no gradient it needs is left out."""
    plain, moved = run(root, sizes, causal=causal), run(root, sizes, causal=causal, leaf=Dual)
    numbers = [number for end in moved.ends for number in end.data.values()]
    forward = sum(numbers, Dual(0, 0)).slope
    reverse = 0
    for leaf, directed in zip(plain.leaves, moved.leaves, strict=True):
        if leaf.needs:
            gradient = leaf.gradient or {}
            slopes = {index: number.slope for index, number in directed.data.items()}
            reverse += sum(number * slopes[index] for index, number in gradient.items())
    assert plain.ends
    assert (forward - reverse) % PRIME == 0


# -- declarations that the catalog does not have ---------------------------------------------------


def pixels(a: Author) -> Tensor:
    """Nothing trainable lies below the first layer, so its backward is cheaper."""
    x = a.input("batch time model", needs_gradient=False)
    return a.repeat("layer", "layers", bare_layer, x)


def adapted(a: Author) -> Tensor:
    """A frozen matrix beside a trained pair of thin ones."""
    a.axis("rank", 2)
    x = a.input("batch time model", needs_gradient=False)
    frozen = a.weight("W_0", "model feed", train=False)
    thin = a.linear("W_A", x, "model -> rank")
    return a.map(
        "add",
        a.linear(frozen, x, "model -> feed", name="frozen"),
        a.linear("W_B", thin, "rank -> feed"),
    )


def all_frozen(a: Author) -> Tensor:
    """Nothing to train: no backward at all."""
    x = a.input("batch time model", needs_gradient=False)
    return a.linear(a.weight("W_0", "model feed", train=False), x, "model -> feed", name="frozen")


def frozen_part(a: Author) -> Tensor:
    """A trained matrix on what a frozen part makes: one gradient, not two."""
    return a.linear("W_U", a.part("frozen", all_frozen, a.ids("batch time model")), "feed -> vocab")


def shared(a: Author) -> Tensor:
    """One matrix, made outside, used by every layer."""
    x = a.input("batch time model")
    return a.repeat("layer", "layers", _shared_layer, x, a.weight("W_S", "model feed"))


def _shared_layer(a: Author) -> Tensor:
    x = a.input("batch time model")
    w = a.input("model feed", "w")
    up = a.map("relu", a.linear(w, x, "model -> feed", name="up"))
    own = a.linear("W_2", up, "feed -> model")
    return a.map("add", own, a.linear(w, up, "feed -> model", name="down"))


def rounds(a: Author) -> Tensor:
    """Groups of layers with weights of their own; each group is passed several times."""
    return a.repeat("group", "heads", _group, a.input("batch time model"))


def _group(a: Author) -> Tensor:
    return a.repeat("round", "layers", _round, a.input("batch time model"), shared=True)


def _round(a: Author) -> Tensor:
    x = a.input("batch time model")
    return a.part("second", _bowl, a.part("first", _bowl, x))


def _bowl(a: Author) -> Tensor:
    up = a.map("relu", a.linear("W_1", a.input("batch time model"), "model -> feed", bias=True))
    return a.linear("W_2", up, "feed -> model")


def stacked(a: Author) -> Tensor:
    """Side by side along an axis of our own, one matrix shared and one for each copy."""
    a.axis("copies", "heads")
    x, matrix = a.input("batch time model"), a.weight("W_S", "model head")
    return a.repeat("copy", "heads", _stacked_copy, x, matrix, stack="copies")


def _stacked_copy(a: Author) -> Tensor:
    x, matrix = a.input("batch time model"), a.input("model head", "w")
    y = a.linear(matrix, x, "model -> head", name="down")
    return a.map("add", y, a.linear("W_T", x, "model -> head"))


def three_at_once(a: Author) -> Tensor:
    """Two multiplications for each combination, in all three gradients too."""
    x = a.input("batch time model")
    kept = a.remember(a.linear("W_K", x, "model -> feed"))
    return a.contract(
        "batch time model, model feed, batch past feed -> batch time past",
        x,
        a.weight("W_M", "model feed"),
        kept,
        name="bilinear",
        mask="causal",
    )


def sums_and_squares(a: Author) -> Tensor:
    """One operand alone, and one operand twice."""
    x = a.input("batch time model")
    square = a.contract("batch time model, batch time model -> batch time", x, x, name="square")
    column = a.contract("batch time model -> batch time", x, name="column")
    return a.map("add", square, column)


def chain_of_chains(a: Author) -> Tensor:
    """Layers of layers on raw input: both chains have a cheaper first copy."""
    x = a.input("batch time model", needs_gradient=False)
    return a.repeat("block", "layers", _block, x)


def _block(a: Author) -> Tensor:
    x = a.input("batch time model")
    return a.repeat("layer", 3, _mixer, x)


def _mixer(a: Author) -> Tensor:
    x = a.input("batch time model")
    return a.map("gelu", a.linear("W_2", a.linear("W_1", x, "model -> feed"), "feed -> model"))


def several_results(a: Author) -> tuple[Tensor, ...]:
    """Results that leave side by side: the loss looks at each."""
    x = a.input("batch time model")
    return tuple(a.linear(f"W_{i}", x, "model -> head", bias=i == 1) for i in range(3))


def raw_table(a: Author) -> Tensor:
    """A frozen table below a trained matrix."""
    table = a.weight("W_E", "vocab model", Role.EMBEDDING, train=False)
    x = a.gather(table, a.ids("batch time"), "vocab -> model", Role.EMBEDDING)
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)


# Components that run by themselves, on the axes of one decoder.
RUNNABLE = (
    "attention_head",
    "feed_forward",
    "gated_feed_forward",
    "layer_norm",
    "learned_positions",
    "logits",
    "multi_head_attention",
    "rms_norm",
)

MODELS: list[tuple[str, Declaration, dict[str, Flag]]] = [
    *((f"gpt-{b}-{t}", gpt, {"bias": b, "tied": t}) for b in (True, False) for t in (True, False)),
    *(
        (each.__name__, each, {})
        for each in (gpt_layer, bare_transformer, bare_layer, bare_attention, count_a, count_b)
    ),
    *((name, components()[name], {}) for name in RUNNABLE),
    ("logits-untied", components()["logits"], {"tied": False}),
    ("attention-bare", components()["multi_head_attention"], {"bias": False}),
]
OWN = [
    pixels,
    adapted,
    all_frozen,
    frozen_part,
    shared,
    rounds,
    stacked,
    three_at_once,
    sums_and_squares,
    chain_of_chains,
    several_results,
    raw_table,
]


@st.composite
def sizes(draw: Callable[[st.SearchStrategy[int]], int]) -> dict[Dim, int]:
    """1 to 4 each; the width of the model is what its heads fill."""
    small = st.integers(1, 4)
    found = {dim(word): draw(small) for word in ("batch", "time", "layers", "feed", "vocab")}
    found[dim("heads")], found[dim("head")] = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    found[dim("model")] = found[dim("heads")] * found[dim("head")]
    found[dim("positions")] = found[dim("time")]
    return found


def few(times: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(max_examples=times, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("declaration", "flags"), [row[1:] for row in MODELS], ids=[row[0] for row in MODELS]
)
@given(at=sizes())
@few(8)
def test_the_catalog(declaration: Declaration, flags: dict[str, Flag], at: dict[Dim, int]) -> None:
    assert_counts(build(declaration, **flags), at)


@pytest.mark.parametrize("declaration", OWN, ids=[each.__name__ for each in OWN])
@given(at=sizes())
@few(12)
def test_unusual_declarations(declaration: Declaration, at: dict[Dim, int]) -> None:
    assert_counts(build(declaration), at)


SMALL = {"batch": 2, "time": 3, "layers": 2, "heads": 2, "head": 1, "model": 2, "feed": 3}
SMALL_SIZES = {dim(word): size for word, size in {**SMALL, "vocab": 4, "positions": 3}.items()}


@pytest.mark.parametrize("causal", [False, True], ids=["full", "causal"])
@pytest.mark.parametrize(
    ("declaration", "flags"),
    [*(row[1:] for row in MODELS), *((each, {}) for each in OWN if each is not all_frozen)],
    ids=[*(row[0] for row in MODELS), *(e.__name__ for e in OWN if e is not all_frozen)],
)
def test_reverse_mode_is_the_derivative(
    declaration: Declaration, flags: dict[str, Flag], causal: bool
) -> None:
    assert_gradients(build(declaration, **flags), SMALL_SIZES, causal)


def test_the_oracle_counts_by_hand() -> None:
    """6 tokens through 2 x 3 and 3 x 2 matrices."""
    found = run(build(components()["feed_forward"], bias=False), SMALL_SIZES)
    tokens = 2 * 3
    assert found.forward == {Role.MATRIX: tokens * 2 * 3 + tokens * 3 * 2}
    assert found.backward == {Role.MATRIX: 2 * found.forward[Role.MATRIX]}
    assert found.params == {Role.MATRIX: 2 * 3 + 3 * 2}
    assert found.mapped == {("gelu_tanh", Role.ACTIVATION): tokens * 3}


def test_a_frozen_input_saves_one_gradient_of_the_first_layer_only() -> None:
    above, below = run(build(bare_transformer), SMALL_SIZES), run(build(pixels), SMALL_SIZES)
    tokens, width = 2 * 3, 2
    queries_keys_values = tokens * width * width * 3
    assert above.backward.total() - below.backward.total() == queries_keys_values
    assert below.forward == above.forward


def test_the_model_sees_its_dimensions() -> None:
    for _, declaration, flags in MODELS:
        assert set(dims_of_model(build(declaration, **flags))) <= set(SMALL_SIZES)
