"""Declarations that are not understood are refused in one line, at once; letters are names."""

from __future__ import annotations

import json
import pickle
import time

import pytest

from symcost.algebra.dim import DimensionError, all_dims, dim, find, foreign
from symcost.algebra.poly import Poly
from tests.test_declared import PLAIN, Row, forward, refusal

WRONG: list[tuple[str, Row, Row, str, str]] = [
    ("a key is missing", {"layers": 1, "width": 2}, {"what": "params"}, "COUNT", "'vocabulary'"),
    ("a size is missing", {"layers": 1, "width": 2, "vocabulary": 3}, {"what": "params"}, "COUNT",
     "'heads'"),
    ("tokens are missing", PLAIN, {"what": "flops_forward"}, "COUNT", "'sequence'"),
    ("a key near another", {**PLAIN, "head_widht": 3}, {"what": "params"}, "COUNT",
     "did you mean 'head_width'"),
    ("a key of another count", PLAIN, {"what": "params", "batch": 2}, "COUNT", "'batch'"),
    ("an unknown quantity", PLAIN, {"what": "flops"}, "COUNT", "'flops'"),
    ("an unknown part", PLAIN, forward(only_parts=["qq"]), "COUNT", "'qq'"),
    ("an unknown part of a layer", PLAIN, {"what": "params", "part": "no_layer"}, "COUNT", "'no'"),
    ("no part at all", PLAIN, forward(only_parts=[]), "COUNT", "only_parts"),
    ("nothing is counted", PLAIN, forward(only_parts=["router"], logits_for=False), "COUNT",
     "nothing is counted"),
    ("a switch is a number", {**PLAIN, "gated": 1}, {"what": "params"}, "COUNT", "true or false"),
    ("a size is a switch", {**PLAIN, "width": True}, {"what": "params"}, "COUNT", "'width'"),
    ("a norm nobody knows", {**PLAIN, "norm": "batch"}, {"what": "params"}, "COUNT", "'batch'"),
    ("top k of no experts", {**PLAIN, "experts_per_token": 2}, {"what": "params"}, "COUNT",
     "'experts'"),
    ("a negative size", {**PLAIN, "d_ff": -4}, {"what": "params"}, "COUNT", "positive"),
    ("a size of zero", {**PLAIN, "heads": 0}, {"what": "params"}, "COUNT", "positive"),
    ("a size by itself", {**PLAIN, "d_ff": "2*d_ff"}, {"what": "params"}, "COUNT", "by itself"),
    ("in a circle", {**PLAIN, "d_ff": "expert_d_ff", "experts": 2, "expert_d_ff": "d_ff"},
     {"what": "params"}, "COUNT", "by itself"),
    ("a sum below the bar", {**PLAIN, "head_width": "d/(h+1)"}, {"what": "params"}, "COUNT",
     "divides by a sum"),
    ("two sides", {**PLAIN, "d_ff": "4*d = 8"}, {"what": "params"}, "COUNT", "2 sides"),
    ("not a number", {**PLAIN, "d_ff": "a b"}, {"what": "params"}, "COUNT", "'d_ff'"),
    ("infinity", {**PLAIN, "d_ff": json.loads("1e999")}, {"what": "params"}, "COUNT", "no number"),
    ("a scope with an unknown name", PLAIN, {"what": "params"}, "COUNT / tokens", "'tokens'"),
    ("a scope that is no text", PLAIN, {"what": "params"}, 3, "scope"),  # type: ignore[list-item]
    ("a scope over zero", PLAIN, {"what": "params"}, "COUNT / (d - d)", "zero"),
    ("a helper with too few sizes", PLAIN, {"what": "params"}, "COUNT + conv2d_macs(d, 2)", "6"),
    ("a helper left open", PLAIN, {"what": "params"}, "COUNT + conv2d_macs(d, 2", "not closed"),
    ("code", PLAIN, {"what": "params"}, "__import__('os').system('true')", "scope"),
    ("code in a size", {**PLAIN, "width": "open(d)"}, {"what": "params"}, "COUNT", "'open'"),
    ("a tower of powers", {**PLAIN, "width": "9**9**9**9"}, {"what": "params"}, "COUNT", "width"),
    ("a long text", {**PLAIN, "width": "d+" * 10**6}, {"what": "params"}, "COUNT", "characters"),
    ("a deep text", PLAIN, {"what": "params"}, "(" * 390 + "COUNT", "scope"),
    ("a large product", {**PLAIN, "width": "(d+h+V)**99"}, {"what": "params"}, "COUNT", "width"),
    ("a long sum", {**PLAIN, "width": "(d+h+V)**30"}, {"what": "params"}, "COUNT", "50 terms"),
    ("words that grow", {**PLAIN, "width": "(d+h+V)**8", "d_ff": "width**8"}, {"what": "params"},
     "COUNT", "too large"),
    ("words that double", {**PLAIN, "width": "d+d", "d_ff": "+".join(["width"] * 60),
     "experts": 2, "experts_per_token": 1, "expert_d_ff": "+".join(["d_ff"] * 60)},
     {"what": "params"}, "COUNT", "too"),
    ("a large scope", PLAIN, {"what": "params"}, "COUNT**40", "too many terms"),
    ("a large truth", {**PLAIN, "width": "(d+h+V)**6", "heads": "(d+h)**9", "head_width": 2,
     "d_ff": "(d+h+V)**6"}, forward(sequence="(s+b)**9", context="(s+b)**8"), "COUNT", "too many"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "count", "scope", "word"), [row[1:] for row in WRONG],
                         ids=[row[0] for row in WRONG])  # fmt: skip
def test_what_is_not_understood_is_refused(model: Row, count: Row, scope: str, word: str) -> None:
    start = time.perf_counter()
    symbols = dict.fromkeys("LdVhbs", "")
    assert word in refusal({"model": model, "count": count, "scope": scope, "symbols": symbols})
    assert time.perf_counter() - start < 20  # no measure of speed: it must not hang


@pytest.mark.parametrize("letter", ["", "2x", "a b", "COUNT", "x" * 41, "x\ny"])
def test_a_letter_is_a_name(letter: str) -> None:
    refusal({"model": PLAIN, "count": {"what": "params"}, "scope": "1", "symbols": {letter: ""}})


def test_an_object_is_wanted() -> None:
    for place in ("model", "count", "symbols"):
        row: Row = {"model": PLAIN, "count": {"what": "params"}, "scope": "COUNT", "symbols": {}}
        refusal({**row, place: ["params"]})


# -- letters that stand for no dimension -----------------------------------------------------------


def test_a_foreign_letter_is_one_object() -> None:
    assert foreign("nb", "bytes") is foreign("nb")
    assert foreign("nb").meaning == "bytes"
    assert foreign("h") is not find("h")
    assert foreign("nb") not in all_dims()
    with pytest.raises(DimensionError):
        find("n_nowhere")


def test_a_foreign_letter_stands_behind_all_dimensions() -> None:
    letter = foreign("a_letter")
    assert all(each.key < letter.key for each in all_dims())
    assert not letter.stands_in
    product = Poly.of(letter) * dim("model") * foreign("A")
    assert [each.symbol for each in product.dims()] == ["d", "A", "a_letter"]


def test_a_foreign_letter_survives_a_copy() -> None:
    letter = foreign("nb", "bytes")
    assert pickle.loads(pickle.dumps(letter)) is letter
    assert letter.latex == r"\mathrm{nb}"


def test_a_foreign_letter_has_a_name() -> None:
    with pytest.raises(DimensionError, match="cannot name"):
        foreign("2x")
