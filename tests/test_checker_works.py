"""Whole works, marked: the homework line by line, a training script, a notebook, a chain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.checking.verdict import Marked, MarkedLine, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

HOMEWORK = Path(__file__).parents[1] / "docs" / "homework"

# Name, status, errors (kind, factor), and the earlier lines to blame.
LINES: list[tuple[str, str, set[tuple[str, str]], tuple[str, ...]]] = [
    ("params_head", "right", set(), ()),
    ("params_attention", "right", set(), ()),
    ("params_ffn", "right", set(), ()),
    ("params_layer", "right", set(), ()),
    ("params", "right", set(), ()),
    ("a_qkv", "wrong", {("width_for_tokens", "d/s")}, ()),
    ("a_scores", "wrong", {("width_for_tokens", "d/(s h)")}, ()),
    ("a_out", "wrong", {("width_for_tokens", "d/s")}, ()),
    ("a_attention", "wrong", {("value_product_missing", "0")}, ()),
    ("a_ffn", "wrong", {("feed_product_missing", "0"), ("width_for_tokens", "d/s")}, ()),
    ("a_layer", "right", set(), ("a_attention", "a_ffn")),
    ("a_forward", "right", set(), ("a_layer",)),
    ("b_qkv", "wrong", {("width_for_tokens", "d/s")}, ()),
    ("b_scores", "wrong", {("width_for_tokens", "d/(s h)")}, ()),
    ("b_out", "wrong", {("width_for_tokens", "d/s")}, ()),
    (
        "b_attention",
        "wrong",
        {("value_product_missing", "0"), ("counted_for_each_head", "h")},
        (),
    ),
    ("b_ffn", "wrong", {("width_for_tokens", "d/s")}, ()),
    ("b_layer", "right", set(), ("b_attention", "b_ffn")),
    ("b_forward", "right", set(), ("b_layer",)),
    ("train_token", "right", set(), ()),
]


def named(work: Marked) -> Iterator[MarkedLine]:
    """The lines that assign something and were judged."""
    return (each for each in work.lines if each.name and each.verdict is not None)


def is_wrong(each: MarkedLine) -> bool:
    return each.verdict is not None and each.verdict.status is Status.WRONG


def line(work: Marked, name: str) -> MarkedLine:
    (found,) = [each for each in named(work) if each.name == name]
    return found


def written(folder: Path, name: str, text: str, model: str = "lecture") -> Marked:
    (folder / name).write_text(text, encoding="utf-8")
    return symcost.check_file(folder / name, model=model)


@pytest.mark.parametrize("name", ["homework.py", "homework.ipynb"])
def test_homework(name: str) -> None:
    work = symcost.check_file(HOMEWORK / name, model="lecture")
    found = []
    for each in named(work):
        assert each.verdict is not None
        edits = {(edit.kind, edit.factor) for edit in each.verdict.edits}
        found.append((each.name, each.verdict.status.value, edits, each.because))
        assert each.carried == bool(each.because)
    assert found == LINES
    assert work.status is Status.WRONG


@pytest.mark.parametrize(("name", "number"), [("homework.py", 21), ("homework.ipynb", 1)])
def test_first_wrong_line(name: str, number: int) -> None:
    work = symcost.check_file(HOMEWORK / name, model="lecture")
    first = next(each for each in named(work) if is_wrong(each))
    assert (first.name, first.number) == ("a_qkv", number)
    assert work.first_wrong == number


def test_terms_at_fault() -> None:
    work = symcost.check_file(HOMEWORK / "homework.py", model="lecture")
    assert_terms(work, "b_attention", {"layer.attention.head.mix", "layer.attention.W_O"})
    assert_terms(work, "a_attention", {"layer.attention.head.mix"})
    assert_terms(work, "a_scores", {"layer.attention.head.scores"})


def assert_terms(work: Marked, name: str, terms: set[str]) -> None:
    verdict = line(work, name).verdict
    assert verdict is not None
    assert {each.term for each in verdict.edits} == terms


SLIP = """
num_layers = 12
num_heads = 12
hidden_size = 768
ffn_hidden_size = 3072

# parameters of one layer
qkv_params = 3 * hidden_size * hidden_size
out_params = num_heads * hidden_size * hidden_size  # output projection
mlp_params = 2 * hidden_size * ffn_hidden_size
layer_params = qkv_params + out_params + mlp_params
params = num_layers * layer_params  # all layers
"""


def test_a_slip_in_a_script(tmp_path: Path) -> None:
    """One line is wrong, and those that build on it are right as carried."""
    work = written(tmp_path, "model_size.py", SLIP)
    statuses = [each.verdict.status.value for each in named(work) if each.verdict]
    assert statuses == ["right", "wrong", "right", "right", "right"]
    verdict = line(work, "out_params").verdict
    assert verdict is not None
    assert [(each.kind, each.factor) for each in verdict.edits] == [("counted_for_each_head", "h")]
    assert line(work, "layer_params").because == ("out_params",)
    assert line(work, "params").because == ("layer_params",)
    assert work.first_wrong == 9


def test_the_same_script_without_the_slip(tmp_path: Path) -> None:
    work = written(tmp_path, "model_size.py", SLIP.replace("num_heads * hidden", "hidden"))
    assert {each.verdict.status for each in named(work) if each.verdict} == {Status.RIGHT}
    assert work.first_wrong is None


def notebook(output: str) -> str:
    cells = [
        ["d = 768\n", "L = 12\n", "d_ff = 3072"],
        ["params = L * (4*d*d + 2*d*d_ff)  # parameters\n", "print(params)"],
    ]
    outputs = [[], [{"output_type": "stream", "name": "stdout", "text": [f"{output}\n"]}]]
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "metadata": {},
                    "execution_count": 1,
                    "source": source,
                    "outputs": printed,
                }
                for source, printed in zip(cells, outputs, strict=True)
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.mark.parametrize(
    ("output", "remark"),
    [
        ("84934656", ""),
        ("84934657", "the number 84,934,657 does not follow: the formula gives 84,934,656"),
    ],
)
def test_a_printed_number(tmp_path: Path, output: str, remark: str) -> None:
    """The formula is right either way; that the number does not follow is said."""
    work = written(tmp_path, "n.ipynb", notebook(output))
    assert line(work, "params").cell == 2
    last = work.lines[-1].verdict
    assert last is not None
    assert (last.status, last.remark) == (Status.RIGHT, remark)


@pytest.mark.parametrize(("last", "status"), [("12", "right_under"), ("13", "wrong")])
def test_a_chain_in_latex(tmp_path: Path, last: str, status: str) -> None:
    chain = rf"N &= 4 L d^2 + 2 L d d_{{ff}} \\ &= {last} L d^2"
    text = f"# Parameters\n\n$$\\begin{{aligned}} {chain} \\end{{aligned}}$$\n"
    work = written(tmp_path, "page.md", text)
    assert work.status.value == status


PAGE = """
# Parameters

The attention part of a layer has $4d^2$ weights. All layers together, feed-forward part included:

$$N = 12 L d^2 = 84{,}934{,}656$$

# Work

Per token the forward pass takes

\\begin{align}
C_{fwd} &= 2N + 2 L s d \\\\ &\\approx 2N \\\\
C &= 3 C_{fwd}
\\end{align}

and the cache of a sequence, in bytes:

```math
M = 2 L s d \\cdot 2
```

```python
n_layer, d_model = 12, 768
params = 12 * n_layer * d_model**2
```
"""


@pytest.mark.parametrize("model", ["lecture", "gpt2"])
def test_a_page_with_letters_in_formulas_and_words_in_code(tmp_path: Path, model: str) -> None:
    """What is right on a condition goes on as the writer has it; 2 N is an estimate."""
    work = written(tmp_path, "page.md", PAGE, model)
    found = [(each.source, each.verdict.status) for each in work.lines if each.verdict is not None]
    assert [status for _, status in found] == [
        Status.RIGHT if model == "lecture" else Status.RIGHT_UNDER,
        Status.RIGHT_UNDER,
        Status.RIGHT_UNDER,
        Status.APPROXIMATION,
        Status.RIGHT_UNDER if model == "lecture" else Status.RIGHT,
        Status.RIGHT,
        Status.RIGHT_UNDER,
    ]
    attention = work.lines[0].verdict
    assert attention is not None
    assert attention.quantity == "params: layer.attention in one layer"
    kaplan = work.lines[2].verdict
    assert kaplan is not None
    assert "half the attention square (causal)" in kaplan.conditions
    total = work.lines[4].verdict
    assert total is not None
    assert total.quantity.startswith("flops_train")


LEDGER = """
context, width, heads, layers, vocab = 1024, 768, 12, 12, 50257


def work():
    # FLOPs of one forward pass over a sequence
    out = {}
    head_size = width // heads
    ffn_size = 4 * width
    out["attention/kqv"] = 2 * context * (width * 3 * width)
    out["attention/scores"] = 2 * context * context * width
    out["attention/reduce"] = 2 * heads * (context * context * head_size)
    out["attention/proj"] = 2 * context * (width * width)
    out["attention"] = sum(out[f"attention/{k}"] for k in ("kqv", "scores", "reduce", "proj"))
    out["mlp/fc1"] = 2 * context * (width * ffn_size)
    out["mlp/fc2"] = 2 * context * (ffn_size * width)
    out["mlp"] = out["mlp/fc1"] + out["mlp/fc2"]
    out["block"] = out["attention"] + out["mlp"]
    out["all_layers"] = layers * out["block"]
    out["lm_head"] = 2 * context * (width * vocab)
    out["forward"] = out["all_layers"] + out["lm_head"]
    return out


total_flops = work()["forward"]
"""


def test_a_ledger_in_a_dictionary_is_right_line_by_line(tmp_path: Path) -> None:
    work = written(tmp_path, "ledger.py", LEDGER, "gpt2")
    found = {each.name: each.verdict for each in work.lines if each.verdict is not None}
    assert len(found) == 13
    assert {verdict.status for verdict in found.values()} <= {Status.RIGHT, Status.RIGHT_UNDER}
    about = {name: verdict.quantity for name, verdict in found.items()}
    assert about["attention_reduce"] == "flops_forward: layer.attention.mix in one layer"
    assert about["mlp_fc2"] == "flops_forward: layer.feed_forward.W_2 in one layer"
    assert about["total_flops"] == "flops_forward: model"
    sizes = [each.name for each in work.lines if each.why == "a size, not a cost"]
    assert sizes == ["head_size", "ffn_size"]


MEMORY = """
n_layers, n_heads, n_kv_heads, dim, hidden_dim, vocab = 32, 32, 8, 4096, 14336, 128256
head_dim = dim // n_heads
bytes_per_param = 2
wq = dim * n_heads * head_dim
attn = 2 * wq + 2 * dim * n_kv_heads * head_dim
ffn = 3 * dim * hidden_dim
layer = attn + ffn + 2 * dim
total_params = n_layers * layer + 2 * vocab * dim + dim
weights_bytes = total_params * bytes_per_param


def kv_cache(batch, tokens, bytes_per_element=2):
    return 2 * batch * tokens * n_layers * n_kv_heads * head_dim * bytes_per_element


kv_per_token = 2 * n_layers * n_kv_heads * head_dim * bytes_per_param
"""


def test_bytes_of_an_element_are_a_number_and_tokens_those_of_a_sequence(tmp_path: Path) -> None:
    work = written(tmp_path, "memory.py", MEMORY, "llama-3-8b")
    found = {each.name: each.verdict for each in work.lines if each.verdict is not None}
    assert {verdict.status for verdict in found.values()} == {Status.RIGHT}
    about = {name: (verdict.quantity, verdict.scope) for name, verdict in found.items()}
    assert about["weights_bytes"] == ("weight_bytes: model", "")
    assert about["kv_cache"] == ("kv_cache_bytes: model", "batch")
    assert about["kv_per_token"] == ("kv_cache_bytes: model", "token")


TRAINING = '''
def flops(seq_len, d_model, num_heads, num_layers, ffw_size, vocab_size):
    """Training FLOPs of one sequence."""
    key_size = d_model // num_heads
    # attention
    scores = 2 * seq_len * seq_len * (key_size * num_heads)
    # feed-forward
    dense = 2 * seq_len * (d_model * ffw_size + d_model * ffw_size)
    # logits
    logits = 2 * seq_len * d_model * vocab_size
'''


def test_training_is_said_above_the_parts_of_a_forward_pass_too(tmp_path: Path) -> None:
    work = written(tmp_path, "training.py", TRAINING, "gpt2")
    found = {each.name: each.verdict for each in work.lines if each.verdict is not None}
    assert {name: verdict.status for name, verdict in found.items()} == dict.fromkeys(
        ("scores", "dense", "logits"), Status.RIGHT
    )
    assert all(each.quantity.startswith("flops_forward") for each in found.values())


def test_a_heading_about_parameters_makes_no_work_of_them(tmp_path: Path) -> None:
    text = "# weights\nN = 12*L*d^2\nL = 12\nC = 6*N*D\n"
    first, second = [each.verdict for each in named(written(tmp_path, "sheet.txt", text))]
    assert first is not None
    assert second is not None
    assert (first.quantity, second.quantity) == ("params: model", "flops_train_6n: model")
    assert second.status is Status.RIGHT_UNDER


def test_a_line_not_understood_leaves_the_rest(tmp_path: Path) -> None:
    work = written(
        tmp_path, "s.py", SLIP.replace("# parameters", "import torch; torch.foo()\n# parameters")
    )
    assert line(work, "params").carried


def test_what_is_right_on_a_condition_may_follow_from_an_error(tmp_path: Path) -> None:
    """With biases in the model no line is right as it stands, and the error is still carried."""
    path = tmp_path / "work.py"
    path.write_text(
        "d = 768\nh = 12\nattention = 3*d**2 + h*d**2\nfeed_forward = 8*d**2\n"
        "layer = attention + feed_forward\n"
    )
    work = symcost.check_file(path, model="gpt2")
    assert is_wrong(line(work, "attention"))
    block, layer = line(work, "feed_forward"), line(work, "layer")
    assert block.verdict is not None
    assert layer.verdict is not None
    assert (block.verdict.status, block.carried) == (Status.RIGHT_UNDER, False)
    assert block.verdict.quantity == "params: layer.feed_forward in one layer"
    assert layer.verdict.status is Status.RIGHT_UNDER
    assert (layer.carried, layer.because) == (True, ("attention",))
    assert layer.verdict.numbers.given == 3 * 768**2 + 12 * 768**2 + 8 * 768**2
