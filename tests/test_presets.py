"""Published models by name: their parameters are those of models that were built from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.catalog import find
from symcost.config import read

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "presets.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_params_and_work(row: dict[str, Any]) -> None:
    model = symcost.load(row["name"])
    assert model.value("params") == row["params"]
    for case in row.get("flops", []):
        assert model.value("flops_forward", B=case["B"], s=case["S"]) == case["flops"]


def test_every_preset_has_a_row() -> None:
    assert [row["name"] for row in sorted(ROWS, key=lambda row: row["name"])] == list(
        find.presets()
    )
    assert len(find.presets()) >= 60
    assert not set(find.presets()) & set(find.architectures())


@pytest.mark.parametrize("name", find.presets())
def test_no_count_is_written_down(name: str) -> None:
    found = find.preset(name)
    assert set(found) == {"title", "source", "config"}
    params = symcost.load(name).value("params")
    assert str(params) not in json.dumps(found)
    assert found["source"].split(", config.json")[0].count("/") == 1


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("llama-2-70b", 68_976_648_192),
        ("mixtral-8x7b", 46_702_792_704),
        ("deepseek-v3", 671_026_404_352),
    ],
)
def test_known_totals(name: str, params: int) -> None:
    assert symcost.load(name).value("params") == params


def test_llama_forward() -> None:
    model = symcost.load("llama-2-70b")
    assert model.value("flops_forward", B=1, s=1024) == 143_473_382_522_880


def test_listing_reads_no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a configuration was read")

    monkeypatch.setattr(read, "understand", refuse)
    assert "llama-2-7b" in find.presets()
    assert symcost.load("gpt2").value("params") == 124_439_808


def test_unknown_name_names_the_nearest() -> None:
    with pytest.raises(find.UnknownNameError) as caught:
        symcost.load("lama-2-7b")
    assert "Did you mean 'llama-2-7b'?" in str(caught.value)
