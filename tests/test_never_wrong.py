"""Every way by which a number comes out gives the right one, or says in one line why it gives none.

The tables are attacks: numbers that mean two things, sizes that cannot be, keys that nobody reads,
types that wrap around. What is right is said by plain Python, by numbers that were written down,
or by another language.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.typed import whole
from symcost.cli import main
from symcost.graph.architecture import SizeError

if TYPE_CHECKING:
    from pathlib import Path

GPT2 = 124_439_808  # parameters of gpt2, as its checkpoint has them
LLAMA = {
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
}


def said(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and what was printed on both sides."""
    code = main(line.split(" "))
    both = capsys.readouterr()
    return code, both.out + both.err


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4096", 4096),
        ("4_096", 4096),
        ("4,096", 4096),
        ("1,048,576", 1048576),
        ("1_0", 10),  # as Python has it
        ("0", 0),
        ("1,5", None),  # one and a half, somewhere
        ("1,0245", None),
        (",024", None),
        ("4096,", None),
        ("1,024_576", None),
        ("1__0", None),
        ("1_", None),
        ("+4096", None),
        ("-1", None),
        (" 4096", None),
        ("1e3", None),
        ("4096.0", None),
        ("0x10", None),
        ("４０９６", None),
        ("٤", None),
        ("²", None),
        ("", None),
        ("9" * 5_000, None),
    ],
)
def test_a_typed_number_means_one_thing(text: str, number: int | None) -> None:
    assert whole(text) == number


REFUSED = [
    ("eval gpt2 -q params --set d=1,5", "thousands are groups of three"),
    ("eval gpt2 -q params --set s=1_0,2", "thousands are groups of three"),
    ("eval gpt2 -q params --set d=1e3", "a whole number"),
    ("eval gpt2 -q params --set d=７６８", "a whole number"),
    ("eval gpt2 -q params --set L=12 --set n_layer=13", "two values for L"),
    ("eval gpt2 -q params --set L=0", "at least 1"),
    ("eval gpt2 -q params --set L=-3", "at least 1"),
    ("eval gpt2 -q params --set h=5", "no positive whole number"),
    ("eval gpt2 -q params --set d=100", "no positive whole number"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1 --element-bytes ２", "no whole number"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1 --element-bytes 0", "at least 1 byte"),
    ("eval gpt2 -q kv_cache_bytes --set B=1 --set s=1025", "more than n_ctx"),
    ("eval gpt2 -q params_trainable --lora r=8:W_Q --set r_A=4", "leave one out"),
    ("eval gpt2 -q training_state_bytes --parallel tp=5", "does not divide"),
    ("eval gpt2 -q training_state_bytes --parallel pp=5", "does not divide"),
    ("eval mixtral-8x7b -q params_active --set k=9", "k = 9 is more than E = 8"),
    ("eval mixtral-8x7b -q params_active --set E=1", "k = 2 is more than E = 1"),
    ("eval mixtral-8x7b -q params --set h_kv=5", "no positive whole number"),
    ("eval deepseek-v3 -q params_inactive --set k=257", "more than E = 256"),
    ("derive mixtral-8x7b -q params_active --set k=9", "more than E = 8"),
    ("compare mixtral-8x7b gpt2 -q params --set k=9", "more than E = 8"),
    ("sweep mixtral-8x7b -q params_active --grid k=8,9", "k <= E"),
    ("sweep gpt2 -q params --grid L=1_,2", "write s=1024,2048"),
    ("solve gpt2 params=1,5 --for L", "thousands are groups of three"),
    ("plot gpt2 --of shares --against s=1,28:65536 -o x.svg", "thousands are groups of three"),
    ("mfu gpt2 --device a100 --set s=1024 --tokens-per-second 100,5", "a positive number"),
    ("lengths gpt2 --lengths 100,1025", "s = 1025 is more than n_ctx = 1024"),
    ("lengths gpt2 --phase decode --lengths 1024", "more than n_ctx"),
    ("lengths gpt2 --lengths 100,200 --set B=7", "leave one out"),
    ("lengths gpt2 --lengths 100,200 --set seq_len=7", "leave one out"),
]


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_what_cannot_be_meant_is_refused(
    line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(line, capsys)
    assert code == 2
    assert message in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("solve mixtral-8x7b params_active<=1e11 --for k", "k = 8 is the largest possible one"),
        ("solve mixtral-8x7b params>=1e9 --for E", "E is at least 2: no token is sent to"),
        ("mfu gpt2 --device a100 --set s=1024 --tokens-per-second 1e6", "a positive number"),
        ("mfu gpt2 --device a100 --set s=8 --tokens-per-second 1,000,000", "more than the peak"),
        (
            "mfu gpt2 --device a100 --set s=8 --tokens-per-second 1000",
            "tokens per second (rounded)",
        ),
        ("roofline gpt2 --device a100 --set B=1 --set s=8", "times are rounded; --format json"),
        ("lengths gpt2 --lengths 1,2,3", "33.34% of the padded batch (rounded)"),
    ],
)
def test_what_is_said_beside_a_number(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(line, capsys)[1]


CONFIGS: list[tuple[str, dict[str, Any]]] = [
    ("n_embd = 4000 is not understood", {"n_embd": 4000}),
    ("frobs = 7 is not understood", {"frobs": 7}),
    ("frobs = [1, 2] is not understood", {"frobs": [1, 2]}),
    ("text_config = {'hidden_size': 1} is not", {"text_config": {"hidden_size": 1}}),
    ("vision_config = {'depth': 1} is not", {"vision_config": {"depth": 1}}),
    ("pruned_heads = {'0': [1]} is not", {"pruned_heads": {"0": [1]}}),
    ("hidden_size must be a whole number, not 64.0", {"hidden_size": 64.0}),
    ("hidden_size must be a whole number, not '64'", {"hidden_size": "64"}),
    ("hidden_size must be a whole number, not True", {"hidden_size": True}),
    ("intermediate_size = 5 is not understood", {"model_type": "gpt2", "intermediate_size": 5}),
    ("must be a whole number from 1 to 8", {"model_type": "mixtral", "num_experts_per_tok": 9}),
]


@pytest.mark.parametrize(("message", "keys"), CONFIGS)
def test_a_key_that_may_change_the_cost_is_refused(message: str, keys: dict[str, Any]) -> None:
    base = {} if "model_type" in keys else LLAMA
    with pytest.raises(ValueError, match="configuration") as refused:
        symcost.load({**base, **keys}).value("params")
    assert message in str(refused.value)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = json.dumps(LLAMA)
    twice = text.replace('"hidden_size": 64', '"hidden_size": 64, "hidden_size": 128')
    for name, written in (("outside", twice), ("inside", f'{{"a": {twice}, {text[1:]}')):
        path = tmp_path / name / "config.json"
        path.parent.mkdir()
        path.write_text(written, encoding="utf-8")
        with pytest.raises(ValueError, match="the key 'hidden_size' stands twice"):
            symcost.load(path)


def test_an_open_number_of_experts_has_its_limit_too() -> None:
    """The file leaves k open; the declaration knows that no expert is chosen twice."""
    model = symcost.load({"model_type": "mixtral", "num_experts_per_tok": None})
    assert model.value("params_active", k=8) == model.value("params")
    with pytest.raises(SizeError, match="k = 9 is more than E = 8"):
        model.value("params_active", k=9)
