"""The configurations of litgpt, raw and resolved, against models that litgpt built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symcost.config.keys import ConfigError
from symcost.config.read import read
from symcost.model import Model

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "litgpt.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_row(row: dict[str, Any]) -> None:
    # The resolved form of a row lacks the name, which litgpt itself looks at.
    for config in (row["config"], {"name": row["config"]["name"], **row["resolved"]}):
        model = Model(read(config))
        for quantity in ("params", "params_embedding", "params_non_embedding"):
            assert model.value(quantity) == row[quantity]
        for case in row.get("flops", []):
            forward = model.value("flops_forward", B=case["B"], s=case["S"])
            assert forward == case["flops"]
        if "train" in row:
            case = row["train"]
            assert model.value("flops_train", B=case["B"], s=case["S"]) == case["flops"]


def test_all_rows_are_there() -> None:
    assert len(ROWS) == 109
    assert sum("flops" in row for row in ROWS) > 100


LLAMA = {"name": "x", "mlp_class_name": "LLaMAMLP", "intermediate_size": 8, "n_embd": 64}


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"name": "x", "n_layer": 2, "n_embd": 33}, "n_head = 32 does not divide n_embd = 33"),
        ({**LLAMA, "intermediate_size": None}, "LLaMAMLP has no rule for it"),
        ({**LLAMA, "mlp_class_name": "SwigluMLP"}, "'SwigluMLP' is not known"),
        ({**LLAMA, "norm_class_name": "BatchNorm"}, "'BatchNorm' is not known"),
        ({**LLAMA, "name": "", "bias": False}, "name is missing"),
        ({**LLAMA, "latent_attention": {"q_lora_rank": 8}}, "it may change the cost"),
        ({**LLAMA, "shared_attention_norm": True, "parallel_residual": False}, "parallel_residual"),
        (
            {**LLAMA, "mlp_class_name": "LLaMAMoE", "n_expert": 2, "n_expert_per_token": 3},
            "is more than there are experts",
        ),
    ],
)
def test_refusals(config: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(config)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
