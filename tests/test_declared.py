"""Declarations in a few words: each gives the truth that somebody else worked out, exactly.

The truths stand in `tests/data`: as numbers and as formulas beside collected cases, and as counts
of a library's models.
"""

from __future__ import annotations

import json
import re
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symcost
from symcost.algebra.dim import dim, foreign
from symcost.algebra.poly import Poly
from symcost.checking.counting import dims_of
from symcost.checking.declared import Declared, DeclaredError, declare
from symcost.checking.formula import read_formula
from symcost.checking.parts import PARTS
from symcost.checking.tree import meaning

DATA = Path(__file__).parent / "data"
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


CASES = {
    f"{file}/{row['id']}": row
    for file in ("wild", "literature")
    for row in rows(f"{file}.jsonl")
    if "model" in row
}
every_case = pytest.mark.parametrize("row", CASES.values(), ids=CASES)


def made(row: Row) -> Declared:
    return declare(row["model"], row["count"], row["scope"], row["symbols"])


def values(row: Row) -> list[tuple[dict[str, Fraction], int]]:
    """The sizes and the truth at each of them. Sizes that are no whole numbers are texts."""
    return [
        (
            {letter: Fraction(size) for letter, size in each["config"].items()},
            each.get("true_value", each.get("truth")),
        )
        for each in row.get("configs") or row["checks"]
    ]


def put(found: Declared, sizes: dict[str, Any]) -> dict[Any, Any]:
    return {found.letters[letter]: size for letter, size in sizes.items()}


# -- collected cases -------------------------------------------------------------------------------


def test_there_are_cases() -> None:
    assert len(CASES) == 47 + 41
    assert all(values(row) for row in CASES.values())


@every_case
def test_a_case_has_its_recorded_truth(row: Row) -> None:
    found = made(row)
    for sizes, truth in values(row):
        assert found.truth().at(put(found, sizes)) == truth


@every_case
def test_a_case_has_its_recorded_formula(row: Row) -> None:
    found = made(row)
    text = re.sub(r"Rational\((\d+),(\d+)\)", r"(\1/\2)", row["true_formula"])
    ((side,),) = (each.sides for each in read_formula(text, row["symbols"]).chains)
    assert found.truth() == meaning(side, lambda letter: Poly.of(found.letters[letter]))


@every_case
def test_the_terms_are_in_letters_and_declared_sizes(row: Row) -> None:
    found = made(row)
    letters = set(found.letters.values())
    assert len(letters) == len(found.letters)
    assert not letters & set(found.sizes)
    for term in found.ledger.terms:
        assert set(dims_of(term)) <= letters | set(found.sizes)
    for size in found.sizes.values():
        assert set(size.dims()) <= letters
    assert found.count().poly == found.ledger.total.substitute(found.sizes)
    assert all(found.sizes[each] == number for each, number in found.numbers.items())


@every_case
def test_no_key_is_ignored(row: Row) -> None:
    for name in ("model", "count"):
        for key in row[name]:
            renamed = {f"{each}_" if each == key else each: row[name][each] for each in row[name]}
            assert key in refusal({**row, name: renamed})


@every_case
def test_every_letter_has_to_be_said(row: Row) -> None:
    texts = json.dumps([*row["model"].values(), *row["count"].values(), row["scope"]])
    used = set(re.findall(r"\w+", texts))
    for letter in used & set(row["symbols"]):
        rest = {each: words for each, words in row["symbols"].items() if each != letter}
        assert letter in refusal({**row, "symbols": rest})


def refusal(row: Row) -> str:
    with pytest.raises(DeclaredError) as caught:
        made(row)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 800
    return message


# -- a library's models ----------------------------------------------------------------------------

GPT = {
    "vocabulary": "vocab_size", "width": "n_embd", "layers": "n_layer", "heads": "n_head",
    "learned_positions": "n_positions", "d_ff": "n_inner",
}  # fmt: skip
LLAMA = {
    "vocabulary": "vocab_size", "width": "hidden_size", "layers": "num_hidden_layers",
    "heads": "num_attention_heads", "kv_heads": "num_key_value_heads", "head_width": "head_dim",
    "d_ff": "intermediate_size", "tied_head": "tie_word_embeddings",
    "qkv_bias": "attention_bias", "output_bias": "attention_bias", "mlp_bias": "mlp_bias",
}  # fmt: skip
MIXTRAL = {
    **LLAMA, "experts": "num_local_experts", "experts_per_token": "num_experts_per_tok",
    "expert_d_ff": "intermediate_size",
}  # fmt: skip
DEEPSEEK = {
    **LLAMA, "head_width": "", "experts": "n_routed_experts",
    "experts_per_token": "num_experts_per_tok", "expert_d_ff": "moe_intermediate_size",
    "dense_layers": "first_k_dense_replace", "kv_compression": "kv_lora_rank",
    "q_compression": "q_lora_rank", "nope_width": "qk_nope_head_dim",
    "rope_width": "qk_rope_head_dim", "value_width": "v_head_dim",
}  # fmt: skip
BERT = {
    "vocabulary": "vocab_size", "width": "hidden_size", "layers": "num_hidden_layers",
    "heads": "num_attention_heads", "d_ff": "intermediate_size",
    "learned_positions": "max_position_embeddings", "token_types": "type_vocab_size",
}  # fmt: skip
BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}
RMS = {"norm": "rmsnorm", "gated": True}
# Model type -> the configuration's key for each key of a declaration, and what else it is.
TYPES: dict[str, tuple[dict[str, str], Row]] = {
    "gpt2": (GPT, BIASES),
    "llama": (LLAMA, RMS),
    "mixtral": (MIXTRAL, RMS),
    "deepseek_v3": (DEEPSEEK, {**RMS, "latent_attention": True}),
    "bert": (BERT, {**BIASES, "embedding_norm": True, "final_norm": False, "pooler": True}),
}


def declaration(config: Row) -> Row:
    """A configuration of a known type as a declaration."""
    keys, fixed = TYPES[config["model_type"]]
    read = {key: config[name] for key, name in keys.items() if config.get(name) is not None}
    if config["model_type"] == "deepseek_v3" and config["n_shared_experts"]:
        read["shared_expert_d_ff"] = config["n_shared_experts"] * config["moe_intermediate_size"]
    return {**read, **fixed}


def library() -> dict[str, Row]:
    found = {row["id"]: row for row in rows("hf_models.jsonl") if row["model_type"] in TYPES}
    # A head over masked tokens has a matrix and a norm of its own; a declaration knows none.
    heads = {name: str(row["config"].get("architectures")) for name, row in found.items()}
    return {name: row for name, row in found.items() if "Masked" not in heads[name]}


LIBRARY = library()


def number(model: Row, **count: Any) -> int | Fraction:
    return declare(model, count, "COUNT", {}).truth().at({})


@pytest.mark.parametrize("row", LIBRARY.values(), ids=LIBRARY)
def test_a_model_of_a_library_has_its_counts(row: Row) -> None:
    model = declaration(row["config"])
    assert number(model, what="params") == row["params"]
    assert number(model, what="params", part="embedding") == row["params_embedding"]
    assert number(model, what="params", part="non_embedding") == row["params_non_embedding"]
    for case in row["flops"]:
        count = {"batch": case["B"], "sequence": case["S"], "logits_for": "pooler" not in model}
        assert number(model, what="flops_forward", **count) == case["flops"]
    if not row["config"].get("sliding_window"):
        for case in row.get("kv", []):
            count = {"batch": case["B"], "tokens": case["S"], "bytes_per_element": 1}
            assert number(model, what="kv_cache_bytes", **count) == case["elements"]


def test_every_type_is_among_them() -> None:
    assert {row["model_type"] for row in LIBRARY.values()} == set(TYPES)
    assert len(LIBRARY) > 20


# -- the same network, read from a configuration ---------------------------------------------------

small = st.integers(1, 9)
LETTERS = {
    "gpt2": {
        "V": "vocab_size", "d": "n_embd", "L": "n_layer", "h": "n_head", "c": "n_positions",
        "f": "n_inner",
    },
    "llama": {
        "V": "vocab_size", "d": "hidden_size", "L": "num_hidden_layers", "dh": "head_dim",
        "h": "num_attention_heads", "g": "num_key_value_heads", "f": "intermediate_size",
    },
    "mixtral": {
        "V": "vocab_size", "d": "hidden_size", "L": "num_hidden_layers", "dh": "head_dim",
        "h": "num_attention_heads", "g": "num_key_value_heads", "f": "intermediate_size",
        "E": "num_local_experts", "k": "num_experts_per_tok",
    },
    "deepseek_v3": {
        "V": "vocab_size", "d": "hidden_size", "L": "num_hidden_layers", "f": "intermediate_size",
        "h": "num_attention_heads", "E": "n_routed_experts", "k": "num_experts_per_tok",
        "e": "moe_intermediate_size", "D": "first_k_dense_replace", "kl": "kv_lora_rank",
        "ql": "q_lora_rank", "dn": "qk_nope_head_dim", "dr": "qk_rope_head_dim",
        "dv": "v_head_dim",
    },
}  # fmt: skip


@st.composite
def configurations(draw: st.DrawFn) -> tuple[Row, Row]:
    """A configuration with random sizes, and its sizes by letter."""
    kind = draw(st.sampled_from(sorted(LETTERS)))
    sizes = {letter: draw(small) for letter in LETTERS[kind]}
    if kind == "gpt2":  # the heads tile the width
        sizes["d"] *= sizes["h"]
    if "g" in sizes:  # fewer key heads, as many query heads for each
        sizes["h"] = sizes["g"] * draw(st.integers(2, 5))
    if kind == "deepseek_v3":
        sizes["D"] = draw(st.integers(1, 4))
        sizes["L"] += sizes["D"]
        sizes["dr"] *= 2
    if "k" in sizes:
        sizes["k"] = min(sizes["k"], sizes["E"])
    config: Row = {LETTERS[kind][letter]: size for letter, size in sizes.items()}
    config |= {"model_type": kind}
    if kind != "gpt2":
        config["tie_word_embeddings"] = draw(st.booleans())
    if kind == "deepseek_v3":
        config |= {"n_group": 1, "topk_group": 1, "n_shared_experts": 2}
        config |= {"num_key_value_heads": sizes["h"]}
    return config, sizes


@settings(max_examples=60, deadline=None)
@given(configurations(), small, small)
def test_letters_give_what_a_configuration_gives(
    drawn: tuple[Row, Row], batch: int, tokens: int
) -> None:
    config, sizes = drawn
    names = {name: letter for letter, name in LETTERS[config["model_type"]].items()}
    written = declaration({name: names.get(name, value) for name, value in config.items()} | {
        "n_shared_experts": 0
    })  # fmt: skip
    if config["model_type"] == "deepseek_v3":
        written |= {"shared_expert_d_ff": "2*e"}
    model = symcost.load(config)
    symbols = dict.fromkeys((*sizes, "B", "s"), "a size")
    tokens_of = {"batch": "B", "sequence": "s"}
    for count, given_sizes in (
        ({"what": "params"}, {}),
        ({"what": "params_active"}, {}),
        ({"what": "flops_forward", **tokens_of}, {"B": batch, "s": tokens}),
        ({"what": "flops_train", **tokens_of}, {"B": batch, "s": tokens}),
        ({"what": "kv_cache_bytes", "batch": "B", "tokens": "s"}, {"B": batch, "s": tokens}),
    ):
        if given_sizes and config["model_type"] == "gpt2" and tokens > sizes["c"]:
            continue
        found = declare(written, count, "COUNT", symbols)
        assert found.truth().at(put(found, {**sizes, "B": batch, "s": tokens})) == model.value(
            str(count["what"]), **given_sizes
        )


# -- parts: which tensors of the library, by their place in the row, have how many numbers ---------

TENSORS = {
    "llama/r1": {
        "token_embedding": [0], "q": [1, 2], "k": [3, 4], "v": [5, 6], "o": [7, 8], "gate": [9, 10],
        "up": [11, 12], "down": [13, 14], "mlp": range(9, 15), "attention": range(1, 9),
        "qkv": range(1, 7), "kv": range(3, 7), "biases": range(2, 15, 2), "norms": [15, 16, 17],
        "matrices": [*range(1, 15, 2), 18], "final_norm": [17], "logits": [18],
        "layers": range(1, 17), "non_embedding": range(1, 19), "total": range(19),
    },
    "deepseek_v3/r4": {
        "q": [1, 2, 4], "q_down": [1, 2], "q_up": [4], "kv_down": [5, 6], "kv_up": [8],
        "kv": [5, 6, 7, 8], "o": [9, 10], "attention": range(1, 11), "expert": [11, 12],
        "router": [13], "shared": [14, 15, 16], "moe": range(11, 17), "mlp": [11, 12, 14, 15, 16],
        "norms": [3, 7, 17, 18, 19], "embedding": [0], "head": [20],
    },
    "pub/moonshotai/Kimi-K2-Base": {
        "dense_mlp": [8, 9, 10], "expert": [13, 14], "router": [15], "shared": [16, 17, 18],
    },
    "pub/google-bert/bert-base-uncased": {
        "positions": [1], "token_types": [2], "embedding": [0, 1, 2], "embedding_norm": [3, 4],
        "pooler": [21, 22],
    },
}  # fmt: skip
ROWS = {row["id"]: row for row in rows("hf_models.jsonl")}


def numbers(name: str, places: Any) -> int:
    return sum(ROWS[name]["tensors"][place] for place in places)


@pytest.mark.parametrize(
    ("name", "part", "places"),
    [(name, part, places) for name, parts in TENSORS.items() for part, places in parts.items()],
)
def test_a_part_has_the_numbers_of_its_tensors(name: str, part: str, places: Any) -> None:
    model = declaration(ROWS[name]["config"])
    assert number(model, what="params", part=part) == numbers(name, places)
    assert number(model, what="params", only_parts=[part]) == numbers(name, places)
    if part != "total":
        left = numbers(name, range(len(ROWS[name]["tensors"]))) - numbers(name, places)
        assert number(model, what="params", without_parts=[part]) == left


@pytest.mark.parametrize(
    ("name", "part", "places"),
    [
        ("llama/r1", "attn_layer", range(1, 9)),
        ("llama/r1", "mlp_layer", range(9, 15)),
        ("llama/r1", "ffn_layer", range(9, 15)),
        ("llama/r1", "norms_layer", [15, 16]),
        ("llama/r1", "biases_layer", range(2, 15, 2)),
        ("llama/r1", "layer", range(1, 17)),
        ("deepseek_v3/r4", "router_layer", [13]),
        ("deepseek_v3/r4", "experts_layer", [11, 12]),
    ],
)
def test_one_layer_is_a_share_of_all(name: str, part: str, places: Any) -> None:
    config = ROWS[name]["config"]
    share = Fraction(numbers(name, places), config["num_hidden_layers"])
    assert number(declaration(config), what="params", part=part) == share


def test_a_part_of_one_kind_of_layer() -> None:
    config = ROWS["pub/moonshotai/Kimi-K2-Base"]["config"]
    model = declaration(config)
    mixed = config["num_hidden_layers"] - config["first_k_dense_replace"]
    router = number(model, what="params", part="router")
    assert number(model, what="params", part="router_layer") == router / Fraction(mixed)
    attention = number(model, what="params", part="attention")
    every = number(model, what="params", part="attention_layer")
    assert every * config["num_hidden_layers"] == attention
    with pytest.raises(DeclaredError, match="differs between dense_layer and moe_layer"):
        number(model, what="params", part="layer")


def test_every_part_is_somewhere() -> None:
    """A word for a part of something selects at least one term of some network."""
    models = [declaration(ROWS[name]["config"]) for name in TENSORS]
    for part in PARTS:
        assert any(has(model, what, part) for model in models for what in ("params", "flops"))


def has(model: Row, what: str, part: str) -> bool:
    count: Row = {"what": "params"}
    if what == "flops":
        count = {"what": "flops_forward", "sequence": 5, "logits_for": False}
    try:
        return number(model, **count, only_parts=[part]) > 0
    except DeclaredError:
        return False


# -- letters, tokens, factors ----------------------------------------------------------------------

PLAIN: Row = {"layers": "L", "width": "d", "vocabulary": "V", "heads": "h"}


def truth(model: Row, count: Row, scope: str = "COUNT", **letters: int) -> Any:
    found = declare(model, count, scope, dict.fromkeys(letters, ""))
    return found.truth().at(put(found, letters))


def forward(**more: Any) -> Row:
    return {"what": "flops_forward", "batch": "b", "sequence": "s", **more}


SIZES = {"L": 3, "d": 20, "V": 101, "h": 5, "b": 2, "s": 7}


def test_a_plain_letter_is_the_dimension_it_sizes() -> None:
    model = {**PLAIN, "kv_heads": "g", "head_width": "q", "d_ff": "f"}
    letters = ["L", "d", "V", "h", "g", "q", "f", "b", "s"]
    found = declare(model, forward(), "COUNT", dict.fromkeys(letters, ""))
    words = ["layers", "model", "vocab", "heads", "groups", "head", "feed", "batch", "time"]
    assert found.letters == {letter: dim(word) for letter, word in zip(letters, words, strict=True)}
    assert not found.sizes


def test_a_letter_for_two_sizes_is_one_that_is_counted() -> None:
    model = {**PLAIN, "learned_positions": "s", "d_ff": "d"}
    symbols = dict.fromkeys("LdVhs", "")
    work = declare(model, {"what": "flops_forward", "sequence": "s"}, "COUNT", symbols)
    assert work.letters["s"] is dim("time")
    assert work.letters["d"] is dim("model")
    assert work.sizes[dim("feed")] == Poly.of(dim("model"))
    weights = declare(model, {"what": "params"}, "COUNT", symbols)
    assert weights.letters["s"] is dim("positions")


def test_numbers_and_expressions_are_sizes() -> None:
    model = {**PLAIN, "heads": 64, "width": "64*q", "head_width": "q", "layers": "2*x"}
    found = declare(model, {"what": "params"}, "COUNT", {"q": "", "x": "groups", "V": ""})
    assert found.letters["x"] is foreign("x")
    assert found.numbers == {dim("heads"): 64, dim("groups"): 64}
    assert found.sizes[dim("model")] == 64 * Poly.of(dim("head"))
    assert found.sizes[dim("layers")] == 2 * Poly.of(foreign("x"))
    assert foreign("x").meaning == "groups"


def test_logits_for_some_tokens() -> None:
    """Of each sequence: for one token they cost what a sequence of one token pays for them."""
    none = truth(PLAIN, forward(logits_for=False), **SIZES)
    one = truth(PLAIN, forward(logits_for=1), **SIZES)
    every = truth(PLAIN, forward(), **SIZES)
    assert every - none == SIZES["s"] * (one - none)
    assert truth(PLAIN, forward(logits_for="m"), **SIZES, m=7) == every
    alone = truth(PLAIN, forward(only_parts=["logits"]), **SIZES)
    assert alone == every - none
    parts = forward(only_parts=["scores"], logits_for=True)
    assert truth(PLAIN, parts, **SIZES) == alone + truth(
        PLAIN, forward(only_parts=["scores"]), **SIZES
    )


def test_another_context_changes_scores_alone() -> None:
    rest = forward(without_parts=["core"])
    core = forward(only_parts=["core"])
    for context, share in (("s/2", Fraction(1, 2)), ("sequence", 1), ("min(s, 3)", Fraction(3, 7))):
        assert truth(PLAIN, {**rest, "context": context}, **SIZES) == truth(PLAIN, rest, **SIZES)
        full = truth(PLAIN, core, **SIZES)
        assert truth(PLAIN, {**core, "context": context}, **SIZES) == share * full
    assert truth(PLAIN, {**core, "window": 3}, **SIZES) == Fraction(3, 7) * full
    assert truth(PLAIN, {**core, "window": 9}, **SIZES) == full


def test_a_latent_is_expanded_for_every_new_token_only() -> None:
    model = {
        **PLAIN, "latent_attention": True, "kv_compression": 6, "nope_width": 4, "rope_width": 2,
        "value_width": 4,
    }  # fmt: skip
    up = forward(only_parts=["kv_up"])
    assert truth(model, {**up, "context": "s/2"}, **SIZES) == truth(model, up, **SIZES)


def test_factors() -> None:
    once = truth(PLAIN, forward(), **SIZES)
    assert truth(PLAIN, forward(times_forward="7/2"), **SIZES) == Fraction(7, 2) * once
    assert truth(PLAIN, forward(), "COUNT*x/s", x=3, **SIZES) == Fraction(3 * once, 7)
    cache = {"what": "kv_cache_bytes", "tokens": "s"}
    usual = truth(PLAIN, cache, **SIZES)
    for element in (1, 2, "1/2", "e"):
        told = {**cache, "bytes_per_element": element}
        share = Fraction(3 if element == "e" else element) / 2
        assert truth(PLAIN, told, e=3, **SIZES) == share * usual
    weights = {"what": "weight_bytes", "bytes_per_element": 4}
    assert truth(PLAIN, weights, **SIZES) == 4 * truth(PLAIN, {"what": "params"}, **SIZES)


def test_null_is_a_key_that_is_not_there() -> None:
    model = {**PLAIN, "d_ff": None, "head_width": None, "experts": None}
    assert truth(model, forward(logits_for=None), **SIZES) == truth(PLAIN, forward(), **SIZES)


@pytest.mark.parametrize(
    "what",
    ["params_inactive", "flops_backward", "activation_bytes", "gradient_bytes", "optimizer_bytes"],
)
def test_other_quantities_are_counted(what: str) -> None:
    model = {**PLAIN, "experts": 4, "experts_per_token": 2}
    count: Row = {"what": what}
    if what in ("flops_backward", "activation_bytes"):
        count |= {"batch": "b", "sequence": "s"}
    assert truth(model, count, **SIZES) > 0


def test_a_picture_is_cut_by_a_convolution() -> None:
    scope = "COUNT + conv2d_macs(a, c, 3, (3), n/2, n // 2)"
    before = truth(PLAIN, forward(), **SIZES)
    assert truth(PLAIN, forward(), scope, a=2, c=5, n=8, **SIZES) == before + 2 * 5 * 9 * 16


def test_a_case_is_declared_fast() -> None:
    for row in CASES.values():
        made(row)
    start = time.process_time()
    for row in CASES.values():
        made(row).truth()
    assert time.process_time() - start < len(CASES)  # no measure of speed: it must not hang
