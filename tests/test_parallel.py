"""Training state and communication under a plan, against published formulas, torch, simulations.

`parallel_claims.jsonl` holds formulas as they were published, with their values; each is compared
with what comes out of a declaration, in the convention that the test names.
"""

from __future__ import annotations

import ast
import json
from fractions import Fraction
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Poly, called
from symcost.algebra.ratio import Ratio
from symcost.graph.architecture import Architecture
from symcost.graph.tensor import Role
from symcost.model import Model
from symcost.models.gpt import gpt_layer
from symcost.quantities.bubble import BUBBLE_FRACTION, BUBBLE_OVER_IDEAL
from symcost.quantities.optimizers import optimizer
from symcost.quantities.plan import OPEN, Plan, read_plan

DATA = Path(__file__).parent / "data"


def rows(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


CLAIMS = {row["id"]: row for row in rows("parallel_claims.jsonl")}
SYMBOL = {name: Poly.of(dim(word)) for name, word in {
    "dp": "data_ranks", "tp": "tensor_ranks", "pp": "stages", "ep": "expert_ranks",
    "m": "micro_batches", "v": "stage_chunks", "L": "layers", "d": "model", "f": "feed",
    "B": "batch", "s": "time", "V": "vocab",
}.items()}  # fmt: skip
ARITHMETIC = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
    ast.Pow: lambda x, y: x**y,
}


def read(text, values):
    """A published formula over rational functions, or over fractions."""

    def at(node):
        if isinstance(node, ast.BinOp):
            right = node.right.value if isinstance(node.op, ast.Pow) else at(node.right)
            return ARITHMETIC[type(node.op)](at(node.left), right)
        if isinstance(node, ast.UnaryOp):
            return -at(node.operand)
        if isinstance(node, ast.Call):
            assert node.func.id == "ceil"
            inner = at(node.args[0])
            return (
                Ratio(called("ceil", [inner.poly])) if isinstance(inner, Ratio) else -(-inner // 1)
            )
        if isinstance(node, ast.Constant):
            return Ratio(Poly.of(node.value)) if symbolic else Fraction(node.value)
        return values[node.id]

    symbolic = any(isinstance(each, Ratio) for each in values.values())
    return at(ast.parse(text, mode="eval").body)


def published(name, text="", **values):
    """The formula of a claim with our symbols in it."""
    row = CLAIMS[name]
    formula = text or row.get("formula_python") or row["snippet_formula"]
    return read(formula, {key: Ratio.of(value) for key, value in values.items()})


def ours(model, quantity, **plan):
    if "optimizer" in plan:
        plan["optimizer"] = optimizer(plan["optimizer"])
    return Ratio(model.planned(Plan(**plan)).ledger(quantity).total)


def two_matrices(a):
    """Up and back."""
    x = a.input("batch time model")
    return a.linear("W_2", a.linear("W_1", x, "model -> feed"), "feed -> model")


def matrices(a):
    """Layers of which every weight can be split."""
    return a.repeat("layer", "layers", two_matrices, a.input("batch time model"))


def gpt_layers(a):
    """The layers of GPT-2 alone."""
    return a.repeat("layer", "layers", gpt_layer, a.input("batch time model"))


def declared(declaration):
    return Model(Architecture(declaration.__name__, "a test", declaration, "a test", {}))


GPT2 = symcost.load("gpt2")
FLAT = declared(matrices)
P = GPT2.ledger("params").total
STATE = "training_state_bytes"


# -- published formulas -----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_the_claims_are_read_as_their_values_say(name):
    row = CLAIMS[name]
    formula = row.get("formula_python") or row["snippet_formula"]
    for check in row.get("checks") or row["configs"]:
        if "formula" not in check:
            check = {**check, "formula": check["formula_value"]}
        values = {key: Fraction(value) for key, value in check["config"].items()}
        assert float(read(formula, values)) == check["formula"]


def test_zero_keeps_what_its_paper_says():
    """Rajbhandari et al. 2020, figure 1: mixed precision, K = 12; Psi are all parameters."""
    for stage in (1, 2, 3):
        claim = published(f"zero-{stage}", Psi=P, K=12, Nd=SYMBOL["dp"])
        assert ours(GPT2, STATE, dp=OPEN, zero=stage) == claim
    for stage in (1, 2):
        other = published(f"zero-{stage + 1}", Psi=P, K=12, Nd=SYMBOL["dp"])
        assert ours(GPT2, STATE, dp=OPEN, zero=stage) != other


@pytest.mark.parametrize(
    ("stage", "value"),
    [(0, 120_000_000_000), (1, 31_406_250_000), (2, 16_640_625_000), (3, 1_875_000_000)],
)
def test_the_example_of_zero(stage, value):
    """7.5 B parameters on 64 devices: 120, 31.4, 16.6 and 1.9 GB (figure 1)."""
    plan = Plan(dp=64, zero=stage)
    assert FLAT.planned(plan).value(STATE, L=75, d=5_000, d_ff=10_000, B=1, s=1) == value


@pytest.mark.parametrize(
    ("name", "quantity", "plan"),
    [
        ("cs336-16bytes", STATE, {"optimizer": "adam"}),
        ("eleuther-adam12", "optimizer_bytes", {"optimizer": "adam-mixed"}),
    ],
)
def test_bytes_for_each_parameter(name, quantity, plan):
    """Convention: fp32 Adam (4 + 4 + 8); mixed precision with a master copy (12)."""
    assert ours(GPT2, quantity, **plan) == published(name, P=P)


def test_the_other_numbers_of_eleuther():
    """8-bit Adam 6 and SGD with momentum 8 bytes a parameter, master copies counted."""
    assert ours(GPT2, "optimizer_bytes", optimizer="adam-8bit") == Ratio(6 * P)
    assert ours(GPT2, "optimizer_bytes", optimizer="sgd-momentum-mixed") == Ratio(8 * P)


def test_megatron_keeps_gradients_in_fp32():
    """Convention: bf16 weights, fp32 gradients, states spread by its distributed optimizer."""
    kept = "adam-mixed-fp32-gradients"
    claim = published("megatron-bytes-18", dp=SYMBOL["dp"])
    assert ours(GPT2, STATE, dp=OPEN, zero=1, optimizer=kept) == claim * P
    assert ours(GPT2, STATE, optimizer=kept) == Ratio(18 * P)
    zero = ours(GPT2, STATE, dp=OPEN, zero=1)
    assert claim * P - zero == Ratio(2 * P)  # beside the 16 of the ZeRO paper


def test_deepspeed_keeps_two_gradients_under_zero_2():
    """Convention: 16-bit gradients and their 32-bit copy, both spread. The paper has 14/N."""
    claim = published("deepspeed-zero2", P=P, N=SYMBOL["dp"])
    both = "adam-mixed-both-gradients"
    assert ours(GPT2, STATE, dp=OPEN, zero=2, optimizer=both) == claim
    assert claim - ours(GPT2, STATE, dp=OPEN, zero=2) == Ratio(4 * P / SYMBOL["dp"])


def test_deepspeed_adds_the_gathered_layer_under_zero_3():
    """Convention: fp32 gradients; 4 bytes for each number of the largest layer are a buffer."""
    largest = GPT2.ledger("params").by_part()[("W_E",)]
    claim = published("deepspeed-zero3", P=P, N=SYMBOL["dp"], lp=largest)
    kept = ours(GPT2, STATE, dp=OPEN, zero=3, optimizer="adam-mixed-fp32-gradients")
    assert claim - kept == Ratio(4 * largest)


def test_zero_3_sends_three_times_the_parameters_but_for_one_part():
    """Convention: elements of 2 bytes. 3 Psi is an approximation: too much by 3 Psi/N."""
    exact = ours(GPT2, "data_parallel_bytes", dp=OPEN, zero=3) / 2
    claim = published("zero-comm-3", Psi=P, Nd=SYMBOL["dp"])
    assert claim - exact == read(
        CLAIMS["zero-comm-3"]["symbolic_difference"],
        {"Psi": Ratio(P), "Nd": Ratio(SYMBOL["dp"])},
    )
    for stage in (0, 1, 2):
        assert ours(GPT2, "data_parallel_bytes", dp=OPEN, zero=stage) * 3 == exact * 4


def test_a_layer_of_megatron_sends_four_all_reduces():
    """Convention: elements, ring; the layer's own, without the table and the logits."""
    ledger = GPT2.planned(Plan(tp=OPEN)).ledger("tensor_parallel_bytes")
    layers = ledger.only(lambda term: term.path[0] == "layer")
    b, s, h, t = (SYMBOL[each] for each in ("B", "s", "d", "tp"))
    claim = published("narayanan2021-tp-comm", b=b, s=s, h=h, t=t)
    assert Ratio(layers.total / (2 * SYMBOL["L"])) == claim
    assert len(layers.terms) == 4
    assert Ratio(ledger.total - layers.total) == claim  # two more outside: table, logits


def test_bubbles():
    """Convention of the paper: of the ideal time; (p-1)/(m+p-1) is of the whole time."""
    p, m, v = (SYMBOL[each] for each in ("pp", "m", "v"))
    plain = GPT2.planned(Plan(pp=OPEN, micro=OPEN))
    assert plain.ratio(BUBBLE_OVER_IDEAL.name) == published("narayanan2021-bubble", p=p, m=m)
    assert plain.ratio(BUBBLE_FRACTION.name) == Ratio(p - 1, m + p - 1)
    cut = GPT2.planned(Plan(pp=OPEN, micro=OPEN, chunks=OPEN)).ratio(BUBBLE_OVER_IDEAL.name)
    assert cut == published("narayanan2021-bubble-interleaved", p=p, m=m, v=v)


def test_the_vocabulary_as_megatron_pads_it():
    """50,304 rows on one rank and 51,200 over eight."""
    plan = GPT2.planned(Plan(tp=OPEN, pad=128))
    table = plan.ledger("weight_bytes").only(lambda term: term.path == ("W_E",)).total
    claim = published("vocab-padding", V=SYMBOL["V"], t=SYMBOL["tp"])
    assert Ratio(table) == claim * 2 * SYMBOL["d"] / SYMBOL["tp"]


# -- formulas that are wrong, and by how much -----------------------------------------------------


def test_weights_without_the_layers_are_wrong():
    d, f = SYMBOL["d"], SYMBOL["f"]
    values = {"nb": 2, "h1": d, "h2": f, "L": SYMBOL["L"]}
    claim = published("arxivsearch-flexgen", **values)
    ledger = GPT2.planned(Plan()).ledger("weight_bytes").of_roles(Role.MATRIX)
    exact = put_in(ledger.total, GPT2.architecture.relations)
    row = CLAIMS["arxivsearch-flexgen"]
    assert claim - Ratio(exact) == published(row["id"], row["symbolic_difference"], **values)


def test_gradients_that_are_not_split_are_wrong():
    params = FLAT.ledger("params").total
    values = {"P": params, "tp": SYMBOL["tp"], "pp": SYMBOL["pp"]}
    row = CLAIMS["cookbook-grad-tp"]
    exact = ours(FLAT, "gradient_bytes", tp=OPEN, pp=OPEN, dp=OPEN, zero=1, optimizer="adam")
    wrong = published(row["id"], **values) - exact
    assert wrong == published(row["id"], row["symbolic_difference"], **values)
    assert wrong


def test_weights_split_twice_are_wrong():
    """Spread over all devices after tensor and pipeline ranks had their share already."""
    tp, pp, dp = (SYMBOL[each] for each in ("tp", "pp", "dp"))
    params = FLAT.ledger("params").total
    values = {"P": params, "nb": 2, "tp": tp, "pp": pp, "ngpu": dp * tp * pp}
    row = CLAIMS["cookbook-zero3-dp"]
    exact = ours(FLAT, "weight_bytes", tp=OPEN, pp=OPEN, dp=OPEN, zero=3)
    assert published(row["id"], **values) - exact == published(
        row["id"], row["symbolic_difference"], **values
    )


# -- torch -------------------------------------------------------------------------------------

# On one device torch keeps what these keep; it sums a gradient for each product of its own.
RUNS = rows("torch_parallel.jsonl")


@pytest.mark.parametrize("row", RUNS, ids=[str(row["seed"]) for row in RUNS])
def test_torch_keeps_and_sends_the_same(row):
    layers = declared(gpt_layers)
    size = {**row["sizes"], "d_h": row["sizes"]["d"] // row["sizes"]["h"]}
    for name, kept in row["optimizer_bytes"].items():
        plan = layers.planned(Plan(optimizer=optimizer(name)))
        assert plan.value("optimizer_bytes", **size) == kept
        assert plan.value("weight_bytes", **size) == row["weight_bytes"]
    ranks = row["ranks"]
    sent = layers.planned(Plan(tp=ranks)).value("tensor_parallel_bytes", **size)
    assert sent == Fraction(2 * (ranks - 1), ranks) * 2 * sum(row["summed_elements"])


# -- simulations ----------------------------------------------------------------------------------


def ring(devices):
    """How many blocks a device sends in an all-reduce of `devices` blocks: done, not calculated."""
    held = [[{at} for _ in range(devices)] for at in range(devices)]
    sent = 0
    for first in (0, 1):  # blocks are summed up on their way round, then go round once more
        for step in range(devices - 1):
            moved = [(at, (at + first - step) % devices) for at in range(devices)]
            for at, block, what in [(at, b, set(held[at][b])) for at, b in moved]:
                held[(at + 1) % devices][block] |= what
            sent += 1
    assert all(block == set(range(devices)) for device in held for block in device)
    return sent


@pytest.mark.parametrize("devices", [2, 3, 4, 7, 8])
def test_a_ring_sends_what_a_ring_sends(devices):
    size = {"L": 1, "d": devices, "d_ff": 5, "B": 1, "s": 1}
    gradient = FLAT.value("gradient_bytes", **size)
    sent = FLAT.planned(Plan(dp=devices)).value("data_parallel_bytes", **size)
    assert sent == Fraction(ring(devices) * gradient, devices)


def waiting(stages, micro):
    """(time of a step, work of a stage): every micro-batch forward, then every one backward."""
    free, done = [0] * stages, {}
    for way in ("forward", "backward"):
        order = range(stages) if way == "forward" else reversed(range(stages))
        for stage in order:
            for batch in range(micro):
                before = stage - 1 if way == "forward" else stage + 1
                ready = done.get((way, before, batch), 0)
                free[stage] = done[way, stage, batch] = max(free[stage], ready) + 1
    return max(free), 2 * micro


@pytest.mark.parametrize(("stages", "micro"), [(2, 1), (4, 4), (4, 32), (8, 3), (6, 64)])
def test_a_bubble_is_the_time_that_a_schedule_waits(stages, micro):
    whole, work = waiting(stages, micro)
    plan = read_plan(f"pp={stages},micro={micro}", {"uneven": True})
    found = GPT2.planned(plan)
    assert found.value(BUBBLE_FRACTION.name) == Fraction(whole - work, whole)
    assert found.value(BUBBLE_OVER_IDEAL.name) == Fraction(whole - work, work)


@pytest.mark.parametrize(
    ("name", "pp"), [("gpt2", 4), ("llama-3-8b", 8), ("mixtral-8x7b", 4), ("gpt2-xl", 6)]
)
def test_the_stages_together_are_the_model(name, pp):
    """A tied table is on the first and on the last stage."""
    model = symcost.load(name)
    sums = [
        model.planned(Plan(pp=pp, stage=stage)).value("weight_bytes")
        for stage in ("first", *["middle"] * (pp - 2), "last")
    ]
    table = (
        model.ledger("params_embedding")
        .terms[0]
        .amount.at({each: held.value for each, held in model.binding().items()})
    )
    tied = model.ledger("params").of_roles(Role.HEAD).terms == ()
    assert sum(sums) == model.value("weight_bytes") + tied * 2 * table


@pytest.mark.parametrize(("dp", "ep"), [(8, 2), (8, 8), (16, 4)])
def test_the_devices_together_hold_what_zero_spreads(dp, ep):
    """Spread over all, every number is somewhere once; else experts are there dp/ep times."""
    model = symcost.load("mixtral-8x7b")
    assert dp * model.planned(Plan(dp=dp, ep=ep, zero=3)).value(STATE) == model.value(STATE)
    experts = 2 * 32 * 8 * 3 * 4096 * 14336
    held = dp * model.planned(Plan(dp=dp, ep=ep)).value("weight_bytes")
    assert held == dp * (model.value("weight_bytes") - experts) + dp // ep * experts


def test_experts_are_sent_to_by_hand():
    """Mixtral: each of 4,096 tokens twice, 4,096 numbers of 2 bytes, there and back, both ways."""
    sent = symcost.load("mixtral-8x7b").planned(Plan(dp=8, ep=4))
    by_hand = 32 * 4 * 4096 * 2 * 4096 * 2 * 3 // 4
    assert sent.value("expert_parallel_bytes", B=1, s=4096) == by_hand
    tensor = symcost.load("mixtral-8x7b").planned(Plan(dp=8, ep=4, tp=2, sequence=True))
    assert tensor.value("expert_parallel_bytes", B=1, s=4096) == by_hand // 2


@pytest.mark.parametrize(("stage", "boundaries"), [("first", 1), ("middle", 2), ("last", 1)])
def test_a_stage_sends_to_its_neighbours(stage, boundaries):
    llama = symcost.load("llama-3-8b")  # its tables are two, so nothing is summed over stages
    sent = llama.planned(Plan(pp=4, stage=stage, micro=16)).value("pipeline_bytes", B=16, s=8192)
    assert sent == boundaries * 16 * 8192 * 4096 * 2
    twice = llama.planned(Plan(pp=4, stage=stage, chunks=2)).value("pipeline_bytes", B=16, s=8192)
    # Two chunks on each of four stages are eight, with seven boundaries, both ways.
    assert twice == {1: 3, 2: 4}[boundaries] * 16 * 8192 * 4096 * 2


def test_sequence_parallelism_sends_the_same_and_sums_small_weights():
    """Korthikanti et al. 2022, section 4.2.2: all-gather and reduce-scatter for an all-reduce."""
    llama = symcost.load("llama-3-8b")
    plain = ours(llama, "tensor_parallel_bytes", tp=OPEN)
    more = ours(llama, "tensor_parallel_bytes", tp=OPEN, sequence=True) - plain
    small = llama.ledger("params").of_roles(Role.NORM).total
    assert more == Ratio(4 * small * (SYMBOL["tp"] - 1) / SYMBOL["tp"])


def test_a_tree_sends_twice_the_bytes():
    assert ours(GPT2, "data_parallel_bytes", dp=OPEN, collective="tree") == Ratio(4 * P)
