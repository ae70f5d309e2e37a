"""Training variants: recorded torch runs, loops that really run backward, and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import symcost
from symcost.algebra.dim import find
from symcost.algebra.poly import UnboundError
from symcost.catalog.find import quantities
from symcost.graph.architecture import SizeError
from symcost.graph.selecting import VariantError, split_rank
from symcost.graph.tensor import PRODUCTS
from symcost.graph.variant import Variant, varied
from symcost.quantities.convention import TORCH, Convention
from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.params import PARAMS
from tests.loops import run

DATA = Path(__file__).parent / "data" / "torch_variants.jsonl"
ROWS = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
COUNTED = ("params", "params_trainable", "flops_forward", "flops_backward")
SIZES = {"L": 4, "d": 4, "h": 2, "d_h": 2, "d_ff": 3, "V": 5, "n_ctx": 4, "B": 2, "s": 3}
WAYS = (
    {"freeze": "embeddings"},
    {"freeze": "layer[:2], embeddings"},
    {"freeze": "layer[1:-1]"},
    {"freeze": "W_P, layer.attention"},
    {"train_only": "biases"},
    {"train_only": "layer[-1:]"},
    {"train_only": "norms, head"},
    {"lora": "W_Q, W_V"},
    {"lora": "layer[1:].feed_forward", "train_only": "biases"},
    {"lora": "attention", "train_only": "W_E"},
)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_torch_counts_the_same(row):
    model = symcost.load(row["config"])
    if "prediction" in row:
        varied_model = model.variant(prediction=row["prediction"])
    else:
        way = dict(row["variant"])
        if "lora" in way:
            way["lora"] = f"r={row['rank']}: {way['lora']}"
        varied_model = model.variant(**way)
        assert row["params_trainable"] == row["with_gradient"]
    for name in COUNTED:
        if name in row:
            assert varied_model.value(name, B=row["batch"], s=row["length"]) == row[name], name


def test_the_rows_are_of_every_kind():
    kinds = {frozenset(row.get("variant", {"prediction": 1})) for row in ROWS}
    assert kinds == {
        frozenset({"freeze"}),
        frozenset({"train_only"}),
        frozenset({"lora"}),
        frozenset({"lora", "train_only"}),
        frozenset({"prediction"}),
    }


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_loops_that_run_backward_do_as_much(way, tied):
    """The loops look at `trainable` of the weights alone, and at what really flows back."""
    base = symcost.load("gpt2")
    base = symcost.Model(replace(base.architecture, flags={"tied": tied}, sizes={}))
    if tied and "head" in way.get("train_only", ""):
        way = {"train_only": "norms"}
    model = base.variant(**way)
    given = {**SIZES, "r_A": 2}
    values = {
        each: bound.value
        for each, bound in model.binding(
            **{name: size for name, size in given.items() if name != "r_A" or "lora" in way}
        ).items()
    }
    ran = run(model.root, values)
    work = Convention("products", "test")
    # The loops count multiplications; each comes with one addition.
    assert FLOPS_FORWARD.ledger(model.root, work).at(values) == 2 * sum(
        number for role, number in ran.forward.items() if role in PRODUCTS
    )
    assert FLOPS_BACKWARD.ledger(model.root, work).at(values) == 2 * sum(
        number for role, number in ran.backward.items() if role in PRODUCTS
    )
    assert PARAMS.ledger(model.root, work).at(values) == sum(ran.params.values())
    trained = sum(len(each.data) for each in ran.leaves if each.needs and each.gradient is not None)
    assert (
        model.value(
            "params_trainable",
            **{name: size for name, size in given.items() if name != "r_A" or "lora" in way},
        )
        == trained
    )


@pytest.mark.parametrize(
    "name",
    [
        "gpt2",
        "deepseek-v3",
        "mixtral-8x7b",
        "gemma-2-2b",
        "vit-b-16",
        "jamba",
        "whisper-tiny",
        "swin-tiny",
        "resnet-18",
        "t5-small",
        "mamba2-130m",
        "lecture",
    ],
)
def test_nothing_selected_changes_nothing(name):
    root = symcost.load(name).root
    again = varied(root, Variant()).root
    for quantity in quantities().values():
        if quantity.name in ("params", "flops_forward", "flops_backward", "kv_cache_bytes"):
            ours = quantity.ledger(again, TORCH)
            assert ours.terms == quantity.ledger(root, TORCH).terms


def test_low_rank_updates_of_experts_are_one_pair_for_each_expert():
    model = symcost.load("mixtral-8x7b")
    model = model.variant(lora="feed_forward.W_1, W_2")
    e, k, d, f, rank, layers, s = (find(x).sympy for x in ("E", "k", "d", "d_e", "r_A", "L", "s"))
    assert model.expr("params_trainable").equals(2 * layers * e * rank * (d + f))
    before = symcost.load("mixtral-8x7b").expr("flops_forward", scope="sequence")
    more = model.expr("flops_forward", scope="sequence") - before
    assert more.equals(4 * layers * s * k * rank * (d + f))


def test_the_module_of_deepseek_v3():
    """README of deepseek-ai/DeepSeek-V3: 671B for the main model, 14B for the module with its own
    copies of table and head. The main number is met; the module's 13.46B is half a billion less.
    """
    main = symcost.load("deepseek-v3")
    more = main.variant(prediction=1).value("params") - main.value("params")
    assert more == 11_610_067_968
    table = 129_280 * 7_168
    assert main.value("params") == 671_026_404_352
    assert main.value("params") + more + 2 * table == 684_489_830_400


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ({"freeze": "W_X"}, "'W_X' meets no weight"),
        ({"freeze": "layer[2:1]"}, "its slice is empty"),
        ({"freeze": "layer[0.5]"}, "selects nothing"),
        ({"freeze": "layer, embeddings, last_norm"}, "nothing is left to train"),
        ({"lora": "norms"}, "meets no weight that is a matrix"),
        ({"lora": "W_Q", "freeze": "attention"}, "take it out of one of the two"),
        ({"lora": "r=0:W_Q"}, "the rank is a whole number"),
        ({"lora": "r=4:"}, "name the matrices"),
        ({"lora": "rank=4"}, "write r=16"),
        ({"prediction": 1}, "decoders of the usual shape"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(way, told):
    with pytest.raises(VariantError, match=told):
        symcost.load("gpt2").variant(**way)


def test_more_frozen_layers_than_there_are():
    model = symcost.load("gpt2").variant(freeze="layer[:12]")
    with pytest.raises(SizeError, match="would be 0"):
        model.value("params_trainable")
    assert model.value("params_trainable", L=13) > 0


def test_a_rank_stays_open():
    assert split_rank("W_Q, layer[:4].W_V") == (None, "W_Q, layer[:4].W_V")
    model = symcost.load("gpt2").variant(lora="W_Q")
    with pytest.raises(UnboundError, match="r_A"):
        model.value("params")
