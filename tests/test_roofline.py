"""Devices, bounds of time, utilisation, and batches of unequal lengths."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, UnboundError
from symcost.catalog import find
from symcost.cli import main
from symcost.commands.figures import decimal, seconds
from symcost.components.feed_forward import gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder
from symcost.quantities.convention import TORCH, ConventionError, changed
from symcost.quantities.devices import ELEMENT_BYTES, DeviceError, device, devices
from symcost.quantities.moments import CACHED, NEW, MomentError, unequal
from symcost.quantities.roofline import Operation, operations, roofline, utilisation

INTENSITY = find.quotient("arithmetic_intensity")


# -- devices -----------------------------------------------------------------------------------


def test_peaks_are_dense_and_every_device_has_a_source() -> None:
    assert device("a100").peak("bf16") == 312 * 10**12  # with sparsity it would be 624
    assert device("h100").peak("bf16") == 989_400 * 10**9  # with sparsity 1,979
    for each in devices().values():
        assert each.source
        assert set(each.peaks) <= set(ELEMENT_BYTES)
        assert each.bandwidth >= 800 * 10**9
        assert each.memory >= 16 * 10**9
        for wide, narrow in (("fp32", "fp16"), ("fp32", "bf16"), ("bf16", "fp8")):
            if wide in each.peaks and narrow in each.peaks:
                assert each.peak(wide) < each.peak(narrow)


def test_the_ridge_point_is_the_published_one() -> None:
    """About 240 FLOPs a byte on TPU v5e: Austin et al. 2025, How To Scale Your Model, chapter 1."""
    assert decimal(device("tpu-v5e").ridge("bf16"), 0) == "241"
    assert device("tpu-v5e").ridge("bf16") == Fraction(197_000, 819)


def test_unknown_devices_and_types_are_refused() -> None:
    with pytest.raises(DeviceError, match=r"'a10' is not a known device\. Did you mean 'a100'"):
        device("a10")
    with pytest.raises(DeviceError, match="v100 has no peak for 'bf16'; it has fp16, fp32, fp64"):
        device("v100").peak("bf16")


# -- bounds of time ----------------------------------------------------------------------------


def product(rows: int, inner: int, columns: int) -> Operation:
    """A product of matrices of 2-byte numbers, as numbers."""
    moved = 2 * (rows * inner + inner * columns + rows * columns)
    return Operation(("W",), (), Poly.of(2 * rows * inner * columns), Poly.of(moved))


@pytest.mark.parametrize(("rows", "bound"), [(1, "memory"), (128, "memory"), (512, "compute")])
def test_a_product_is_bound_by_what_takes_longer(rows: int, bound: str) -> None:
    a100 = device("a100")
    found = product(rows, 4096, 4096).bounded({}, a100, "bf16")
    work = Fraction(2 * rows * 4096**2, 312 * 10**12)
    bytes_ = Fraction(2 * (2 * rows * 4096 + 4096**2), 2039 * 10**9)
    assert found.bound == bound
    assert found.time == max(work, bytes_)
    intensity = found.operation.intensity
    assert intensity is not None
    assert (intensity.at({}) > a100.ridge("bf16")) == (bound == "compute")


def test_overlapping_operations_take_no_longer_than_one_by_one() -> None:
    both = (product(1, 4096, 4096), product(4096, 4096, 4096))
    found = roofline(both, {}, device("h100"), "bf16")
    slow, fast = (row.time for row in found.rows)
    assert found.one_by_one == slow + fast
    assert found.at_once == found.whole.compute_time < found.one_by_one
    assert found.whole.flops == sum(row.flops for row in found.rows)


def test_the_operations_are_the_two_ledgers() -> None:
    for name, phase in (("gpt2", "decode"), ("mixtral-8x7b", "prefill"), ("deepseek-v3", "extend")):
        root = symcost.load(name).in_phase(phase).root
        found = operations(root, TORCH, INTENSITY)
        above, below = INTENSITY.ledgers(root, TORCH)
        assert sum((each.flops for each in found), Poly()) == above.total
        assert sum((each.moved for each in found), Poly()) == below.total
        assert len({each.path for each in found}) == len(found)


def test_what_has_no_value_is_named() -> None:
    root = symcost.load("gpt2").root
    with pytest.raises(UnboundError, match=r"--set B=\.\.\. --set L=\.\.\."):
        roofline(operations(root, TORCH, INTENSITY), {}, device("a100"), "bf16")
    with pytest.raises(ConventionError, match="leave --count mac out"):
        operations(root, changed(TORCH, mac=True), INTENSITY)


# -- utilisation -------------------------------------------------------------------------------


def palm() -> symcost.Model:
    """PaLM 540B: parallel layers, one key head, gated feed-forward, tied tables."""
    layer = Layer(
        Use(grouped_attention), Use(gated_feed_forward), before_mixer="layer_scale", parallel="one"
    )
    spec = Decoder((Stack("layer", "layers", layer),), last_norm="layer_scale", tied=True)
    sizes = {"layers": 118, "model": 18432, "groups": 1, "share": 48, "head": 256}
    sizes |= {"feed": 4 * 18432, "vocab": 256_000}
    source = "Chowdhery et al. 2022, PaLM, arXiv 2204.02311, table 1"
    held = {word: (size, source) for word, size in sizes.items()}
    return symcost.Model(
        symcost.Architecture("palm", "PaLM 540B", decoder, source, held, flags={"spec": spec})
    )


def test_palm_used_46_2_per_cent_of_its_chips() -> None:
    """Table 3 and appendix B of the paper: 238.3K tokens a second on 6,144 TPU v4 are 46.2%."""
    model = palm()
    assert model.value("params") // 10**7 == 54_035  # 540.35 billion
    values = {each: bound.value for each, bound in model.binding(s=2048).items()}
    train = find.quantity("flops_train")
    peak = 6144 * device("tpu-v4").peak("bf16")
    share = utilisation(train, model.root, find.convention("palm"), values, Fraction(238_300), peak)
    assert decimal(100 * share, 1) == "46.2"
    twice = utilisation(train, model.root, TORCH, values, Fraction(476_600), peak)
    assert twice == 2 * share


# -- unequal lengths ---------------------------------------------------------------------------

LENGTHS = (3, 17, 40, 17)


@pytest.mark.parametrize("quantity", ["flops_forward", "flops_train", "kv_cache_bytes"])
@pytest.mark.parametrize("causal", ["none", "half", "exact"])
def test_moments_are_the_sum_over_the_sequences(quantity: str, causal: str) -> None:
    model = symcost.load("gpt2")
    convention = changed(TORCH, causal=causal)
    ledger = model.ledger(quantity, convention=convention, scope="batch")
    batch = unequal(ledger.total, NEW)
    sizes = {each: bound.value for each, bound in model.binding().items()}
    values = sizes | NEW.values(LENGTHS)
    alone = [model.value(quantity, convention=convention, B=1, s=s) for s in LENGTHS]
    assert batch.exact.at(values) == sum(alone)
    padded = model.value(quantity, convention=convention, B=4, s=40)
    assert batch.padded.at(values) == padded
    assert batch.waste.at(values) == padded - sum(alone)


def test_caches_of_unequal_lengths() -> None:
    model = symcost.load("llama-3-8b").in_phase("decode")
    batch = unequal(model.ledger("flops_forward").total, CACHED)
    sizes = {each: bound.value for each, bound in model.binding().items()}
    values = sizes | CACHED.values(LENGTHS)
    assert batch.exact.at(values) == sum(model.value("flops_forward", B=1, t=t) for t in LENGTHS)


def test_equal_lengths_waste_nothing() -> None:
    model = symcost.load("gpt2")
    batch = unequal(model.ledger("flops_forward").total, NEW)
    b, s = dim("batch"), dim("padded")
    equal = {dim("all_tokens"): Poly.of(b) * s, dim("all_squares"): Poly.of(b) * s * s}
    assert not batch.waste.substitute(equal)


def test_weights_are_moved_once_for_all_lengths() -> None:
    model = symcost.load("gpt2")
    total = model.ledger("traffic_bytes").total
    batch = unequal(total, NEW)
    once = Poly({m: c for m, c in total.terms.items() if dim("batch") not in dict(m)})
    summed = {dim("all_tokens"), dim("all_squares"), dim("batch")}
    left = {m: c for m, c in batch.exact.terms.items() if not summed.intersection(dict(m))}
    assert once.substitute({dim("time"): dim("padded")}) == Poly(left)


def test_what_the_moments_do_not_tell_is_refused() -> None:
    windowed = symcost.load("gemma-2-2b").ledger("kv_cache_bytes").total
    with pytest.raises(MomentError, match="is not told by B, S_1, S_2"):
        unequal(windowed, NEW)
    with pytest.raises(MomentError, match="at least one sequence, of at least one token"):
        NEW.values([])


# -- the commands ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (
            "roofline gpt2 --device a100 --phase decode --set B=8 --set t=1023",
            "at least 280.826 us one operation after the other",
        ),
        ("roofline gpt2 --device a100 --dtype fp32 --set B=1 --set s=8", "4 bytes an element"),
        (
            "mfu gpt2 --device a100 --tokens-per-second 100000 --set s=1024",
            "model FLOPs utilisation 27.39% (22251/81250)",
        ),
        (
            "mfu gpt2 --device a100 --devices 8 --tokens-per-second 1e5 --set s=1024",
            "--tokens-per-second 1e5: write a positive number",
        ),
        (
            "mfu gpt2 --device a100 --devices 0 --tokens-per-second 1 --set s=1024",
            "--devices 0: write a positive number",
        ),
        ("mfu gpt2 --device a100 --tokens-per-second 1", "no value for s"),
        ("traffic gpt2 --phase decode", "B d d_ff/(B (d + d_ff) + d d_ff)"),
        ("lengths gpt2 --lengths 100,200,1000", "wasted  57.75% of the padded batch"),
        ("lengths gpt2 --lengths 100,-2", "write whole numbers and commas"),
        ("lengths gpt2 --phase extend", "--phase extend has two lengths a sequence"),
        ("roofline gpt2 --device b2000 --set B=1 --set s=8", "Did you mean 'b200'?"),
        ("roofline gpt2 --device a100 --dtype fp4", "a100 has no peak for 'fp4'"),
        ("eval gpt2 --absorbed", "gpt2 has no latent attention that could be absorbed"),
        ("eval bert-base --phase decode", "keeps nothing for later tokens"),
    ],
)
def test_commands(command: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(command.split())
    printed = capsys.readouterr()
    assert shown in (printed.err if code else printed.out)
    assert code == (2 if printed.err else 0)
    assert printed.err.count("\n") == (1 if code else 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Fraction(3, 2), "1.500 s"), (Fraction(1, 3_000), "333.333 us"), (Fraction(0), "0.000 ns")],
)
def test_times_are_rounded_for_the_eye_only(value: Fraction, shown: str) -> None:
    assert seconds(value) == shown
    assert decimal(Fraction(-1, 3), 2) == "-0.33"
    assert decimal(Fraction(12_345), 0) == "12,345"


def test_sizes_that_are_missing_are_named_even_where_work_and_bytes_are_alike() -> None:
    alike = Operation(("here",), (), Poly.of(dim("time")), Poly.of(dim("time")))
    with pytest.raises(UnboundError) as error:
        alike.bounded({}, device("a100"), "bf16")
    assert [each.symbol for each in error.value.dims] == ["s"]
