"""Every recorded model that can be read is exact; every other one is refused in one line.

`tests/data/hf_models.jsonl` and `own_*.jsonl` hold counts of real models; how they were made stands
in `tests/data/README.md`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.config.keys import ConfigError
from symcost.config.read import read, supported
from tests.coverage import compare
from tests.patterns import unmatched

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


RECORDED = rows("hf_models.jsonl")
OWN = [row for file in sorted(DATA.glob("own_*.jsonl")) for row in rows(file.name)]
BY_TYPE: dict[str, list[dict[str, Any]]] = defaultdict(list)
for each in [*RECORDED, *OWN]:
    BY_TYPE[each["model_type"]].append(each)

# Rows that are refused, though their type is read, with the reason.
REFUSED_ROWS = {
    "longcat_flash/r2": "no value for k",
    "longcat_flash/r3": "no value for k",
    # Built by the library, but not what the keys say; each was a wrong number once.
    "llama/review0": "prelu",
    "bert/review2": "prelu",
    "helium/review3": "head_dim",
    "olmoe/review4": "head_dim",
    "deepseek_v2/review5": "n_shared_experts",
    "lasr_encoder/review6": "num_key_value_heads",
    "parakeet_encoder/review7": "num_key_value_heads",
    "bros/review8": "dim_bbox_projection",
    "phimoe/review9": "num_experts_per_tok",
    "mobilebert/review10": "true_hidden_size",
    "vit/review11": "prelu",
}


@pytest.mark.parametrize("model_type", sorted(set(BY_TYPE) & set(supported())))
def test_a_known_type_is_exact(model_type: str) -> None:
    for row in BY_TYPE[model_type]:
        status, why = compare(row)
        if status == "refused" and row["id"] in REFUSED_ROWS:
            assert REFUSED_ROWS[row["id"]] in why
        else:
            assert (status, why) == ("exact", ""), row["id"]


# Rows where one recorded number gathers many weights of different places (all stages of a network
# of pictures, two kinds of mixers), so that the search for equal sums ends without an answer.
TANGLED = {
    "bit/default",
    "canine/r5",
    "dinov3_convnext/r1",
    "got_ocr2/r1",
    "got_ocr2/r2",
    "hgnet_v2/default",
    "hgnet_v2/r1",
    "hgnet_v2/r2",
    "hiera/default",
    "kimi_linear/default",
    "kimi_linear/r1",
    "kimi_linear/r3",
    "levit/default",
    "lfm2_moe/r1",
    "lfm2_moe/r2",
    "switch_transformers/default",
    "video_llava/r1",
    "zamba/r2",
}


@pytest.mark.parametrize("model_type", sorted(set(BY_TYPE) & set(supported())))
def test_parameters_agree_tensor_by_tensor(model_type: str) -> None:
    for row in BY_TYPE[model_type]:
        if "tensors" not in row or row["id"] in TANGLED or row["id"] in REFUSED_ROWS:
            continue
        model = symcost.Model(read(row.get("config") or row["config_sparse"]))
        assert unmatched(model, row["tensors"]) == ({}, {}), row["id"]


def test_a_fault_that_cancels_in_the_total_is_found() -> None:
    (row,) = (each for each in RECORDED if each["id"] == "llama/r1")
    model = symcost.Model(read(row["config"]))
    wrong = list(row["tensors"])
    wrong[0], wrong[1] = wrong[0] + 1, wrong[1] - 1
    assert unmatched(model, wrong) != ({}, {})


@pytest.mark.parametrize("model_type", sorted(set(BY_TYPE) - set(supported())))
def test_an_unknown_type_is_refused(model_type: str) -> None:
    for row in BY_TYPE[model_type]:
        status, why = compare(row)
        assert status == "refused"
        assert repr(model_type) in why
        assert "\n" not in why


@pytest.mark.parametrize("variant", ["config_sparse", "config_hub"])
def test_a_terse_file_means_the_same(variant: str) -> None:
    found = 0
    for row in RECORDED:
        if variant not in row or "config" not in row or row["model_type"] not in supported():
            continue
        try:
            whole = symcost.Model(read(row["config"])).value("params")
            terse = symcost.Model(read(row[variant])).value("params")
        except ValueError:
            continue  # refused, as the test above demands in one line
        assert terse == whole == row["params"], row["id"]
        found += 1
    assert found >= {"config_sparse": 400, "config_hub": 20}[variant]


def test_most_of_the_first_tier_is_read() -> None:
    first = [row for row in RECORDED if row["tier"] == 1]
    read_types = [row for row in first if row["model_type"] in supported()]
    assert len(read_types) * 100 >= 97 * len(first)


def test_a_class_with_another_head_is_refused() -> None:
    config = {"model_type": "llama", "architectures": ["LlamaForSequenceClassification"]}
    with pytest.raises(ConfigError) as error:
        read(config)
    assert str(error.value) == (
        "configuration, model type 'llama': architectures names LlamaForSequenceClassification; "
        "of this type only the language model is read"
    )
