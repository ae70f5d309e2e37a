"""symcost against models that run while the test runs; nothing recorded is trusted.

Collected by `make test-oracles` alone (`python -m pytest -m oracle tests`): torch is needed.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
import sympy

import symcost
from symcost.algebra.dim import find
from symcost.algebra.symbolic import to_sympy
from symcost.components.feed_forward import feed_forward
from symcost.models.gpt import gpt
from symcost.models.gpt_sizes import HEADS_TILE
from symcost.models.lecture import bare_layer
from tests.oracles import torch_activations, torch_plain
from tests.oracles.gpt2_facts import DATA, facts, model_of, unequal
from tests.oracles.torch_gpt2 import recomputed_flops, rows, sizes, written
from tests.oracles.torch_symbolic import Hints
from tests.oracles.torch_symbolic import count as count_symbolically

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

pytestmark = pytest.mark.oracle

# The recorded rows have the seeds below a hundred.
FRESH = range(100, 124)
SEEDS = range(8)


# -- GPT-2 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FRESH)
def test_fresh_gpt2_counts_what_symcost_derives(seed):
    found = list(rows(range(seed, seed + 1)))
    assert len(found) == 3
    for row in found:
        compared = list(facts(row, model_of(row["config"])))
        assert len(compared) > 40
        assert unequal(compared) == []


def test_the_recorded_rows_are_what_the_script_writes():
    """Byte for byte, but for the versions, which are those of the day of recording."""
    recorded = (DATA / "torch_gpt2.jsonl").read_text("utf-8").splitlines(keepends=True)
    for line, row in zip(recorded, rows(), strict=True):
        then = json.loads(line)
        assert written({**row, **{key: then[key] for key in ("torch", "transformers")}}) == line


@pytest.mark.parametrize("seed", range(200, 206))
def test_recomputed_layers_are_what_megatron_counts(seed):
    config = sizes(seed)
    derived = model_of(config).value("flops_train", convention="megatron", B=3, s=11)
    assert derived == recomputed_flops(config, 3, 11)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize(
    ("hints", "layers"),
    [
        (Hints(B=7, s=11, h=3, d_h=5, d_ff=77, V=101, n_ctx=67), 1),
        (Hints(B=7, s=11, h=3, d_h=5, d_ff=77, V=101, n_ctx=67), 2),
        (Hints(B=2, s=90, h=5, d_h=7, d_ff=3, V=41, n_ctx=95), 3),
        (Hints(B=50, s=4, h=2, d_h=64, d_ff=500, V=9, n_ctx=33), 2),
    ],
    ids=lambda value: f"{value} layers" if isinstance(value, int) else None,
)
def test_torch_writes_the_same_polynomials(hints, layers, tied):
    torchs = count_symbolically(hints, layers, tied=tied)
    free = symcost.Model(
        symcost.Architecture("free", "A GPT of any sizes", gpt, "tests", {}, {"tied": tied})
    )
    known = {find("L").sympy: layers, find("d").sympy: find("h").sympy * find("d_h").sympy}
    for quantity in ("params", "flops_forward", "flops_train"):
        ours = to_sympy(free.ledger(quantity).total).subs(known)
        assert sympy.expand(getattr(torchs, quantity) - ours) == 0
    # torch looked at its hints once, to split 3 d into pieces of d: as many for every d.
    assert not torchs.fixed
    assert torchs.guards == ("Eq(((4*d_h*h - 1)//(d_h*h)), 3)",)


# -- plain networks ---------------------------------------------------------------------------


def raw_transformer(a: Author) -> Tensor:
    """The layers of the lecture on an input below which nothing is trained."""
    x = a.input("batch time model", needs_gradient=False)
    return a.repeat("layer", "layers", bare_layer, x)


def raw_chain(a: Author, *, bias: bool = False, trained: bool = False) -> Tensor:
    """Feed-forward blocks, one after the other."""
    x = a.input("batch time model", needs_gradient=trained)
    return a.repeat("block", "layers", feed_forward, x, bias=bias, activation="relu")


def adapted_chain(a: Author, *, rank: int, trained: bool) -> Tensor:
    """Pairs of frozen matrices, each with a trained one of low rank beside it."""
    a.axis("rank", rank)
    x = a.input("batch time model", needs_gradient=trained)
    return a.repeat("pair", "layers", adapted_pair, x)


def adapted_pair(a: Author) -> Tensor:
    x = a.input("batch time model")
    return _adapted(a, "down", _adapted(a, "up", x, "model", "feed"), "feed", "model")


def _adapted(a: Author, name: str, x: Tensor, eaten: str, made: str) -> Tensor:
    base = a.weight(f"W_{name}", f"{eaten} {made}", train=False)
    low = a.linear(f"A_{name}", x, f"{eaten} -> rank")
    added = a.linear(f"B_{name}", low, f"rank -> {made}")
    return a.map("add", a.linear(base, x, f"{eaten} -> {made}"), added, name=f"add_{name}")


def _lengths(seed: int) -> dict[str, int]:
    rng = random.Random(seed)
    heads = rng.randrange(1, 6)
    return {
        "B": rng.randrange(1, 5),
        "s": rng.randrange(2, 30),
        "L": 1 if seed == 0 else rng.randrange(2, 6),
        "h": heads,
        "d": heads * rng.randrange(1, 9),
        "d_ff": rng.randrange(1, 60, 2),
    }


def _same(model: symcost.Model, lengths: dict[str, int], torchs: torch_plain.Counted) -> None:
    known = {each.symbol for each in model.ledger("flops_forward").total.dims()}
    given = {name: size for name, size in lengths.items() if name in known}
    assert model.value("params", **given) == torchs.params
    assert model.value("flops_forward", **given) == torchs.flops_forward
    backward = torchs.flops_train - torchs.flops_forward
    assert model.value("flops_backward", **given) == backward
    assert model.value("flops_train", **given) == torchs.flops_train


def _count(network, lengths: dict[str, int], *, trained: bool) -> torch_plain.Counted:
    return torch_plain.count(network, (lengths["B"], lengths["s"], lengths["d"]), trained=trained)


@pytest.mark.parametrize("seed", SEEDS)
def test_lecture_transformer(seed):
    lengths = _lengths(seed)
    shape = lengths["L"], lengths["d"], lengths["h"], lengths["d_ff"]
    torchs = _count(lambda: torch_plain.transformer(*shape), lengths, trained=True)
    _same(symcost.load("lecture"), lengths, torchs)
    assert torchs.flops_train == 3 * torchs.flops_forward


@pytest.mark.parametrize("seed", SEEDS)
def test_lecture_transformer_on_raw_input(seed):
    lengths = _lengths(seed)
    shape = lengths["L"], lengths["d"], lengths["h"], lengths["d_ff"]
    torchs = _count(lambda: torch_plain.transformer(*shape), lengths, trained=False)
    _same(_model(raw_transformer, relations=(HEADS_TILE,)), lengths, torchs)
    assert torchs.flops_train < 3 * torchs.flops_forward


@pytest.mark.parametrize("trained", [True, False], ids=["trained below", "raw"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("seed", SEEDS)
def test_feed_forward_chain(seed, bias, trained):
    lengths = _lengths(seed)
    shape = lengths["L"], lengths["d"], lengths["d_ff"]
    torchs = _count(lambda: torch_plain.feed_chain(*shape, bias=bias), lengths, trained=trained)
    _same(_model(raw_chain, bias=bias, trained=trained), lengths, torchs)
    assert (torchs.flops_train == 3 * torchs.flops_forward) is trained


@pytest.mark.parametrize("trained", [True, False], ids=["trained below", "raw"])
@pytest.mark.parametrize("seed", SEEDS)
def test_frozen_matrices_with_adapters(seed, trained):
    lengths, rank = _lengths(seed), 1 + seed
    shape = lengths["L"], lengths["d"], lengths["d_ff"], rank
    torchs = _count(lambda: torch_plain.adapted_chain(*shape), lengths, trained=trained)
    _same(_model(adapted_chain, rank=rank, trained=trained), lengths, torchs)
    assert torchs.flops_train < 3 * torchs.flops_forward


@pytest.mark.parametrize("trained", [True, False], ids=["trained below", "raw"])
@pytest.mark.parametrize("seed", SEEDS)
def test_recomputed_layers_of_a_plain_network(seed, trained):
    lengths = _lengths(seed)
    shape = lengths["L"], lengths["d"], lengths["h"], lengths["d_ff"]
    torchs = torch_plain.recomputed_flops(
        lambda: torch_plain.transformer(*shape),
        (lengths["B"], lengths["s"], lengths["d"]),
        trained=trained,
    )
    raw = _model(raw_transformer, relations=(HEADS_TILE,))
    model = symcost.load("lecture") if trained else raw
    assert model.value("flops_train", convention="megatron", **lengths) == torchs


def _model(declaration, relations=(), **flags) -> symcost.Model:
    return symcost.Model(
        symcost.Architecture(
            declaration.__name__, "A plain network", declaration, "tests", {}, flags, relations
        )
    )


def test_what_torch_keeps_for_backward_is_what_was_recorded():
    recorded = (DATA / "torch_activations.jsonl").read_text("utf-8").splitlines()
    for line, row in zip(recorded, torch_activations.rows(), strict=True):
        then = json.loads(line)
        assert {**row, "torch": then["torch"]} == then
