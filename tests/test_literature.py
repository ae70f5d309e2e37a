"""Published formulas beyond counting, reproduced from declarations, each under its convention.

`literature_beyond.jsonl` holds the formulas with their values; `oracles/published_beyond.py` what
their letters stand for. What is tested in another file is named here, and so is what is not ours.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import symcost
import symcost.torch_nn as nn
from symcost.algebra.dim import dim
from symcost.algebra.poly import Number
from symcost.algebra.ratio import Ratio
from symcost.graph.tensor import Role
from symcost.models.gpt import gpt
from symcost.quantities.convention import MEGATRON, TORCH, Convention, changed
from tests.oracles.published_beyond import CASES, DH, Beyond, H, L, S, model_of, put
from tests.test_parallel import read, rows

ROWS = {row["id"]: row for row in rows("literature_beyond.jsonl")}

# What a formula is about where no declaration of a network can give it.
NOT_OURS = {
    "fa-io": "the order of a kernel's reads, in the elements M of one chip's memory",
    "ring-attention-mem": "buffers of a kernel's schedule, not tensors of a network",
    "qlora-constants": "bits of a storage format for weights",
    "specdec-ops": "a probability that drafts are accepted",
    "specdec-tokens": "a probability that drafts are accepted",
    "specdec-walltime": "a probability that drafts are accepted",
    "efficientnet-scale": "a rule for choosing sizes, not a cost",
    "gpt3-2.1-dff": "a rule for choosing a width; configurations give it",
    "llama-ffn-width": "a rule for choosing a width; configurations give it",
    "hunkim-13.3": "hours fitted to measurements of one family of models",
}
ELSEWHERE = {
    "cs336-attn-intensity": ("test_traffic.py", "has_the_published_intensity"),
    "korthikanti-extra": ("test_activations.py", "test_what_stands_outside_of_the_layers"),
    "korthikanti-interleave": ("test_activations.py", "test_interleaved_stages"),
}


def numbers(config: dict[str, Any]) -> dict[str, Fraction]:
    return {letter: Fraction(value) for letter, value in config.items()}


def gpt_3(convention: Convention, vocabulary: int) -> Fraction:
    """Training work for a token of GPT-3 175B at 2,048 tokens."""
    sizes = {"L": 96, "d": 12288, "h": 96, "d_h": 128, "d_ff": 49152, "n_ctx": 2048}
    found = model_of(gpt, tied=True).value(
        "flops_train", convention=convention, scope="token", s=2048, V=vocabulary, **sizes
    )
    return Fraction(found)


def pairs(s: Fraction, w: Fraction) -> int:
    """Pairs of tokens inside a window: what each token of the text sees when it is decoded."""
    model = symcost.load("mistral-7b").in_phase("decode")
    scores = model.ledger("flops_forward").only(lambda term: term.path[-1] == "scores").total
    one = dict.fromkeys(scores.dims(), 1)
    seen = (
        scores.at({**one, dim("window"): int(w), dim("cached"): before}) for before in range(int(s))
    )
    return sum(int(each) for each in seen) // 2


def trained(at: dict[str, Fraction]) -> Fraction:
    return at["D"] * gpt_3(TORCH, 50257)


def filters(at: dict[str, Fraction], side: int, *, stride: int = 1) -> symcost.Model:
    """A convolution over a square map with so many places along a side."""
    kernel = int(at["K"])
    module = nn.Conv2d(int(at["Ci"]), int(at["Co"]), kernel, stride=stride, padding=kernel // 2)
    return module.on((1, int(at["Ci"]), side, side))


def molchanov(at: dict[str, Fraction]) -> Fraction:
    """On the map that comes out; a bias counts as one multiply-add."""
    model = filters(at, int(at["H"]), stride=int(at["S"]))
    both = model.report("flops_forward", convention=changed(TORCH, include=["biases"]))["values"]
    plain = model.value("flops_forward")
    return Fraction(plain + 2 * (int(both["flops_forward"]) - plain))


def linear(inputs: int, outputs: int) -> symcost.Model:
    return nn.Linear(inputs, outputs, bias=False).on((1, inputs))


def squeezed(at: dict[str, Fraction]) -> int:
    channels, narrow = int(at["C"]), int(at["C"] / at["r"])
    return sum(
        int(linear(*sides).value("params")) for sides in ((channels, narrow), (narrow, channels))
    )


def convolved(side: int, *each: tuple[Fraction, Fraction, int, Fraction]) -> Number:
    """MACs of convolutions over a square map that keeps its size: in, out, kernel, groups."""
    total: Number = 0
    for channels, made, kernel, groups in each:
        module = nn.Conv2d(
            int(channels), int(made), kernel, padding=kernel // 2, groups=int(groups), bias=False
        )
        model = module.on((1, int(channels), side, side))
        total += model.value("flops_forward", convention=changed(TORCH, mac=True))
    return total


def inverted(at: dict[str, Fraction]) -> Number:
    """MobileNet V2: up by t, one filter for each channel, down."""
    wide = at["d1"] * at["t"]
    one = Fraction(1)
    kernel = int(at["k"])
    return convolved(
        int(at["h"]), (at["d1"], wide, 1, one), (wide, wide, kernel, wide), (wide, at["d2"], 1, one)
    )


def shuffled(at: dict[str, Fraction], outer: Fraction, inner: Fraction) -> Number:
    c, m = at["c"], at["m"]
    return convolved(int(at["h"]), (c, m, 1, outer), (m, m, 3, inner), (m, c, 1, outer))


def separable(at: dict[str, Fraction]) -> Fraction:
    """A filter for each channel and then one place at a time, over all at once."""
    made, kernel, one = at["N"], int(at["DK"]), Fraction(1)
    channels = Fraction(5)
    apart = convolved(8, (channels, channels, kernel, channels), (channels, made, 1, one))
    return Fraction(apart) / Fraction(convolved(8, (channels, made, kernel, one)))


def rwkv(at: dict[str, Fraction]) -> Number:
    config = {"model_type": "rwkv", "vocab_size": int(at["V"]), "hidden_size": int(at["D"])}
    config |= {"num_hidden_layers": int(at["L"]), "tie_word_embeddings": False}
    return symcost.load(config).value("params")


# What holds of numbers: the truth of a row, from a declaration with the row's sizes.
IN_NUMBERS: dict[str, tuple[str, Callable[[dict[str, Fraction]], Number]]] = {
    "gpt3-D1": ("6 N D leaves attention out; its truth has it", trained),
    "eleuther-6PD": ("6 P D leaves attention out; its truth has it", trained),
    "narayanan2021-time": (
        "8 for layers computed again, 6 for logits; the row takes 8 for all and no attention",
        lambda at: at["T"] * gpt_3(MEGATRON, 51200) / (at["n"] * at["X"]),
    ),
    "nemo-gptoss-pairs": ("a token sees itself", lambda at: pairs(at["s"], at["w"])),
    "maxtext-swa": (
        "a token sees itself; the row is W/2 short",
        lambda at: pairs(at["T"], at["W"]),
    ),
    "conv2d-params": ("with bias", lambda at: filters(at, 7).value("params")),
    "conv2d-macs": (
        "MACs on the map that comes out",
        lambda at: filters(at, int(at["Ho"])).value(
            "flops_forward", convention=changed(TORCH, mac=True)
        ),
    ),
    "molchanov-conv": ("the map that comes out; the row takes the one that comes in", molchanov),
    "molchanov-fc": (
        "the first product is added to nothing",
        lambda at: int(linear(int(at["I"]), int(at["O"])).value("flops_forward")) - at["O"],
    ),
    "mobilenet-ratio": ("MACs, no biases", separable),
    "mobilenetv2-block": ("MACs, stride 1, no biases", inverted),
    "shufflenet-resnext": (
        "MACs, no biases; groups in the middle",
        lambda at: shuffled(at, Fraction(1), at["g"]),
    ),
    "shufflenet-unit": (
        "MACs, no biases; groups outside",
        lambda at: shuffled(at, at["g"], at["m"]),
    ),
    "se-block": ("no biases", squeezed),
    "rwkv4-params": ("untied, with the norm in front of the first block", rwkv),
}


def recorded(found: Number, value: float) -> bool:
    """Whether a number is the recorded one: exactly, or as the nearest float where it is one."""
    return found == value if isinstance(value, int) else float(found) == value


@pytest.mark.parametrize(
    "row", [ROWS[name] for name in ROWS if name not in NOT_OURS], ids=lambda row: row["id"]
)
def test_the_formulas_are_read_as_their_values_say(row: dict[str, Any]) -> None:
    """And truth is formula minus difference, where that is written in the row's own letters."""
    for check in row["checks"]:
        at = numbers(check["config"])
        found = read(row["formula"], at)
        assert recorded(found, check["formula"])
        assert recorded(found - read(row["difference"], at), check["truth"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_declaration_gives_the_published_formula(case: Beyond) -> None:
    row = ROWS[case.id]
    letters = {letter: put(value, case) for letter, value in case.letters.items()}
    assert set(letters) >= set(row["checks"][0]["config"]) - {"dh"}
    formula = read(row["formula"], letters)
    off = read(row["difference"], letters)
    assert Ratio.of(formula - put(case.ours(), case)) == Ratio.of(off)
    assert case.convention
    assert bool(off) == (row["verdict"] in ("wrong", "approx", "convention"))


@pytest.mark.parametrize("name", IN_NUMBERS)
def test_the_declaration_gives_the_true_number(name: str) -> None:
    row, (convention, ours) = ROWS[name], IN_NUMBERS[name]
    assert convention
    for check in row["checks"]:
        assert recorded(ours(numbers(check["config"])), check["truth"])


@pytest.mark.parametrize("s", [1, 2, 7, 30, 41])
def test_pairs_inside_a_window(s: int) -> None:
    """One formula exact at every window, the other short by half a window."""
    for w in range(1, s + 1):
        seen = pairs(Fraction(s), Fraction(w))
        at = numbers({"s": s, "w": w, "T": s, "W": w})
        assert read(ROWS["nemo-gptoss-pairs"]["formula"], at) == seen
        assert read(ROWS["maxtext-swa"]["formula"], at) - seen == Fraction(-w, 2)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_convolution_on_the_map_that_comes_in(stride: int) -> None:
    row = ROWS["molchanov-conv"]
    at = numbers({"H": 64, "W": 64, "Ci": 5, "K": 3, "Co": 7, "S": stride})
    assert read(row["formula"], at) - molchanov(at) == read(row["difference"], at)


def test_what_6_n_leaves_out() -> None:
    """N in matrices and logits: attention between tokens, 12 L s h d_h for each, and no more."""
    model = model_of(gpt, tied=True)
    n = model.ledger("params").of_roles(Role.MATRIX, Role.EMBEDDING).total
    exact = model.ledger("flops_train", scope="token").total
    assert exact - 6 * n == 12 * L * S * H * DH


def test_every_row_is_here_or_has_a_reason() -> None:
    tables = [[case.id for case in CASES], list(IN_NUMBERS), list(NOT_OURS), list(ELSEWHERE)]
    named = [name for table in tables for name in table]
    assert len(named) == len(set(named))
    assert set(named) == set(ROWS)
    for name, (file, test) in ELSEWHERE.items():
        assert test in (Path(__file__).parent / file).read_text("utf-8"), name


def test_every_collected_formula_has_a_test() -> None:
    """The table of all of them: in which file a row is recorded, and which test reads that file."""
    table = rows("literature_table.jsonl")
    assert len({each["id"] for each in table}) == len(table) == 103
    for each in table:
        assert each["id"] in {row["id"] for row in rows(each["data"])}
        assert each["data"] in _read_by(each["test"]), each["id"]
        if each["verdict"].startswith("right") and each["test"] == Path(__file__).name:
            assert ROWS[each["id"]]["verdict"] == each["verdict"]


def _read_by(test: str) -> str:
    return (Path(__file__).parent / test).read_text("utf-8")
