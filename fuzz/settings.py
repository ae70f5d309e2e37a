"""Values of single arguments: each has a small notation of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.target import Target, encoded, of_text
from symcost.commands.asking import share
from symcost.commands.check import let
from symcost.commands.common import sizes
from symcost.commands.lengths import _lengths
from symcost.commands.mfu import _number
from symcost.graph.selecting import split_rank
from symcost.graph.variant import Variant, varied
from symcost.model import load
from symcost.plot.collect import read_range
from symcost.quantities.plan import read_plan
from symcost.questions.budget import read as read_question
from symcost.questions.which.claim import read_claim
from symcost.sweep.grids import grid

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = ("124439808", "124M", "6.7 billion", "1.3e9", "272 GFLOPs", "2.5GiB", "~7 x 10^9")


def _freeze(text: str) -> object:
    chosen = Variant.read(text, "", "")
    return varied(load("gpt2").root, chosen) if chosen.selectors else chosen


def _low_rank(text: str) -> object:
    _, matrices = split_rank(text)
    chosen = Variant.read("", "", matrices)
    return varied(load("gpt2").root, chosen) if chosen.selectors else chosen


def _lines(read: object) -> object:
    return of_text(lambda text: read(text.split("\n")))  # type: ignore[operator]


def _short(run: Callable[[bytes], object], reads: str, *seeds: str, longest: int = 200) -> Target:
    """A reader of some words."""
    return Target(run, lambda: encoded(seeds), reads, longest=longest)


SETTINGS = {
    "plan": _short(
        of_text(lambda text: read_plan(text, {})),
        "`--parallel`",
        "dp=8,tp=4,pp=2,ep=2,sp,micro=16,chunks=2",
        "dp,tp=2,sp=2",
    ),
    "question": _short(
        of_text(read_question),
        "a question of `solve`",
        "params = 7e9",
        "kv_cache_bytes <= 80 GiB",
        "flops_train < 2.5 PFLOP",
    ),
    "range": _short(of_text(read_range), "`plot --against`", "s=128:65536:256", "d=768:12_288"),
    "grid": _short(of_text(grid), "`sweep --grid`", "d=256:8192:64", "s=1024,2_048", "L=1:9"),
    "sizes": _short(_lines(sizes), "`--set`", "s=1024\nB=1", "d = 1_024\nh=-3"),
    "let": _short(_lines(let), "`check --let`", "H=heads\nD = width"),
    "claim": _short(of_text(read_claim), "a number of `which`", *NUMBERS),
    "freeze": _short(
        of_text(_freeze),
        "`--freeze`, `--train-only`",
        "embeddings, layer[:4], attention.W_Q",
        "layer[2:-1]",
        "W_V",
    ),
    "lora": _short(of_text(_low_rank), "`--lora`", "r=8: W_Q, W_V", "layer[:4].attention.W_Q"),
    "share": _short(of_text(share), "`--within`", "5", "0.1", longest=60),
    "rate": _short(
        of_text(lambda text: _number(text, "--tokens-per-second")),
        "`mfu --tokens-per-second`",
        "238300",
        "1.5",
        "100,000",
        longest=60,
    ),
    "lengths": _short(of_text(_lengths), "`lengths --lengths`", "100,200,1000"),
}
