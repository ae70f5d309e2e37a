"""A number in, conventions out: published numbers, hand arithmetic, and numbers made at random."""

from __future__ import annotations

import json
import random
import time
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.catalog import find
from symcost.cli import main
from symcost.graph.tensor import Role
from symcost.quantities.convention import ALL, PRODUCTS, Convention
from symcost.questions.cost import QuestionError
from symcost.questions.which.ask import Naming
from symcost.questions.which.claim import read_claim

if TYPE_CHECKING:
    from symcost.questions.which.answers import Answer

GPT2, LLAMA = "gpt2", "llama-2-7b"
MATRICES = "the matrices alone: no tables, head, biases or norms"
HALF = "half the attention square (causal half)"
LOGITS = 2 * 1024 * 50_257 * 768
MAC = "MAC: 1 multiply-add = 1"

# What is published, or follows from it by arithmetic that a reader can redo: (number, model,
# sizes, quantity, conventions of the first answer).
FACTS = [
    # Totals of the released weights, as torch counts them.
    (124_439_808, GPT2, {}, "params", ()),
    (6_738_415_616, LLAMA, {}, "params", ()),
    (84_934_656, "lecture", {}, "params", ()),
    (84_934_656, GPT2, {}, "params", (MATRICES,)),
    # One of the two tables of 32,000 x 4,096 less: 6,738,415,616 - 131,072,000.
    (6_607_343_616, LLAMA, {}, "params_non_embedding", ()),
    # Both tables of GPT-2, as if they were not shared: 124,439,808 + 50,257 x 768.
    (163_037_184, GPT2, {}, "params", ("the head counted as well as the table",)),
    # 50,257 x 768, and 1,024 x 768.
    (38_597_376, GPT2, {}, "params_embedding", ("without positions",)),
    (786_432, GPT2, {}, "params_embedding", ("without the token table",)),
    # One layer: 12 d^2 + 13 d.
    (12 * 768**2 + 13 * 768, GPT2, {}, "params", ("one layer",)),
    # What torch's counter says of GPT-2 at 1 x 1,024, and with half of 4 L s^2 d less.
    (291_648_307_200, GPT2, {"s": 1024}, "flops_forward", ()),
    (291_648_307_200, GPT2, {}, "flops_forward", ()),
    (272_320_954_368, GPT2, {"s": 1024}, "flops_forward", (HALF,)),
    (145_824_153_600, GPT2, {"s": 1024}, "flops_forward", (MAC,)),
    (291_648_307_200 - LOGITS, GPT2, {}, "flops_forward", ("without logits",)),
    (4 * 12 * 1024**2 * 768, GPT2, {}, "flops_forward", ("attention's products alone",)),
    (3 * 291_648_307_200, GPT2, {"s": 1024}, "flops_train", ()),
    (
        4 * 291_648_307_200,
        GPT2,
        {"s": 1024},
        "flops_train",
        ("4 times the forward pass (all recomputed)",),
    ),
    # Layers, or scores and mix alone, a second time; the diagonal besides half of the square.
    (
        4 * 291_648_307_200 - LOGITS,
        GPT2,
        {"s": 1024},
        "flops_train",
        ("layers recomputed in backward",),
    ),
    (
        3 * 291_648_307_200 + 4 * 12 * 1024**2 * 768,
        GPT2,
        {"s": 1024},
        "flops_train",
        ("the core of attention recomputed in backward",),
    ),
    (
        272_320_954_368 + 2 * 12 * 1024 * 768,
        GPT2,
        {"s": 1024},
        "flops_forward",
        ("the s(s+1)/2 causal pairs (causal exact)",),
    ),
    (143_473_382_522_880, "llama-2-70b", {"s": 1024}, "flops_forward", ()),
    # 6 x 84,934,656; 6 N with N all parameters; 6 N + 12 L H Q T, N without positions (nanoGPT).
    (509_607_936, "lecture", {}, "flops_train_6n", ()),
    (509_607_936, GPT2, {}, "flops_train_6n", ("N = the matrices alone",)),
    (6 * 124_439_808, GPT2, {}, "flops_train_6n", ("N = all parameters",)),
    (6 * 123_653_376, GPT2, {}, "flops_train_6n", ("N = all parameters but positions",)),
    (
        6 * 123_653_376 + 12 * 12 * 12 * 64 * 1024,
        GPT2,
        {},
        "flops_train",
        (
            "N = all parameters but positions",
            "the estimate 6 N and attention's products",
            "per token",
        ),
    ),
    # Two vectors of 4,096 in each of 32 layers, 2 bytes each; of 8 heads of 128 in Llama 3.
    (2 * 32 * 4096 * 2, LLAMA, {}, "kv_cache_bytes", ("per token",)),
    (2 * 32 * 8 * 128 * 2, "llama-3-8b", {}, "kv_cache_bytes", ("per token",)),
    (2**31, LLAMA, {"s": 4096}, "kv_cache_bytes", ()),
    (2**31, LLAMA, {"s": 2048}, "kv_cache_bytes", ("4 bytes an element",)),
    # 2 and 4 bytes a weight, and 16 bytes of weight, gradient, master copy and two moments.
    (2 * 6_738_415_616, LLAMA, {}, "weight_bytes", ()),
    (4 * 6_738_415_616, LLAMA, {}, "weight_bytes", ("4 bytes a weight",)),
    (16 * 6_738_415_616, LLAMA, {}, "training_state_bytes", ()),
]


@pytest.mark.parametrize(("number", "model", "sizes", "quantity", "conventions"), FACTS)
def test_published_numbers_are_named(
    number: int, model: str, sizes: dict[str, int], quantity: str, conventions: tuple[str, ...]
) -> None:
    first = symcost.which(number, model, **sizes).answers[0]
    assert (first.quantity, first.conventions) == (quantity, conventions)
    assert first.number == number
    assert first.distance == 0


@pytest.mark.parametrize(
    ("text", "model", "sizes", "quantity", "number"),
    [
        ("124M", GPT2, {}, "params", 124_439_808),
        ("85 million", GPT2, {}, "params_non_embedding", 85_056_000),
        ("6.7B", LLAMA, {}, "params", 6_738_415_616),
        ("7B", LLAMA, {}, "params", 6_738_415_616),
        ("6.74e9", LLAMA, {}, "params", 6_738_415_616),
        ("46.7 billion parameters", "mixtral-8x7b", {}, "params", 46_702_792_704),
        ("12.9B", "mixtral-8x7b", {}, "params_active", 12_879_925_248),
        ("272 GFLOPs", GPT2, {"s": 1024}, "flops_forward", 272_320_954_368),
        ("146 GMACs", GPT2, {"s": 1024}, "flops_forward", 145_824_153_600),
        ("13 GB", LLAMA, {}, "weight_bytes", 13_476_831_232),
        ("12.55 GiB", LLAMA, {}, "weight_bytes", 13_476_831_232),
        ("2.0GiB", LLAMA, {"s": 4096}, "kv_cache_bytes", 2**31),
    ],
)
def test_rounded_numbers_are_named(
    text: str, model: str, sizes: dict[str, int], quantity: str, number: int
) -> None:
    found = symcost.which(text, model, **sizes)
    met = [each for each in found.answers if (each.quantity, each.number) == (quantity, number)]
    assert met
    assert met[0] is found.answers[0]
    claim = Fraction(read_claim(text).number)
    assert met[0].distance == (number - claim) / claim


def test_gb_and_gib_are_told_apart() -> None:
    # 13,476,831,232 bytes are 13.5 GB and 12.6 GiB: each in its own unit takes no choice.
    wrong = symcost.which("12.6 GB", LLAMA).answers[0]
    assert wrong.conventions == ("a prefix that means powers of 1024 (GB for GiB)",)
    for text in ("12.6 GiB", "13.5 GB"):
        right = symcost.which(text, LLAMA).answers[0]
        assert (right.quantity, right.number) == ("weight_bytes", 13_476_831_232)
        assert right.conventions == ()


def test_a_suffix_says_what_is_counted() -> None:
    """What is asked for in bytes is no count of parameters, and the other way round."""
    for text, units in (("13 GB", {"byte"}), ("6.7B params", {"parameter"})):
        answers = symcost.which(text, LLAMA, most=None).answers
        assert {each.ledger.unit for each in answers} == units
    assert all(each.ledger.unit != "byte" for each in symcost.which("7B", LLAMA).answers)


# -- made at random --------------------------------------------------------------------------------

OUT_OF_PARAMS = (Role.EMBEDDING, Role.POSITION, Role.HEAD, Role.BIAS, Role.NORM)
OUT_OF_WORK = (Role.ATTENTION, Role.HEAD)
MODELS = (GPT2, LLAMA, "mixtral-8x7b", "pythia-160m", "bert-base")


def made_at_random(seed: int) -> tuple[str, str, Convention, str | None, dict[str, int]]:
    """A model, a quantity of it, a convention, a scope, and sizes."""
    pick = random.Random(seed)
    quantity = pick.choice(
        ("params", "params_active", "flops_forward", "flops_train", "kv_cache_bytes")
    )
    model = pick.choice(MODELS)
    causal = pick.choice(("none", "half", "exact"))
    convention = Convention(
        "random",
        "a test",
        params=ALL - set(pick.sample(OUT_OF_PARAMS, pick.randint(0, 3))),
        flops=PRODUCTS - set(pick.sample(OUT_OF_WORK, pick.randint(0, 1))),
        mac=pick.random() < 0.5,
        causal=causal,
        recompute=pick.random() < 0.3,
        element_bytes=pick.choice((1, 2, 4)),
    )
    scope = None if quantity.startswith("params") else pick.choice(("batch", "sequence", "token"))
    return model, quantity, convention, scope, {"B": pick.choice((1, 3)), "s": 384}


@pytest.mark.parametrize("seed", range(60))
def test_a_number_made_at_random_is_found_again(seed: int) -> None:
    model, quantity, convention, scope, sizes = made_at_random(seed)
    loaded = symcost.load(model)
    number = loaded.value(quantity, convention=convention, scope=scope, **sizes)
    if number == 0 or not isinstance(number, int):
        pytest.skip("nothing, or no whole number, is counted")
    wanted = loaded.ledger(quantity, convention=convention, scope=scope)
    found = symcost.which(number, loaded, most=None, **sizes)
    same = [each for each in found.answers if is_same(each, wanted.total, wanted.unit, sizes)]
    assert len(same) == 1
    for each in found.answers:
        assert each.number == number
        assert each.models == (model,)
        if each.recipe.is_plain:  # said again to the ordinary interpreter
            scopes = {} if each.ledger.scope == "model" else {"scope": each.ledger.scope}
            again = loaded.value(each.quantity, convention=each.convention, **scopes, **sizes)
            assert again == number


def is_same(answer: Answer, total: object, unit: str, sizes: dict[str, int]) -> bool:
    """Whether the closed form is that of the convention; a batch of one is a sequence."""
    from symcost.algebra.dim import dim
    from symcost.algebra.identity import put_in

    relations = find.architecture(answer.models[0]).relations
    one = {dim("batch"): 1} if sizes["B"] == 1 else {}
    mine, theirs = (
        put_in(each, relations).substitute(one) for each in (answer.ledger.total, total)
    )
    return mine == theirs and answer.ledger.unit == unit


def test_answers_come_with_the_fewest_conventions_first() -> None:
    for number in (84_934_656, 124_439_808):
        found = symcost.which(number, GPT2, most=None).answers
        many = [len(each.recipe.choices) for each in found]
        assert many == sorted(many)
        forms = [(each.ledger.unit, each.formula) for each in found]
        assert len(set(forms)) == len(forms)


def test_what_a_model_does_not_have_is_not_left_out() -> None:
    """Llama has no biases and no positions, so no set leaves them out."""
    for each in symcost.which(6_738_415_616, LLAMA, most=None).answers:
        assert not any("biases" in words or "positions" in words for words in each.conventions)


def test_named_conventions_are_recognised() -> None:
    first = symcost.which(272_320_954_368, GPT2, s=1024).answers[0]
    assert first.named == ("megatron-lm",)
    assert symcost.which(84_934_656, GPT2).answers[0].named == ("kaplan-2020",)


# -- sizes, models ---------------------------------------------------------------------------------


def test_what_is_assumed_is_said() -> None:
    assumed = symcost.which(291_648_307_200, GPT2).answers[0].assumed
    assert assumed == (("B", 1), ("s", 1024))
    assert symcost.which(291_648_307_200, GPT2, B=1, s=1024).answers[0].assumed == ()
    assert symcost.which(124_439_808, GPT2).answers[0].assumed == ()
    tried = symcost.which(143_473_382_522_880, "llama-2-70b").answers[0]
    assert tried.conventions == ("s = 1,024 tried",)
    notes = symcost.which(60_506_624, "t5-small").notes
    assert any("s_e" in each and "--set s_e=..." in each for each in notes)


@pytest.mark.parametrize(
    ("number", "models"),
    [
        (84_934_656, {"lecture", GPT2, "opt-125m", "vit-b-16"}),
        (124_439_808, {GPT2}),
        (6_738_415_616, {LLAMA, "llama-1-7b"}),
        ("6.7B", {LLAMA, "opt-6.7b"}),
        (46_702_792_704, {"mixtral-8x7b"}),
    ],
)
def test_without_a_model_all_are_tried(number: int | str, models: set[str]) -> None:
    found = symcost.which(number)
    named = {each for answer in found.answers[:2] for each in answer.models}
    assert models <= named


def test_with_sizes_work_of_all_models_is_tried() -> None:
    first = symcost.which(143_473_382_522_880, s=1024).answers[0]
    assert (first.models, first.quantity) == (("llama-2-70b",), "flops_forward")


def test_a_miss_names_what_is_near() -> None:
    found = symcost.which("14 GB", LLAMA)  # 7B parameters of 2 bytes, but they are 6.74B
    assert not found
    assert found.near[0].number == 13_476_831_232
    # 14 / 13.476831232 - 1
    assert found.near[0].sentence == f"3.8820 % above {LLAMA} weight_bytes = 13,476,831,232"
    others = symcost.which(6_738_000_000)
    assert not others
    assert others.near[0].model in (LLAMA, "llama-1-7b")


def test_all_models_take_a_moment() -> None:
    before = time.process_time()
    symcost.which(84_934_656)
    assert time.process_time() - before < 60  # no measure of speed: it must not hang


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number", "step", "unit"),
    [
        ("124439808", 124_439_808, 0, ""),
        ("124,439,808", 124_439_808, 0, ""),
        ("124 439 808 parameters", 124_439_808, 0, "parameter"),
        ("124M", 124 * 10**6, 10**6, ""),
        ("124.4M", 1244 * 10**5, 10**5, ""),
        ("6.7B", 67 * 10**8, 10**8, ""),
        ("6.7 bn params", 67 * 10**8, 10**8, "parameter"),
        ("1.3e9", 13 * 10**8, 10**8, ""),
        ("1.3 x 10^9", 13 * 10**8, 10**8, ""),
        ("1.30×10^9 FLOPs", 13 * 10**8, 10**7, "FLOP"),
        ("85 million", 85 * 10**6, 10**6, ""),
        ("~7b", 7 * 10**9, 10**9, ""),
        ("272 GFLOPs", 272 * 10**9, 10**9, "FLOP"),
        ("3.14e23 flop", 314 * 10**21, 10**21, "FLOP"),
        ("0.5 TMACs", 5 * 10**11, 10**11, "MAC"),
        ("14 GB", 14 * 10**9, 10**9, "byte"),
        ("2.5GiB", 5 * 2**29, Fraction(2**30, 10), "byte"),
        ("512 KiB", 512 * 2**10, 2**10, "byte"),
        ("1024 bytes", 1024, 0, "byte"),
    ],
)
def test_numbers_are_read_as_people_write_them(
    text: str, number: int, step: Fraction, unit: str
) -> None:
    claim = read_claim(text)
    assert (claim.number, claim.step, claim.unit) == (number, step, unit)


def test_what_rounds_to_a_number_meets_it() -> None:
    (met,) = read_claim("6.7B").ranges("parameter")
    assert (met.low, met.high) == (6_650_000_000, 6_750_000_000)
    (exact,) = read_claim("6_738_415_616").ranges("parameter")
    assert exact.low == exact.high == 6_738_415_616
    plain, other = read_claim("14 GB").ranges("byte")
    assert plain.number == 14 * 10**9
    assert other.number == 14 * 2**30
    assert read_claim("14 GB").ranges("parameter") == ()


RUBBISH = [
    "abc",
    "",
    " ",
    "1e99999",
    "1e61",
    "-5",
    "-1.5e9",
    "-5M",
    "0",
    "0.0",
    "0e5",
    "nan",
    "inf",
    "1,3e9",
    "6,7B",
    "12,34,567",
    "1.5e",
    "7B GB",
    "12 GB FLOPs",
    "12 parsecs",
    "²",
    "9**9**9",
    '__import__("os")',
    "9" * 10_000,
    "9" * 100_000,
    "1" + "," * 5_000 + "2",
]


@pytest.mark.parametrize("text", RUBBISH, ids=[each[:12] for each in RUBBISH])
def test_rubbish_is_refused_in_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = time.process_time()
    assert main(["which", text]) == 2
    assert time.process_time() - before < 60  # no measure of speed: it must not hang
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("symcost: ")
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 300


@pytest.mark.parametrize(
    "number", [0, -5, 10**61, 1.5, True, None, 2**100_000], ids=lambda each: type(each).__name__
)
def test_what_is_no_exact_number_is_refused(number: object) -> None:
    with pytest.raises(QuestionError):
        symcost.which(number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        ["124M", "--model", "no-such-model"],
        ["124M", "--model", GPT2, "--set", "s=4096"],  # beyond the position table
        ["124M", "--model", GPT2, "--set", "s=x"],
        ["124M", "--set", "d=0"],
        ["124M", "--set", "qq=5"],
        ["124M", "--freeze", "layer"],
    ],
)
def test_what_cannot_be_used_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["which", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# -- output ----------------------------------------------------------------------------------------


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "124439808", "--model", GPT2]) == 0
    assert main(["which", "124439809", "--model", GPT2]) == 1
    shown = capsys.readouterr().out
    assert f"above {GPT2} params = 124,439,808" in shown
    assert "less than 0.0001 %" in shown  # one in 124 million


def test_words_need_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "85", "million", "--model", GPT2]) == 0
    assert "params_non_embedding" in capsys.readouterr().out


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["which", "272320954368", "--model", GPT2, "--set", "s=1024", "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    first = report["answers"][0]
    assert report["found"]
    assert first["quantity"] == "flops_forward"
    assert first["conventions"] == [HALF]
    assert first["value"] == 272_320_954_368
    assert (first["unit"], first["scope"], first["assumed"]) == ("FLOP", "batch", {"B": 1})
    assert "attention and logits" in first["counted"]
    assert first["formula"] == symcost_formula()


def symcost_formula() -> str:
    """The same closed form by `eval`."""
    report = symcost.load(GPT2).report("flops_forward", convention="megatron-lm")
    return str(report["expressions"]["flops_forward"])


def test_ten_are_printed_unless_all_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["which", "7B"]) == 0
    shown = capsys.readouterr().out
    assert "10. " in shown
    assert "11. " not in shown
    assert "more counts meet it: --all" in shown
    assert main(["which", "7B", "--model", LLAMA, "--all"]) == 0
    assert "11. " in capsys.readouterr().out


def test_a_network_of_ones_own_is_asked() -> None:
    model = symcost.load({"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4})
    found = symcost.which(model.value("params"), model)
    assert isinstance(found, Naming)
    assert found.answers[0].quantity == "params"
    assert found.answers[0].conventions == ()
