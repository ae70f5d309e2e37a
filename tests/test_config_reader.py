"""Configurations: by path and by dictionary, origins of values, one line for what is unusable."""

from __future__ import annotations

import contextlib
import cProfile
import json
import pstats
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import symcost
from symcost.cli import main
from symcost.config.keys import ConfigError
from symcost.explain import explain
from tests.configs import LLAMA

MAMBA = {"model_type": "mamba", "hidden_size": 8, "num_hidden_layers": 1, "vocab_size": 16}


def changed(**keys: Any) -> dict[str, Any]:
    return {**LLAMA, **keys}


def write(folder: Path, config: Any) -> str:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return str(path)


def test_dictionary_path_and_text_agree(tmp_path: Path) -> None:
    path = write(tmp_path, LLAMA)
    values = [symcost.load(each).value("params") for each in (LLAMA, path, Path(path))]
    # V d twice, two layers of attention, feed-forward and norms, and the last norm.
    layer = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 96 + 2 * 64
    assert values == [2 * 128 * 64 + 2 * layer + 64] * 3


def origins(source: dict[str, Any]) -> dict[str, str]:
    return {name: origin for _, rows in explain(source) for name, _, origin in rows}


def test_key_of_the_file() -> None:
    found = origins(LLAMA)
    assert found["hidden_size"] == "configuration: hidden_size"
    assert found["d"] == "width of the model (configuration: hidden_size)"


def test_alias() -> None:
    config = {"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2, "vocab_size": 10}
    found = origins(config)
    assert found["hidden_size"] == "configuration: n_embd (means hidden_size)"
    assert found["num_hidden_layers"] == "configuration: n_layer (means num_hidden_layers)"


def test_class_default_with_version() -> None:
    found = origins({key: LLAMA[key] for key in LLAMA if key != "vocab_size"})
    assert found["vocab_size"].startswith("default of LlamaConfig (")
    assert "5.23.0" in found["vocab_size"]


def test_derived() -> None:
    found = origins(LLAMA)
    assert found["d_h"] == ("width of one head (hidden size over heads, as no width is given)")
    assert found["r"].endswith("(4 query heads over 2)")


def test_passed_over_keys_are_shown() -> None:
    tables = dict(explain(changed(rope_theta=5000.0, comment="x")))
    assert tables["configuration: keys that change no count"] == [
        ("rope_theta", "5000.0", ""),
        ("comment", "x", ""),
    ]


def test_command_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", write(tmp_path, LLAMA)]) == 0
    out = capsys.readouterr().out
    assert "config.json, model type llama: keys" in out
    assert "config.json: hidden_size" in out
    assert "default of LlamaConfig" in out
    assert main(["explain", "llama-2-7b"]) == 0
    assert "meta-llama/Llama-2-7b-hf, config.json: hidden_size" in capsys.readouterr().out
    assert main(["explain", "gpt2"]) == 0
    assert "gpt2: sizes" in capsys.readouterr().out


def test_command_eval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", write(tmp_path, LLAMA), "-q", "params"]) == 0
    assert f"{symcost.load(LLAMA).value('params'):,}" in capsys.readouterr().out


DEEP = "[" * 100_000 + "]" * 100_000
REFUSED: list[tuple[str, Any, str]] = [
    (
        "a head width that the type does not define",
        {
            "model_type": "llama",
            "hidden_size": 100,
            "num_attention_heads": 7,
            "num_key_value_heads": 7,
        },
        "num_attention_heads = 7 does not divide hidden_size = 100, and no head width is given",
    ),
    ("no heads", changed(num_attention_heads=0), "num_attention_heads must be at least 1"),
    ("negative layers", changed(num_hidden_layers=-2), "num_hidden_layers must be at least 0"),
    ("endless layers", changed(num_hidden_layers=10**9), "num_hidden_layers must be at most"),
    ("a word for a number", changed(hidden_size="64"), "must be a whole number, not '64'"),
    ("a ratio for a number", changed(hidden_size=64.5), "must be a whole number, not 64.5"),
    ("true for a number", changed(hidden_size=True), "must be a whole number, not True"),
    ("a number for a switch", changed(attention_bias=1), "must be true or false, not 1"),
    ("a huge number", changed(vocab_size=10**30), "vocab_size must be at least 1 and at most"),
    ("hostile type", {"model_type": "\\input{x}"}, "the model type '\\\\input{x}' is not known"),
    ("no type", {"hidden_size": 4}, "the key model_type is missing; add the one it is read as"),
    ("lines in a type", {"model_type": "a\nb"}, "the model type 'a\\nb' is not known"),
    ("misspelt type", {"model_type": "lama"}, "the nearest known is 'llama'"),
    ("heads that do not group", changed(num_key_value_heads=3), "is not a multiple of the 3"),
    ("cost key", changed(num_experts=8), "num_experts = 8 is not understood here"),
    ("not a number", changed(hidden_size=float("nan")), "must be a whole number, not nan"),
    ("infinite", changed(num_attention_heads=float("inf")), "must be a whole number, not inf"),
    ("two names", {"model_type": "gpt2", "n_embd": 8, "hidden_size": 9}, "mean the same"),
    ("deep", '{"model_type": "llama", "a": ' + DEEP + "}", "config.json: not JSON"),
    ("not JSON", "model_type: llama", "config.json: not JSON"),
    ("empty", "", "config.json: not JSON"),
    ("a list", [1, 2], "config.json: a configuration is an object, not a list"),
    ("junk", "[" + "1," * 5_000_000 + "1]", "bytes; at most"),
    ("many keys", {f"k{i}": i for i in range(3000)}, "no configuration has more than"),
    ("long digits", '{"model_type": "llama", "hidden_size": ' + "9" * 5000 + "}", "not JSON"),
]


@pytest.mark.parametrize(
    ("config", "says"), [pytest.param(*case[1:], id=case[0]) for case in REFUSED]
)
def test_refused(
    config: Any, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", write(tmp_path, config), "-q", "params"]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert complaint.startswith("symcost: config.json")
    assert says in complaint
    assert len(complaint) < 400


def test_dictionaries_are_refused_alike() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    for junk in (
        {f"junk_{index}": "x" * 1000 for index in range(10_000)},
        changed(layer_junk=nested),
        changed(layer_junk="x" * 10_000_000),
    ):
        with pytest.raises(ConfigError) as caught:
            symcost.load(junk)
        assert len(str(caught.value)) < 400


def test_infinity_is_fine_where_nothing_depends_on_it(tmp_path: Path) -> None:
    config = {**MAMBA, "time_step_limit": [0.0, float("inf")]}
    assert symcost.load(write(tmp_path, config)).value("params") > 0


def test_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "nowhere/config.json"]) == 2
    assert capsys.readouterr().err == "symcost: nowhere/config.json: No such file or directory\n"


MANY = """
import gc, sys
import symcost
from symcost.catalog import find

kinds = [find.preset(name)["config"] for name in ("llama-2-70b", "mixtral-8x7b")]

def blocks(times):
    for at in times:
        model = symcost.load({**kinds[at % 2], "vocab_size": 1000 + at})
        assert model.value("params_embedding") % (1000 + at) == 0
        model.value("flops_train", B=1, s=64)
    gc.collect()
    return sys.getallocatedblocks()

first = blocks(range(100))
print(blocks(range(100, 1100)) - first)
"""


def test_a_thousand_configurations_leave_nothing_behind() -> None:
    done = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1000  # less than one object for each


ROWS = [
    json.loads(line)["config"]
    for line in (Path(__file__).parent / "data" / "hf_models.jsonl").read_text("utf-8").splitlines()
    if '"config"' in line
]
TYPES = {each["model_type"]: each for each in ROWS}


def deepened(config: Any, layers: int) -> Any:
    """With so many layers, and without what is said of each of them."""
    if not isinstance(config, dict):
        return config
    return {
        key: layers
        if isinstance(value, int) and ("layers" in key or key in ("n_layer", "depth"))
        else deepened(value, layers)
        for key, value in config.items()
        if not isinstance(value, list)
    }


def test_layers_are_read_in_proportion_to_their_number() -> None:
    """How many functions are called is the same on every machine; they were 16 times as many."""

    def calls(config: Any) -> int:
        profile = cProfile.Profile()
        with contextlib.suppress(ConfigError):
            profile.runcall(symcost.load, config)
        return pstats.Stats(profile).total_calls

    def growth(config: Any) -> float:
        symcost.load(config)
        return calls(deepened(config, 800)) / calls(deepened(config, 200))

    assert {name: found for name, each in TYPES.items() if (found := growth(each)) > 5} == {}
