"""Models that a TOML file composes count right; what is not understood is said in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.cli import main
from symcost.config.keys import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
title = "as llama"
norm = "rms"
tied = false

[sizes]
V = 300
d = 48
h = 6
h_kv = 2
d_h = "d / h"
d_ff = 128

[layers.dense]
mixer = "grouped_attention"
feed_forward = "gated_feed_forward"

[[stack]]
pattern = ["dense"]
times = 5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_same_model_as_a_configuration(tmp_path: Path) -> None:
    mine = symcost.load(written(tmp_path, WHOLE))
    other = symcost.load(
        {
            "model_type": "llama",
            "vocab_size": 300,
            "hidden_size": 48,
            "num_attention_heads": 6,
            "num_key_value_heads": 2,
            "intermediate_size": 128,
            "num_hidden_layers": 5,
            "tie_word_embeddings": False,
        }
    )
    for name in ("params", "flops_train", "kv_cache_bytes", "params_active"):
        assert mine.value(name, B=2, s=7) == other.value(name, B=2, s=7)
        assert mine.expr(name) == other.expr(name)
    assert mine.architecture.title == "as llama"


def test_kinds_of_layers_are_counted(tmp_path: Path) -> None:
    text = WHOLE.replace('["dense"]', '["dense", "expert", "expert"]') + (
        '[[stack]]\npattern = ["expert"]\n'
        '[layers.expert]\nmixer = "grouped_attention"\n'
        'feed_forward = { use = "mixture_of_experts", router_bias = true }\n'
    )
    model = symcost.load(written(tmp_path, text))
    sizes = {each.symbol: bound.value for each, bound in model.binding(E=4, k=2, d_e=64).items()}
    assert (sizes["L_dense"], sizes["L_expert"]) == (5, 11)
    left = model.value("params_inactive", E=4, k=2, d_e=64)
    assert left == 11 * (4 - 2) * 3 * 48 * 64


def test_a_symbol_may_count_the_layers(tmp_path: Path) -> None:
    model = symcost.load(written(tmp_path, WHOLE.replace("times = 5", 'times = "L"')))
    assert model.value("params", L=5) == symcost.load(written(tmp_path, WHOLE)).value("params")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('norm = "rms"', "", "the file says no norm"),
        ('norm = "rms"', 'norm = "rsm"', "the file norm is one of layer"),
        ("tied = false", "", "tied is missing"),
        ("tied = false", 'tied = "no"', "tied must be true or false"),
        ("tied = false", "tied = false\nbais = 1", "has the key 'bais', which it cannot have"),
        ("d = 48", "d = -48", "[sizes] d must be a whole number from 1"),
        ("d = 48", "d = 4.8", "[sizes] d must be a whole number from 1"),
        ("d = 48", "d = true", "[sizes] d must be a whole number from 1"),
        ("d = 48", "width_of_modl = 48", "'width_of_modl' is not a known symbol"),
        ('"d / h"', '"d - h"', "write a product"),
        ('"d / h"', '"d / q_x"', "'q_x' is not a known symbol"),
        ('"d / h"', '"d 0"', "write a product"),
        ('"d / h"', '"0 * d"', "has the factor 0"),
        ('"d / h"', '""', "is empty"),
        ('"gated_feed_forward"', '"gated_feedforward"', "Did you mean 'gated_feed_forward'?"),
        (
            '"grouped_attention"',
            '{ use = "grouped_attention", windw = true }',
            "has the key 'windw', which it cannot have. Did you mean 'window'?",
        ),
        (
            '"grouped_attention"',
            '{ use = "grouped_attention", window = 1 }',
            "window must be a bool",
        ),
        ('["dense"]', '["dnese"]', "names 'dnese'; the kinds are dense"),
        ('["dense"]', "[]", "pattern must be a list"),
        ("times = 5", "times = 0", "times must be a whole number from 1"),
        ("[layers.dense]", "[layers.Dense]", "a kind is named by small letters"),
        ("[[stack]]", "[[stacks]]", "has the key 'stacks', which it cannot have"),
        ('title = "as llama"', "title = 3", "title must be a text"),
        ("[sizes]", "[sizes", "not TOML"),
    ],
)
def test_what_is_not_understood_is_said(
    old: str, new: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in WHOLE
    path = written(tmp_path, WHOLE.replace(old, new))
    with pytest.raises(ConfigError) as error:
        symcost.load(path)
    assert said in str(error.value)
    assert str(error.value).startswith("mine.toml: ")
    assert main(["eval", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_component_that_is_no_layer_is_refused(tmp_path: Path) -> None:
    text = WHOLE.replace('"grouped_attention"', '"attention_head"')
    with pytest.raises(ConfigError, match=r"attention_head takes .* gives \(batch, time, head\)"):
        symcost.load(written(tmp_path, text))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        symcost.load(tmp_path / "none.toml")
