"""A recorded GPT-2 beside the declaration: each outside number with the one that symcost derives.

The tables say which tensors, modules and operations of the library are which weights and
operations of `symcost.models.gpt`. Every number of a row is either compared or named in LEFT_OUT.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import symcost
from symcost.graph.tensor import Role
from symcost.models.gpt import gpt
from symcost.models.gpt_sizes import HEADS_TILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from symcost.algebra.poly import Number
    from symcost.quantities.ledger import Ledger, Term

DATA = Path(__file__).parent.parent / "data"
EVERYTHING = symcost.Convention("everything", "every role is counted", flops=frozenset(Role))

LAYER, LIBRARY = "layer/", "transformer.h.*."
QKV, MLP = LIBRARY + "attn.c_attn", LIBRARY + "mlp"
ATTENTION, FEED = LAYER + "attention/", LAYER + "feed_forward/"

# Parameter of the library -> weights of the declaration.
WEIGHTS = {
    "transformer.wte.weight": ["W_E"],
    "transformer.wpe.weight": ["positions/W_P"],
    LIBRARY + "ln_1.weight": [LAYER + "norm_1/gamma"],
    LIBRARY + "ln_1.bias": [LAYER + "norm_1/beta"],
    QKV + ".weight": [ATTENTION + "W_Q", ATTENTION + "W_K", ATTENTION + "W_V"],
    QKV + ".bias": [ATTENTION + "b_Q", ATTENTION + "b_K", ATTENTION + "b_V"],
    LIBRARY + "attn.c_proj.weight": [ATTENTION + "W_O"],
    LIBRARY + "attn.c_proj.bias": [ATTENTION + "b_O"],
    LIBRARY + "ln_2.weight": [LAYER + "norm_2/gamma"],
    LIBRARY + "ln_2.bias": [LAYER + "norm_2/beta"],
    MLP + ".c_fc.weight": [FEED + "W_1"],
    MLP + ".c_fc.bias": [FEED + "b_1"],
    MLP + ".c_proj.weight": [FEED + "W_2"],
    MLP + ".c_proj.bias": [FEED + "b_2"],
    "transformer.ln_f.weight": ["last_norm/gamma"],
    "transformer.ln_f.bias": ["last_norm/beta"],
    "lm_head.weight": ["head/W_U"],
}
# Module of the library -> products of the declaration.
PRODUCTS = {
    QKV: [ATTENTION + "W_Q", ATTENTION + "W_K", ATTENTION + "W_V"],
    LIBRARY + "attn": [ATTENTION + "scores", ATTENTION + "mix"],
    LIBRARY + "attn.c_proj": [ATTENTION + "W_O"],
    MLP + ".c_fc": [FEED + "W_1"],
    MLP + ".c_proj": [FEED + "W_2"],
    "lm_head": ["head/logits", "head/W_U"],
}
# Operation of torch -> elementwise operations of the declaration. The sum of addmm adds the bias.
ACTIVATION = [FEED + "gelu_tanh"]
NORMS = [LAYER + "norm_1/layer_norm", LAYER + "norm_2/layer_norm", "last_norm/layer_norm"]
QKV_BIASES = [ATTENTION + "add_b_Q", ATTENTION + "add_b_K", ATTENTION + "add_b_V"]
OTHER_BIASES = [ATTENTION + "add_b_O", FEED + "add_b_1", FEED + "add_b_2"]
RESIDUALS = [LAYER + "add_attention", LAYER + "add_feed_forward"]
FORWARD = {
    "transformer add": ["positions/add_positions"],
    LIBRARY + "ln_1 native_layer_norm": NORMS[:1],
    QKV + " addmm": QKV_BIASES,
    LIBRARY + "attn mul": [ATTENTION + "scale"],
    LIBRARY + "attn _softmax": [ATTENTION + "softmax"],
    LIBRARY + "attn.c_proj addmm": OTHER_BIASES[:1],
    "transformer.h.* add": RESIDUALS,
    LIBRARY + "ln_2 native_layer_norm": NORMS[1:2],
    MLP + ".c_fc addmm": OTHER_BIASES[1:2],
    MLP + ".act gelu": ACTIVATION,
    MLP + ".act relu": ACTIVATION,
    MLP + ".act tanh": ACTIVATION,
    MLP + ".c_proj addmm": OTHER_BIASES[2:],
    "transformer.ln_f native_layer_norm": NORMS[2:],
}
# The number behind the name is that of the axes.
BACKWARD = {
    "native_layer_norm_backward 3": NORMS,
    "_softmax_backward_data 4": [ATTENTION + "softmax"],
    "mul 4": [ATTENTION + "scale"],
    "gelu_backward 3": ACTIVATION,
    "threshold_backward 3": ACTIVATION,
    "tanh_backward 3": ACTIVATION,
    "add 3": RESIDUALS,
    "sum 2": QKV_BIASES + OTHER_BIASES,
    "sum 3": ["positions/add_positions"],
    "embedding_dense_backward 3": ["W_E_tied", "positions/W_P"],
}
LEFT_OUT = {
    LIBRARY + "attn add": "the mask is added to the scores; no convention counts a mask",
    MLP + ".act add": "one of the operations of gelu_new, compared all together",
    MLP + ".act mul": "one of the operations of gelu_new, compared all together",
    MLP + ".act pow": "one of the operations of gelu_new, compared all together",
    "mul 3": "how autograd differentiates gelu_new; what a function costs is a convention",
    "pow 3": "how autograd differentiates gelu_new; what a function costs is a convention",
    "add 2": "two gradients of a tied table meet: once for each entry, not for each token",
}


@dataclass(frozen=True)
class Fact:
    """A number from outside, and ours."""

    what: str
    recorded: int
    derived: Number


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of a file of tests/data."""
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def model_of(config: dict[str, Any]) -> symcost.Model:
    """The declaration with the sizes of a configuration file."""
    inner = config["n_inner"]
    sizes = {
        "vocab": config["vocab_size"],
        "positions": config["n_positions"],
        "model": config["n_embd"],
        "heads": config["n_head"],
        "layers": config["n_layer"],
        "feed": 4 * config["n_embd"] if inner is None else inner,  # the library's rule
    }
    return symcost.Model(
        symcost.Architecture(
            "recorded",
            "A recorded GPT-2",
            gpt,
            "tests/data",
            {word: (size, "configuration") for word, size in sizes.items()},
            flags={"bias": True, "tied": config["tie_word_embeddings"]},
            relations=(HEADS_TILE,),
        )
    )


def facts(row: dict[str, Any], model: symcost.Model) -> Iterator[Fact]:
    """Everything that a row of torch_gpt2.jsonl holds."""
    run = {"B": row["B"], "s": row["s"]}
    yield from parameters(row, model)
    for quantity, recorded in (
        ("flops_forward", row["flops_forward"]),
        ("flops_backward", row["flops_forward_and_backward"] - row["flops_forward"]),
        ("flops_train", row["flops_forward_and_backward"]),
    ):
        yield Fact(quantity, recorded, model.value(quantity, **run))
    cache = _bytes(model.value("kv_cache_bytes", **run))
    yield Fact("kv_cache_elements", row["kv_cache_elements"], cache)
    products = model.ledger("flops_forward")
    yield from _by_name(row["flops_forward_by_module"], PRODUCTS, products, model, run)
    work = _elements(model.ledger("flops_forward", convention=EVERYTHING))
    yield from _by_name(row["elements_forward"], FORWARD, work, model, run)
    work = _elements(model.ledger("flops_backward", convention=EVERYTHING))
    yield from _by_name(_without_gelu_new(row["elements_backward"]), BACKWARD, work, model, run)
    if row["config"]["activation_function"] == "gelu_new":
        found = {op: row["elements_forward"][f"{MLP}.act {op}"] for op in ("mul", "add", "tanh")}
        cube = 2 * row["elements_forward"][f"{MLP}.act pow"]  # two products
        ledger = model.ledger("flops_forward", convention=EVERYTHING).of_roles(Role.ACTIVATION)
        yield Fact("work of gelu_new", sum(found.values()) + cube, at(ledger, model, run))


def parameters(row: dict[str, Any], model: symcost.Model) -> Iterator[Fact]:
    """Totals, and sums by name."""
    total, tables = row["params"], row["params_embedding"]
    yield Fact("params", total, model.value("params"))
    yield Fact("params_embedding", tables, model.value("params_embedding"))
    yield Fact("params_non_embedding", total - tables, model.value("params_non_embedding"))
    yield from _by_name(row["params_by_name"], WEIGHTS, model.ledger("params"), model, {})


def published_facts(row: dict[str, Any], model: symcost.Model) -> Iterator[Fact]:
    """Everything that a row of hf_gpt2.jsonl holds."""
    yield from parameters(row, model)
    recorded = row["params_non_embedding"]
    yield Fact("params_non_embedding", recorded, model.value("params_non_embedding"))
    for quantity, key in (
        ("flops_forward", "flops_forward"),
        ("flops_train", "flops_forward_and_backward"),
    ):
        for run in row[key]:
            yield Fact(quantity, run["flops"], model.value(quantity, B=run["B"], s=run["s"]))
    for run in row["kv_cache_elements"]:
        cache = _bytes(model.value("kv_cache_bytes", B=run["B"], s=run["s"]))
        yield Fact("kv_cache_elements", run["elements"], cache)


def at(ledger: Ledger, model: symcost.Model, run: dict[str, int]) -> Number:
    """The exact value of a ledger at the sizes of a model and a run."""
    return ledger.at({each: bound.value for each, bound in model.binding(**run).items()})


def unequal(found: Iterable[Fact]) -> list[Fact]:
    """The facts that do not hold, and any that is no whole number."""
    return [
        each for each in found if type(each.derived) is not int or each.derived != each.recorded
    ]


def _by_name(
    recorded: dict[str, int],
    names: dict[str, list[str]],
    ledger: Ledger,
    model: symcost.Model,
    run: dict[str, int],
) -> Iterator[Fact]:
    for name, number in recorded.items():
        if name in LEFT_OUT:
            continue
        found = ledger.only(lambda term, paths=tuple(names[name]): _path(term) in paths)
        yield Fact(name, number, at(found, model, run))


def _path(term: Term) -> str:
    return "/".join(term.path)


def _elements(ledger: Ledger) -> Ledger:
    """The elements that the work is done on: each term without its cost for an element."""
    return replace(ledger, terms=tuple(replace(term, factor=1) for term in ledger.terms))


def _bytes(cached: Number) -> Number:
    """Elements of a cache whose elements have the two bytes of the default convention."""
    whole, rest = divmod(cached, 2)
    assert rest == 0, "an element of the default convention has two bytes"
    return whole


def _without_gelu_new(recorded: dict[str, int]) -> dict[str, int]:
    """Without the two additions of its gradient, which look like those of a residual."""
    inner = 2 * recorded.get("tanh_backward 3", 0)
    return {**recorded, "add 3": recorded["add 3"] - inner}
