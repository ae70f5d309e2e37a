"""Formulas held against models: each row is a formula and what the checker says of it.

`assert_verdict` decides every row again: with an evaluator of its own, at random sizes, and against
published totals.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.checking.classes import classes_of_product, quantity_classes, shape
from symcost.checking.lint import lint
from symcost.checking.mistakes import mistakes
from symcost.checking.reading import read_any
from symcost.checking.verdict import Marked, Status
from symcost.marking import CheckError
from tests.checked import assert_consistent, assert_published, assert_verdict, judged, said

if TYPE_CHECKING:
    from symcost.checking.tree import Node

GPT2, BARE, LLAMA = "gpt2", "lecture", "llama-2-70b"
MIXTRAL, DEEPSEEK, MAMBA = "mixtral-8x7b", "deepseek-v3", "mamba-130m"
ALL, BEYOND, TABLES = "params", "params_non_embedding", "params_embedding"
FORWARD, TRAIN, CACHE = "flops_forward", "flops_train", "kv_cache_bytes"

# What the letters are, where a row is about an error and not about its letters.
LETTERS = {"d": "model", "h": "heads"}

LAYER = "4*d**2 + 2*d*d_ff + d_ff + 9*d"
TABLE = "V*d + n_ctx*d"
WORK = "8*B*s*L*d**2 + 4*B*s*L*d*d_ff"
SQUARE, LOGITS = "4*B*L*s**2*d", "2*B*s*V*d"
GROUPED = "2*V*d + L*(2*d*h*d_h + 2*d*h_kv*d_h + {} + 2*d) + d"
GATED = GROUPED.format("3*d*d_ff")
LATENT = (
    "2*V*d + (L_dense + L_moe)*(d*r_q + r_q + r_q*h*(d_n + d_r) + d*(r_kv + d_r) + r_kv"
    " + r_kv*h*(d_n + d_v) + h*d_v*d + 2*d) + L_dense*3*d*d_ff"
    " + L_moe*(E*d + 3*E*d*d_e + 3*d*d_sh) + d"
)
STATE = "V*d + L*(d + 2*d*d_in + d_in*k_c + d_in + 2*d_in*r_dt + 3*d_in*n_st + 2*d_in + d_in*d) + d"

RIGHT = [
    (f"{TABLE} + L*({LAYER}) + 2*d", GPT2, ALL),
    ("V*d + n_ctx*d + L*(4*d*h*d_h + 2*d*d_ff + 3*h*d_h + d_ff + 6*d) + 2*d", GPT2, ALL),
    (TABLE, GPT2, TABLES),
    (f"{WORK} + {SQUARE} + {LOGITS}", GPT2, FORWARD),
    (f"{WORK} + 4*B*L*s**2*h*d_h + {LOGITS}", GPT2, FORWARD),
    (f"3*({WORK} + {SQUARE} + {LOGITS})", GPT2, TRAIN),
    ("4*B*L*s*h*d_h", GPT2, CACHE),
    ("L*(4*d*d + 2*d*d_ff)", BARE, ALL),
    (f"3*({WORK} + {SQUARE})", BARE, TRAIN),
    (GATED, LLAMA, ALL),
    ("4*B*L*s*h_kv*d_h", LLAMA, CACHE),
    ("4*B*L*s*d*h_kv/h", LLAMA, CACHE),
    (GROUPED.format("3*E*d*d_e + E*d"), MIXTRAL, ALL),
    (GROUPED.format("3*k*d*d_e + E*d"), MIXTRAL, "params_active"),
    (LATENT, DEEPSEEK, ALL),
    ("2*B*s*(L_dense + L_moe)*(r_kv + d_r)", DEEPSEEK, CACHE),
    (STATE, MAMBA, ALL),
]


@pytest.mark.parametrize(("formula", "model", "quantity"), RIGHT)
def test_right(formula: str, model: str, quantity: str) -> None:
    assert_verdict(formula, "right", model, quantity)


UNDER = [
    # One convention each.
    (f"{TABLE} + L*(4*d**2 + 2*d*d_ff + 4*d) + 2*d", GPT2, ALL, "without biases"),
    (f"{TABLE} + L*(4*d**2 + 2*d*d_ff + d_ff + 5*d)", GPT2, ALL, "without norms"),
    (f"V*d + L*({LAYER}) + 2*d", GPT2, ALL, "without positions"),
    (f"n_ctx*d + L*({LAYER}) + 2*d", GPT2, ALL, "without the token table"),
    ("V*d", GPT2, TABLES, "without positions"),
    (f"{TABLE} + 12*L*d**2 + 13*L*d + 2*d", GPT2, ALL, "d_ff = 4 d"),
    ("12*L*d**2", BARE, ALL, "d_ff = 4 d"),
    (f"{WORK} + {SQUARE}", GPT2, FORWARD, "without the logits"),
    (f"{WORK} + 2*B*L*s**2*d + {LOGITS}", GPT2, FORWARD, "half the attention square (causal)"),
    (f"{WORK} + 2*B*L*s*(s+1)*d + {LOGITS}", GPT2, FORWARD, "the s(s+1)/2 causal pairs"),
    (f"({WORK} + {SQUARE} + {LOGITS})/2", GPT2, FORWARD, "1 multiply-add = 1 MAC"),
    ("8*s*L*d**2 + 4*s*L*d*d_ff + 4*L*s**2*d + 2*s*V*d", GPT2, FORWARD, "for one sequence"),
    ("8*L*d**2 + 4*L*d*d_ff + 4*L*s*d + 2*V*d", GPT2, FORWARD, "per token"),
    ("4*L*s*h_kv*d_h", LLAMA, CACHE, "for one sequence"),
    (GATED.replace("2*V", "V"), LLAMA, ALL, "without the token table"),
    (GROUPED.format("3*E*d*d_e"), MIXTRAL, ALL, "without the router"),
    (LATENT.replace("E*d + 3", "3"), DEEPSEEK, ALL, "without the router"),
    # Several at once, and none that is not needed.
    (
        f"L*({LAYER}) + 2*d",
        GPT2,
        ALL,
        "without the token table, without positions",
    ),
    ("12*L*d**2", GPT2, BEYOND, "d_ff = 4 d, without norms, without biases"),
    ("L*(4*d*d + 2*d*d_ff)", GPT2, BEYOND, "without norms, without biases"),
    (
        f"({WORK} + 2*B*L*s**2*d + {LOGITS})/2",
        GPT2,
        FORWARD,
        "1 multiply-add = 1 MAC, half the attention square (causal)",
    ),
    ("24*B*s*L*d**2*(1 + s/(6*d) + V/(12*L*d))", GPT2, FORWARD, "d_ff = 4 d"),
    ("72*B*s*L*d**2*(1 + s/(6*d) + V/(12*L*d))", GPT2, TRAIN, "d_ff = 4 d"),
    ("24*s*L*d**2 + 4*L*s**2*d + 2*s*V*d", GPT2, FORWARD, "for one sequence, d_ff = 4 d"),
    (f"{WORK} + 2*B*L*s*(s + 1)*d + {LOGITS}", GPT2, FORWARD, "the s(s+1)/2 causal pairs"),
]


@pytest.mark.parametrize(("formula", "model", "quantity", "conditions"), UNDER)
def test_right_under(formula: str, model: str, quantity: str, conditions: str) -> None:
    assert_verdict(formula, f"right_under: {conditions}", model, quantity)


MATRICES = "L*(4*d**2 + 2*d*d_ff)"
RULES = [
    # N and D are closed forms of the model: 6 N is its matrices' work, attention apart.
    ("6*N", "flops_train_6n", f"6*{MATRICES}", "right"),
    ("6*N*D", "flops_train_6n", f"6*B*s*{MATRICES}", "right_under: per batch"),
    ("6*N*D", TRAIN, f"6*B*s*{MATRICES}", "approximation: 12*B*L*s**2*d"),
    ("6ND", TRAIN, f"6*B*s*{MATRICES}", "approximation: 12*B*L*s**2*d"),
    ("6*N", TRAIN, f"6*{MATRICES}", "approximation: 12*L*s*d"),
    ("2*N", FORWARD, f"2*{MATRICES}", "approximation: 4*L*s*d"),
    ("6*N + 12*L*h*d_h*s", TRAIN, f"6*{MATRICES} + 12*L*d*s", "right_under: per token"),
    ("6*N*D + 12*L*d*s*D", TRAIN, f"6*B*s*{MATRICES} + 12*L*d*s*s*B", "right"),
    (
        "2*N + 2*L*s*d",
        FORWARD,
        f"2*{MATRICES} + 2*L*s*d",
        "right_under: per token, half the attention square (causal)",
    ),
]


@pytest.mark.parametrize(("formula", "quantity", "typed", "says"), RULES)
def test_rules_of_thumb(formula: str, quantity: str, typed: str, says: str) -> None:
    assert_verdict(formula, says, BARE, quantity, typed=typed)


WRONG = [
    # Heads.
    (
        "L*(3*d*d + h*d*d + 2*d*d_ff)",
        BARE,
        BEYOND,
        "counted_for_each_head | layer.attention.W_O | h",
    ),
    ("L*(4*d*d + 2*d*d_ff)*h", BARE, ALL, "counted_for_each_head | everything | h"),
    (GATED.replace("h_kv", "h"), LLAMA, ALL, "query_heads_for_key_heads | W_K W_V | h/h_kv"),
    (
        GATED.replace("d*h*d_h", "d*h_kv*d_h"),
        LLAMA,
        ALL,
        "key_heads_for_query_heads | W_Q W_O | h_kv/h",
    ),
    ("4*B*L*s*h*d_h", LLAMA, CACHE, "query_heads_for_key_heads | everything | h/h_kv"),
    ("4*B*L*s*d", LLAMA, CACHE, "query_heads_for_key_heads | everything | h/h_kv"),
    ("4*B*L*s*d*h/h_kv", LLAMA, CACHE, "quotient_upside_down | everything | h^2/h_kv^2"),
    ("2*B*L*s*h_kv*d_h", LLAMA, CACHE, "key_or_value_forgotten | everything | 1/2"),
    ("8*B*L*s*h_kv*d_h", LLAMA, CACHE, "key_and_value_twice | everything | 2"),
    # Matrices.
    ("L*(4*d*d + d*d_ff)", BARE, ALL, "feed_product_missing | layer.feed_forward.W_1 | 0"),
    ("L*(4*d*d + 3*d*d_ff)", BARE, ALL, "gate_imagined | W_1 W_2 | 3/2"),
    (GROUPED.format("2*d*d_ff"), LLAMA, ALL, "gate_forgotten | W_G W_1 W_2 | 2/3"),
    ("L*(4*d*d + 2*d_ff*d_ff)", BARE, ALL, "wrong_size | W_1 W_2 | d_ff/d"),
    ("L*(2*d*d + 2*d*s + 2*d*d_ff)", BARE, ALL, "tokens_for_width | W_K W_V | s/d"),
    ("4*d*d + 2*d*d_ff", BARE, ALL, "one_layer | everything | 1/L"),
    ("L*(8*d*d + 4*d*d_ff)", BARE, ALL, "counted_twice | everything | 2"),
    # Tables.
    ("V*d + L*(4*d*d + 2*d*d_ff)", BARE, ALL, "vocabulary_term | V d | "),
    ("L*(4*d*d + 2*d*d_ff) + L*s*d", BARE, ALL, "positions_extra | L s d | "),
    (f"n_ctx*d + {GATED}", LLAMA, ALL, "positions_extra | n_ctx d | "),
    (f"V*d + {TABLE} + L*({LAYER}) + 2*d", GPT2, ALL, "tied_table_twice | W_E | 2"),
    (STATE.replace("V*d", "2*V*d"), MAMBA, ALL, "tied_table_twice | W_E | 2"),
    # Experts, latents, states.
    (GROUPED.format("3*k*d*d_e + E*d"), MIXTRAL, ALL, "chosen_experts_for_all | W_1 W_G W_2 | k/E"),
    (
        GROUPED.format("3*E*d*d_e + E*d"),
        MIXTRAL,
        "params_active",
        "all_experts_for_chosen | W_1 W_G W_2 | E/k",
    ),
    (LATENT.replace("3*E", "3*k"), DEEPSEEK, ALL, "chosen_experts_for_all | W_1 W_G W_2 | k/E"),
    (
        LATENT.replace("h*d_v*d", "h*(d_n + d_r)*d"),
        DEEPSEEK,
        ALL,
        "value_width_as_query_width | W_O | (d_n + d_r)/d_v",
    ),
    (
        "4*B*s*(L_dense + L_moe)*(r_kv + d_r)",
        DEEPSEEK,
        CACHE,
        "key_and_value_twice | everything | 2",
    ),
    (
        STATE.replace("d_in*d)", "d*d)"),
        MAMBA,
        ALL,
        "inner_width_mixed | layer.state_space | d/d_in",
    ),
    # Work.
    (f"{WORK} + {SQUARE} + {LOGITS}", GPT2, TRAIN, "forward_only | everything | 1/3"),
    (f"3*({WORK} + {SQUARE} + {LOGITS})", GPT2, FORWARD, "training_for_forward | everything | 3"),
]


@pytest.mark.parametrize(("formula", "model", "quantity", "edit"), WRONG)
def test_wrong(formula: str, model: str, quantity: str, edit: str) -> None:
    """One error, named: the kind, a word of every term concerned, and the factor."""
    scope = "batch" if quantity in (FORWARD, TRAIN, CACHE) else None
    asked: dict[str, Any] = {"let": LETTERS, "scope": scope}
    found = judged(formula, model, quantity, **asked)
    kind, terms, factor = edit.split(" | ")
    assert [each.kind for each in found.edits] == [kind]
    assert found.edits[0].factor == factor
    assert all(each in found.edits[0].term for each in terms.split(" "))
    assert_consistent(found, formula)
    assert_published(found, model, quantity)


CAUSAL = "half the attention square (causal)"
TWO = [
    ("L*(3*d*d + h*d*d + 3*d*d_ff)", ALL, {"counted_for_each_head", "gate_imagined"}, (), "0"),
    ("L*(3*d*d + h*d*d + d*d_ff)", ALL, {"counted_for_each_head", "feed_product_missing"}, (), "0"),
    # Half of the core may be a causal mask: a condition beside the error.
    (
        "8*B*s*L*d**2 + 2*B*s*L*d*d_ff + 2*B*L*s**2*d",
        FORWARD,
        {"feed_product_missing"},
        (CAUSAL,),
        "2*B*L*s**2*d",
    ),
]


@pytest.mark.parametrize(("formula", "quantity", "kinds", "conditions", "left_out"), TWO)
def test_several_things_at_once(
    formula: str, quantity: str, kinds: set[str], conditions: tuple[str, ...], left_out: str
) -> None:
    scope = "batch" if quantity == FORWARD else None
    found = judged(formula, BARE, quantity, let=LETTERS, scope=scope)
    assert {each.kind for each in found.edits} == kinds
    assert found.conditions == conditions
    assert_consistent(found, formula, left_out)


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("12*L*d**", "unusable: column 9"),
        ("12*L*", "unusable: column 6"),
        ("", "unusable: column 1"),
        ("12*(L*d", "unusable: column 8"),
        (r"12 L d^{2", "unusable: column 10"),
        ("V**3*17 + d_ff**5*11 + h**7", "unknown"),
    ],
)
def test_neither_right_nor_wrong(formula: str, says: str) -> None:
    found = judged(formula, GPT2, ALL)
    assert said(found) == says
    assert (found.difference is None) == (found.status is Status.UNUSABLE)


# -- the same formula, otherwise written ---------------------------------------------------------


SPELLINGS = [
    (
        GPT2,
        BEYOND,
        [
            "12*L*d**2",
            "12 L d^2",
            r"12 n_{layer} d_{model}^2",
            r"12 n_{\text{layer}} d_{\mathrm{model}}^{2}",
            r"$12\,L\,d_{model}^2$",
            r"12 \cdot L \times d^2",
            "12 * n_layer * n_embd ** 2",
            "12*num_layers*hidden_size*hidden_size",
            "n_layer*(4*n_embd*n_embd + 8*n_embd*n_embd)",
        ],
    ),
    (
        LLAMA,
        CACHE,
        [
            "4*B*L*s*h_kv*d_h",
            r"2 \cdot 2 \cdot B L s h_{kv} d_{h}",
            "2*2*batch_size*num_layers*seq_len*num_key_value_heads*head_dim",
            r"4 B L s \frac{h_{kv}}{h} d",
        ],
    ),
    (
        BARE,
        ALL,
        [
            "L*(3*d*d + 3*d*d_ff)",
            r"L \left( 3 d^2 + 3 d\, d_{ff} \right)",
            r"3 L d^2 + 3 L d d_{\text{ff}}",
        ],
    ),
]


@pytest.mark.parametrize(("model", "quantity", "spellings"), SPELLINGS)
def test_spellings(model: str, quantity: str, spellings: list[str]) -> None:
    """LaTeX, names of configurations and single letters get one verdict."""
    verdicts = {said(judged(each, model, quantity, let={"d": "model"})) for each in spellings}
    assert len(verdicts) == 1, verdicts


# -- what else may be asked -----------------------------------------------------------------------


def test_let_says_what_a_letter_is() -> None:
    text = "H*(4*Q*Q + 2*Q*d_ff)"
    assert judged(text, BARE, ALL).status is not Status.RIGHT
    assert_verdict(
        text,
        "right",
        BARE,
        ALL,
        typed=text.replace("Q", "d").replace("H", "L"),
        let={"H": "layers", "Q": "model"},
    )
    found = judged(text, BARE, ALL, let={"H": "layers", "Q": "model"})
    assert {(each.letter, each.why) for each in found.meanings if each.letter != "d_ff"} == {
        ("H", "as you say"),
        ("Q", "as you say"),
    }


def test_let_of_nothing_known() -> None:
    found = judged("H*d", BARE, ALL, let={"H": "cabbages"})
    assert said(found).startswith("unusable")
    assert "cabbages" in found.remark


def test_letters_are_told() -> None:
    found = judged("n_layer*(4*hidden_size**2 + 2*hidden_size*intermediate_size)", BARE, ALL)
    assert {each.letter for each in found.meanings} == {
        "n_layer",
        "hidden_size",
        "intermediate_size",
    }
    assert found.read == "n_layer*(4*hidden_size**2 + 2*hidden_size*intermediate_size)"


def test_sizes() -> None:
    found = judged(f"{WORK} + {SQUARE} + {LOGITS}", GPT2, FORWARD, sizes={"s": 1024, "B": 1})
    assert found.numbers.given == found.numbers.true == 291_648_307_200
    shorter = judged(f"{WORK} + {SQUARE} + {LOGITS}", GPT2, FORWARD, sizes={"s": 1024, "B": 2})
    assert shorter.numbers.given == 2 * 291_648_307_200
    assert dict(found.numbers.sizes)["s"] == 1024


@pytest.mark.parametrize(
    ("formula", "quantity", "kind"),
    [
        (f"{TABLE} + L*(4*d**2 + 2*d*d_ff + 4*d) + 2*d", ALL, "biases_missing"),
        (f"{TABLE} + L*(4*d**2 + 2*d*d_ff + d_ff + 5*d)", ALL, "norms_missing"),
        (f"n_ctx*d + L*({LAYER}) + 2*d", ALL, "table_missing"),
    ],
)
def test_strict(formula: str, quantity: str, kind: str) -> None:
    """A way to count is an error where none but the one given counts."""
    assert judged(formula, GPT2, quantity).status is Status.RIGHT_UNDER
    found = judged(formula, GPT2, quantity, strict=True, let=LETTERS)
    assert found.status is Status.WRONG
    assert {each.kind for each in found.edits} == {kind}
    assert_consistent(found, formula)


def test_strict_right() -> None:
    assert_verdict(f"{TABLE} + L*({LAYER}) + 2*d", "right", GPT2, ALL, strict=True)


@pytest.mark.parametrize(
    ("claimed", "remark"),
    [
        (124_439_808, ""),
        ("124M", ""),
        ("124.4M", ""),
        ("124,439,808", ""),
        (124_439_809, "the number 124,439,809 does not follow: the formula gives 124,439,808"),
    ],
)
def test_a_right_formula_with_a_number(claimed: str | int, remark: str) -> None:
    found = judged(f"{TABLE} + L*({LAYER}) + 2*d", GPT2, ALL, claimed=claimed)
    assert said(found) == "right"
    assert found.remark == remark


def test_a_right_formula_with_the_number_of_another() -> None:
    """What is far off is an error by itself, in the number and not in the formula."""
    found = judged(f"{TABLE} + L*({LAYER}) + 2*d", GPT2, ALL, claimed="117M")
    assert [each.kind for each in found.edits] == ["number_does_not_follow"]
    assert found.numbers.given == found.numbers.true == 124_439_808
    assert found.numbers.claimed == 117_000_000


def test_a_wrong_formula_with_the_true_number() -> None:
    found = judged("L*(4*d*d + 3*d*d_ff)", BARE, ALL, let=LETTERS, claimed=84_934_656)
    assert found.status is Status.WRONG
    assert found.remark == (
        "the number 84,934,656 is the true one, but the formula gives 113,246,208"
    )


def test_no_number() -> None:
    with pytest.raises(CheckError, match="is not a number: write 124439808 or 124M"):
        judged("12*L*d**2", GPT2, ALL, claimed="many")


def reading(formula: str) -> Node:
    return read_any(formula)[0].chains[0].sides[0]


@pytest.mark.parametrize(
    ("formula", "quantity", "rule", "term"),
    [
        ("L*(4*d*d + 2*d*d_ff) + L*s*d*d", ALL, "degree in tokens", "L s d^2"),
        ("4*B*L*s**3*d", FORWARD, "degree in tokens", "4 B L s^3 d"),
        ("L*d**3", ALL, "homogeneity", "L d^3"),
        ("12*L*d**2 + L*d*d_ff*d_h", ALL, "homogeneity", "L d d_h d_ff"),
        ("-12*L*d**2", ALL, "positivity", "-12 L d^2"),
    ],
)
def test_lint(formula: str, quantity: str, rule: str, term: str) -> None:
    found = lint(reading(formula), quantity, {})
    assert [(each.rule, sorted(each.term.split())) for each in found] == [
        (rule, sorted(term.split()))
    ]


@pytest.mark.parametrize(("formula", "model", "quantity"), RIGHT)
def test_lint_is_silent_where_all_is_right(formula: str, model: str, quantity: str) -> None:
    assert model
    assert list(lint(reading(formula), quantity, {})) == []


def test_a_verdict_brings_its_lint() -> None:
    found = judged("L*d**3", BARE, ALL, let=LETTERS)
    assert [each.rule for each in found.lint] == ["homogeneity"]


def test_without_a_model_a_formula_is_linted() -> None:
    found = symcost.check("L*d**3")
    assert not isinstance(found, Marked)
    assert found.status is Status.UNKNOWN
    assert [each.rule for each in found.lint] == ["homogeneity"]
    assert "--model" in found.remark


def test_a_chain() -> None:
    """N = a = b: each side is held against the truth, the name in front is a label."""
    found = symcost.check(r"N = 4 L d^2 + 8 L d^2 = 12 L d^2 = 13 L d^2", model=BARE, quantity=ALL)
    assert isinstance(found, Marked)
    assert [each.verdict.status.value for each in found.lines if each.verdict] == [
        "right_under",
        "right_under",
        "wrong",
    ]
    assert found.status is Status.WRONG


# -- one answer, whatever the order of sets -----------------------------------------------------


ASKED = [
    ("L*(3*d*d + h*d*d + 2*d*d_ff)", BARE, BEYOND),
    ("12*L*d**2", GPT2, BEYOND),
    ("4*B*L*s*h*d_h", LLAMA, CACHE),
]
SCRIPT = f"""
import json, symcost
for formula, model, quantity in {ASKED!r}:
    found = symcost.check(formula, model=model, quantity=quantity)
    print(json.dumps(found.as_data()))
"""


def answers(seed: str) -> list[Any]:
    env = {**os.environ, "PYTHONHASHSEED": seed}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=env, check=True
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_the_same_answer_whatever_the_seed() -> None:
    first = answers("0")
    assert len(first) == len(ASKED)
    assert first == answers("4321")


# -- hostile input ---------------------------------------------------------------------------------


def command(
    folder: Path, *words: str, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "symcost", "check", *words, "--model", GPT2],
        capture_output=True,
        text=True,
        input=typed,
        cwd=folder,
        timeout=20,
        env={**os.environ, "PYTHONPATH": str(Path(symcost.__file__).parents[1])},
        check=False,
    )


def assert_refused(ran: subprocess.CompletedProcess[str], folder: Path) -> None:
    """Exit code 2, one line that says why, and nothing was run."""
    assert ran.returncode == 2, ran.stderr[-500:]
    said_why = [line for line in ran.stderr.splitlines() if line.strip()]
    assert len(said_why) == 1, said_why[:5]
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr) < 1000
    assert not (folder / "hit").exists()


@pytest.mark.parametrize(
    "formula",
    ['__import__("os").system("touch hit")', "9**9**9**9", "2**(10**9)", "L[0].__class__"],
)
def test_hostile_formulas(formula: str, tmp_path: Path) -> None:
    assert_refused(command(tmp_path, "--formula", formula), tmp_path)


@pytest.mark.parametrize("text", ["(" * 100_000, "L+" * 5_000_000, "9" * 10_000_000, "{" * 100_000])
def test_hostile_input(text: str, tmp_path: Path) -> None:
    assert_refused(command(tmp_path, "--formula", "-", typed=text), tmp_path)


@pytest.mark.parametrize("text", ["no notebook", '{"cells": 7}', "[" * 100_000, ""])
def test_hostile_notebooks(text: str, tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(text, encoding="utf-8")
    assert_refused(command(tmp_path, "n.ipynb"), tmp_path)


def test_a_script_is_not_run(tmp_path: Path) -> None:
    script = 'import os\nos.system("touch hit")\nparams = 12 * n_layer * n_embd**2\n'
    (tmp_path / "s.py").write_text(script, encoding="utf-8")
    ran = command(tmp_path, "s.py", "-q", BEYOND)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not (tmp_path / "hit").exists()


QUANTITY_WORDS = [
    ("params", "params"),
    ("number of parameters in the embedding", "look params"),
    ("flops_forward", "forward"),
    ("compute of a forward pass, in MACs", "forward macs"),
    ("flops_train (attention)", "attention train"),
    ("backward FLOPs", "train"),
    ("kv_cache_bytes", "bytes cache"),
    ("memory of K and V", "bytes cache"),
    ("weight_bytes", "bytes"),
    ("activation memory", "activations bytes"),
    ("activation elements", "activations bytes"),
    ("optimizer states in GB", "bytes states"),
    ("gradient_bytes", "bytes states"),
    ("peak memory of QK", "peak"),
    ("query-key pairs", "attention"),
    ("ratio of parameters to tokens", "params ratio"),
    ("hours of training", "time train"),
    ("vocabulary FLOPs", "forward look"),
    ("utilization", "other"),
]


@pytest.mark.parametrize(("words", "classes"), QUANTITY_WORDS)
def test_what_a_quantity_is_by_its_words(words: str, classes: str) -> None:
    assert " ".join(sorted(quantity_classes(words))) == classes


@pytest.mark.parametrize(
    ("tags", "quantity", "found"),
    [
        ({"layers", "model"}, {"params"}, {"vector"}),
        ({"model"}, {"params"}, {"vector"}),
        ({"layers", "vocab"}, {"params"}, {"vocabulary"}),
        ({"experts"}, {"params"}, set()),
        ({"model", "feed"}, {"params"}, set()),
        ({"model"}, {"forward"}, set()),
        ({"model", "time"}, {"forward"}, {"core"}),
        ({"model", "time", "vocab"}, {"forward"}, {"vocabulary"}),
        ({"model", "time"}, {"params"}, set()),
    ],
)
def test_what_a_product_is_like_by_its_sizes(
    tags: set[str], quantity: set[str], found: set[str]
) -> None:
    assert set(shape(frozenset(tags), frozenset(quantity))) == found


def test_the_words_of_the_table_are_words() -> None:
    assert {type(each.text) for each in mistakes()} == {str}
    assert all(each.title and each.source and each.ops for each in mistakes())


@pytest.mark.parametrize(
    ("sizes", "quantity", "found"),
    [
        ("chosen model", "forward", {"expert"}),
        ("experts model", "params", {"expert"}),
        ("model model", "params", {"matrix_product"}),
        ("time time model", "forward", {"core"}),
        ("time model", "forward", {"core"}),
        ("time model", "params", {"position"}),
        ("layers model", "params", {"vector"}),
        ("vocab model", "params", {"vocabulary"}),
        ("feed model", "forward", {"feed"}),
        ("model", "look", {"vocabulary"}),
    ],
)
def test_what_a_product_of_a_formula_is(sizes: str, quantity: str, found: set[str]) -> None:
    powers = [(each, 1) for each in sizes.split()]
    made = classes_of_product(powers, frozenset({quantity}))
    assert made == found
