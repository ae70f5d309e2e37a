"""Decode and extend: the declaration after a cache, against counts of real models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.catalog import find
from symcost.cli import main
from symcost.config.read import read, supported
from symcost.graph.architecture import SizeError, dims_of_model
from symcost.graph.phases import PHASES, PhaseError

DATA = Path(__file__).parent / "data"
TIME, CACHED = dim("time"), dim("cached")

# Types whose decode is another algorithm than the one that is declared, with a word of the reason.
REFUSED = {
    "bart": "encoder",
    "bigbird_pegasus": "encoder",
    "blenderbot": "encoder",
    "blenderbot-small": "encoder",
    "deepseek_v4": "'used'",
    "falcon_h1": "'chunks'",
    "fsmt": "encoder",
    "gemma3n_text": "keeps none of them",
    "granitemoehybrid": "'chunks'",
    "kimi_linear": "'chunks'",
    "led": "encoder",
    "longcat_flash": "no value for k",
    "longt5": "encoder",
    "m2m_100": "encoder",
    "mamba2": "'chunks'",
    "marian": "encoder",
    "minimax": "'blocks'",
    "mt5": "encoder",
    "mvp": "encoder",
    "nemo_speechlm": "'chunks'",
    "nemotron_h": "'chunks'",
    "olmo_hybrid": "'chunks'",
    "pegasus_x": "encoder",
    "plbart": "encoder",
    "qwen3_5_moe_text": "'chunks'",
    "qwen3_5_text": "'chunks'",
    "qwen3_next": "'chunks'",
    "seamless_m4t": "encoder",
    "seamless_m4t_v2": "encoder",
    "t5": "encoder",
    "t5gemma": "encoder",
    "t5gemma2": "encoder",
    "xlnet": "'distances'",
    "zaya": "'zeros'",
}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def decoded(row: dict[str, Any], config: dict[str, Any]) -> list[tuple[int, int]]:
    """What symcost derives for each case, beside what was counted."""
    model = symcost.Model(read(config)).in_phase("decode")
    known = {each.symbol for each in dims_of_model(model.root)}
    found = []
    for case in row["decode"]:
        sizes = {name: case[name] for name in ("B", "t") if name in known}
        found.append((int(model.value("flops_forward", **sizes)), case["flops"]))
    return found


def test_decode_is_what_torch_counts_for_one_further_token() -> None:
    models = {row["id"]: row for row in rows("hf_models.jsonl")}
    exact = 0
    refused: dict[str, str] = {}
    for row in rows("decode.jsonl"):
        model = models[row["id"]]
        if model["model_type"] not in supported():
            continue
        try:
            pairs = decoded(row, model.get("config", model.get("config_sparse")))
        except ValueError as error:
            refused[model["model_type"]] = str(error)
            continue
        for derived, counted in pairs:
            assert derived == counted, row["id"]
            exact += 1
    assert exact == 654
    assert sorted(refused) == sorted(REFUSED)
    for model_type, why in refused.items():
        assert REFUSED[model_type] in why


@pytest.mark.parametrize("name", ["gpt2", "gemma-2-2b", "mixtral-8x7b", "deepseek-v3"])
def test_the_cache_after_a_step_is_that_of_one_more_token(name: str) -> None:
    model = symcost.load(name)
    after = model.in_phase("decode").ledger("kv_cache_bytes").total
    assert after == model.ledger("kv_cache_bytes").total.substitute({TIME: Poly.of(CACHED) + 1})


@pytest.mark.parametrize("name", ["gpt2", "gemma-2-2b", "mixtral-8x7b", "deepseek-v3"])
@pytest.mark.parametrize("quantity", ["flops_forward", "kv_cache_bytes", "traffic_bytes"])
def test_one_token_after_a_cache_is_a_decode_step(name: str, quantity: str) -> None:
    model = symcost.load(name)
    extended = model.in_phase("extend").ledger(quantity).total.substitute({TIME: Poly.of(1)})
    assert extended == model.in_phase("decode").ledger(quantity).total


def test_weights_do_not_know_a_phase() -> None:
    for name in ("gpt2", "mixtral-8x7b", "deepseek-v3"):
        model = symcost.load(name)
        for phase in PHASES:
            assert model.in_phase(phase).value("params") == model.value("params")


def test_prefill_is_the_declaration_as_it_stands() -> None:
    model = symcost.load("gpt2")
    assert model.in_phase("prefill") is model
    assert model.in_phase("train") is model


def test_a_step_multiplies_what_the_last_row_of_a_causal_square_does() -> None:
    """Exact causal work of s tokens is the sum of the decode steps after 0, 1, ... s - 1."""
    model = symcost.load("gpt2")
    causal = symcost.Convention("exact", "tests", causal="exact")
    whole = model.value("flops_forward", convention=causal, B=3, s=17)
    decode = model.in_phase("decode")
    later = sum(decode.value("flops_forward", B=3, t=t) for t in range(1, 17))
    first = model.value("flops_forward", B=3, s=1)
    assert whole == first + later


def test_a_window_looks_at_its_last_places() -> None:
    config = {"model_type": "mistral", "sliding_window": 8, "num_hidden_layers": 2}
    config |= {"hidden_size": 12, "num_attention_heads": 3, "num_key_value_heads": 3}
    decode = symcost.Model(read(config)).in_phase("decode")
    growth = [
        decode.value("flops_forward", B=1, t=t + 1) - decode.value("flops_forward", B=1, t=t)
        for t in (3, 6, 7, 100)
    ]
    # Two layers, two products, 2 FLOPs for each of 12 numbers; from t = 7 on nothing more is seen.
    assert growth == [96, 96, 0, 0]


def test_places_beyond_the_table_are_refused() -> None:
    decode = symcost.load("gpt2").in_phase("decode")
    assert decode.value("flops_forward", B=1, t=1023) > 0
    with pytest.raises(SizeError, match=r"^t = 1024 and 1 more are more than n_ctx = 1024"):
        decode.value("flops_forward", B=1, t=1024)
    extend = symcost.load("gpt2").in_phase("extend")
    with pytest.raises(SizeError, match=r"^t = 1000 and 25 more are more than n_ctx = 1024"):
        extend.value("flops_forward", B=1, t=1000, s=25)


def test_a_model_that_keeps_nothing_cannot_decode() -> None:
    with pytest.raises(PhaseError, match="keeps nothing for later tokens, so it cannot decode"):
        symcost.load("bert-base").in_phase("decode")
    with pytest.raises(PhaseError, match="'later' is not a phase: choose train, prefill"):
        symcost.load("gpt2").in_phase("later")


def test_absorbed_attention_is_the_same_model_with_other_work() -> None:
    model = symcost.load("deepseek-v3")
    other = model.absorbed()
    for quantity in ("params", "kv_cache_bytes", "params_active"):
        assert other.ledger(quantity).total == model.ledger(quantity).total
    # For each head and token: c + c + r for scores and mix, where 2 (n + v) c + n + r + v stood.
    values = {"B": 1, "t": 1_000}
    more = {"B": 1, "t": 1_001}
    heads, layers, latent, rope, plain, wide = 128, 61, 512, 64, 128, 128
    for each, number in (
        (other, 2 * latent + rope),
        (model, (plain + wide) * latent + plain + rope + wide),
    ):
        decode = each.in_phase("decode")
        growth = decode.value("flops_forward", **more) - decode.value("flops_forward", **values)
        assert growth == 2 * layers * heads * number
    with pytest.raises(ValueError, match="gpt2 has no latent attention that could be absorbed"):
        symcost.load("gpt2").absorbed()


def test_a_page_of_a_step_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "gpt2", "--phase", "decode", "-q", "flops_forward"]) == 0
    printed = capsys.readouterr().out
    assert "Work of one forward pass, of B sequences, 1 new after t cached" in printed
    assert "(1 x d_h)(d_h x (t + 1))" in printed
    assert "sequences of s tokens" not in printed


def test_every_published_decoder_decodes_or_says_why() -> None:
    refused = []
    for name in find.presets():
        try:
            symcost.load(name).in_phase("decode")
        except PhaseError as error:
            refused.append(str(error))
    assert len(find.presets()) - len(refused) > 100
    assert not any("\n" in each for each in refused)
