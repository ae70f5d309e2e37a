"""Bytes moved, against NumPy arrays: every operation is carried out, and its nbytes are added."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import symcost
from symcost import Author, Role
from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.catalog import find
from symcost.components.attention import multi_head_attention
from symcost.components.mixture import mixture_of_experts
from symcost.models.gpt import gpt
from symcost.quantities.convention import TORCH, changed
from symcost.quantities.roofline import operations

np = pytest.importorskip("numpy")
HALF, FUSED = np.float16, changed(TORCH, fused=True)


class Meter:
    """Carries operations out, and adds up the bytes of what they read and write.

    With `fused` arrays of attention scores (known by their shape) never leave the chip.
    """

    def __init__(self, scores: tuple[int, ...] = ()) -> None:
        self.bytes, self._scores = 0, scores

    def moved(self, array: Any) -> int:
        return 0 if array.shape == self._scores else int(array.nbytes)

    def __call__(self, function: Any, *reads: Any) -> Any:
        result = np.ascontiguousarray(function(*reads)).astype(HALF)
        for array in {id(each): each for each in reads}.values():
            self.bytes += self.moved(array)
        self.bytes += self.moved(result)
        return result

    def look_up(self, table: Any, ids: Any) -> Any:
        rows = table[ids]
        self.bytes += ids.nbytes + 2 * rows.nbytes
        return rows


def ones(*shape: int) -> Any:
    return np.full(shape, 1 / 64, HALF)


def soft(x: Any) -> Any:
    shares = np.exp(x - x.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def normed(x: Any, gamma: Any, beta: Any) -> Any:
    return (x - x.mean(-1, keepdims=True)) * gamma + beta


def linear(run: Meter, x: Any, *made: int) -> Any:
    """x times a weight, and then a bias: two operations."""
    out = int(np.prod(made))
    y = run(lambda a, w: a @ w, x, ones(x.shape[-1], out))
    return run(np.add, y, ones(out))


def run_gpt(run: Meter, batch: int, new: int, past: int, size: dict[str, int]) -> None:
    """A GPT step by step, new tokens after a cache of past - new places."""
    d, h, width = size["d"], size["h"], size["d"] // size["h"]
    table, places = ones(size["V"], d), ones(size["n_ctx"], d)
    x = run.look_up(table, np.zeros((batch, new), np.int16))
    x = run(np.add, x, run.look_up(places, np.zeros((new,), np.int16)))

    def layer(x: Any) -> Any:
        y = run(normed, x, ones(d), ones(d))
        q = linear(run, y, d).reshape(batch, new, h, width)
        linear(run, y, d)  # the keys of the new tokens go into the cache
        linear(run, y, d)
        cached_k, cached_v = ones(batch, past, h, width), ones(batch, past, h, width)
        scores = run(lambda a, b: np.einsum("bthx,bphx->bhtp", a, b), q, cached_k)
        scores = run(soft, run(lambda a: a / 2, scores))
        mix = run(lambda a, b: np.einsum("bhtp,bphx->bthx", a, b), scores, cached_v)
        x = run(np.add, x, linear(run, mix.reshape(batch, new, d), d))
        y = run(normed, x, ones(d), ones(d))
        y = run(np.tanh, linear(run, y, size["d_ff"]))
        return run(np.add, x, linear(run, y, d))

    for _ in range(size["L"]):
        x = layer(x)
    x = run(normed, x, ones(d), ones(d))
    run(lambda a, w: a @ w.T, x, table)


SIZES = {"V": 31, "n_ctx": 40, "L": 2, "d": 12, "h": 3, "d_ff": 20}
FREE = symcost.Model(
    symcost.Architecture(
        "free",
        "a GPT of any sizes",
        gpt,
        "tests",
        {},
        relations=(find.architecture("gpt2").relations[0],),
    )
)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize(
    ("phase", "batch", "new", "before"),
    [("prefill", 2, 7, 0), ("decode", 5, 1, 9), ("extend", 2, 4, 9)],
)
def test_a_gpt_moves_what_numpy_holds(
    phase: str, batch: int, new: int, before: int, fused: bool
) -> None:
    shape = (batch, SIZES["h"], new, before + new) if fused else ()
    run = Meter(shape)
    run_gpt(run, batch, new, before + new, SIZES)
    lengths = {"prefill": {"s": new}, "decode": {"t": before}, "extend": {"s": new, "t": before}}
    found = FREE.in_phase(phase).value(
        "traffic_bytes", convention=FUSED if fused else TORCH, B=batch, **lengths[phase], **SIZES
    )
    assert found == run.bytes


def two_layers(a: Author, *, frozen: bool = False) -> Any:
    """A product, an activation, and a product with a bias."""
    x = a.input("batch model", needs_gradient=False)
    first = a.weight("W_1", "model feed", train=not frozen)
    y = a.map("relu", a.linear(first, x, "model -> feed"))
    return a.linear("W_3", y, "feed -> model", bias=True)


@pytest.mark.parametrize("frozen", [False, True])
def test_gradients_move_what_numpy_holds(frozen: bool) -> None:
    batch, d, wide = 5, 3, 7
    run = Meter()
    x, hidden, g = ones(batch, d), ones(batch, wide), ones(batch, d)
    w_3 = ones(wide, d)
    run.bytes += g.nbytes + ones(d).nbytes  # the bias: the gradient in, its sum over rows out
    run(lambda a, b: a.T @ b, hidden, g)  # the gradient of W_3
    if not frozen:
        g_hidden = run(lambda a, w: a @ w.T, g, w_3)
        before = run(lambda a, b: a * b, g_hidden, ones(batch, wide))  # through relu
        run(lambda a, b: a.T @ b, x, before)  # the gradient of W_1; x needs none
    root = symcost.graph.author.build(two_layers, "two", frozen=frozen)
    found = find.quantity("traffic_backward_bytes").ledger(root, TORCH)
    assert found.at({dim("batch"): batch, dim("model"): d, dim("feed"): wide}) == run.bytes


def test_training_is_forward_and_backward_and_what_is_recomputed() -> None:
    model, sizes = symcost.load("gpt2"), {"B": 2, "s": 64}
    parts = ("traffic_bytes", "traffic_backward_bytes")
    both = sum(model.value(each, **sizes) for each in parts)
    assert model.value("traffic_train_bytes", **sizes) == both
    again = model.value("traffic_train_bytes", convention="megatron", **sizes)
    layers = model.ledger("traffic_bytes").by_part()[("layer",)]
    values = {each: bound.value for each, bound in model.binding(**sizes).items()}
    assert again == both + layers.at(values)


@pytest.mark.parametrize(("tokens", "slices"), [(1, 2), (2, 4), (4, 8), (100, 8)])
def test_an_expert_is_read_once_if_any_token_meets_it(tokens: int, slices: int) -> None:
    root = symcost.graph.author.build(mixture_of_experts, "mixture")
    ledger = find.quantity("traffic_bytes").ledger(root, TORCH)
    sizes = {"batch": 1, "time": tokens, "experts": 8, "chosen": 2, "model": 5, "expert_feed": 3}
    values = {dim(word): number for word, number in sizes.items()}
    read = [term.at(values) for term in ledger.terms if term.label.startswith("read pick_")]
    assert read == [2 * slices * 5 * 3] * 3


def test_views_move_nothing_and_idle_weights_are_not_read() -> None:
    def convolved(a: Author) -> Any:
        x = a.input("batch time model")
        a.axis("steps", a.size("time") - a.size("kernel") + 1)
        seen = a.window(x, "time -> steps kernel")
        w = a.weight("F", "model kernel", Role.CONVOLUTION)
        pattern = "batch model steps kernel, model kernel -> batch steps model"
        y = a.contract(pattern, a.detach(seen), w, name="convolve", role=Role.CONVOLUTION)
        return a.map("idle", y, a.weight("W_idle", "model"))

    root = symcost.graph.author.build(convolved, "convolved")
    found = find.quantity("traffic_bytes").ledger(root, TORCH).total
    b, s, d, k = (Poly.of(dim(word)) for word in ("batch", "time", "model", "kernel"))
    assert found == 2 * (b * s * d + d * k + b * (s - k + 1) * d)


def test_a_share_of_the_bytes_is_an_average() -> None:
    model, sizes = symcost.load("gpt2"), {"B": 8, "s": 64}
    whole = model.value("traffic_bytes", **sizes)
    assert model.value("traffic_bytes", scope="sequence", **sizes) == Fraction(whole, 8)
    assert model.value("traffic_bytes", scope="token", **sizes) == Fraction(whole, 8 * 64)


# -- arithmetic intensity ----------------------------------------------------------------------


def attention(phase: str) -> Any:
    model = symcost.Model(
        symcost.Architecture("attention", "attention", multi_head_attention, "tests", {})
    ).in_phase(phase)
    quotient = find.quotient("arithmetic_intensity")
    found = operations(model.root, FUSED, quotient)
    return {each.path[-1]: each for each in found}


def test_attention_after_a_cache_has_the_published_intensity() -> None:
    """4 B S T D / (4 B S D + 4 B T D) = S T/(S + T), T new tokens that look at S: Stanford CS336
    2025, lecture 10. At one new token it is below 1, whatever the batch.
    """
    found = attention("extend")
    scores, mix = found["scores"], found["mix"]
    new, seen = Poly.of(dim("time")), Poly.of(dim("cached")) + Poly.of(dim("time"))
    both = Ratio(scores.flops + mix.flops, scores.moved + mix.moved)
    assert both == Ratio(new * seen, new + seen)
    others = {dim(word): 3 for word in ("batch", "heads", "head")}  # they cancel
    assert both.at({dim("time"): 1_024, dim("cached"): 0, **others}) == 512
    values = {dim("time"): 1_024, dim("cached"): 7_168, **others}
    assert both.at(values) == Fraction(1_024 * 8_192, 1_024 + 8_192)
    step = attention("decode")
    one = Ratio(step["scores"].flops + step["mix"].flops, step["scores"].moved + step["mix"].moved)
    assert one.at({dim("cached"): 8_191, **others}) == Fraction(8_192, 8_193)


def test_a_product_with_a_weight_has_the_published_intensity() -> None:
    """B D F/(B D + D F + B F) in 2-byte numbers: Austin et al. 2025, How To Scale Your Model,
    chapter 1.
    """
    model = symcost.load("gpt2").in_phase("decode")
    found = operations(model.root, TORCH, find.quotient("arithmetic_intensity"))
    (up,) = (each for each in found if each.path[-1] == "W_1")
    b, d, f = (Poly.of(dim(word)) for word in ("batch", "model", "feed"))
    assert up.intensity == Ratio(b * d * f, b * d + d * f + b * f)


WILD = (
    # What calculators in use say, with the bytes or elements that a kernel really moves.
    ("llmviewer-kv", {"B": 1, "t": 2047, "h": 32, "h_kv": 8, "d_h": 128}, 33_554_432, 8_388_608),
    ("llmviewer-kv", {"B": 1, "t": 8191, "h": 64, "h_kv": 8, "d_h": 128}, 268_435_456, 33_554_432),
    ("llmcounts-store", {"B": 1, "t": 1024, "h": 32, "h_kv": 8, "d_h": 1}, 33_620_000, 32_800),
    ("llmcounts-store", {"B": 8, "t": 128, "h": 32, "h_kv": 8, "d_h": 1}, 4_260_096, 33_024),
)


@pytest.mark.parametrize(("claim", "sizes", "wrong", "true"), WILD)
def test_wrong_calculators_are_wrong(
    claim: str, sizes: dict[str, int], wrong: int, true: int
) -> None:
    model = symcost.load("llama-3-8b").in_phase("decode")
    convention = TORCH if claim == "llmcounts-store" else FUSED
    ledger = model.ledger("traffic_bytes", convention=convention)
    values = {symcost.algebra.dim.find(name): number for name, number in sizes.items()}
    values |= {dim("layers"): 1, dim("share"): sizes["h"] // sizes["h_kv"]}
    if claim == "llmcounts-store":
        (term,) = (each for each in ledger.terms if each.label == "write scores")
        found = Fraction(term.each.at(values)) / 2  # elements
    else:
        terms = [each for each in ledger.terms if each.label.startswith("read remember_")]
        assert len(terms) == 2
        found = Fraction(sum(each.each.at(values) for each in terms))
    assert found == true != wrong


def test_the_intensity_is_a_quotient_of_closed_forms() -> None:
    model, sizes = symcost.load("gpt2").in_phase("decode"), {"B": 8, "t": 1_023}
    work, moved = (model.value(each, **sizes) for each in ("flops_forward", "traffic_bytes"))
    assert model.value("arithmetic_intensity", **sizes) == Fraction(work) / Fraction(moved)
    report = model.report("arithmetic_intensity", **sizes)
    assert report["values"]["arithmetic_intensity"] == "1139251200/286302353"
    assert report["units"]["arithmetic_intensity"] == "FLOP per byte"
    open_report = model.report("arithmetic_intensity")
    assert open_report["unbound"]["arithmetic_intensity"] == ["B", "t"]
    text = model.derive("arithmetic_intensity", **sizes).to_text()
    assert "I = F/Q" in text
    assert "what divides both sides cancels" in text
