"""Optimizers by the shape of each weight, derivations under a plan, and plans that cannot be."""

from __future__ import annotations

from fractions import Fraction

import pytest

import symcost
from symcost.algebra.ratio import Ratio
from symcost.catalog import find
from symcost.cli import main
from symcost.components.grouped_attention import grouped_attention
from symcost.graph.tensor import Role
from symcost.quantities.convention import DEFAULT
from symcost.quantities.optimizers import OPTIMIZERS, OptimizerError, optimizer
from symcost.quantities.plan import OPEN, Plan, PlanError
from symcost.quantities.spread import PLANNED
from tests.test_parallel import GPT2, STATE, P, declared, ours, two_matrices

# -- what is trained, and optimizers by shape -----------------------------------------------------


def test_frozen_weights_have_no_gradient_and_no_state():
    """Low-rank updates: all weights are held, gradients and states only of the updates."""
    lora = symcost.load("gpt2").variant(lora="r=8: W_Q, W_V")
    trained = 12 * 2 * 8 * (768 + 768)
    assert lora.value("gradient_bytes") == 2 * trained
    assert lora.value("optimizer_bytes") == 12 * trained
    assert lora.value("weight_bytes") == 2 * (124_439_808 + trained)
    sent = lora.planned(Plan(dp=4)).value("data_parallel_bytes")
    assert sent == Fraction(3, 2) * 2 * trained


def test_muon_keeps_one_moment_of_matrices():
    """Liu et al. 2025: tables and vectors keep two; master copies of all."""
    matrices_ = GPT2.ledger("params").of_roles(Role.MATRIX).total
    kept = ours(GPT2, "optimizer_bytes", optimizer="muon-mixed")
    assert kept == Ratio(12 * P - 4 * matrices_)


def test_scales_of_blocks_are_counted_weight_by_weight():
    """One scale for each 2,048 numbers, rounded up: brute force over every weight of GPT-2."""
    values = {each: held.value for each, held in GPT2.binding().items()}
    scales = 0
    for term in GPT2.ledger("params").terms:
        copies = 12 if term.repeats else 1
        scales += copies * len(range(0, term.each.at(values), 2048))
    blocks = GPT2.planned(Plan(optimizer=optimizer("adam-8bit-blocks"))).value("optimizer_bytes")
    plain = GPT2.planned(Plan(optimizer=optimizer("adam-8bit"))).value("optimizer_bytes")
    assert blocks - plain == 2 * 4 * scales


def test_factored_states_of_experts_are_factored_one_by_one():
    model = symcost.load("mixtral-8x7b").planned(Plan(optimizer=optimizer("adafactor")))
    ledger = model.ledger("optimizer_bytes").only(lambda term: "experts" in term.axes)
    picked = ledger.only(lambda term: "W_1" in term.label)
    values = {each: held.value for each, held in model.binding().items()}
    assert picked.at(values) == 4 * 32 * 8 * (4096 + 14336)


@pytest.mark.parametrize("each", OPTIMIZERS, ids=[each.name for each in OPTIMIZERS])
def test_every_optimizer_has_a_source_and_counts(each):
    assert each.source
    assert ours(GPT2, "weight_bytes", optimizer=each.name) == Ratio(each.weight * P)
    assert ours(GPT2, "gradient_bytes", optimizer=each.name) == Ratio(each.gradient * P)


@pytest.mark.parametrize("name", ["gpt2", "llama-3-70b", "mixtral-8x7b", "deepseek-v3"])
@pytest.mark.parametrize("quantity", [STATE, "communication_bytes"])
def test_every_closed_form_is_derived(name, quantity):
    plan = Plan(dp=OPEN, tp=OPEN, pp=OPEN, ep=OPEN if name[0] in "md" else 1, zero=1)
    page = symcost.load(name).planned(plan).derive(quantity, B=1, s=1024).to_text()
    assert "n_dp" in page
    assert "n_tp  " in page  # in the notation
    assert "optimizer adam-mixed" in page


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--parallel tp=4", "tp = 4 does not divide the axis 'vocab' of W_E, which has the size "
         "50257; choose a degree that does, or --pad-vocab 128 pads it"),
        ("--parallel tp=5 --pad-vocab 1", "tp = 5 does not divide the axis 'heads' of layer "
         "attention W_Q, which has the size 12; choose a degree that does"),
        ("--parallel pp=5", "pp = 5 does not divide the 12 parts 'layer'; choose a degree that "
         "does, or --uneven-stages for the longest stage"),
        ("--parallel zp=2", "--parallel zp=2: write one of dp, tp, pp, ep, micro, chunks, sp, as "
         "in dp=8,tp=4"),
        ("--parallel dp=x", "--parallel dp=x: write a whole number, as in dp=8"),
        ("--parallel dp=0", "dp must be a whole number from 1 to 10^9, or 'open' for a symbol, "
         "not 0"),
        ("--parallel dp=2,dp=4", "--parallel gives dp twice"),
        ("--parallel tp=4,sp=2", "sequence parallelism splits over the tensor ranks: sp = 2 must "
         "be tp"),
        ("--parallel sp", "sequence parallelism splits over the tensor ranks: give tp too"),
        ("--parallel dp=6,ep=4", "ep = 4 does not divide dp = 6; experts are spread over devices "
         "that share the data"),
        ("--parallel ep=4", "experts are spread over devices that share the data: give dp too"),
        ("--zero 1", "ZeRO spreads states over devices that share the data: give dp too"),
        ("--parallel dp=2 --zero 4", "the ZeRO stage is one of 0, 1, 2, 3; '4' is none of them"),
        ("--parallel dp=2 --zero 1 --optimizer adafactor", "ZeRO cuts the weights as one flat row "
         "of numbers, and the states of adafactor do not follow that cut; choose --zero 0"),
        ("--optimizer adm", "'adm' is not an optimizer. Did you mean 'adam'?"),
        ("--parallel micro=4", "micro-batches change nothing but a pipeline's bubble: give pp "
         "too"),
        ("--parallel dp=4,ep=2", "gpt2 has no experts that a token is sent to: leave ep out"),
        ("--stage last", "without a pipeline there is no last stage: give pp too"),
        ("--parallel pp=2 --stage middle", "a pipeline of 2 stages has no middle one: choose "
         "first or last"),
        ("--parallel dp=2,pp=2,micro=4 --zero 2", "ZeRO 2 and 3 reduce gradients after every "
         "micro-batch"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(command, message, capsys):
    assert main(["eval", "gpt2", "-q", "weight_bytes", *command.split()]) == 2
    assert message in capsys.readouterr().err


def test_a_network_without_layers_has_no_pipeline():
    with pytest.raises(PlanError, match="is no chain of layers"):
        declared(two_matrices).planned(Plan(pp=2)).value("weight_bytes")


def test_norms_over_a_split_axis_are_refused_for_communication():
    """OLMo 2 norms the queries of all heads together."""

    def attention(a):
        return grouped_attention(a, qk_norm="rms", qk_norm_over="all")

    model = declared(attention).planned(Plan(tp=OPEN))
    assert model.ledger("weight_bytes").total
    with pytest.raises(PlanError, match="is a norm over the split axis 'groups'"):
        model.ledger("tensor_parallel_bytes")


def test_an_unknown_optimizer_in_python():
    with pytest.raises(OptimizerError, match="Known: sgd, sgd-momentum"):
        optimizer("nothing of the kind")


def test_without_a_plan_nothing_changes():
    assert DEFAULT.plan is None
    assert GPT2.plan is None
    assert "optimizer" not in GPT2.report("params")["counted"]
    assert "optimizer adam-mixed" in GPT2.report("weight_bytes")["counted"]


def test_a_plan_is_named_wherever_one_is_used():
    known = {*find.quantities(), *find.quotients()}
    assert known >= PLANNED
    for name in PLANNED:
        assert "optimizer adam-mixed" in GPT2.report(name)["counted"]


@pytest.mark.parametrize(("pp", "longest"), [(5, 3), (7, 2), (12, 1), (4, 3)])
def test_the_longest_of_uneven_stages(pp, longest):
    """12 layers as evenly as can be: counted by dealing them out."""
    dealt = [len(range(stage, 12, pp)) for stage in range(pp)]
    assert max(dealt) == longest
    plan = GPT2.planned(Plan(pp=pp, stage="middle", uneven=True))
    assert plan.value("weight_bytes") == 2 * longest * 7_087_872
