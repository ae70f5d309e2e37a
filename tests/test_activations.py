"""What forward keeps for backward: against torch, against table 2 of Korthikanti et al. 2022."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Poly
from symcost.catalog import find as catalog
from symcost.cli import main
from symcost.components.attention import multi_head_attention
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.norm import layer_norm
from symcost.graph import functions
from symcost.graph.author import Author, build
from symcost.graph.functions import FUNCTIONS, SAVED, UnsavedError, saved_by
from symcost.graph.tensor import Role, Tensor
from symcost.models.gpt import gpt, gpt_layer
from symcost.models.megatron import megatron_layers
from symcost.quantities.activations import ACTIVATIONS
from symcost.quantities.convention import TORCH, Convention, ConventionError, changed
from symcost.quantities.plan import PlanError, read_plan
from symcost.quantities.prove import derive

if TYPE_CHECKING:
    from symcost.graph.component import Component

DATA = Path(__file__).parent / "data"
ROWS = [json.loads(line) for line in (DATA / "torch_activations.jsonl").read_text().splitlines()]
PAPER = [
    json.loads(line) for line in (DATA / "literature_activations.jsonl").read_text().splitlines()
]
WORDS = {
    "B": "batch",
    "s": "time",
    "h": "heads",
    "d": "model",
    "d_h": "head",
    "d_ff": "feed",
    "V": "vocab",
    "L": "layers",
}


def mapped(function: str) -> Any:
    def up_and_down(a: Author) -> Tensor:
        x = a.input("batch time model")
        return a.linear(
            "W_2", a.map(function, a.linear("W_1", x, "model -> feed")), "feed -> model"
        )

    return up_and_down


def linear(a: Author) -> Tensor:
    return a.linear("W", a.input("batch time model"), "model -> feed", bias=True)


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "layer_norm": (layer_norm, {}),
    "linear": (linear, {}),
    "feed_forward": (feed_forward, {}),
    "gated_feed_forward": (gated_feed_forward, {}),
    "attention": (multi_head_attention, {}),
    "attention_dropout": (multi_head_attention, {"dropout": True}),
    "layer": (gpt_layer, {}),
    "layer_dropout": (gpt_layer, {"dropout": True}),
    "layers_dropout": (megatron_layers, {}),
    "gpt": (gpt, {}),
    "gpt_dropout": (gpt, {"dropout": True}),
}


def total(root: Component, convention: Convention = TORCH) -> Poly:
    return ACTIVATIONS.ledger(root, convention).total


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['case']}-{row['sizes']['B']}")
def test_torch_keeps_the_same_bytes(row: dict[str, Any]) -> None:
    name = row["case"]
    declaration, flags = (
        (mapped(name.removeprefix("map_")), {}) if name.startswith("map_") else CASES[name]
    )
    ledger = ACTIVATIONS.ledger(
        build(declaration, "case", **flags), replace(TORCH, element_bytes=row["number_bytes"])
    )
    values = {dim(WORDS[symbol]): size for symbol, size in row["sizes"].items()}
    by_kind = {"numbers": 0, "masks": 0, "indices": 0}
    for term in ledger.terms:
        word = term.label.split(" of ")[0] if " of " in term.label else ""
        kind = {"mask": "masks", "index": "indices"}.get(word, "numbers")
        by_kind[kind] += int(term.at(values))
    assert by_kind == {kind: row["bytes"][kind] for kind in by_kind}


def test_every_kind_of_bytes_occurs() -> None:
    for kind in ("numbers", "masks", "indices", "statistics", "constants"):
        assert any(row["bytes"][kind] for row in ROWS)


# -- Korthikanti et al. 2022 ------------------------------------------------------------------

B, S, H, D, L, V = (
    Poly.of(dim(word)) for word in ("batch", "time", "heads", "model", "layers", "vocab")
)
T, P = Poly.of(dim("tensor_ranks")), Poly.of(dim("stages"))
SQUARE = 5 * H * S / D
TABLE_2 = {
    ("", "none"): 34 + SQUARE,
    ("tp", "none"): 10 + 24 / T + SQUARE / T,
    ("tp,sp", "none"): 34 / T + SQUARE / T,
    ("tp", "selective"): 10 + 24 / T,
    ("tp,sp", "selective"): 34 / T,
    ("tp", "full"): Poly.of(2),
    ("", "full"): Poly.of(2),
    ("", "selective"): Poly.of(34),
    ("pp,tp,sp", "none"): 34 / T + SQUARE / T,  # equation 5: the first stage, whatever p is
}


def counted(name: str, plan: str, policy: str) -> Poly:
    model = symcost.load(name)
    convention = changed(TORCH, recompute=policy)
    if plan:
        convention = replace(convention, plan=read_plan(plan, {}))
    return put_in(total(model.root, convention), model.architecture.relations)


@pytest.mark.parametrize(("plan", "policy"), TABLE_2)
def test_rows_of_table_2(plan: str, policy: str) -> None:
    assert counted("megatron-layers", plan, policy) == L * S * B * D * TABLE_2[plan, policy]


def test_what_stands_outside_of_the_layers() -> None:
    """Section 4.3: embedding dropout, last norm, logits' input; the loss's own 4 s B V apart.

    The paper leaves the ids of tokens and of places out, 8 bytes each.
    """
    layers = L * B * S * D * (34 + SQUARE) / T
    outside = counted("megatron-22b", "tp,sp", "none") - layers
    assert outside + 4 * S * B * V / T == (
        S * B * D / T + 4 * S * B * D / T * (1 + V / D) + 8 * B * S + 8 * S
    )
    first = counted("megatron-22b", "tp,sp,pp", "none") - layers
    assert first == S * B * D * P / T + (8 * B * S + 8 * S) * P


def test_values_of_what_stands_outside() -> None:
    """Section 4.3 in numbers: s b h p/t, and 4 s b h (1 + v/h)/t where there is one stage only."""
    for stages, sizes, value in (
        (8, {"time": 2048, "batch": 1, "model": 12288}, 90177536 - 4 * 2048 * (12288 + 51200) // 8),
        (1, {"time": 2048, "batch": 4, "model": 6144}, 241172480),
    ):
        plan = "tp,sp" if stages == 1 else "tp,sp,pp"
        whole = counted("megatron-22b", plan, "none")
        layers = counted("megatron-layers", plan, "none")
        values = {dim(word): size for word, size in sizes.items()}
        values |= {dim("tensor_ranks"): 8, dim("stages"): stages, dim("vocab"): 51200}
        ids = 8 * (sizes["batch"] + 1) * 2048 * stages
        loss = 4 * 2048 * sizes["batch"] * 51200 // 8 if stages == 1 else 0
        assert (whole - layers).at(values) - ids + loss == value


def test_interleaved_stages() -> None:
    pieces = Poly.of(dim("stage_chunks"))
    plain = counted("megatron-layers", "tp,sp,pp", "none")
    values = {dim("stages"): 8, dim("stage_chunks"): 3}
    assert (1 + (P - 1) / (P * pieces)).at(values) * 24 == 31  # 1.291666..., section 4.2.3
    more = counted("megatron-layers", "tp,sp,pp,chunks", "none")
    assert more == plain * (1 + (P - 1) / (P * pieces))


@pytest.mark.parametrize("row", PAPER, ids=lambda row: row["id"])
def test_published_values(row: dict[str, Any]) -> None:
    for check in row["checks"]:
        found = counted(row["model"], row["plan"], row["recompute"])
        assert found.at({dim(word): size for word, size in check["at"].items()}) == check["value"]


def test_recomputed_work_is_counted_as_work() -> None:
    """Appendix A: selective recomputation adds the forward work of attention's products."""
    model = symcost.load("megatron-layers")
    plain, selective, full = (
        model.ledger("flops_train", convention=changed(TORCH, recompute=policy)).total
        for policy in ("none", "selective", "full")
    )
    forward = model.ledger("flops_forward", convention=TORCH)
    assert selective - plain == forward.of_roles(Role.ATTENTION).total
    assert full - plain == forward.total


# -- identity, chains, views --------------------------------------------------------------------


def test_a_tensor_that_many_read_counts_once() -> None:
    def one(a: Author) -> Tensor:
        x = a.input("batch time model")
        return a.linear("W_1", x, "model -> feed")

    def three(a: Author) -> Tensor:
        x = a.input("batch time model")
        y = a.map("add", a.linear("W_1", x, "model -> feed"), a.linear("W_2", x, "model -> feed"))
        return a.map("add", y, a.linear("W_3", x, "model -> feed"), name="add_2")

    assert total(build(one)) == total(build(three)) == 2 * B * S * D


@pytest.mark.parametrize("ends_with", ["softmax", "add"])
@pytest.mark.parametrize("read_before", [False, True])
@pytest.mark.parametrize("read_after", [False, True])
def test_a_chain_counts_what_flows_through_it_once(
    ends_with: str, read_before: bool, read_after: bool
) -> None:
    """Against the same layers written down one by one."""

    def step(a: Author) -> Tensor:
        x = a.input("batch time model")
        y = a.linear("W_2", a.linear("W_1", x, "model -> feed"), "feed -> model")
        return a.map("softmax", y) if ends_with == "softmax" else a.map("add", x, y)

    def around(a: Author, *, chain: bool) -> Tensor:
        x = a.input("batch time model")
        before = a.linear("W_1", a.linear("W_0", x, "model -> feed"), "feed -> model")
        x = before
        if chain:
            x = a.repeat("layer", 3, step, x)
            x = a.repeat("more", 2, step, x)
        else:
            for at in range(5):
                x = a.part(f"layer_{at}", step, x)
        if read_after:
            x = a.map("multiply", x, a.weight("w", "model", Role.SCALE))
        if read_before:
            x = a.map("multiply", x, before, name="gate")
        return x

    for policy in ("none", "selective"):
        convention = changed(TORCH, recompute=policy)
        assert total(build(around, chain=True), convention) == total(
            build(around, chain=False), convention
        )


def test_frozen_weights_keep_less() -> None:
    """Without a trained weight a product keeps nothing of its input."""
    model = symcost.load("gpt2")
    fewer = model.variant(lora="r=8: W_Q, W_V")
    assert fewer.value("activation_bytes", B=1, s=128) < model.value("activation_bytes", B=1, s=128)


OTHERS = ("mixtral-8x7b", "deepseek-v3", "t5-base", "mamba-130m", "resnet-18", "swin-tiny")


@pytest.mark.parametrize("name", [*catalog.architectures(), *OTHERS])
def test_each_policy_keeps_no_more_than_the_one_before(name: str) -> None:
    model = symcost.load(name)
    ledgers = [
        model.ledger("activation_bytes", convention=changed(TORCH, recompute=policy))
        for policy in ("none", "selective", "full")
    ]
    values = {each: bound.value for each, bound in model.binding().items()}
    for ledger in ledgers:
        for each in ledger.total.dims():
            values.setdefault(each, 32)
        derive(ledger, model.root, "M", model.architecture.relations)
    numbers = [ledger.at(values) for ledger in ledgers]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] > 0


# -- refusals -------------------------------------------------------------------------------------


def test_every_function_says_what_its_backward_reads() -> None:
    assert set(SAVED) == set(FUNCTIONS)
    with pytest.raises(UnsavedError, match="not stated"):
        saved_by("unheard of")
    assert functions.saved_by("gelu") is functions.Saved.INPUT


def test_other_policies_and_stages_are_refused() -> None:
    with pytest.raises(ConventionError, match="recompute is none, selective, full"):
        changed(TORCH, recompute="some")
    plan = read_plan("pp=4", {"stage": "last"})
    with pytest.raises(PlanError, match="first stage"):
        total(build(megatron_layers), replace(TORCH, plan=plan))


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["eval", "megatron-layers", "-q", "activation_bytes", "--recompute", "selective"]
    sizes = ["--set", "L=1", "--set", "B=1", "--set", "s=2048", "--set", "d=12288"]
    assert main([*command, *sizes, "--set", "h=96", "--parallel", "tp=8"]) == 0
    assert "327,155,712 byte" in capsys.readouterr().out
